"""What an evaluation leaves on disk: ``metrics.json``, one row a query as Parquet, TREC files."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from eval.analysis import Analysis, Exposure
from eval.atomic import whole_file, write_text_whole
from eval.comparison import Comparison
from eval.intervals import LEVEL
from eval.protocol import EvaluationSet
from eval.run import MethodResult, Results
from eval.slices import SliceResult
from eval.trec import write_qrels, write_run
from eval.verdict import state

SCHEMA_VERSION = 1
"""Version of the layout of ``metrics.json``; it rises when a key changes its place or meaning."""

QRELS_FILE = "qrels.txt"
METRICS_FILE = "metrics.json"
QUERIES_FILE = "per_query.parquet"

_NAMED_SOFTWARE = ("finmatch", "numpy", "scipy", "pyarrow", "scikit-learn", "lightgbm", "faiss-cpu")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the figures come from.

    Attributes
    ----------
    data_name
        Name of the data, such as ``crunchbase``.
    fingerprint
        :meth:`data.catalogue.Catalogue.fingerprint` of the catalogue evaluated.
    settings
        Everything that was set for the methods, in values that JSON knows.
    generated_at
        When the evaluation ran, UTC; ``None`` leaves it out, so that equal runs write equal files.
    """

    data_name: str
    fingerprint: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    generated_at: dt.datetime | None = None


def software_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that the figures depend on."""
    versions = {"python": platform.python_version()}
    for name in _NAMED_SOFTWARE:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def metrics_document(
    results: Results, analysis: Analysis, provenance: Provenance
) -> dict[str, Any]:
    """Return the content of ``metrics.json``: see ``docs/evaluation.md`` for its keys."""
    statement = state(analysis)
    generated_at = provenance.generated_at
    return {
        "schema_version": SCHEMA_VERSION,
        "data": {"name": provenance.data_name, "fingerprint": provenance.fingerprint},
        "generated_at": None if generated_at is None else generated_at.isoformat(),
        "protocol": _protocol(results.evaluation_set),
        "bootstrap": {"draws": analysis.n_draws, "seed": analysis.seed, "level": LEVEL},
        "settings": dict(provenance.settings),
        "versions": software_versions(),
        "subject": analysis.subject,
        "popularity": analysis.popularity,
        "verdict": {"standing": statement.standing.value, **statement.sentence},
        "methods": {
            name: _method(result, analysis.exposures[name], analysis)
            for name, result in results.methods.items()
        },
        "comparisons": {
            name: {
                "reference": scope.reference,
                **{metric: _rows(table) for metric, table in scope.comparisons.items()},
                "against_subject": _rows(scope.against_subject),
            }
            for name, scope in analysis.scopes.items()
        },
        "slices": [_slice(part) for part in analysis.slices],
        "calibration": {
            name: {str(depth): asdict(found) for depth, found in by_depth.items()}
            for name, by_depth in analysis.calibrations.items()
        },
        "lost_queries": [asdict(query) for query in analysis.lost],
        "missed_queries": analysis.missed,
    }


def _protocol(evaluation_set: EvaluationSet) -> dict[str, Any]:
    protocol = evaluation_set.protocol
    return {
        "split_at": protocol.split_at.isoformat(),
        "until": protocol.until.isoformat(),
        "min_rounds": protocol.min_rounds,
        "queries": evaluation_set.n_queries,
        "cold_queries": int(evaluation_set.cold.sum()),
        "firms": len(np.unique(evaluation_set.firm_groups)),
        "candidates": evaluation_set.n_candidates,
        "positives_per_query": float(evaluation_set.positives.counts.mean()),
        "history_links": evaluation_set.n_history_links,
    }


def _method(result: MethodResult, exposure: Exposure, analysis: Analysis) -> dict[str, Any]:
    scores = {
        name: {
            metric: asdict(table.row(result.name).score)
            for metric, table in scope.comparisons.items()
        }
        for name, scope in analysis.scopes.items()
    }
    return {
        "title": dict(result.title),
        **scores,
        "coverage@10": exposure.coverage,
        "gini@10": exposure.gini,
        "lorenz@10": exposure.lorenz,
        "cpu_seconds": round(result.cpu_seconds, 3),
        "dropped": None if result.dropped is None else dict(result.dropped),
        "missing_queries": result.missing_queries,
    }


def _rows(comparison: Comparison) -> dict[str, Any]:
    return {row.method: asdict(row) for row in comparison.rows}


def _slice(part: SliceResult) -> dict[str, Any]:
    return {
        "dimension": part.dimension,
        "level": part.level,
        "queries": part.comparison.n_queries,
        "firms": part.comparison.n_groups,
        "small": part.small,
        "metric": part.comparison.metric,
        "reference": part.comparison.reference,
        "methods": _rows(part.comparison),
    }


def query_table(results: Results) -> pa.Table:
    """Return one row for each method and query: its number, id, day and every metric.

    ``query_number`` counts from 1 in the order of the qrels; the report names queries by it.
    """
    evaluation_set = results.evaluation_set
    queries = {
        "query_number": np.arange(1, evaluation_set.n_queries + 1),
        "query_id": list(evaluation_set.query_ids),
        "date": evaluation_set.dates,
        "cold": evaluation_set.cold,
        "n_positives": evaluation_set.positives.counts,
    }
    tables = []
    for name, result in results.methods.items():
        method = pa.array([name] * evaluation_set.n_queries).dictionary_encode()
        tables.append(pa.table({"method": method, **queries, **result.metrics}))
    return pa.concat_tables(tables).combine_chunks()


def write_metrics(path: Path, document: Mapping[str, Any]) -> None:
    """Write ``document`` as JSON with readable Chinese, whole or not at all."""
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
    write_text_whole(path, text + "\n")


def write_query_table(path: Path, results: Results) -> None:
    """Write :func:`query_table` as Parquet, whole or not at all."""
    with whole_file(path) as aside:
        pq.write_table(query_table(results), aside, compression="zstd")


def write_results(
    folder: Path, results: Results, analysis: Analysis, provenance: Provenance
) -> list[Path]:
    """Write qrels, one run a method, ``per_query.parquet`` and ``metrics.json`` into ``folder``.

    Every file appears whole or not at all. Returns their paths; ``metrics.json`` comes last, so
    that its presence says that the others are there.
    """
    written = [folder / QRELS_FILE]
    write_qrels(written[0], results.evaluation_set)
    for name, result in results.methods.items():
        path = folder / f"run.{name}.txt"
        write_run(path, result.lists, results.evaluation_set, tag=name)
        written.append(path)
    written += [folder / QUERIES_FILE, folder / METRICS_FILE]
    write_query_table(written[-2], results)
    write_metrics(written[-1], metrics_document(results, analysis, provenance))
    return written
