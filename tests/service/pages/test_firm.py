"""Pages of a firm, without a browser: what they show, what they store, and what they refuse."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.consent import ConsentRequest, DataClass, Purpose
from data.people import Role
from data.records import EventKind, Offer, SizeClass
from service.access.demo_notice import ensure_notice
from service.settings import Language
from tests.service.pages.conftest import Browse
from tests.service.pages.reading import Reader, said, sign_in
from tests.service.serving_world import Api, make_api

OFFER = re.compile(r"/firm/offers/([\w-]+)\?list=(rec_\w+)&(?:amp;)?at=(\d+)")
VALUE = re.compile(r'name="(notice_\w+)" value="([^"]*)"')
HINT = 'class="fault"'


def offers_of(reader: Reader, query: str = "") -> list[tuple[str, str, str]]:
    return list(dict.fromkeys(OFFER.findall(reader.get(f"/firm/matches{query}").text)))


def consent_values(html: str) -> dict[str, str]:
    return dict(VALUE.findall(html))


@pytest.fixture(scope="module")
def own_api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A world of this file; its tests change it, each something of its own."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("firm") / "home"))
    for api in make_api(home):
        ensure_notice(api.state.store, now=api.clock())
        yield api


@pytest.fixture(scope="module")
def firm(own_api: Api) -> Reader:
    return sign_in(own_api, Role.FIRM)


def test_an_offer_tells_everything_and_its_view_is_an_event(firm: Reader, own_api: Api):
    offer_id, list_id, place = offers_of(firm)[0]
    page = firm.get(f"/firm/offers/{offer_id}", params={"list": list_id, "at": place})
    assert page.status_code == 200
    text = said(page.text).text
    for needed in (
        "为什么推荐",
        "资格条件",
        "成交可能性",
        "规则 offer.kind，第 1 版",
        "匹配度，非信用评价",
    ):
        assert needed in text
    events = own_api.state.store.events_of(firm_id=firm.member.subject_id, offer_id=offer_id)
    views = [event for event in events if event.kind is EventKind.VIEW]
    assert views[-1].recommendation_id == list_id
    assert views[-1].position == int(place)


def test_a_list_of_nobody_is_not_named_in_events(firm: Reader, own_api: Api):
    offer_id = offers_of(firm)[0][0]
    firm.get(f"/firm/offers/{offer_id}", params={"list": "rec_made_up", "at": "1"})
    events = own_api.state.store.events_of(firm_id=firm.member.subject_id, offer_id=offer_id)
    assert "rec_made_up" not in {event.recommendation_id for event in events}


def test_an_unknown_offer_is_a_missing_page(firm: Reader):
    assert firm.get("/firm/offers/offer_none").status_code == 404
    assert firm.post("/firm/offers/offer_none/save").status_code == 404


def test_saving_twice_is_one_event(firm: Reader, own_api: Api):
    offer_id = offers_of(firm)[0][0]
    for _ in range(2):
        assert firm.post(f"/firm/offers/{offer_id}/save").status_code == 303
    events = own_api.state.store.events_of(firm_id=firm.member.subject_id, offer_id=offer_id)
    assert [event.kind for event in events].count(EventKind.SAVE) == 1
    assert "已收藏" in firm.get("/firm/contacts").text


def test_contact_needs_consent_and_shows_in_contacts(firm: Reader, own_api: Api):
    offer_id = offers_of(firm)[0][0]
    form = firm.get(f"/firm/offers/{offer_id}/contact").text
    sent = {**consent_values(form), "data_class": ["identity", "contact"], "days": "90"}
    assert firm.post(f"/firm/offers/{offer_id}/contact", sent).status_code == 303
    store = own_api.state.store
    institution_id = store.get_offer(offer_id).institution_id
    given = store.consents.of(firm_id=firm.member.subject_id, recipient_id=institution_id)
    assert {one.data_class for one in given} == {DataClass.IDENTITY, DataClass.CONTACT}
    assert "已联系" in firm.get("/firm/contacts").text
    page = firm.get("/firm/consents").text
    assert store.get_institution(institution_id).name in page
    revoked = firm.post("/firm/consents/revoke", {"recipient_id": institution_id})
    assert revoked.status_code == 303
    assert not store.consents.of(
        firm_id=firm.member.subject_id, recipient_id=institution_id, at=own_api.clock()
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [({"data_class": []}, "请至少勾选一类数据"), ({"notice_sha256": "0" * 64}, "告知书刚刚更新")],
)
def test_contact_without_a_choice_or_with_an_old_notice_is_refused(
    firm: Reader, own_api: Api, change: dict[str, object], message: str
):
    offer_id = offers_of(firm)[0][0]
    form = firm.get(f"/firm/offers/{offer_id}/contact").text
    sent = {**consent_values(form), "data_class": ["identity"], "message": "您好", **change}
    before = own_api.state.store.consents.of(firm_id=firm.member.subject_id)
    answer = firm.post(f"/firm/offers/{offer_id}/contact", sent)
    assert answer.status_code == 422
    assert message in answer.text
    assert "您好" in answer.text  # nothing that was typed is lost
    assert own_api.state.store.consents.of(firm_id=firm.member.subject_id) == before


def test_compare_shows_four_at_most(firm: Reader, own_api: Api):
    ids = [offer.offer_id for offer in own_api.state.store.page(Offer, limit=5)]
    page = firm.get("/firm/compare", params={"offer": ids[:5]})
    assert page.status_code == 200
    assert page.text.count('<th scope="col"><a') == 4
    assert "一次最多对比 4 项" in page.text
    assert "请至少选择两项产品" in firm.get("/firm/compare", params={"offer": ids[:1]}).text


def test_a_form_without_the_token_is_refused(firm: Reader):
    offer_id = offers_of(firm)[0][0]
    assert firm.tokenless(f"/firm/offers/{offer_id}/save", {}).status_code == 403


def profile_form(reader: Reader) -> dict[str, str]:
    html = reader.get("/firm/profile").text
    tag = re.search(r'name="tag" value="([^"]*)"', html)
    need = re.search(r'name="need_id" value="([^"]*)"', html)
    assert tag is not None
    assert need is not None
    return {"tag": tag[1], "need_id": need[1], "firm_name": "甲机械有限公司"}


def test_profile_and_need_are_stored_with_what_follows(firm: Reader, own_api: Api):
    sent = {
        **profile_form(firm),
        "firm_industry": "C3311",
        "firm_employees": "25",
        "firm_revenue_minor": "350万元",
        "need_kind": "debt",
        "need_amount": "100-200万元",
        "need_term_months": "12",
    }
    assert firm.post("/firm/profile", sent).headers["location"] == "/firm/profile?done=saved"
    store = own_api.state.store
    stored = store.get_firm(firm.member.subject_id)
    assert stored.revenue_minor == 3_500_000 * 100
    assert stored.size_class is SizeClass.SMALL  # 20 people and 300 万元 or more, below medium
    need = store.get_need(sent["need_id"])
    assert (need.amount_low_minor, need.amount_high_minor) == (1_000_000 * 100, 2_000_000 * 100)
    shown = firm.get("/firm/profile").text
    assert "350万元" in shown
    assert "100万元-200万元" in shown


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(firm: Reader, own_api: Api):
    before = own_api.state.store.get_firm(firm.member.subject_id)
    sent = {**profile_form(firm), "firm_employees": "about ten", "firm_revenue_minor": "一些"}
    answer = firm.post("/firm/profile", sent)
    assert answer.status_code == 422
    assert 'id="firm_employees-fault"' in answer.text
    assert "about ten" in answer.text
    assert "请填写整数" in answer.text
    assert own_api.state.store.get_firm(firm.member.subject_id) == before


def test_a_record_that_changed_meanwhile_is_not_overwritten(firm: Reader):
    sent = profile_form(firm)
    first = firm.post("/firm/profile", {**sent, "firm_city": "苏州市"})
    assert first.status_code == 303, said(first.text).text
    late = firm.post("/firm/profile", {**sent, "firm_city": "无锡市"})
    assert late.status_code == 422
    assert "资料已被他人修改" in late.text


def test_checks_say_what_follows_and_store_nothing(firm: Reader, own_api: Api):
    sent = {
        **profile_form(firm),
        "firm_company_code": "91110000101623741X",
        "firm_industry": "C3311",
        "firm_employees": "5",
        "firm_revenue_minor": "nonsense",
    }
    before = own_api.state.store.get_firm(firm.member.subject_id)
    text = firm.post("/firm/profile/check", sent).text
    assert "微型企业" in text
    assert "校验位不符" in text
    assert "金额看不懂" in text
    assert own_api.state.store.get_firm(firm.member.subject_id) == before


def test_a_row_of_a_table_fills_the_form(firm: Reader, own_api: Api):
    table = "企业名称,城市,从业人数,需求类型,金额\n乙软件有限公司,无锡市,12,贷款,80万元\n"
    file = {"file": ("row.csv", table.encode("utf-8-sig"), "text/csv")}
    before = own_api.state.store.get_firm(firm.member.subject_id)
    answer = firm.post("/firm/profile/import", files=file)
    assert answer.status_code == 200, said(answer.text).text
    assert 'value="乙软件有限公司"' in answer.text
    assert 'value="80万元"' in answer.text
    assert own_api.state.store.get_firm(firm.member.subject_id) == before
    wrong = firm.post("/firm/profile/import", files={"file": ("row.exe", b"x", "text/plain")})
    assert wrong.status_code == 422
    assert "请选择 xlsx 或 csv 文件" in wrong.text


def test_facts_are_stated_from_the_health_check(firm: Reader, own_api: Api):
    assert firm.post("/firm/facts", {"fact.agricultural": "no"}).status_code in (303, 422)
    assert firm.post("/firm/facts", {"fact.hired_eligible": "3"}).status_code == 303
    stated = {f.name: f for f in own_api.state.store.rules.facts_of(firm.member.subject_id)}
    assert stated["hired_eligible"].value.number == 3
    assert firm.post("/firm/facts", {"fact.hired_eligible": "many"}).status_code == 422


def test_a_service_is_rated_once(firm: Reader, own_api: Api):
    base = sign_in(own_api, Role.BASE_OPERATOR)
    offer_id = offers_of(firm)[0][0]
    opened = {"firm_id": firm.member.subject_id, "offer_id": offer_id, "subject": "辅导<b>"}
    assert base.post("/base/ledger", opened).status_code == 303
    (entry,) = own_api.state.store.ledger.of(firm_id=firm.member.subject_id)  # the only one
    assert "辅导&lt;b&gt;" in firm.get("/firm/ledger").text
    rating = f"/firm/ledger/{entry.entry_id}/rating"
    assert firm.post(rating, {"score": "5"}).status_code == 422  # it runs still
    close = f"/base/ledger/{entry.entry_id}/close"
    assert base.post(close, {"outcome": "completed"}).status_code == 303
    assert base.post(close, {"outcome": "failed"}).status_code == 422
    assert firm.post(rating, {"score": "9"}).status_code == 422
    assert firm.post(rating, {"score": "4", "comment": "及时"}).status_code == 303
    assert firm.post(rating, {"score": "1"}).status_code == 422
    assert "您的评价：4 分" in firm.get("/firm/ledger").text
    assert "100%" in base.get("/base/ledger").text  # of one vote, 4 of 5 is content


def test_a_dispute_has_its_days(firm: Reader):
    sent = {"subject_id": firm.member.subject_id, "field": "employees", "statement": "应为 30 人"}
    assert firm.post("/firm/disputes", sent).status_code == 303
    assert "还剩 20 天" in firm.get("/firm/consents").text
    assert firm.post("/firm/disputes", sent).status_code == 422
    assert firm.post("/firm/disputes", {**sent, "statement": " "}).status_code == 422


def test_a_request_is_answered(firm: Reader, own_api: Api):
    institution = own_api.as_(Role.INSTITUTION)
    request = ConsentRequest(
        request_id="ask_1",
        firm_id=firm.member.subject_id,
        recipient_id=institution.member.subject_id,
        organisation_id=institution.member.organisation_id,
        person_id=institution.member.person_id,
        purpose=Purpose.MATCHING,
        data_classes=(DataClass.IDENTITY, DataClass.FINANCIALS),
        message="<script>alert(1)</script>",
        asked_at=own_api.clock(),
    )
    own_api.state.store.consents.ask(request)
    page = firm.get("/firm/consents").text
    assert "<script>alert" not in page
    assert firm.post("/firm/requests/ask_1", {"granted": "true"}).status_code == 422
    sent = {**consent_values(page), "granted": "true", "data_class": ["identity"]}
    assert firm.post("/firm/requests/ask_1", sent).status_code == 303
    given = own_api.state.store.consents.of(
        firm_id=firm.member.subject_id, recipient_id=request.recipient_id, at=own_api.clock()
    )
    assert [one.data_class for one in given] == [DataClass.IDENTITY]
    other = sign_in(own_api, Role.FIRM, "other")
    assert other.post("/firm/requests/ask_1", {"granted": "false"}).status_code == 404


@pytest.mark.parametrize("path", ["/firm/profile", "/firm/contacts", "/firm/consents"])
def test_firms_alone_open_pages_of_firms(browse: Browse, path: str):
    for role in (Role.INSTITUTION, Role.EVALUATOR, Role.ADMINISTRATOR):
        assert browse(role).get(path).status_code == 403


def test_a_base_adds_a_firm_of_its_own(own_api: Api):
    base = sign_in(own_api, Role.BASE_OPERATOR)
    assert base.post("/base/residents", {"firm_name": ""}).status_code == 422
    sent = {"firm_name": "<script>新企业", "firm_employees": "3", "firm_industry": "I6513"}
    assert base.post("/base/residents", sent).status_code == 303
    pages, path = "", "/base/residents"
    while path:
        html = base.get(path).text
        pages += html
        more = re.search(r'href="(/base/residents\?after=[^"]+)"', html)
        path = more[1] if more else ""
    assert "&lt;script&gt;新企业" in pages
    assert "<script>新企业" not in pages


def test_keys_are_shown_once_and_revoked(own_api: Api):
    reader = sign_in(own_api, Role.EVALUATOR, language=Language.EN)
    made = reader.post("/account/keys", {"name": "notebook", "scope": ["read"], "days": "30"})
    key = re.search(r"fm_[0-9a-f]{16}_[0-9a-f]{64}", made.text)
    assert key is not None
    assert key[0] not in reader.get("/account").text
    headers = {"X-API-Key": key[0]}
    assert own_api.client.get("/v1/session", headers=headers).status_code == 200
    key_id = key[0].split("_")[1]
    assert reader.post(f"/account/keys/{key_id}/revoke").status_code == 303
    own_api.clock.forward(seconds=5)
    assert own_api.client.get("/v1/session", headers=headers).status_code == 401
    for wrong in ({"name": ""}, {"name": "x", "scope": []}, {"name": "x", "days": "0"}):
        sent = {"scope": ["read"], "days": "30", **wrong}
        assert reader.post("/account/keys", sent).status_code == 422


def test_the_password_changes(own_api: Api):
    reader = sign_in(own_api, Role.EVALUATOR, "other")
    old, new = "a long enough passphrase", "another long enough phrase 7"
    wrong = {"old_password": "no", "new_password": new, "repeated": new}
    assert "现在的密码不正确" in reader.post("/account/password", wrong).text
    differ = {"old_password": old, "new_password": new, "repeated": new + "x"}
    assert "两次输入的新密码不同" in reader.post("/account/password", differ).text
    easy = {"old_password": old, "new_password": "12345678", "repeated": "12345678"}
    assert "太容易猜到" in reader.post("/account/password", easy).text
    good = {"old_password": old, "new_password": new, "repeated": new}
    assert reader.post("/account/password", good).status_code == 303
    assert reader.get("/account?done=password").status_code == 200


def test_export_and_erasure(own_api: Api):
    firm = sign_in(own_api, Role.FIRM, "other")
    file = firm.get("/firm/data.zip")
    assert file.content[:2] == b"PK"
    assert firm.post("/firm/erase", {"confirmation": "yes"}).status_code == 422
    assert own_api.state.store.find_firm(firm.member.subject_id) is not None
    assert firm.post("/firm/erase", {"confirmation": "删除"}).headers["location"] == "/sign-in"
    assert own_api.state.store.find_firm(firm.member.subject_id) is None
