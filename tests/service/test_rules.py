"""``finmatch rules`` and ``finmatch checkup``, and rules inside recommend, explain and pipeline."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.catalogue import Catalogue
from data.store import Store
from tests.service.conftest import DEMO_DAY, Finmatch, Outcome

AS_OF = ("--as-of", DEMO_DAY.isoformat())

RULES = """\
rules:
  - id: own.research
    version: "1"
    title: {zh: 研发占比要求, en: Research demanded}
    source: 产品手册第3条
    kinds: [debt]
    require:
      rd_share: {min: 90%}
"""
WRONG = """\
rules:
  - id: a
    version: "1"
    require: {employees: {min: 9, max: 3}}
  - id: b
    version: "1"
    require:
      revenue: {min: 300}
"""
PROFILE = {
    "firm": {
        "name": "苏州示例科技有限公司", "province": "江苏省", "city": "苏州市", "industry": "C3971",
        "revenue": "1000万元", "rd_expense": "46万元", "employees": 18, "founded_on": "2022-05-01",
        "size_class": "小型", "tax_grade": "B", "assets": "800万元", "liabilities": "300万元",
    },
    "need": {"kind": "debt", "amount": "100万元", "term_months": 12, "purpose": "流动资金周转"},
    "facts": {"hired_eligible": 0, "veto": "无", "startup_loans": 0},
}  # fmt: skip


@pytest.fixture
def rules_file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "firm.json"
    path.write_text(json.dumps(PROFILE, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def ruled(finmatch: Finmatch, own_demo_home: Path, rules_file: Path) -> Finmatch:
    """Run a verb over a demo home with a rule that no loan survives."""
    added = finmatch("rules", "import", rules_file, "--home", own_demo_home)
    assert added.out == "1 versions added, 0 given their last day, 0 unchanged.\n"

    def run(*arguments: object) -> Outcome:
        return finmatch(*arguments, "--home", own_demo_home)

    return run


def catalogue_of(home: Path) -> Catalogue:
    with Store.open(f"sqlite:///{home}/finmatch.db") as store:
        return store.load_catalogue()


# ---------------------------------------------------------------- files


def test_every_error_is_listed_with_its_line(finmatch: Finmatch, tmp_path: Path):
    path = tmp_path / "wrong.yaml"
    path.write_text(WRONG, encoding="utf-8")
    ended = finmatch("rules", "validate", path)
    assert ended.code == 1
    assert "wrong.yaml:4 rules[0].require.employees" in ended.out
    assert "wrong.yaml:8 rules[1].require.revenue.min" in ended.out
    found = finmatch("rules", "validate", path, "--json").json["faults"]
    assert [fault["line"] for fault in found] == [4, 8]
    refused = finmatch("rules", "import", path)
    assert refused.code == 2
    assert "2 errors" in refused.error


def test_good_rules_are_said_to_be_good(finmatch: Finmatch, rules_file: Path):
    ended = finmatch("rules", "validate", rules_file)
    assert (ended.code, ended.out) == (0, "1 rules, no errors.\n")


def test_the_schema_is_json(finmatch: Finmatch, tmp_path: Path):
    assert finmatch("rules", "schema").json["properties"]["rules"]
    path = tmp_path / "schema.json"
    assert finmatch("rules", "schema", "--out", path).code == 0
    assert json.loads(path.read_text("utf-8"))["$defs"]["rule"]


@pytest.mark.parametrize("name", ["rules.yaml", "rules.xlsx", "rules.json"])
def test_rules_go_out_and_come_in_again(finmatch: Finmatch, tmp_path: Path, name: str):
    path = tmp_path / name
    assert finmatch("rules", "export", "--out", path).code == 0
    assert finmatch("rules", "validate", path).code == 0


def test_a_foreign_format_is_refused(finmatch: Finmatch, tmp_path: Path):
    ended = finmatch("rules", "export", "--out", tmp_path / "rules.txt")
    assert ended.code == 2
    assert ".yaml" in ended.error


def test_the_list_shows_what_holds_on_a_day(finmatch: Finmatch):
    def version(on):
        found = finmatch("rules", "list", "--on", on, "--json").json["rules"]
        return {rule["rule_id"]: rule["version"] for rule in found}["cn.little_giant"]

    assert (version("2026-03-31"), version("2026-04-01")) == ("2022", "2026")
    assert "partly unconfirmed" in finmatch("rules", "list").out


def test_one_rule_is_shown_with_all_its_versions(finmatch: Finmatch):
    shown = finmatch("rules", "show", "cn.specialised_sme", "--on", "2026-04-01")
    assert "工信部企业〔2026〕2号" in shown.out
    assert "version 2022" in shown.out
    gone = finmatch("rules", "show", "cn.nothing")
    assert gone.code == 2
    assert "cn.nothing" in gone.error


def test_facts_are_listed(finmatch: Finmatch):
    names = {fact["name"] for fact in finmatch("rules", "facts", "--json").json["facts"]}
    assert {"revenue", "veto", "rd_share"} <= names
    assert "补充信息" in finmatch("rules", "facts", "--lang", "zh").out


# ---------------------------------------------------------------- rules at work


def test_a_rule_keeps_offers_out_and_the_list_says_so(ruled: Finmatch, profile: Path):
    found = ruled("recommend", "--profile", profile, "--json").json
    assert found["items"] == []
    assert found["excluded"]["own.research"] > 0
    first = found["unblock"][0]
    assert "own.research" in [rule["rule_id"] for rule in first["unmet"]]
    said = first["proposals"][0]["changes"]
    assert any("研发费用占比 4.6% → 90%，研发费用增加约854万元" in change["zh"] for change in said)
    shown = ruled("recommend", "--profile", profile)
    assert "Research demanded" in shown.out


def test_every_condition_can_be_listed_with_its_version(ruled: Finmatch, tmp_path: Path):
    path = tmp_path / "bare.json"
    path.write_text(json.dumps({"firm": PROFILE["firm"]}, ensure_ascii=False), encoding="utf-8")
    shown = ruled("recommend", "--profile", path, "--details").out
    assert "offer.kind v1" in shown
    assert "offer.kind v1" not in ruled("recommend", "--profile", path).out


def test_explain_takes_the_rule_apart(ruled: Finmatch, own_demo_home: Path, profile: Path):
    kinds = catalogue_of(own_demo_home).offers
    loan = kinds.ids.ids[kinds.strings("kind").tolist().index("debt")]
    found = ruled("explain", "--profile", profile, loan, "--keep", "--json").json
    (detail,) = found["conditions"]["own.research"]
    assert (detail["value"], detail["known_en"]) == ("unmet", "4.6%")
    assert {"rule_id": "own.research", "version": "1", "value": "unmet"}.items() <= next(
        rule for rule in found["eligibility"] if rule["rule_id"] == "own.research"
    ).items()
    shown = ruled("explain", "--profile", profile, loan)
    assert "Research demanded  own.research v1  source: 产品手册第3条" in shown.out
    assert "✗ R&D share of revenue ≥ 90% (known: 4.6%)" in shown.out
    again = ruled("rules", "replay", found["answer_id"], "--json")
    assert again.code == 0
    assert again.json["same"]
    assert {"own.research": "1"}.items() <= {
        rule["rule_id"]: rule["version"] for rule in again.json["rules"]
    }.items()
    assert ruled("rules", "replay", "answer_none").code == 2


def test_explain_wants_a_pair(ruled: Finmatch):
    ended = ruled("explain", "offer_demo_00000")
    assert ended.code == 2
    assert "Give a firm or need and an offer" in ended.error


def test_the_pipeline_applies_the_same_rules(ruled: Finmatch, own_demo_home: Path):
    offers = catalogue_of(own_demo_home).offers
    loan = offers.ids.ids[offers.strings("kind").tolist().index("debt")]
    found = ruled("pipeline", loan, *AS_OF, "--json").json
    assert found["excluded"]["own.research"] > 0
    assert "Research demanded" in ruled("pipeline", loan, *AS_OF).out
    for item in found["items"]:
        rule = next(rule for rule in item["eligibility"] if rule["rule_id"] == "own.research")
        assert rule["value"] != "unmet"


# ---------------------------------------------------------------- checkup, tables, facts


def test_the_checkup_says_what_to_look_after(
    finmatch: Finmatch, demo_home: Path, profile: Path, tmp_path: Path
):
    arguments = ("checkup", "--profile", profile, "--home", demo_home, *AS_OF)
    found = finmatch(*arguments, "--json").json
    assert found["missing"]
    assert found["openers"][0]["offers"]
    by_money = finmatch(*arguments, "--by-money", "--json").json["openers"]
    money = [one["money_minor"].get("CNY", 0) for one in by_money]
    assert money == sorted(money, reverse=True)
    assert "Missing data" in finmatch(*arguments).out
    assert "健康" not in finmatch(*arguments, "--lang", "zh").err
    odd = {**PROFILE, "firm": {**PROFILE["firm"], "company_code": "9132", "tax_grade": "A",
                               "founded_on": "2025-05-01", "size_class": "中型"}}  # fmt: skip
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(odd, ensure_ascii=False), encoding="utf-8")
    codes = [
        oddity["code"]
        for oddity in finmatch(
            "checkup", "--profile", path, "--home", demo_home, *AS_OF, "--json"
        ).json["oddities"]
    ]
    assert codes == ["company_code_length", "young_grade_a", "size_class"]


def test_a_firm_may_come_as_a_table_of_one_row(finmatch: Finmatch, demo_home: Path, tmp_path: Path):
    path = tmp_path / "firm.csv"
    path.write_text(
        "企业名称,省份,城市,需求类型,融资金额,core_ip,负面记录\n"
        "苏州示例科技有限公司,江苏省,苏州市,贷款,100万元,,无\n",
        encoding="utf-8",
    )
    found = finmatch("recommend", "--profile", path, "--home", demo_home, *AS_OF, "--json").json
    assert found["items"]
    assert {item["kind"] for item in found["items"]} == {"debt"}
    path.write_text("企业名称\n甲\n乙\n", encoding="utf-8")
    two = finmatch("recommend", "--profile", path, "--home", demo_home)
    assert two.code == 2
    assert "2 rows" in two.error


def test_a_firm_with_nothing_but_a_name_is_answered(
    finmatch: Finmatch, demo_home: Path, tmp_path: Path
):
    path = tmp_path / "firm.json"
    path.write_text(json.dumps({"firm": {"name": "甲"}}), encoding="utf-8")
    found = finmatch("checkup", "--profile", path, "--home", demo_home, *AS_OF, "--json")
    assert found.code == 0
    listed = finmatch("recommend", "--profile", path, "--home", demo_home, *AS_OF, "--json").json
    assert listed["items"]


def test_stated_facts_answer_rules_and_run_out(
    ruled: Finmatch, own_demo_home: Path, tmp_path: Path
):
    firm = catalogue_of(own_demo_home).firms.ids.ids[0]
    path = tmp_path / "facts.csv"
    path.write_text(
        f"subject_id,name,value,known_on,expires_on\n{firm},rd_share,95%,2026-01-01,2026-12-31\n",
        encoding="utf-8",
    )
    assert ruled("rules", "state", path).out == "1 facts stored.\n"

    def answered(day):
        found = ruled("recommend", firm, "--kind", "debt", "--as-of", day, "--json").json
        return found["excluded"].get("own.research", 0)

    assert answered("2026-07-01") == 0
    assert answered("2027-01-01") >= 0
    ending = ruled("checkup", firm, "--as-of", "2026-12-01", "--json").json["ending"]
    assert [one["fact"] for one in ending] == ["rd_share"]
    path.write_text(
        f"subject_id,name,value\n{firm},colour,red\n{firm},rd_share,5\n,veto,无\n", encoding="utf-8"
    )
    wrong = ruled("rules", "state", path)
    assert wrong.code == 2
    assert "facts.csv:2" in wrong.error
    assert "facts.csv:3" in wrong.error
    assert "facts.csv:4" in wrong.error


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"colour": 1}, "There is no fact 'colour'"),
        ({"revenue": "1万元"}, "column of the firm or need"),
        ({"total_credit": 5}, "It has no unit"),
    ],
)
def test_wrong_facts_of_a_profile(
    finmatch: Finmatch, demo_home: Path, tmp_path: Path, facts: dict, said: str
):
    path = tmp_path / "firm.json"
    path.write_text(json.dumps({"firm": {"name": "甲"}, "facts": facts}), encoding="utf-8")
    ended = finmatch("recommend", "--profile", path, "--home", demo_home)
    assert ended.code == 2
    assert said in ended.error
