"""NDCG with grades, and every way of retrieval on the test of meaning."""

from __future__ import annotations

import os
from math import log2
from pathlib import Path

import numpy as np
import pytest

from data.errors import DependencyError
from eval.meaning.cases import CaseSet
from eval.meaning.measuring import (
    BM25,
    CENTRED,
    ENCODER,
    FUSED,
    FUSED_CENTRED,
    TFIDF,
    WAYS,
    MeaningResult,
    graded_ndcg,
    measure,
    results_to_dict,
)
from features.encoder.opening import EMBEDDED, open_encoder

BAR = 0.15
"""By how much the encoder must beat TF-IDF."""


def test_graded_gain():
    scores = np.array([[0.9, 0.8, 0.7], [0.7, 0.8, 0.9], [1.0, 1.0, 1.0]])
    grades = np.array([[2, 0, 1], [2, 0, 1], [0, 0, 0]])
    ideal = 3 + 1 / log2(3)
    found = graded_ndcg(scores, grades)
    np.testing.assert_allclose(found, [(3 + 1 / log2(4)) / ideal, (1 + 3 / log2(4)) / ideal, 0])


def test_only_the_first_k_count():
    assert graded_ndcg(np.array([[2.0, 1.0]]), np.array([[0, 2]]), k=1).tolist() == [0]


def test_without_an_encoder_wording_alone_is_measured():
    results = measure(CaseSet.ENGLISH, None, rng=np.random.default_rng(0))
    assert list(results) == [TFIDF, BM25]
    assert 0 < results[TFIDF].low < results[TFIDF].mean < results[TFIDF].high < 0.5
    assert results_to_dict(results)["tfidf"]["ndcg@10"] == results[TFIDF].mean


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[CaseSet, dict[str, MeaningResult]]:
    named = os.environ.get("FINMATCH_CACHE")
    cache = Path(named) if named else tmp_path_factory.mktemp("cache")
    try:
        encoder = open_encoder(EMBEDDED, cache=cache)
    except DependencyError as error:
        pytest.skip(error.message)
    return {chosen: measure(chosen, encoder, rng=np.random.default_rng(0)) for chosen in CaseSet}


@pytest.mark.parametrize("chosen", CaseSet)
def test_the_embedded_encoder_clears_the_bar(measured, chosen: CaseSet):
    found = measured[chosen]
    assert list(found) == list(WAYS)
    assert found[ENCODER].mean >= found[TFIDF].mean + BAR
    assert found[CENTRED].mean >= found[ENCODER].mean + BAR / 2


@pytest.mark.parametrize("chosen", CaseSet)
def test_fusion_is_not_below_the_better_of_its_parts(measured, chosen: CaseSet):
    found = measured[chosen]
    assert found[FUSED].mean >= max(found[ENCODER].mean, found[BM25].mean)
    assert found[FUSED_CENTRED].mean >= max(found[CENTRED].mean, found[BM25].mean)
