"""Ranked offers for a firm, a base, a need or an ad-hoc profile, kept as they were shown."""

from __future__ import annotations

import datetime as dt
import secrets
from time import perf_counter
from typing import TYPE_CHECKING, Any

from data.consent import DataClass
from data.errors import ArgumentError, UnknownIdError
from data.records import Event, EventKind, Need
from data.shown import Showing, ShownList
from matcher.open_needs import IMPLIED_PREFIX
from matcher.rerank import RerankSettings
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.paging import write_cursor
from service.serving.disclaimer import DISCLAIMER
from service.serving.listing import item_values, offer_values, rule_titles
from service.serving.question import OfferQuestion, Profile
from service.serving.state import ServiceState

if TYPE_CHECKING:
    from matcher.match_list import MatchItem, MatchList
    from matcher.matcher import Matcher
    from matcher.seeker import Seeker

FIRM_SIDE = "firm"
REASONS_TELL = frozenset({DataClass.PROFILE, DataClass.FINANCIALS, DataClass.CREDENTIALS})
"""Classes of data that reasons and conditions speak of."""
AD_HOC_FIRM, AD_HOC_NEED = "firm_profile", "need_profile"
"""Ids of a firm of no store and of its need."""
SERVICE_SOURCE = "service"
"""``source`` of what the service itself writes into the event log."""


def recommend(state: ServiceState, sight: Sight, question: OfferQuestion) -> dict[str, Any]:
    """Rank offers for who asks, keep the list with its impressions, and return it.

    Raises
    ------
    UnknownIdError
        Nobody has the id, or it is not the caller's to ask for.
    """
    begun = perf_counter()
    live = state.live.loaded
    now = state.clock()
    matcher = live.matcher
    seeker = seeker_of(
        sight,
        matcher,
        on=now.date(),
        firm_id=question.firm_id,
        need_id=question.need_id,
        base_id=question.base_id,
        profile=question.profile,
    )
    with state.metrics.stage("match"):
        found = matcher.match(
            seeker,
            now=now,
            k=question.skip + question.n,
            kinds=question.kinds or None,
            settings=RerankSettings(diversity=question.diversity),
            unknown=question.unknown,
            by_kind=question.by_kind,
            given=None if question.profile is None else question.profile.facts,
            unblock=question.unblock,
            among=question.among,
        )
    shown = [item for item in found.items if item.rank > question.skip]
    with state.metrics.stage("list"):
        answer = _answer(matcher, found, shown, question)
    answer["bundle"] = live.bundle_name
    with state.metrics.stage("keep"):
        showing = _showing(sight, answer, found, shown, now=now, profile=question.profile)
        state.keeper.keep(showing)
    _count(state, found, shown)
    answer["took_ms"] = round(1000 * (perf_counter() - begun), 2)
    return answer


def seeker_of(
    sight: Sight,
    matcher: Matcher,
    *,
    on: dt.date,
    firm_id: str | None = None,
    need_id: str | None = None,
    base_id: str | None = None,
    profile: Profile | None = None,
) -> Seeker:
    """Return who asks as the matcher takes it, once the caller may ask for them.

    Raises
    ------
    UnknownIdError
        Nobody has the id, or it is not the caller's to ask for.
    ArgumentError
        None of the four is given.
    """
    if profile is not None:
        sight.require(Action.ASK_MATCHES)
        return profile.firm if profile.need is None else (profile.firm, profile.need)
    if firm_id is not None:
        return _own_firm(sight, firm_id)
    if base_id is not None:
        sight.own_base(base_id, Action.ASK_MATCHES)
        return _latest_need(matcher, base_id, on=on)
    if need_id is not None:
        return _own_need(sight, matcher, need_id)
    raise ArgumentError(
        "Ask for exactly one of firm_id, need_id, base_id and profile.", field="firm_id"
    )


def _own_firm(sight: Sight, firm_id: str) -> str:
    """Return the id of a firm that the caller may ask for."""
    if not _is_open(sight, firm_id):
        sight.own_firm(firm_id, Action.ASK_MATCHES)
        _disclose(sight, firm_id)
    return firm_id


def _disclose(sight: Sight, firm_id: str) -> None:
    """Put on record that somebody else is told how a firm matches: reasons speak of its data."""
    if firm_id != sight.principal.firm_id:
        sight.disclose(firm_id, REASONS_TELL, context=Action.ASK_MATCHES.value)


