"""A single query, as a request has it, is read and computed as one of many in training is."""

from __future__ import annotations

import numpy as np
import pytest

from features.queries import Queries
from features.rules.fact_table import FactTable
from matcher.eligibility import EligibilityRules

ROUNDING = 2e-5
"""Single precision products of many queries and of one are added up in another order."""


@pytest.fixture(scope="module")
def queries(served):
    features = served.model.features
    every = Queries.from_catalogue(served.catalogue, firm_ids=features.firm_history_.firm_ids)
    return every.take(np.arange(0, len(every), max(len(every) // 40, 1)))


def test_encoding_is_the_same(served, queries):
    features = served.model.features
    batch = features.encode(queries)
    for at in range(len(queries)):
        one = features.encode(queries.take(np.array([at])))
        assert np.array_equal(one.tokens.toarray(), batch.tokens[[at]].toarray())
        assert np.array_equal(one.earlier.toarray(), batch.earlier[[at]].toarray())
        assert np.array_equal(one.vectors, batch.vectors[[at]])
        assert one.n_earlier[0] == batch.n_earlier[at]
        assert np.array_equal(one.days_since, batch.days_since[[at]], equal_nan=True)


def test_features_are_the_same(served, queries):
    features = served.model.features
    batch = features.encode(queries)
    rng = np.random.default_rng(5)
    exact = [
        n.startswith(("peers", "portfolio", "ticket", "declared")) for n in features.features.names
    ]
    for at in range(len(queries)):
        pool = rng.permutation(len(features.items_))[:60]
        one = features.compute(
            features.encode(queries.take(np.array([at]))), np.zeros_like(pool), pool
        )
        many = features.compute(batch, np.full_like(pool, at), pool)
        np.testing.assert_allclose(one, many, rtol=ROUNDING, atol=ROUNDING)
        assert np.array_equal(one[:, exact], many[:, exact], equal_nan=True)


def test_features_do_not_depend_on_the_order_of_the_pool(served, queries):
    features = served.model.features
    batch = features.encode(queries.take(np.array([0])))
    pool = np.arange(len(features.items_))
    shuffled = np.random.default_rng(6).permutation(pool)
    straight = features.compute(batch, np.zeros_like(pool), pool)
    other = features.compute(batch, np.zeros_like(pool), shuffled)
    assert np.array_equal(straight[shuffled], other, equal_nan=True)


@pytest.mark.parametrize(
    "kinds", [None, frozenset(), frozenset({"debt"}), frozenset({"equity", "debt"})]
)
def test_eligibility_of_all_offers_is_that_of_each_pair(served, queries, kinds):
    rules = EligibilityRules(served.model.items)
    day = np.datetime64("2026-06-30")
    n = len(served.model.items)
    for at in range(0, len(queries), 4):
        one = queries.take(np.array([at]))
        table = rules.offers_for(one, on=day, kinds=kinds)
        two = queries.take(np.array([at, at]))  # two rows are answered as many are
        facts = FactTable.from_queries(two, np.full(2, day))
        pairs = rules.pairs(facts, np.zeros(n, np.int64), np.arange(n), on=day)
        names = list(map(str, served.model.items.texts["kind"]))
        if kinds is None:
            assert np.array_equal(table.answers, pairs.answers)
            assert table.excluded() == pairs.excluded()
            assert table.results(3, rules.items, 3) == pairs.results(3, rules.items, 3)
            assert np.array_equal(table.verdicts, pairs.verdicts)
        else:
            assert np.array_equal(table.answers[:, 1:], pairs.answers[:, 1:])
            expected = [0 if not kinds else 1 if name in kinds else 4 for name in names]
            assert table.answers[:, 0].tolist() == expected
