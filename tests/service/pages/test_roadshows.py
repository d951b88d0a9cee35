"""Pages of organizers without a script: from a workbook to the day, with everything in place."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from data.people import Role
from matcher.roadshow import checking
from service.settings import Language
from tests.service.pages.conftest import Browse
from tests.service.pages.reading import Reader, said
from tests.service.pages.roadshow_files import XLSX, row, small_event, workbook

HOSTILE = "<script>alert(1)</script>"


def upload(reader: Reader, place: str, content: bytes, **fields: str):
    files = {"file": ("参会名单.xlsx", content, XLSX)}
    return reader.post(place, fields, files=files)


def planned(reader: Reader, folder: Path, rows=None, **options: str) -> str:
    """Go from a workbook to a plan; return the path of the roadshow."""
    draft = upload(reader, "/roadshows/new/file", workbook(folder, rows))
    assert draft.status_code == 303, said(draft.text).text
    assert reader.get(draft.headers["location"]).status_code == 200
    form = {"name": "夏季对接会", "dial": "1", "seed": "7", **options}
    made = reader.post(draft.headers["location"], form)
    assert made.status_code == 303, said(made.text).text
    return made.headers["location"]


@pytest.fixture
def organizer(own_browse: Browse) -> Reader:
    return own_browse(Role.ORGANIZER)


def test_an_organizer_begins_with_an_empty_list(organizer: Reader):
    page = organizer.get("/roadshows")
    assert "还没有对接会" in said(page.text).text
    assert organizer.get("/roadshows/template.xlsx").content.startswith(b"PK")


def test_a_plan_in_every_view(organizer: Reader, tmp_path: Path):
    place = planned(organizer, tmp_path)
    assert "夏季对接会" in said(organizer.get("/roadshows").text).text
    for view, word in (
        ("overview", "与上界的差距"),
        ("matches", "示例企业3"),
        ("institutions", "17:30–17:40"),
        ("firms", "示例银行"),
        ("slots", "一号厅"),
        ("people", "参会者"),
        ("changes", "这是第一版"),
        ("versions", "第 1 版"),
    ):
        page = organizer.get(f"{place}?view={view}")
        assert page.status_code == 200
        assert word in said(page.text).text, view


def test_problems_are_shown_in_place_before_planning(organizer: Reader, tmp_path: Path):
    rows = small_event()
    rows[checking.SCORES] += (
        row(firm_id="f9", institution_id="i0", score=1),
        row(firm_id="f1", institution_id="i0", score="x"),
    )
    page = upload(organizer, "/roadshows/new/file", workbook(tmp_path, rows))
    assert page.status_code == 422
    text = said(page.text).text
    assert "2 处需要更正" in text
    assert "评分 10 企业编号 没有企业 f9" in text
    assert "评分 11 评分 应为有限的数" in text
    assert "还没有对接会" in said(organizer.get("/roadshows").text).text


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
def test_what_is_no_workbook_is_told(organizer: Reader, content: bytes):
    page = upload(organizer, "/roadshows/new/file", content)
    assert page.status_code == 422
    assert "这样无法继续" in said(page.text).text


def test_an_upload_needs_the_token_of_the_session(organizer: Reader, tmp_path: Path):
    files = {"file": ("a.xlsx", workbook(tmp_path), XLSX)}
    answer = organizer.client.post(
        "/roadshows/new/file", data={"csrf_token": "x"}, files=files, follow_redirects=False
    )
    assert answer.status_code == 403


def test_what_was_typed_wrong_is_told_beside_its_field(organizer: Reader, tmp_path: Path):
    draft = upload(organizer, "/roadshows/new/file", workbook(tmp_path)).headers["location"]
    page = organizer.post(draft, {"name": "", "dial": "9", "firm_max": "many", "seed": "7"})
    assert page.status_code == 422
    assert re.search(r'id="firm_max"[^>]*value="many"[^>]*aria-invalid="true"', page.text)
    contradiction = organizer.post(draft, {"name": "a", "firm_min": "5", "firm_max": "2"})
    assert contradiction.status_code == 422
    assert "需要更正" in said(contradiction.text).text


def test_the_dial_says_what_it_costs(organizer: Reader, tmp_path: Path):
    draft = upload(organizer, "/roadshows/new/file", workbook(tmp_path)).headers["location"]
    text = said(organizer.get(f"{draft}/dial").text).text
    for word in ("效率优先", "均衡", "公平优先", "公平的代价"):
        assert word in text


def test_changes_are_shown_and_can_be_undone(organizer: Reader, tmp_path: Path):
    place = planned(organizer, tmp_path)
    pair = {"firm": "f0", "institution": "i0", "version": "1"}
    assert "锁定" in said(organizer.get(f"{place}/meeting", params=pair).text).text
    answer = organizer.post(f"{place}/change", {**pair, "do": "rule_out"})
    assert answer.headers["location"] == f"{place}?view=changes"
    text = said(organizer.get(answer.headers["location"]).text).text
    assert "取消 1 场" in text
    stale = organizer.post(f"{place}/change", {**pair, "do": "settle"})
    assert stale.status_code == 422
    assert "刚被别人改动" in said(stale.text).text
    assert organizer.post(f"{place}/restore", {"version": "1"}).status_code == 303
    text = said(organizer.get(f"{place}?view=changes").text).text
    assert "新增 1 场" in text
    assert "第 3 版" in text


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ({"do": "cancel", "who": "f1"}, "取消"),
        ({"do": "late", "who": "f1", "arrives": "17:20"}, "变动"),
        ({"do": "move", "firm": "f0", "institution": "i0", "slot": "s3"}, "变动"),
        ({"do": "exchange", "firm": "f0", "institution": "i0", "other": "3"}, "变动"),
        ({"do": "promise", "firm": "f0", "institution": "i0"}, "变动"),
        ({"do": "dial", "dial": "2"}, "变动"),
    ],
)
def test_every_kind_of_change(organizer: Reader, tmp_path: Path, form: dict, word: str):
    place = planned(organizer, tmp_path)
    answer = organizer.post(f"{place}/change", {**form, "version": "1"})
    assert answer.status_code == 303, said(answer.text).text
    assert word in said(organizer.get(answer.headers["location"]).text).text


@pytest.mark.parametrize(
    "form", [{}, {"do": "nothing"}, {"do": "cancel", "who": "x"}, {"do": "move", "slot": "s9"}]
)
def test_a_change_that_is_not_possible_says_so(organizer: Reader, tmp_path: Path, form: dict):
    place = planned(organizer, tmp_path)
    answer = organizer.post(f"{place}/change", form)
    assert answer.status_code == 422
    assert "方案没有改变" in said(answer.text).text


def test_a_changed_workbook_plans_anew_near_the_plan(organizer: Reader, tmp_path: Path):
    place = planned(organizer, tmp_path)
    rows = small_event()
    rows[checking.FIRMS] += (row(firm_id="f4", name="新来企业"),)
    rows[checking.SCORES] += (row(firm_id="f4", institution_id="i0", score=95),)
    answer = upload(organizer, f"{place}/file", workbook(tmp_path, rows), max_changes="2")
    assert answer.status_code == 303, said(answer.text).text
    assert "新来企业" in said(organizer.get(f"{place}?view=firms").text).text


def test_the_day_from_publishing_to_outcomes(organizer: Reader, tmp_path: Path):
    place = planned(organizer, tmp_path)
    report = {"firm": "f0", "institution": "i0", "attendance": "attended", "outcome": "interested"}
    assert organizer.post(f"{place}/day", report).status_code == 422
    assert organizer.post(f"{place}/state", {"state": "running"}).status_code == 422
    for state in ("published", "running"):
        assert organizer.post(f"{place}/state", {"state": state}).status_code == 303
    saved = organizer.post(f"{place}/day", {**report, "note": HOSTILE})
    assert saved.status_code == 303
    page = organizer.get(saved.headers["location"]).text
    assert "已登记" in said(page).text
    assert HOSTILE not in page
    assert html.escape(HOSTILE) in page
    nothing = organizer.post(f"{place}/day", {**report, "attendance": "", "outcome": ""})
    assert nothing.status_code == 422
    assert "请选择到会情况" in said(nothing.text).text
    book = organizer.get(f"{place}/roadshow.xlsx").content
    assert upload(organizer, f"{place}/outcomes", book).status_code == 303
    assert upload(organizer, f"{place}/outcomes", b"a,b\n").status_code == 422


@pytest.mark.parametrize("name", ["roadshow.xlsx", "calendars.zip", "agendas.html"])
def test_handouts_are_files(organizer: Reader, tmp_path: Path, name: str):
    answer = organizer.get(f"{planned(organizer, tmp_path)}/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_others_see_nothing_of_it(own_browse: Browse, organizer: Reader, tmp_path: Path):
    place = planned(organizer, tmp_path)
    other, firm = own_browse(Role.ORGANIZER, "other"), own_browse(Role.FIRM)
    for path in (place, f"{place}/day", f"{place}/roadshow.xlsx", f"{place}/meeting"):
        asked = {"firm": "f0", "institution": "i0"}
        assert other.get(path, params=asked).status_code == 404
        assert firm.get(path, params=asked).status_code in (403, 404)
    assert other.post(f"{place}/change", {"do": "cancel", "who": "f0"}).status_code in (404, 422)
    assert "还没有对接会" in said(other.get("/roadshows").text).text
    draft = upload(organizer, "/roadshows/new/file", workbook(tmp_path)).headers["location"]
    assert other.get(draft).status_code == 404


def test_names_of_participants_are_only_texts(organizer: Reader, tmp_path: Path):
    rows = small_event()
    rows[checking.FIRMS] = (
        row(firm_id="f0", name=HOSTILE),
        *small_event()[checking.FIRMS][1:],
    )
    place = planned(organizer, tmp_path, rows)
    for view in ("overview", "matches", "institutions", "firms", "slots", "people"):
        assert HOSTILE not in organizer.get(f"{place}?view={view}").text


def test_picked_participants_are_those_that_let_themselves_be_seen(organizer: Reader):
    page = organizer.get("/roadshows/new")
    assert "还没有企业同意" in said(page.text).text
    answer = organizer.post("/roadshows/new/picks", {"name": "", "firm": "firm_demo_0000000"})
    assert answer.status_code == 422
    assert "请至少选择一家" in said(answer.text).text


def test_in_english_too(own_browse: Browse, tmp_path: Path):
    reader = own_browse(Role.ORGANIZER, language=Language.EN)
    place = planned(reader, tmp_path)
    text = said(reader.get(place).text).text
    assert "Gap to the upper bound" in text
    assert "sorted spreadsheet" in text
