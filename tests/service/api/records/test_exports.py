"""Exports: what one may see and nothing else, and no formula that a spreadsheet would run."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from data.people import Role
from data.records import Firm, Offer
from service.serving import exporting
from service.serving.exporting import neutral
from tests.service.api.conftest import Api

FORMATS = ("csv", "xlsx", "jsonl", "parquet")
TABLES = ("bases", "firms", "needs", "institutions", "offers")
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "=cmd|' /C'!A0")


def rows(content: bytes, kind: str) -> list[dict[str, Any]]:
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if kind == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    if kind == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pylist()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    heads, *lines = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, line, strict=True)) for line in lines]


def export(desk: Api, role: Role, table: str, kind: str) -> list[dict[str, Any]]:
    answer = desk.as_(role).get(f"/v1/exports/{table}", params={"format": kind})
    assert answer.status_code == 200, answer.text
    assert f'filename="{table}.{kind}"' in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    return rows(answer.content, kind)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("table", TABLES)
def test_an_administrator_gets_everything(desk: Api, table: str, kind: str):
    found = export(desk, Role.ADMINISTRATOR, table, kind)
    expected = {"bases": 2, "firms": 4, "needs": 4, "institutions": 3, "offers": 3}[table]
    assert len(found) == expected
    entry = desk.state.store.audit.search(n=1)[0].entry
    assert entry.action == "data.export"
    assert entry.detail == {"table": table[:-1], "format": kind, "rows": expected}


@pytest.mark.parametrize("kind", FORMATS)
def test_an_institution_gets_teasers_of_firms(desk: Api, kind: str):
    for table in ("firms", "needs"):
        answer = desk.as_(Role.INSTITUTION).get(f"/v1/exports/{table}", params={"format": kind})
        found = rows(answer.content, kind)
        assert len(found) == 4
        assert {row["view"] for row in found} == {"teaser"}
        assert all(row["firm_id"] in (None, "") for row in found)
        text = repr(found)
        for secret in ("firm_a1", "甲一机械", "need_a1", "123456700"):
            assert secret not in text


@pytest.mark.parametrize(
    ("role", "firms"),
    [(Role.FIRM, ["firm_a1"]), (Role.BASE_OPERATOR, ["firm_a1", "firm_a2"])],
)
def test_others_get_their_own(desk: Api, role: Role, firms: list[str]):
    assert [row["firm_id"] for row in export(desk, role, "firms", "jsonl")] == firms
    assert [row["firm_id"] for row in export(desk, role, "needs", "jsonl")] == firms


def test_who_may_not_read_does_not_export(desk: Api):
    caller = desk.as_(Role.EVALUATOR)
    assert caller.get("/v1/exports/firms", params={"format": "csv"}).status_code == 403
    assert desk.client.get("/v1/exports/offers", params={"format": "csv"}).status_code == 401
    assert caller.get("/v1/exports/offers", params={"format": "exe"}).status_code == 422
    assert caller.get("/v1/exports/people", params={"format": "csv"}).status_code == 404


@pytest.mark.parametrize("text", EVIL)
def test_formulas_are_neutralised(desk: Api, text: str):
    assert neutral(text) == f"'{text}"
    store = desk.state.store
    offer = dataclasses.replace(store.get_offer("offer_bank"), name=text, regions=(text,))
    store.upsert(Offer, [offer])
    for kind in ("csv", "xlsx"):
        (row,) = [
            row
            for row in export(desk, Role.FIRM, "offers", kind)
            if row["offer_id"] == "offer_bank"
        ]
        assert row["name"].startswith("'")
        assert row["regions"].startswith("'")
    (row,) = [
        row for row in export(desk, Role.FIRM, "offers", "jsonl") if row["offer_id"] == "offer_bank"
    ]
    assert row["name"] == text


def test_other_cells_stay_as_they_are():
    for value in ("a=b", "", "1-2", 7, -3.5, None, "科技"):
        assert neutral(value) == value


def test_values_keep_their_types(desk: Api):
    store = desk.state.store
    firm = dataclasses.replace(store.get_firm("firm_a1"), employees=7, revenue_minor=-0)
    store.upsert(Firm, [firm])
    (row,) = export(desk, Role.FIRM, "firms", "parquet")
    assert row["employees"] == 7
    assert row["sectors"] == ["机械"]
    (row,) = export(desk, Role.FIRM, "firms", "csv")
    assert row["sectors"] == "机械"


def test_too_many_rows_are_refused_and_nothing_is_left(
    desk: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    for kind in FORMATS:
        answer = desk.as_(Role.FIRM).get("/v1/exports/offers", params={"format": kind})
        assert answer.status_code == 422
    assert len(export(desk, Role.FIRM, "bases", "csv")) == 2
    assert {path for path in set(tmp_path.iterdir()) - before if "export" in path.name} == set()


def test_pages_join(desk: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 1)
    for kind in FORMATS:
        found = export(desk, Role.FIRM, "offers", kind)
        assert [row["offer_id"] for row in found] == ["offer_bank", "offer_fund", "offer_guard"]
    assert len(export(desk, Role.INSTITUTION, "firms", "csv")) == 4
