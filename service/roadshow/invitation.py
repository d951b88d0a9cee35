"""Participants from the store: firms that look for finance, and institutions to meet them."""

from __future__ import annotations

from typing import Any

from data import columns as col
from data.catalogue import Catalogue
from data.records import InstitutionKind, NeedKind
from matcher.roadshow import checking
from service.roadshow.columns import kind_word
from service.roadshow.template import EXAMPLES, Examples

FIRMS_PER_INSTITUTION = 3
FIRST_HOUR, SLOT_MINUTES, SLOTS = 9, 20, 12
"""A morning and an afternoon of six slots of 20 minutes (b2match's usual length)."""

KINDS = (
    InstitutionKind.BANK,
    InstitutionKind.FUND,
    InstitutionKind.GUARANTOR,
    InstitutionKind.INSURER,
)


def invited(catalogue: Catalogue, n_firms: int, *, chinese: bool) -> Examples:
    """Return rows of the template with participants of the store and no scores.

    The firms with the latest needs come, and the institutions with most offers, of all kinds that
    finance, in turn.
    """
    rows = dict(EXAMPLES)
    for key in (checking.SCORES, checking.WISHES, checking.ROOMS):
        rows[key] = ()
    rows[checking.FIRMS] = tuple(_firms(catalogue, n_firms))
    count = max(1, -(-n_firms // FIRMS_PER_INSTITUTION))
    rows[checking.INSTITUTIONS] = tuple(_institutions(catalogue, count, chinese=chinese))
    rows[checking.SLOTS] = tuple(_slots())
    return rows


def _row(**values: Any) -> dict[str, tuple[Any, Any]]:
    return {key: (value, value) for key, value in values.items()}


def _firms(catalogue: Catalogue, count: int) -> list[dict[str, tuple[Any, Any]]]:
    needs = catalogue.needs
    stated = needs.dates(col.STATED_ON).astype(str)
    kinds, firms = needs.strings(col.KIND), needs.strings(col.FIRM_ID)
    latest = sorted(
        (
            (day, key)
            for day, key, kind in zip(stated, firms, kinds, strict=True)
            if key is not None and kind != NeedKind.SERVICE
        ),
        reverse=True,
    )
    chosen = list(dict.fromkeys(key for _, key in latest))[:count]
    found = []
    for key in chosen:
        firm: Any = catalogue.firms.find(key)
        if firm is not None:
            found.append(_row(firm_id=key, name=firm.name, min_meetings=1, max_meetings=6))
    return found


def _institutions(
    catalogue: Catalogue, count: int, *, chinese: bool
) -> list[dict[str, tuple[Any, Any]]]:
    offers: dict[str, int] = {}
    for key in catalogue.offers.strings(col.INSTITUTION_ID):
        offers[key] = offers.get(key, 0) + 1
    side = catalogue.institutions
    kinds = dict(zip(side.ids.ids, side.strings(col.KIND), strict=True))
    queues = [
        sorted((k for k in offers if kinds.get(k) == kind), key=lambda k: (-offers[k], k))
        for kind in KINDS
    ]
    turns = [queue[turn] for turn in range(count) for queue in queues if turn < len(queue)]
    found = []
    for key in turns[:count]:
        one: Any = side.get(key)
        kind = kind_word(one.kind, chinese=chinese)
        found.append(_row(institution_id=key, name=one.name, kind=kind, tables=1))
    return found


def _slots() -> list[dict[str, tuple[Any, Any]]]:
    found = []
    for number in range(SLOTS):
        half, place = divmod(number, SLOTS // 2)
        start = FIRST_HOUR * 60 + half * 270 + place * SLOT_MINUTES
        end = start + SLOT_MINUTES
        found.append(
            _row(
                slot_id=f"s{number + 1:02d}",
                date="2026-09-01",
                start=f"{start // 60:02d}:{start % 60:02d}",
                end=f"{end // 60:02d}:{end % 60:02d}",
            )
            | {"session": (("上午", "morning"), ("下午", "afternoon"))[half]}
        )
    return found
