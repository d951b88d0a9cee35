"""Each formula against visible arithmetic or an independent implementation.

The links of the world ``tiny`` are 100 days old but for a → z, which is one day old; all are first
links: x has a, b; y has a, c, d; z has d and (new) a. a and b are in 江苏, c and d in 浙江.
"""

from __future__ import annotations

import math

import bm25s
import numpy as np
import pytest
from sklearn.linear_model import Ridge as IndependentRidge
from sklearn.metrics.pairwise import cosine_similarity

from data.errors import ArgumentError, EmptyInputError
from eval.baselines.bm25 import BM25Settings, PortfolioBM25
from eval.baselines.cell_popularity import CellPopularity, CellPopularitySettings
from eval.baselines.centroid import CentroidSettings, PortfolioCentroid
from eval.baselines.ease import Ease, EaseSettings
from eval.baselines.firm_knn import FirmKNN, FirmKNNSettings
from eval.baselines.firms import FallbackSettings
from eval.baselines.item_knn import ItemKNN, ItemKNNSettings
from eval.baselines.lift_sum import ONE_TENTH_LINK, LiftSum, LiftSumSettings, ThemeWeights
from eval.baselines.past import (
    Attributes,
    Past,
    inverse_document_frequency,
    share_in_family,
    unit_rows,
)
from eval.baselines.popularity import Popularity, PopularitySettings
from eval.baselines.ridge import Ridge, RidgeSettings
from features.history import History

FOREVER = math.inf
PLAIN = Attributes(min_count=1)
HALF = 0.5 ** (1 / 100)  # weight of a link of one day where 100 days halve


def row_of(world, scores, firm):
    return dict(
        zip(world.evaluation_set.candidate_ids, scores[world.query(firm)].tolist(), strict=True)
    )


def test_popularity_halves_with_age(tiny, scores_of):
    scores = scores_of(tiny, Popularity(PopularitySettings(half_life_days=100)))
    total = 2 * 0.5 + 3 * 0.5 + (0.5 + HALF)
    assert row_of(tiny, scores, "g") == pytest.approx(
        {"x": 1 / total, "y": 1.5 / total, "z": (0.5 + HALF) / total}
    )


def test_popularity_of_first_links_or_of_all(make_world, scores_of):
    rounds = [("a", "2019-01-01", "x"), ("a", "2019-02-01", "x"), ("b", "2019-01-01", "y"),
              ("c", "2020-02-01", "x")]  # fmt: skip
    world = make_world(rounds, firms={}, min_rounds=1)
    first = scores_of(world, Popularity(PopularitySettings(FOREVER)))
    every = scores_of(world, Popularity(PopularitySettings(FOREVER, new_only=False)))
    np.testing.assert_allclose(first, [[1 / 2, 1 / 2]])
    np.testing.assert_allclose(every, [[2 / 3, 1 / 3]])


def test_a_cell_falls_back_to_the_population(tiny, scores_of):
    settings = CellPopularitySettings(("province",), FOREVER, prior=2.0)
    scores = scores_of(tiny, CellPopularity(settings))
    # 江苏: a → x, y, z and b → x, four links; the population has seven: x 2, y 3, z 2
    assert row_of(tiny, scores, "e") == pytest.approx(
        {
            "x": (2 + 2 * 2 / 7) / (4 + 2),
            "y": (1 + 2 * 3 / 7) / (4 + 2),
            "z": (1 + 2 * 2 / 7) / (4 + 2),
        }
    )
    assert row_of(tiny, scores, "g") == pytest.approx({"x": 2 / 7, "y": 3 / 7, "z": 2 / 7})


def test_cells_share_equally_and_absent_ones_are_passed_over(checkerboard, scores_of):
    def score(*cells):
        return scores_of(checkerboard, CellPopularity(CellPopularitySettings(cells, FOREVER)))

    both = (score("province") + score("sectors")) / 2
    np.testing.assert_allclose(score("province", "sectors", "postcode"), both, rtol=1e-6)
    np.testing.assert_allclose(score("postcode"), scores_of(checkerboard, Popularity(
        PopularitySettings(FOREVER))), rtol=1e-6)  # fmt: skip


def test_a_cell_must_be_a_family(tiny):
    with pytest.raises(ArgumentError, match="must be a family of attributes; got planet"):
        CellPopularity(CellPopularitySettings(("planet",))).fit(tiny.past)


def test_item_knn_adds_shrunk_cosines(tiny, scores_of):
    settings = ItemKNNSettings(neighbours=9, shrink=1.0, fallback=FallbackSettings(blend=0.0))
    scores = scores_of(tiny, ItemKNN(settings))
    # b had x. x shares one firm with y (2 and 3 firms) and one with z (2 and 2 firms)
    to_y, to_z = 1 / (math.sqrt(2 * 3) + 1), 1 / (math.sqrt(2 * 2) + 1)
    assert row_of(tiny, scores, "b") == pytest.approx({"x": 0, "y": to_y / to_z, "z": 1})


