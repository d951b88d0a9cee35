"""Every baseline in a world with an obvious answer, and with nothing to go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eval.baselines.firms import FallbackSettings
from eval.baselines.past import Attributes
from eval.baselines.popularity import Popularity, PopularitySettings
from eval.baselines.registry import BASELINES

EVEN, ODD = ("i0", "i2", "i4", "i6"), ("i1", "i3", "i5", "i7")
BY_ATTRIBUTES = [
    name for name, kind in BASELINES.items() if not kind.identity_only and name != "popularity"
]
BY_IDENTITY = [name for name, kind in BASELINES.items() if kind.identity_only]
PACKAGES = {"als": "implicit", "bpr": "implicit", "lightfm": "lightfm"}


def make(name: str, **changes: Any) -> Any:
    """Make a baseline with its default settings, small where it is learned in steps."""
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason="the extra peers is not installed")
    settings = BASELINES[name].settings_type()
    small = {"factors": 8, "components": 8, "min_count": 1}
    named = {field.name for field in dataclasses.fields(settings)}
    changes = {**{key: value for key, value in small.items() if key in named}, **changes}
    return BASELINES[name].make(dataclasses.replace(settings, **changes))


@pytest.mark.parametrize("name", BY_ATTRIBUTES)
def test_cold_firms_get_the_institutions_of_their_colour(name, checkerboard, scores_of):
    scores = scores_of(checkerboard, make(name))
    for firm, own, other in (("cold0", EVEN, ODD), ("cold1", ODD, EVEN)):
        row = scores[checkerboard.query(firm)]
        assert row[checkerboard.items(own)].min() > row[checkerboard.items(other)].max(), firm


@pytest.mark.parametrize("name", BY_IDENTITY)
def test_warm_firms_get_the_one_institution_of_their_colour_that_they_lack(
    name, checkerboard, scores_of
):
    scores = scores_of(checkerboard, make(name))
    for firm, lacking, others in (("firm00", "i0", ODD), ("firm01", "i1", EVEN)):
        row = scores[checkerboard.query(firm)]
        assert row[checkerboard.items([lacking])[0]] > row[checkerboard.items(others)].max(), firm


@pytest.mark.parametrize("name", BY_IDENTITY)
def test_without_attributes_a_cold_firm_gets_the_popular_ones(name, checkerboard, scores_of):
    popular = scores_of(checkerboard, Popularity(PopularitySettings(half_life_days=100)))
    scores = scores_of(checkerboard, make(name, fallback=FallbackSettings(half_life_days=100)))
    for firm in ("cold0", "cold1", "blank"):
        row = checkerboard.query(firm)
        np.testing.assert_allclose(scores[row], popular[row] / popular[row].max(), rtol=1e-6)


def test_popularity_is_the_same_for_everybody_and_led_by_the_popular_one(checkerboard, scores_of):
    scores = scores_of(checkerboard, make("popularity"))
    assert (scores == scores[0]).all()
    assert checkerboard.evaluation_set.candidate_ids[scores[0].argmax()] == "i0"


@pytest.mark.parametrize(
    "name", ["cell_popularity", "firm_knn", "bm25", "tfidf_centroid", "lift_sum"]
)
def test_a_firm_of_which_nothing_is_known_gets_the_popular_ones(name, checkerboard, scores_of):
    row = checkerboard.query("blank")
    popular = scores_of(checkerboard, make("popularity", half_life_days=1e9))[row]
    scores = scores_of(checkerboard, make(name, half_life_days=1e9))[row]
    np.testing.assert_array_equal(np.argsort(-scores, kind="stable")[:1], popular.argmax())
    np.testing.assert_array_equal(np.diff(scores[np.argsort(popular)]) >= -1e-6, True)


@pytest.mark.parametrize("name", BASELINES)
def test_a_world_without_any_attribute_is_scored(name, make_world):
    world = make_world(
        [("p", "2018-01-01", "x y"), ("q", "2019-01-01", "x y"), ("r", "2020-05-01", "x")],
        firms={},
    )
    queries = world.interactions.queries.take(world.evaluation_set.need_rows)
    scores = make(name).fit(world.past).score(queries)
    assert scores.shape == (1, 2)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", BASELINES)
def test_scores_are_finite_and_do_not_depend_on_the_company_of_a_query(
    name, checkerboard, scores_of
):
    baseline = make(name)
    whole = scores_of(checkerboard, baseline)
    assert whole.shape == (5, 8)
    assert np.isfinite(whole).all()
    queries = checkerboard.interactions.queries.take(checkerboard.evaluation_set.need_rows)
    alone = np.concatenate([baseline.score(queries.take(np.array([row]))) for row in range(5)])
    np.testing.assert_allclose(alone, whole, rtol=1e-5, atol=1e-6)
    assert baseline.score(queries.take(np.arange(0))).shape == (0, 8)


@pytest.mark.parametrize("name", BASELINES)
def test_refitting_equals_fitting(name, checkerboard, scores_of):
    baseline = make(name)
    first = scores_of(checkerboard, baseline)
    np.testing.assert_array_equal(scores_of(checkerboard, baseline), first)
    np.testing.assert_array_equal(scores_of(checkerboard, make(name)), first)


@pytest.mark.parametrize("name", [name for name in BY_ATTRIBUTES if name != "cell_popularity"])
def test_attributes_may_be_restricted(name, checkerboard, scores_of):
    """Tokens rarer than ``min_count`` are not used: with none left the colours are lost."""
    none = Attributes(min_count=10_000)
    scores = scores_of(checkerboard, make(name, attributes=none))
    np.testing.assert_allclose(
        scores[checkerboard.query("cold0")], scores[checkerboard.query("cold1")], rtol=1e-6
    )


def test_crosses_and_name_words_are_families_that_can_be_left_out(
    make_world: Callable[..., Any],
):
    rounds = [("alpha one", "2019-01-01", "x"), ("alpha two", "2019-02-01", "y"),
              ("beta one", "2019-03-01", "x"), ("beta two", "2019-04-01", "y"),
              ("gamma", "2020-02-01", "x")]  # fmt: skip
    firms = {
        "alpha one": {"province": "A", "sectors": ("s",)},
        "alpha two": {"province": "A", "sectors": ("t",)},
        "beta one": {"province": "B", "sectors": ("s",)},
        "beta two": {"province": "B", "sectors": ("t",)},
    }
    past = make_world(rounds, firms=firms).past
    plain = past.vocabulary(Attributes(min_count=1)).families_
    assert plain == ("province", "sector_main")
    crossed = past.vocabulary(Attributes(min_count=1, crosses=True)).families_
    assert crossed == ("province", "sector_main", "province*sector_main")
    named = past.vocabulary(Attributes(min_count=2, name_words=True)).families_
    assert named == ("province", "sector_main", "name_words")
