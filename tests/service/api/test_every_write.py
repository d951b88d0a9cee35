"""Every write over a route stands in the audit log, under the id of its request.

One story does everything that can be done; a route that is in neither the story nor among those
that only read fails, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from data.people import Role
from service.access.authentication import SESSION_COOKIE
from service.access.sight import FIRM_HANDLE
from tests.service.api.test_authorisation import ROUTES
from tests.service.pages.roadshow_files import XLSX, workbook
from tests.service.serving_world import PASSWORD, Api, make_api

READING = {
    "POST /v1/recommendations",
    "POST /v1/rank",
    "POST /v1/institutions/{institution_id}/candidates",
    "POST /v1/explanations",
}
"""They change nothing: what they show is kept as a list, and what they disclose as provisions."""

FIRM, BANK, ADMIN = Role.FIRM, Role.INSTITUTION, Role.ADMINISTRATOR
RULE = {
    "version": "1",
    "title": {"zh": "人数", "en": "Employees"},
    "source": "产品手册",
    "require": {"employees": {"min": 3}},
}
TERMS = {"purpose": "matching", "data_classes": ["identity"], "notice_version": "1"}


class Story:
    """Does one thing after the other, and looks for each in the audit log."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.told: set[str] = set()
        self.unlogged: list[str] = []

    def do(self, role: Role, method: str, template: str, json: Any = None, **path: str) -> Any:
        """Send a request with the key of a role; return the answer's body."""
        headers = {"X-API-Key": self.api.member(role).key}
        return self.send(self.api.client, method, template, path, json=json, headers=headers)

    def send(
        self, client: TestClient, method: str, template: str, path: dict[str, str], **request: Any
    ) -> Any:
        answer = client.request(method, template.format(**path), **request)
        assert answer.status_code < 300, f"{method} {template}: {answer.text}"
        self.told.add(f"{method} {template}")
        logged = self.api.state.store.audit.search(n=3)
        if answer.headers["x-request-id"] not in {row.entry.request_id for row in logged}:
            self.unlogged.append(f"{method} {template}")
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def story(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("written") / "home"))
    bundles = home / "bundles"
    for folder in [one for one in bundles.iterdir() if one.is_dir()]:
        shutil.copytree(folder, bundles / "2026-07-02.1")
    for api in make_api(home):
        told = Story(api)
        tell_records(told)
        tell_deal_flow(told)
        tell_consents(told)
        tell_ledger(told)
        tell_operation(told)
        tell_roadshow(told, home)
        tell_people(told)
        yield told


def tell_records(story: Story) -> None:
    """A record of each kind is made, changed and deleted."""
    bank = story.api.member(BANK).subject_id
    firm = story.api.member(FIRM).subject_id
    need = {"firm_id": firm, "kind": "debt", "stated_on": "2026-06-01"}
    for plural, body, changed in (
        ("bases", {"name": "示例基地"}, {"name": "示例园"}),
        ("firms", {"name": "示例公司"}, {"name": "示例有限公司"}),
        ("needs", need, {**need, "kind": "equity"}),
        ("institutions", {"name": "示例银行", "kind": "bank"}, {"name": "银行", "kind": "bank"}),
        (
            "offers",
            {"institution_id": bank, "name": "示例贷", "kind": "debt"},
            {"institution_id": bank, "name": "示例快贷", "kind": "debt"},
        ),
    ):
        key = story.do(ADMIN, "POST", f"/v1/{plural}", body)["id"]
        one = f"/v1/{plural}/{{record_id}}"
        story.do(ADMIN, "PUT", one, changed, record_id=key)
        if plural == "offers":
            rule = "/v1/offers/{record_id}/rules/{name}"
            story.do(BANK, "PUT", rule, RULE, record_id=key, name="size")
            story.do(BANK, "DELETE", rule, record_id=key, name="size")
        story.do(ADMIN, "DELETE", one, record_id=key)