def test_item_knn_keeps_the_nearest(tiny, scores_of):
    settings = ItemKNNSettings(neighbours=1, shrink=1.0, fallback=FallbackSettings(blend=0.0))
    assert row_of(tiny, scores_of(tiny, ItemKNN(settings)), "b") == {"x": 0, "y": 0, "z": 1}


def test_warm_firms_are_blended_with_popularity(tiny, scores_of):
    def score(blend):
        fallback = FallbackSettings(half_life_days=FOREVER, blend=blend)
        return scores_of(tiny, ItemKNN(ItemKNNSettings(fallback=fallback)))

    warm = tiny.query("b")
    popular = np.array([2 / 3, 3 / 3, 2 / 3])
    np.testing.assert_allclose(score(0.25)[warm], 0.75 * score(0.0)[warm] + 0.25 * popular)
    np.testing.assert_allclose(score(0.25)[tiny.query("e")], popular)


def test_ease_is_the_regression_of_each_item_on_the_others(tiny, scores_of):
    settings = EaseSettings(l2=2.0, fallback=FallbackSettings(blend=0.0))
    scores = scores_of(tiny, Ease(settings))
    firms = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]], float)  # a b c d × x y z
    weights = np.zeros((3, 3))
    for item in range(3):  # a ridge regression without the item itself
        others = [other for other in range(3) if other != item]
        model = IndependentRidge(alpha=2.0, fit_intercept=False)
        weights[others, item] = model.fit(firms[:, others], firms[:, item]).coef_
    np.testing.assert_allclose(
        scores[tiny.query("b")], weights[0] / np.abs(weights[0]).max(), rtol=1e-5
    )


def test_firm_knn_counts_the_votes_of_the_nearest(tiny, scores_of):
    settings = FirmKNNSettings(PLAIN, neighbours=5, sharpness=2.0, half_life_days=100)
    scores = scores_of(tiny, FirmKNN(settings))
    # e is in 江苏 as a and b are, and shares nothing with c and d: their votes weigh nothing
    assert row_of(tiny, scores, "e") == pytest.approx({"x": 1.0, "y": 0.5, "z": HALF})
    nearest = FirmKNNSettings(PLAIN, neighbours=1, half_life_days=FOREVER)
    assert sorted(row_of(tiny, scores_of(tiny, FirmKNN(nearest)), "e").values())[-1] == 1.0


def test_the_sharper_the_less_a_distant_round_votes(make_world, scores_of):
    rounds = [("near", "2019-01-01", "x"), ("far", "2019-01-01", "y"), ("q", "2020-02-01", "x"),
              ("other", "2019-02-01", "y")]  # fmt: skip
    firms = {
        "near": {"province": "A", "city": "B"},
        "far": {"province": "A", "city": "C"},
        "q": {"province": "A", "city": "B"},
        "other": {"province": "Z", "city": "C"},
    }
    world = make_world(rounds, firms=firms, min_rounds=1)
    idf = {"A": math.log(4 / 3) + 1, "B": math.log(4 / 2) + 1, "C": math.log(4 / 3) + 1}
    lengths = math.hypot(idf["A"], idf["B"]) * math.hypot(idf["A"], idf["C"])
    cosine = idf["A"] ** 2 / lengths
    for sharpness in (1.0, 3.0):
        settings = FirmKNNSettings(PLAIN, sharpness=sharpness, half_life_days=FOREVER)
        scores = scores_of(world, FirmKNN(settings))
        np.testing.assert_allclose(scores, [[1, cosine**sharpness]], rtol=1e-5)


def test_lift_sum_adds_log_lifts_and_popularity(tiny, scores_of):
    settings = LiftSumSettings(
        PLAIN, ThemeWeights(place=0.5), popularity=2.0, prior=4.0, half_life_days=FOREVER
    )
    scores = scores_of(tiny, LiftSum(settings))
    links = {"x": 2 + ONE_TENTH_LINK, "y": 3 + ONE_TENTH_LINK, "z": 2 + ONE_TENTH_LINK}
    share = {item: n / sum(links.values()) for item, n in links.items()}
    in_jiangsu = {"x": 2, "y": 1, "z": 1}
    assert row_of(tiny, scores, "e") == pytest.approx(
        {
            item: 0.5 * math.log((in_jiangsu[item] + 4 * p) / ((4 + 4) * p)) + 2 * math.log(p)
            for item, p in share.items()
        },
        rel=1e-5,
    )


def test_bm25_agrees_with_an_independent_implementation(checkerboard, scores_of):
    k1, b = 1.5, 0.6
    settings = BM25Settings(PLAIN, saturation=k1, length_penalty=b, half_life_days=FOREVER)
    scores = scores_of(checkerboard, PortfolioBM25(settings))
    past = checkerboard.past
    rounds, links = past.links(FOREVER)
    tokens = past.tokens(PLAIN)[rounds]
    counts = np.rint((links.T @ tokens).toarray()).astype(int)
    texts = [[str(t) for t in np.repeat(np.arange(len(row)), row)] for row in counts]
    index = bm25s.BM25(method="lucene", k1=k1, b=b)
    index.index(texts, show_progress=False)
    vocabulary = past.vocabulary(PLAIN)
    queries = checkerboard.interactions.queries.take(checkerboard.evaluation_set.need_rows)
    asked = vocabulary.transform(queries.tokens)
    for firm in ("cold0", "cold1"):
        row = checkerboard.query(firm)
        expected = index.get_scores([str(t) for t in asked[row].indices])
        # Lucene leaves out the factor k1 + 1, which no order depends on
        np.testing.assert_allclose(scores[row], (k1 + 1) * expected, rtol=1e-4)


