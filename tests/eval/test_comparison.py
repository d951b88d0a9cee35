from __future__ import annotations

import numpy as np
import pytest

from data.errors import UnknownIdError
from eval.comparison import VERDICT_WORDS, Verdict, best_method, compare, judge
from eval.intervals import Interval, Resampling


@pytest.fixture
def values() -> dict[str, np.ndarray]:
    base = np.random.default_rng(0).random(400)
    noise = np.random.default_rng(1).normal(0, 0.2, 400)
    return {"good": base + 0.1, "same": base + noise - noise.mean(), "base": base, "bad": base / 2}


def test_verdicts_follow_the_paired_interval(values: dict[str, np.ndarray]):
    found = compare(values, Resampling.draw(np.arange(400)), metric="ndcg@10", reference="base")
    assert {row.method: row.verdict for row in found.rows} == {
        "good": Verdict.BETTER,
        "same": Verdict.NO_DIFFERENCE,
        "base": Verdict.REFERENCE,
        "bad": Verdict.WORSE,
    }
    assert (found.n_queries, found.n_groups, found.metric) == (400, 400, "ndcg@10")


def test_means_ratios_and_differences_are_those_of_the_queries(values: dict[str, np.ndarray]):
    found = compare(values, Resampling.draw(np.arange(400)), metric="ndcg@10", reference="base")
    good = found.row("good")
    assert good.score.mean == pytest.approx(values["good"].mean())
    assert good.difference.mean == pytest.approx(0.1)
    assert good.difference.high - good.difference.low == pytest.approx(0)  # the same for all
    assert good.ratio is not None
    assert good.ratio.mean == pytest.approx(values["good"].mean() / values["base"].mean())
    assert good.ratio.low < good.ratio.mean < good.ratio.high
    bad = found.row("bad").ratio
    assert bad is not None
    assert (bad.low, bad.mean, bad.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_reference_differs_from_itself_by_nothing(values: dict[str, np.ndarray]):
    found = compare(values, Resampling.draw(np.arange(400)), metric="mrr", reference="base")
    assert found.row("base").difference == Interval(0, 0, 0)


def test_a_reference_of_zero_has_no_ratio():
    values = {"zero": np.zeros(5), "one": np.ones(5)}
    found = compare(values, Resampling.draw(np.arange(5)), metric="mrr", reference="zero")
    assert found.row("one").ratio is None
    assert found.row("one").verdict is Verdict.BETTER


def test_an_unknown_reference_names_the_methods(values: dict[str, np.ndarray]):
    with pytest.raises(UnknownIdError, match=r"no method 'best'.*good, same, base, bad"):
        compare(values, Resampling.draw(np.arange(400)), metric="mrr", reference="best")


def test_an_unknown_row_names_the_methods(values: dict[str, np.ndarray]):
    found = compare(values, Resampling.draw(np.arange(400)), metric="mrr", reference="base")
    with pytest.raises(UnknownIdError, match="no method 'best'"):
        found.row("best")


def test_the_best_other_method_leaves_the_subject_out(values: dict[str, np.ndarray]):
    assert best_method(values) == "good"
    assert best_method(values, without="good") == "same"
    assert best_method({"only": np.ones(2)}, without="only") == "only"


def test_an_interval_that_touches_zero_is_no_difference():
    assert judge(Interval(0.1, 0.0, 0.2)) is Verdict.NO_DIFFERENCE
    assert judge(Interval(-0.1, -0.2, 0.0)) is Verdict.NO_DIFFERENCE


def test_every_verdict_has_words():
    assert set(VERDICT_WORDS) == set(Verdict)
