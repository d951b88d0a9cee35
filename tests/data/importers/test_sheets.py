"""CSV, Excel and Parquet files as sheets."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from data.errors import EmptyInputError, InputError, ParseError
from data.importers.excel_sheets import cell_text
from data.importers.opening import find_tables, open_sheets
from data.importers.sheets import Sheet

KNOWN = {"name", "city", "age", "名称", "城市"}


def score(row: Sequence[str]) -> int:
    return sum(cell in KNOWN for cell in row)


def only(path: Path) -> Sheet:
    (sheet,) = open_sheets(path, score)
    return sheet


def rows_of(sheet: Sheet, size: int = 2) -> list[tuple[Any, ...]]:
    found = []
    for batch in sheet.batches(size):
        columns = [batch.cells[h].to_pylist() for h in sheet.headers if h]
        found += list(zip(batch.lines.tolist(), *columns, strict=True))
    return found


class TestCsv:
    @pytest.mark.parametrize("mark", [",", ";", "\t", "|", "，", "；"])
    def test_delimiters(self, tmp_path: Path, mark: str) -> None:
        path = tmp_path / "a.csv"
        path.write_text(f'name{mark}city\na{mark}"x,y;z"\n', encoding="utf-8")
        assert only(path).headers == ("name", "city")
        assert rows_of(only(path)) == [(2, "a", "x,y;z")]

    def test_lines_count_as_an_editor_shows_them(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text('\n名单,\n\n名称,城市\n甲,"苏\n州"\n\n , \n乙,南京\n', encoding="utf-8")
        sheet = only(path)
        assert sheet.headers == ("名称", "城市")
        assert rows_of(sheet) == [(5, "甲", "苏\n州"), (9, "乙", "南京")]
        assert sheet.n_rows == 5

    def test_short_rows_are_filled_and_long_ones_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("name,city\na\nb,c,\nd,e,f\n", encoding="utf-8")
        (batch,) = only(path).batches(10)
        assert batch.cells["city"].to_pylist() == [None, "c"]
        assert [(bad.line, bad.value) for bad in batch.bad] == [(4, "d | e | f")]
        assert "3 cells" in batch.bad[0].reason

    def test_undecodable_rows_are_bad(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("name,city\n甲,x\n".encode("utf-8-sig") + b"\xff\xff,y\n")
        (batch,) = only(path).batches(10)
        assert len(batch) == 1
        assert "encoding" in batch.bad[0].reason

    def test_columns_without_header_are_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("name,,city,,\na,x,b,,\n", encoding="utf-8")
        assert only(path).headers == ("name", "", "city")
        assert rows_of(only(path)) == [(2, "a", "b")]

    def test_a_header_twice(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("name,city,name\n", encoding="utf-8")
        with pytest.raises(InputError, match="'name' more than once"):
            only(path)

    @pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
    def test_empty_files(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes(content)
        with pytest.raises(EmptyInputError, match=r"a\.csv is empty"):
            only(path)

    def test_a_quotation_mark_without_end(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text('name,city\n"a,b\n' + "c,d\n" * 60_000, encoding="utf-8")
        with pytest.raises(ParseError, match=r"a\.csv, line 2.*quotation"):
            rows_of(only(path))

    def test_a_table_of_a_header_only(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text("name,city\n", encoding="utf-8")
        assert rows_of(only(path)) == []


class TestExcel:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        book = Workbook()
        first = book.active
        assert first is not None
        first.title = "名单"
        first.append(["某基地企业名单", None, None])
        first.append(["name", "city", "age", None])
        first.append(["a", dt.datetime(2020, 1, 2), 0.0385])
        first.append([None, None, None])
        first.append([True, dt.datetime(2020, 1, 2, 3, 4), 12.0])
        first.append(["#N/A", 3.5, None])
        first["C3"].number_format = "0.00%"
        book.create_sheet("空表")
        book.create_sheet("说明").append(["name", "how to fill this in"])
        book.save(tmp_path / "b.xlsx")
        return tmp_path / "b.xlsx"

    def test_cells_become_texts(self, path: Path) -> None:
        sheet = only(path)
        assert sheet.name == "名单"
        assert rows_of(sheet) == [
            (3, "a", "2020-01-02", "3.85%"),
            (5, "TRUE", "2020-01-02 03:04:00", "1200%"),
            (6, None, "3.5", None),
        ]

    def test_what_is_no_workbook(self, tmp_path: Path) -> None:
        path = tmp_path / "b.xlsx"
        path.write_bytes(b"name,city\n")
        with pytest.raises(InputError, match=r"b\.xlsx cannot be read as an Excel workbook"):
            open_sheets(path, score)

    def test_a_zip_that_is_no_workbook(self, tmp_path: Path) -> None:
        path = tmp_path / "b.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.txt", "hello")
        with pytest.raises(InputError, match="cannot be read as an Excel workbook"):
            open_sheets(path, score)

    def test_a_workbook_damaged_inside(self, path: Path, tmp_path: Path) -> None:
        damaged = tmp_path / "damaged.xlsx"
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(damaged, "w") as target:
            for item in source.namelist():
                content = source.read(item)
                half = item == "xl/worksheets/sheet1.xml"
                target.writestr(item, content[: len(content) // 2] if half else content)
        with pytest.raises(InputError, match=r"damaged\.xlsx cannot be read as an Excel workbook"):
            rows_of(only(damaged))

    def test_the_old_format(self, tmp_path: Path) -> None:
        path = tmp_path / "b.xls"
        path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"rest")
        with pytest.raises(InputError, match=r"old format.*Save it as \.xlsx"):
            open_sheets(path, score)

    def test_whole_floats_lose_their_point(self) -> None:
        assert cell_text(12.0) == "12"
        assert cell_text(1e300) == "1e+300"
        assert cell_text(dt.date(2020, 1, 2)) == "2020-01-02"


class TestParquet:
    def test_types_are_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "c.parquet"
        pq.write_table(pa.table({"name": ["a", "b", "c"], "age": [1, 2, None]}), path)
        sheet = only(path)
        assert sheet.n_rows == 3
        assert rows_of(sheet) == [(1, "a", 1), (2, "b", 2), (3, "c", None)]
        assert next(sheet.batches(2)).cells["age"].type == pa.int64()

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        path = tmp_path / "c.parquet"
        path.write_bytes(b"PAR1 nothing")
        with pytest.raises(InputError, match=r"c\.parquet cannot be read as a Parquet file"):
            open_sheets(path, score)

    def test_a_file_damaged_in_the_middle(self, tmp_path: Path) -> None:
        path = tmp_path / "c.parquet"
        pq.write_table(pa.table({"name": [f"row {i}" for i in range(10_000)]}), path)
        content = bytearray(path.read_bytes())
        content[4:2000] = bytes(1996)
        path.write_bytes(bytes(content))
        sheet = only(path)
        with pytest.raises(InputError, match="cannot be read as a Parquet file"):
            rows_of(sheet, size=1000)


class TestFinding:
    def test_folders_give_their_tables_by_name(self, tmp_path: Path) -> None:
        for name in ("b.csv", "a.xlsx", "c.parquet", "d.pdf", "x.rejects.csv", "~$a.xlsx"):
            (tmp_path / name).touch()
        names = [path.name for path in find_tables([tmp_path])]
        assert names == ["a.xlsx", "b.csv", "c.parquet"]

    def test_a_file_named_twice_is_read_once(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.touch()
        assert find_tables([path, tmp_path]) == (path,)

    def test_nothing_there(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no file or folder"):
            find_tables([tmp_path / "absent"])
        with pytest.raises(EmptyInputError, match="no table in"):
            find_tables([tmp_path])

    def test_unknown_formats(self, tmp_path: Path) -> None:
        path = tmp_path / "a.pdf"
        path.write_bytes(b"%PDF")
        with pytest.raises(InputError, match="no format that can be imported"):
            open_sheets(path, score)
