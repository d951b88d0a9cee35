"""Adapting the encoder: which deals it may see, and a tiny model that learns a code."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.errors import ArgumentError, EmptyInputError
from features.encoder import sentence
from features.encoder.sentence import AdaptSettings, SentenceEncoder, adapt
from training.encoder import TextDeals, deal_ndcg, mine_triples, read_deals, train_encoder

WORDS = ["red", "blue", "green", "tin", "salt", "wood"]
CODE = dict(zip(WORDS[:3], WORDS[3:], strict=True))
"""What must be learned: a need in colours meets the offer in materials."""


@pytest.fixture
def tiny(tmp_path: Path) -> SentenceEncoder:
    """A model of one layer and eight numbers that knows six words."""
    if not sentence.is_installed():
        pytest.skip("the extra `encoder` is not installed")
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    vocabulary = {word: at for at, word in enumerate(["<pad>", "<unk>", *WORDS])}
    words = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path / "tiny"
    PreTrainedTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", pad_token="<pad>", model_max_length=16
    ).save_pretrained(folder)
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=8,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=16,
            max_position_embeddings=16,
        )
    ).save_pretrained(folder)
    model = SentenceTransformer(str(folder), device="cpu")
    model.save(str(tmp_path / "model"))
    return SentenceEncoder(str(tmp_path / "model"))


def coded(n: int, start: dt.date) -> TextDeals:
    needs = [WORDS[at % 3] for at in range(n)]
    offers = [WORDS[3:].index(CODE[need]) for need in needs]
    days = [start + dt.timedelta(days=at) for at in range(n)]
    firms = tuple(f"firm_{at}" for at in range(n))
    return TextDeals(
        tuple(needs), firms, np.array(offers), np.array(days, "datetime64[D]"), tuple(WORDS[3:])
    )


def test_a_code_is_learned(tiny: SentenceEncoder, tmp_path: Path):
    deals = coded(30, dt.date(2020, 1, 1))
    rng = np.random.default_rng(0)
    before, fingerprint = deal_ndcg(tiny, deals).mean(), tiny.info.fingerprint
    triples = mine_triples(tiny, deals, rng)
    assert all(own == CODE[need] and other != own for need, own, other in triples)
    steps = adapt(
        tiny,
        triples,
        judge=lambda encoder: float(deal_ndcg(encoder, deals).mean()),
        rng=rng,
        settings=AdaptSettings(rate=1e-2, check_every=10, most_steps=60, patience=4),
    )
    assert steps > 0
    assert deal_ndcg(tiny, deals).mean() > before
    assert tiny.info.fingerprint != fingerprint
    tiny.save(tmp_path / "kept", name="kept")
    again = SentenceEncoder(str(tmp_path / "kept"))
    np.testing.assert_allclose(again.encode(WORDS), tiny.encode(WORDS), atol=1e-5)
    card = json.loads((tmp_path / "kept" / "finmatch-encoder.json").read_text())
    assert card["fingerprint"] == tiny.info.fingerprint


def test_what_got_no_better_stays_as_it_was(tiny: SentenceEncoder):
    fingerprint = tiny.info.fingerprint
    steps = adapt(
        tiny,
        [("red", "tin", "salt")] * 4,
        judge=lambda _: 0.0,
        rng=np.random.default_rng(0),
        settings=AdaptSettings(rate=1e-2, check_every=1, patience=2),
    )
    assert steps == 0
    assert tiny.info.fingerprint == fingerprint


def test_deals_are_parted_by_day():
    deals = coded(10, dt.date(2020, 1, 1))
    early = deals.between(None, dt.date(2020, 1, 4))
    assert early.days.max() < np.datetime64("2020-01-04")
    assert len(early) == 3
    assert len(deals.between(dt.date(2020, 1, 4), dt.date(2020, 1, 6))) == 2


def test_a_history_without_texts_is_refused(tiny: SentenceEncoder, tmp_path: Path):
    with pytest.raises(EmptyInputError, match="needs 20 deals"):
        train_encoder(
            Catalogue.from_records([]), tiny, as_of=dt.date(2020, 1, 1), folder=tmp_path / "new"
        )
    assert not (tmp_path / "new").exists()


def test_a_name_that_is_taken(tiny: SentenceEncoder, tmp_path: Path):
    with pytest.raises(ArgumentError, match="There is already an encoder"):
        train_encoder(Catalogue.from_records([]), tiny, as_of=dt.date(2020, 1, 1), folder=tmp_path)


def test_deals_without_texts_are_left_out(catalogue: Catalogue):
    deals = read_deals(catalogue)
    assert all(deals.texts[offer] for offer in deals.offers)
    assert all(deals.needs)
