"""A firm described by a JSON file."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import InputError
from data.records import NeedKind
from service.profile_file import FIRM_ID, Profile, read_profile

TODAY = dt.date(2026, 7, 1)


def read(tmp_path: Path, content: Any) -> Profile:
    path = tmp_path / "profile.json"
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    return read_profile(path, as_of=TODAY)


def test_values_are_read_as_an_import_reads_them(tmp_path: Path):
    found = read(
        tmp_path,
        {
            "企业": {"企业名称": "苏州甲", "营业收入": "500万元", "企业资质": ["高企", "科小"]},
            "需求": {"需求类型": "贷款", "融资金额": "100-200万元", "期限": "1年"},
        },
    )
    assert found.firm.firm_id == FIRM_ID
    assert found.firm.revenue_minor == 500 * 10_000 * 100
    assert found.firm.credentials == ("high_tech", "tech_sme")
    assert found.need is not None
    assert found.need.kind is NeedKind.DEBT
    assert found.need.amount_low_minor == 100 * 10_000 * 100
    assert found.need.term_months == 12
    assert found.need.stated_on == TODAY


def test_english_keys_numbers_and_flags(tmp_path: Path):
    found = read(
        tmp_path,
        {
            "firm": {"name": "A", "employees": 12, "key_project": True, "city": None},
            "need": {"kind": "equity", "amount": 1500000, "stated_on": "2026-05-01"},
        },
    )
    assert (found.firm.employees, found.firm.key_project, found.firm.city) == (12, True, None)
    assert found.need is not None
    assert found.need.amount_high_minor == 1_500_000 * 100
    assert found.need.stated_on == dt.date(2026, 5, 1)


def test_a_need_may_be_left_out(tmp_path: Path):
    assert read(tmp_path, {"firm": {"name": "A"}}).need is None


@pytest.mark.parametrize(
    ("code", "system"),
    [("I6513", "gb4754-2017"), ("541511", "naics-2017"), ("software", None), ("", None)],
)
def test_the_list_of_an_industry_code_is_told_by_its_shape(
    tmp_path: Path, code: str, system: str | None
):
    found = read(tmp_path, {"firm": {"name": "A", "industry": code}})
    assert found.firm.industry_system == system


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "profile.json is no JSON in UTF-8"),
        ([1], "must hold an object with the keys firm and need"),
        ({"firm": {"name": "A"}, "extra": 1}, "the keys firm and need; got firm, extra"),
        ({"firm": "A"}, "'firm' must be an object; got str"),
        ({"need": {"kind": "debt"}}, "profile.json: firm.csv lacks the column 'name'"),
        ({"firm": {"name": "A", "口令": "x"}}, "profile.json: firm.csv has headers that are not"),
        ({"firm": {"name": "A"}, "need": {"amount": 1}}, "need.csv lacks the column 'kind'"),
        ({"firm": {"name": "A", "employees": "many"}}, "profile.json: employees 'many' cannot"),
        ({"firm": {"name": "A"}, "need": {"kind": "gold"}}, "kind 'gold' cannot be used"),
    ],
)
def test_wrong_profiles_are_told(tmp_path: Path, content: Any, message: str):
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        read(tmp_path, content)


def test_bytes_that_are_no_text_are_told(tmp_path: Path):
    path = tmp_path / "profile.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"profile\.json is no JSON"):
        read_profile(path, as_of=TODAY)
