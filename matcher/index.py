"""The vector index: exact search among the eligible rows, approximate only where it must be.

The eligibility mask comes first and a small planner chooses by the number of rows it leaves: a
graph index with a fixed neighbourhood loses most of its recall once nine rows in ten are ruled
out, and filtering after the search loses more. This is the only module that imports faiss.
"""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from data.errors import ArgumentError, BundleDamagedError, BundleMissingError

GATHER_LIMIT = 2_000  # DESIGN §4: up to here copying the rows and one product is cheapest
FLAT_LIMIT = 50_000  # DESIGN §4: up to here a scan through a bitmap is; above, IVF
PROBED_ROWS = 80_000  # eligible rows to visit; recall@100 ≥ .99 of 1,000,000 × 384, 10 % eligible
PROBED_PER_RESULT = 50  # and no fewer than this many for each result wanted
KMEANS_ROUNDS = 10  # faiss' default; more gain nothing measurable in recall
KMEANS_ROWS_PER_LIST = 64  # training rows for each list: 0.7 s for 300,000 rows of 64
KMEANS_SEED = 20_130_101
IVF_SUFFIX = ".ivf"
MISSING_SCORE = -math.inf
"""Score beside ``NO_ROW`` where fewer than ``k`` rows are eligible."""

METRICS = {"inner_product": faiss.METRIC_INNER_PRODUCT, "l2": faiss.METRIC_L2}
"""Metric names; a larger score is better for each (``l2`` scores the negative squared distance)."""


class Plan(StrEnum):
    """How a search is carried out."""

    NOTHING = "nothing"
    GATHER = "gather"
    FLAT = "flat"
    IVF = "ivf"


