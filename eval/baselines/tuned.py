"""The settings of the baselines: chosen on the window before the test, then frozen.

``benchmarks/tune_baselines.py`` searched them with seed 0 and 24 settings for each method and
source, on these windows alone: Crunchbase 2012-07-01 … 2012-12-31, IT桔子 2015-01-01 … 2015-06-30,
loans 2020-04-29 … 2020-04-30. Nothing later was looked at. ``docs/baselines.md`` has the figures.
"""

from __future__ import annotations

from typing import Any

from eval.baselines.bm25 import BM25Settings
from eval.baselines.cell_popularity import CellPopularitySettings
from eval.baselines.centroid import CentroidSettings
from eval.baselines.ease import EaseSettings
from eval.baselines.factors import ALSSettings, BPRSettings
from eval.baselines.firm_knn import FirmKNNSettings
from eval.baselines.firms import FallbackSettings
from eval.baselines.item_knn import ItemKNNSettings
from eval.baselines.lift_sum import LiftSumSettings, ThemeWeights
from eval.baselines.lightfm import LightFMSettings
from eval.baselines.past import Attributes
from eval.baselines.popularity import PopularitySettings
from eval.baselines.registry import BASELINES, get_baseline
from eval.baselines.ridge import RidgeSettings

TUNED: dict[str, dict[str, Any]] = {
    "crunchbase": {
        "popularity": PopularitySettings(half_life_days=365.0, new_only=True),
        "cell_popularity": CellPopularitySettings(
            cells=("metro", "metro*sectors", "metro*stage", "metro*amount_coarse", "province"),
            half_life_days=1095.0,
            prior=10.0,
        ),
        "item_knn": ItemKNNSettings(
            neighbours=50, shrink=20.0, fallback=FallbackSettings(half_life_days=365.0, blend=0.1)
        ),
        "ease": EaseSettings(l2=3000.0, fallback=FallbackSettings(half_life_days=182.0, blend=0.1)),
        "als": ALSSettings(
            factors=64,
            regularisation=30.0,
            confidence=60.0,
            iterations=15,
            seed=0,
            fallback=FallbackSettings(half_life_days=365.0, blend=0.2),
        ),
        "bpr": BPRSettings(
            factors=128,
            regularisation=0.03,
            learning_rate=0.1,
            iterations=200,
            seed=0,
            fallback=FallbackSettings(half_life_days=182.0, blend=0.4),
        ),
        "firm_knn": FirmKNNSettings(
            attributes=Attributes(min_count=3, crosses=True, name_words=False),
            neighbours=400,
            sharpness=1.0,
            half_life_days=1095.0,
        ),
        "lift_sum": LiftSumSettings(
            attributes=Attributes(min_count=2, crosses=False, name_words=True),
            weights=ThemeWeights(
                place=1.0,
                sector=0.5,
                stage=0.5,
                amount=0.5,
                firm_profile=0.25,
                purpose=0.25,
                combination=1.0,
            ),
            popularity=2.0,
            prior=60.0,
            half_life_days=1095.0,
        ),
        "bm25": BM25Settings(
            attributes=Attributes(min_count=2, crosses=True, name_words=False),
            saturation=15.0,
            length_penalty=0.1,
            half_life_days=730.0,
        ),
        "tfidf_centroid": CentroidSettings(
            attributes=Attributes(min_count=5, crosses=True, name_words=False),
            idf_power=1.0,
            length_power=0.7,
            half_life_days=1095.0,
        ),
        "lightfm": LightFMSettings(
            attributes=Attributes(min_count=5, crosses=True, name_words=False),
            components=64,
            learning_rate=0.02,
            epochs=20,
            token_penalty=1e-05,
            item_penalty=0.0,
            max_sampled=100,
            half_life_days=1095.0,
            family_power=1.0,
            seed=0,
        ),
        "ridge": RidgeSettings(
            attributes=Attributes(min_count=3, crosses=True, name_words=False),
            l2=100.0,
            family_power=1.0,
            half_life_days=1825.0,
            max_tokens=6000,
        ),
    },
    "itjuzi": {
        "popularity": PopularitySettings(half_life_days=182.0, new_only=True),
        "cell_popularity": CellPopularitySettings(
            cells=("stage*sector_main", "stage*currency", "province*stage"),
            half_life_days=730.0,
            prior=10.0,
        ),
        "item_knn": ItemKNNSettings(
            neighbours=20, shrink=20.0, fallback=FallbackSettings(half_life_days=182.0, blend=0.4)
        ),
        "ease": EaseSettings(l2=3000.0, fallback=FallbackSettings(half_life_days=182.0, blend=0.4)),
        "als": ALSSettings(
            factors=128,
            regularisation=10.0,
            confidence=1.0,
            iterations=15,
            seed=0,
            fallback=FallbackSettings(half_life_days=182.0, blend=0.05),
        ),
        "bpr": BPRSettings(
            factors=64,
            regularisation=0.03,
            learning_rate=0.1,
            iterations=200,
            seed=0,
            fallback=FallbackSettings(half_life_days=182.0, blend=0.4),
        ),
        "firm_knn": FirmKNNSettings(
            attributes=Attributes(min_count=10, crosses=True, name_words=False),
            neighbours=800,
            sharpness=2.0,
            half_life_days=1095.0,
        ),
        "lift_sum": LiftSumSettings(
            attributes=Attributes(min_count=3, crosses=True, name_words=False),
            weights=ThemeWeights(
                place=0.5,
                sector=1.5,
                stage=1.0,
                amount=0.5,
                firm_profile=0.0,
                purpose=0.0,
                combination=0.25,
            ),
            popularity=2.0,
            prior=200.0,
            half_life_days=1825.0,
        ),
        "bm25": BM25Settings(
            attributes=Attributes(min_count=3, crosses=True, name_words=False),
            saturation=40.0,
            length_penalty=0.1,
            half_life_days=1095.0,
        ),
        "tfidf_centroid": CentroidSettings(
            attributes=Attributes(min_count=10, crosses=True, name_words=True),
            idf_power=1.0,
            length_power=0.55,
            half_life_days=1095.0,
        ),
        "lightfm": LightFMSettings(
            attributes=Attributes(min_count=5, crosses=False, name_words=False),
            components=128,
            learning_rate=0.02,
            epochs=10,
            token_penalty=0.0,
            item_penalty=0.0,
            max_sampled=30,
            half_life_days=365.0,
            family_power=1.0,
            seed=0,
        ),
        "ridge": RidgeSettings(
            attributes=Attributes(min_count=2, crosses=True, name_words=True),
            l2=300.0,
            family_power=0.0,
            half_life_days=365.0,
            max_tokens=4000,
        ),
    },
    "ppp": {
        "popularity": PopularitySettings(half_life_days=7.0, new_only=False),
        "cell_popularity": CellPopularitySettings(
            cells=("city", "postcode"), half_life_days=7.0, prior=10.0
        ),
        "firm_knn": FirmKNNSettings(
            attributes=Attributes(min_count=2, crosses=True, name_words=False),
            neighbours=800,
            sharpness=2.0,
            half_life_days=7.0,
        ),
        "lift_sum": LiftSumSettings(
            attributes=Attributes(min_count=2, crosses=True, name_words=False),
            weights=ThemeWeights(
                place=1.0,
                sector=1.0,
                stage=1.0,
                amount=1.0,
                firm_profile=1.0,
                purpose=1.0,
                combination=1.0,
            ),
            popularity=8.0,
            prior=20.0,
            half_life_days=28.0,
        ),
        "bm25": BM25Settings(
            attributes=Attributes(min_count=2, crosses=True, name_words=True),
            saturation=5.0,
            length_penalty=0.0,
            half_life_days=7.0,
        ),
        "tfidf_centroid": CentroidSettings(
            attributes=Attributes(min_count=3, crosses=True, name_words=False),
            idf_power=2.0,
            length_power=0.4,
            half_life_days=7.0,
        ),
        "lightfm": LightFMSettings(
            attributes=Attributes(min_count=2, crosses=False, name_words=False),
            components=128,
            learning_rate=0.04,
            epochs=20,
            token_penalty=1e-05,
            item_penalty=0.0,
            max_sampled=30,
            half_life_days=7.0,
            family_power=0.0,
            seed=0,
        ),
        "ridge": RidgeSettings(
            attributes=Attributes(min_count=5, crosses=False, name_words=False),
            l2=30.0,
            family_power=1.0,
            half_life_days=7.0,
            max_tokens=6000,
        ),
    },
}
"""Source → method → settings. Written out in full, so that a new default changes none of them."""

DEFAULTS: dict[str, Any] = {name: kind.settings_type() for name, kind in BASELINES.items()}
"""Method → settings for data that nobody tuned on; near what the two funding histories chose."""


def settings_for(source: str | None, name: str) -> Any:
    """Return the settings chosen for ``source``, else the defaults.

    Raises
    ------
    ArgumentError
        There is no baseline ``name``.
    """
    get_baseline(name)
    return TUNED.get(source or "", {}).get(name, DEFAULTS[name])
