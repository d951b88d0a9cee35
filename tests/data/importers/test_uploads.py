"""What strangers upload: JSON lines, bombs, formulas, and rows that belong to others."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from data.errors import EmptyInputError, InputError
from data.importers import archives
from data.importers.mapping import ImportMapping, TableMapping
from data.importers.reach import RowReach
from data.importers.run import ImportReport, import_into
from data.importers.tables import read
from data.records import Firm, NeedKind, Offer
from data.schema import records_from_table
from data.store import Store


def jsonl(path: Path, *rows: Any) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def firms_of(path: Path) -> tuple[list[Firm], list[tuple[int, str]]]:
    found = read([path])
    rejects = [(reject.line, reject.reason) for reject in found.rejects]
    return list(records_from_table(Firm, found.tables[Firm])), rejects


def test_json_lines_are_a_table(tmp_path: Path):
    path = jsonl(
        tmp_path / "firms.jsonl",
        {"name": "甲", "city": "苏州", "employees": 12, "nonprofit": True},
        "",
        {"name": "乙", "sectors": ["医药", "软件"], "city": None},
    )
    firms, rejects = firms_of(path)
    assert [(f.name, f.city, f.employees, f.nonprofit) for f in firms] == [
        ("甲", "苏州", 12, True),
        ("乙", None, None, None),
    ]
    assert firms[1].sectors == ("医药", "软件")
    assert rejects == []


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '"text"',
        '{"name": NaN}',
        "[" * 100_000,
        '{"name": "' + "x" * (1 << 20) + '"}',
    ],
)
def test_a_line_that_is_no_object_is_rejected_with_its_number(tmp_path: Path, line: str):
    path = jsonl(tmp_path / "firms.jsonl", {"name": "甲", "city": "x"}, line, {"name": "乙"})
    firms, rejects = firms_of(path)
    assert [firm.name for firm in firms] == ["甲", "乙"]
    assert rejects == [(2, "The line is no JSON object.")]


def test_json_lines_without_any_object(tmp_path: Path):
    with pytest.raises(EmptyInputError, match="holds no JSON object"):
        read([jsonl(tmp_path / "firms.jsonl", "[1]")])
    many = {f"k{number}": 1 for number in range(1_001)}
    with pytest.raises(InputError, match="more than 1000 different keys"):
        read([jsonl(tmp_path / "firms.jsonl", many)])
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes('{"name": "é"}'.encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read([latin])


# -- workbooks ---------------------------------------------------------------------------------


def workbook(path: Path, *rows: Sequence[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    book.active.title = "firms"
    book.save(path)
    return path


def padded(path: Path, name: str, content: bytes) -> Path:
    """Add a member to a workbook."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_a_workbook_that_unpacks_to_far_more_is_refused(tmp_path: Path):
    bomb = padded(workbook(tmp_path / "a.xlsx", ("name", "city")), "xl/media/x", bytes(70 << 20))
    with pytest.raises(InputError, match=r"unpacks to \d{3,} times its size"):
        read([bomb])


def test_limits_of_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = workbook(tmp_path / "firms.xlsx", ("name", "city"), ("a", "b"))
    monkeypatch.setattr(archives, "MOST_UNPACKED_BYTES", 100)
    with pytest.raises(InputError, match="unpacks to 0 MiB"):
        read([path])
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    with pytest.raises(InputError, match=r"has \d+ parts"):
        read([path])
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MOST_SHARED_BYTES", 10)
    with pytest.raises(InputError, match="0 MiB of texts"):
        read([padded(path, "xl/sharedStrings.xml", b"<sst/>     ")])


def test_entities_are_refused(tmp_path: Path):
    path = workbook(tmp_path / "firms.xlsx", ("name", "city"))
    evil = b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><a>&lol;</a>'
    with pytest.raises(InputError, match="declares a document type"):
        read([padded(path, "xl/extra.xml", evil)])


def test_a_cell_in_the_last_column_costs_nothing(tmp_path: Path):
    book = Workbook()
    sheet = book.active
    sheet.title = "firms"
    sheet.append(["name", "city"])
    for line in range(2, 2_000):
        sheet.cell(line, 1, f"firm {line}")
        sheet.cell(line, 16_384, "x")
    book.save(tmp_path / "firms.xlsx")
    firms, _ = firms_of(tmp_path / "firms.xlsx")
    assert len(firms) == 1_998


