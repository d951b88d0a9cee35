"""Rows of a roadshow file with their places, and cells as values."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from data.errors import InputError
from data.importers.opening import find_tables, open_sheets
from data.labels import folded
from service.roadshow.columns import SHEETS, Column, Form, Sheet, find_column, find_sheet

BATCH = 10_000
_MARKS = re.compile(r"[,，、;；\s]+")
_NOTHING = frozenset({"", "-", "—", "/", "无", "不限", "none"})
_TIME = re.compile(r"(\d{1,2})[:：](\d{2})(?:[:：]\d{2})?")
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True, order=True)
class Trouble:
    """One thing that is wrong in a file, and where; row 0 stands for the whole sheet."""

    file: str
    sheet: str
    row: int
    column: str
    text_zh: str = field(compare=False)
    text_en: str = field(compare=False)

    def place(self) -> str:
        """Say where it is."""
        parts = (self.file, self.sheet, str(self.row) if self.row else "", self.column)
        return ":".join(part for part in parts if part)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "file": self.file,
            "sheet": self.sheet,
            "row": self.row or None,
            "column": self.column or None,
            "message_zh": self.text_zh,
            "message_en": self.text_en,
        }


class RoadshowFileError(InputError):
    """A roadshow file cannot be planned; ``troubles`` are all reasons at once."""

    code = "bad_input"

    def __init__(self, troubles: list[Trouble]) -> None:
        self.troubles = sorted(troubles)
        listed = "; ".join(f"{one.place()}: {one.text_en}" for one in self.troubles[:MOST_SHOWN])
        more = len(self.troubles) - MOST_SHOWN
        super().__init__(
            f"The roadshow file has {len(self.troubles)} faults: {listed}"
            + (f"; and {more} more" if more > 0 else ""),
            field="file",
            remedy="Correct the cells, then try again.",
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its line in the file and its values by column key."""

    file: str
    sheet: Sheet
    name: str
    line: int
    values: dict[str, Any]

    def get(self, key: str) -> Any:
        """Return a value, ``None`` for an empty cell."""
        return self.values.get(key)


class SheetRows:
    """Reads all sheets of some files, and gathers what is wrong."""

    def __init__(
        self, places: list[Path], sheets: tuple[Sheet, ...] = SHEETS, *, others_too: bool = False
    ) -> None:
        self.sheets = sheets
        self.others_too = others_too
        self.troubles: list[Trouble] = []
        self.rows: dict[str, list[Row]] = {sheet.key: [] for sheet in sheets}
        self.names: dict[str, tuple[str, str]] = {}
        for path in find_tables(places):
            self._read_file(path)

    def report(self, row: Row | None, key: str, text_zh: str, text_en: str) -> None:
        """Note that a cell is wrong; without a row, the whole sheet named ``key``."""
        if row is None:
            file, name = self.names.get(key, ("", key))
            self.troubles.append(Trouble(file, name, 0, "", text_zh, text_en))
            return
        column = next((c for c in row.sheet.columns if c.key == key), None)
        heading = "" if column is None else self._heading(row, column)
        self.troubles.append(Trouble(row.file, row.name, row.line, heading, text_zh, text_en))

    def _heading(self, row: Row, column: Column) -> str:
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in row.name)
        return column.zh if chinese else column.en

    def _read_file(self, path: Path) -> None:
        for table in open_sheets(path, self._score, self._known if self.others_too else None):
            name = table.name or path.stem
            sheet = find_sheet(name, self.sheets)
            if sheet is None:
                self.troubles.append(
                    Trouble(
                        path.name,
                        name,
                        0,
                        "",
                        "不认识的工作表，请改名或删除。",
                        "Unknown sheet: rename or remove it.",
                    )
                )
                continue
            self.names[sheet.key] = (path.name, name)
            columns = {h: find_column(sheet, h) for h in table.headers if h}
            if not self._check_headings(path, name, sheet, columns):
                continue
            for batch in table.batches(BATCH):
                for bad in batch.bad:
                    self.troubles.append(
                        Trouble(path.name, name, bad.line, "", "这一行无法读取。", bad.reason)
                    )
                cells = {h: array.to_pylist() for h, array in batch.cells.items() if columns.get(h)}
                for at, line in enumerate(batch.lines.tolist()):
                    texts = {h: cells[h][at] for h in cells}
                    self._read_row(path, name, sheet, int(line), texts, columns)

    def _known(self, name: str) -> bool:
        return find_sheet(name, self.sheets) is not None

    def _score(self, headings: Any) -> int:
        known = {
            folded(n)
            for s in self.sheets
            for c in s.columns
            for n in (c.key, c.zh, c.en, *c.others)
        }
        return sum(1 for heading in headings if folded(str(heading or "")) in known)

    def _check_headings(
        self, path: Path, name: str, sheet: Sheet, columns: dict[str, Column | None]
    ) -> bool:
        """Tell of headings that are missing or unknown; return whether the rows can be read."""
        found = {column.key for column in columns.values() if column is not None}
        for column in sheet.columns:
            if column.required and column.key not in found:
                text = f"缺少列“{column.zh}”。", f"The column {column.en!r} is missing."
                self.troubles.append(Trouble(path.name, name, 1, column.zh, *text))
        for heading, named in columns.items():
            if named is None:
                text = "不认识的列，请改名或删除。", "Unknown column: rename or remove it."
                self.troubles.append(Trouble(path.name, name, 1, heading, *text))
        return all(column.key in found for column in sheet.columns if column.required)

    def _read_row(
        self,
        path: Path,
        name: str,
        sheet: Sheet,
        line: int,
        texts: dict[str, str | None],
        columns: dict[str, Column | None],
    ) -> None:
        if not any((text or "").strip() for text in texts.values()):
            return
        row = Row(path.name, sheet, name, line, {})
        good = True
        for heading, text in texts.items():
            column = columns[heading]
            assert column is not None
            value = (text or "").strip()
            if not value or (value in _NOTHING and column.form is not Form.TEXT):
                if column.required:
                    self.report(row, column.key, "不能为空。", "It must not be empty.")
                    good = False
                continue
            try:
                row.values[column.key] = READERS[column.form](value)
            except ValueError:
                self.report(row, column.key, *_unreadable(column.form, value))
                good = good and not column.required
        if good:
            self.rows[sheet.key].append(row)

    def choose(self, row: Row, key: str, choice: type[StrEnum], chooser: Any) -> Any:
        """Return the value of a choice, ``None`` with a note for an unknown word."""
        text = row.get(key)
        if text is None:
            return None
        found = chooser(choice, text)
        if found is None:
            known = "、".join(member.value for member in choice)
            self.report(
                row, key, f"“{text}”不在选项（{known}）中。", f"{text!r} is none of {known}."
            )
        return found


