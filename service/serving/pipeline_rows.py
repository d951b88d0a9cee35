"""Rows of a kept ranked list: searched, sorted, a page of them as far as the reader may see it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from matcher.filters import NeedFilter
from service.access.policy import Action
from service.access.sight import Sight
from service.serving.candidates import row_values, see
from service.serving.kept_lists import RankedList, RankedRow
from service.serving.listing import item_values
from service.serving.question import ExplainLevel, NeedQuestion
from service.serving.ranked_lists import FIRST_ROWS, names_known, ranked_list
from service.serving.state import ServiceState

if TYPE_CHECKING:
    from matcher.match_list import MatchItem


class SortBy(StrEnum):
    """By what a list is sorted."""

    MATCH = "match"
    AMOUNT = "amount"
    STATED = "stated"
    SECTOR = "sector"
    PLACE = "place"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How somebody looks at a list.

    Attributes
    ----------
    search
        Words that must all be there: in the summary of a firm, or its name where that is known.
    start
        Rows before the first one shown.
    """

    search: str = ""
    sort: SortBy = SortBy.MATCH
    start: int = 0
    n: int = FIRST_ROWS
    language: str = "zh"

    @property
    def whole(self) -> bool:
        """Whether more than the first page of the list is needed."""
        return bool(self.search.strip()) or self.sort is not SortBy.MATCH or self.start > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsPage:
    """A page of rows.

    Attributes
    ----------
    rows
        Plain values, as the API has them.
    n_found
        Rows that the search found.
    """

    ranked: RankedList
    rows: list[dict[str, Any]]
    n_found: int
    following: int | None


def rows_page(state: ServiceState, sight: Sight, question: NeedQuestion, look: Look) -> RowsPage:
    """Return a page of the ranked list of a question; what is disclosed with it is on record.

    Raises
    ------
    UnknownIdError
        The institution or offer is not the caller's.
    """
    ranked = ranked_list(state, sight, question, whole=look.whole)
    found = chosen(sight, ranked, look)
    end = look.start + look.n
    more = len(found) > end or (not look.whole and not ranked.whole)
    return RowsPage(
        ranked=ranked,
        rows=plain_rows(state, sight, found[look.start : end], ranked, look.language),
        n_found=len(found),
        following=end if more else None,
    )


def chosen(sight: Sight, ranked: RankedList, look: Look) -> list[RankedRow]:
    """Return the rows that a search finds, in the order asked for."""
    words = look.search.casefold().split()
    found = list(ranked.rows)
    if words:
        known = names_known(sight)
        found = [row for row in found if _holds(row, words, known)]
    order = _ORDERS.get(look.sort)
    return found if order is None else sorted(found, key=order)  # stable: ties stay by match


def _holds(row: RankedRow, words: Sequence[str], known: frozenset[str]) -> bool:
    text = f"{row.name} {row.words}" if row.item.firm_id in known else row.words
    return all(word in text for word in words)


def _amount(row: RankedRow) -> float:
    band = row.teaser.need_band
    if band is None:
        return math.inf
    return -float(band.low_minor if band.high_minor is None else band.high_minor)


def _text(name: str) -> Callable[[RankedRow], tuple[bool, str]]:
    def order(row: RankedRow) -> tuple[bool, str]:
        value = getattr(row.teaser, name)
        return value is None, value or ""

    return order


_ORDERS: dict[SortBy, Callable[[RankedRow], Any]] = {
    SortBy.AMOUNT: _amount,
    SortBy.STATED: lambda row: -(row.stated_on or dt.date.min).toordinal(),
    SortBy.SECTOR: _text("sector"),
    SortBy.PLACE: _text("city"),
    SortBy.SIZE: _text("size_class"),
}


def plain_rows(
    state: ServiceState,
    sight: Sight,
    rows: Sequence[RankedRow],
    ranked: RankedList,
    language: str,
) -> list[dict[str, Any]]:
    """Return rows as plain values, each firm as far as it may be seen now."""
    items = state.live.matcher.market.items
    offered = [row for row in rows if items.offer_ids.find_row(row.item.offer_id) is not None]
    seen = see(state, sight, [row.item for row in offered], context=ranked.key)
    return [
        {
            **row_values(
                item_values(row.item, items, language=language, explain=ExplainLevel.REASONS),
                seen[row.item.need_id],
                language=language,
            ),
            **seen[row.item.need_id],
        }
        for row in offered
        if row.item.firm_id is None or seen[row.item.need_id]["firm"] is not None
    ]


def pair_row(
    state: ServiceState, sight: Sight, question: NeedQuestion, firm_id: str, *, language: str
) -> dict[str, Any] | None:
    """Return one firm as the reader's last list showed it, ``None`` where a rule keeps it out.

    Looking at one firm is no list that was shown: it leaves no impressions.

    Parameters
    ----------
    question
        Whose offers; filters do not count.
    """
    sight.own_institution(question.institution_id, Action.READ_PIPELINE)
    if question.offer_id is not None:
        sight.own_offer(question.offer_id, Action.READ_PIPELINE)
    kept = state.ranked.find_row(
        sight.principal.person_id, question.institution_id, firm_id, offer_id=question.offer_id
    )
    item = kept.item if kept is not None else _alone(state, question, firm_id)
    if item is None:
        return None
    items = state.live.matcher.market.items
    if items.offer_ids.find_row(item.offer_id) is None:
        return None
    shown = see(state, sight, [item], context=Action.READ_PIPELINE.value)[item.need_id]
    values = item_values(item, items, language=language, explain=ExplainLevel.REASONS)
    return {**row_values(values, shown, language=language), **shown}


def _alone(state: ServiceState, question: NeedQuestion, firm_id: str) -> MatchItem | None:
    """Rank one firm; its score is that of the pair, seen from the firm's own list."""
    matcher, now = state.live.matcher, state.clock()
    found = matcher.pipeline(
        question.offer_id or question.institution_id,
        now=now,
        k=1,
        include_implied=True,
        show_earlier=True,
        among=NeedFilter(firm_ids=(firm_id,)),
    )
    if not found.items:
        return None
    item = found.items[0]
    # among one firm every score is the best of its list: take that of the pair itself
    return replace(item, pair=matcher.explain(firm_id, item.offer_id, now=now).item.pair)
