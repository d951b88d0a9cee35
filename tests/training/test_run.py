from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.errors import EmptyInputError
from data.records import EventKind, Offer, Record
from features.encoder.protocol import EncoderInfo, Progress, Vectors
from matcher.bundle import open_bundle
from matcher.model import MatchModel
from matcher.registry import find_current
from training.run import train
from training.settings import TrainSettings

CREATED = dt.datetime(2020, 6, 1, tzinfo=dt.UTC)
AS_OF = dt.date(2020, 6, 1)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def outcome(catalogue: Catalogue, settings: TrainSettings, root: Path):
    return train(
        catalogue, as_of=AS_OF, root=root, name="m1", created_at=CREATED, settings=settings
    )


def test_a_model_that_beats_popularity_is_promoted(outcome, root: Path):
    assert outcome.gate.passed
    assert outcome.promoted
    assert outcome.metrics["finmatch"]["ndcg@10"] > outcome.metrics["popularity"]["ndcg@10"]
    current = find_current(root)
    assert current is not None
    assert current == "m1"
    assert "m1" in str(outcome.bundle_path)


def test_the_bundle_scores_as_the_model_in_memory(outcome, catalogue: Catalogue):
    model = MatchModel.load(open_bundle(outcome.bundle_path))
    assert model.version == "m1"
    assert set(model.items.offer_ids.ids) == set(catalogue.offers.ids.ids)


def test_the_gate_says_its_figures_in_both_languages(outcome):
    assert "通过" in outcome.gate.sentence("zh")
    assert "passed" in outcome.gate.sentence("en")


def test_a_world_of_chance_does_not_pass(records, settings: TrainSettings, tmp_path: Path):
    rng = np.random.default_rng(3)
    offers = sorted({r.offer_id for r in records if hasattr(r, "offer_id")})
    from dataclasses import replace

    from data.records import Event

    shuffled = [
        replace(r, offer_id=str(rng.choice(offers)), kind=EventKind.FUNDED)
        if isinstance(r, Event)
        else r
        for r in records
    ]
    outcome = train(
        Catalogue.from_records(shuffled),
        as_of=AS_OF,
        root=tmp_path,
        name="chance",
        created_at=CREATED,
        settings=settings,
    )
    assert not outcome.gate.passed
    assert not outcome.promoted
    assert find_current(tmp_path) is None
    assert "未通过" in outcome.gate.sentence("zh")


def test_nothing_to_learn_from_is_one_clear_error(
    catalogue: Catalogue, settings: TrainSettings, tmp_path: Path
):
    with pytest.raises(EmptyInputError, match="No window before"):
        train(
            catalogue,
            as_of=dt.date(2016, 1, 3),
            root=tmp_path,
            name="early",
            created_at=CREATED,
            settings=settings,
        )
    assert not [path for path in tmp_path.iterdir() if not path.name.startswith(".")]


def test_no_offers_is_one_clear_error(settings: TrainSettings, tmp_path: Path):
    with pytest.raises(EmptyInputError, match="no offer"):
        train(
            Catalogue.from_records([]),
            as_of=AS_OF,
            root=tmp_path,
            name="none",
            created_at=CREATED,
            settings=settings,
        )


class Letters:
    """One number: how long a text is, which at length 1 says nothing but that there is one."""

    info = EncoderInfo("letters", "letters-1", 2)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        if progress is not None:
            progress("encode", len(texts), len(texts))
        return np.array([(float(bool(text)), 0) for text in texts], np.float32).reshape(-1, 2)


def described(records: list[Record]) -> Catalogue:
    """The world with offers that say something."""
    return Catalogue.from_records(
        replace(record, description=f"for {record.name}") if isinstance(record, Offer) else record
        for record in records
    )


def test_an_encoder_brings_a_lane_of_meaning(
    records: list[Record], settings: TrainSettings, tmp_path: Path
):
    catalogue = described(records)
    outcome = train(
        catalogue,
        as_of=AS_OF,
        root=tmp_path,
        name="m1",
        created_at=CREATED,
        settings=settings,
        encoder=Letters(),
    )
    bundle = open_bundle(outcome.bundle_path)
    assert bundle.manifest.fields.settings["encoder"]["fingerprint"] == "letters-1"
    lane = MatchModel.load(bundle, encoder=Letters()).retriever.text
    assert lane is not None
    assert len(lane.index) == len(catalogue.offers)
    assert MatchModel.load(bundle).retriever.text is None


@pytest.mark.parametrize("why", ["a pool holds every offer", "no offer says a word"])
def test_where_nothing_has_to_be_retrieved_nothing_is_encoded(
    records: list[Record], settings: TrainSettings, tmp_path: Path, why: str
):
    catalogue = Catalogue.from_records(records)
    if why == "a pool holds every offer":
        catalogue = described(records)
        settings = replace(settings, pool_size=len(catalogue.offers))

    class Unasked(Letters):
        def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
            raise AssertionError(f"nothing has to be retrieved: {texts}, {progress}")

    outcome = train(
        catalogue,
        as_of=AS_OF,
        root=tmp_path,
        name="m1",
        created_at=CREATED,
        settings=settings,
        encoder=Unasked(),
    )
    bundle = open_bundle(outcome.bundle_path)
    assert bundle.manifest.fields.settings["encoder"] is None
    assert MatchModel.load(bundle, encoder=Letters()).retriever.text is None
