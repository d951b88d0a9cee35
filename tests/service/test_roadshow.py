"""``finmatch roadshow``: from a workbook to plans, changes, exports and outcomes."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path

import icalendar
import openpyxl
import pytest

from data.records import Event, EventKind
from data.store import Store
from matcher.roadshow.lifecycle import Attendance
from matcher.roadshow.logbook import standing
from service.cli import main
from service.cli import roadshow as verbs
from service.roadshow.columns import shown
from tests.service.conftest import Finmatch

ID = "roadshow_2026_09"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the English template and a home in which it is planned; read it only."""
    folder = tmp_path_factory.mktemp("roadshow")
    book, home = str(folder / "r.xlsx"), str(folder / "home")
    assert main(["roadshow", "template", "--out", book, "--lang", "en", "--home", home]) == 0
    assert main(["roadshow", "plan", book, "--lang", "en", "--home", home]) == 0
    return folder


@pytest.fixture
def workbook(prepared: Path, tmp_path: Path) -> Path:
    """The template as it is written, in English."""
    return Path(shutil.copy(prepared / "r.xlsx", tmp_path))


@pytest.fixture
def planned(finmatch: Finmatch, prepared: Path, home: Path) -> Finmatch:
    shutil.copytree(prepared / "home", home)
    return finmatch


def edit(path: Path, sheet: str, cell: str, value: object) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet][cell] = value
    book.save(path)


def add_row(path: Path, sheet: str, *values: object) -> None:
    book = openpyxl.load_workbook(path)
    book[sheet].append(values)
    book.save(path)


# -- files in --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_can_be_planned_as_it_is(finmatch: Finmatch, tmp_path: Path, language: str):
    path = tmp_path / "t.xlsx"
    finmatch("roadshow", "template", "--out", path, "--lang", language)
    found = finmatch("roadshow", "plan", path, "--dry-run", "--json").json
    assert found["quality"]["meetings"] == 4
    assert found["violations"] == []
    assert found["version"] is None


def test_csv_files_do_as_well(finmatch: Finmatch, tmp_path: Path, workbook: Path):
    folder = tmp_path / "csv"
    folder.mkdir()
    book = openpyxl.load_workbook(workbook)
    for page in book.worksheets:
        if page.title == "notes":
            continue
        with (folder / f"{page.title}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(
                ["" if v is None else v for v in row] for row in page.iter_rows(values_only=True)
            )
    one = finmatch("roadshow", "plan", workbook, "--dry-run", "--json").json
    two = finmatch("roadshow", "plan", folder, "--dry-run", "--json").json
    assert one["meetings"] == two["meetings"]
    assert one["stamp"] == two["stamp"]


def test_all_faults_are_told_at_once_with_sheet_row_and_column(
    finmatch: Finmatch, workbook: Path, home: Path
):
    edit(workbook, "firms", "C3", 5)  # a minimum of 5 above the maximum of 2
    edit(workbook, "institutions", "D2", 0)
    edit(workbook, "slots", "C3", "09:10")
    edit(workbook, "scores", "C2", "NaN")
    edit(workbook, "scores", "C3", "many")
    edit(workbook, "event", "B4", None)
    edit(workbook, "wishes", "D2", "perhaps")
    add_row(workbook, "firms", "f1", "Twice")
    add_row(workbook, "wishes", "f9", "i1", "firm", "wish")
    add_row(workbook, "locked", "f1", "i1", "s1")
    add_row(workbook, "locked", "f1", "i2", "s1")
    shown = finmatch("roadshow", "plan", workbook, "--json")
    assert shown.code == 2
    found = {(one["sheet"], one["row"], one["column"]) for one in shown.json["troubles"]}
    assert found >= {
        ("firms", 3, "max meetings"),
        ("institutions", 2, "tables"),
        ("slots", 3, "start"),
        ("scores", 2, "score"),
        ("scores", 3, "score"),
        ("wishes", 2, "wish"),
        ("firms", 4, "firm id"),
        ("wishes", 3, "firm id"),
        ("locked", 3, "slot id"),
    }
    assert any("time zone" in one["message_en"] for one in shown.json["troubles"])
    assert not home.exists()
    told = finmatch("roadshow", "plan", workbook, "--lang", "zh")
    assert told.code == 2
    assert "没有排会" in told.out


def test_unknown_sheets_and_columns_are_told(finmatch: Finmatch, workbook: Path):
    book = openpyxl.load_workbook(workbook)
    book["wishes"].title = "whishes"
    book["firms"]["A1"] = "number"
    book.save(workbook)
    troubles = finmatch("roadshow", "plan", workbook, "--json").json["troubles"]
    texts = " ".join(one["message_en"] for one in troubles)
    assert "Unknown sheet" in texts
    assert "There is no firm" not in texts
    assert texts.count("no sheet of firms could be read") == 1
    assert "The column 'firm id' is missing" in texts


