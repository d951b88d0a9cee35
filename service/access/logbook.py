"""Entries of the audit log for what is done over the service or on the command line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data.audit import Entry

if TYPE_CHECKING:
    from service.access.principal import Principal
    from service.access.sight import Sight

COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something, and when; nobody in particular where it is the command line."""

    now: dt.datetime
    principal: Principal | None = None
    request_id: str | None = None

    @classmethod
    def of(cls, sight: Sight) -> Actor:
        """Return the one on whose behalf a request is answered."""
        return cls(now=sight.now, principal=sight.principal, request_id=sight.request_id or None)

    def entry(
        self,
        action: str,
        subject_type: str,
        subject_id: str | None,
        *,
        detail: Mapping[str, Any] | None = None,
    ) -> Entry:
        """Return the entry for an action of this actor; see :class:`data.audit.Entry`."""
        mine = self.principal
        told = dict(detail or {})
        if mine is None:
            told["by"] = COMMAND_LINE
        return Entry(
            at=self.now,
            organisation_id=None if mine is None else mine.organisation_id,
            person_id=None if mine is None else mine.person_id,
            key_id=None if mine is None else mine.key_id,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            detail=told,
            request_id=self.request_id,
        )
