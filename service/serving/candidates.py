"""Ranked firms for an institution: everything of the ranking, and of each firm what may be seen."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

from data import columns as col
from data.errors import UnknownIdError
from data.people import Role
from data.records import Firm, Need
from data.shown import Showing, ShownList
from features.themes import THEMES
from matcher.similar import similar_needs
from service.access.policy import Action
from service.access.seen import View
from service.access.sight import Sight
from service.paging import write_cursor
from service.serving.disclaimer import DISCLAIMER
from service.serving.listing import item_values, rule_titles
from service.serving.question import NeedQuestion
from service.serving.recommending import REASONS_TELL, impressions_of
from service.serving.state import ServiceState

if TYPE_CHECKING:
    from matcher.match_list import MatchItem, Pipeline

INSTITUTION_SIDE = "institution"
MOST_SIMILAR = 50
IDENTIFYING = ("firm_id", "need_id", "base_id")
"""What the matcher says of a pair and a reader may learn only through :class:`Sight`."""

FULL_ONLY = ("base_score", "themes")
"""What is told of a pair in exact numbers only where its reasons are told in full."""


def candidates(state: ServiceState, sight: Sight, question: NeedQuestion) -> dict[str, Any]:
    """Rank open needs for an institution, keep the list, and return what may be seen of it.

    Raises
    ------
    UnknownIdError
        It is not the caller's institution, or the offer is not the institution's.
    """
    begun = perf_counter()
    sight.own_institution(question.institution_id, Action.READ_PIPELINE)
    live = state.live.loaded
    now = state.clock()
    with state.metrics.stage("match"):
        found = live.matcher.pipeline(
            _asked_for(state, question),
            now=now,
            k=question.skip + question.n,
            unknown=question.unknown,
            include_implied=question.include_implied,
            among=question.among,
        )
    shown = found.items[question.skip :]
    key = f"rec_{secrets.token_hex(12)}"
    with state.metrics.stage("list"):
        seen = see(state, sight, shown, context=key)
        items = live.matcher.market.items
        rows = [
            {
                **row_values(
                    item_values(item, items, language=question.language, explain=question.explain),
                    seen.get(item.need_id),
                    language=question.language,
                ),
                **seen.get(item.need_id, {}),
            }
            for item in shown
        ]
    more = len(shown) >= question.n
    answer = {
        "recommendation_id": key,
        "model_version": found.listed.model_version,
        "bundle": live.bundle_name,
        "disclaimer": DISCLAIMER[question.language or "zh"],
        "institution_id": found.institution_id,
        "offer_ids": list(found.offer_ids),
        "items": rows,
        "excluded": dict(found.listed.excluded),
        "rule_titles": rule_titles(found.listed),
        "n_considered": found.listed.n_considered,
        "n_eligible": found.listed.n_eligible,
        "next_cursor": write_cursor((question.skip + question.n,)) if more else None,
    }
    with state.metrics.stage("keep"):
        state.keeper.keep(_showing(sight, answer, found, shown, now=now))
    _count(state, found, shown)
    answer["took_ms"] = round(1000 * (perf_counter() - begun), 2)
    return answer


def _asked_for(state: ServiceState, question: NeedQuestion) -> str:
    """Return the offer to rank for, or the institution with all its offers."""
    if question.offer_id is None:
        return question.institution_id
    offer = state.store.find_offer(question.offer_id)
    if offer is None or offer.institution_id != question.institution_id:
        raise UnknownIdError(
            f"The institution has no offer_id {question.offer_id!r}.", field="offer_id"
        )
    return question.offer_id


def see(
    state: ServiceState, sight: Sight, shown: Sequence[MatchItem], *, context: str
) -> dict[str, dict[str, Any]]:
    """Return what may be seen of each pair's firm, need and base, by need id.

    Disclosures are on record when this returns.
    """
    store = state.store
    firms = store.find_many(Firm, [item.firm_id for item in shown if item.firm_id])
    needs = store.find_many(Need, [item.need_id for item in shown if not item.implied])
    of_firm = {need.firm_id: need for need in needs.values() if need.firm_id}
    seen_firms = sight.see_firms(
        list(firms.values()), Action.READ_FIRMS, needs=of_firm, context=context
    )
    seen_needs = sight.see_needs(
        list(needs.values()), Action.READ_NEEDS, firms=firms, context=context
    )
    found = {}
    for item in shown:
        firm = seen_firms.get(item.firm_id or "")
        need = seen_needs.get(item.need_id)
        found[item.need_id] = {
            "firm": None if firm is None else firm.plain(),
            "need": None if need is None else need.plain(),
            "base_id": item.base_id,
        }
    return found


def row_values(
    values: dict[str, Any], seen: dict[str, Any] | None, *, language: str | None
) -> dict[str, Any]:
    """Return one ranked pair without what would tell who a teaser is.

    A firm that is not seen at all (it was erased while it was ranked) is told of like a teaser.
    """
    row = {name: value for name, value in values.items() if name not in IDENTIFYING}
    firm = None if seen is None else seen["firm"]
    told = firm is not None and told_all(firm["view"], firm["classes"])
    if values[col.FIRM_ID] is None or told:
        return row
    for name in FULL_ONLY:
        row.pop(name, None)
    if "reasons" in row:
        row["reasons"] = [_plain_reason(reason, language) for reason in row["reasons"]]
        row["eligibility_counts"] = dict(Counter(rule["value"] for rule in row.pop("eligibility")))
    return row


def told_all(view: str, classes: Iterable[str]) -> bool:
    """Return whether a reader sees enough of a firm to be told why it ranks where it does."""
    return view == View.FULL or frozenset(classes) >= REASONS_TELL


def _plain_reason(reason: dict[str, Any], language: str | None) -> dict[str, Any]:
    """Return a reason that names its theme and no fact of the firm."""
    theme = THEMES[reason["theme"]]
    texts = {"zh": theme.zh_plain, "en": theme.en_plain}
    said = texts if language is None else {"text": texts[language]}
    return {**{k: reason[k] for k in ("theme", "direction", "share")}, **said}


def _showing(
    sight: Sight,
    answer: dict[str, Any],
    found: Pipeline,
    shown: Sequence[MatchItem],
    *,
    now: dt.datetime,
) -> Showing:
    kept = ("rank", "offer_id", "kind", "score", "probability", "verdict")
    head = ShownList(
        recommendation_id=answer["recommendation_id"],
        shown_at=now,
        organisation_id=sight.principal.organisation_id,
        person_id=sight.principal.person_id,
        side=INSTITUTION_SIDE,
        institution_id=found.institution_id,
        bundle=answer["bundle"],
        model_version=found.listed.model_version,
        content={
            **answer,
            "items": [{name: row[name] for name in kept} for row in answer["items"]],
        },
    )
    impressions = impressions_of(head.recommendation_id, list(shown), now=now, model=head)
    logged = sight.principal.role is Role.INSTITUTION
    return Showing(shown=head, impressions=impressions if logged else ())


def similar(
    state: ServiceState, sight: Sight, institution_id: str, firm_key: str, *, n: int
) -> dict[str, Any]:
    """Return firms like one that the caller sees, each as far as it may be seen."""
    sight.own_institution(institution_id, Action.READ_PIPELINE)
    firm_id = sight.resolve(firm_key)
    market = state.live.matcher.market
    needs = market.open_needs(state.clock().date(), include_implied=True)
    try:
        found = similar_needs(needs, firm_id, k=min(n, MOST_SIMILAR))
    except UnknownIdError:  # its text has the id, which a handle must not lead to
        raise UnknownIdError(
            f"The firm {firm_key!r} has no open need to compare.",
            field="firm",
            remedy="Take one of the list of candidates.",
        ) from None
    firms = state.store.find_many(Firm, [one.firm_id for one in found])
    seen = sight.see_firms(list(firms.values()), Action.READ_FIRMS, context="similar")
    return {
        "items": [
            {"likeness": round(one.likeness, 4), "firm": seen[one.firm_id].plain()}
            for one in found
            if one.firm_id in seen
        ]
    }


def _count(state: ServiceState, found: Pipeline, shown: Sequence[MatchItem]) -> None:
    metrics = state.metrics
    metrics.candidates.labels(INSTITUTION_SIDE).observe(found.listed.n_eligible)
    for rule, count in found.listed.excluded.items():
        metrics.excluded.labels(rule).inc(count)
    if shown:
        metrics.scores.labels(INSTITUTION_SIDE).observe(shown[0].score)
