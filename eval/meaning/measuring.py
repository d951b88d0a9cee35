"""Measuring ways of retrieval on the test of meaning, each alone and fused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from eval.meaning.cases import CaseSet, MeaningCases, read_cases
from features.encoder.centring import Centring
from features.encoder.protocol import Progress, TextEncoder
from matcher.fusion import fuse_scores
from matcher.lexical import LexicalIndex
from matcher.retrieval import LEXICAL_SHARE, LaneWeights

DEPTH = 10
TFIDF_LETTERS = (1, 3)
RESAMPLES = 2_000
INTERVAL = (2.5, 97.5)
FIRM, OFFER = "firm", "offer"

TFIDF, BM25, ENCODER, CENTRED = "tfidf", "bm25", "encoder", "centred"
FUSED, FUSED_CENTRED = "fused", "fused_centred"
WAYS = {
    TFIDF: "TF-IDF of 1 to 3 characters",
    BM25: "BM25 of words, Han characters and pairs",
    ENCODER: "encoder",
    CENTRED: "encoder, centred by side and language",
    FUSED: "encoder and BM25, fused by rank",
    FUSED_CENTRED: "centred encoder and BM25, fused by rank",
}
"""What is measured, and what it is."""

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class MeaningResult:
    """How one way of retrieval did.

    Attributes
    ----------
    ndcg
        NDCG@10 of each mandate, with graded gain.
    low, high
        95 % interval of their mean, mandates resampled.
    """

    way: str
    ndcg: NDArray[np.float64]
    low: float
    high: float

    @property
    def mean(self) -> float:
        """Mean over the mandates."""
        return float(self.ndcg.mean())


def measure(
    chosen: CaseSet,
    encoder: TextEncoder | None,
    *,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> dict[str, MeaningResult]:
    """Measure every way on one language of the test.

    Parameters
    ----------
    encoder
        ``None`` measures wording alone.
    rng
        Draws the resamples.

    Returns
    -------
    Results by way, in the order of :data:`WAYS`.
    """
    cases = read_cases(chosen)
    found = {
        way: graded_ndcg(scores, cases.grades)
        for way, scores in score_ways(cases, encoder, progress=progress).items()
    }
    draws = rng.integers(len(cases.mandates), size=(RESAMPLES, len(cases.mandates)))
    results = {}
    for way, values in found.items():
        low, high = np.percentile(values[draws].mean(axis=1), INTERVAL)
        results[way] = MeaningResult(way, values, float(low), float(high))
    return results


def score_ways(
    cases: MeaningCases, encoder: TextEncoder | None, *, progress: Progress | None = None
) -> dict[str, Scores]:
    """Score every firm for every mandate in each way. Shapes ``(n_mandates, n_firms)``.

    The fusion weighs as the retrieval of offers does.
    """
    scores = {TFIDF: _tfidf(cases), BM25: _bm25(cases)}
    if encoder is None:
        return scores
    firms = encoder.encode(cases.firms, progress=progress)
    mandates = encoder.encode(cases.mandates, progress=progress)
    centring = Centring.fit(
        {FIRM: (cases.firms, firms), OFFER: (cases.mandates, mandates)},
        fingerprint=encoder.info.fingerprint,
    )
    scores[ENCODER] = (mandates @ firms.T).astype(np.float64)
    centred = centring.apply(OFFER, cases.mandates, mandates)
    scores[CENTRED] = (centred @ centring.apply(FIRM, cases.firms, firms).T).astype(np.float64)
    for fused, dense in ((FUSED, ENCODER), (FUSED_CENTRED, CENTRED)):
        scores[fused] = _fused(cases, scores[dense], scores[BM25])
    return scores


def graded_ndcg(scores: Scores, grades: NDArray[np.int64], *, k: int = DEPTH) -> Scores:
    """NDCG@k with the gain ``2^grade - 1`` (Burges et al. 2005); equal scores by column.

    Parameters
    ----------
    scores, grades
        Shape ``(n, m)``.

    Returns
    -------
    Shape ``(n,)``, 0 … 1; 0 where nothing is relevant.

    Relations
    ---------
    :func:`eval.metrics.ndcg` is the same for grades of 0 and 1.
    """
    gains = np.exp2(grades) - 1
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    ideal = -np.sort(-gains, axis=1)[:, :k]
    discounts = 1 / np.log2(np.arange(2, ideal.shape[1] + 2))
    reached = (np.take_along_axis(gains, order, axis=1) * discounts).sum(axis=1)
    best = (ideal * discounts).sum(axis=1)
    return np.asarray(np.divide(reached, best, out=np.zeros(len(best)), where=best > 0))


def results_to_dict(results: Mapping[str, MeaningResult]) -> dict[str, Any]:
    """Return plain values, as a report keeps them."""
    return {
        way: {"ndcg@10": result.mean, "low": result.low, "high": result.high}
        for way, result in results.items()
    }


def _tfidf(cases: MeaningCases) -> Scores:
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=TFIDF_LETTERS, sublinear_tf=True)
    firms = vectorizer.fit_transform(cases.firms)
    return np.asarray((vectorizer.transform(cases.mandates) @ firms.T).toarray(), np.float64)


def _bm25(cases: MeaningCases) -> Scores:
    index = LexicalIndex.build(cases.firms)
    return np.array([index.scores(mandate) for mandate in cases.mandates], np.float64)


def _fused(cases: MeaningCases, dense: Scores, lexical: Scores) -> Scores:
    """Fuse by rank; wording counts from the same share of its ceiling as in retrieval."""
    index, weights = LexicalIndex.build(cases.firms), LaneWeights()
    ceilings = np.array([[index.ceiling(mandate)] for mandate in cases.mandates])
    held = np.where(lexical >= LEXICAL_SHARE * ceilings, lexical, -np.inf)
    return fuse_scores(np.stack([dense, held]), [weights.text, weights.lexical])
