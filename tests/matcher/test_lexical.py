from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue import NO_ROW
from data.errors import ArgumentError, BundleDamagedError, BundleMissingError
from matcher.lexical import BM25_B, BM25_K1, SIZE_FILE, LexicalIndex, tokenize

OFFERS = [
    "科技型企业信用贷款，最高500万元",
    "知识产权质押贷款",
    "AI and semiconductor seed fund",
    "",
    "农业保险",
]


def test_han_runs_become_characters_and_pairs():
    assert tokenize("知识产权") == ["知", "识", "产", "权", "知识", "识产", "产权"]


def test_latin_words_are_lower_cased_and_digits_kept():
    assert tokenize("Seed-Stage AI, Series B2 (2013)") == [
        "seed", "stage", "ai", "series", "b2", "2013",
    ]  # fmt: skip


def test_full_width_forms_are_folded():
    assert tokenize("ＡＩ芯片５００") == ["ai", "芯", "片", "芯片", "500"]


def test_scripts_are_split_where_they_meet():
    assert tokenize("5G基站a轮") == ["5g", "基", "站", "基站", "a", "轮"]


@pytest.mark.parametrize("text", ["", " ", "\x00\x01\x1b", "，。！？---___", "\u200b\ufeff"])
def test_texts_without_words_have_no_tokens(text):
    assert tokenize(text) == []


@given(st.text(max_size=60))
def test_any_text_can_be_split_and_found(text):
    tokens = tokenize(text)
    assert all(tokens)
    index = LexicalIndex.build([text, "贷款", ""])
    assert index.scores(text).shape == (3,)
    if tokens:
        assert index.search(text, 1)[1].tolist() == [0] or "贷" in text or "款" in text


def test_the_offer_that_shares_the_rare_words_wins():
    index = LexicalIndex.build(OFFERS)
    assert len(index) == 5
    assert index.search("想用知识产权质押融资", 1)[1].tolist() == [1]
    assert index.search("A SEED round for semiconductors AI", 1)[1].tolist() == [2]
    assert index.search("农业", 3)[1].tolist()[0] == 4


def test_the_score_is_bm25_by_hand():
    """Two texts of one and three tokens; "b" is in one of two."""
    index = LexicalIndex.from_tokens([["a"], ["a", "b", "b"]])
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    tf = 2 / (2 + BM25_K1 * (1 - BM25_B + BM25_B * 3 / 2))
    np.testing.assert_allclose(index.scores(["b"]), [0, idf * tf], rtol=1e-6)


def test_repeating_a_query_word_changes_nothing():
    index = LexicalIndex.build(OFFERS)
    np.testing.assert_array_equal(index.scores("贷款" * 50), index.scores("贷款贷"))


def test_unknown_words_and_empty_queries_score_nothing():
    index = LexicalIndex.build(OFFERS)
    for query in ("", "zzz", "\x00", "龘"):
        assert not index.scores(query).any()
        assert index.search(query, 2)[1].tolist() == [NO_ROW, NO_ROW]


def test_only_eligible_texts_are_found():
    index = LexicalIndex.build(OFFERS)
    eligible = np.array([False, True, True, True, True])
    scores, rows = index.search("贷款", 3, eligible=eligible)
    assert rows.tolist() == [1, NO_ROW, NO_ROW]
    assert scores[0] > 0
    assert scores[1:].tolist() == [0, 0]


def test_equal_scores_come_in_row_order():
    assert LexicalIndex.build(["贷款"] * 4).search("贷款", 4)[1].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("texts", [[], [""], ["", "，"]])
def test_an_index_without_words_answers_with_nothing(texts, tmp_path):
    index = LexicalIndex.build(texts)
    index.save(tmp_path / "lexical")
    for one in (index, LexicalIndex.load(tmp_path / "lexical")):
        assert one.scores("贷款").tolist() == [0] * len(texts)
        assert one.search("贷款", 1)[1].tolist() == [NO_ROW]


def test_one_character_and_a_hundred_thousand_are_fine():
    long = "融资租赁" * 25_000
    index = LexicalIndex.build(["贷", long, "保"])
    assert index.search("贷", 1)[1].tolist() == [0]
    assert index.search(long, 1)[1].tolist() == [1]


def test_saving_and_loading_changes_nothing(tmp_path):
    index = LexicalIndex.build(OFFERS)
    index.save(tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert len(loaded) == 5
    for query in ("贷款", "AI fund", "没有"):
        np.testing.assert_array_equal(loaded.scores(query), index.scores(query))
    assert not [p for p in (tmp_path / "lexical").iterdir() if p.suffix not in (".npy", ".json")]


def test_a_missing_or_damaged_index_is_named(tmp_path):
    folder = tmp_path / "lexical"
    with pytest.raises(BundleMissingError, match="no lexical index in"):
        LexicalIndex.load(folder)
    LexicalIndex.build(OFFERS).save(folder)
    (folder / SIZE_FILE).write_text(json.dumps({"n_texts": 4, "has_tokens": True}))
    with pytest.raises(BundleDamagedError, match="damaged"):
        LexicalIndex.load(folder)
    (folder / SIZE_FILE).write_text("{")
    with pytest.raises(BundleDamagedError, match="damaged"):
        LexicalIndex.load(folder)
    LexicalIndex.build(OFFERS).save(folder)
    next(folder.glob("data*.npy")).write_bytes(b"")
    with pytest.raises(BundleDamagedError, match="damaged"):
        LexicalIndex.load(folder)
    next(folder.glob("data*.npy")).unlink()
    with pytest.raises(BundleDamagedError, match="damaged"):
        LexicalIndex.load(folder)


def test_bad_searches_are_refused():
    index = LexicalIndex.build(OFFERS)
    with pytest.raises(ArgumentError, match="positive integer; got -3"):
        index.search("贷款", -3)
    with pytest.raises(ArgumentError, match=r"shape \(5,\); got \(2,\)"):
        index.search("贷款", 1, eligible=np.array([True, False]))


@settings(max_examples=25)
@given(st.permutations(range(len(OFFERS))))
def test_the_order_of_the_texts_does_not_change_their_scores(order):
    plain = LexicalIndex.build(OFFERS).scores("科技贷款 fund")
    mixed = LexicalIndex.build([OFFERS[i] for i in order]).scores("科技贷款 fund")
    np.testing.assert_allclose(mixed, plain[list(order)], rtol=1e-6)


def test_the_ceiling_is_the_weight_of_all_tokens():
    index = LexicalIndex.build(["seed loan", "loan"])
    rare, common, unheard = (math.log(1 + (2 - n + 0.5) / (n + 0.5)) for n in (1, 2, 0))
    assert index.ceiling("seed loan loan") == pytest.approx(rare + common)
    assert index.ceiling("nobody") == pytest.approx(unheard)
    assert index.ceiling("") == 0
    assert LexicalIndex.build([""]).ceiling("a") > 0


def test_texts_below_the_least_share_are_left_out():
    index = LexicalIndex.build(["seed loan", "loan", "insurance"])
    assert index.search("seed loan", 3)[1].tolist() == [0, 1, NO_ROW]
    assert index.search("seed loan", 3, least_share=0.2)[1].tolist() == [0, NO_ROW, NO_ROW]
    assert (index.scores("seed loan") < index.ceiling("seed loan")).all()
