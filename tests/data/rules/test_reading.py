"""Rule files: what is read, and every error at once with its line and path."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from data.errors import InputError
from data.rules.book import RuleBook, national_rules
from data.rules.conditions import Bounds, Group, Mode, Named, Never, OneOf, Op, When
from data.rules.files import read_rules, rules_from_plain
from data.rules.json_schema import json_schema
from data.rules.nodes import RuleFaultsError
from data.rules.rule import Rule
from data.rules.sheets import COLUMNS, write_workbook
from data.rules.vocabulary import FACTS
from data.rules.writing import plain_rule, rules_text

WAN = 1_000_000


def rule(require, **keys):
    (found,) = rules_from_plain([{"id": "r", "version": "1", "require": require, **keys}])
    return found


def faults(content) -> list[str]:
    with pytest.raises(RuleFaultsError) as caught:
        rules_from_plain(content)
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def faults_of(require) -> list[str]:
    return faults([{"id": "r", "version": "1", "require": require}])


@pytest.mark.parametrize(
    ("require", "expected"),
    [
        ({"employees": {"min": 5, "max": 300}}, Bounds("employees", 5.0, 300.0)),
        ({"revenue": {"above": "300万元"}},
         Bounds("revenue", 300.0 * WAN, None, True, currency="CNY")),
        ({"revenue": {"below": "1.5亿美元"}},
         Bounds("revenue", None, 15_000.0 * WAN, False, True, "USD")),
        ({"term": {"max": "3年"}}, Bounds("term", None, 36.0)),
        ({"rd_share": {"min": "5%"}}, Bounds("rd_share", 5.0)),
        ({"growth": {"min": "-5%"}}, Bounds("growth", -5.0)),
        ({"day": {"min": "1970-01-31"}}, Bounds("day", 30.0)),
        ({"credential": ["高企", "tech_sme"]}, OneOf("credential", ("high_tech", "tech_sme"))),
        ({"veto": {"not_in": ["失信被执行人"]}}, OneOf("veto", ("dishonest_debtor",), Mode.NONE)),
        ({"collateral": {"all_of": ["房产抵押", "个人保证"]}},
         OneOf("collateral", ("房产抵押", "个人保证"), Mode.ALL)),
        ({"industry": {"in": ["C39"], "not_in": ["C3990"]}},
         Group(Op.ALL, (OneOf("industry", ("C39",)), OneOf("industry", ("C3990",), Mode.NONE)))),
        ({"region": "江苏省"}, OneOf("region", ("江苏省",))),
        ({"resident": True}, OneOf("resident", ("yes",))),
        ({"rule": "cn.high_tech"}, Named("cn.high_tech")),
        ({"quota_left": "0元"}, Never("额度已用完", "The quota is used up.")),
        ({"quota_left": "30万元"}, Bounds("amount", None, 30.0 * WAN, currency="CNY")),
        ({"if": {"employees": {"min": 1}}, "then": {"employees": {"max": 2}}},
         When(Bounds("employees", 1.0), Bounds("employees", None, 2.0))),
        ([{"employees": {"min": 1}}, {"resident": True}],
         Group(Op.ALL, (Bounds("employees", 1.0), OneOf("resident", ("yes",))))),
    ],
)  # fmt: skip
def test_conditions_as_people_write_them(require, expected):
    assert rule(require).require == expected


def test_a_rule_has_its_days_scope_and_guard():
    found = rule(
        {"employees": {"min": 1}}, when={"resident": True}, kinds=["贷款"], offers="o1",
        effective_from="2026-04-01", effective_to=dt.date(2026, 12, 31), title={"zh": "名"},
        unconfirmed=["人数"], source="第3条",
    )  # fmt: skip
    assert isinstance(found.require, When)
    assert (found.scope.kinds, found.scope.offers) == (("debt",), ("o1",))
    assert found.title_en == "名"
    assert not found.in_force(dt.date(2026, 3, 31))
    assert found.in_force(dt.date(2026, 4, 1))
    assert found.in_force(dt.date(2026, 12, 31))
    assert not found.in_force(dt.date(2027, 1, 1))


@pytest.mark.parametrize(
    ("require", "said"),
    [
        ({"employees": {"min": 9, "max": 3}}, "lower bound above its upper"),
        ({"employees": {"above": 3, "max": 3}}, "lower bound above its upper"),
        ({"employees": {"min": 3, "above": 3}}, "exclude each other"),
        ({"employees": 5}, "needs bounds"),
        ({"employees": {}}, "needs bounds"),
        ({"employees": {"min": "3万元"}}, "cannot be used"),
        ({"employees": {"min": True}}, "must be one value"),
        ({"employees": {"least": 3}}, "means nothing"),
        ({"revenue": {"min": 300}}, "It has no unit"),
        ({"revenue": {"min": "300"}}, "names no currency"),
        ({"revenue": {"min": "100-300万元"}}, "not one exact amount"),
        ({"revenue": {"min": "1万元", "max": "2万美元"}}, "two currencies"),
        ({"rd_share": {"min": 5}}, "It has no unit"),
        ({"rd_share": {"min": "五%"}}, "no percentage"),
        ({"age": {"min": 36}}, "It has no unit"),
        ({"day": {"min": "soon"}}, "cannot be used"),
        ({"platform_score": {"min": "many"}}, "no number"),
        ({"platform_score": {"min": -1}}, "is -1"),
        ({"credential": []}, "empty list"),
        ({"credential": {"in": []}}, "empty list"),
        ({"credential": {}}, "lists nothing"),
        ({"credential": ["gold"]}, "cannot be 'gold'"),
        ({"industry": {"in": ["C"], "not_in": ["C"]}}, "accepts and refuses"),
        ({"industry": {"all_of": ["C", "I"]}}, "has one value"),
        ({"region": ["全国"]}, "restricts nothing"),
        ({"resident": "perhaps"}, "true or false"),
        ({"revenu": {"min": 3}}, "There is no fact 'revenu'"),
        ({"all": []}, "it is empty"),
        ({"any": {}}, "needs a list"),
        ({"rule": ""}, "needs the id"),
        ({"judge": ""}, "needs a sentence"),
        ({"judge": {"zh": "x", "fact": "revenue"}}, "is no flag"),
        ({"if": {"resident": True}}, "belong together"),
        ({"score": {"at_least": 5}}, "a list of items"),
        ({"score": 5}, "must be an object"),
        ({"score": {"at_least": 5, "items": [[]]}}, "a list of bands"),
        ({"score": {"at_least": 5, "items": [[{"points": 1}]]}}, "has points and if"),
        ({"score": {"at_least": "x", "items": [[{"points": 1, "if": {"resident": True}}]]}},
         "must be a number"),
        ({}, "must be an object"),
        (None, "must be an object"),
        ("high_tech", "must be an object"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(require, said):
    (found,) = faults_of(require)
    assert said in found
    assert found.startswith("[0].require")


def test_conditions_nested_without_end_are_refused():
    deep = {"resident": True}
    for _ in range(60):
        deep = {"all": [deep]}
    assert "nested deeper" in faults_of(deep)[0]


def test_all_errors_of_all_rules_come_at_once():
    found = faults(
        {"rules": [
            {"id": "a", "version": "1", "require": {"employees": {"min": 9, "max": 3}}},
            {"id": "b 1", "require": {"any": [{"revenu": 1}, {"credential": []}]}, "colour": "red"},
            "nothing",
            {"id": "c", "version": "1", "require": {"resident": True},
             "effective_from": "2026-05-01", "effective_to": "2026-04-01"},
            {"id": "d", "version": "1", "require": {"resident": True}, "kinds": ["gold"],
             "effective_from": "someday"},
            {"version": "1"},
        ]}
    )  # fmt: skip
    assert len(found) == 1 + 5 + 1 + 1 + 2 + 2
    paths = [said.split(":")[0] for said in found]
    assert paths[0] == "rules[0].require.employees"
    assert "rules[1].require.any[0].revenu" in paths
    assert "rules[1].require.any[1].credential" in paths
    assert "rules[3].effective_to" in paths


YAML = """\
rules:
  - id: a
    version: "1"
    require:
      employees:
        min: 30
        max: 3
  - id: b
    version: "1"
    require:
      revenue: {min: 300}