def _is_open(sight: Sight, firm_id: str | None) -> bool:
    """Return whether the caller asks for itself; saves a look into the store."""
    limit = sight.require(Action.ASK_MATCHES)
    return limit is Reach.OWN and firm_id is not None and firm_id == sight.principal.firm_id


def _own_need(sight: Sight, matcher: Matcher, need_id: str) -> Seeker:
    if need_id.startswith(IMPLIED_PREFIX):
        return _own_firm(sight, need_id.removeprefix(IMPLIED_PREFIX))
    known = matcher.market.catalogue.needs.find(need_id)
    if isinstance(known, Need) and _is_open(sight, known.firm_id):
        return need_id
    need: Need = sight.own_need(need_id, Action.ASK_MATCHES)
    if need.firm_id is not None:
        _disclose(sight, need.firm_id)
    return need if known is None else need_id


def _latest_need(matcher: Matcher, base_id: str, *, on: dt.date) -> str:
    needs = matcher.market.open_needs(on, include_implied=True)
    row = matcher.market.catalogue.bases.ids.find_row(base_id)
    places = [] if row is None else (needs.base_rows == row).nonzero()[0].tolist()
    if not places:
        raise UnknownIdError(
            f"The base {base_id!r} has no open need.",
            field="base_id",
            remedy="State a need of the base first.",
        )
    return str(needs.ids.ids[places[0]])


def _answer(
    matcher: Matcher, found: MatchList, shown: list[MatchItem], question: OfferQuestion
) -> dict[str, Any]:
    items = matcher.market.items
    listed = found.listed
    more = len(shown) >= question.n and not question.by_kind
    unblock = []
    for one in found.blocked:
        values = one.to_dict()
        values["offer"] = offer_values(items, items.offer_ids.get_row(one.offer_id))
        unblock.append(values)
    return {
        "recommendation_id": f"rec_{secrets.token_hex(12)}",
        "model_version": listed.model_version,
        "disclaimer": DISCLAIMER[question.language or "zh"],
        "need_id": found.need_id,
        "firm_id": found.firm_id,
        "base_id": found.base_id,
        "implied": found.implied,
        "items": [
            item_values(item, items, language=question.language, explain=question.explain)
            for item in shown
        ],
        "excluded": dict(listed.excluded),
        "rule_titles": rule_titles(listed),
        "n_considered": listed.n_considered,
        "n_eligible": listed.n_eligible,
        "unblock": unblock,
        "next_cursor": write_cursor((question.skip + question.n,)) if more else None,
    }


def _showing(
    sight: Sight,
    answer: dict[str, Any],
    found: MatchList,
    shown: list[MatchItem],
    *,
    now: dt.datetime,
    profile: object | None,
) -> Showing:
    key = answer["recommendation_id"]
    stored = profile is None
    head = ShownList(
        recommendation_id=key,
        shown_at=now,
        organisation_id=sight.principal.organisation_id,
        person_id=sight.principal.person_id,
        side=FIRM_SIDE,
        firm_id=found.firm_id if stored else None,
        need_id=found.need_id if stored else None,
        base_id=found.base_id if stored else None,
        bundle=answer["bundle"],
        model_version=found.listed.model_version,
        content=answer,
    )
    firm_id = found.firm_id if stored else None
    impressions = () if firm_id is None else impressions_of(key, shown, now=now, model=head)
    return Showing(shown=head, impressions=impressions)


def impressions_of(
    key: str, shown: list[MatchItem], *, now: dt.datetime, model: ShownList
) -> tuple[Event, ...]:
    """Return one impression for each row that names a firm, with its place in the list."""
    return tuple(
        Event(
            event_id=f"event_{key}_{place}",
            kind=EventKind.IMPRESSION,
            occurred_at=now,
            firm_id=item.firm_id,
            offer_id=item.offer_id,
            need_id=None if item.implied else item.need_id,
            recommendation_id=key,
            position=place,
            model_version=model.model_version,
            note=model.bundle,
            source=f"{SERVICE_SOURCE}:{model.side}",
        )
        for place, item in enumerate(shown, start=1)
        if item.firm_id is not None
    )


def _count(state: ServiceState, found: MatchList, shown: list[MatchItem]) -> None:
    metrics = state.metrics
    metrics.candidates.labels(FIRM_SIDE).observe(found.listed.n_eligible)
    for rule, count in found.listed.excluded.items():
        metrics.excluded.labels(rule).inc(count)
    if shown:
        metrics.scores.labels(FIRM_SIDE).observe(shown[0].score)
