"""``finmatch import``: what it writes, shows and refuses."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from tests.service.conftest import Finmatch


def test_tables_come_in_once(finmatch: Finmatch, home: Path, tables: Path):
    first = finmatch("import", "tables", tables, "--json").json
    assert first["records"]["firm"] == {"new": 2, "changed": 0, "unchanged": 0}
    assert first["records"]["institution"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert (home / "finmatch.db").exists()
    again = finmatch("import", "tables", tables)
    assert again.code == 0
    assert "nothing changed" in again.out
    assert again.err == ""


def test_the_columns_that_were_read_are_shown(finmatch: Finmatch, tables: Path):
    shown = finmatch("import", "tables", tables).out
    assert "firms.csv (firms): 企业编号 → firm_id  企业名称 → name" in shown


def test_a_dry_run_writes_nothing(finmatch: Finmatch, home: Path, tables: Path):
    shown = finmatch("import", "tables", tables, "--dry-run")
    assert shown.code == 0
    assert "Dry run of tables: 3 rows read, none written" in shown.out
    assert "firm_f1  苏州精密机械有限公司" in shown.out
    assert not home.exists()


def test_a_dry_run_compares_with_the_store(finmatch: Finmatch, tables: Path):
    finmatch("import", "tables", tables / "firms.csv")
    planned = finmatch("import", "tables", tables, "--dry-run", "--json").json
    assert planned["records"]["firm"]["unchanged"] == 2
    assert planned["records"]["institution"]["new"] == 1


def test_rejects_are_listed_in_a_file(finmatch: Finmatch, home: Path, tables: Path):
    with (tables / "firms.csv").open("a", encoding="utf-8") as file:
        file.write("f3,,江苏省,南京市,软件\n")
    shown = finmatch("import", "tables", tables)
    path = home / "rejects" / "tables.rejects.csv"
    assert shown.code == 0
    assert f"they are listed in {path}" in shown.out
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["column"]) for row in rows] == [
        ("firms.csv", "4", "企业名称")
    ]


def test_the_rejects_file_can_be_named(finmatch: Finmatch, tmp_path: Path, tables: Path):
    with (tables / "firms.csv").open("a", encoding="utf-8") as file:
        file.write("f3,,江苏省,南京市,软件\n")
    wanted = tmp_path / "bad.csv"
    report = finmatch("import", "tables", tables, "--rejects", wanted, "--json").json
    assert report["rejects_file"] == str(wanted)
    assert wanted.exists()


def test_a_mapping_explains_headers(finmatch: Finmatch, tmp_path: Path, tables: Path):
    (tables / "firms.csv").write_text("代号,单位\nf1,苏州甲\n", encoding="utf-8")
    mapping = tmp_path / "headers.json"
    mapping.write_text(json.dumps({"columns": {"代号": "firm_id", "单位": "name"}}))
    read = finmatch("import", "tables", tables, "--mapping", mapping, "--json").json
    assert read["records"]["firm"]["new"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["tables", "nowhere.csv"], "There is no file or folder nowhere.csv."),
        (["crunchbase", "nowhere"], "There is no folder nowhere."),
        (["crunchbase", "."], "There is no file"),
        (["crunchbase", ".", "."], "The source 'crunchbase' is one folder; got 2 places."),
        (["tables", ".", "--mapping", "nowhere.json"], "mapping file nowhere.json cannot be read"),
    ],
)
def test_wrong_input_is_one_line(
    finmatch: Finmatch,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
):
    monkeypatch.chdir(tmp_path)
    ended = finmatch("import", *arguments)
    assert ended.code == 2
    assert message in ended.error


def test_unknown_headers_are_named(finmatch: Finmatch, tables: Path):
    (tables / "firms.csv").write_text("企业编号,企业名称,口令\nf1,甲,x\n", encoding="utf-8")
    ended = finmatch("import", "tables", tables)
    assert ended.code == 2
    assert "'口令'" in ended.error
    assert "mapping file" in ended.error


def test_a_store_of_a_newer_version_is_left_alone(finmatch: Finmatch, home: Path, tables: Path):
    finmatch("import", "tables", tables)
    with sqlite3.connect(home / "finmatch.db") as database:
        database.execute("UPDATE finmatch_version SET version_num = '9999'")
    database.close()
    ended = finmatch("import", "tables", tables)
    assert ended.code == 1
    assert "of revision '9999'" in ended.error
    assert "Install the FinMatch version that wrote it" in ended.error


def test_a_file_that_is_no_database_is_refused(finmatch: Finmatch, home: Path, tables: Path):
    home.mkdir()
    (home / "finmatch.db").write_bytes(b"this is text and no database at all " * 50)
    ended = finmatch("import", "tables", tables)
    assert ended.code == 1
    assert "is not a SQLite database" in ended.error


def test_the_database_can_be_elsewhere(
    finmatch: Finmatch, home: Path, tmp_path: Path, tables: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FINMATCH_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert finmatch("import", "tables", tables).code == 0
    assert (tmp_path / "elsewhere.db").exists()
    assert not (home / "finmatch.db").exists()


def test_a_wrong_database_url_is_told(
    finmatch: Finmatch, tables: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FINMATCH_DATABASE_URL", "mysql://user:secret@host/name")
    ended = finmatch("import", "tables", tables)
    assert ended.code == 2
    assert "must begin with sqlite:/// or postgresql://" in ended.error
    assert "secret" not in ended.error