def test_the_centroid_is_the_cosine_to_the_sum_of_the_deals(checkerboard, scores_of):
    settings = CentroidSettings(PLAIN, length_power=1.0, half_life_days=FOREVER)
    scores = scores_of(checkerboard, PortfolioCentroid(settings))
    past = checkerboard.past
    rounds, links = past.links(FOREVER)
    tokens = past.tokens(PLAIN)
    idf = inverse_document_frequency(tokens)
    deals = tokens.toarray() * idf
    deals /= np.maximum(np.linalg.norm(deals, axis=1, keepdims=True), 1e-9)
    queries = checkerboard.interactions.queries.take(checkerboard.evaluation_set.need_rows)
    asked = past.vocabulary(PLAIN).transform(queries.tokens).toarray() * idf
    portfolios = links.toarray().T @ deals[rounds]
    row = checkerboard.query("cold0")
    np.testing.assert_allclose(
        scores[row], cosine_similarity(asked, portfolios)[row], rtol=1e-4, atol=1e-6
    )
    plain_sum = CentroidSettings(PLAIN, length_power=0.0, half_life_days=FOREVER)
    unit = asked[row] / np.linalg.norm(asked[row])
    np.testing.assert_allclose(
        scores_of(checkerboard, PortfolioCentroid(plain_sum))[row], portfolios @ unit, rtol=1e-4
    )


def test_idf_falls_with_frequency(tiny):
    tokens = tiny.past.tokens(PLAIN)  # five rounds: 江苏 a, b, a; 浙江 c, d
    np.testing.assert_allclose(
        inverse_document_frequency(tokens), [math.log(6 / 4) + 1, math.log(6 / 3) + 1], rtol=1e-6
    )


def test_ridge_agrees_with_an_independent_implementation(checkerboard, scores_of):
    settings = RidgeSettings(PLAIN, l2=3.0, family_power=0.5, half_life_days=200)
    scores = scores_of(checkerboard, Ridge(settings))
    past = checkerboard.past
    vocabulary = past.vocabulary(PLAIN)

    def inputs(tokens):
        scaled = share_in_family(tokens, vocabulary.family_starts_, power=0.5).toarray()
        return np.hstack([scaled, np.ones((len(scaled), 1))])

    rounds, links = past.links(FOREVER)
    age = (past.history.as_of - past.history.rounds.days[rounds]).astype(float)
    model = IndependentRidge(alpha=3.0, fit_intercept=False, solver="cholesky").fit(
        inputs(past.tokens(PLAIN)[rounds]), links.toarray(), sample_weight=0.5 ** (age / 200)
    )
    queries = checkerboard.interactions.queries.take(checkerboard.evaluation_set.need_rows)
    expected = model.predict(inputs(vocabulary.transform(queries.tokens)))
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)


def test_ridge_keeps_the_most_frequent_tokens(tiny, scores_of):
    one = Ridge(RidgeSettings(PLAIN, max_tokens=1))
    scores = scores_of(tiny, one)
    assert one.columns_.tolist() == [0]  # 江苏 has three rounds, 浙江 two
    np.testing.assert_array_equal(scores[tiny.query("f")], scores[tiny.query("g")])


def test_tokens_of_a_family_share_its_weight(checkerboard):
    past = checkerboard.past
    vocabulary, tokens = past.vocabulary(PLAIN), past.tokens(PLAIN)
    assert vocabulary.families_ == ("province", "city", "sector_main", "sectors")
    first = tokens[0].toarray().ravel() > 0  # 江苏, 苏州, 机器人, and both 机器人 and 硬件
    for power, share in ((1.0, 1 / 2), (0.5, 1 / math.sqrt(2))):
        row = share_in_family(tokens, vocabulary.family_starts_, power=power)[0].toarray().ravel()
        assert sorted(row[first].tolist()) == pytest.approx(sorted([1.0, 1.0, 1.0, share, share]))


def test_rows_of_zeros_stay_when_others_become_units(tiny):
    tokens = tiny.past.tokens(PLAIN)
    scaled = unit_rows(tokens * 3.0)
    np.testing.assert_allclose(np.linalg.norm(scaled.toarray(), axis=1), 1.0)
    assert unit_rows(tokens * 0.0).toarray().any() is np.False_


def test_a_history_without_links_is_refused(tiny):
    history = History.before(
        tiny.interactions, tiny.evaluation_set.protocol.split_at.replace(year=2000),
        offer_rows=tiny.evaluation_set.offer_rows,
    )  # fmt: skip
    with pytest.raises(EmptyInputError, match="no link to a candidate before 2000-01-01"):
        Past(history)
