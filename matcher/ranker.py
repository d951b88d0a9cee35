"""The ranker at serving time: scores, and what each feature contributed to them.

The only module that imports LightGBM for scoring; it is fitted in ``training``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol, Self

import lightgbm
import numpy as np
from numpy.typing import NDArray

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleForeignError,
    BundleMissingError,
)
from matcher.attribution import PathTable
from matcher.head_start import HeadStart
from matcher.tree_tables import Tree, TreeTables, read_trees

N_THREADS = 1  # DESIGN §4: a second thread doubles the latency of one request
MODEL_HEAD = "tree\n"
MODEL_END = "end of trees"
"""First line and closing line of a LightGBM model text."""


class Scorer(Protocol):
    """What the matcher needs of a ranker."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""

    @property
    def base_value(self) -> float:
        """The score of a row about which nothing is known."""

    def score(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return raw scores of shape ``(n,)``."""

    def contributions(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return contributions of shape ``(n, n_features)``."""


class Ranker:
    """One boosted model.

    Scores are raw: comparable inside one query, not across queries and not a probability; that
    is what :mod:`matcher.calibration` is for.

    Relations
    ---------
    :class:`RankerEnsemble` averages several of these, trained with other seeds, and is steadier.

    Attributes
    ----------
    trees
        As :mod:`matcher.tree_tables` reads them; ``None`` where it cannot.
    """

    def __init__(self, booster: lightgbm.Booster) -> None:
        self._booster = booster
        dump = booster.dump_model()
        trees = [tree["tree_structure"] for tree in dump["tree_info"]]
        self._feature_names = tuple(booster.feature_name())
        if dump["num_tree_per_iteration"] != 1 or any("leaf_coeff" in _leaf(t) for t in trees):
            raise BundleForeignError(
                "The ranker must be a model of one output with constant leaves; this one has "
                f"{dump['num_tree_per_iteration']} trees per round or linear leaves.",
                remedy="Train it with a ranking objective and without linear_tree.",
            )
        self._paths = PathTable.from_trees(trees, n_features=len(self._feature_names))
        self.trees = read_trees(trees)

    @classmethod
    def from_text(cls, text: str, *, feature_names: Sequence[str] | None = None) -> Self:
        """Read a LightGBM model text.

        Parameters
        ----------
        text
            As ``Booster.model_to_string`` returns it.
        feature_names
            The columns that will be scored; ``None`` leaves them unchecked.

        Raises
        ------
        BundleDamagedError
            It is not a whole model text.
        BundleForeignError
            It was trained on other columns, or is a kind of model that is not a ranker.
        """
        if not text.startswith(MODEL_HEAD) or MODEL_END not in text:
            raise _unreadable("its first or closing line is missing")
        try:
            booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise _unreadable(str(error)) from error
        ranker = cls(booster)
        if feature_names is not None:
            _check_names(ranker.feature_names, tuple(feature_names))
        return ranker

    @classmethod
    def load(cls, path: Path, *, feature_names: Sequence[str] | None = None) -> Self:
        """Read the model text at ``path``; errors as :meth:`from_text`, and where it is absent."""
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise BundleMissingError(
                f"There is no ranker {path}.", remedy="Train again or restore the bundle."
            ) from error
        except UnicodeDecodeError as error:
            raise _unreadable(f"{path.name} is not text") from error
        return cls.from_text(text, feature_names=feature_names)

    def to_text(self) -> str:
        """Return the model text; :meth:`from_text` reads it."""
        text: str = self._booster.model_to_string()
        return text

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self._feature_names

    @property
    def base_value(self) -> float:
        """The expected score over the training rows."""
        return self._paths.base

    def score(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Score rows.

        Parameters
        ----------
        X
            Shape ``(n, n_features)``; NaN means unknown.

        Returns
        -------
        Raw scores, shape ``(n,)``.

        Raises
        ------
        ArgumentError
            Another number of columns.
        """
        return self._predict(X)

    def contributions(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what each feature contributed along the decision paths.

        Parameters
        ----------
        X
            As in :meth:`score`; the few rows that are shown, not the whole pool.

        Returns
        -------
        Shape ``(n, n_features)``; a line's sum plus ``base_value`` is the row's score.

        Relations
        ---------
        :meth:`tree_shap` is fairer to correlated features and many times slower.
        """
        return self.along_paths(self._predict(X, pred_leaf=True).astype(np.int64), len(X))

    def along_paths(self, leaves: NDArray[np.int64], n: int) -> NDArray[np.float64]:
        """Return :meth:`contributions` of ``n`` rows by the leaf of each in every tree."""
        # a model of one tree gives one leaf a row without the second axis
        return self._paths.contributions(leaves.reshape(n, self.n_trees))

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self._paths.first_leaf)

    def tree_shap(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return TreeSHAP values (Lundberg et al. 2018), shape ``(n, n_features)``.

        They too sum to the score together with ``base_value``.
        """
        return self._predict(X, pred_contrib=True)[:, :-1]  # the last column is the base value

    def _predict(self, X: NDArray[np.floating], **kind: bool) -> NDArray[np.float64]:
        X = _checked(X, self.feature_names)
        if len(X) == 0:  # LightGBM refuses an empty matrix
            width = {"pred_leaf": self.n_trees, "pred_contrib": X.shape[1] + 1}
            return np.zeros((0, *(width[name] for name in kind)))
        predicted = self._booster.predict(X, raw_score=True, num_threads=N_THREADS, **kind)
        return np.asarray(predicted, dtype=np.float64)


class RankerEnsemble:
    """The mean of several rankers over the same columns, on top of a head start if there is one.

    Parameters
    ----------
    rankers
        At least one.
    head_start
        What the trees were trained on top of.
    compiled
        Read single precision rows through tables instead of LightGBM where the trees allow it: the
        scores are the same, and take a sixth of the time.
    """

    def __init__(
        self,
        rankers: Sequence[Ranker],
        *,
        head_start: HeadStart | None = None,
        compiled: bool = True,
    ) -> None:
        if not rankers:
            raise ArgumentError("An ensemble needs at least one ranker; got none.")
        for ranker in rankers[1:]:
            _check_names(ranker.feature_names, rankers[0].feature_names)
        self.rankers = tuple(rankers)
        self.head_start = head_start
        self._column = head_start.column(self.feature_names) if head_start else 0
        self._tables = _tables(self.rankers) if compiled else None
        ends = np.cumsum([0, *(ranker.n_trees for ranker in self.rankers)]).tolist()
        self._slices = [slice(*pair) for pair in pairwise(ends)]

    @classmethod
    def load(
        cls,
        paths: Sequence[Path],
        *,
        feature_names: Sequence[str] | None = None,
        head_start: HeadStart | None = None,
    ) -> Self:
        """Read one model text for each path; errors as :meth:`Ranker.load`."""
        rankers = [Ranker.load(path, feature_names=feature_names) for path in paths]
        return cls(rankers, head_start=head_start)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.rankers[0].feature_names

    @property
    def base_value(self) -> float:
        """The mean of the rankers' base values, and the head start's."""
        base = float(np.mean([ranker.base_value for ranker in self.rankers]))
        return base + (self.head_start.base_value if self.head_start else 0.0)

    def score(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the raw score, shape ``(n,)``."""
        tables = self._readable(X)
        if tables is None:
            score = _mean([ranker.score(X) for ranker in self.rankers])
        else:
            values = tables.values(X)
            score = _mean([_in_order(values[trees]) for trees in self._slices])
        if self.head_start:
            score += self.head_start.contribution(X[:, self._column]) + self.head_start.base_value
        return score

    def contributions(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean contributions, shape ``(n, n_features)``; they sum as a ranker's do."""
        tables = self._readable(X)
        if tables is None:
            return self._started(_mean([ranker.contributions(X) for ranker in self.rankers]), X)
        leaves = tables.leaves(X)
        parts = [
            ranker.along_paths(leaves[:, trees], len(X))
            for ranker, trees in zip(self.rankers, self._slices, strict=True)
        ]
        return self._started(_mean(parts), X)

    def tree_shap(self, X: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the mean TreeSHAP values, shape ``(n, n_features)``."""
        return self._started(_mean([ranker.tree_shap(X) for ranker in self.rankers]), X)

    def _readable(self, X: NDArray[np.floating]) -> TreeTables | None:
        """Return the tables if they can read ``X``: thresholds are exact for single precision."""
        if self._tables is None or np.asarray(X).dtype != np.float32:
            return None
        return self._tables if len(_checked(X, self.feature_names)) else None

    def _started(
        self, contributions: NDArray[np.float64], X: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """Add the head start to the contributions of its feature."""
        if self.head_start:
            contributions[:, self._column] += self.head_start.contribution(X[:, self._column])
        return contributions


def _tables(rankers: Sequence[Ranker]) -> TreeTables | None:
    """Return the trees of all rankers in tables; ``None`` where one cannot be read."""
    trees: list[Tree] = []
    for ranker in rankers:
        if ranker.trees is None:
            return None
        trees += ranker.trees
    return TreeTables(trees)


def _checked(X: NDArray[np.floating], names: tuple[str, ...]) -> NDArray[np.floating]:
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[1] != len(names):
        raise ArgumentError(
            f"The feature matrix must have the shape (n, {len(names)}); got {X.shape}.",
            field="X",
            remedy="Build it with the feature list that the bundle was trained with.",
        )
    return X


def _in_order(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up the trees of each row one after the other, as LightGBM does. ``(n_trees, n)``."""
    if values.shape[1] == 1:  # numpy adds up a single line in pairs
        total: NDArray[np.float64] = np.cumsum(values, axis=0)[-1]
        return total
    return np.asarray(values.sum(axis=0))


def _mean(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    total: NDArray[np.float64] = np.mean(parts, axis=0)
    return total


def _leaf(node: dict[str, object]) -> dict[str, object]:
    """Return the leftmost leaf below ``node``."""
    while isinstance(child := node.get("left_child"), dict):
        node = child
    return node


def _check_names(found: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    if found == wanted:
        return
    other = next(
        (i for i, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]),
        min(len(found), len(wanted)),
    )
    at = [names[other] if other < len(names) else "nothing" for names in (found, wanted)]
    raise BundleForeignError(
        f"The ranker was trained on {len(found)} features, this feature list has {len(wanted)}; "
        f"they first differ at column {other}: {at[0]!r} against {at[1]!r}.",
        remedy="Use the bundle with the version of FinMatch that made it, or train again.",
    )


def _unreadable(why: str) -> BundleDamagedError:
    return BundleDamagedError(
        f"The ranker is not a whole LightGBM model: {why}.",
        remedy="Train again or restore the bundle.",
    )
