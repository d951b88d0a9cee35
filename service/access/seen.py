"""What a reader gets to see of a firm or a need: all of it, the classes consented to, a teaser."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from data.consent import DataClass
from service.access.teaser import Teaser

ItemT = TypeVar("ItemT")


class View(StrEnum):
    """How much of a firm or need is shown."""

    FULL = "full"
    PARTIAL = "partial"
    TEASER = "teaser"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenFirm:
    """A firm as one reader sees it. Nothing else of it may leave the service.

    Attributes
    ----------
    key
        What the reader calls it: its id, or a handle where the id is not to be known.
    firm_id
        Only where the reader may know who it is.
    classes
        The classes of data that ``fields`` holds.
    fields
        Fields of the record; empty for a teaser.
    disputed
        The firm disputes something of its record, and the answer is due.
    """

    key: str
    firm_id: str | None
    view: View
    classes: tuple[DataClass, ...] = ()
    teaser: Teaser
    fields: Mapping[str, Any] = field(default_factory=dict)
    disputed: bool = False

    def plain(self) -> dict[str, Any]:
        """Return everything as values of JSON."""
        return _plain_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenNeed:
    """A need as one reader sees it; the attributes are those of :class:`SeenFirm`.

    Attributes
    ----------
    firm_key
        What the reader calls the firm; ``None`` for a need of a base.
    """

    key: str
    need_id: str | None
    firm_key: str | None
    base_id: str | None
    view: View
    classes: tuple[DataClass, ...] = ()
    teaser: Teaser
    fields: Mapping[str, Any] = field(default_factory=dict)
    disputed: bool = False

    def plain(self) -> dict[str, Any]:
        """Return everything as values of JSON."""
        return _plain_fields(self)


@dataclass(frozen=True, slots=True)
class Listed(Generic[ItemT]):
    """Items of one page; ``after`` is the key of the last row, ``None`` on the last page."""

    items: list[ItemT]
    after: str | None = None


def _plain_fields(value: Any) -> dict[str, Any]:
    return {f.name: plain_value(getattr(value, f.name)) for f in dataclasses.fields(value)}


def plain_value(value: Any) -> Any:
    """Return a value, or a dataclass with what it holds, as JSON has it."""
    if dataclasses.is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, Mapping):
        return {name: plain_value(part) for name, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain_value(part) for part in value]
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