"""


@pytest.mark.parametrize("suffix", [".yaml", ".json"])
def test_faults_name_the_line(tmp_path: Path, suffix: str):
    import yaml

    path = tmp_path / f"rules{suffix}"
    text = YAML if suffix == ".yaml" else json.dumps(yaml.safe_load(YAML), indent=1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFaultsError) as caught:
        read_rules([path])
    lines = {fault.path: fault.line for fault in caught.value.faults}
    listed = text.splitlines()
    assert "employees" in listed[lines["rules[0].require.employees"] - 2 + (suffix == ".json")]
    assert "300" in listed[lines["rules[1].require.revenue.min"] - 1]
    assert f"rules{suffix}:" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "rules: [", "no YAML"),
        ("a.yaml", "", "empty"),
        ("a.yaml", "rules:\n  - id: a\n    id: b\n", "there twice"),
        ("a.yaml", "other: 1", "means nothing"),
        ("a.yaml", "rules: !!python/object:os.system {}", "no rules"),
        ("a.json", "{", "no JSON"),
        ("a.json", "[]", "no rules"),
        ("a.yaml", "a: \x07", "no YAML"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, text: str, said: str):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFaultsError, match=said):
        read_rules([path])


def test_an_alias_that_multiplies_is_stopped(tmp_path: Path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join([*lines, "rules: *a8"]), encoding="utf-8")
    with pytest.raises(RuleFaultsError, match="repeats itself"):
        read_rules([path])


@pytest.mark.parametrize("name", ["rules.txt", "rules.xlsx", "rules.yaml"])
def test_foreign_files_are_input_errors(tmp_path: Path, name: str):
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe\x00garbage")
    with pytest.raises(InputError):
        read_rules([path])


def test_versions_must_not_overlap():
    def version(number, **days):
        return {"id": "a", "version": number, "require": {"resident": True}, **days}

    assert "hold on common days" in faults([version("1"), version("2")])[0]
    assert "there twice" in faults([version("1"), version("1")])[0]
    both = [
        version("1", effective_to="2026-03-31"), version("2", effective_from="2026-04-01"),
    ]  # fmt: skip
    book = RuleBook(rules_from_plain(both))
    assert book.find("a", on=dt.date(2026, 3, 31)).version == "1"
    assert book.find("a", on=dt.date(2026, 4, 1)).version == "2"
    assert book.epoch(dt.date(2026, 3, 31)) != book.epoch(dt.date(2026, 4, 1))
    assert book.epoch(dt.date(2026, 4, 1)) == book.epoch(dt.date(2027, 4, 1))
    assert [rule.version for rule in book.versions("a")] == ["1", "2"]


def test_names_must_lead_somewhere_and_not_in_a_circle():
    def naming(rule_id, other):
        return Rule(
            rule_id=rule_id, version="1", title_zh="", title_en="", source="",
            require=Named(other),
        )  # fmt: skip

    with pytest.raises(RuleFaultsError, match="does not exist"):
        RuleBook([naming("a", "b")])
    with pytest.raises(RuleFaultsError, match="a → b → a"):
        RuleBook([naming("a", "b"), naming("b", "a")])


def test_what_is_written_reads_the_same(tmp_path: Path):
    rules = national_rules()
    assert rules_from_plain({"rules": [plain_rule(rule) for rule in rules]}) == rules
    for name in ("rules.yaml", "rules.json", "rules.xlsx"):
        path = tmp_path / name
        if name.endswith("xlsx"):
            write_workbook(path, rules)
        elif name.endswith("json"):
            path.write_text(json.dumps({"rules": [plain_rule(r) for r in rules]}), "utf-8")
        else:
            path.write_text(rules_text(rules), encoding="utf-8")
        assert read_rules([path]) == rules


def test_a_workbook_is_one_condition_a_row(tmp_path: Path):
    path = tmp_path / "rules.xlsx"
    write_workbook(path, rules_from_plain([
        {"id": "a", "version": "1", "offers": ["o1", "o2"], "require": {"all": [
            {"employees": {"min": 3, "max": 9}},
            {"any": [{"credential": ["high_tech"]}, {"resident": True}]},
            {"none": [{"veto": ["dishonest_debtor"]}]},
        ]}},
    ]))  # fmt: skip
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for row in load_workbook(path).active.iter_rows(min_row=2, values_only=True)
    ]
    assert [row["group"] for row in rows] == ["all", "any 1", "any 1", "none"]
    assert [row["fact"] for row in rows] == ["employees", "credential", "resident", "veto"]
    assert rows[0]["offers"] == "o1、o2"
    assert rows[2]["is"] == "true"


def test_errors_in_a_workbook_name_its_row(tmp_path: Path):
    book = Workbook()
    sheet = book.active
    sheet.append(["id", "version", "fact", "min", "max", "in"])
    sheet.append(["a", "1", "employees", 9, 3, None])
    sheet.append(["a", "1", "revenue", 300, None, None])
    sheet.append([None] * 6)
    sheet.append(["b", "1", "credential", None, None, "gold、high_tech"])
    path = tmp_path / "rules.xlsx"
    book.save(path)
    with pytest.raises(RuleFaultsError) as caught:
        read_rules([path])
    assert [fault.line for fault in caught.value.faults] == [2, 3, 5]


def test_a_workbook_needs_its_columns(tmp_path: Path):
    book = Workbook()
    book.active.append(["rule", "fact"])
    path = tmp_path / "rules.xlsx"
    book.save(path)
    with pytest.raises(InputError, match="lacks the column"):
        read_rules([path])


def test_the_schema_names_every_fact_and_form():
    schema = json_schema()
    _, written = schema["$defs"]["condition"]["anyOf"]
    assert set(FACTS) <= set(written["properties"])
    assert {"all", "any", "none", "rule", "judge", "score", "quota_left", "if", "then"} <= set(
        written["properties"]
    )
    json.dumps(schema)


def test_the_schema_accepts_what_reads():
    content = {"rules": [plain_rule(rule) for rule in national_rules()]}
    jsonschema.validate(content, json_schema())
    wrong = {"rules": [{"id": "a", "version": "1", "require": {"revenue": {"min": 300}}}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema())


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "version", "require", "when", "all", "any", "employees", "min", "score",
                 "revenue", "if", "then", "judge", "credential", "in", "items", "rules"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=12,
    )
)  # fmt: skip
def test_anything_is_read_or_refused_and_never_breaks(content):
    try:
        rules = rules_from_plain(content)
    except RuleFaultsError:
        return
    assert rules_from_plain([plain_rule(rule) for rule in rules]) == rules
