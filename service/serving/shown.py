"""Lists that were shown before, for those who saw them."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from data.errors import UnknownIdError
from data.shown import ShownList
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.paging import read_cursor, read_instant, write_cursor
from service.serving.disclaimer import DISCLAIMER
from service.serving.state import ServiceState


def page(state: ServiceState, sight: Sight, *, n: int, cursor: str | None) -> dict[str, Any]:
    """Return the latest lists that the caller's organisation saw, in pages."""
    sight.require(Action.READ_SHOWN)
    after = read_cursor(cursor, str, str)
    before = None if after is None else (read_instant(after[0]), after[1])
    found = state.store.shown.of_organisation(
        sight.principal.organisation_id, before=before, n=n + 1
    )
    shown = found[:n]
    last = (shown[-1].shown_at.isoformat(), shown[-1].recommendation_id) if shown else None
    return {
        "items": [_head(one) for one in shown],
        "next_cursor": write_cursor(last if len(found) > n else None),
    }


def replay(state: ServiceState, sight: Sight, recommendation_id: str) -> dict[str, Any]:
    """Return one list as it was given.

    Raises
    ------
    UnknownIdError
        There is none, or another organisation saw it.
    """
    reach = sight.require(Action.READ_SHOWN)
    found = state.store.shown.find(recommendation_id)
    own = found is not None and found.organisation_id == sight.principal.organisation_id
    if found is None or not (own or reach is Reach.ALL):
        raise UnknownIdError(
            f"There is no recommendation {recommendation_id!r}.",
            field="recommendation_id",
            remedy="Give the recommendation_id of an answer that you got.",
        )
    impressions = state.store.shown.impressions_of(recommendation_id)
    names = sight.names_of(event.firm_id for event in impressions)
    return {
        **_head(found),
        "disclaimer": found.content.get("disclaimer", DISCLAIMER["zh"]),
        "content": dict(found.content),
        "impressions": [
            {
                "position": event.position,
                "firm": names[event.firm_id],
                "offer_id": event.offer_id,
                "need_id": event.need_id if names[event.firm_id] == event.firm_id else None,
            }
            for event in impressions
        ],
    }


def _head(shown: ShownList) -> dict[str, Any]:
    return {f.name: getattr(shown, f.name) for f in fields(ShownList) if f.name != "content"}
