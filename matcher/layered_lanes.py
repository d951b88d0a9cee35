"""Retrieval over offers of which some changed: a tail beside the indexes, searched exactly.

The rows of the tail are shut in the base and answered for by the tail. Wording is weighed as the
base weighs it: how rare a token is, and how long a text usually is, follow the next full build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError
from matcher.index import VectorIndex, best_of_both
from matcher.lexical import BM25_B, BM25_K1, LexicalIndex, tokenize
from matcher.text_lane import OFFER, TextLane

Rows = NDArray[np.int64]


class LayeredIndex(VectorIndex):
    """Nearest rows of an index of which some have other vectors, and of some after it.

    Parameters
    ----------
    base
        The index.
    vectors
        The other vectors. Shape ``(m, dimension)``.
    rows
        Their rows; those beyond the end of ``base`` follow without a gap. Shape ``(m,)``.
    """

    def __init__(self, base: VectorIndex, vectors: NDArray[np.float32], rows: Rows) -> None:
        self.base = base
        self._tail = np.ascontiguousarray(vectors, np.float32)
        self._tail_rows = rows
        self._size = max(len(base), int(rows.max(initial=-1)) + 1)
        self._shut = rows[rows < len(base)]

    def __len__(self) -> int:
        return self._size

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.base.dimension

    @property
    def metric(self) -> str:
        """Name of the metric."""
        return self.base.metric

    @property
    def vectors(self) -> NDArray[np.float32]:
        """All vectors, put together anew at each call. Shape ``(n, dimension)``."""
        found = np.empty((len(self), self.dimension), np.float32)
        found[: len(self.base)] = self.base.vectors
        found[self._tail_rows] = self._tail
        return found

    def search(
        self, query: NDArray[np.float32], k: int, *, eligible: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Find the ``k`` best eligible rows for each query; see :meth:`VectorIndex.search`."""
        mask = np.ones(len(self), np.bool_) if eligible is None else np.asarray(eligible)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise ArgumentError(
                f"The eligibility mask must be Boolean of shape ({len(self)},); "
                f"got {mask.dtype} of shape {mask.shape}.",
                field="eligible",
            )
        early = mask[: len(self.base)].copy()
        early[self._shut] = False
        found = self.base.search(query, k, eligible=early)
        at = np.flatnonzero(mask[self._tail_rows])
        if not len(at):
            return found
        scores = self.base.score(query, self._tail[at])
        return best_of_both(found, (scores, self._tail_rows[at]), k=k)

    def save(self, path: Path) -> None:
        """Build the index whole and write it; see :meth:`VectorIndex.save`."""
        VectorIndex.build(self.vectors, self.metric).save(path)


class LayeredLexical(LexicalIndex):
    """BM25 scores of texts of which some changed, and of some after them.

    Parameters
    ----------
    base
        The index of the other texts; it says how rare a token is.
    weights
        Of the tokens of each changed or new text, :func:`token_weights`.
    rows
        Their rows. Shape ``(m,)``.
    """

    def __init__(
        self, base: LexicalIndex, weights: Sequence[Mapping[str, float]], rows: Rows
    ) -> None:
        size = max(len(base), int(rows.max(initial=-1)) + 1)
        super().__init__(size, None)
        self.base = base
        self._tail_rows = rows
        self._holders: dict[str, list[tuple[int, float]]] = {}
        for row, of_text in zip(rows.tolist(), weights, strict=True):
            for token, weight in of_text.items():
                self._holders.setdefault(token, []).append((row, weight))

    def scores(self, query: str | Sequence[str]) -> NDArray[np.float32]:
        """Score every text against ``query``; see :meth:`LexicalIndex.scores`."""
        tokens = list(dict.fromkeys(tokenize(query) if isinstance(query, str) else query))
        found = np.zeros(len(self), np.float32)
        found[: len(self.base)] = self.base.scores(tokens)
        found[self._tail_rows] = 0
        for token in tokens:
            for row, weight in self._holders.get(token, ()):
                found[row] += weight
        return found

    def ceiling(self, query: str | Sequence[str]) -> float:
        """Return what no text's score can reach; see :meth:`LexicalIndex.ceiling`."""
        return self.base.ceiling(query)

    def save(self, folder: Path) -> None:
        """Refuse: what a bundle holds is built from all texts."""
        raise ArgumentError(
            f"A lexical index in layers is not saved; got {folder}.",
            remedy="Build one from all texts.",
        )


def token_weights(base: LexicalIndex, text: str) -> dict[str, float]:
    """Return what each token of a text adds to its score, weighed as ``base`` weighs tokens.

    Notes
    -----
    Robertson & Zaragoza 2009, as :data:`matcher.lexical.BM25_METHOD` has it.
    """
    counts = Counter(tokenize(text))
    length = sum(counts.values())
    usual = base.mean_length or length or 1.0
    damping = BM25_K1 * (1 - BM25_B + BM25_B * length / usual)
    return {t: base.rarity(t) * n / (damping + n) for t, n in counts.items()}


def layered_text_lane(base: TextLane, texts: Sequence[str], rows: Rows) -> TextLane:
    """Return a lane of meaning in which some offers say something else, and some are new."""
    vectors = base.centring.apply(OFFER, texts, base.encoder.encode(texts))
    lane = object.__new__(TextLane)
    lane.__dict__.update(vars(base))
    lane.index = LayeredIndex(base.index, vectors, rows)
    says = np.zeros(len(lane.index), np.bool_)
    says[: len(base.index)] = base._says
    says[rows] = vectors.any(axis=1)
    lane._says = says
    return lane
