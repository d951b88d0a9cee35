"""``finmatch export``: what is written, and that it can be read again."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from data.records import Firm
from data.schema import schema_of
from service import sheets
from tests.service.conftest import Finmatch

FIRMS = """企业编号,企业名称,营业收入（万元）,企业资质,企业规模,是否重点项目,成立日期
f1,苏州甲,1234.5,高新技术企业、科小,小型,是,2019-05-01
f2,=1+1,,,,,
"""


@pytest.fixture
def stored(finmatch: Finmatch, tables: Path) -> Finmatch:
    """The command in a home with two firms and a bank."""
    (tables / "firms.csv").write_text(FIRMS, encoding="utf-8")
    assert finmatch("import", "tables", tables).code == 0
    return finmatch


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def test_chinese_headings_and_values(stored: Finmatch, tmp_path: Path):
    path = tmp_path / "out" / "firms.csv"
    shown = stored("export", "firms", "--out", path, "--lang", "zh")
    assert shown.out == f"已将 2 条记录写入 {path}\n"
    first = read_csv(path)[0]
    assert first["企业名称"] == "苏州甲"
    assert first["营业收入"] == "12345000.00"
    assert first["企业资质"] == "高新技术企业、科技型中小企业"
    assert first["企业规模"] == "小型"
    assert first["是否重点项目"] == "是"


def test_english_headings_and_values(stored: Finmatch, tmp_path: Path):
    path = tmp_path / "firms.csv"
    assert stored("export", "firms", "--out", path, "--json").json == {
        "file": str(path),
        "records": "firms",
        "rows": 2,
    }
    first = read_csv(path)[0]
    assert first["revenue"] == "12345000.00"
    assert first["credentials"] == "high_tech、tech_sme"
    assert first["key_project"] == "yes"
    assert first["founded_on"] == "2019-05-01"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_an_export_can_be_imported_again(
    stored: Finmatch, tmp_path: Path, suffix: str, language: str
):
    path = tmp_path / f"firms.{suffix}"
    stored("export", "firms", "--out", path, "--lang", language)
    again = stored("import", "tables", path, "--json").json
    assert again["records"]["firm"] == {"new": 0, "changed": 0, "unchanged": 2}
    assert again["rejected_cells"] == 0


def test_a_name_that_looks_like_a_formula_stays_a_name(stored: Finmatch, tmp_path: Path):
    path = tmp_path / "firms.xlsx"
    stored("export", "firms", "--out", path)
    book = openpyxl.load_workbook(path)
    cells = [(cell.value, cell.data_type) for cell in book.active["B"]]
    book.close()
    assert ("=1+1", "s") in cells


def test_parquet_has_the_columns_of_the_store(stored: Finmatch, tmp_path: Path):
    path = tmp_path / "firms.parquet"
    stored("export", "firms", "--out", path)
    assert pq.read_schema(path).equals(schema_of(Firm))


def test_nothing_of_a_kind_gives_a_heading_alone(stored: Finmatch, tmp_path: Path):
    path = tmp_path / "events.csv"
    assert stored("export", "events", "--out", path).code == 0
    assert read_csv(path) == []
    assert path.read_text(encoding="utf-8-sig").startswith("event_id,")


def test_a_sheet_that_would_be_too_long_is_refused_and_leaves_nothing(
    stored: Finmatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 2)
    folder = tmp_path / "out"
    ended = stored("export", "firms", "--out", folder / "firms.xlsx")
    assert ended.code == 2
    assert "Write a .csv or .parquet file." in ended.error
    assert list(folder.iterdir()) == []


def test_an_unknown_format_is_refused(stored: Finmatch):
    ended = stored("export", "firms", "--out", "firms.pdf")
    assert ended.code == 2
    assert "ends in .csv, .xlsx, .parquet" in ended.error


def test_without_a_store_there_is_nothing_to_export(finmatch: Finmatch, tmp_path: Path):
    ended = finmatch("export", "firms", "--out", tmp_path / "firms.csv")
    assert ended.code == 2
    assert "There is no database" in ended.error
    assert not (tmp_path / "firms.csv").exists()


def test_a_folder_that_cannot_be_written_is_told(stored: Finmatch, tmp_path: Path):
    (tmp_path / "file").touch()
    ended = stored("export", "firms", "--out", tmp_path / "file" / "firms.csv")
    assert ended.code == 1
    assert ended.error.startswith("error (system): Cannot read or write")