def test_an_event_without_anybody_is_a_valid_empty_plan(finmatch: Finmatch, workbook: Path):
    book = openpyxl.load_workbook(workbook)
    for page in book.worksheets:
        if page.title not in ("notes", "event"):
            page.delete_rows(2, page.max_row)
    book.save(workbook)
    shown = finmatch("roadshow", "plan", workbook, "--json")
    assert shown.code == 0
    assert shown.json["meetings"] == []


# -- plans -----------------------------------------------------------------------------------------


def test_a_plan_is_stored_shown_and_verified(planned: Finmatch):
    listed = planned("roadshow", "show", "--json").json
    assert [(one["roadshow_id"], one["state"], one["version"]) for one in listed] == [
        (ID, "draft", 1)
    ]
    assert "Example Robots" in planned("roadshow", "show", ID).out
    agenda = planned("roadshow", "show", ID, "--participant", "f2").out
    assert "Example Bank" in agenda
    assert planned("roadshow", "verify", ID, "--json").json["faults"] == []
    assert "no faults" in planned("roadshow", "verify", ID).out


def test_what_is_not_there_is_an_error_of_one_line(planned: Finmatch):
    assert "no participant 'f9'" in planned("roadshow", "show", ID, "--participant", "f9").error
    assert "no plan" in planned("roadshow", "verify", "other").error
    assert planned("roadshow", "verify", "other").code == 2


def test_the_checker_finds_what_somebody_changed_in_the_store(planned: Finmatch, home: Path):
    import sqlite3

    with sqlite3.connect(home / "finmatch.db") as connection:
        connection.execute(
            'UPDATE roadshow_plans SET plan = replace(plan, \'"slot_id":"s3"\', \'"slot_id":"s1"\')'
        )
    connection.close()
    shown = planned("roadshow", "verify", ID, "--json")
    assert shown.code == 1
    assert "absent" in {one["code"] for one in shown.json["faults"]}


def test_the_dial_and_the_seed_can_be_given(finmatch: Finmatch, workbook: Path):
    found = finmatch(
        "roadshow", "plan", workbook, "--fairness", "equal", "--seed", "3", "--dry-run", "--json"
    ).json
    assert (found["stamp"]["fairness"], found["stamp"]["seed"]) == ("equal", 3)


# -- changes ---------------------------------------------------------------------------------------


def test_a_cancellation_is_a_new_version_with_its_difference(planned: Finmatch):
    found = planned("roadshow", "replan", ID, "--cancel", "f1", "--json").json
    assert found["version"] == 2
    assert {one["firm_id"] for one in found["difference"]["removed"]} == {"f1"}
    assert found["difference"]["moved"] == []
    text = planned("roadshow", "replan", ID, "--cancel", "i1").out
    assert "removed" in text


def test_no_change_gives_an_empty_difference_and_no_version(planned: Finmatch):
    found = planned("roadshow", "replan", ID, "--json").json
    assert found["difference"] == {"added": [], "moved": [], "removed": []}
    assert found["version"] == 1
    assert "Nothing changed" in planned("roadshow", "replan", ID).out


def test_a_no_show_in_the_middle_keeps_what_was(planned: Finmatch):
    before = planned("roadshow", "show", ID, "--json").json["meetings"]
    found = planned(
        "roadshow", "replan", ID, "--no-show", "i1", "--now", "2026-09-01T09:10", "--json"
    ).json
    first = [one for one in before if one["slot_id"] == "s1"]
    assert [one for one in found["meetings"] if one["slot_id"] == "s1"] == first
    late = [one for one in found["meetings"] if one["slot_id"] != "s1"]
    assert "i1" not in {one["institution_id"] for one in late}


def test_a_late_arrival_is_planned_around(planned: Finmatch):
    found = planned("roadshow", "replan", ID, "--late", "i2=09:40", "--json").json
    mine = [one["slot_id"] for one in found["meetings"] if one["institution_id"] == "i2"]
    assert set(mine) == {"s3"}


def test_a_changed_file_may_add_firms_and_slots(planned: Finmatch, workbook: Path):
    add_row(workbook, "slots", "s4", "2026-09-01", "10:00", "10:20", "morning")
    add_row(workbook, "firms", "f3", "Newcomer")
    add_row(workbook, "scores", "f3", "i1", 60)
    found = planned("roadshow", "replan", ID, "--file", workbook, "--json").json
    assert [one["firm_id"] for one in found["difference"]["added"]] == ["f3"]
    assert found["difference"]["removed"] == []


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--late", "f1", "ID=10:00"),
        ("--now", "yesterday", "no instant"),
        ("--cancel", "f9", "no participant 'f9'"),
    ],
)
def test_bad_options_are_told(planned: Finmatch, option: str, value: str, text: str):
    shown = planned("roadshow", "replan", ID, option, value)
    assert shown.code == 2
    assert text in shown.error


