"""Nothing dated on or after the split may reach a feature: delete it, corrupt it, see no change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.records import Event, Need, Record
from eval.protocol import EvaluationSet, Protocol
from features.history import Interactions
from training.fitting import fit_features
from training.settings import TrainSettings

Features = Callable[[Catalogue], NDArray[np.float32]]
SPLIT = dt.date(2020, 6, 1)


def without_links_after_split(records: list[Record]) -> list[Record]:
    """Keep the needs of the window, take away who answered them."""
    return [r for r in records if not (isinstance(r, Event) and r.occurred_at.date() >= SPLIT)]


def with_links_after_split_moved(records: list[Record]) -> list[Record]:
    """Give every link of the window to one wrong offer."""
    wrong = "offer_bio-north-0"
    return [
        replace(r, offer_id=wrong) if isinstance(r, Event) and r.occurred_at.date() >= SPLIT else r
        for r in records
    ]


def with_other_needs_after_split_changed(records: list[Record]) -> list[Record]:
    """Change the needs that come after the queries looked at."""
    return [
        replace(r, amount_low_minor=1, currency="USD")
        if isinstance(r, Need) and r.stated_on > dt.date(2020, 8, 31)
        else r
        for r in records
    ]


TAMPERINGS = (
    without_links_after_split,
    with_links_after_split_moved,
    with_other_needs_after_split_changed,
)


@pytest.fixture(scope="module")
def looked_at(catalogue: Catalogue) -> EvaluationSet:
    return EvaluationSet.from_catalogue(catalogue, Protocol(SPLIT, dt.date(2020, 8, 31)))


@pytest.fixture(scope="module")
def features_of(looked_at: EvaluationSet, settings: TrainSettings) -> Features:
    def compute(catalogue: Catalogue) -> NDArray[np.float32]:
        interactions = Interactions.from_catalogue(catalogue)
        features = fit_features(
            interactions, SPLIT, looked_at.offer_rows, settings=settings, seed=0
        )
        batch = features.encode(interactions.queries.take(looked_at.need_rows))
        n_items = len(looked_at.offer_rows)
        query = np.repeat(np.arange(len(batch)), n_items)
        return features.compute(batch, query, np.tile(np.arange(n_items), len(batch)))

    return compute


def sees_ahead(compute: Features, records: list[Record]) -> bool:
    """Say whether any tampering with the future changes a single bit."""
    before = compute(Catalogue.from_records(records))
    after = (compute(Catalogue.from_records(tamper(records))) for tamper in TAMPERINGS)
    return any(not np.array_equal(before, table, equal_nan=True) for table in after)


def test_features_are_bit_identical_whatever_comes_after_the_split(
    features_of: Features, records: list[Record]
):
    assert not sees_ahead(features_of, records)


def test_a_planted_leak_is_caught(
    features_of: Features, looked_at: EvaluationSet, records: list[Record]
):
    def leaky(catalogue: Catalogue) -> NDArray[np.float32]:
        """Add a column that counts all links of the offer, the query's own deal among them."""
        table = features_of(catalogue)
        links = Interactions.from_catalogue(catalogue).links
        counts = np.bincount(links.offer_rows, minlength=len(catalogue.offers))
        column = np.tile(counts[looked_at.offer_rows], looked_at.n_queries)
        return np.column_stack([table, column]).astype(np.float32)

    assert sees_ahead(leaky, records)


def test_the_links_of_the_queries_themselves_are_among_what_is_tampered_with(
    looked_at: EvaluationSet, records: list[Record]
):
    kept = {r.need_id for r in without_links_after_split(records) if isinstance(r, Event)}
    asked = {f"need_{query_id}" for query_id in looked_at.query_ids}
    assert not kept & asked
