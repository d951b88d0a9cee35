"""Saved theses: named filters by which an institution looks for firms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from data.deal_flow import Thesis
from matcher.filters import NeedFilter
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.new_ids import new_id
from service.serving.state import ServiceState

LISTS = ("base_ids", "regions", "sectors", "stages", "size_classes", "credentials", "kinds")
"""Filters that hold several values; one match is enough."""


def save_thesis(
    sight: Sight,
    institution_id: str,
    *,
    name: str,
    filters: Mapping[str, Any],
    thesis_id: str | None = None,
) -> Thesis:
    """Save a set of filters under a name, as a new thesis or in place of one.

    Raises
    ------
    UnknownIdError
        The institution or thesis is not the caller's.
    DuplicateIdError
        Another thesis has the name.
    """
    sight.own_institution(institution_id, Action.WRITE_PIPELINE)
    if thesis_id is None:
        thesis = Thesis(
            thesis_id=new_id("thesis", sight.now),
            institution_id=institution_id,
            name=name,
            filters=filters,
            made_at=sight.now,
            made_by=sight.principal.person_id,
            changed_at=sight.now,
        )
    else:
        before = sight.store.deal_flow.get_thesis(institution_id, thesis_id)
        thesis = replace(before, name=name, filters=filters, changed_at=sight.now)
    log = Actor.of(sight).entry(Action.WRITE_PIPELINE, "thesis", thesis.thesis_id)
    sight.store.deal_flow.put_thesis(thesis, log=log)
    return thesis


def theses(sight: Sight, institution_id: str) -> list[Thesis]:
    """Return the saved theses of an institution by name."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    return sight.store.deal_flow.theses_of(institution_id)


def thesis(sight: Sight, institution_id: str, thesis_id: str) -> Thesis:
    """Return a saved thesis, for instance to filter the candidates by."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    return sight.store.deal_flow.get_thesis(institution_id, thesis_id)


def need_filter(filters: Mapping[str, Any]) -> NeedFilter:
    """Return the filter of the matcher that a thesis, or a form, describes.

    Parameters
    ----------
    filters
        As a thesis keeps them; a day may be its ISO text.
    """
    since = filters.get("stated_since")
    listed = {name: tuple(filters.get(name) or ()) for name in LISTS}
    return NeedFilter(
        **listed,
        amount_low_minor=filters.get("amount_low_minor"),
        amount_high_minor=filters.get("amount_high_minor"),
        currency=filters.get("currency"),
        stated_since=dt.date.fromisoformat(since) if isinstance(since, str) else since,
    )


def count_matching(
    state: ServiceState, sight: Sight, institution_id: str, filters: Mapping[str, Any]
) -> tuple[int, int]:
    """Return how many open needs filters let pass, and how many there are; nothing is ranked."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    needs = state.live.matcher.market.open_needs(state.clock().date(), include_implied=True)
    mask = need_filter(filters).mask(needs)
    return len(needs) if mask is None else int(mask.sum()), len(needs)


def remove_thesis(sight: Sight, institution_id: str, thesis_id: str) -> None:
    """Remove a saved thesis."""
    sight.own_institution(institution_id, Action.WRITE_PIPELINE)
    sight.store.deal_flow.get_thesis(institution_id, thesis_id)
    log = Actor.of(sight).entry(
        Action.WRITE_PIPELINE, "thesis", thesis_id, detail={"removed": True}
    )
    sight.store.deal_flow.remove_thesis(thesis_id, log=log)
