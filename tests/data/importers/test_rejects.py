"""Rejects and the rejects file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from data.importers import rejects as module
from data.importers.rejects import LONGEST_VALUE, REJECT_COLUMNS, Reject, Rejects, RejectsFile

ONE = Reject("a.csv", 3, "金额", "-5", "negative")
ROW = Reject("a.csv", 4, "名称", "", "missing", whole_row=True)


def written(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_they_are_counted_and_only_so_many_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    rejects = Rejects()
    rejects.extend([ONE, ROW, ONE])
    assert len(rejects) == rejects.total == 3
    assert rejects.rows == 1
    assert list(rejects) == [ONE]
    assert rejects.by_column["a.csv", "金额"] == 2


def test_the_file_appears_when_complete(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.rejects.csv"
    with RejectsFile(path) as sink:
        rejects = Rejects(sink=sink)
        rejects.extend([ONE, ROW, Reject("b", 1, "c", "x" * 1000, "long")])
        assert not path.exists()
    assert written(path)[:3] == [
        list(REJECT_COLUMNS),
        ["a.csv", "3", "金额", "-5", "negative"],
        ["a.csv", "4", "名称", "", "missing"],
    ]
    assert len(written(path)[3][3]) == LONGEST_VALUE
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.rejects.csv"
    sink = RejectsFile(path)
    sink.write(ONE)
    sink.__exit__(RuntimeError, RuntimeError(), None)
    assert list(tmp_path.iterdir()) == []


def test_without_rejects_there_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.rejects.csv"
    path.write_text("of an earlier import", encoding="utf-8")
    with RejectsFile(path):
        pass
    assert not path.exists()
