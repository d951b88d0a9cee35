"""Fitting a whole model for a split: features, both rankers, both calibrations.

Reads top to bottom: replay earlier windows → examples of both directions → rankers without the
latest window → calibrate on the latest window → rankers on all windows → features at the split.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue import Catalogue
from data.errors import DateRangeError, EmptyInputError
from eval.protocol import EvaluationSet, Protocol
from features.history import History, Interactions
from features.pairs import PairFeatures
from features.queries import Queries
from matcher.direction import Direction
from matcher.ranker import RankerEnsemble
from training.calibration import calibrate_firm_side, calibrate_institution_side
from training.examples import Examples, firm_side_examples, institution_side_examples
from training.ranker import cut_ranker, fit_ranker
from training.replay import replay_windows
from training.settings import TrainSettings

Progress = Callable[[str, int, int], None]
"""Called with a step, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class FittedModel:
    """What training makes of a history.

    Attributes
    ----------
    features
        Fitted on everything before the split.
    firm_side, institution_side
        Order offers for a need, and needs for an offer, and state the probability of a link.
    windows
        What was replayed, the latest first.
    """

    features: PairFeatures
    firm_side: Direction
    institution_side: Direction
    windows: tuple[Protocol, ...]


@dataclass(frozen=True)
class Window:
    """A replayed window with everything that is learned from it."""

    queries: Queries
    evaluation_set: EvaluationSet
    features: PairFeatures
    firm_side: Examples
    institution_side: Examples


def fit_features(
    interactions: Interactions,
    as_of: dt.date,
    offer_rows: NDArray[np.int64],
    *,
    settings: TrainSettings,
    seed: int,
) -> PairFeatures:
    """Fit the features on the history before ``as_of``."""
    history = History.before(interactions, as_of, offer_rows=offer_rows)
    return PairFeatures(settings.pair).fit(history, rng=np.random.default_rng(seed))


def replay(
    catalogue: Catalogue,
    interactions: Interactions,
    protocol: Protocol,
    *,
    settings: TrainSettings,
    seed: int,
) -> Window:
    """Play one earlier window: features frozen at its start, examples of both directions."""
    evaluation_set = EvaluationSet.from_catalogue(catalogue, protocol)
    features = fit_features(
        interactions, protocol.split_at, evaluation_set.offer_rows, settings=settings, seed=seed
    )
    queries = interactions.queries.take(evaluation_set.need_rows)
    rng = np.random.default_rng(seed + 1)
    return Window(
        queries=queries,
        evaluation_set=evaluation_set,
        features=features,
        firm_side=firm_side_examples(
            features,
            queries,
            evaluation_set,
            most=settings.pool_size,
            negatives=settings.negatives,
            max_queries=settings.max_queries,
            rng=rng,
        ),
        institution_side=institution_side_examples(
            features,
            queries,
            evaluation_set,
            most=settings.reverse_pool_size,
            negatives=settings.reverse_negatives,
            rng=rng,
        ),
    )


@dataclass(frozen=True)
class Training:
    """A fitted model, and the same model without the latest window, to be judged on it."""

    model: FittedModel
    held_out: FittedModel
    latest: EvaluationSet


def fit_model(
    catalogue: Catalogue,
    interactions: Interactions,
    protocol: Protocol,
    *,
    offer_rows: NDArray[np.int64],
    settings: TrainSettings,
    seed: int,
    progress: Progress | None = None,
) -> Training:
    """Fit everything for the split of ``protocol`` on what lies before it.

    Parameters
    ----------
    protocol
        The window ahead; its length decides what is replayed.
    offer_rows
        The offers that will be ranked.

    Raises
    ------
    EmptyInputError
        No earlier window has links to learn from.
    """
    tell = progress or (lambda *_: None)
    windows = _play(catalogue, interactions, protocol, settings, seed, tell)
    latest = windows[0]
    # the latest window is held out of the rankers that are chosen and calibrated on it
    held_out_from = latest.evaluation_set.protocol.split_at
    others = [w for w in windows if w.evaluation_set.protocol.until < held_out_from] or windows
    tell("calibrate", 0, 2)
    firm_ranker, institution_ranker = _rankers(others, settings, seed)
    seen = (latest.features, latest.queries, latest.evaluation_set, settings)
    shares = settings.round_shares
    chosen, firm_side = calibrate_firm_side(
        [cut_ranker(firm_ranker, share) for share in shares], *seen
    )
    tell("calibrate", 1, 2)
    institution_side = calibrate_institution_side(institution_ranker, *seen)
    held_out = FittedModel(latest.features, firm_side, institution_side, ())
    tell("calibrate", 2, 2)
    tell("rank", 0, 1)
    firm_ranker, institution_ranker = _rankers(windows, settings, seed)
    firm_ranker = cut_ranker(firm_ranker, shares[chosen])
    tell("rank", 1, 1)
    tell("features", 0, 1)
    features = fit_features(
        interactions, protocol.split_at, offer_rows, settings=settings, seed=seed
    )
    tell("features", 1, 1)
    names = features.features.names
    model = FittedModel(
        features,
        Direction(firm_ranker, firm_side.calibrator, names),
        Direction(
            institution_ranker,
            institution_side.calibrator,
            names,
            typical_pool=institution_side.typical_pool,
        ),
        tuple(window.evaluation_set.protocol for window in windows),
    )
    return Training(model, held_out, latest.evaluation_set)


def _play(
    catalogue: Catalogue,
    interactions: Interactions,
    protocol: Protocol,
    settings: TrainSettings,
    seed: int,
    tell: Progress,
) -> list[Window]:
    """Replay what can be replayed, the latest window first."""
    planned = replay_windows(protocol, interactions.links.dates, max_windows=settings.max_windows)
    played = []
    for done, window in enumerate(planned):
        tell("replay", done, len(planned))
        try:
            played.append(
                replay(catalogue, interactions, window, settings=settings, seed=seed + done)
            )
        except (EmptyInputError, DateRangeError):
            continue  # an early window may have no candidates yet, or no new link
    tell("replay", len(planned), len(planned))
    if not played:
        raise EmptyInputError(
            f"No window before {protocol.split_at} has links to learn from.",
            field="split_at",
            remedy="Choose a later split date, or import a longer history.",
        )
    return played


def _rankers(
    windows: list[Window], settings: TrainSettings, seed: int
) -> tuple[RankerEnsemble, RankerEnsemble]:
    firm_side = Examples.concatenate([window.firm_side for window in windows])
    institution_side = Examples.concatenate([window.institution_side for window in windows])
    return (
        fit_ranker(firm_side, settings.boosters, seed=seed),
        fit_ranker(institution_side, settings.reverse_boosters, seed=seed),
    )
