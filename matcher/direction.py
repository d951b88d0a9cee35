"""One direction of the model: a ranker, the columns it reads, and its calibration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.errors import BundleDamagedError, BundleMissingError, EmptyInputError
from matcher.calibration import Calibrator, calibrator_from_dict
from matcher.head_start import HeadStart
from matcher.logistic import log_odds_to_probability
from matcher.ranker import RankerEnsemble

RANKER_PATTERN = "ranker-{:02d}.txt"
CALIBRATOR_FILE = "calibrator.json"
TYPICAL_POOL_FILE = "typical_pool.npy"

_CURVE_POINTS = 17
_CURVE_MARGIN = 10.0
"""Raw score beyond a typical pool's ends up to which its calibration is laid out."""


class Direction:
    """Scores and probabilities of one side.

    Parameters
    ----------
    ranker
        Its columns are found among the features by name: a feature that it never saw is left out,
        one that is not computed is unknown.
    calibrator
        Maps raw scores of a whole pool to probabilities.
    feature_names
        Columns of the rows that will be scored.
    typical_pool
        Raw scores of a usual pool of this side, for pairs that are met outside their own pool.
    """

    def __init__(
        self,
        ranker: RankerEnsemble,
        calibrator: Calibrator,
        feature_names: Sequence[str],
        *,
        typical_pool: NDArray[np.float64] | None = None,
    ) -> None:
        self.ranker = ranker
        self.calibrator = calibrator
        self.feature_names = tuple(feature_names)
        self.typical_pool = typical_pool
        place = {name: column for column, name in enumerate(self.feature_names)}
        self._columns = np.array([place.get(name, -1) for name in ranker.feature_names], np.int64)
        self._same = ranker.feature_names == self.feature_names

    def score(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return raw scores of rows of features, shape ``(n,)``."""
        return self.ranker.score(self._read(X))

    def contributions(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what each feature contributed, in the columns of ``feature_names``."""
        found = self.ranker.contributions(self._read(X))
        if self._same:
            return found
        laid = np.zeros((len(found), len(self.feature_names)))
        known = self._columns >= 0
        laid[:, self._columns[known]] = found[:, known]
        return laid

    def lost(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return contributions of columns that are not computed, shape ``(n,)``; usually zero."""
        absent = self._columns < 0
        if not absent.any():
            return np.zeros(len(X))
        return np.asarray(self.ranker.contributions(self._read(X))[:, absent].sum(axis=1))

    def _read(self, X: NDArray[np.floating]) -> NDArray[np.floating]:
        if self._same:
            return X
        padded = np.hstack([X, np.full((len(X), 1), np.nan, X.dtype)])
        return padded[:, self._columns]  # -1 finds the column of unknowns

    def probability(
        self, scores: ArrayLike, *, groups: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Return probabilities of whole pools; ``groups`` names each row's pool."""
        return self.calibrator.apply(scores, groups=groups)

    def probability_alone(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return probabilities of pairs outside their pools, as if each stood in a typical one."""
        if self.typical_pool is None or not len(self.typical_pool):
            return self.calibrator.apply(scores)
        at, log_odds = self._curve
        return np.asarray(log_odds_to_probability(np.interp(scores, at, log_odds)))

    @cached_property
    def _curve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Scores, and their log-odds when added to the typical pool."""
        assert self.typical_pool is not None
        pool = self.typical_pool
        at = np.linspace(pool.min() - _CURVE_MARGIN, pool.max() + _CURVE_MARGIN, _CURVE_POINTS)
        rows = np.column_stack([at, np.broadcast_to(pool[1:], (len(at), len(pool) - 1))])
        groups = np.repeat(np.arange(len(at)), rows.shape[1])
        probability = self.calibrator.apply(rows.ravel(), groups=groups).reshape(rows.shape)[:, 0]
        return at, np.log(probability) - np.log1p(-probability)

    def save(self, folder: Path) -> None:
        """Write rankers, calibration and typical pool into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, ranker in enumerate(self.ranker.rankers):
            path = folder / RANKER_PATTERN.format(number)
            path.write_text(ranker.to_text(), encoding="utf-8")
        if self.ranker.head_start:
            self.ranker.head_start.save(folder)
        text = json.dumps(self.calibrator.to_dict())
        (folder / CALIBRATOR_FILE).write_text(text, encoding="utf-8")
        if self.typical_pool is not None:
            np.save(folder / TYPICAL_POOL_FILE, self.typical_pool, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, feature_names: Sequence[str]) -> Direction:
        """Read what :meth:`save` wrote.

        Raises
        ------
        BundleMissingError
            There is none in ``folder``.
        BundleDamagedError, BundleForeignError
            A file of it cannot be read or is of another kind.
        """
        paths = sorted(folder.glob("ranker-*.txt"))
        if not paths:
            raise BundleMissingError(
                f"There is no ranker in {folder}.", remedy="Train again or restore the bundle."
            )
        typical_pool = None
        try:
            content = json.loads((folder / CALIBRATOR_FILE).read_text(encoding="utf-8"))
            if (folder / TYPICAL_POOL_FILE).exists():
                typical_pool = np.load(folder / TYPICAL_POOL_FILE, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BundleDamagedError(
                f"The calibration in {folder} cannot be read.",
                remedy="Train again or restore the bundle.",
            ) from error
        return cls(
            RankerEnsemble.load(paths, head_start=HeadStart.load(folder)),
            calibrator_from_dict(content),
            feature_names,
            typical_pool=typical_pool,
        )


def typical_pool(scores: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return a pool of the median size whose scores spread as those of all pools do.

    Parameters
    ----------
    scores, groups
        Raw scores of whole pools, and the pool of each. Shape ``(n,)``.
    """
    if not len(scores):
        raise EmptyInputError("A typical pool needs scores; got none.", field="scores")
    size = int(np.median(np.unique(groups, return_counts=True)[1]))
    return np.quantile(scores, (np.arange(size) + 0.5) / size)
