"""Lists that were shown: to whom, under which model, in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.records import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList:
    """One ranked answer as it was given; its rows are impressions in the event log.

    Attributes
    ----------
    recommendation_id
        ``rec_…``; the impressions carry it, and feedback echoes it.
    organisation_id, person_id
        Who saw it.
    side
        ``firm`` for offers that were shown to a firm, ``institution`` for firms that were shown to
        an institution.
    firm_id, need_id, base_id, institution_id
        Who asked, as far as it applies.
    bundle, model_version
        What ranked.
    content
        The answer: plain values as JSON has them. On the institution's side without anything that
        identifies a firm; that is in the impressions, which go when a firm is erased.
    """

    recommendation_id: str
    shown_at: dt.datetime
    organisation_id: str
    person_id: str
    side: str
    firm_id: str | None = None
    need_id: str | None = None
    base_id: str | None = None
    institution_id: str | None = None
    bundle: str
    model_version: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A list and the impressions of its rows, kept together or not at all."""

    shown: ShownList
    impressions: tuple[Event, ...]
