"""``finmatch recommend``, ``pipeline`` and ``explain`` over a small demo world."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.store import Store
from features.links import Links
from matcher.open_needs import NeedBook
from service.cli import horizon
from tests.service.conftest import DEMO_DAY, Finmatch, Outcome

AS_OF = ("--as-of", DEMO_DAY.isoformat())


@pytest.fixture(scope="module")
def catalogue(demo_home: Path) -> Catalogue:
    with Store.open(f"sqlite:///{demo_home}/finmatch.db") as store:
        return store.load_catalogue()


@pytest.fixture(scope="module")
def open_need(catalogue: Catalogue) -> str:
    """The last need that was stated: nobody had time to fund it."""
    days = catalogue.needs.dates("stated_on")
    stated = [
        (str(day), key)
        for day, key, firm in zip(
            days, catalogue.needs.ids.ids, catalogue.needs.strings("firm_id"), strict=True
        )
        if firm is not None
    ]
    return max(stated)[1]


@pytest.fixture
def ask(finmatch: Finmatch, demo_home: Path) -> Finmatch:
    """Run a verb over the demo home as of its last day."""

    def run(*arguments: object) -> Outcome:
        return finmatch(*arguments, "--home", demo_home, *AS_OF)

    return run


# ---------------------------------------------------------------- recommend


def test_a_need_gets_offers_of_its_kind_with_reasons(ask: Finmatch, open_need: str):
    found = ask("recommend", open_need, "--json").json
    assert found["need_id"] == open_need
    assert not found["implied"]
    assert found["items"]
    first = found["items"][0]
    assert 0 <= first["score"] <= 100
    assert 0 < first["probability"] < 1
    assert first["reasons"][0]["zh"]
    assert first["reasons"][0]["en"]
    assert first["offer_name"]
    assert [item["rank"] for item in found["items"]] == list(range(1, len(found["items"]) + 1))
    assert len({item["kind"] for item in found["items"]}) == 1
    assert found["excluded"]["offer.kind"] > 0
    assert found["model_version"] == f"{DEMO_DAY}.1"


def test_the_list_is_shown_as_text(ask: Finmatch, open_need: str):
    shown = ask("recommend", open_need, "-k", "2")
    assert shown.code == 0
    assert shown.err == ""
    assert "Need: " in shown.out
    assert "offers looked at" in shown.out
    assert "Left out by rule: Kind" in shown.out
    assert shown.out.rstrip().endswith("A match score, not a credit rating. Model 2026-07-01.1.")
    assert max(map(len, shown.out.splitlines())) <= 100


def test_chinese_output_says_what_it_is_not(ask: Finmatch, open_need: str):
    shown = ask("recommend", open_need, "--lang", "zh").out
    assert "匹配度，非信用评价" in shown
    assert "需求：" in shown


def test_a_firm_is_asked_for_by_its_latest_open_need(
    ask: Finmatch, catalogue: Catalogue, open_need: str
):
    firm = str(catalogue.needs.get(open_need).firm_id)  # type: ignore[union-attr]
    assert ask("recommend", firm, "--json").json["need_id"] == open_need


def test_a_firm_can_be_named(ask: Finmatch, catalogue: Catalogue, open_need: str):
    firm_id = str(catalogue.needs.get(open_need).firm_id)  # type: ignore[union-attr]
    name = catalogue.firms.get(firm_id).name  # type: ignore[union-attr]
    assert ask("recommend", name, "--json").json["firm_id"] == firm_id


def test_kinds_can_be_asked_for(ask: Finmatch, open_need: str):
    chosen = ask("recommend", open_need, "--kind", "service", "--kind", "insurance", "--json").json
    assert {item["kind"] for item in chosen["items"]} <= {"service", "insurance"}
    every = ask("recommend", open_need, "--kind", "all", "-k", "1", "--json").json
    assert {item["rank"] for item in every["items"]} == {1}
    assert "offer.kind" not in every["excluded"]


def test_a_firm_without_a_need_sees_every_kind(ask: Finmatch, tmp_path: Path):
    profile = tmp_path / "firm.json"
    profile.write_text(
        json.dumps({"firm": {"name": "甲", "province": "江苏省", "city": "苏州市"}}), "utf-8"
    )
    found = ask("recommend", "--profile", profile, "-k", "1", "--json").json
    assert found["implied"]
    assert len({item["kind"] for item in found["items"]}) > 2
    assert "offer.kind" not in found["excluded"]
    scores = [item["score"] for item in found["items"]]
    assert scores == sorted(scores, reverse=True)


def test_a_profile_states_its_need(ask: Finmatch, tmp_path: Path):
    profile = tmp_path / "firm.json"
    said = {
        "firm": {"name": "苏州示例科技有限公司", "province": "江苏省", "city": "苏州市"},
        "need": {"kind": "debt", "amount": "100万元"},
    }
    profile.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    shown = ask("recommend", "--profile", profile)
    assert shown.out.startswith("苏州示例科技有限公司\n苏州市\nNeed: debt · CNY 1 million")
    strict = ask("recommend", "--profile", profile, "--strict", "--json").json
    assert all(item["verdict"] in ("met", "not_applicable") for item in strict["items"])


def test_nothing_to_recommend_is_said_and_why(ask: Finmatch, tmp_path: Path):
    profile = tmp_path / "firm.json"
    said = {"firm": {"name": "A"}, "need": {"kind": "debt", "amount": "900亿元"}}
    profile.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    shown = ask("recommend", "--profile", profile, "--strict")
    assert shown.code == 0
    assert "There is no offer to recommend." in shown.out
    assert "Amount" in shown.out
    assert "Without --strict" in shown.error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recommend"], "Give either the id of a firm or need, or a --profile."),
        (["recommend", "firm_demo_0", "--profile", "x.json"], "Give either the id"),
        (["recommend", "firm_demo_000001"], "Nobody has the id or name 'firm_demo_000001'. Near: "),
        (["recommend", "--profile", "nowhere.json"], "nowhere.json"),
        (["recommend", "firm_demo_0000001", "-k", "0"], "-k"),
        (["recommend", "firm_demo_0000001", "--kind", "gold"], "--kind cannot be gold; choose"),
        (["pipeline", "firm_demo_0000001"], "Nobody has the id or name 'firm_demo_0000001'."),
        (["explain", "firm_demo_0000001", "offer_x"], "Nobody has the id or name 'offer_x'."),
    ],
)
def test_wrong_questions_are_one_line(
    ask: Finmatch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    arguments: list[str], message: str,
):  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ended = ask(*arguments)
    assert ended.code in (1, 2)
    assert message in ended.error


# ---------------------------------------------------------------- pipeline


def fund_of(catalogue: Catalogue) -> str:
    kinds = catalogue.institutions.strings("kind").tolist()
    return catalogue.institutions.ids.ids[kinds.index("fund")]


def test_an_institution_gets_firms_once_each(ask: Finmatch, catalogue: Catalogue):
    found = ask("pipeline", fund_of(catalogue), "--json").json
    firms = [item["firm_id"] or item["base_id"] for item in found["items"]]
    assert firms
    assert len(set(firms)) == len(firms)
    assert {item["offer_id"] for item in found["items"]} <= set(found["offer_ids"])


def test_only_stated_needs_where_asked_for(ask: Finmatch, catalogue: Catalogue):
    found = ask("pipeline", fund_of(catalogue), "--stated-only", "-k", "3", "--json").json
    assert not any(item["implied"] for item in found["items"])
    assert len(found["items"]) <= 3


def test_the_pipeline_is_shown_as_text(ask: Finmatch, catalogue: Catalogue):
    fund = fund_of(catalogue)
    shown = ask("pipeline", fund, "--lang", "zh")
    assert shown.code == 0
    assert shown.out.splitlines()[1] == fund
    assert "· 基金" in shown.out
    assert "需求：" in shown.out


def test_one_offer_has_a_pipeline_of_its_own(ask: Finmatch, catalogue: Catalogue):
    offer = catalogue.offers.ids.ids[0]
    found = ask("pipeline", offer, "--json").json
    assert found["offer_ids"] == [offer]
    name = str(catalogue.offers.get(offer).name)  # type: ignore[union-attr]
    assert ask("pipeline", offer).out.startswith(name)


# ---------------------------------------------------------------- explain


def test_a_pair_is_explained_and_adds_up(ask: Finmatch, catalogue: Catalogue, open_need: str):
    offer = ask("recommend", open_need, "--json").json["items"][0]["offer_id"]
    story = ask("explain", open_need, offer, "--json").json
    assert story["offer_id"] == offer
    assert story["base"] + sum(story["themes"].values()) == pytest.approx(story["raw_score"])
    total = story["base"] + sum(share["contribution"] for share in story["features"])
    assert total == pytest.approx(story["raw_score"])
    shown = ask("explain", open_need, offer, "--lang", "zh").out
    assert "原始得分（以上之和）" in shown
    assert "offer.kind v1" in shown
    assert catalogue.offers.get(offer).name in shown  # type: ignore[union-attr]


def test_a_pair_that_does_not_fit_is_explained_as_well(
    ask: Finmatch, catalogue: Catalogue, open_need: str
):
    kinds = catalogue.offers.strings("kind")
    kind = catalogue.needs.get(open_need).kind  # type: ignore[union-attr]
    row = int((kinds != kind).argmax())
    shown = ask("explain", open_need, catalogue.offers.ids.ids[row]).out
    assert "✗ unmet" in shown


def test_a_firm_without_a_need_is_explained_as_it_is_recommended(
    ask: Finmatch, catalogue: Catalogue
):
    book, day = NeedBook.from_catalogue(catalogue, Links.from_catalogue(catalogue)), DEMO_DAY
    rows = range(len(catalogue.firms))
    row = next(row for row in rows if book.find_open(row, np.datetime64(day)) is None)
    firm = catalogue.firms.ids.ids[row]
    found = ask("recommend", firm, "-k", "1", "--json").json
    assert found["implied"]
    last = found["items"][-1]
    story = ask("explain", firm, last["offer_id"], "--json").json
    assert story["score"] == last["score"]
    assert story["kind"] == last["kind"]


def test_a_list_for_a_day_before_the_models_own_says_so(
    finmatch: Finmatch, demo_home: Path, open_need: str
):
    past = finmatch("recommend", open_need, "--home", demo_home, "--as-of", "2026-06-30")
    assert past.code == 0
    assert "this list holds what nobody knew then" in past.error


def test_a_store_that_ended_long_ago_counts_from_its_end(
    finmatch: Finmatch, demo_home: Path, open_need: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(horizon, "today", lambda: dt.date(2031, 1, 1))
    shown = finmatch("recommend", open_need, "--home", demo_home)
    assert shown.code == 0
    assert "counts as today (--as-of names another day)" in shown.error


# ---------------------------------------------------------------- without a model


def test_without_a_model_the_remedy_is_told(finmatch: Finmatch, own_demo_home: Path):
    shutil.rmtree(own_demo_home / "bundles")
    ended = finmatch("recommend", "firm_demo_0000001", "--home", own_demo_home)
    assert ended.code == 1
    assert ended.error.startswith("error (no bundle): No bundle below")
    assert "Train one" in ended.error


def test_a_damaged_model_is_refused(finmatch: Finmatch, own_demo_home: Path):
    (ranker,) = own_demo_home.glob("bundles/*/firm/ranker-00.txt")
    ranker.write_text("x", encoding="utf-8")
    ended = finmatch("pipeline", "inst_demo_00000", "--home", own_demo_home)
    assert ended.code == 1
    assert ended.error.startswith("error (damaged bundle): ")
    assert "roll back" in ended.error


def test_without_a_store_the_remedy_is_told(finmatch: Finmatch):
    ended = finmatch("recommend", "firm_1")
    assert ended.code == 2
    assert "Import something first" in ended.error


class TestAFirmOfNoStore:
    """A profile among the firms of the store, and answers that are kept."""

    def profile(self, tmp_path, **need):
        path = tmp_path / "firm.json"
        firm = {"name": "外来有限公司", "city": "苏州市", "province": "江苏省"}
        stated = {"kind": "debt", "amount": "100万元", "purpose": "流动资金周转", **need}
        path.write_text(json.dumps({"firm": firm, "need": stated}), encoding="utf-8")
        return path

    def test_it_is_ranked_in_a_pipeline(self, finmatch, demo_home, tmp_path):
        found = finmatch(
            "recommend", "--profile", self.profile(tmp_path), "--home", demo_home, "--json"
        )
        owner = found.json["items"][0]["institution_id"]
        path = self.profile(tmp_path)
        listed = finmatch("pipeline", owner, "--profile", path, "--home", demo_home, "--json")
        (item,) = listed.json["profile"]["items"]
        assert item["firm_id"] == "firm_profile"
        assert item["firm_name"] == "外来有限公司"

    def test_what_keeps_it_out_is_said(self, finmatch, demo_home, tmp_path):
        everything = finmatch("recommend", "--profile", self.profile(tmp_path), "--kind", "equity",
                              "--home", demo_home, "--json").json["items"]  # fmt: skip
        path = self.profile(tmp_path)
        said = finmatch(
            "pipeline", everything[0]["institution_id"], "--profile", path, "--home", demo_home
        )
        assert said.code == 0
        assert "kept out by conditions" in said.out

    def test_kept_answers_can_be_replayed(self, finmatch, own_demo_home, tmp_path):
        path = self.profile(tmp_path)
        found = finmatch(
            "recommend", "--profile", path, "--keep", "--home", own_demo_home, "--json"
        )
        for item in found.json["items"]:
            again = finmatch("rules", "replay", item["answer_id"], "--home", own_demo_home)
            assert again.code == 0
