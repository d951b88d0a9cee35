"""Events and ratings as Arrow tables, rendered for any slice of rows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from data import columns as col
from data.demo import vocabulary as words
from data.demo.arrays import Days, Ints
from data.demo.firms import firm_ids
from data.demo.funnel import EVENT_KINDS
from data.demo.history import History
from data.demo.institutions import Institutions
from data.demo.material import event_words as text
from data.demo.needs import WINDOW_DAYS, Needs
from data.demo.offers import Offers, offer_ids
from data.demo.phrases import Dice, expand, row_seeds
from data.demo.preferences import RANKED_LIST, SHUFFLED_LIST
from data.demo.streams import stream
from data.records import Event, EventKind, Rating
from data.schema import schema_of

_RATED_SHARE = 0.45
_SCORE_CENTRE, _SCORE_QUALITY, _SCORE_NOISE = 3.9, 0.65, 0.6
_DAY = 86_400


def _instants(first_day: dt.date, second: Ints) -> Days:
    return np.datetime64(first_day, "us") + second.astype("timedelta64[s]")


def event_table(history: History, needs: Needs, *, rows: Ints, first_day: dt.date) -> pa.Table:
    """Return the events in ``rows`` as a table of :class:`data.records.Event`."""
    at = history.take(rows)
    need_ids = needs.ids(at.need.astype(np.int64))
    amount = at.amount.astype(np.int64) * words.FEN_PER_WAN
    no_amount = at.amount == 0
    model = np.array([RANKED_LIST, SHUFFLED_LIST], dtype=object)[at.shuffled.astype(np.int64)]
    columns: dict[str, Any] = {
        col.EVENT_ID: [f"event_{words.SOURCE}_{row:09d}" for row in rows.tolist()],
        col.KIND: np.array(EVENT_KINDS, dtype=object)[at.kind],
        col.OCCURRED_AT: _instants(first_day, at.second),
        col.FIRM_ID: firm_ids(at.firm.astype(np.int64)),
        col.OFFER_ID: offer_ids(at.offer.astype(np.int64)),
        col.NEED_ID: need_ids,
        col.AMOUNT_MINOR: pa.array(amount, mask=no_amount),
        col.CURRENCY: pa.array([words.CURRENCY] * len(rows), mask=no_amount),
        col.RECOMMENDATION_ID: [
            f"rec_{key.removeprefix('need_')}_{number}"
            for key, number in zip(need_ids, at.list_number.tolist(), strict=True)
        ],
        col.POSITION: pa.array(at.position.astype(np.int64), mask=at.position == 0),
        col.MODEL_VERSION: pa.array(model, mask=at.position == 0),
        col.NOTE: [None if r < 0 else text.REASONS[r] for r in at.reason.tolist()],
        col.SOURCE: [words.SOURCE] * len(rows),
    }
    schema = schema_of(Event)
    return pa.Table.from_arrays(
        [pa.array(columns[field.name], type=field.type) for field in schema], schema=schema
    )


def rating_table(
    history: History,
    offers: Offers,
    institutions: Institutions,
    *,
    seed: int,
    first_day: dt.date,
) -> pa.Table:
    """Return what firms say about links, as a table of :class:`data.records.Rating`.

    The score follows the hidden quality of the institution with noise; every rating belongs to one
    funded event and comes some weeks after it.
    """
    rng = stream(seed, "ratings")
    links = np.flatnonzero(history.kind == EVENT_KINDS.index(EventKind.FUNDED))
    second = history.second[links] + rng.integers(7 * _DAY, 60 * _DAY, len(links))
    quality = institutions.quality[offers.institution[history.offer[links]]]
    exact = _SCORE_CENTRE + _SCORE_QUALITY * quality + rng.normal(0, _SCORE_NOISE, len(links))
    said = (rng.random(len(links)) < _RATED_SHARE) & (second < WINDOW_DAYS * _DAY)
    links, second = links[said], second[said]
    score = np.clip(np.round(exact[said]), 1, 5).astype(np.int64)
    seeds = row_seeds(seed, stream="rating", rows=links).tolist()
    columns: dict[str, Any] = {
        col.RATING_ID: [f"rating_{words.SOURCE}_{row:08d}" for row in range(len(links))],
        col.FIRM_ID: firm_ids(history.firm[links].astype(np.int64)),
        col.OFFER_ID: offer_ids(history.offer[links].astype(np.int64)),
        col.SCORE: score,
        col.RATED_AT: _instants(first_day, second),
        col.COMMENT: [
            _comment(s, Dice(row_seed)) for s, row_seed in zip(score, seeds, strict=True)
        ],
        col.SOURCE: [words.SOURCE] * len(links),
    }
    schema = schema_of(Rating)
    return pa.Table.from_arrays(
        [pa.array(columns[field.name], type=field.type) for field in schema], schema=schema
    )


def _comment(score: int, dice: Dice) -> str | None:
    if dice.chance(40):
        return None
    words_for = text.PRAISE if score >= 4 else text.NEUTRAL if score == 3 else text.COMPLAINT
    return expand(dice.pick(words_for), {}, dice=dice)
