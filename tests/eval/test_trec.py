from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ArgumentError, EmptyInputError, ParseError
from eval.protocol import EvaluationSet
from eval.ranking import NO_CANDIDATE, RankedLists
from eval.trec import read_qrels, read_run, strictly_falling, write_qrels, write_run

# small_set: queries e@01-01, b@03-01, d@03-01, e@07-01; candidates x, y; b had x before


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "run.theirs.txt"
    path.write_text(text, encoding="utf-8")
    return path


def listed(lists: RankedLists, evaluation_set: EvaluationSet) -> dict[str, list[str]]:
    return {
        query: [evaluation_set.candidate_ids[c] for c in row if c != NO_CANDIDATE]
        for query, row in zip(evaluation_set.query_ids, lists.candidates.tolist(), strict=True)
    }


def test_a_run_has_six_columns_and_ranks_from_one(tmp_path: Path, small_set: EvaluationSet):
    scores = np.array([[1.0, 2.0], [5.0, 1.0], [1.0, np.nan], [0.5, 0.25]])
    lists = RankedLists.from_scores(scores, small_set.excluded)
    write_run(tmp_path / "run.ours.txt", lists, small_set, tag="ours")
    assert (tmp_path / "run.ours.txt").read_text(encoding="utf-8").splitlines() == [
        "e@2020-01-01 Q0 y 1 2.0 ours",
        "e@2020-01-01 Q0 x 2 1.0 ours",
        "b@2020-03-01 Q0 y 1 1.0 ours",
        "d@2020-03-01 Q0 x 1 1.0 ours",
        "e@2020-07-01 Q0 x 1 0.5 ours",
        "e@2020-07-01 Q0 y 2 0.25 ours",
    ]


def test_a_run_survives_writing_and_reading(tmp_path: Path, small_set: EvaluationSet):
    scores = np.array([[0.0, 0.0], [5.0, 1.0], [1e-300, 1e-300], [-7.0, np.nan]])
    lists = RankedLists.from_scores(scores, small_set.excluded)
    write_run(tmp_path / "run.ours.txt", lists, small_set, tag="ours")
    found = read_run(tmp_path / "run.ours.txt", small_set)
    assert found.lists.candidates.tolist() == lists.candidates.tolist()
    assert set(found.dropped.values()) == {0}
    assert found.name == "ours"


def test_ties_are_written_apart():
    falling = strictly_falling(np.array([[3.0, 3.0, 3.0, 1.0, -np.inf]]))
    assert (np.diff(falling[0, :4]) < 0).all()
    assert falling[0, 0] == 3.0
    assert falling[0, 3] == 1.0
    assert falling[0, 4] == -np.inf
    assert falling[0, :3] == pytest.approx(3.0, abs=1e-10)


@given(st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 1.0]), min_size=2, max_size=30))
def test_written_scores_always_fall_strictly(values: list[float]):
    scores = np.sort(np.array([values]))[:, ::-1]
    falling = strictly_falling(scores)
    assert (np.diff(falling[0]) < 0).all()
    assert falling == pytest.approx(scores, rel=1e-9, abs=1e-9)


def test_a_tag_with_blanks_is_refused(tmp_path: Path, small_set: EvaluationSet):
    lists = RankedLists.from_scores(np.ones((4, 2)), small_set.excluded)
    with pytest.raises(ArgumentError, match="one word without blanks; got 'our best'"):
        write_run(tmp_path / "run.txt", lists, small_set, tag="our best")
    assert not list(tmp_path.iterdir())


def test_qrels_survive_writing_and_reading(tmp_path: Path, small_set: EvaluationSet):
    path = tmp_path / "qrels.txt"
    write_qrels(path, small_set)
    assert path.read_text(encoding="utf-8").splitlines()[:3] == [
        "e@2020-01-01 0 x 1",
        "e@2020-01-01 0 y 1",
        "b@2020-03-01 0 y 1",
    ]
    found = read_qrels(path, small_set)
    assert found.columns.tolist() == small_set.positives.columns.tolist()
    assert found.counts.tolist() == small_set.positives.counts.tolist()


def test_qrels_of_relevance_zero_and_of_strangers_are_no_positives(
    tmp_path: Path, small_set: EvaluationSet
):
    path = write(tmp_path, "e@2020-01-01 0 x 0\nnobody 0 x 1\ne@2020-01-01 0 z 1\n")
    assert len(read_qrels(path, small_set)) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("e@2020-01-01 0 x\n", "line 1: expected 4 columns, got 3"),
        ("\ne@2020-01-01 0 x yes\n", "line 2: expected a number as relevance, got 'yes'"),
    ],
)
def test_malformed_qrels_name_the_line(
    tmp_path: Path, small_set: EvaluationSet, text: str, message: str
):
    with pytest.raises(ParseError, match=message):
        read_qrels(write(tmp_path, text), small_set)


