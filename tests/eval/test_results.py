from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from eval.analysis import Analysis
from eval.metrics import METRICS
from eval.results import (
    SCHEMA_VERSION,
    Provenance,
    metrics_document,
    software_versions,
    write_metrics,
    write_results,
)
from eval.run import Results


@pytest.fixture
def provenance() -> Provenance:
    return Provenance(
        data_name="demo",
        fingerprint="ab12",
        settings={"finmatch": {"leaves": 8}, "说明": "测试"},
        generated_at=dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC),
    )


@pytest.fixture
def document(
    wide_results: Results, wide_analysis: Analysis, provenance: Provenance
) -> dict[str, Any]:
    return json.loads(json.dumps(metrics_document(wide_results, wide_analysis, provenance)))


def test_the_document_says_what_was_done(document: dict[str, Any], wide_results: Results):
    assert document["schema_version"] == SCHEMA_VERSION
    assert document["data"] == {"name": "demo", "fingerprint": "ab12"}
    assert document["settings"]["finmatch"] == {"leaves": 8}
    assert document["generated_at"] == "2026-03-01T08:00:00+00:00"
    assert document["bootstrap"] == {"draws": 400, "seed": 0, "level": 0.95}
    assert document["protocol"]["split_at"] == "2020-01-01"
    assert document["protocol"]["queries"] == wide_results.evaluation_set.n_queries
    assert {"python", "numpy"} <= set(document["versions"])


def test_every_figure_has_its_interval(document: dict[str, Any]):
    for method in document["methods"].values():
        for scope in ("new", "cold", "reverse"):
            for metric in METRICS:
                score = method[scope][metric]
                assert score["low"] <= score["mean"] <= score["high"]
    for rows in document["comparisons"].values():
        row = rows["ndcg@10"]["finmatch"]
        assert set(row) == {"method", "score", "ratio", "difference", "verdict"}
        assert set(row["difference"]) == {"mean", "low", "high"}
    for part in document["slices"]:
        assert part["small"] == (part["queries"] < 30)
        assert part["methods"]["finmatch"]["score"]["low"] is not None


def test_the_means_are_those_of_the_queries(document: dict[str, Any], wide_results: Results):
    for name, result in wide_results.methods.items():
        for metric in METRICS:
            mean = document["methods"][name]["new"][metric]["mean"]
            assert mean == pytest.approx(float(np.mean(result.metrics[metric])))


def test_the_verdict_and_calibration_are_in_the_document(document: dict[str, Any]):
    assert document["verdict"]["standing"] == "ahead"
    assert document["verdict"]["en"].startswith("Finmatch method is better than")
    found = document["calibration"]["finmatch"]["10"]
    assert found["error_equal_mass"]["mean"] >= 0
    assert len(found["bins"]) > 1


def test_no_firm_is_named_in_the_document(document: dict[str, Any], wide_results: Results):
    text = json.dumps(document)
    for query_id in wide_results.evaluation_set.query_ids:
        assert query_id not in text


def test_every_key_of_the_document_is_documented(document: dict[str, Any], repository: Path):
    text = (repository / "docs" / "evaluation.md").read_text(encoding="utf-8")
    for key in document:
        assert f"`{key}`" in text


def test_all_files_are_written_and_agree(
    tmp_path: Path, wide_results: Results, wide_analysis: Analysis, provenance: Provenance
):
    written = write_results(tmp_path, wide_results, wide_analysis, provenance)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)
    assert [path.name for path in written][:2] == ["qrels.txt", "run.popularity.txt"]
    assert written[-1].name == "metrics.json"
    table = pq.read_table(tmp_path / "per_query.parquet").to_pandas()
    found = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    for name in wide_results.methods:
        rows = table[table.method == name]
        assert rows.query_id.tolist() == list(wide_results.evaluation_set.query_ids)
        assert rows.query_number.tolist() == list(range(1, len(rows) + 1))
        assert rows["mrr"].mean() == pytest.approx(found["methods"][name]["new"]["mrr"]["mean"])


def test_equal_runs_write_equal_documents(
    wide_results: Results, wide_analysis: Analysis, tmp_path: Path
):
    provenance = Provenance("demo", "ab12")
    texts = []
    for name in ("one", "two"):
        write_metrics(tmp_path / name, metrics_document(wide_results, wide_analysis, provenance))
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert '"generated_at": null' in texts[0]


def test_what_json_cannot_say_is_refused_and_leaves_nothing(tmp_path: Path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_metrics(tmp_path / "metrics.json", {"value": float("nan")})
    assert not list(tmp_path.iterdir())


def test_versions_name_what_is_installed():
    assert software_versions()["numpy"] == np.__version__
