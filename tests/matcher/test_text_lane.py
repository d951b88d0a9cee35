"""Retrieval by meaning, with an encoder whose meanings are three letters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import NO_ROW
from data.errors import ArgumentError, BundleDamagedError, BundleForeignError, BundleMissingError
from data.records import Need, NeedKind
from features.encoder.protocol import EncoderInfo, Progress, Vectors
from matcher.index import MISSING_SCORE
from matcher.matcher import Matcher
from matcher.model import MatchModel
from matcher.retrieval import LaneWeights, Retriever
from matcher.text_lane import CENTRING_FILE, KEYS_FILE, TextLane, asked_part

from .serving import NOW

OFFERS = ["aaab", "bbbc", "ccca", ""]


class ThreeLetters:
    """One number for each of a, b and c."""

    def __init__(self, fingerprint: str = "abc") -> None:
        self.info = EncoderInfo("three letters", fingerprint, 3)

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        if progress is not None:
            progress("encode", len(texts), len(texts))
        counts = np.array([[t.count(c) for c in "abc"] for t in texts], np.float32).reshape(-1, 3)
        norms = np.linalg.norm(counts, axis=1, keepdims=True)
        return np.divide(counts, norms, out=np.zeros_like(counts), where=norms > 0)


@pytest.fixture
def lane() -> TextLane:
    return TextLane.build(ThreeLetters(), OFFERS, needs=["ab"])


def test_the_closest_offer_comes_first(lane: TextLane):
    scores, rows = lane.search("bb", 2)
    assert rows.tolist() == [1, 0]
    np.testing.assert_allclose(scores, [3 / 10**0.5, 1 / 10**0.5], rtol=1e-5)


def test_only_eligible_offers_that_say_something_are_found(lane: TextLane):
    scores, rows = lane.search("b", 4, eligible=np.array([True, False, True, True]))
    assert rows.tolist() == [0, 2, NO_ROW, NO_ROW]
    assert scores[2] == MISSING_SCORE


@pytest.mark.parametrize("text", ["", "xyz"])
def test_a_text_without_content_finds_nothing(lane: TextLane, text: str):
    assert (lane.search(text, 2)[1] == NO_ROW).all()


@pytest.mark.parametrize(("letter", "most"), [("a", 600), ("机", 180)])
def test_of_a_long_need_the_beginning_is_read(letter: str, most: int):
    assert asked_part("b" + letter * 100_000) == "b" + letter * (most - 1)
    assert asked_part(letter) == letter
    assert asked_part("\x00" + letter + "\u200b\n") == letter


def test_both_sides_are_centred():
    offers = ["a" * n + "b" for n in range(1, 21)]
    needs = ["aab"] * 19 + ["c"]
    lane = TextLane.build(ThreeLetters(), offers, needs=needs)
    assert set(lane.centring.means) == {("need", "en"), ("offer", "en")}
    assert abs(lane.index.vectors.sum(axis=0)).max() < len(offers)
    assert lane.search("b", 1)[1].tolist() == [0]


def test_other_offers_are_centred_alike(lane: TextLane):
    other = lane.over(["c", "a"])
    assert other.search("a", 1)[1].tolist() == [1]
    assert other.centring is lane.centring


def test_only_new_texts_are_read_again(lane: TextLane, tmp_path: Path):
    lane.save(tmp_path)
    again = TextLane.load(tmp_path, ThreeLetters())
    read: list[str] = []
    encode = again.encoder.encode

    def watched(texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        read.extend(texts)
        return encode(texts, progress=progress)

    again.encoder.encode = watched  # type: ignore[method-assign]
    moved = again.over(["ccca", "bc", "aaab"])
    assert read == ["bc"]
    np.testing.assert_allclose(moved.index.vectors[[0, 2]], lane.index.vectors[[2, 0]])
    assert moved.over(["bc"]).index.vectors.tolist() == moved.index.vectors[1:2].tolist()
    assert read == ["bc"]


def test_saving_changes_nothing(lane: TextLane, tmp_path: Path):
    lane.save(tmp_path / "text")
    again = TextLane.load(tmp_path / "text", ThreeLetters())
    for before, after in zip(lane.search("ab", 3), again.search("ab", 3), strict=True):
        assert np.array_equal(before, after)


def test_another_encoder_is_refused(lane: TextLane, tmp_path: Path):
    lane.save(tmp_path)
    with pytest.raises(BundleForeignError, match=r"encoder abc, not of 'three letters' \(xyz\)"):
        TextLane.load(tmp_path, ThreeLetters("xyz"))


def test_missing_and_damaged_vectors(lane: TextLane, tmp_path: Path):
    with pytest.raises(BundleMissingError, match="no text vectors"):
        TextLane.load(tmp_path, ThreeLetters())
    lane.save(tmp_path)
    (tmp_path / KEYS_FILE).write_bytes(b"")
    with pytest.raises(BundleDamagedError, match="cannot be read"):
        TextLane.load(tmp_path, ThreeLetters())
    (tmp_path / CENTRING_FILE).write_text("{")
    with pytest.raises(BundleDamagedError, match="cannot be read"):
        TextLane.load(tmp_path, ThreeLetters())


def test_vectors_of_another_dimension(lane: TextLane, tmp_path: Path):
    lane.save(tmp_path)

    class FourLetters(ThreeLetters):
        def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
            three = super().encode(texts, progress=progress)
            return np.hstack([three, np.zeros((len(texts), 1), np.float32)])

    four = TextLane.load(tmp_path, FourLetters())
    with pytest.raises(ArgumentError, match="must have the shape"):
        four.search("a", 1)


@pytest.fixture(scope="module")
def said(served) -> list[str]:
    return ["abc"[row % 3] for row in range(len(served.model.items))]


def test_the_lane_takes_part_in_retrieval(served, said: list[str], tmp_path: Path):
    features = served.model.features
    rows = served.catalogue.needs.ids.rows(served.open_need_ids()[:2])
    batch = features.encode(served.interactions.queries.take(rows))
    everything = np.ones((2, len(said)), np.bool_)
    lane = TextLane.build(ThreeLetters(), said, needs=[])
    only_text = LaneWeights(content=0, history=0, lexical=0, text=1)
    retriever = Retriever.build(features, weights=only_text, text=lane)
    pools = retriever.pool(batch, 4, allowed=everything, texts=["bb", ""])
    assert [said[item] for item in pools[0]] == ["b"] * 4
    assert (pools[1] == NO_ROW).all()
    retriever.save(tmp_path)
    assert Retriever.load(features, tmp_path).text is None
    again = Retriever.load(features, tmp_path, weights=only_text, encoder=ThreeLetters())
    found = again.pool(batch, 4, allowed=everything, texts=["bb", ""])
    np.testing.assert_array_equal(found, pools)


def test_beside_an_encoder_chance_words_do_not_count(served, said: list[str]):
    features = served.model.features
    rows = served.catalogue.needs.ids.rows(served.open_need_ids()[:1])
    batch = features.encode(served.interactions.queries.take(rows))
    everything = np.ones((1, len(said)), np.bool_)
    words = [f"common {text} loan {row}" for row, text in enumerate(said)]
    lexical = LaneWeights(content=0, history=0, lexical=1, text=0)
    lane = TextLane.build(ThreeLetters(), said, needs=[])
    rare = f"loan 7 {' '.join(f'unheard{n}' for n in range(30))}"
    alone = Retriever.build(features, words, weights=lexical)
    beside = Retriever.build(features, words, weights=lexical, text=lane)
    assert alone.pool(batch, 3, allowed=everything, texts=[rare])[0, 0] == 7
    assert (beside.pool(batch, 3, allowed=everything, texts=[rare]) == NO_ROW).all()
    assert beside.pool(batch, 3, allowed=everything, texts=["loan 7"])[0, 0] == 7


@pytest.fixture(scope="module")
def by_meaning(served, said: list[str]) -> Matcher:
    """A matcher whose pools hold two offers, chosen by meaning alone."""
    model, only_text = served.model, LaneWeights(content=0, history=0, lexical=0, text=1)
    lane = TextLane.build(ThreeLetters(), said, needs=[])
    small = MatchModel(
        model.features,
        model.firm_side,
        model.institution_side,
        retriever=Retriever.build(model.features, weights=only_text, text=lane),
        scale=model.scale,
        pool_size=2,
    )
    return Matcher(small, served.catalogue)


@pytest.mark.parametrize("letter", ["a", "b", "c"])
@pytest.mark.parametrize("kind", [NeedKind.SERVICE, NeedKind.DEBT])
def test_needs_of_service_and_of_bases_meet_by_meaning(
    by_meaning: Matcher, served, said: list[str], kind: NeedKind, letter: str
):
    """A firm that looks for a service, and a base with a loan need of its own."""
    catalogue = served.catalogue
    who = (
        {"firm_id": catalogue.firms.ids.ids[0]}
        if kind is NeedKind.SERVICE
        else {"base_id": catalogue.bases.ids.ids[0]}
    )
    need = Need(need_id="need_x", kind=kind, stated_on=NOW.date(), text=letter, **who)
    found = by_meaning.match(need, now=NOW, k=2)
    assert found.listed.n_eligible > 2
    assert found.items
    means = dict(zip(by_meaning.market.items.offer_ids.ids, said, strict=True))
    assert {means[item.offer_id] for item in found.items} == {letter}
    assert {item.kind for item in found.items} == {kind}


@pytest.mark.parametrize("text", ["b", "b" * 100_000, "\x00b\x07\x1f", "\ud800b", "b 字 бв 🙂"])
def test_odd_texts_of_needs(by_meaning: Matcher, served, said: list[str], text: str):
    firm_id = served.catalogue.firms.ids.ids[0]
    need = Need(
        need_id="need_x", kind=NeedKind.SERVICE, stated_on=NOW.date(), text=text, firm_id=firm_id
    )
    found = by_meaning.match(need, now=NOW, k=2)
    means = dict(zip(by_meaning.market.items.offer_ids.ids, said, strict=True))
    assert {means[item.offer_id] for item in found.items} == {"b"}