def test_lines_are_ordered_by_score_then_rank_then_candidate(
    tmp_path: Path, small_set: EvaluationSet
):
    path = write(
        tmp_path,
        "e@2020-01-01 Q0 x 1 0.1 t\n"
        "e@2020-01-01 Q0 y 2 0.9 t\n"  # the score decides, not the rank
        "d@2020-03-01 Q0 y 1 0.5 t\n"
        "d@2020-03-01 Q0 x 2 0.5 t\n"  # equal scores: the rank decides
        "e@2020-07-01 Q0 y 1 0.5 t\n"
        "e@2020-07-01 Q0 x 1 0.5 t\n",  # equal ranks too: the id decides
    )
    found = listed(read_run(path, small_set).lists, small_set)
    assert found["e@2020-01-01"] == ["y", "x"]
    assert found["d@2020-03-01"] == ["y", "x"]
    assert found["e@2020-07-01"] == ["x", "y"]


def test_what_cannot_be_judged_is_left_out_and_counted(tmp_path: Path, small_set: EvaluationSet):
    path = write(
        tmp_path,
        "stranger@2020-01-01 Q0 x 1 9 t\n"
        "stranger@2020-01-01 Q0 z 1 9 t\n"  # an unknown query counts as that only
        "e@2020-01-01 Q0 z 1 9 t\n"
        "b@2020-03-01 Q0 x 1 9 t\n"
        "b@2020-03-01 Q0 x 2 8 t\n"  # an earlier funder twice is an earlier funder twice
        "e@2020-01-01 Q0 x 2 8 t\n"
        "e@2020-01-01 Q0 x 3 7 t\n"
        "e@2020-01-01 Q0 y 4 6 t\n",
    )
    found = read_run(path, small_set)
    assert found.dropped == {
        "unknown_query": 2,
        "not_candidate": 1,
        "earlier_funder": 2,
        "repeated": 1,
    }
    assert listed(found.lists, small_set)["e@2020-01-01"] == ["x", "y"]
    assert found.missing_queries == 3


def test_the_short_form_of_four_columns_is_read(tmp_path: Path, small_set: EvaluationSet):
    path = write(tmp_path, "e@2020-01-01 y 1 2.5\n\ne@2020-01-01 x 2 1\n")
    found = read_run(path, small_set, name="theirs")
    assert listed(found.lists, small_set)["e@2020-01-01"] == ["y", "x"]
    assert found.title == {"zh": "theirs", "en": "theirs"}


def test_lists_are_cut_after_cleaning(tmp_path: Path, small_set: EvaluationSet):
    path = write(
        tmp_path, "b@2020-03-01 Q0 x 1 9 t\nb@2020-03-01 Q0 y 2 8 t\ne@2020-01-01 Q0 x 1 1 t\n"
    )
    found = read_run(path, small_set, depth=1)
    assert listed(found.lists, small_set)["b@2020-03-01"] == ["y"]


def test_a_run_read_back_is_a_method_of_the_same_order(tmp_path: Path, small_set: EvaluationSet):
    path = write(tmp_path, "e@2020-01-01 y 1 inf\ne@2020-01-01 x 2 -3\nd@2020-03-01 y 1 0\n")
    found = read_run(path, small_set)
    again = RankedLists.from_scores(found.score(np.arange(4)), small_set.excluded)
    assert again.candidates.tolist() == found.lists.candidates.tolist()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a b c\n", "line 1: expected 4 or 6 columns, got 3"),
        ("a Q0 c 1 2 our tag\n", "line 1: expected 4 or 6 columns, got 7"),
        ("a Q0 c 1 2 t\n\na c 1 2\n", "line 3: expected 6 columns, got 4"),
        ("a Q0 c first 2 t\n", "line 1: expected a number as rank, got 'first'"),
        ("a Q0 c 1 high t\n", "line 1: expected a number as score, got 'high'"),
        ("a Q0 c 1 nan t\n", "line 1: expected a number as score, got 'nan'"),
        ("a Q0 c 1.5 2 t\n", "line 1: expected a number as rank, got '1.5'"),
    ],
)
def test_malformed_lines_are_named(
    tmp_path: Path, small_set: EvaluationSet, text: str, message: str
):
    with pytest.raises(ParseError, match=message) as caught:
        read_run(write(tmp_path, text), small_set)
    assert caught.value.remedy is not None


def test_a_foreign_run_is_named_after_its_file(tmp_path: Path, small_set: EvaluationSet):
    path = tmp_path / "run.their best (v2).txt"
    path.write_text("e@2020-01-01 x 1 1\n", encoding="utf-8")
    assert read_run(path, small_set).name == "their_best_v2_"


def test_an_empty_run_is_refused(tmp_path: Path, small_set: EvaluationSet):
    with pytest.raises(EmptyInputError, match="has no line"):
        read_run(write(tmp_path, "\n \n"), small_set)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path, small_set: EvaluationSet):
    with pytest.raises(EmptyInputError, match=r"Cannot read .*gone\.txt: No such file"):
        read_run(tmp_path / "gone.txt", small_set)


def test_a_run_in_another_encoding_is_refused(tmp_path: Path, small_set: EvaluationSet):
    path = tmp_path / "run.txt"
    path.write_bytes("天使@2020-01-01 Q0 x 1 1 t\n".encode("gb18030"))
    with pytest.raises(ParseError, match="not UTF-8"):
        read_run(path, small_set)


def test_a_byte_order_mark_is_no_part_of_the_first_id(tmp_path: Path, small_set: EvaluationSet):
    path = tmp_path / "run.txt"
    path.write_text("e@2020-01-01 Q0 x 1 1 t\n", encoding="utf-8-sig")
    assert read_run(path, small_set).dropped["unknown_query"] == 0