def plan_search(n_eligible: int) -> Plan:
    """Return how to search among ``n_eligible`` rows."""
    if n_eligible == 0:
        return Plan.NOTHING
    if n_eligible <= GATHER_LIMIT:
        return Plan.GATHER
    return Plan.FLAT if n_eligible <= FLAT_LIMIT else Plan.IVF


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each row to length 1, so that the inner product is the cosine; zero rows stay zero."""
    vectors = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        vectors, norms, out=np.zeros_like(vectors), where=norms > 0
    )
    return scaled


class VectorIndex:
    """Nearest rows of a fixed set of vectors, optionally among eligible rows only.

    Build it with :meth:`build` or read it with :meth:`load`. The vectors are stored once; above
    ``FLAT_LIMIT`` rows an inverted file holds them a second time.

    Relations
    ---------
    :class:`matcher.lexical.LexicalIndex` finds shared wording, this one shared meaning;
    :func:`matcher.fusion.fuse_scores` joins the two.
    """

    def __init__(self, flat: faiss.IndexFlat, ivf: faiss.IndexIVFFlat | None) -> None:
        self._flat = flat
        self._ivf = ivf
        size, dimension = int(flat.ntotal), int(flat.d)
        self._vectors = (
            faiss.rev_swig_ptr(flat.get_xb(), size * dimension).reshape(size, dimension)
            if size
            else np.zeros((0, dimension), dtype=np.float32)
        )

    @classmethod
    def build(cls, vectors: NDArray[np.float32], metric: str = "inner_product") -> VectorIndex:
        """Index ``vectors``.

        Parameters
        ----------
        vectors
            Shape ``(n, dimension)``, finite. ``n`` may be 0, the dimension may not.
        metric
            A key of ``METRICS``.

        Raises
        ------
        ArgumentError
            Another metric, another shape, or NaN or infinite values (says how many rows).
        """
        if metric not in METRICS:
            raise ArgumentError(
                f"The metric must be one of {', '.join(METRICS)}; got {metric!r}.", field="metric"
            )
        rows = _checked(vectors, label="vectors")
        faiss.omp_set_num_threads(1)
        flat = faiss.IndexFlat(rows.shape[1], METRICS[metric])
        flat.add(rows)
        return cls(flat, _inverted_file(rows, METRICS[metric]) if len(rows) > FLAT_LIMIT else None)

    def __len__(self) -> int:
        return int(self._flat.ntotal)

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._flat.d)

    @property
    def metric(self) -> str:
        """Name of the metric, a key of ``METRICS``."""
        return next(name for name, kind in METRICS.items() if kind == self._flat.metric_type)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The stored vectors, shape ``(n, dimension)``; a view, not to be written to."""
        return self._vectors

    def search(
        self, query: NDArray[np.float32], k: int, *, eligible: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Find the ``k`` best eligible rows for each query.

        Parameters
        ----------
        query
            Shape ``(m, dimension)``, finite.
        k
            How many rows, at least 1; may exceed the number of rows.
        eligible
            Mask of shape ``(n,)``; ``None`` admits every row.

        Returns
        -------
        scores, rows
            Both ``(m, k)``, best first, equal scores by row number; where fewer rows are
            eligible, padded with ``MISSING_SCORE`` and ``NO_ROW``.

        Raises
        ------
        ArgumentError
            ``k`` below 1, a wrong dimension, a mask of another length, NaN in the query.
        """
        queries = _checked(query, label="query vectors", dimension=self.dimension)
        if k < 1:
            raise ArgumentError(f"k must be a positive integer; got {k}.", field="k")
        mask = self._checked_mask(eligible)
        n_eligible = len(self) if mask is None else int(np.count_nonzero(mask))
        faiss.omp_set_num_threads(1)  # counted for each calling thread, so here and not once
        plan = plan_search(n_eligible)
        if plan is Plan.NOTHING:
            found = self._nothing(len(queries))
        elif plan is Plan.GATHER:
            found = self._gather(queries, k, mask)
        elif plan is Plan.FLAT or self._ivf is None:
            found = self._scan(queries, k, mask)
        else:
            found = self._probe(queries, k, mask, n_eligible=n_eligible)
        return _ordered(*found, k=k)

    def score(
        self, query: NDArray[np.float32], vectors: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the scores of other vectors by this index' metric. Shape ``(m, n)``."""
        scores = query @ vectors.T
        if self._flat.metric_type == faiss.METRIC_L2:
            scores = 2 * scores - np.square(vectors).sum(axis=1)
            scores -= np.square(query).sum(axis=1, keepdims=True)
        return np.asarray(scores, np.float32)

    def save(self, path: Path) -> None:
        """Write the index to ``path`` and, where there is one, the inverted file beside it."""
        faiss.write_index(self._flat, str(path))
        if self._ivf is not None:
            faiss.write_index(self._ivf, str(path.with_suffix(IVF_SUFFIX)))

    @classmethod
    def load(cls, path: Path) -> VectorIndex:
        """Map the index at ``path`` read-only: processes on one machine share its pages.

        Raises
        ------
        BundleMissingError
            There is no such file.
        BundleDamagedError
            It, or the inverted file beside it, cannot be read or does not belong to it.
        """
        flat = _read(path)
        if not isinstance(flat, faiss.IndexFlat):
            raise _damaged(path, "it holds another kind of index")
        if flat.ntotal <= FLAT_LIMIT:
            return cls(flat, None)
        beside = path.with_suffix(IVF_SUFFIX)
        ivf = _read(beside)
        same = (ivf.ntotal, ivf.d) == (flat.ntotal, flat.d)
        if not isinstance(ivf, faiss.IndexIVFFlat) or not same:
            raise _damaged(beside, f"it does not belong to {path.name}")
        return cls(flat, ivf)

    def _checked_mask(self, eligible: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
        if eligible is None:
            return None
        mask = np.asarray(eligible)
        if mask.dtype != np.bool_ or mask.shape != (len(self),):
            raise ArgumentError(
                f"The eligibility mask must be Boolean of shape ({len(self)},); "
                f"got {mask.dtype} of shape {mask.shape}.",
                field="eligible",
            )
        return None if mask.all() else mask

    def _nothing(self, m: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        return np.empty((m, 0), dtype=np.float32), np.empty((m, 0), dtype=np.int64)

    def _gather(
        self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Copy the eligible rows and multiply."""
        rows = np.arange(len(self)) if mask is None else np.flatnonzero(mask)
        vectors = self._vectors[rows]
        scores = self.score(queries, vectors)
        if k < len(rows):
            best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
            return np.take_along_axis(scores, best, axis=1), rows[best]
        return scores, np.broadcast_to(rows, scores.shape)

    def _scan(
        self, queries: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scan all vectors through a bitmap of the eligible rows."""
        parameters = None if mask is None else faiss.SearchParameters(sel=_bitmap(mask))  # type: ignore[call-arg]
        scores, rows = self._flat.search(queries, min(k, len(self)), params=parameters)
        return self._signed(scores), rows

    def _probe(
        self,
        queries: NDArray[np.float32],
        k: int,
        mask: NDArray[np.bool_] | None,
        *,
        n_eligible: int,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Visit the nearest lists, the more the rarer eligible rows are.

        A filter that keeps none of the rows near a query leaves its list short; such queries are
        scanned in full.
        """
        assert self._ivf is not None
        wanted = max(PROBED_ROWS, PROBED_PER_RESULT * k)
        lists = math.ceil(self._ivf.nlist * min(1.0, wanted / n_eligible))
        parameters = faiss.SearchParametersIVF(  # type: ignore[call-arg]
            sel=None if mask is None else _bitmap(mask), nprobe=lists
        )
        scores, rows = self._ivf.search(queries, min(k, len(self)), params=parameters)
        scores = self._signed(scores)
        short = np.flatnonzero((rows != NO_ROW).sum(axis=1) < min(k, n_eligible))
        if len(short):
            scores[short], rows[short] = self._scan(queries[short], k, mask)
        return scores, rows

    def _signed(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return -scores if self._flat.metric_type == faiss.METRIC_L2 else scores


def _checked(
    vectors: NDArray[np.float32], *, label: str, dimension: int | None = None
) -> NDArray[np.float32]:
    """Return ``vectors`` as contiguous float32, or say what is wrong with them."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.ndim != 2 or rows.shape[1] != (dimension or rows.shape[1]) or rows.shape[1] == 0:
        expected = f"(n, {dimension})" if dimension else "(n, dimension)"
        raise ArgumentError(
            f"The {label} must have the shape {expected}; got {rows.shape}.", field=label
        )
    broken = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(broken):
        raise ArgumentError(
            f"The {label} must be finite; {len(broken)} of {len(rows)} hold NaN or infinite "
            f"values, the first is row {broken[0]}.",
            field=label,
            remedy="Leave such records out, or give them a zero vector.",
        )
    return rows


def _inverted_file(rows: NDArray[np.float32], metric: int) -> faiss.IndexIVFFlat:
    """Cluster ``rows`` into about √n lists; the same rows give the same lists."""
    lists = round(math.sqrt(len(rows)))
    dimension = rows.shape[1]
    ivf = faiss.IndexIVFFlat(faiss.IndexFlat(dimension, metric), dimension, lists, metric)
    ivf.cp.seed = KMEANS_SEED
    ivf.cp.niter = KMEANS_ROUNDS
    ivf.cp.max_points_per_centroid = KMEANS_ROWS_PER_LIST
    ivf.train(rows)
    ivf.add(rows)
    return ivf


def _bitmap(mask: NDArray[np.bool_]) -> faiss.IDSelectorBitmap:
    # the stubs of faiss show the C++ signature, without the array wrappers of its Python side
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]


def best_of_both(
    found: tuple[NDArray[np.float32], NDArray[np.int64]],
    more: tuple[NDArray[np.float32], NDArray[np.int64]],
    *,
    k: int,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Join what :meth:`VectorIndex.search` found with scores ``(m, n)`` of other rows ``(n,)``."""
    scores = np.concatenate([found[0], more[0]], axis=1)
    rows = np.concatenate([found[1], np.broadcast_to(more[1], more[0].shape)], axis=1)
    best, at = _ordered(scores, rows, k=scores.shape[1])
    return best[:, :k], at[:, :k]


def _ordered(
    scores: NDArray[np.float32], rows: NDArray[np.int64], *, k: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Sort each line by score, then row, and pad it to ``k``."""
    scores = np.where(rows == NO_ROW, np.float32(MISSING_SCORE), scores)
    order = np.lexsort((rows, -scores), axis=1)
    out_scores = np.full((len(scores), k), MISSING_SCORE, dtype=np.float32)
    out_rows = np.full((len(scores), k), NO_ROW, dtype=np.int64)
    out_scores[:, : scores.shape[1]] = np.take_along_axis(scores, order, axis=1)
    out_rows[:, : scores.shape[1]] = np.take_along_axis(rows, order, axis=1)
    return out_scores, out_rows


def _read(path: Path) -> faiss.Index:
    """Read a faiss file, mapped into memory."""
    if not path.is_file():
        raise BundleMissingError(
            f"There is no index file {path}.", remedy="Train again or restore the bundle."
        )
    try:
        return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    except RuntimeError as error:
        raise _damaged(path, "faiss cannot read it") from error


def _damaged(path: Path, why: str) -> BundleDamagedError:
    return BundleDamagedError(
        f"The index file {path} is damaged: {why}.", remedy="Train again or restore the bundle."
    )