def test_a_file_of_another_event_is_refused(planned: Finmatch, workbook: Path):
    edit(workbook, "event", "B2", "another")
    shown = planned("roadshow", "replan", ID, "--file", workbook)
    assert shown.code == 2
    assert "of the same event" in shown.error


# -- states and outcomes ---------------------------------------------------------------------------


def test_states_follow_each_other(planned: Finmatch, workbook: Path):
    assert "cannot become running" in planned("roadshow", "advance", ID, "running").error
    assert planned("roadshow", "advance", ID, "published").code == 0
    shown = planned("roadshow", "plan", workbook)
    assert shown.code == 2
    assert "is published" in shown.error
    for state in ("running", "closed"):
        assert planned("roadshow", "advance", ID, state, "--json").json["state"] == state
    assert "closed" in planned("roadshow", "replan", ID, "--cancel", "f1").error


def test_while_it_runs_the_clock_says_what_is_past(
    planned: Finmatch, monkeypatch: pytest.MonkeyPatch
):
    noon = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
    monkeypatch.setattr(verbs, "clock", lambda: noon)
    planned("roadshow", "advance", ID, "published")
    planned("roadshow", "advance", ID, "running")
    found = planned("roadshow", "replan", ID, "--cancel", "f1", "--json").json
    assert found["difference"]["removed"] == []  # all slots are over
    assert found["frozen_until"] == noon.isoformat()


def outcomes(finmatch: Finmatch, folder: Path, language: str) -> Path:
    finmatch("roadshow", "export", ID, "--out", folder, "--format", "excel", "--lang", language)
    return folder / "roadshow.xlsx"


@pytest.mark.parametrize(
    ("language", "sheet", "words"),
    [("zh", "签到与结果", ("已到会", "提交申请")), ("en", "outcomes", ("attended", "application"))],
)
def test_outcomes_become_events_once(
    planned: Finmatch, tmp_path: Path, home: Path, language: str, sheet: str, words: tuple[str, str]
):
    for state in ("published", "running"):
        planned("roadshow", "advance", ID, state)
    path = outcomes(planned, tmp_path / "out", language)
    book = openpyxl.load_workbook(path)
    page = book[sheet]
    names = [cell.value for cell in page[1]]
    assert names[0] in ("企业编号", "firm id")
    page.cell(2, 6).value, page.cell(2, 7).value = words
    page.cell(2, 8).value = "2026-09-03"
    book.save(path)
    refused = planned("roadshow", "record", ID, path)
    assert "No offer of" in refused.error
    add_offers(home)
    assert planned("roadshow", "record", ID, path, "--json").json == {
        "roadshow_id": ID,
        "reports": 1,
        "events": 2,
    }
    assert planned("roadshow", "record", ID, path, "--json").json["events"] == 0
    with Store.open(f"sqlite:///{home / 'finmatch.db'}") as store:
        firm = page.cell(2, 1).value
        kinds = [one.kind for one in store.events_of(firm_id=firm)]
        assert kinds == [EventKind.MEETING, EventKind.APPLICATION]
        assert store.count(Event) == 2
    again = openpyxl.load_workbook(outcomes(planned, tmp_path / "again", language))[sheet]
    assert (again.cell(2, 6).value, again.cell(2, 7).value) == words


def test_a_report_that_changes_appends_corrections(planned: Finmatch, tmp_path: Path, home: Path):
    for state in ("published", "running"):
        planned("roadshow", "advance", ID, state)
    add_offers(home)
    path = outcomes(planned, tmp_path / "out", "en")
    edit(path, "outcomes", "F2", "attended")
    edit(path, "outcomes", "G2", "funded")
    assert planned("roadshow", "record", ID, path, "--json").json["events"] == 2
    edit(path, "outcomes", "F2", shown(Attendance.FIRM_ABSENT, chinese=False))
    edit(path, "outcomes", "G2", None)
    assert planned("roadshow", "record", ID, path, "--json").json["events"] == 3
    firm = openpyxl.load_workbook(path)["outcomes"]["A2"].value
    with Store.open(f"sqlite:///{home / 'finmatch.db'}") as store:
        events = store.events_of(firm_id=firm)
    assert len(events) == 5  # nothing is overwritten
    (one,) = standing(events)
    assert (one.kind, one.note) == (EventKind.WITHDRAWN, "attendance=firm_absent")


def add_offers(home: Path) -> None:
    from data.records import NeedKind, Offer

    with Store.open(f"sqlite:///{home / 'finmatch.db'}") as store:
        offers = [
            Offer(offer_id=f"o{n}", institution_id=f"i{n}", name=f"o{n}", kind=NeedKind.DEBT)
            for n in (1, 2)
        ]
        store.upsert(Offer, offers)


