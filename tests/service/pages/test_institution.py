"""Pages of institutions: what they show, what they keep back, and what their forms do."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from openpyxl import load_workbook

from data.consent import Consent, DataClass, Purpose
from data.deal_flow import Stage
from data.people import Role
from data.records import NeedKind, Offer
from service.access.demo_notice import ensure_notice
from service.settings import Language
from tests.service.pages.conftest import Browse
from tests.service.pages.reading import Reader, said
from tests.service.pages.test_languages import leftovers
from tests.service.serving_world import NOW, Api

MOST_BYTES = 300_000
LINK = re.compile(r'href="(/pipeline/candidates/[^"]+)"')
PICK = re.compile(r'name="pick" form="chosen" value="([^"]+)"')
INSTITUTION = Role.INSTITUTION


def links(html: str) -> list[str]:
    return list(dict.fromkeys(LINK.findall(html)))


def picks(html: str) -> list[str]:
    return PICK.findall(html)


def consent_to_all(api: Api, firm_id: str, *, purpose: Purpose = Purpose.MATCHING) -> None:
    """Let the own institution see everything of a firm."""
    ensure_notice(api.state.store, now=NOW)
    notice = api.state.store.consents.notices()[0]
    api.state.store.consents.grant(
        [
            Consent(
                consent_id=f"consent_{firm_id}_{one.value}_{purpose.value}",
                firm_id=firm_id,
                recipient_id=api.member(INSTITUTION).subject_id,
                purpose=purpose,
                data_class=one,
                notice_version=notice.version,
                notice_sha256=notice.sha256,
                granted_at=NOW,
                granted_by="person_firm_own",
                expires_at=NOW + dt.timedelta(days=90),
            )
            for one in DataClass
        ]
    )


def firm_of(api: Api, link: str) -> str:
    """Return the firm behind a link of the own institution."""
    handle = link.rsplit("/", 1)[1]
    recipient = api.member(INSTITUTION).subject_id
    return api.state.store.handles.find(recipient, handle) or handle


# -- the list --------------------------------------------------------------------------------------


def test_the_list_ranks_summaries_without_names(api: Api, browse: Browse):
    answer = browse(INSTITUTION).get("/pipeline")
    assert answer.status_code == 200
    assert len(links(answer.text)) > 3
    assert "匹配度，非信用评价" in answer.text
    text = said(answer.text).text
    for row in picks(answer.text):
        firm = api.state.store.get_firm(firm_of(api, f"/{row.split('|')[0]}"))
        assert firm.name not in text
        assert firm.firm_id not in answer.text


def test_a_page_of_the_list_is_small(browse: Browse):
    answer = browse(INSTITUTION).get("/pipeline")
    assert len(answer.content) < MOST_BYTES


def test_htmx_gets_the_results_alone(browse: Browse):
    part = browse(INSTITUTION).get("/pipeline?q=", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert links(part)
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in browse(INSTITUTION).get("/pipeline", headers=restored).text


def test_search_finds_in_summaries_and_ranks_nothing_anew(
    api: Api, browse: Browse, monkeypatch: pytest.MonkeyPatch
):
    reader = browse(INSTITUTION)
    first = reader.get("/pipeline?sort=place&col=place").text
    city = re.search(r'<td class="nowrap">(\w+[市州区县])</td>', first)
    assert city is not None
    monkeypatch.setattr(
        type(api.state.live.matcher), "pipeline", lambda *_, **__: pytest.fail("ranked anew")
    )
    found = reader.get(f"/pipeline?q={city[1]}").text
    assert links(found)
    assert len(links(found)) <= len(links(first)) or 'rel="next"' in first
    nothing = reader.get("/pipeline?q=没有这样的企业").text
    assert not links(nothing)
    assert "没有符合的企业" in nothing


def test_sorting_by_amount_puts_the_largest_first(browse: Browse):
    text = browse(INSTITUTION).get("/pipeline/export.csv?sort=amount").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    tops = [float(row["需求金额上限（元）"]) for row in rows if row["需求金额上限（元）"]]
    assert tops == sorted(tops, reverse=True)
    assert len(rows) > 3


def test_filters_narrow_the_list_and_are_written_into_links(browse: Browse):
    reader = browse(INSTITUTION)
    rows = reader.get("/pipeline/export.csv?size=micro").content.decode("utf-8-sig")
    sizes = {row["规模"] for row in csv.DictReader(io.StringIO(rows))}
    assert sizes <= {"微型"}
    page = reader.get("/pipeline?size=micro&high=500").text
    assert "size=micro&amp;high=500" in page


def test_filters_that_cannot_be_read_are_told_beside_the_field(browse: Browse):
    page = browse(INSTITUTION).get("/pipeline?low=abc&since=gestern").text
    assert 'id="e-low"' in page
    assert 'id="e-since"' in page
    assert 'value="abc"' in page


def test_columns_are_chosen_and_kept(own_browse: Browse):
    reader = own_browse(INSTITUTION)
    page = reader.get("/pipeline?col=credentials").text
    assert '<th scope="col">资质数量</th>' in page
    assert '<th scope="col">理由</th>' not in page
    assert '<th scope="col">资质数量</th>' in reader.get("/pipeline").text


def test_pages_follow_each_other_without_repeating(browse: Browse):
    reader = browse(INSTITUTION)
    first = reader.get("/pipeline?size=").text
    following = re.search(r'href="(/pipeline\?[^"]*start=\d+[^"]*)"', first)
    if following is None:
        pytest.skip("the list has one page")
    second = reader.get(following[1].replace("&amp;", "&")).text
    assert not set(links(first)) & set(links(second))


def test_a_list_of_somebody_else_is_not_there(browse: Browse, api: Api):
    other = api.state.store.page(
        Offer, wanted={"institution_id": api.member(INSTITUTION, "other").subject_id}, limit=1
    )[0]
    assert browse(INSTITUTION).get(f"/pipeline?offer={other.offer_id}").status_code == 404


def test_an_administrator_is_told_that_the_pages_are_for_institutions(browse: Browse):
    for path in ("/pipeline", "/pipeline/board", "/pipeline/theses", "/pipeline/insights"):
        assert "此页供机构使用" in browse(Role.ADMINISTRATOR).get(path).text


@pytest.mark.parametrize("role", [Role.FIRM, Role.EVALUATOR, Role.ORGANIZER])
def test_other_roles_may_not_open_the_pipeline(browse: Browse, role: Role):
    assert browse(role).get("/pipeline").status_code == 403


# -- tables to take along --------------------------------------------------------------------------


def test_tables_hold_nothing_that_a_spreadsheet_runs(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    link = links(reader.get("/pipeline").text)[0]
    firm = own_api.state.store.get_firm(firm_of(own_api, link))
    own_api.state.store.edits.put(
        type(firm)(
            **{**{f: getattr(firm, f) for f in firm.__slots__}, "name": "=cmd|'/c calc'!A1"}
        ),
        expected=firm,
        entry=_entry(),
    )
    consent_to_all(own_api, firm.firm_id)
    text = reader.get("/pipeline/export.csv").content.decode("utf-8-sig")
    names = [row["企业名称"] for row in csv.DictReader(io.StringIO(text))]
    assert "'=cmd|'/c calc'!A1" in names
    book = load_workbook(io.BytesIO(reader.get("/pipeline/export.xlsx").content))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert any(cell.value == "'=cmd|'/c calc'!A1" for cell in cells)


def _entry():
    from data.audit import Entry

    return Entry(at=NOW, action="test", subject_type="firm", subject_id=None)


def test_a_table_of_chosen_firms_holds_these_alone(browse: Browse):
    reader = browse(INSTITUTION)
    chosen = picks(reader.get("/pipeline").text)[:2]
    answer = reader.post("/pipeline/chosen", {"do": "csv", "pick": chosen})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row["编号"] for row in rows} == {one.split("|")[0] for one in chosen}


# -- into the deal flow ----------------------------------------------------------------------------


def test_chosen_firms_go_to_the_board_and_to_somebody(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    chosen = picks(reader.get("/pipeline").text)[:3]
    person = own_api.member(INSTITUTION).person_id
    added = reader.post("/pipeline/chosen", {"do": "add", "pick": chosen[:1]})
    assert added.headers["location"].endswith("said=added&n=1")
    form = {"do": "assign", "pick": chosen, "person": person}
    assigned = reader.post("/pipeline/chosen", form)
    assert assigned.status_code == 303
    entries = own_api.state.store.deal_flow.of(own_api.member(INSTITUTION).subject_id)
    assert len(entries) == 3
    assert {entry.assigned_to for entry in entries} == {person}
    board = reader.get("/pipeline/board").text
    assert board.count("data-deal=") == 3
    assert "已放入" in reader.get(added.headers["location"]).text


def test_nothing_chosen_changes_nothing(own_browse: Browse):
    answer = own_browse(INSTITUTION).post("/pipeline/chosen", {"do": "add"})
    assert answer.headers["location"].endswith("said=nothing")


def opened(api: Api, reader: Reader) -> tuple[str, str]:
    """Put the best firm on the board; return its entry and its page."""
    page = reader.get("/pipeline").text
    reader.post("/pipeline/chosen", {"do": "add", "pick": picks(page)[:1]})
    (entry,) = api.state.store.deal_flow.of(api.member(INSTITUTION).subject_id)
    return entry.entry_id, f"/pipeline/candidates/{picks(page)[0].split('|')[0]}"


def test_passing_needs_a_reason_and_keeps_what_was_typed(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    entry_id, _ = opened(own_api, reader)
    path = f"/pipeline/deals/{entry_id}/move"
    refused = reader.post(path, {"to": "passed", "reason": " "})
    assert refused.status_code == 422
    assert "请说明放弃的原因" in refused.text
    assert reader.post(path, {"to": "passed", "reason": "行业不符"}).status_code == 303
    assert own_api.state.store.deal_flow.find(entry_id).stage is Stage.PASSED
    assert own_api.state.store.deal_flow.moves_of(entry_id)[-1].reason == "行业不符"
    again = reader.post(path, {"to": "funded"})
    assert again.status_code == 422
    assert "不能移到这个阶段" in again.text


def test_notes_reminders_and_assignment_on_the_page_of_a_firm(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    entry_id, page = opened(own_api, reader)
    base = f"/pipeline/deals/{entry_id}"
    reader.post(f"{base}/notes", {"text": "<script>alert(1)</script> 下周约谈", "back": page})
    day = (NOW.date() + dt.timedelta(days=2)).isoformat()
    reader.post(f"{base}/reminders", {"due_on": day, "text": "回访", "back": page})
    reader.post(f"{base}/assignment", {"person": own_api.member(INSTITUTION).person_id})
    text = reader.get(page).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 下周约谈" in text
    assert "<script>alert(1)" not in text
    assert "回访" in reader.get("/pipeline/board").text
    (reminder,) = own_api.state.store.deal_flow.reminders_of(entry_id=entry_id)
    done = reader.post(f"/pipeline/reminders/{reminder.reminder_id}/done", {"back": page})
    assert done.headers["location"].startswith(page)
    assert "回访" not in reader.get("/pipeline/board").text


def test_forms_without_the_token_change_nothing(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    entry_id, _ = opened(own_api, reader)
    for path in (f"/pipeline/deals/{entry_id}/move", "/pipeline/chosen", "/offers/new"):
        assert reader.tokenless(path, {"to": "funded", "do": "add"}).status_code == 403
    assert own_api.state.store.deal_flow.find(entry_id).stage is Stage.NEW


def test_another_institution_reaches_no_entry(own_api: Api, own_browse: Browse):
    entry_id, _ = opened(own_api, own_browse(INSTITUTION))
    other = own_browse(INSTITUTION, "other")
    answer = other.post(f"/pipeline/deals/{entry_id}/move", {"to": "screening"})
    assert answer.status_code == 404
    assert "data-deal" not in other.get("/pipeline/board").text


def test_back_leads_nowhere_else(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    entry_id, _ = opened(own_api, reader)
    form = {"to": "screening", "back": "//elsewhere.example/x"}
    answer = reader.post(f"/pipeline/deals/{entry_id}/move", form)
    assert answer.headers["location"].startswith("/?said=")


# -- one firm --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
def test_the_page_of_a_summary_tells_no_name_and_no_single_rule(
    api: Api, browse: Browse, language: Language
):
    reader = browse(INSTITUTION, language=language)
    link = links(reader.get("/pipeline").text)[0]
    answer = reader.get(link)
    firm = api.state.store.get_firm(firm_of(api, link))
    text = said(answer.text).text
    assert firm.name not in answer.text
    assert leftovers(text, api, language) == []
    assert {"zh": "企业同意公开资料后", "en": "Each one is shown once"}[language] in text


def test_a_firm_that_agreed_is_shown_with_every_rule(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    link = links(reader.get("/pipeline").text)[0]
    firm = own_api.state.store.get_firm(firm_of(own_api, link))
    consent_to_all(own_api, firm.firm_id)
    page = reader.get(link).text
    assert firm.name in page
    assert "全部公开" in page or "部分公开" in page
    assert "企业同意公开资料后" not in page
    named = reader.get(f"/pipeline?q={firm.name}").text
    assert links(named) == [f"/pipeline/candidates/{firm.firm_id}"]
    rows = own_api.state.store.provisions.of(firm_id=firm.firm_id, limit=50)
    assert {DataClass.IDENTITY} <= {one for row in rows for one in row.data_classes}


def test_a_firm_has_one_score_in_the_list_and_on_its_page(browse: Browse):
    reader = browse(INSTITUTION)
    page = reader.get("/pipeline").text
    score = re.search(r"<b aria-hidden=\"true\">(\d+)</b>", page)[1]
    assert f'<b aria-hidden="true">{score}</b>' in reader.get(links(page)[0]).text


def test_a_name_is_not_found_before_the_firm_agrees(api: Api, browse: Browse):
    reader = browse(INSTITUTION)
    link = links(reader.get("/pipeline").text)[0]
    firm = api.state.store.get_firm(firm_of(api, link))
    assert not links(reader.get(f"/pipeline?q={firm.name}").text)


def test_asking_to_see_more_names_purpose_and_data(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    link = links(reader.get("/pipeline").text)[0]
    none = reader.post(f"{link}/consent", {"purpose": "matching"})
    assert none.status_code == 422
    assert "至少选择一类" in none.text
    form = {"purpose": "due_diligence", "data": ["identity", "financials"], "message": "想了解"}
    assert reader.post(f"{link}/consent", form).status_code == 303
    (asked,) = own_api.state.store.consents.requests_of(firm_id=firm_of(own_api, link))
    assert asked.purpose is Purpose.DUE_DILIGENCE
    assert asked.data_classes == (DataClass.IDENTITY, DataClass.FINANCIALS)
    assert "等待答复" in reader.get(link).text
    assert reader.post(f"{link}/consent", form).status_code == 409


def test_a_firm_called_script_is_text(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    link = links(reader.get("/pipeline").text)[0]
    firm = own_api.state.store.get_firm(firm_of(own_api, link))
    evil = "<script>alert(1)</script>"
    own_api.state.store.edits.put(
        type(firm)(**{**{f: getattr(firm, f) for f in firm.__slots__}, "name": evil}),
        expected=firm,
        entry=_entry(),
    )
    consent_to_all(own_api, firm.firm_id)
    for path in ("/pipeline", f"/pipeline/candidates/{firm.firm_id}"):
        page = reader.get(path).text
        assert "&lt;script&gt;alert(1)" in page
        assert evil not in page


def test_a_firm_of_nobody_is_not_there(browse: Browse, api: Api):
    reader = browse(INSTITUTION)
    assert reader.get("/pipeline/candidates/teaser_nobody").status_code == 404
    firm_id = api.member(Role.FIRM).subject_id
    assert reader.get(f"/pipeline/candidates/{firm_id}").status_code == 404


# -- theses ----------------------------------------------------------------------------------------


def test_a_thesis_is_saved_counted_and_becomes_a_view(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    form = {"name": "小微智造", "size": ["micro", "small"], "low": "10", "high": "5,000"}
    made = reader.post("/pipeline/theses", form)
    assert made.status_code == 303
    institution_id = own_api.member(INSTITUTION).subject_id
    (thesis,) = own_api.state.store.deal_flow.theses_of(institution_id)
    assert thesis.filters == {
        "size_classes": ["micro", "small"],
        "amount_low_minor": 10 * 10_000 * 100,
        "amount_high_minor": 5_000 * 10_000 * 100,
        "currency": "CNY",
    }
    page = reader.get("/pipeline").text
    assert "小微智造" in page
    view = reader.get(f"/pipeline?thesis={thesis.thesis_id}").text
    assert 'value="micro" checked' in view
    taken = reader.post("/pipeline/theses", {"name": "小微智造"})
    assert taken.status_code == 422
    assert "已有同名" in taken.text
    reader.post(f"/pipeline/theses/{thesis.thesis_id}/removal")
    assert own_api.state.store.deal_flow.theses_of(institution_id) == []


def test_the_count_follows_the_filters(api: Api, browse: Browse):
    reader = browse(INSTITUTION)
    counts = [
        int(re.search(r"<b>([\d,]+)</b>", reader.get(path).text)[1].replace(",", ""))
        for path in (
            "/pipeline/theses/count",
            "/pipeline/theses/count?size=micro",
            "/pipeline/theses/count?size=micro&size=small&size=medium&size=large",
        )
    ]
    everybody = len(api.state.live.matcher.market.open_needs(NOW.date(), include_implied=True))
    assert counts[0] == everybody
    assert counts[1] <= counts[2] <= counts[0]


def test_a_thesis_needs_a_name(own_browse: Browse):
    answer = own_browse(INSTITUTION).post("/pipeline/theses", {"name": " ", "region": "苏州市"})
    assert answer.status_code == 422
    assert 'value="苏州市"' in answer.text


def test_insights_have_a_table_beside_each_plot(browse: Browse):
    page = browse(INSTITUTION).get("/pipeline/insights").text
    assert page.count("data-plot=") == page.count("<table")
    assert '<script type="application/json" id="plots">{"' in page


# -- offers ----------------------------------------------------------------------------------------


def offer_form(**changed: object) -> dict[str, object]:
    return {
        "name": "科技贷",
        "kind": "debt",
        "currency": "CNY",
        "amount_max_minor": "1000",
        **changed,
    }


def test_an_offer_is_made_changed_and_listed(own_api: Api, own_browse: Browse):
    reader = own_browse(INSTITUTION)
    made = reader.post("/offers/new", offer_form(rate_low_pct="3.2", regions="江苏省、上海市"))
    assert made.status_code == 303
    offer_id = made.headers["location"].split("/")[2].split("?")[0]
    offer = own_api.state.store.get_offer(offer_id)
    assert offer.kind is NeedKind.DEBT
    assert offer.amount_max_minor == 1_000 * 10_000 * 100
    assert offer.regions == ("江苏省", "上海市")
    assert offer.rate_low_pct == 3.2
    page = reader.get(f"/offers/{offer_id}").text
    tag = re.search(r'name="tag" value="(\w+)"', page)[1]
    changed = offer_form(name="科技贷二号", tag=tag, tax_grades=["A", "B"])
    assert reader.post(f"/offers/{offer_id}", changed).status_code == 303
    assert own_api.state.store.get_offer(offer_id).tax_grades == ("A", "B")
    stale = reader.post(f"/offers/{offer_id}", changed)
    assert stale.status_code == 409
    assert "同事刚刚修改" in stale.text
    assert "科技贷二号" in reader.get("/offers").text
    assert reader.post(f"/offers/{offer_id}/removal").status_code == 303
    assert own_api.state.store.find_offer(offer_id) is None


def test_faults_of_an_offer_stand_beside_their_fields(browse: Browse):
    wrong = offer_form(
        name="", amount_min_minor="abc", term_max_months="-3", rate_low_pct="5", rate_high_pct="4"
    )
    answer = browse(INSTITUTION).post("/offers/new", wrong)
    assert answer.status_code == 422
    for name in ("name", "amount_min_minor", "term_max_months", "rate_high_pct"):
        assert f'id="e-{name}"' in answer.text
    assert 'value="abc"' in answer.text


def count_in(html: str) -> int:
    return int(re.search(r"<b>([\d,]+)</b>", html)[1].replace(",", ""))


def test_the_count_of_an_offer_follows_its_conditions(browse: Browse):
    reader = browse(INSTITUTION)
    wide = count_in(reader.post("/offers/count", offer_form(amount_max_minor="")).text)
    narrow = count_in(
        reader.post("/offers/count", offer_form(regions="没有这个省", amount_max_minor="")).text
    )
    assert wide > narrow == 0
    preview = reader.post("/offers/preview", offer_form(amount_max_minor=""))
    assert count_in(preview.text) == wide
    broken = reader.post("/offers/count", offer_form(amount_max_minor="abc"))
    assert "请先更正" in broken.text


def test_offers_of_others_are_not_to_be_edited(browse: Browse, api: Api):
    other = api.state.store.page(
        Offer, wanted={"institution_id": api.member(INSTITUTION, "other").subject_id}, limit=1
    )[0]
    for path in (f"/offers/{other.offer_id}", f"/offers/{other.offer_id}/rules"):
        assert browse(INSTITUTION).get(path).status_code == 404
    assert browse(Role.FIRM).get("/offers").status_code == 403


# -- rules -----------------------------------------------------------------------------------------


def own_offer(api: Api) -> Offer:
    owner = api.member(INSTITUTION).subject_id
    return api.state.store.page(Offer, wanted={"institution_id": owner}, limit=1)[0]


def rule_form(**changed: object) -> dict[str, object]:
    rows = {f"{part}{n}": "" for n in range(5) for part in ("fact", "value")}
    rows |= {f"how{n}": "min" for n in range(5)}
    return {"name": "age", "version": "1", "title_zh": "成立满一年", **rows, **changed}


def test_conditions_of_the_form_become_the_text_of_a_rule(browse: Browse, api: Api):
    path = f"/offers/{own_offer(api).offer_id}/rules"
    form = rule_form(
        fact0="age", how0="min", value0="12个月",
        fact1="size_class", how1="in", value1="micro、small",
        fact2="resident", how2="yes", do="write",
    )  # fmt: skip
    answer = browse(INSTITUTION).post(path, form)
    assert answer.status_code == 200
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.S)[1]
    assert "min: 12个月" in text
    assert "- micro" in text
    assert "resident: true" in text
    assert "规则可以使用" in answer.text
    assert count_in(answer.text) >= 0


def test_faults_of_a_rule_name_line_and_path(browse: Browse, api: Api):
    path = f"/offers/{own_offer(api).offer_id}/rules"
    text = "version: '1'\nrequire:\n  employees:\n    min: many\n  no_such_fact: 3\n"
    answer = browse(INSTITUTION).post(path, rule_form(text=text, do="check"))
    assert answer.status_code == 422
    assert "第 4 行" in answer.text
    assert "require.employees.min" in answer.text
    assert "no_such_fact" in answer.text
    broken = browse(INSTITUTION).post(path, rule_form(text="require: [", do="check"))
    assert broken.status_code == 422
    assert "第 1 行" in broken.text or "第 2 行" in broken.text


def test_a_form_without_conditions_says_so(browse: Browse, api: Api):
    path = f"/offers/{own_offer(api).offer_id}/rules"
    answer = browse(INSTITUTION).post(path, rule_form(do="write"))
    assert answer.status_code == 422
    assert "至少写一个条件" in answer.text
    wrong = browse(INSTITUTION).post(
        path, rule_form(fact0="age", how0="in", value0="x", do="write")
    )
    assert "用大小比较" in wrong.text


def test_rules_have_versions_with_days(own_api: Api, own_browse: Browse):
    reader, offer = own_browse(INSTITUTION), own_offer(own_api)
    path = f"/offers/{offer.offer_id}/rules"
    text = "version: '1'\ntitle: {zh: 成立满一年, en: A year old}\nrequire:\n  age: {min: 12个月}\n"
    assert reader.post(path, rule_form(text=text, do="save")).status_code == 303
    assert "成立满一年" in reader.get(path).text
    same = reader.post(path, rule_form(text=text.replace("12", "13"), do="save"))
    assert same.status_code == 409
    renewed = reader.get(f"{path}?name=age").text
    assert "version: &#39;2&#39;" in renewed
    later = (NOW.date() + dt.timedelta(days=10)).isoformat()
    second = text.replace("'1'", "'2'").replace("12个月", "24个月") + f"effective_from: {later}\n"
    assert reader.post(path, rule_form(text=second, do="save")).status_code == 303
    page = reader.get(path).text
    assert page.count('<tr><th scope="row">成立满一年</th>') == 2
    assert "未开始" in page
    ended = reader.post(f"{path}/age/end")
    assert ended.headers["location"].endswith("said=rule_ended")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("path", ["", "/rules"])
def test_the_editors_keep_to_their_language(
    api: Api, browse: Browse, path: str, language: Language
):
    page = browse(INSTITUTION, language=language).get(f"/offers/{own_offer(api).offer_id}{path}")
    assert page.status_code == 200
    assert leftovers(said(page.text).text, api, language) == []
