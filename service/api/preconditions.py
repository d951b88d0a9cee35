"""``If-Match`` and ``If-None-Match``: a change only of what the caller has read (RFC 9110, 13)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Header, Response

from data.errors import ArgumentError
from service.api.schemas.errors import ErrorAnswer
from service.serving.writing import Condition

MOST_HEADER = 2_000
_TAG = re.compile(r'"([\x21\x23-\x7e]{1,200})"')

CHANGED: dict[int | str, dict[str, Any]] = {
    412: {"model": ErrorAnswer, "description": "The record is another one than `If-Match` says."}
}
"""What routes that take the headers add to their errors."""


def _condition(
    if_match: Annotated[
        str | None,
        Header(max_length=MOST_HEADER, description="The `ETag` of the record that was read."),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(max_length=8, description="`*`: only if there is no such record.")
    ] = None,
) -> Condition:
    absent = if_none_match is not None
    if absent and if_none_match != "*":
        raise ArgumentError(
            "If-None-Match can only be * here.", field="If-None-Match", remedy="Send *."
        )
    return Condition(None if if_match is None else _tags(if_match), absent=absent)


def _tags(header: str) -> frozenset[str] | None:
    if header.strip() == "*":
        return None
    parts = [_TAG.fullmatch(part.strip()) for part in header.split(",")]
    found = frozenset(part[1] for part in parts if part is not None)
    if len(found) < len(parts):
        raise ArgumentError(
            f"If-Match holds no entity tags; got {header[:80]!r}.",
            field="If-Match",
            remedy="Give the ETag back as it came, with its quotes.",
        )
    return found


Expected = Annotated[Condition, Depends(_condition)]


def set_tag(response: Response, tag: str) -> str:
    """Put a record's tag into the header ``ETag``; return it as it stands there."""
    response.headers["ETag"] = f'"{tag}"'
    return response.headers["ETag"]
