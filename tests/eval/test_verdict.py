from __future__ import annotations

import pytest

from data.catalogue import Catalogue
from eval.analysis import NEW, Analysis, analyse
from eval.run import Results
from eval.verdict import Standing, standing_of, state


def analysis_of(results: Results, catalogue: Catalogue, *names: str) -> Analysis:
    methods = {name: results.methods[name] for name in names}
    kept = Results(results.evaluation_set, methods)
    return analyse(kept, catalogue, subject=names[0], n_draws=200)


@pytest.mark.parametrize(
    ("names", "standing"),
    [
        (("finmatch", "content", "popularity"), Standing.AHEAD),
        (("content", "finmatch", "popularity"), Standing.BEHIND),
        (("twin", "content", "popularity"), Standing.NO_BETTER_THAN_POPULARITY),
        (("noise", "popularity"), Standing.NO_BETTER_THAN_POPULARITY),
        (("twin", "noise"), Standing.AHEAD),
        (("popularity", "twin"), Standing.TIED),
        (("finmatch",), Standing.ALONE),
    ],
)
def test_the_standing_follows_the_intervals(
    wide_results: Results, wide_catalogue: Catalogue, names: tuple[str, ...], standing: Standing
):
    analysis = analysis_of(wide_results, wide_catalogue, *names)
    assert standing_of(analysis, analysis.scopes[NEW]) is standing
    assert state(analysis).standing is standing


def test_a_winner_is_stated_with_its_figures(wide_analysis: Analysis):
    sentence = state(wide_analysis).sentence
    ours = wide_analysis.scopes[NEW].headline.row("finmatch").score.mean
    theirs = wide_analysis.scopes[NEW].headline.row("content").score.mean
    for language in ("zh", "en"):
        assert f"{ours:.3f}" in sentence[language]
        assert f"{theirs:.3f}" in sentence[language]
        assert f"{ours / theirs:.2f}" in sentence[language]
    assert "content法" in sentence["zh"]
    assert "Content method" in sentence["en"]


def test_no_better_than_popularity_is_said_in_these_words(
    wide_results: Results, wide_catalogue: Catalogue
):
    sentence = state(analysis_of(wide_results, wide_catalogue, "noise", "popularity")).sentence
    assert "no better than Popularity method" in sentence["en"]
    assert "并不比“popularity法”更好" in sentence["zh"]


def test_every_scope_can_be_stated(wide_analysis: Analysis):
    for name in wide_analysis.scopes:
        assert state(wide_analysis, name).sentence["zh"]
