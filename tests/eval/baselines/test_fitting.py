"""Fitting all baselines of a set: what runs, what is left out, what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from data.errors import ArgumentError
from eval.baselines.bm25 import BM25Settings
from eval.baselines.extras import import_extra
from eval.baselines.fitting import fit_baselines
from eval.baselines.method import BaselineMethod
from eval.baselines.popularity import PopularitySettings
from eval.baselines.registry import BASELINES
from eval.run import run_methods
from features.history import Interactions

PEERS = {"als", "bpr", "lightfm"}
SIMPLE = ("popularity", "bm25")


def test_all_baselines_run_over_a_set(wide_set, wide_catalogue):
    pytest.importorskip("implicit", reason="the extra peers is not installed")
    pytest.importorskip("lightfm", reason="the extra peers is not installed")
    told = []
    fitted = fit_baselines(
        wide_set,
        Interactions.from_catalogue(wide_catalogue),
        progress=lambda *seen: told.append(seen),
    )
    assert [method.name for method in fitted.methods] == list(BASELINES)
    assert told == [(name, k, len(BASELINES)) for k, name in enumerate(BASELINES)]
    assert not fitted.left_out
    assert set(fitted.settings) == set(fitted.cpu_seconds) == set(BASELINES)
    results = run_methods(wide_set, fitted.methods)
    for result in results.methods.values():
        assert (result.lists.lengths == wide_set.n_candidates - wide_set.excluded.counts).all()


def test_settings_come_from_the_caller_then_the_source_then_the_defaults(checkerboard):
    given = {"bm25": BM25Settings(saturation=7.0)}
    fitted = fit_baselines(
        checkerboard.evaluation_set,
        checkerboard.interactions,
        source="itjuzi",
        names=SIMPLE,
        settings=given,
    )
    assert fitted.settings["bm25"].saturation == 7.0
    assert fitted.settings["popularity"] == PopularitySettings(half_life_days=182.0)


def test_names_keep_their_order_and_count_once(checkerboard):
    fitted = fit_baselines(
        checkerboard.evaluation_set,
        checkerboard.interactions,
        names=["bm25", "popularity", "bm25"],
    )
    assert [method.name for method in fitted.methods] == ["bm25", "popularity"]


def test_a_method_scores_the_queries_at_the_positions_asked(checkerboard):
    fitted = fit_baselines(
        checkerboard.evaluation_set, checkerboard.interactions, names=["tfidf_centroid"]
    )
    method = fitted.methods[0]
    assert isinstance(method, BaselineMethod)
    assert method.title == BASELINES["tfidf_centroid"].title
    whole = method.score(np.arange(5))
    np.testing.assert_allclose(method.score(np.array([1, 3])), whole[[1, 3]], rtol=1e-6)


def test_methods_by_identity_are_left_out_where_no_firm_has_a_history(make_world):
    rounds = [("a", "2019-01-01", "x y"), ("b", "2019-02-01", "y"), ("c", "2020-02-01", "x")]
    world = make_world(rounds, firms={}, min_rounds=1)
    fitted = fit_baselines(world.evaluation_set, world.interactions, names=["popularity", "ease"])
    assert [method.name for method in fitted.methods] == ["popularity"]
    assert "equals popularity" in fitted.left_out["ease"]["en"]
    assert "热门机构" in fitted.left_out["ease"]["zh"]


@pytest.mark.parametrize(
    ("modules", "names"),
    [(["implicit.als", "implicit.bpr"], {"als", "bpr"}), (["lightfm"], {"lightfm"})],
)
def test_a_missing_extra_leaves_its_methods_out_and_says_how_to_get_it(
    checkerboard, monkeypatch, modules, names
):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)  # what an import of it then raises
    fitted = fit_baselines(
        checkerboard.evaluation_set, checkerboard.interactions, names=[*SIMPLE, *sorted(names)]
    )
    assert [method.name for method in fitted.methods] == list(SIMPLE)
    assert set(fitted.left_out) == names
    for reason in fitted.left_out.values():
        assert 'pip install "finmatch[peers]"' in reason["en"]
        assert 'pip install "finmatch[peers]"' in reason["zh"]
        assert modules[0].partition(".")[0] in reason["zh"]


def test_without_any_extra_the_others_run(checkerboard, monkeypatch):
    for module in ("implicit.als", "implicit.bpr", "lightfm"):
        monkeypatch.setitem(sys.modules, module, None)
    fitted = fit_baselines(checkerboard.evaluation_set, checkerboard.interactions)
    assert {method.name for method in fitted.methods} == set(BASELINES) - PEERS
    assert set(fitted.left_out) == PEERS


def test_an_extra_that_is_there_is_imported():
    assert import_extra("json", extra="peers").dumps([1]) == "[1]"


def test_unknown_names_and_settings_of_another_method_are_refused(checkerboard):
    world, interactions = checkerboard.evaluation_set, checkerboard.interactions
    with pytest.raises(ArgumentError, match="no baseline 'oracle'"):
        fit_baselines(world, interactions, names=["oracle"])
    with pytest.raises(ArgumentError, match="must be BM25Settings; got PopularitySettings"):
        fit_baselines(world, interactions, names=SIMPLE, settings={"bm25": PopularitySettings()})
    with pytest.raises(ArgumentError, match="no baseline 'oracle'"):
        fit_baselines(world, interactions, names=SIMPLE, settings={"oracle": 1})
