"""Scores from the bundle that serves: the reciprocal score of each firm with each institution.

A firm comes to a roadshow to meet institutions of any kind, so its need's own kind does not decide;
the conditions of the offers do. An institution is scored by the offer that suits the firm best.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW
from matcher.market import Market, day_of
from matcher.matcher import Matcher
from matcher.roadshow.problem import Pair, PairNote

DIGITS = 4
REASON_MARK = {"zh": "", "en": " "}
"""Between two reasons, which are sentences."""

Told = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores with what they are about; NaN where no offer may be shown. Shape ``(F, I)``."""

    scores: NDArray[np.float64]
    notes: dict[Pair, PairNote]
    model_version: str


def score_pairs(
    matcher: Matcher,
    firm_ids: Sequence[str],
    institution_ids: Sequence[str],
    *,
    now: dt.datetime,
    told: Told | None = None,
) -> PairScores:
    """Score every firm with every institution.

    Parameters
    ----------
    matcher
        Over the store that holds all participants.
    firm_ids, institution_ids
        Who takes part.
    now
        Aware instant of the request.
    told
        Told the firms done, and of how many.

    Raises
    ------
    UnknownIdError
        A firm is not in the store.
    """
    market = matcher.market
    owners = market.items.texts[col.INSTITUTION_ID]
    place = {key: at for at, key in enumerate(institution_ids)}
    items = np.flatnonzero(np.isin(owners, list(place)))
    columns = np.array([place[key] for key in owners[items]], np.int64)
    scores = np.full((len(firm_ids), len(institution_ids)), np.nan)
    notes: dict[Pair, PairNote] = {}
    for row, firm_id in enumerate(firm_ids):
        best, need_id = _firm_scores(market, firm_id, items, day_of(now))
        order = np.lexsort((items, -np.nan_to_num(best, nan=-1.0)))
        for at in order.tolist():
            column = int(columns[at])
            if not np.isnan(scores[row, column]) or np.isnan(best[at]):
                continue
            scores[row, column] = round(float(best[at]), DIGITS)
            offer_id = market.items.offer_ids.ids[items[at]]
            notes[firm_id, institution_ids[column]] = PairNote(offer_id=offer_id, need_id=need_id)
        if told is not None:
            told(row + 1, len(firm_ids))
    return PairScores(scores, notes, market.model.version)


def _firm_scores(
    market: Market, firm_id: str, items: NDArray[np.int64], on: dt.date
) -> tuple[NDArray[np.float64], str | None]:
    """Return the match scores of one firm with some items, and its need; NaN where excluded."""
    model, day = market.model, np.datetime64(on, "D")
    asking = market.seekers.read(firm_id, on=on)
    allowed = market.rules.offers_for(asking.query, on=day, kinds=frozenset()).allowed()
    allowed[market.earlier_items(asking.firm_row, day)] = False
    batch = model.features.encode(asking.query)
    pool = model.retriever.pool(batch, model.pool_size, allowed=allowed[None], texts=[asking.text])[
        0
    ]
    pool = np.concatenate([items, np.setdiff1d(pool[pool != NO_ROW], items)])
    combined = market.score_offers(
        model.features.compute(batch, np.zeros_like(pool), pool)
    ).combined[: len(items)]
    found = np.where(allowed[items], model.scale.score(combined), np.nan)
    return found, None if asking.need.implied else asking.need.need_id


def reasons_of(
    matcher: Matcher,
    notes: dict[Pair, PairNote],
    pairs: Iterable[Pair],
    *,
    now: dt.datetime,
    told: Told | None = None,
) -> dict[Pair, PairNote]:
    """Return the notes with reasons in both languages for some pairs.

    Raises
    ------
    UnknownIdError
        A firm or an offer is not in the store.
    """
    wanted = [
        pair
        for pair in pairs
        if pair in notes and notes[pair].offer_id and not notes[pair].reason_en
    ]
    found = dict(notes)
    for done, pair in enumerate(wanted, start=1):
        note = notes[pair]
        story = matcher.explain(pair[0], note.offer_id or "", now=now)
        texts = {
            language: REASON_MARK[language].join(
                getattr(reason, f"text_{language}") for reason in story.item.reasons
            )
            for language in REASON_MARK
        }
        found[pair] = PairNote(
            reason_zh=texts["zh"],
            reason_en=texts["en"],
            offer_id=note.offer_id,
            need_id=note.need_id,
        )
        if told is not None:
            told(done, len(wanted))
    return found
