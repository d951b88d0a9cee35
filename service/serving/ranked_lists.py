"""Ranked lists that are kept for whoever looks at them: paging, sorting and searching rank nothing.

The first page of a list is ranked by itself; what lies behind it is ranked once, when somebody
searches, sorts or turns the page. A kept list serves the person for whom it was made, as long as
the market and the day are the same, and for a few minutes at most. It holds what every institution
may know of a firm, its teaser; what a firm consented to is read anew for each page that is shown.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from data.consent import DataClass
from data.labels import WORDS
from data.people import Role
from data.records import Firm, Need
from data.shown import Showing, ShownList
from service.access.disclosure import PURPOSE_OF_ROLE
from service.access.policy import Action
from service.access.sight import Sight
from service.access.teaser import Teaser, teaser_of
from service.serving.kept_lists import RankedList, RankedRow
from service.serving.question import NeedQuestion
from service.serving.recommending import impressions_of
from service.serving.state import ServiceState

if TYPE_CHECKING:
    from matcher.match_list import MatchItem, Pipeline

INSTITUTION_SIDE = "institution"
KEPT = ("excluded", "n_considered", "n_eligible", "model_version")
FIRST_ROWS = 25
"""Rows of the first page; each costs both halves of several pairs."""
DEEPEST = 200
"""How far down a list is ranked. Who wants to see others narrows it by filters."""


def ranked_list(
    state: ServiceState, sight: Sight, question: NeedQuestion, *, whole: bool
) -> RankedList:
    """Return the ranked list of a question for the person who asks.

    Parameters
    ----------
    question
        Its ``n``, ``skip`` and language say nothing here.
    whole
        Whether rows behind the first page are wanted.

    Raises
    ------
    UnknownIdError
        The institution or offer is not the caller's.
    """
    sight.require(Action.READ_PIPELINE)
    if sight.principal.institution_id != question.institution_id:
        sight.own_institution(question.institution_id, Action.READ_PIPELINE)
    if question.offer_id is not None:
        sight.own_offer(question.offer_id, Action.READ_PIPELINE)
    now, live = state.clock(), state.live.loaded
    asked = replace(question, n=1, skip=0, language=None)
    who = sight.principal.person_id
    key = (who, question.institution_id, asked, live.bundle_name, now.date())
    return state.ranked.get(
        key,
        now=now,
        whole=whole,
        make=lambda first: _ranked(state, sight, asked, first, now=now, whole=whole),
    )


def _ranked(
    state: ServiceState,
    sight: Sight,
    question: NeedQuestion,
    first: RankedList | None,
    *,
    now: dt.datetime,
    whole: bool,
) -> RankedList:
    k = DEEPEST if whole else FIRST_ROWS
    with state.metrics.stage("match"):
        found = state.live.matcher.pipeline(
            question.offer_id or question.institution_id,
            now=now,
            k=k,
            unknown=question.unknown,
            include_implied=question.include_implied,
            among=question.among,
        )
    key = f"rec_{secrets.token_hex(12)}" if first is None else first.key
    if first is None:
        state.keeper.keep(_showing(state, sight, found, key, now=now))
    return RankedList(
        key=key,
        made_at=now,
        rows=tuple(_rows(sight, found.items)),
        listed=found.listed,
        whole=whole or len(found.items) < k,
    )


def _rows(sight: Sight, items: Sequence[MatchItem]) -> Iterator[RankedRow]:
    store = sight.store
    firms = store.find_many(Firm, [item.firm_id for item in items if item.firm_id])
    needs = store.find_many(Need, [item.need_id for item in items if not item.implied])
    for item in items:
        firm, need = firms.get(item.firm_id or ""), needs.get(item.need_id)
        teaser = teaser_of(firm, need)
        yield RankedRow(
            item,
            teaser,
            None if need is None else need.stated_on,
            searched(teaser),
            "" if firm is None else firm.name.casefold(),
        )


def names_known(sight: Sight) -> frozenset[str]:
    """Return the firms whose names the caller may know now, by their consent."""
    held = sight.store.consents.of(recipient_id=sight.recipient_id, at=sight.now)
    purpose = PURPOSE_OF_ROLE.get(sight.principal.role)
    return frozenset(
        one.firm_id
        for one in held
        if one.data_class is DataClass.IDENTITY and one.purpose is purpose
    )


def searched(teaser: Teaser) -> str:
    """Return what a search in a list looks at, in lower case."""
    words = [teaser.sector, teaser.stage, teaser.province, teaser.city]
    for value in (teaser.need_kind, teaser.size_class):
        if value is not None:
            words += [*WORDS[value], value.value]
    return " ".join(word for word in words if word).casefold()


def _showing(
    state: ServiceState, sight: Sight, found: Pipeline, key: str, *, now: dt.datetime
) -> Showing:
    """Return the first page as it is kept: what was shown, and an impression of each firm."""
    shown = found.items[:FIRST_ROWS]
    items = [item.to_dict() for item in shown]
    kept = ("rank", "offer_id", "kind", "score", "probability", "verdict")
    head = ShownList(
        recommendation_id=key,
        shown_at=now,
        organisation_id=sight.principal.organisation_id,
        person_id=sight.principal.person_id,
        side=INSTITUTION_SIDE,
        institution_id=found.institution_id,
        bundle=state.live.bundle_name,
        model_version=found.listed.model_version,
        content={
            "recommendation_id": key,
            "institution_id": found.institution_id,
            "offer_ids": list(found.offer_ids),
            "items": [{name: row[name] for name in kept} for row in items],
            **{name: value for name, value in found.listed.to_dict().items() if name in KEPT},
        },
    )
    logged = sight.principal.role is Role.INSTITUTION
    impressions = impressions_of(key, list(shown), now=now, model=head)
    return Showing(shown=head, impressions=impressions if logged else ())
