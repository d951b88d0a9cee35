"""Adapting an encoder: exact gradients in small parts, and a tiny model that learns a code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from data.errors import ArgumentError, BundleDamagedError
from features.encoder import adapting
from features.encoder.adapting import AdaptSettings, UpperLayers, adapt
from features.encoder.bert import LightEncoder
from features.encoder.opening import DeferredEncoder, open_encoder
from features.encoder.sentence import SentenceEncoder
from tests.tiny_encoder import CODE, COLOURS, MATERIALS, WORDS

QUICK = AdaptSettings(layers=1, rate=1e-2, part_size=2, check_every=5, patience=4, most_steps=40)
TEXTS = (*WORDS, "red tin", "wood salt blue green red", "")
TRIPLES = [
    (need, own, other) for need, own in CODE.items() for other in MATERIALS if other != own
] * 3


@pytest.fixture
def tiny(tiny_encoder: Path) -> SentenceEncoder:
    return SentenceEncoder(str(tiny_encoder), device="cpu")


def hits(upper: UpperLayers) -> float:
    """Share of colours whose own material is the nearest one, plus a hair of its lead."""
    scores = upper.encode(COLOURS) @ upper.encode(MATERIALS).T
    return float(np.mean(scores.argmax(axis=1) == np.arange(len(COLOURS)))) + 1e-3 * float(
        np.trace(scores) - scores.mean()
    )


@pytest.mark.parametrize("layers", [0, 1, 2, 5])
def test_the_split_changes_no_vector(tiny: SentenceEncoder, layers: int):
    upper = UpperLayers(tiny, TEXTS, settings=AdaptSettings(layers=layers, part_size=3))
    np.testing.assert_allclose(upper.encode(TEXTS), tiny.encode(TEXTS), atol=1e-5)
    assert not upper.encode([""]).any()


def test_texts_are_read_up_to_a_length(tiny: SentenceEncoder):
    long, short = "red tin salt wood", "red tin"
    settings = AdaptSettings(layers=1, most_tokens=2)
    upper = UpperLayers(tiny, [long, short], settings=settings)
    first, second = upper.encode([long, short])
    np.testing.assert_allclose(first, second, atol=1e-6)
    assert not np.allclose(*tiny.encode([long, short]), atol=1e-3)  # afterwards as far as before


def test_small_parts_give_the_gradient_of_the_whole(tiny: SentenceEncoder):
    batch, gradients = TRIPLES[:4], []
    for part_size in (1, 100):
        settings = AdaptSettings(layers=1, part_size=part_size)
        upper = UpperLayers(tiny, TEXTS, settings=settings)
        adapting._learn(upper, batch)
        gradients.append([weight.grad.clone() for weight in upper.parameters()])
        for weight in upper.parameters():
            weight.grad = None
    for small, whole in zip(*gradients, strict=True):
        np.testing.assert_allclose(small.numpy(), whole.numpy(), atol=1e-5)


@pytest.mark.usefixtures("tiny_encoder")
def test_a_need_with_two_offers_holds_neither_against_the_other():
    import torch

    vectors = torch.eye(4, requires_grad=True)
    place = {"red": 0, "tin": 1, "salt": 2, "wood": 3}
    triples = [("red", "tin", "wood"), ("red", "salt", "wood")]
    loss = adapting._ranking_loss(vectors, triples, place, 1.0)
    # each need sees its own offer and the mined one, both at a cosine of 0
    assert float(loss.detach()) == pytest.approx(np.log(2))


def test_a_code_is_learned_and_both_runtimes_open_it(tiny: SentenceEncoder, tmp_path: Path):
    upper = UpperLayers(tiny, TEXTS, settings=QUICK)
    before, fingerprint = hits(upper), tiny.info.fingerprint
    frozen = [weight.clone() for weight in tiny.model[0].auto_model.embeddings.parameters()]
    told: list[tuple[str, int, int | None]] = []
    steps = adapt(
        upper,
        TRIPLES,
        judge=hits,
        rng=np.random.default_rng(0),
        progress=lambda *step: told.append(step),
    )
    assert steps > 0
    assert hits(upper) >= 1 > before
    assert told[0] == ("adapt", 1, QUICK.most_steps)
    assert tiny.info.fingerprint != fingerprint
    now = tiny.model[0].auto_model.embeddings.parameters()
    assert all(bool((a == b).all()) for a, b in zip(frozen, now, strict=True))
    tiny.save(tmp_path / "kept", name="kept")
    expected = tiny.encode(TEXTS)
    for encoder in (
        SentenceEncoder(str(tmp_path / "kept"), device="cpu"),
        LightEncoder(tmp_path / "kept"),
        open_encoder("kept", cache=tmp_path, adapted=tmp_path),
    ):
        assert encoder is not None
        np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-5)
    card = json.loads((tmp_path / "kept" / "finmatch-encoder.json").read_text())
    assert card["fingerprint"] == tiny.info.fingerprint


def test_the_best_state_remains(tiny: SentenceEncoder):
    """A judge that likes the third look best gets the weights of that look back."""
    upper = UpperLayers(tiny, TEXTS, settings=QUICK)
    looks: list[np.ndarray] = []

    def judge(found: UpperLayers) -> float:
        looks.append(found.encode(WORDS))
        return [0.0, 0.1, 0.5, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2][len(looks) - 1]

    steps = adapt(upper, TRIPLES, judge=judge, rng=np.random.default_rng(0))
    assert steps == 2 * QUICK.check_every
    assert len(looks) == 3 + QUICK.patience
    np.testing.assert_allclose(upper.encode(WORDS), looks[2], atol=1e-6)


def test_what_got_no_better_stays_as_it_was(tiny: SentenceEncoder):
    fingerprint = tiny.info.fingerprint
    upper = UpperLayers(tiny, TEXTS, settings=QUICK)
    assert adapt(upper, TRIPLES, judge=lambda _: 0.0, rng=np.random.default_rng(0)) == 0
    assert tiny.info.fingerprint == fingerprint


@pytest.mark.parametrize("change", ["model", "activation", "pooling"])
def test_what_the_light_runtime_cannot_run_gets_no_card(
    tiny: SentenceEncoder, tmp_path: Path, change: str
):
    body, pooling = tiny.model[0].auto_model.config, tiny.model[1]
    if change == "model":
        body.model_type = "xlm-roberta"
    elif change == "activation":
        body.hidden_act = "relu"
    else:
        pooling.pooling_mode = "cls"
    tiny.save(tmp_path / "kept", name="kept")
    assert (tmp_path / "kept" / "model.safetensors").is_file()
    assert not (tmp_path / "kept" / "finmatch-encoder.json").exists()


def test_an_encoder_of_another_make(tiny: SentenceEncoder):
    del tiny.model[0].auto_model.encoder
    with pytest.raises(ArgumentError, match="cannot be adapted: it must have a word table"):
        UpperLayers(tiny, TEXTS, settings=QUICK)


def test_a_text_longer_than_the_model_reads(tiny: SentenceEncoder, tmp_path: Path):
    tiny.save(tmp_path / "kept", name="kept")
    light = LightEncoder(tmp_path / "kept")
    odd = ["red " * 100_000, "red", "r", "\x00red\x1f", "红 red"]
    np.testing.assert_allclose(light.encode(odd), tiny.encode(odd), atol=1e-5)


def test_an_adapted_folder_is_opened_when_the_first_text_comes(
    tiny: SentenceEncoder, tmp_path: Path
):
    tiny.save(tmp_path / "mine", name="mine")
    opened = open_encoder("mine", cache=tmp_path / "cache", adapted=tmp_path)
    assert isinstance(opened, DeferredEncoder)
    assert opened.info == LightEncoder(tmp_path / "mine").info
    (tmp_path / "mine" / "model.safetensors").unlink()
    with pytest.raises(BundleDamagedError, match="cannot be read"):
        opened.encode(["red"])
