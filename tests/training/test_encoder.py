"""Adapting the encoder to deals: which deals it may see, and when the new one is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.errors import ArgumentError, EmptyInputError
from data.records import (
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    Record,
)
from features.encoder.adapting import AdaptSettings
from features.encoder.opening import open_encoder
from features.encoder.protocol import EncoderInfo, Progress, Vectors
from features.encoder.sentence import SentenceEncoder
from tests.tiny_encoder import CODE, COLOURS, MATERIALS
from training import encoder as training_encoder
from training.encoder import TextDeals, deal_ndcg, mine_triples, read_deals, train_encoder

QUICK = AdaptSettings(layers=1, rate=1e-2, check_every=5, patience=4, most_steps=40)
FIRST, AS_OF = dt.date(2020, 1, 1), dt.date(2022, 1, 1)


def coded_records(n: int = 400, *, code: dict[str, str] | None = CODE) -> list[Record]:
    """Needs in colours that met offers in materials: by the code, or by chance."""
    rng = np.random.default_rng(0)
    records: list[Record] = []
    for word in MATERIALS:
        records += [
            Institution(institution_id=f"inst_{word}", name=word, kind=InstitutionKind.BANK),
            Offer(
                offer_id=f"offer_{word}",
                institution_id=f"inst_{word}",
                name=word,
                kind=NeedKind.DEBT,
                description=word,
            ),
        ]
    days = (AS_OF - FIRST).days
    for at in range(n):
        colour, day = COLOURS[at % 3], FIRST + dt.timedelta(days=at * days // n)
        met = str(rng.choice(MATERIALS)) if code is None else code[colour]
        firm, need = f"firm_{at:03}", f"need_{at:03}"
        records += [
            Firm(firm_id=firm, name=firm),
            Need(need_id=need, firm_id=firm, kind=NeedKind.DEBT, stated_on=day, text=colour),
            Event(
                event_id=f"event_{at:03}",
                kind=EventKind.FUNDED,
                occurred_at=dt.datetime.combine(day, dt.time(), dt.UTC),
                firm_id=firm,
                offer_id=f"offer_{met}",
                need_id=need,
            ),
        ]
    return records


@pytest.fixture
def tiny(tiny_encoder: Path) -> SentenceEncoder:
    return SentenceEncoder(str(tiny_encoder), device="cpu")


@pytest.fixture(scope="module")
def deals() -> TextDeals:
    return read_deals(Catalogue.from_records(coded_records()))


class Words:
    """One number for each word that a text holds: an encoder that knows the code by heart."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.info = EncoderInfo("words", "words", len(words))

    def encode(self, texts, *, progress: Progress | None = None) -> Vectors:
        assert progress is None
        return np.array([[word in text for word in self.words] for text in texts], np.float32)


def test_what_is_better_is_kept_and_opens(tiny: SentenceEncoder, deals: TextDeals, tmp_path: Path):
    catalogue = Catalogue.from_records(coded_records())
    told: set[str] = set()
    outcome = train_encoder(
        catalogue,
        tiny,
        as_of=AS_OF,
        folder=tmp_path / "encoders" / "mine",
        settings=QUICK,
        progress=lambda step, *_: told.add(step),
    )
    assert outcome.gain.low > 0
    assert outcome.after.mean > outcome.before.mean
    assert outcome.steps > 0
    half = dt.timedelta(days=training_encoder.WINDOW_DAYS)
    assert outcome.n_train == len(deals.between(None, AS_OF - 2 * half))
    assert outcome.n_held_out == len(deals.between(AS_OF - half, AS_OF))
    assert outcome.folder == tmp_path / "encoders" / "mine"
    assert told == {"encode", "adapt"}
    assert [path.name for path in outcome.folder.parent.iterdir()] == ["mine"]
    kept = open_encoder("mine", cache=tmp_path, adapted=outcome.folder.parent)
    assert kept is not None
    scores = kept.encode(COLOURS) @ kept.encode([f"{word} {word} {word}" for word in MATERIALS]).T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]


def test_what_is_no_better_is_not_kept(tiny: SentenceEncoder, tmp_path: Path):
    """Deals by chance teach nothing, whatever the validation window seems to say."""
    catalogue = Catalogue.from_records(coded_records(code=None))
    folder = tmp_path / "encoders" / "mine"
    outcome = train_encoder(catalogue, tiny, as_of=AS_OF, folder=folder, settings=QUICK)
    assert outcome.folder is None
    assert outcome.gain.low <= 0
    assert not folder.parent.exists()


