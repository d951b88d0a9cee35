"""One evaluation, from a catalogue and two dates to files that anybody can check.

Fits FinMatch and the baselines on what lies before the split, ranks every query of the window, and
writes qrels, one TREC run a method, ``metrics.json``, ``per_query.parquet`` and ``report.html``.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from data.catalogue import Catalogue
from data.errors import ArgumentError
from eval.analysis import Analysis, analyse
from eval.baselines.fitting import fit_baselines
from eval.baselines.registry import BASELINES
from eval.method import OWN_METHOD, Method
from eval.protocol import EvaluationSet, Protocol
from eval.report import write_report
from eval.results import Provenance, write_results
from eval.run import Results, run_methods
from eval.trec import read_run
from eval.verdict import Statement, state
from features.history import Interactions
from training.fitting import Progress, fit_model
from training.method import FinMatchMethod
from training.settings import TrainSettings

REPORT_FILE = "report.html"


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation found, and where it is written.

    Attributes
    ----------
    left_out
        Methods that could not be run: name → why, under the keys ``zh`` and ``en``.
    cpu_seconds
        Processor time by method for fitting and scoring, and of ``analysis``.
    """

    results: Results
    analysis: Analysis
    statement: Statement
    files: tuple[Path, ...]
    left_out: Mapping[str, Mapping[str, str]]
    cpu_seconds: dict[str, float]


def evaluate(
    catalogue: Catalogue,
    *,
    source: str,
    protocol: Protocol,
    out: Path,
    methods: Sequence[str] | None = None,
    baselines: bool = True,
    foreign_runs: Sequence[Path] = (),
    settings: TrainSettings | None = None,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Evaluate FinMatch, the baselines and foreign runs on one window.

    Parameters
    ----------
    source
        Name of the data; it selects the tuned settings of the baselines.
    methods
        Names to run; by default FinMatch and, with ``baselines``, all of them.
    foreign_runs
        TREC runs of other systems over the same queries.
    generated_at
        Stamped on the report; without it equal runs write equal files.
    progress
        Told of each step.

    Raises
    ------
    ArgumentError
        An unknown method.
    DateRangeError, EmptyInputError
        The window does not fit the data.
    """
    settings = settings or TrainSettings()
    tell = progress or (lambda *_: None)
    names = _chosen(methods, baselines=baselines)
    evaluation_set = EvaluationSet.from_catalogue(catalogue, protocol)
    foreign = [read_run(path, evaluation_set) for path in foreign_runs]
    interactions = Interactions.from_catalogue(catalogue)
    fitted = fit_baselines(
        evaluation_set,
        interactions,
        source=source,
        names=[name for name in names if name != OWN_METHOD],
        progress=tell,
    )
    made: list[Method] = [*fitted.methods, *foreign]
    cpu_seconds = dict(fitted.cpu_seconds)
    if OWN_METHOD in names:
        started = time.process_time()
        training = fit_model(
            catalogue,
            interactions,
            protocol,
            offer_rows=evaluation_set.offer_rows,
            settings=settings,
            seed=seed,
            progress=tell,
        )
        made.insert(0, FinMatchMethod(training.model, interactions, evaluation_set, settings))
        cpu_seconds[OWN_METHOD] = time.process_time() - started
    results = run_methods(evaluation_set, made, progress=tell)
    for name, result in results.methods.items():
        cpu_seconds[name] = cpu_seconds.get(name, 0.0) + result.cpu_seconds
    started = time.process_time()
    tell("analyse", 0, 1)
    analysis = analyse(results, catalogue, seed=seed)
    provenance = Provenance(
        data_name=source,
        fingerprint=catalogue.fingerprint(),
        settings={
            "seed": seed,
            OWN_METHOD: settings.to_dict(),
            "baselines": {name: asdict(chosen) for name, chosen in fitted.settings.items()},
            "left_out": {name: dict(why) for name, why in fitted.left_out.items()},
        },
        generated_at=generated_at,
    )
    files = [*write_results(out, results, analysis, provenance), out / REPORT_FILE]
    write_report(files[-1], results, analysis, provenance)
    tell("analyse", 1, 1)
    cpu_seconds["analysis"] = time.process_time() - started
    return Evaluation(
        results=results,
        analysis=analysis,
        statement=state(analysis),
        files=tuple(files),
        left_out=fitted.left_out,
        cpu_seconds=cpu_seconds,
    )


def _chosen(methods: Sequence[str] | None, *, baselines: bool) -> list[str]:
    known = [OWN_METHOD, *BASELINES]
    if methods is None:
        return known if baselines else [OWN_METHOD]
    for name in methods:
        if name not in known:
            raise ArgumentError(
                f"There is no method {name!r}.",
                field="method",
                remedy=f"Choose from {', '.join(known)}.",
            )
    return list(dict.fromkeys(methods))
