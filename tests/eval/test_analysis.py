from __future__ import annotations

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.errors import UnknownIdError
from eval.analysis import COLD, NEW, REVERSE, Analysis, analyse
from eval.comparison import Verdict
from eval.intervals import bootstrap_interval
from eval.run import Results, run_methods


def test_the_own_method_is_compared_with_the_best_other(wide_analysis: Analysis):
    assert wide_analysis.subject == "finmatch"
    assert wide_analysis.popularity == "popularity"
    assert wide_analysis.scopes[NEW].reference == "content"
    assert wide_analysis.scopes[NEW].headline.row("finmatch").verdict is Verdict.BETTER
    assert wide_analysis.scopes[NEW].against_subject.row("content").verdict is Verdict.WORSE


def test_every_scope_has_every_metric_and_method(wide_analysis: Analysis, wide_results: Results):
    assert set(wide_analysis.scopes) == {NEW, COLD, REVERSE}
    for scope in wide_analysis.scopes.values():
        for table in scope.comparisons.values():
            assert [row.method for row in table.rows] == list(wide_results.methods)


def test_intervals_are_those_of_the_plain_bootstrap(
    wide_results: Results, wide_catalogue: Catalogue
):
    analysis = analyse(wide_results, wide_catalogue)
    found = wide_results.evaluation_set
    for name, mask in ((NEW, np.ones(found.n_queries, bool)), (COLD, found.cold)):
        values = wide_results.methods["finmatch"].metrics["mrr"][mask]
        plain = bootstrap_interval(values, found.firm_groups[mask])
        score = analysis.scopes[name].comparisons["mrr"].row("finmatch").score
        assert (score.low, score.high) == pytest.approx((plain.low, plain.high), abs=1e-12)


def test_a_reference_may_be_asked_for(wide_results: Results, wide_catalogue: Catalogue):
    analysis = analyse(wide_results, wide_catalogue, reference="noise", n_draws=50)
    assert {scope.reference for scope in analysis.scopes.values()} == {"noise"}


def test_another_subject_may_be_asked_for(wide_results: Results, wide_catalogue: Catalogue):
    analysis = analyse(wide_results, wide_catalogue, subject="content", n_draws=50)
    assert analysis.subject == "content"
    assert analysis.scopes[NEW].reference == "finmatch"


def test_without_the_own_method_the_first_that_is_not_popularity_is_the_subject(
    wide_results: Results, wide_catalogue: Catalogue
):
    methods = {n: r for n, r in wide_results.methods.items() if n != "finmatch"}
    analysis = analyse(Results(wide_results.evaluation_set, methods), wide_catalogue, n_draws=50)
    assert analysis.subject == "noise"
    alone = {"popularity": methods["popularity"]}
    analysis = analyse(Results(wide_results.evaluation_set, alone), wide_catalogue, n_draws=50)
    assert analysis.subject == "popularity"


@pytest.mark.parametrize("role", ["subject", "reference"])
def test_a_method_that_was_not_run_is_refused(
    wide_results: Results, wide_catalogue: Catalogue, role: str
):
    with pytest.raises(UnknownIdError, match=r"'lightgbm' was not run.*popularity, noise"):
        analyse(wide_results, wide_catalogue, **{role: "lightgbm"})


def test_exposure_is_a_lorenz_curve(wide_analysis: Analysis):
    for found in wide_analysis.exposures.values():
        assert found.lorenz[0] == 0
        assert found.lorenz[-1] == pytest.approx(1)
        assert (np.diff(found.lorenz) >= -1e-12).all()
        assert 0 <= found.gini <= 1
        assert 0 < found.coverage <= 1


def test_only_methods_with_probabilities_are_checked(wide_analysis: Analysis):
    assert set(wide_analysis.calibrations) == {"finmatch"}
    assert set(wide_analysis.calibrations["finmatch"]) == {10, 100}


def test_lost_queries_are_those_that_lose_most(wide_analysis: Analysis, wide_results: Results):
    losses = (
        wide_results.methods["content"].metrics["ndcg@10"]
        - wide_results.methods["finmatch"].metrics["ndcg@10"]
    )
    assert wide_analysis.lost[0].loss == pytest.approx(losses.max())
    assert losses[wide_analysis.lost[0].number - 1] == pytest.approx(losses.max())
    assert all(query.loss > 0 for query in wide_analysis.lost)


def test_without_the_direction_back_there_is_no_such_scope(
    wide_results: Results, wide_catalogue: Catalogue, fixed_scores: type
):
    found = wide_results.evaluation_set
    scores = np.zeros((found.n_queries, found.n_candidates))
    results = run_methods(found, [fixed_scores("own", scores)], reverse=False)
    assert REVERSE not in analyse(results, wide_catalogue, n_draws=20).scopes
