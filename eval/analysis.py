"""The analysis: everything the report and ``metrics.json`` say, computed once from the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.errors import UnknownIdError
from eval.calibration import Calibration, check_calibration
from eval.comparison import Comparison, best_method, compare
from eval.intervals import N_DRAWS, Resampling
from eval.method import OWN_METHOD, POPULARITY_METHOD
from eval.metrics import HEADLINE, METRICS, coverage, find_hits, gini
from eval.run import MethodResult, Results
from eval.slices import SliceResult, compare_slices, find_slices

NEW, COLD, REVERSE = "new", "cold", "reverse"
"""The three scopes: all queries, those of firms never seen before, institutions → firms."""

CALIBRATION_DEPTHS = (10, 100)
"""Probabilities are checked for the pairs of the first page and of the whole list."""

LORENZ_POINTS = 101
N_WORST = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """All methods over one part of the evaluation, on every metric.

    ``comparisons`` are against ``reference``, the best method other than the subject;
    ``against_subject`` has the subject as reference, on the headline metric.
    """

    name: str
    reference: str
    comparisons: Mapping[str, Comparison]
    against_subject: Comparison

    @property
    def headline(self) -> Comparison:
        """The comparison on the headline metric."""
        return self.comparisons[HEADLINE]


@dataclass(frozen=True, slots=True)
class Exposure:
    """How evenly a method shows the candidates in its first ten places.

    ``lorenz`` holds the share of all showings that the least shown 0 %, 1 % … 100 % of the
    candidates have together.
    """

    coverage: float
    gini: float
    lorenz: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LostQuery:
    """A query that the subject answers worse than the reference; ``number`` counts from 1.

    The number is the place of the query in ``queries.parquet``: it names nobody. Ranks are those of
    the first right institution, ``None`` beyond place 100.
    """

    number: int
    month: str
    cold: bool
    n_positives: int
    subject_rank: int | None
    reference_rank: int | None
    loss: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """What there is to say about the results.

    ``subject`` is the method under test, ``popularity`` the baseline of that name if it was run.
    """

    subject: str
    popularity: str | None
    titles: Mapping[str, Mapping[str, str]]
    scopes: Mapping[str, Scope]
    exposures: Mapping[str, Exposure]
    slices: tuple[SliceResult, ...]
    calibrations: Mapping[str, Mapping[int, Calibration]]
    lost: tuple[LostQuery, ...]
    missed: int
    n_draws: int
    seed: int


def analyse(
    results: Results,
    catalogue: Catalogue,
    *,
    subject: str | None = None,
    reference: str | None = None,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Analysis:
    """Compare the methods of ``results`` in every scope and slice.

    Parameters
    ----------
    results, catalogue
        The methods' results and the catalogue that the evaluation set was made from.
    subject
        The method under test; by default FinMatch's own, else the first that is not popularity.
    reference
        What to compare with; by default, in each scope, the best other method there. Choosing it on
        the window under test favours the reference, never the subject.
    n_draws, seed
        The bootstrap.

    Raises
    ------
    UnknownIdError
        ``subject`` or ``reference`` was not run.
    """
    subject = _find_subject(results, subject)
    if reference is not None:
        _check_known(results, reference)
    evaluation_set = results.evaluation_set
    draws = Resampling.draw(evaluation_set.firm_groups, n_draws=n_draws, seed=seed)
    scopes = _scopes(results, draws, subject, reference, n_draws=n_draws, seed=seed)
    popularity = POPULARITY_METHOD if POPULARITY_METHOD in results.methods else None
    rival = scopes[NEW].reference
    sliced = [m for m in results.methods if m in {subject, rival, popularity}]
    return Analysis(
        subject=subject,
        popularity=popularity,
        titles={name: dict(result.title) for name, result in results.methods.items()},
        scopes=scopes,
        exposures={name: _exposure(result) for name, result in results.methods.items()},
        slices=tuple(
            compare_slices(
                find_slices(evaluation_set, catalogue),
                results,
                sliced,
                reference=rival,
                n_draws=n_draws,
                seed=seed,
            )
        ),
        calibrations={
            name: _calibrations(result, results, draws)
            for name, result in results.methods.items()
            if result.probabilities is not None
        },
        lost=_lost_queries(results, subject, rival),
        missed=int((results.methods[subject].metrics["mrr"] == 0).sum()),
        n_draws=n_draws,
        seed=seed,
    )


def _find_subject(results: Results, subject: str | None) -> str:
    if subject is not None:
        _check_known(results, subject)
        return subject
    if OWN_METHOD in results.methods:
        return OWN_METHOD
    others = [name for name in results.methods if name != POPULARITY_METHOD]
    return others[0] if others else POPULARITY_METHOD


def _check_known(results: Results, method: str) -> None:
    if method not in results.methods:
        raise UnknownIdError(
            f"The method {method!r} was not run.",
            field="method",
            remedy=f"Choose one of {', '.join(results.methods)}.",
        )


def _scopes(
    results: Results,
    draws: Resampling,
    subject: str,
    reference: str | None,
    *,
    n_draws: int,
    seed: int,
) -> dict[str, Scope]:
    """Compare in the scopes that exist: cold firms and the other direction may be absent."""
    cold, groups = results.evaluation_set.cold, results.evaluation_set.firm_groups
    values = {metric: results.metric(metric) for metric in METRICS}
    scopes = {NEW: _scope(NEW, values, draws, subject, reference)}
    if cold.any():
        cold_draws = draws
        if not cold.all():
            cold_draws = Resampling.draw(groups[cold], n_draws=n_draws, seed=seed)
        kept = {m: {name: v[cold] for name, v in by.items()} for m, by in values.items()}
        scopes[COLD] = _scope(COLD, kept, cold_draws, subject, reference)
    reverse = {n: r.reverse for n, r in results.methods.items() if r.reverse is not None}
    if len(reverse) == len(results.methods):
        first = next(iter(reverse.values()))
        by_institution = Resampling.draw(first.groups, n_draws=n_draws, seed=seed)
        values = {m: {name: r.metrics[m] for name, r in reverse.items()} for m in METRICS}
        scopes[REVERSE] = _scope(REVERSE, values, by_institution, subject, reference)
    return scopes


def _scope(
    name: str,
    values: Mapping[str, Mapping[str, NDArray[np.float64]]],
    draws: Resampling,
    subject: str,
    reference: str | None,
) -> Scope:
    rival = reference or best_method(values[HEADLINE], without=subject)
    return Scope(
        name=name,
        reference=rival,
        comparisons={
            metric: compare(by_method, draws, metric=metric, reference=rival)
            for metric, by_method in values.items()
        },
        against_subject=compare(values[HEADLINE], draws, metric=HEADLINE, reference=subject),
    )


def _exposure(result: MethodResult) -> Exposure:
    counts = np.sort(result.exposure)
    shares = np.concatenate([[0.0], np.cumsum(counts) / max(int(counts.sum()), 1)])
    grid = np.linspace(0, len(counts), LORENZ_POINTS)
    lorenz = np.interp(grid, np.arange(len(shares)), shares)
    return Exposure(coverage(counts), gini(counts), tuple(lorenz.tolist()))


def _calibrations(
    result: MethodResult, results: Results, draws: Resampling
) -> dict[int, Calibration]:
    assert result.probabilities is not None
    hits = find_hits(result.lists, results.evaluation_set.positives)
    found = {}
    for depth in CALIBRATION_DEPTHS:
        stated = result.probabilities[:, :depth]
        queries, places = np.nonzero(~np.isnan(stated))
        if len(queries):
            pairs = stated[queries, places], hits[queries, places]
            found[depth] = check_calibration(*pairs, queries, draws)
    return found


def _lost_queries(results: Results, subject: str, reference: str) -> tuple[LostQuery, ...]:
    """Return the queries that lose most against the reference, the largest loss first."""
    evaluation_set = results.evaluation_set
    ours, theirs = results.methods[subject], results.methods[reference]
    losses = theirs.metrics[HEADLINE] - ours.metrics[HEADLINE]
    deepest_first = np.lexsort((ours.metrics["mrr"], -losses))  # equal loss: our worst rank first
    order: Sequence[int] = deepest_first[:N_WORST].tolist()
    return tuple(
        LostQuery(
            number=query + 1,
            month=str(evaluation_set.dates[query].astype("datetime64[M]")),
            cold=bool(evaluation_set.cold[query]),
            n_positives=int(evaluation_set.positives.counts[query]),
            subject_rank=_first_rank(ours.metrics["mrr"][query]),
            reference_rank=_first_rank(theirs.metrics["mrr"][query]),
            loss=float(losses[query]),
        )
        for query in order
        if losses[query] > 0
    )


def _first_rank(reciprocal: float) -> int | None:
    return round(1 / reciprocal) if reciprocal > 0 else None