def test_nothing_is_recorded_before_it_took_place(planned: Finmatch, tmp_path: Path):
    path = outcomes(planned, tmp_path / "out", "en")
    assert "nothing has taken place" in planned("roadshow", "record", ID, path).error


def test_wrong_words_in_outcomes_are_told_with_their_cells(planned: Finmatch, tmp_path: Path):
    path = outcomes(planned, tmp_path / "out", "en")
    edit(path, "outcomes", "F2", "perhaps")
    shown = planned("roadshow", "record", ID, path, "--json")
    assert shown.code == 2
    (one,) = shown.json["troubles"]
    assert (one["sheet"], one["row"], one["column"]) == ("outcomes", 2, "attendance")


# -- files out -------------------------------------------------------------------------------------


def test_the_workbook_has_everything(planned: Finmatch, tmp_path: Path):
    planned("roadshow", "replan", ID, "--cancel", "f1")
    out = tmp_path / "out"
    shown = planned("roadshow", "export", ID, "--out", out, "--lang", "zh", "--json").json
    book = openpyxl.load_workbook(out / "roadshow.xlsx")
    assert book.sheetnames[:8] == [
        *("总览", "匹配名单", "时间表", "变动", "未匹配", "未满足要求", "质量", "签到与结果"),
    ]
    assert set(book.sheetnames[8:]) == {
        "Example Bank",
        "Example Ventures",
        "Example Robots",
        "Example Materials",
    }
    assert book["变动"]["A2"].value == "取消"
    assert book["匹配名单"]["H2"].value == "works in this sector"
    assert book["未匹配"]["C2"].value.startswith("一方全程不在场")
    assert book["未满足要求"]["A2"].value == "无"
    assert [cell.value for cell in book["Example Bank"][4]][2:4] == ["会见", "地点"]
    sources = [row[1] for row in book["质量"].iter_rows(values_only=True) if row[0] == "评分来源"]
    assert sources == ["文件"]
    assert {Path(file).name for file in shown["files"]} == {
        "roadshow.xlsx",
        "agendas.html",
        "f2.ics",
        "i1.ics",
        "i2.ics",
    }


def test_calendars_hold_the_agenda_and_do_not_change_by_themselves(
    planned: Finmatch, tmp_path: Path
):
    for folder in ("one", "two"):
        planned("roadshow", "export", ID, "--out", tmp_path / folder, "--format", "ics")
    one, two = (tmp_path / folder / "calendars" / "f1.ics" for folder in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    calendar = icalendar.Calendar.from_ical(one.read_bytes())
    entries = list(calendar.walk("VEVENT"))
    assert len(entries) == 2
    first = min(entries, key=lambda part: part["DTSTART"].dt)
    assert first["DTSTART"].dt == dt.datetime(2026, 9, 1, 1, tzinfo=dt.UTC)
    assert "Example Bank" in first["SUMMARY"]
    assert str(first["LOCATION"]) == "Hall 1, table 1"


@pytest.mark.parametrize(
    ("language", "words"), [("zh", ("空闲", "共 2 场会面")), ("en", ("free", "2 meetings"))]
)
def test_the_pages_need_no_network_and_escape_names(
    finmatch: Finmatch, workbook: Path, tmp_path: Path, language: str, words: tuple[str, str]
):
    edit(workbook, "firms", "B2", "<b>Robots</b>")
    finmatch("roadshow", "plan", workbook)
    finmatch("roadshow", "export", ID, "--out", tmp_path, "--format", "html", "--lang", language)
    page = (tmp_path / "agendas.html").read_text(encoding="utf-8")
    assert "<b>Robots" not in page
    assert "&lt;b&gt;Robots" in page
    assert "http" not in page
    assert all(word in page for word in words)
    assert page.count("<section") == 4


def test_scores_come_from_the_model_where_the_file_has_none(
    finmatch: Finmatch, own_demo_home: Path, tmp_path: Path
):
    path = tmp_path / "demo.xlsx"
    finmatch("roadshow", "template", "--out", path, "--invite", 12, "--home", own_demo_home)
    shown = finmatch("roadshow", "plan", path, "--home", own_demo_home, "--json")
    assert shown.code == 0
    assert shown.json["score_source"] != "file"
    assert shown.json["meetings"]
    assert shown.json["meetings"][0]["value"] >= 0
    out = tmp_path / "out"
    finmatch("roadshow", "export", ID, "--out", out, "--format", "excel", "--home", own_demo_home)
    page = openpyxl.load_workbook(out / "roadshow.xlsx")["Match list"]
    assert page["H2"].value
    assert finmatch("roadshow", "verify", ID, "--home", own_demo_home).code == 0
