from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.catalogue import Catalogue
from data.errors import ArgumentError
from eval.protocol import Protocol
from training.evaluate import Evaluation, evaluate
from training.settings import TrainSettings

METHODS = ("finmatch", "popularity", "tfidf_centroid")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evaluation")


@pytest.fixture(scope="module")
def evaluation(
    catalogue: Catalogue, protocol: Protocol, settings: TrainSettings, folder: Path
) -> Evaluation:
    return evaluate(
        catalogue,
        source="checkerboard",
        protocol=protocol,
        out=folder,
        methods=METHODS,
        settings=settings,
    )


def ndcg(folder: Path, method: str) -> float:
    document = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return document["methods"][method]["new"]["ndcg@10"]["mean"]


def test_the_obvious_pattern_is_found(evaluation: Evaluation, folder: Path):
    # of 18 funders 3 suit: the best that can be known is a random order of those three
    assert ndcg(folder, "finmatch") > 0.7
    assert ndcg(folder, "popularity") < 0.6
    assert ndcg(folder, "finmatch") > 1.3 * ndcg(folder, "popularity")
    assert evaluation.statement.sentence["zh"]


def test_every_file_is_there_and_no_other(evaluation: Evaluation, folder: Path):
    expected = {"qrels.txt", "metrics.json", "per_query.parquet", "report.html"}
    expected |= {f"run.{name}.txt" for name in METHODS}
    assert {path.name for path in folder.iterdir()} == expected
    assert {path.name for path in evaluation.files} == expected


def test_probabilities_are_calibrated_on_the_window_ahead(evaluation: Evaluation):
    calibration = evaluation.analysis.calibrations["finmatch"][10]
    assert calibration.error_equal_mass.mean < 0.1
    assert calibration.brier.mean < calibration.base_rate_brier


def test_the_same_seed_gives_the_same_run(
    evaluation: Evaluation,
    catalogue: Catalogue,
    protocol: Protocol,
    settings: TrainSettings,
    folder: Path,
    tmp_path: Path,
):
    del evaluation
    evaluate(
        catalogue,
        source="checkerboard",
        protocol=protocol,
        out=tmp_path,
        methods=["finmatch"],
        settings=settings,
    )
    name = "run.finmatch.txt"
    assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_a_foreign_run_is_scored_beside_ours(
    evaluation: Evaluation,
    catalogue: Catalogue,
    protocol: Protocol,
    folder: Path,
    tmp_path: Path,
):
    del evaluation
    foreign = tmp_path / "run.theirs.txt"
    foreign.write_bytes((folder / "run.finmatch.txt").read_bytes())
    evaluate(
        catalogue,
        source="checkerboard",
        protocol=protocol,
        out=tmp_path / "out",
        methods=["popularity"],
        foreign_runs=[foreign],
    )
    assert ndcg(tmp_path / "out", "theirs") == pytest.approx(ndcg(folder, "finmatch"), abs=1e-12)


def test_an_unknown_method_is_told_with_the_known_ones(
    catalogue: Catalogue, protocol: Protocol, tmp_path: Path
):
    with pytest.raises(ArgumentError, match=r"no method 'magic'.*finmatch, popularity"):
        evaluate(catalogue, source="x", protocol=protocol, out=tmp_path, methods=["magic"])
    assert not list(tmp_path.iterdir())
