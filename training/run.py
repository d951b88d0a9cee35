"""One training run for serving: from a catalogue to a bundle in its place.

Reads top to bottom: fit on everything before ``as_of`` → judge at the gate → write the bundle
aside and rename it into place → promote it if it passed.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import Catalogue
from data.errors import EmptyInputError
from data.records import Firm, Need
from eval.protocol import Protocol
from features.encoder.protocol import TextEncoder
from features.history import Interactions
from matcher.bundle import ManifestFields, write_bundle
from matcher.model import MatchModel
from matcher.registry import promote as promote_bundle
from matcher.retrieval import offer_texts
from matcher.scale import MatchScale
from matcher.seeker import said
from matcher.text_lane import TextLane
from training.fitting import Progress, Training, fit_model
from training.gate import GateResult, judge
from training.method import FinMatchMethod
from training.settings import TrainSettings

HORIZON_DAYS = 182
"""How long a model is expected to serve before the next training: half a year."""
MIN_ROUNDS = 3
"""Deals from which an offer takes part in replayed windows; serving ranks all offers."""
ENOUGH_OFFERS = 300
"""With fewer offers of that many deals, those with a single deal take part, too."""
CENTRE_NEEDS = 100
"""Needs whose mean centres what needs say: five times what a side needs to have one of its own."""
SCALE_QUERIES = 500
SCALE_DEPTH = 20
"""Queries and places of their shortlists that the match score is scaled on."""


@dataclass(frozen=True)
class TrainOutcome:
    """What a training run left.

    Attributes
    ----------
    bundle_path
        Folder of the new bundle.
    gate
        How it did on the latest window, which it had not seen.
    promoted
        It serves from now on.
    cpu_seconds
        Processor time of fitting, judging and writing.
    """

    bundle_path: Path
    model_version: str
    metrics: Mapping[str, Any]
    gate: GateResult
    promoted: bool
    cpu_seconds: Mapping[str, float]


def train(
    catalogue: Catalogue,
    *,
    as_of: dt.date,
    root: Path,
    name: str,
    created_at: dt.datetime,
    seed: int = 0,
    settings: TrainSettings | None = None,
    promote: bool = True,
    encoder: TextEncoder | None = None,
    progress: Progress | None = None,
) -> TrainOutcome:
    """Train on everything before ``as_of`` and write a bundle.

    Parameters
    ----------
    root, name
        Folder of the bundles, and the new bundle's name in it; also the model version.
    promote
        Let the bundle serve if it passes the gate.
    encoder
        Of what offers and needs say; without it nothing is retrieved by meaning. It reads nothing
        where a pool holds every offer: then nothing has to be retrieved.
    progress
        Told of each step.

    Raises
    ------
    EmptyInputError
        There is too little history, or no offer.
    BundleError
        The bundle cannot be written, or one of that name exists.
    """
    settings = settings or TrainSettings()
    tell = progress or (lambda *_: None)
    if not len(catalogue.offers):
        raise EmptyInputError("There is no offer to rank.", remedy="Import institutions first.")
    cpu_seconds, started = {}, time.process_time()
    interactions = Interactions.from_catalogue(catalogue)
    ahead = Protocol(
        as_of, as_of + dt.timedelta(days=HORIZON_DAYS - 1), _min_rounds(interactions, as_of)
    )
    training = fit_model(
        catalogue,
        interactions,
        ahead,
        offer_rows=np.arange(len(catalogue.offers), dtype=np.int64),
        settings=settings,
        seed=seed,
        progress=tell,
    )
    cpu_seconds["fit"], started = time.process_time() - started, time.process_time()
    tell("judge", 0, 1)
    gate = judge(training, interactions, settings, seed=seed)
    shortlists = _shortlist_probabilities(training, interactions, settings)
    tell("judge", 1, 1)
    cpu_seconds["judge"], started = time.process_time() - started, time.process_time()
    tell("write", 0, 1)
    lane = _text_lane(
        training, catalogue, encoder, as_of=as_of, pool_size=settings.pool_size, tell=tell
    )
    model = _match_model(
        training,
        catalogue,
        shortlists,
        settings,
        version=name,
        lane=lane,
    )
    fields = ManifestFields(
        model_version=name,
        features=model.fingerprint(),
        dataset=catalogue.fingerprint(),
        settings={
            "seed": seed,
            "as_of": as_of.isoformat(),
            "encoder": None if lane is None else asdict(lane.encoder.info),
            **settings.to_dict(),
        },
        metrics={**gate.metrics, "passed": gate.passed},
    )
    with write_bundle(root, name, created_at=created_at, manifest_fields=fields) as folder:
        model.save(folder)
    promoted = promote and gate.passed
    if promoted:
        promote_bundle(root, name)
    tell("write", 1, 1)
    cpu_seconds["write"] = time.process_time() - started
    return TrainOutcome(
        bundle_path=root / name,
        model_version=name,
        metrics=gate.metrics,
        gate=gate,
        promoted=promoted,
        cpu_seconds=cpu_seconds,
    )


def _min_rounds(interactions: Interactions, as_of: dt.date) -> int:
    links = interactions.links.where(interactions.links.dates < np.datetime64(as_of))
    counts = links.rounds_per_offer(len(interactions.offers))
    return MIN_ROUNDS if np.count_nonzero(counts >= MIN_ROUNDS) >= ENOUGH_OFFERS else 1


def _match_model(
    training: Training,
    catalogue: Catalogue,
    shortlists: NDArray[np.float64],
    settings: TrainSettings,
    *,
    version: str,
    lane: TextLane | None,
) -> MatchModel:
    model = training.model
    return MatchModel.from_parts(
        model.features,
        model.firm_side.ranker,
        model.firm_side.calibrator,
        institution_ranker=model.institution_side.ranker,
        institution_calibrator=model.institution_side.calibrator,
        institution_pool=model.institution_side.typical_pool,
        texts=offer_texts(catalogue, model.features.items_),
        text_lane=lane,
        scale=MatchScale.fit(shortlists),
        pool_size=settings.pool_size,
        version=version,
    )


def _text_lane(
    training: Training,
    catalogue: Catalogue,
    encoder: TextEncoder | None,
    *,
    as_of: dt.date,
    pool_size: int,
    tell: Progress,
) -> TextLane | None:
    """Encode what offers say, and needs enough for the mean of their side, spread over the past.

    ``None`` where there is no encoder, where a pool holds every offer, and where none says a word.
    """
    if encoder is None or len(training.model.features.items_) <= pool_size:
        return None
    offers = offer_texts(catalogue, training.model.features.items_)
    if not any(offers):
        return None
    past = np.flatnonzero(catalogue.needs.dates(col.STATED_ON) < np.datetime64(as_of))
    rows = past[:: max(1, len(past) // CENTRE_NEEDS)][:CENTRE_NEEDS]
    return TextLane.build(
        encoder,
        offers,
        needs=[_said(catalogue, row) for row in rows.tolist()],
        progress=lambda step, done, total: tell(step, done, total or 0),
    )


def _said(catalogue: Catalogue, row: int) -> str:
    need = catalogue.needs.record(row)
    assert isinstance(need, Need)
    firm = None if need.firm_id is None else catalogue.firms.find(need.firm_id)
    assert firm is None or isinstance(firm, Firm)
    return said(need, firm)


def _shortlist_probabilities(
    training: Training, interactions: Interactions, settings: TrainSettings
) -> NDArray[np.float64]:
    """Return the probabilities of the pairs at the top of the latest window's lists."""
    window = training.latest
    method = FinMatchMethod(training.held_out, interactions, window, settings)
    step = max(1, window.n_queries // SCALE_QUERIES)
    probability = np.nan_to_num(method.probability(np.arange(0, window.n_queries, step)))
    top = -np.sort(-probability, axis=1)[:, :SCALE_DEPTH]
    return top[top > 0]
