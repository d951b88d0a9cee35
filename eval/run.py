"""Running methods over an evaluation set: scores once, lists both ways, metrics of every query."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, DuplicateIdError, EmptyInputError
from eval.method import CalibratedMethod, Method, TwoSidedMethod
from eval.metrics import evaluate_lists, exposure
from eval.protocol import EvaluationSet
from eval.ranking import LIST_DEPTH, NO_CANDIDATE, ListBuilder, RankedLists
from eval.reverse import DEFAULT_NORMALISER, ReverseBuilder, ReverseResult
from eval.trec import ForeignRun

CHUNK_CELLS = 2_000_000
"""Scores asked of a method at once: 16 MB of floats."""

_NAME = re.compile(r"[\w.+-]+")

Progress = Callable[[str, int, int], None]
"""Called with the method's name, the queries done and the queries in all."""


@dataclass(frozen=True, eq=False)
class MethodResult:
    """What one method did on an evaluation set.

    Attributes
    ----------
    lists
        Its ranked lists.
    metrics
        One value a query for every metric of :data:`eval.metrics.METRICS`.
    exposure
        How often each candidate is among the first ten. Shape ``(n_candidates,)``.
    reverse
        The direction institution → firms, if it was asked for.
    probabilities
        Stated probability of every listed pair, laid out as the lists, NaN after their end; only
        from methods that state one.
    cpu_seconds
        Processor time that scoring and ranking took.
    dropped, missing_queries
        What was left out of a foreign run.
    """

    name: str
    title: Mapping[str, str]
    lists: RankedLists
    metrics: Mapping[str, NDArray[np.float64]]
    exposure: NDArray[np.int64]
    reverse: ReverseResult | None = None
    probabilities: NDArray[np.float64] | None = None
    cpu_seconds: float = 0.0
    dropped: Mapping[str, int] | None = None
    missing_queries: int = 0


@dataclass(frozen=True, eq=False)
class Results:
    """All methods over one evaluation set, in the order they were run."""

    evaluation_set: EvaluationSet
    methods: Mapping[str, MethodResult]

    def metric(self, name: str) -> dict[str, NDArray[np.float64]]:
        """Return one metric of every method. Each of shape ``(n_queries,)``."""
        return {method: result.metrics[name] for method, result in self.methods.items()}


def run_methods(
    evaluation_set: EvaluationSet,
    methods: Sequence[Method],
    *,
    progress: Progress | None = None,
    chunk_rows: int | None = None,
    reverse: bool = True,
    normaliser: str = DEFAULT_NORMALISER,
) -> Results:
    """Score, rank and judge every method.

    Parameters
    ----------
    evaluation_set
        Queries, candidates and positives.
    methods
        Fitted methods with distinct names; a :class:`~eval.trec.ForeignRun` is one.
    progress
        Told after every piece of the work.
    chunk_rows
        Queries scored at once; by default as many as make :data:`CHUNK_CELLS` scores.
    reverse
        Also judge the direction institution → firms.
    normaliser
        How that direction brings queries to one scale, see :data:`eval.reverse.NORMALISERS`.

    Raises
    ------
    EmptyInputError, DuplicateIdError
        There is no method, or two share a name.
    ArgumentError
        A method returns scores of the wrong shape or an infinite one.
    """
    _check_names([method.name for method in methods])
    step = chunk_rows or max(1, CHUNK_CELLS // evaluation_set.n_candidates)
    results = {}
    for method in methods:
        sideways = ReverseBuilder(evaluation_set, normaliser=normaliser) if reverse else None
        results[method.name] = _run_method(method, evaluation_set, sideways, progress, step=step)
    return Results(evaluation_set, results)


def _check_names(names: Sequence[str]) -> None:
    if not names:
        raise EmptyInputError("There is no method to evaluate.", field="methods")
    for name in names:
        if not _NAME.fullmatch(name):
            raise ArgumentError(
                f"The name of a method must be letters, digits or any of '._+-'; got {name!r}.",
                field="methods",
                remedy="Give it another name: it names a file and a key.",
            )
    if len(set(names)) < len(names):
        raise DuplicateIdError(
            f"Methods must have distinct names; got {', '.join(names)}.",
            field="methods",
            remedy="Rename one of them; a run from outside is named after its file.",
        )


def _run_method(
    method: Method,
    evaluation_set: EvaluationSet,
    sideways: ReverseBuilder | None,
    progress: Progress | None,
    *,
    step: int,
) -> MethodResult:
    started = time.process_time()
    builder = ListBuilder(evaluation_set.excluded, depth=LIST_DEPTH)
    stated: list[NDArray[np.float64]] = []
    for queries in _pieces(evaluation_set.n_queries, step):
        allowed, candidates = builder.add(queries, method.score(queries))
        if sideways is not None and not isinstance(method, TwoSidedMethod):
            sideways.add(queries, allowed)
        if isinstance(method, CalibratedMethod):
            stated.append(_listed(method.probability(queries), candidates))
        if progress is not None:
            progress(method.name, int(queries[-1]) + 1, evaluation_set.n_queries)
    if sideways is not None and isinstance(method, TwoSidedMethod):
        sideways.take(method.score_institutions(sideways.active))
    foreign = method if isinstance(method, ForeignRun) else None
    lists = builder.lists() if foreign is None else foreign.lists
    return MethodResult(
        name=method.name,
        title=method.title,
        lists=lists,
        metrics=evaluate_lists(lists, evaluation_set.positives),
        exposure=exposure(lists),
        reverse=None if sideways is None else sideways.result(),
        probabilities=np.vstack(stated) if stated else None,
        cpu_seconds=time.process_time() - started,
        dropped=None if foreign is None else foreign.dropped,
        missing_queries=0 if foreign is None else foreign.missing_queries,
    )


def _pieces(n_queries: int, step: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, n_queries, step):
        yield np.arange(start, min(start + step, n_queries), dtype=np.int64)


def _listed(
    probabilities: NDArray[np.floating], candidates: NDArray[np.int32]
) -> NDArray[np.float64]:
    """Pick the probabilities of listed pairs; NaN after the end of a list."""
    if np.ndim(probabilities) != 2 or len(probabilities) != len(candidates):
        raise ArgumentError(
            "A method must state one probability for each query and candidate; "
            f"got shape {np.shape(probabilities)} for {len(candidates)} queries.",
            field="probability",
        )
    picked = np.take_along_axis(probabilities, np.maximum(candidates, 0).astype(np.int64), axis=1)
    return np.where(candidates == NO_CANDIDATE, np.nan, picked)