def test_a_formula_without_its_result_rejects_the_row(tmp_path: Path):
    path = workbook(
        tmp_path / "firms.xlsx", ("name", "city", "employees"), ("a", "b", 1), ("c", "d", "=1+1")
    )
    firms, rejects = firms_of(path)
    assert [firm.name for firm in firms] == ["a"]
    assert [line for line, _ in rejects] == [3]
    assert "formula whose result was not saved" in rejects[0][1]


# -- whose rows --------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(f"sqlite:///{tmp_path / 's.db'}") as opened:
        kind = NeedKind.DEBT
        opened.upsert(
            Offer,
            [
                Offer(offer_id="offer_a", institution_id="inst_a", name="A", kind=kind),
                Offer(offer_id="offer_b", institution_id="inst_b", name="B", kind=kind),
            ],
        )
        opened.upsert(
            Firm,
            [
                Firm(firm_id="firm_a", name="A", base_id="base_a"),
                Firm(firm_id="firm_b", name="B", base_id="base_b"),
                Firm(firm_id="firm_n", name="N"),
            ],
        )
        yield opened


def upload(store: Store, path: Path, reach: RowReach, **options: Any) -> ImportReport:
    return import_into(store, "tables", path, reach=reach, label="upload:1", **options)


OF_A = RowReach(Offer, "inst_a")


def test_an_institution_writes_its_own_offers_only(store: Store, tmp_path: Path):
    path = tmp_path / "offers.csv"
    path.write_text(
        "offer_id,institution_id,name,kind\n"
        "offer_new,inst_a,new,debt\n"
        "offer_a,inst_a,A2,debt\n"
        "offer_c,inst_b,of another,debt\n"
        "offer_b,inst_a,taken from another,debt\n"
        "offer_d,,of nobody,debt\n"
    )
    report = upload(store, path, OF_A)
    assert {offer.offer_id: offer.name for offer in store.offers_of("inst_a")} == {
        "offer_a": "A2",
        "offer_new": "new",
    }
    assert store.get_offer("offer_b").institution_id == "inst_b"
    outside = "This record is not yours to write."
    assert [(r.line, r.reason) for r in report.rejects][-2:] == [(4, outside), (5, outside)]
    assert report.rejects.rows == 3
    assert [run.source for run in store.import_runs()] == ["upload:1"]


def test_offers_of_no_named_institution_are_its_own(store: Store, tmp_path: Path):
    path = jsonl(tmp_path / "offers.jsonl", {"offer_id": "offer_new", "name": "n", "kind": "debt"})
    upload(store, path, OF_A)
    assert store.get_offer("offer_new").institution_id == "inst_a"


def test_a_base_writes_its_own_firms_only(store: Store, tmp_path: Path):
    path = tmp_path / "firms.csv"
    path.write_text(
        "firm_id,name,base_id\n"
        "firm_new,new,base_a\nfirm_a,A2,base_a\nfirm_b,B2,base_a\nfirm_a2,x,base_b\nfirm_n,N2,base_a\n"
    )
    report = upload(store, path, RowReach(Firm, "base_a"))
    assert store.get_firm("firm_a").name == "A2"
    assert store.get_firm("firm_new").base_id == "base_a"
    assert [store.get_firm(f"firm_{key}").name for key in "bn"] == ["B", "N"]
    assert store.find_firm("firm_a2") is None
    assert [reject.line for reject in report.rejects] == [4, 5, 6]


def test_records_of_another_type_are_refused(store: Store, tmp_path: Path):
    path = tmp_path / "firms.csv"
    path.write_text("firm_id,name,city\nfirm_x,x,y\n")
    with pytest.raises(InputError, match=r"not known for offers"):
        upload(store, path, OF_A)
    said = ImportMapping(tables={"firms.*": TableMapping(record_type=Firm)})
    with pytest.raises(InputError, match=r"You may upload offer records only"):
        upload(store, path, OF_A, mapping=said)
    with pytest.raises(InputError, match="can be limited to one owner"):
        import_into(store, "ppp", tmp_path, reach=OF_A)
