"""Indexes with a tail find what indexes built anew find."""

from __future__ import annotations

import numpy as np
import pytest

from data.catalogue import NO_ROW
from data.errors import ArgumentError
from matcher.index import METRICS, VectorIndex
from matcher.layered_lanes import LayeredIndex, LayeredLexical, token_weights
from matcher.lexical import LexicalIndex

TEXTS = ["苏州 软件 贷款", "无锡 机械 担保 担保", "芯片 投资 early stage", ""]


@pytest.mark.parametrize("metric", sorted(METRICS))
@pytest.mark.parametrize("k", [1, 5, 60])
def test_a_tail_beside_an_index_finds_what_one_index_finds(
    rng: np.random.Generator, metric: str, k: int
) -> None:
    vectors = rng.standard_normal((40, 6)).astype(np.float32)
    rows = np.array([3, 11, 40, 41])
    tail = rng.standard_normal((4, 6)).astype(np.float32)
    layered = LayeredIndex(VectorIndex.build(vectors, metric), tail, rows)
    whole = np.concatenate([vectors, np.zeros((2, 6), np.float32)])
    whole[rows] = tail
    np.testing.assert_array_equal(layered.vectors, whole)
    anew = VectorIndex.build(whole, metric)
    queries = rng.standard_normal((3, 6)).astype(np.float32)
    for eligible in (None, rng.random(42) < 0.5, np.isin(np.arange(42), [3, 40])):
        scores, found = layered.search(queries, k, eligible=eligible)
        expected_scores, expected = anew.search(queries, k, eligible=eligible)
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_allclose(scores, expected_scores, rtol=1e-5, atol=1e-5)
    assert (len(layered), layered.dimension, layered.metric) == (42, 6, metric)


def test_old_vectors_of_changed_rows_are_not_found() -> None:
    index = VectorIndex.build(np.eye(3, dtype=np.float32))
    layered = LayeredIndex(index, np.array([[0, 0, -1]], np.float32), np.array([1]))
    scores, rows = layered.search(np.array([[0, 1, 0]], np.float32), 3)
    assert scores.max() == 0
    assert set(rows[0].tolist()) == {0, 1, 2}


def test_a_mask_of_another_length_is_refused() -> None:
    index = VectorIndex.build(np.eye(3, dtype=np.float32))
    layered = LayeredIndex(index, np.ones((1, 3), np.float32), np.array([3]))
    with pytest.raises(ArgumentError, match=r"shape \(4,\)"):
        layered.search(np.ones((1, 3), np.float32), 1, eligible=np.ones(3, np.bool_))


def test_a_text_laid_over_itself_scores_as_before() -> None:
    base = LexicalIndex.build(TEXTS)
    weights = [token_weights(base, text) for text in TEXTS]
    layered = LayeredLexical(base, weights, np.arange(len(TEXTS)))
    for query in ("软件 贷款", "担保", "early 芯片", "nothing"):
        np.testing.assert_allclose(layered.scores(query), base.scores(query), rtol=1e-6)
        assert layered.ceiling(query) == base.ceiling(query)


def test_a_changed_text_is_found_by_its_new_words_and_not_by_its_old_ones() -> None:
    base = LexicalIndex.build(TEXTS)
    new = ["苏州 担保", "software 软件"]
    layered = LayeredLexical(base, [token_weights(base, t) for t in new], np.array([0, 4]))
    assert layered.search("贷款", 2)[1].tolist() == [NO_ROW, NO_ROW]
    assert set(layered.search("担保", 2)[1].tolist()) == {0, 1}
    assert layered.search("软件", 2)[1].tolist() == [4, NO_ROW]
    assert layered.search("软件", 2, eligible=np.arange(5) < 4)[1].tolist() == [NO_ROW, NO_ROW]


def test_the_usual_length_is_kept_with_the_index(tmp_path: object) -> None:
    base = LexicalIndex.build(TEXTS)
    folder = tmp_path / "lexical"  # type: ignore[operator]
    base.save(folder)
    again = LexicalIndex.load(folder)
    assert again.mean_length == base.mean_length
    assert token_weights(again, TEXTS[0]) == token_weights(base, TEXTS[0])


def test_layers_of_wording_are_not_saved(tmp_path: object) -> None:
    layered = LayeredLexical(LexicalIndex.build(TEXTS), [{}], np.array([0]))
    with pytest.raises(ArgumentError, match="not saved"):
        layered.save(tmp_path)  # type: ignore[arg-type]