def _unreadable(form: Form, value: str) -> tuple[str, str]:
    wanted = {
        Form.COUNT: ("不小于 0 的整数", "a whole number of at least 0"),
        Form.COUNTS: ("整数", "whole numbers"),
        Form.NUMBER: ("有限的数", "a finite number"),
        Form.DAY: ("日期（2026-09-01）", "a date like 2026-09-01"),
        Form.TIME: ("时间（09:30）", "a time like 09:30"),
    }[form]
    return f"应为{wanted[0]}，实为“{value}”。", f"Expected {wanted[1]}; got {value!r}."


def read_count(text: str) -> int:
    """Read a whole number of at least 0; negative ones too, which are checked later."""
    value = float(text.replace("，", ","))
    if not value.is_integer() or value < 0:
        raise ValueError(text)
    return int(value)


def read_number(text: str) -> float:
    """Read a finite number; ``90%`` is 0.9."""
    share = text.endswith(("%", "％"))
    value = float(text.rstrip("%％").replace(",", ""))
    if not math.isfinite(value):
        raise ValueError(text)
    return value / 100 if share else value


def read_list(text: str) -> tuple[str, ...]:
    """Read words with commas, semicolons, blanks or Chinese marks between them."""
    return tuple(part for part in _MARKS.split(text) if part)


def read_day(text: str) -> dt.date:
    """Read a date as people write it."""
    digits = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?", text)
    if digits is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in digits.groups())
    return dt.date(year, month, day)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, of every day or of one."""

    time: dt.time
    day: dt.date | None = None


def read_time(text: str) -> Clock:
    """Read ``09:30``, ``9：30`` or ``2026-09-01 09:30``."""
    head, _, tail = text.replace("T", " ").strip().rpartition(" ")
    found = _TIME.fullmatch(tail)
    if found is None:
        raise ValueError(text)
    hour, minute = (int(part) for part in found.groups())
    return Clock(dt.time(hour, minute), read_day(head) if head else None)


def _texts(values: Iterator[str]) -> tuple[int, ...]:
    return tuple(read_count(one) for one in values)


READERS: dict[Form, Callable[[str], Any]] = {
    Form.TEXT: str,
    Form.CHOICE: str,
    Form.COUNT: read_count,
    Form.COUNTS: lambda text: _texts(iter(read_list(text))),
    Form.NUMBER: read_number,
    Form.LIST: read_list,
    Form.DAY: read_day,
    Form.TIME: read_time,
}
