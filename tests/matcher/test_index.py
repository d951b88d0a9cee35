from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import NO_ROW
from data.errors import ArgumentError, BundleDamagedError, BundleMissingError
from matcher import index as module
from matcher.index import METRICS, MISSING_SCORE, Plan, VectorIndex, plan_search, unit_rows

PLANS = {Plan.GATHER: (10**9, 10**9), Plan.FLAT: (0, 10**9), Plan.IVF: (0, 0)}
"""Limits (gather, flat) that force each plan on a small index."""


@pytest.fixture(params=list(PLANS))
def plan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Plan:
    gather, flat = PLANS[request.param]
    monkeypatch.setattr(module, "GATHER_LIMIT", gather)
    monkeypatch.setattr(module, "FLAT_LIMIT", flat)
    return request.param


def brute_force(vectors, query, k, *, eligible, metric):
    """The same answer by the plainest arithmetic, in double precision."""
    if metric == "inner_product":
        scores = query.astype(float) @ vectors.astype(float).T
    else:
        scores = -np.square(query[:, None].astype(float) - vectors[None].astype(float)).sum(axis=2)
    scores[:, ~eligible] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    rows = np.where(np.isneginf(np.take_along_axis(scores, order, axis=1)), NO_ROW, order)
    return np.take_along_axis(scores, order, axis=1), rows


@pytest.mark.usefixtures("plan")
def test_the_axes_of_a_cube():
    index = VectorIndex.build(np.eye(4, dtype=np.float32) * [[1], [2], [3], [4]])
    scores, rows = index.search(np.ones((1, 4), dtype=np.float32), 3)
    assert rows.tolist() == [[3, 2, 1]]
    assert scores.tolist() == [[4.0, 3.0, 2.0]]
    everything_but_the_best = np.array([True, True, True, False])
    _, rows = index.search(np.ones((1, 4), dtype=np.float32), 3, eligible=everything_but_the_best)
    assert rows.tolist() == [[2, 1, 0]]


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("share", [1.0, 0.3, 0.02])
def test_every_plan_finds_what_brute_force_finds(metric, share, rng):
    vectors = rng.normal(size=(400, 8)).astype(np.float32)
    query = rng.normal(size=(5, 8)).astype(np.float32)
    eligible = rng.random(400) < share
    index = VectorIndex.build(vectors, metric)
    scores, rows = index.search(query, 20, eligible=eligible)
    want_scores, want_rows = brute_force(vectors, query, 20, eligible=eligible, metric=metric)
    np.testing.assert_array_equal(rows, want_rows)
    np.testing.assert_allclose(scores, want_scores, rtol=1e-4, atol=1e-4)


@given(
    data=st.data(),
    n=st.integers(1, 30),
    k=st.integers(1, 40),
)
@settings(max_examples=40, deadline=None)
def test_only_eligible_rows_and_no_row_twice(data, n, k):
    eligible = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    vectors = np.arange(2 * n, dtype=np.float32).reshape(n, 2)
    _, rows = VectorIndex.build(vectors).search(np.ones((1, 2)), k, eligible=eligible)
    found = rows[0][rows[0] != NO_ROW]
    assert len(found) == min(k, eligible.sum())
    assert len(set(found.tolist())) == len(found)
    assert eligible[found].all()
    assert (rows[0][len(found) :] == NO_ROW).all()


@pytest.mark.usefixtures("plan")
def test_equal_scores_come_in_row_order():
    index = VectorIndex.build(np.ones((6, 2), dtype=np.float32))
    assert index.search(np.ones((1, 2)), 6)[1].tolist() == [[0, 1, 2, 3, 4, 5]]


@pytest.mark.usefixtures("plan")
def test_short_lists_are_padded():
    index = VectorIndex.build(np.eye(3, dtype=np.float32))
    scores, rows = index.search(np.ones((2, 3)), 5, eligible=np.array([False, True, False]))
    assert rows.tolist() == [[1, NO_ROW, NO_ROW, NO_ROW, NO_ROW]] * 2
    assert (scores[:, 1:] == MISSING_SCORE).all()


def test_nothing_eligible_and_nothing_indexed():
    index = VectorIndex.build(np.eye(3, dtype=np.float32))
    _, rows = index.search(np.ones((1, 3)), 2, eligible=np.zeros(3, dtype=bool))
    assert rows.tolist() == [[NO_ROW, NO_ROW]]
    empty = VectorIndex.build(np.zeros((0, 3), dtype=np.float32))
    scores, rows = empty.search(np.ones((2, 3)), 2)
    assert rows.tolist() == [[NO_ROW, NO_ROW]] * 2
    assert np.isneginf(scores).all()


def test_a_filter_against_the_vectors_still_fills_the_list(monkeypatch, rng):
    """All eligible rows lie far from the query, in lists that are not probed."""
    monkeypatch.setattr(module, "GATHER_LIMIT", 0)
    monkeypatch.setattr(module, "FLAT_LIMIT", 0)
    monkeypatch.setattr(module, "PROBED_ROWS", 1)
    monkeypatch.setattr(module, "PROBED_PER_RESULT", 1)
    near = rng.normal(size=(500, 4)) * 0.1 + [1, 0, 0, 0]
    far = rng.normal(size=(50, 4)) * 0.1 - [1, 0, 0, 0]
    vectors = unit_rows(np.vstack([near, far]))
    eligible = np.arange(550) >= 500
    query = np.array([[1, 0, 0, 0]], dtype=np.float32)
    _, rows = VectorIndex.build(vectors).search(query, 10, eligible=eligible)
    want = brute_force(vectors, query, 10, eligible=eligible, metric="inner_product")[1]
    assert rows.tolist() == want.tolist()