def tell_deal_flow(story: Story) -> None:
    """An institution works on a firm that it sees as a teaser, and saves a thesis."""
    api, bank = story.api, story.api.member(BANK)
    firm_id = api.member(FIRM).subject_id
    handles = api.state.store.handles.handles(
        bank.subject_id, {firm_id: firm_id}, prefix=FIRM_HANDLE
    )
    own = {"institution_id": bank.subject_id}
    base = "/v1/institutions/{institution_id}"
    entry = story.do(BANK, "POST", f"{base}/pipeline", {"firm": handles[firm_id]}, **own)
    one = {**own, "entry_id": entry["entry_id"]}
    deal = f"{base}/pipeline/{{entry_id}}"
    story.do(BANK, "POST", f"{deal}/moves", {"to": "screening"}, **one)
    story.do(BANK, "PUT", f"{deal}/assignment", {"person_id": bank.person_id}, **one)
    story.do(BANK, "POST", f"{deal}/notes", {"text": "约谈"}, **one)
    due = {"due_on": "2026-09-15", "text": "回访"}
    reminder = story.do(BANK, "POST", f"{deal}/reminders", due, **one)["reminder_id"]
    done = f"{base}/reminders/{{reminder_id}}/done"
    story.do(BANK, "POST", done, **own, reminder_id=reminder)
    thesis = {"name": "苏南", "filters": {"regions": ["苏州市"]}}
    key = story.do(BANK, "POST", f"{base}/theses", thesis, **own)["thesis_id"]
    saved = f"{base}/theses/{{thesis_id}}"
    story.do(BANK, "PUT", saved, {**thesis, "name": "苏州"}, **own, thesis_id=key)
    story.do(BANK, "DELETE", saved, **own, thesis_id=key)
    offer = api.state.store.offers_of(bank.subject_id)[0].offer_id
    happened = {
        "event_id": "event_story",
        "kind": "view",
        "occurred_at": "2026-06-30T10:00:00Z",
        "firm_id": firm_id,
        "offer_id": offer,
    }
    story.do(FIRM, "POST", "/v1/events", {"events": [happened]})


def tell_consents(story: Story) -> None:
    """A notice, a consent given and taken back, a request answered, a dispute answered."""
    api = story.api
    firm_id, bank = api.member(FIRM).subject_id, api.member(BANK).subject_id
    notice = story.do(ADMIN, "POST", "/v1/consent-notices", {"version": "1", "text": "告知"})
    terms = {
        **TERMS,
        "notice_sha256": notice["sha256"],
        "expires_at": "2026-12-31T00:00:00Z",
    }
    firm = "/v1/firms/{firm_id}"
    given = {**terms, "recipient_id": bank}
    story.do(FIRM, "POST", f"{firm}/consents", given, firm_id=firm_id)
    asked = {
        "firm": firm_id,
        "purpose": "matching",
        "data_classes": ["identity"],
        "message": "想了解贵公司",
    }
    request = story.do(BANK, "POST", "/v1/consent-requests", asked)["request_id"]
    answer = "/v1/consent-requests/{request_id}/answer"
    story.do(FIRM, "POST", answer, {"terms": terms}, request_id=request)
    taken_back = {"recipient_id": bank}
    story.do(FIRM, "POST", f"{firm}/consents/revocation", taken_back, firm_id=firm_id)
    wrong = {"kind": "record", "subject_id": firm_id, "field": "employees", "statement": "36人"}
    dispute = story.do(FIRM, "POST", f"{firm}/disputes", wrong, firm_id=firm_id)["dispute_id"]
    closed = {"outcome": "corrected", "answer": "已更正"}
    story.do(ADMIN, "POST", "/v1/disputes/{dispute_id}/answer", closed, dispute_id=dispute)


def tell_ledger(story: Story) -> None:
    """A service is opened, closed and rated."""
    api = story.api
    offer = api.state.store.offers_of(api.member(BANK).subject_id)[0].offer_id
    opened = {"firm": api.member(FIRM).subject_id, "offer_id": offer, "subject": "贷款咨询"}
    key = story.do(FIRM, "POST", "/v1/ledger", opened)["entry_id"]
    one = "/v1/ledger/{entry_id}"
    story.do(FIRM, "POST", f"{one}/close", {"outcome": "completed"}, entry_id=key)
    story.do(FIRM, "POST", f"{one}/rating", {"score": 5}, entry_id=key)


def tell_operation(story: Story) -> None:
    """Jobs and models."""
    job = story.do(ADMIN, "POST", "/v1/jobs", {"kind": "train", "arguments": {"promote": False}})
    story.do(ADMIN, "POST", "/v1/jobs/{job_id}/cancel", job_id=job["job_id"])
    client, key = story.api.client, story.api.member(ADMIN).key
    headers = {"X-API-Key": key, "Content-Type": "text/csv"}
    rows = "firm_id,name\nfirm_new,新设公司\n".encode()
    story.send(client, "POST", "/v1/uploads", {}, content=rows, headers=headers)
    story.do(ADMIN, "POST", "/v1/models/{name}/promote", name="2026-07-02.1")
    story.do(ADMIN, "POST", "/v1/models/rollback")


