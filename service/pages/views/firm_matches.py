"""The firm's matches: ranked offers by kind, with reasons and what would open others."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from data.records import EventKind, NeedKind
from matcher.eligibility import UnknownPolicy
from service.access.policy import Action
from service.pages.access import opens
from service.pages.own_firm import firm_id_of, reader_of
from service.pages.rendering import Page, render
from service.serving.question import OfferQuestion
from service.serving.recommending import recommend

PER_KIND = 6
N_UNBLOCK = 4

router = APIRouter(prefix="/firm", include_in_schema=False)

Asking = Annotated[Page, opens(Action.ASK_MATCHES)]


@router.get("/matches", name="page_firm_matches")
def show_matches(
    page: Asking,
    kind: Annotated[list[NeedKind] | None, Query(max_length=5)] = None,
    strict: bool = False,
) -> Response:
    """Show what suits the firm best, each kind for itself."""
    question = OfferQuestion(
        firm_id=firm_id_of(page),
        n=PER_KIND,
        kinds=tuple(kind or ()),
        by_kind=True,
        language=page.language.value,
        unknown=UnknownPolicy.HIDE if strict else UnknownPolicy.SHOW,
        unblock=N_UNBLOCK,
    )
    answer = recommend(page.state, reader_of(page), question)
    need = None if answer["implied"] else page.state.store.find_need(answer["need_id"])
    return render(
        page,
        "firm/matches.html.jinja",
        answer=answer,
        need=need,
        groups=_by_kind(answer["items"]),
        chosen=[one.value for one in kind or ()],
        kinds=list(NeedKind),
        strict=strict,
        saved=_saved(page),
    )


def _saved(page: Page) -> set[str]:
    events = reader_of(page).store.events_of(firm_id=firm_id_of(page))
    return {event.offer_id for event in events if event.kind is EventKind.SAVE}


def _by_kind(items: Iterable[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return the items of each kind; they come in groups already."""
    return [(kind, list(rows)) for kind, rows in groupby(items, key=lambda row: row["kind"])]