def test_probing_reaches_the_recall_it_is_meant_to(rng):
    centres = rng.normal(size=(200, 16))
    vectors = unit_rows(centres[rng.integers(200, size=60_000)] + rng.normal(size=(60_000, 16)))
    query = unit_rows(centres[:20] + rng.normal(size=(20, 16)))
    eligible = rng.random(60_000) < 0.9
    assert plan_search(int(eligible.sum())) is Plan.IVF
    _, rows = VectorIndex.build(vectors).search(query, 100, eligible=eligible)
    want = brute_force(vectors, query, 100, eligible=eligible, metric="inner_product")[1]
    hits = [len(set(a) & set(b)) / 100 for a, b in zip(rows, want, strict=True)]
    assert np.mean(hits) >= 0.95


def test_the_planner_follows_the_measured_limits():
    assert plan_search(0) is Plan.NOTHING
    assert plan_search(1) is Plan.GATHER
    assert plan_search(module.GATHER_LIMIT) is Plan.GATHER
    assert plan_search(module.GATHER_LIMIT + 1) is Plan.FLAT
    assert plan_search(module.FLAT_LIMIT) is Plan.FLAT
    assert plan_search(module.FLAT_LIMIT + 1) is Plan.IVF


@pytest.mark.usefixtures("plan")
@pytest.mark.parametrize("metric", METRICS)
def test_saving_and_loading_changes_nothing(metric, rng, tmp_path):
    vectors = rng.normal(size=(300, 6)).astype(np.float32)
    query = rng.normal(size=(3, 6)).astype(np.float32)
    index = VectorIndex.build(vectors, metric)
    index.save(tmp_path / "offers.faiss")
    loaded = VectorIndex.load(tmp_path / "offers.faiss")
    assert (len(loaded), loaded.dimension, loaded.metric) == (300, 6, metric)
    np.testing.assert_array_equal(loaded.vectors, vectors)
    for ours, theirs in zip(index.search(query, 7), loaded.search(query, 7), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BundleMissingError, match=r"offers\.faiss"):
        VectorIndex.load(tmp_path / "offers.faiss")


@pytest.mark.parametrize("content", [b"", b"not an index at all", None])
def test_a_damaged_file_is_named(tmp_path, content, rng):
    path = tmp_path / "offers.faiss"
    VectorIndex.build(rng.normal(size=(50, 4))).save(path)
    path.write_bytes(path.read_bytes()[:100] if content is None else content)
    with pytest.raises(BundleDamagedError, match=r"offers\.faiss"):
        VectorIndex.load(path)


def test_an_index_of_another_kind_is_refused(tmp_path, monkeypatch, rng):
    monkeypatch.setattr(module, "FLAT_LIMIT", 0)
    path = tmp_path / "offers.faiss"
    VectorIndex.build(rng.normal(size=(100, 4))).save(path)
    path.write_bytes((tmp_path / "offers.ivf").read_bytes())
    with pytest.raises(BundleDamagedError, match="another kind"):
        VectorIndex.load(path)


def test_an_inverted_file_of_another_index_is_refused(tmp_path, monkeypatch, rng):
    monkeypatch.setattr(module, "FLAT_LIMIT", 0)
    VectorIndex.build(rng.normal(size=(100, 4))).save(tmp_path / "a.faiss")
    VectorIndex.build(rng.normal(size=(120, 4))).save(tmp_path / "b.faiss")
    (tmp_path / "b.ivf").replace(tmp_path / "a.ivf")
    with pytest.raises(BundleDamagedError, match=r"a\.ivf.*does not belong to a\.faiss"):
        VectorIndex.load(tmp_path / "a.faiss")
    (tmp_path / "a.ivf").unlink()
    with pytest.raises(BundleMissingError, match=r"a\.ivf"):
        VectorIndex.load(tmp_path / "a.faiss")


def test_broken_vectors_are_counted():
    vectors = np.ones((5, 2), dtype=np.float32)
    vectors[[1, 3], 0] = np.nan, np.inf
    with pytest.raises(ArgumentError, match=r"2 of 5 hold NaN.*first is row 1"):
        VectorIndex.build(vectors)
    index = VectorIndex.build(np.ones((5, 2)))
    with pytest.raises(ArgumentError, match="1 of 1 hold NaN"):
        index.search(np.array([[np.nan, 0]]), 1)


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (5, 0)])
def test_other_shapes_are_refused(shape):
    with pytest.raises(ArgumentError, match=r"\(n, dimension\); got"):
        VectorIndex.build(np.ones(shape))


def test_bad_searches_are_refused():
    index = VectorIndex.build(np.ones((5, 2)))
    with pytest.raises(ArgumentError, match=r"\(n, 2\); got \(1, 3\)"):
        index.search(np.ones((1, 3)), 1)
    with pytest.raises(ArgumentError, match="positive integer; got 0"):
        index.search(np.ones((1, 2)), 0)
    with pytest.raises(ArgumentError, match=r"Boolean of shape \(5,\); got int64"):
        index.search(np.ones((1, 2)), 1, eligible=np.array([0, 1]))
    with pytest.raises(ArgumentError, match=r"inner_product, l2; got 'cosine'"):
        VectorIndex.build(np.ones((5, 2)), "cosine")


def test_unit_rows_have_length_one_and_zero_stays_zero():
    scaled = unit_rows(np.array([[3, 4], [0, 0]], dtype=np.float32))
    np.testing.assert_allclose(scaled, [[3 / 5, 4 / 5], [0, 0]], rtol=1e-6)
