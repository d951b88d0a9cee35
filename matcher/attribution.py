"""Attribution along decision paths: which feature moved a score, by how much.

On its way from the root to a leaf of a tree a row passes splits; each changes the expected value
from the node's to the child's, and the change is credited to the feature of the split. Summed
over the trees, the credits and the base (the expected value at the roots) give the score exactly.

This is *not* SHAP: it credits a feature only for the splits that were passed, in the order of the
path, and does not average over orders. It costs one table lookup for each tree where TreeSHAP
walks all paths, and the two name the same first reason less often than one would wish;
``benchmarks/explain.py`` measures both. Method: Saabas 2014, "Interpreting random forests".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Node = Mapping[str, Any]
"""A node of ``Booster.dump_model()``: a split with two children, or a leaf."""


@dataclass(frozen=True)
class PathTable:
    """For each leaf of each tree, the features on its path and what each contributed.

    Built once when a model is loaded. ``features`` and ``values`` have the shape
    ``(n_leaves, width)`` with ``width`` the most distinct features on one path; unused places hold
    feature 0 with value 0. The leaves of tree ``t`` start at ``first_leaf[t]``.
    """

    first_leaf: NDArray[np.int64]
    features: NDArray[np.int32]
    values: NDArray[np.float64]
    base: float
    n_features: int

    @classmethod
    def from_trees(cls, trees: Sequence[Node], *, n_features: int) -> Self:
        """Build the table from the ``tree_structure`` of every tree of a model.

        Parameters
        ----------
        trees
            Root nodes in the order of the model's trees.
        n_features
            Number of columns of the feature matrix.
        """
        base = 0.0
        first_leaf = []
        paths: list[dict[int, float]] = []
        for root in trees:
            first_leaf.append(len(paths))
            value, _ = _expected(root)
            base += value
            leaves = dict(_leaf_paths(root))
            paths.extend(leaves[leaf] for leaf in range(len(leaves)))
        width = max((len(path) for path in paths), default=0)
        features = np.zeros((len(paths), width), dtype=np.int32)
        values = np.zeros((len(paths), width), dtype=np.float64)
        for leaf, path in enumerate(paths):
            features[leaf, : len(path)] = list(path)
            values[leaf, : len(path)] = list(path.values())
        return cls(
            np.array(first_leaf, dtype=np.int64),
            features,
            values,
            base,
            n_features,
        )

    def contributions(self, leaves: NDArray[np.integer]) -> NDArray[np.float64]:
        """Sum what each feature contributed.

        Parameters
        ----------
        leaves
            Leaf of each row in each tree, shape ``(n, n_trees)``, as ``pred_leaf`` returns it.

        Returns
        -------
        Shape ``(n, n_features)``; a line's sum plus ``base`` is the row's raw score.
        """
        n, n_trees = leaves.shape
        if not leaves.size:
            return np.zeros((n, self.n_features))
        entries = (leaves + self.first_leaf).ravel()
        ends = np.arange(0, len(entries) + 1, n_trees)
        shape = (n, len(self.features))
        chosen = sp.csr_matrix((np.ones(len(entries)), entries, ends), shape=shape)
        return np.asarray((chosen @ self._by_leaf).toarray())

    @cached_property
    def _by_leaf(self) -> sp.csr_matrix:
        """The contributions of each leaf, without the unused places."""
        leaf, place = np.nonzero(self.values)
        found = self.values[leaf, place], (leaf, self.features[leaf, place])
        return sp.csr_matrix(found, shape=(len(self.features), self.n_features))


def _is_leaf(node: Node) -> bool:
    return "leaf_value" in node


def _expected(node: Node) -> tuple[float, float]:
    """Return the mean of the leaves below ``node``, weighted by training rows, and the rows.

    The model file also states an expected value for each split, but to six digits, and with
    regularisation it is not the mean of what is below; this one is, and it is what TreeSHAP uses.
    """
    if _is_leaf(node):
        return float(node["leaf_value"]), float(node.get("leaf_count", 0))
    left, n_left = _expected(node["left_child"])
    right, n_right = _expected(node["right_child"])
    if n_left + n_right == 0:  # a model refitted on rows that never came here
        return (left + right) / 2, 0.0
    return (left * n_left + right * n_right) / (n_left + n_right), n_left + n_right


def _leaf_paths(
    node: Node, path: Mapping[int, float] | None = None
) -> Iterator[tuple[int, dict[int, float]]]:
    """Yield each leaf below ``node`` with what every feature on the way to it contributed."""
    path = path or {}
    if _is_leaf(node):
        yield int(node.get("leaf_index", 0)), dict(path)
        return
    feature = int(node["split_feature"])
    here, _ = _expected(node)
    for child in (node["left_child"], node["right_child"]):
        change = _expected(child)[0] - here
        yield from _leaf_paths(child, {**path, feature: path.get(feature, 0.0) + change})
