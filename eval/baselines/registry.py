"""The baselines by name: what they are called, how they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import ArgumentError
from eval.baselines.bm25 import BM25Settings, PortfolioBM25
from eval.baselines.cell_popularity import CellPopularity, CellPopularitySettings
from eval.baselines.centroid import CentroidSettings, PortfolioCentroid
from eval.baselines.ease import Ease, EaseSettings
from eval.baselines.factors import ALS, BPR, ALSSettings, BPRSettings
from eval.baselines.firm_knn import FirmKNN, FirmKNNSettings
from eval.baselines.item_knn import ItemKNN, ItemKNNSettings
from eval.baselines.lift_sum import LiftSum, LiftSumSettings
from eval.baselines.lightfm import LightFMSettings, LightFMWarp
from eval.baselines.method import Baseline
from eval.baselines.popularity import Popularity, PopularitySettings
from eval.baselines.ridge import Ridge, RidgeSettings
from eval.method import POPULARITY_METHOD


@dataclass(frozen=True, slots=True)
class BaselineKind:
    """One kind of baseline.

    Attributes
    ----------
    title
        What the report prints, under the keys ``zh`` and ``en``.
    settings_type
        Frozen dataclass of its settings; without arguments it gives the defaults.
    make
        Settings → a baseline that is not fitted yet.
    identity_only
        It knows a firm by its earlier institutions alone, so that where no firm of the window has
        any it is popularity again.
    """

    title: Mapping[str, str]
    settings_type: type
    make: Callable[[Any], Baseline]
    identity_only: bool = False


BASELINES: dict[str, BaselineKind] = {
    POPULARITY_METHOD: BaselineKind(
        {"zh": "热门机构", "en": "Popularity"}, PopularitySettings, Popularity
    ),
    "cell_popularity": BaselineKind(
        {"zh": "同地区同行业热门机构", "en": "Popularity by place and trade"},
        CellPopularitySettings,
        CellPopularity,
    ),
    "item_knn": BaselineKind(
        {"zh": "机构近邻（只看往来）", "en": "Item-kNN (links only)"},
        ItemKNNSettings,
        ItemKNN,
        identity_only=True,
    ),
    "ease": BaselineKind(
        {"zh": "EASE（只看往来）", "en": "EASE (links only)"},
        EaseSettings,
        Ease,
        identity_only=True,
    ),
    "als": BaselineKind(
        {"zh": "ALS 矩阵分解（只看往来）", "en": "Implicit ALS (links only)"},
        ALSSettings,
        ALS,
        identity_only=True,
    ),
    "bpr": BaselineKind(
        {"zh": "BPR 矩阵分解（只看往来）", "en": "BPR (links only)"},
        BPRSettings,
        BPR,
        identity_only=True,
    ),
    "firm_knn": BaselineKind(
        {"zh": "相似企业近邻（TF-IDF）", "en": "TF-IDF firm-kNN"}, FirmKNNSettings, FirmKNN
    ),
    "lift_sum": BaselineKind(
        {"zh": "属性提升度加权和", "en": "Hand-weighted lift sum"}, LiftSumSettings, LiftSum
    ),
    "bm25": BaselineKind(
        {"zh": "BM25（属性对投资组合）", "en": "BM25 against the portfolio"},
        BM25Settings,
        PortfolioBM25,
    ),
    "tfidf_centroid": BaselineKind(
        {"zh": "投资组合中心（TF-IDF）", "en": "TF-IDF portfolio centroid"},
        CentroidSettings,
        PortfolioCentroid,
    ),
    "lightfm": BaselineKind(
        {"zh": "LightFM（WARP，属性）", "en": "LightFM (WARP) on attributes"},
        LightFMSettings,
        LightFMWarp,
    ),
    "ridge": BaselineKind(
        {"zh": "岭回归（属性）", "en": "Ridge on attributes"}, RidgeSettings, Ridge
    ),
}
"""Every baseline under the name that files, options and docs use, the simplest first."""


def get_baseline(name: str) -> BaselineKind:
    """Return the baseline called ``name``; raise :class:`ArgumentError` with the list of names."""
    if name not in BASELINES:
        raise ArgumentError(
            f"There is no baseline {name!r}.",
            field="baselines",
            remedy=f"Choose from {', '.join(BASELINES)}.",
        )
    return BASELINES[name]