def test_nothing_after_the_cut_is_learned_from(tiny: SentenceEncoder, tmp_path: Path):
    """A code that holds only in the held-out half year leaves no trace before it."""
    late = dict(zip(COLOURS, MATERIALS[1:] + MATERIALS[:1], strict=True))
    held_from = AS_OF - dt.timedelta(days=training_encoder.WINDOW_DAYS)
    outcomes = []
    for other in (CODE, late):
        early, changed = coded_records(), coded_records(code=other)
        day = {r.need_id: r.stated_on for r in early if isinstance(r, Need)}
        records = [
            old if not isinstance(old, Event) or day[str(old.need_id)] < held_from else new
            for old, new in zip(early, changed, strict=True)
        ]
        model = SentenceEncoder(str(tiny.info.name), device="cpu")
        train_encoder(
            Catalogue.from_records(records),
            model,
            as_of=AS_OF,
            folder=tmp_path / f"{len(outcomes)}",
            settings=QUICK,
        )
        outcomes.append(model.info.fingerprint)
    assert outcomes[0] == outcomes[1]


def test_memory_and_time_are_bounded(monkeypatch: pytest.MonkeyPatch, deals: TextDeals):
    for name, most in (("MOST_LEARNED", 30), ("MOST_WATCHED", 20), ("MOST_HELD_OUT", 25)):
        monkeypatch.setattr(training_encoder, name, most)
    monkeypatch.setattr(training_encoder, "MOST_OFFERS", 1)
    many = replace(
        deals,
        texts=(*deals.texts, *(f"offer {at}" for at in range(50)), ""),
        kinds=np.repeat(deals.kinds[:1], len(deals.texts) + 51),
    )
    parts = training_encoder._parts(many, AS_OF, np.random.default_rng(0))
    assert [len(part) for part in parts] == [30, 20, 25]
    for part in parts:
        assert part.texts == deals.texts  # those of the deals, and none besides
        pairs = zip(part.needs, part.offers.tolist(), strict=True)
        assert all(CODE[need] in part.texts[at] for need, at in pairs)
    monkeypatch.setattr(training_encoder, "MOST_OFFERS", 13)
    parts = training_encoder._parts(many, AS_OF, np.random.default_rng(0))
    assert {len(part.texts) for part in parts} == {13}
    assert all(parts[0].texts)


def test_offers_of_another_kind_do_not_compete(deals: TextDeals):
    encoder = Words(("red", "tin"))
    red = deals.take(np.flatnonzero([need == "red" for need in deals.needs])[:1])
    texts = ("red", "tin")
    one_kind = replace(red, texts=texts, offers=np.array([1]), kinds=np.array(["debt", "debt"]))
    assert deal_ndcg(encoder, one_kind).tolist() == pytest.approx([1 / np.log2(3)])
    two_kinds = replace(one_kind, kinds=np.array(["equity", "debt"]))
    assert deal_ndcg(encoder, two_kinds).tolist() == [1]


def test_hard_negatives_were_never_taken_and_say_something_else(deals: TextDeals):
    encoder = Words(MATERIALS)
    triples = mine_triples(encoder, deals, np.random.default_rng(0))
    assert len(triples) == len(deals)
    assert all(CODE[need] in own and CODE[need] not in other for need, own, other in triples)
    everything_taken = replace(deals, firms=("one firm",) * len(deals))
    assert mine_triples(encoder, everything_taken, np.random.default_rng(0)) == []


def test_deals_are_parted_by_day(deals: TextDeals):
    early = deals.between(None, dt.date(2020, 1, 4))
    assert early.days.max() < np.datetime64("2020-01-04")
    assert len(early) == 2
    assert len(deals.between(dt.date(2020, 1, 4), dt.date(2020, 1, 8))) == 2


def test_a_history_without_texts_is_refused(tiny: SentenceEncoder, tmp_path: Path):
    with pytest.raises(EmptyInputError, match="needs 20 deals"):
        train_encoder(Catalogue.from_records([]), tiny, as_of=AS_OF, folder=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken(tiny: SentenceEncoder, tmp_path: Path):
    with pytest.raises(ArgumentError, match="There is already an encoder"):
        train_encoder(Catalogue.from_records([]), tiny, as_of=AS_OF, folder=tmp_path)


def test_deals_without_texts_are_left_out(catalogue: Catalogue):
    deals = read_deals(catalogue)
    assert all(deals.texts[offer] for offer in deals.offers)
    assert all(deals.needs)
