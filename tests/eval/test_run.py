from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.errors import ArgumentError, DuplicateIdError, EmptyInputError
from eval.method import CalibratedMethod, Method
from eval.protocol import EvaluationSet
from eval.run import run_methods
from eval.trec import read_run, write_run

# small_set: queries e@01-01, b@03-01, d@03-01, e@07-01; candidates x, y; b had x before
PERFECT = np.array([[2.0, 1.0], [9.0, 1.0], [2.0, 1.0], [2.0, 1.0]])


def test_a_perfect_method_scores_one_everywhere(small_set: EvaluationSet, fixed_scores: type):
    result = run_methods(small_set, [fixed_scores("own", PERFECT)]).methods["own"]
    assert result.metrics["ndcg@10"] == pytest.approx(np.ones(4))
    assert result.metrics["mrr"].tolist() == [1.0] * 4
    assert result.exposure.tolist() == [3, 4]  # x is out of b's list
    assert result.reverse is not None
    assert result.cpu_seconds >= 0


def test_exclusions_are_applied_by_the_evaluation(small_set: EvaluationSet, fixed_scores: type):
    result = run_methods(small_set, [fixed_scores("own", PERFECT)]).methods["own"]
    assert result.lists.candidates[1].tolist() == [1, -1]


def test_the_size_of_pieces_changes_nothing(small_set: EvaluationSet, fixed_scores: type):
    scores = np.random.default_rng(0).normal(size=(4, 2))
    found = [
        run_methods(small_set, [fixed_scores("own", scores)], chunk_rows=rows).methods["own"]
        for rows in (1, 3, 4)
    ]
    for other in found[1:]:
        assert other.lists.candidates.tolist() == found[0].lists.candidates.tolist()
        assert other.reverse.metrics["mrr"].tolist() == found[0].reverse.metrics["mrr"].tolist()


def test_progress_is_told_after_every_piece(small_set: EvaluationSet, fixed_scores: type):
    told: list[tuple[str, int, int]] = []
    run_methods(
        small_set,
        [fixed_scores("own", PERFECT)],
        chunk_rows=3,
        progress=lambda *news: told.append(news),
    )
    assert told == [("own", 3, 4), ("own", 4, 4)]


def test_probabilities_are_kept_for_listed_pairs(
    small_set: EvaluationSet, fixed_probabilities: type
):
    method = fixed_probabilities("own", PERFECT)
    result = run_methods(small_set, [method]).methods["own"]
    assert result.probabilities is not None
    assert result.probabilities[0] == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(-1))])
    assert np.isnan(result.probabilities[1]).tolist() == [False, True]


def test_the_direction_back_can_be_left_out(small_set: EvaluationSet, fixed_scores: type):
    found = run_methods(small_set, [fixed_scores("own", PERFECT)], reverse=False)
    assert found.methods["own"].reverse is None


def test_the_doubles_fulfil_the_protocol(fixed_scores: type, fixed_probabilities: type):
    method: Method = fixed_scores("own", PERFECT)
    assert method.title["en"] == "Own method"
    assert not isinstance(method, CalibratedMethod)
    assert isinstance(fixed_probabilities("own", PERFECT), CalibratedMethod)


def test_a_foreign_run_is_a_method(tmp_path: Path, small_set: EvaluationSet, fixed_scores: type):
    ours = run_methods(small_set, [fixed_scores("own", PERFECT)]).methods["own"]
    path = tmp_path / "run.theirs.txt"
    write_run(path, ours.lists, small_set, tag="theirs")
    path.write_text(path.read_text(encoding="utf-8") + "nobody Q0 x 1 1 t\n", encoding="utf-8")
    result = run_methods(small_set, [read_run(path, small_set)]).methods["theirs"]
    for metric, values in ours.metrics.items():
        assert result.metrics[metric].tolist() == values.tolist()
    assert result.dropped is not None
    assert result.dropped["unknown_query"] == 1
    assert result.reverse is not None


def test_no_method_is_refused(small_set: EvaluationSet):
    with pytest.raises(EmptyInputError, match="no method"):
        run_methods(small_set, [])


def test_two_methods_of_one_name_are_refused(small_set: EvaluationSet, fixed_scores: type):
    twins = [fixed_scores("own", PERFECT), fixed_scores("own", PERFECT)]
    with pytest.raises(DuplicateIdError, match="distinct names; got own, own"):
        run_methods(small_set, twins)


@pytest.mark.parametrize("name", ["", "our best", "../run", "a/b"])
def test_a_name_that_cannot_name_a_file_is_refused(
    small_set: EvaluationSet, fixed_scores: type, name: str
):
    with pytest.raises(ArgumentError, match="name of a method must be letters"):
        run_methods(small_set, [fixed_scores(name, PERFECT)])


def test_wrong_shapes_are_refused(small_set: EvaluationSet, fixed_scores: type):
    with pytest.raises(ArgumentError, match=r"shape \(4, 2\)"):
        run_methods(small_set, [fixed_scores("own", PERFECT[:, :1])])


def test_probabilities_of_the_wrong_shape_are_refused(
    small_set: EvaluationSet, fixed_probabilities: type
):
    method = fixed_probabilities("own", PERFECT)
    method.probability = lambda queries: np.ones(len(queries))
    with pytest.raises(ArgumentError, match="one probability for each query"):
        run_methods(small_set, [method])
