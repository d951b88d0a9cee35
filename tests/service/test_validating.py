"""``finmatch validate``: over the store, over files, and its exit codes."""

from __future__ import annotations

from pathlib import Path

from tests.service.conftest import Finmatch

FUTURE = "企业编号,企业名称,成立日期\nf1,甲,2031-05-01\n"


def test_a_good_store_does_not_fail(finmatch: Finmatch, tables: Path):
    finmatch("import", "tables", tables)
    checked = finmatch("validate", "--json")
    assert checked.code == 0
    assert checked.json["status"] in ("PASS", "WARN")
    assert len(checked.json["checks"]) == 15


def test_a_failed_check_is_exit_code_1_and_tells_what_to_do(finmatch: Finmatch, tables: Path):
    (tables / "firms.csv").write_text(FUTURE, encoding="utf-8")
    shown = finmatch("validate", "tables", tables, "--today", "2030-01-01")
    assert shown.code == 1
    assert "✗ Dates in the future" in shown.out
    assert "    firm_f1" in shown.out
    assert "  → Correct the dates" in shown.out
    assert shown.out.splitlines()[-1].startswith("The data has errors")


def test_the_day_decides_what_is_the_future(finmatch: Finmatch, tables: Path):
    (tables / "firms.csv").write_text(FUTURE, encoding="utf-8")
    assert finmatch("validate", "tables", tables, "--today", "2032-01-01").code == 0


def test_duplicate_ids_in_files_are_found_and_nothing_is_imported(
    finmatch: Finmatch, home: Path, tables: Path
):
    shown = finmatch("validate", "tables", tables)
    assert shown.code == 0
    assert not home.exists()


def test_what_could_not_be_read_is_noted(finmatch: Finmatch, tables: Path):
    with (tables / "firms.csv").open("a", encoding="utf-8") as file:
        file.write("f3,,江苏省,南京市,软件\n")
    assert finmatch("validate", "tables", tables).error.startswith("1 cells could not be read")
    assert finmatch("validate", "tables", tables, "--quiet").err == ""


def test_chinese_output_is_chinese(finmatch: Finmatch, tables: Path):
    finmatch("import", "tables", tables)
    shown = finmatch("validate", "--lang", "zh").out
    assert "重复的编号" in shown
    assert "Duplicate" not in shown


def test_without_a_store_there_is_nothing_to_check(finmatch: Finmatch, home: Path):
    ended = finmatch("validate")
    assert ended.code == 2
    assert ended.error == (
        f"error (nothing there): There is no database at {home}/finmatch.db. "
        "Import something first (finmatch import), or name another folder with --home."
    )


def test_an_empty_store_is_told(finmatch: Finmatch, home: Path):
    from data.store import Store

    home.mkdir()
    Store.open(f"sqlite:///{home}/finmatch.db").close()
    ended = finmatch("validate")
    assert ended.code == 2
    assert "The store is empty." in ended.error


def test_a_kind_of_files_needs_files(finmatch: Finmatch):
    assert "Name the files or the folder of ppp." in finmatch("validate", "ppp").error
    assert "ppp takes one folder only." in finmatch("validate", "ppp", "a", "b").error