def tell_roadshow(story: Story, folder: Path) -> None:
    """A roadshow is planned from a workbook, changed, published, and what came of it recorded."""
    organizer = Role.ORGANIZER
    headers = {"X-API-Key": story.api.member(organizer).key, "Content-Type": XLSX}
    sheet = workbook(folder)
    made = story.send(story.api.client, "POST", "/v1/roadshows", {}, content=sheet, headers=headers)
    key = {"roadshow_id": made["roadshow_id"]}
    one = "/v1/roadshows/{roadshow_id}"
    plan = story.api.as_(organizer).get(one.format(**key)).json()["plan"]
    pairs = [
        {name: meeting[name] for name in ("firm_id", "institution_id")}
        for meeting in plan["meetings"]
    ]
    story.do(organizer, "POST", f"{one}/replan", {"rule_out": pairs[:1], "version": 1}, **key)
    for state in ("published", "running"):
        story.do(organizer, "POST", f"{one}/state", {"state": state}, **key)
    met = story.api.as_(organizer).get(one.format(**key)).json()["plan"]["meetings"][0]
    pair = {name: met[name] for name in ("firm_id", "institution_id")}
    reports = {"reports": [{**pair, "attendance": "attended"}]}
    story.do(organizer, "POST", f"{one}/reports", reports, **key)


def tell_people(story: Story) -> None:
    """An organisation and a person come, work under a session, and go."""
    api = story.api
    org = story.do(ADMIN, "POST", "/v1/organisations", {"name": "评估", "role": "evaluator"})
    own = {"organisation_id": org["organisation_id"]}
    named = {**own, "login": "zhang.wei", "display_name": "张伟", "password": PASSWORD}
    person = story.do(ADMIN, "POST", "/v1/people", named)["person_id"]
    story.do(ADMIN, "PATCH", "/v1/people/{person_id}", {"display_name": "张薇"}, person_id=person)
    story.do(ADMIN, "PATCH", "/v1/organisations/{organisation_id}", {"name": "评估处"}, **own)
    with TestClient(api.client.app, base_url="http://localhost") as browser:
        signed_in = {"login": "zhang.wei", "password": PASSWORD}
        begun = story.send(browser, "POST", "/v1/session", {}, json=signed_in)
        token = {"X-CSRF-Token": begun["csrf_token"]}
        made = story.send(
            browser,
            "POST",
            "/v1/keys",
            {},
            json={"name": "k", "scopes": ["read"], "days": 1},
            headers=token,
        )
        key = {"key_id": made["key_id"]}
        story.send(browser, "DELETE", "/v1/keys/{key_id}", key, headers=token)
        words = {"old_password": PASSWORD, "new_password": f"{PASSWORD} indeed"}
        begun = story.send(browser, "POST", "/v1/session/password", {}, json=words, headers=token)
        token = {"X-CSRF-Token": begun["csrf_token"]}
        assert SESSION_COOKIE in browser.cookies
        story.send(browser, "DELETE", "/v1/session", {}, headers=token)
    one = "/v1/people/{person_id}"
    story.do(ADMIN, "PUT", f"{one}/password", {"password": f"{PASSWORD} again"}, person_id=person)
    story.do(ADMIN, "POST", f"{one}/disable", person_id=person)
    story.do(ADMIN, "POST", f"{one}/enable", person_id=person)
    org_path = "/v1/organisations/{organisation_id}"
    for held in (True, False):
        story.do(ADMIN, "PUT", f"{org_path}/legal-hold", {"held": held, "reason": "函"}, **own)
    story.do(ADMIN, "POST", f"{org_path}/close", **own)
    story.do(ADMIN, "POST", f"{org_path}/erasure", organisation_id=api.member(FIRM).organisation_id)


def test_the_story_tells_of_every_route_that_writes(story: Story):
    writing = {str(route) for route in ROUTES if route.method != "GET"}
    assert writing - story.told - READING == set()


def test_every_write_is_in_the_audit_log(story: Story):
    assert story.unlogged == []


def test_the_log_is_whole_afterwards(story: Story):
    assert story.api.state.store.audit.verify() is None
