"""Pipelines over HTTP: stages and their events, notes, reminders, theses; nobody else's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.people import Role
from data.records import EventKind, Firm, Need

from .conftest import Api, make_api


@pytest.fixture(scope="module")
def api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service of this module."""
    home = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("deals") / "home"))
    yield from make_api(home)


@pytest.fixture
def base(api: Api) -> str:
    return f"/v1/institutions/{api.member(Role.INSTITUTION).subject_id}"


def handle_of(api: Api, firm_id: str) -> str:
    recipient = api.member(Role.INSTITUTION).subject_id
    found = api.state.store.handles.handles(recipient, {firm_id: firm_id}, prefix="teaser_")
    return found[firm_id]


def firm_ids(api: Api, n: int) -> list[str]:
    return [firm.firm_id for firm in api.state.store.page(Firm, limit=n)]


COUNT = iter(range(1_000))


def opened(api: Api, base: str, **changes: object) -> tuple[str, str]:
    """Return a firm that was in no pipeline, and its new entry."""
    firm_id = firm_ids(api, 200)[next(COUNT) + 20]
    offer_id = api.state.store.offers_of(api.member(Role.INSTITUTION).subject_id)[0].offer_id
    body = {"firm": handle_of(api, firm_id), "offer_id": offer_id, **changes}
    answer = api.as_(Role.INSTITUTION).post(f"{base}/pipeline", json=body)
    assert answer.status_code == 201, answer.text
    return firm_id, answer.json()["entry_id"]


def move(api: Api, base: str, entry_id: str, to: str, **more: object):
    body = {"to": to, **more}
    api.clock.forward(seconds=1)
    return api.as_(Role.INSTITUTION).post(f"{base}/pipeline/{entry_id}/moves", json=body)


def test_an_entry_goes_through_its_stages_and_leaves_events(api: Api, base: str):
    firm_id, entry_id = opened(api, base)
    for stage in ("screening", "contacted", "meeting", "due_diligence", "term_sheet"):
        assert move(api, base, entry_id, stage).json()["stage"] == stage
    amount = {"amount_minor": 120_000_000, "currency": "CNY"}
    assert move(api, base, entry_id, "funded", **amount).status_code == 200
    details = api.as_(Role.INSTITUTION).get(f"{base}/pipeline/{entry_id}").json()
    assert [step["after"] for step in details["moves"]] == [
        "new",
        "screening",
        "contacted",
        "meeting",
        "due_diligence",
        "term_sheet",
        "funded",
    ]
    assert details["next_stages"] == []
    events = [e for e in api.state.store.events_of(firm_id=firm_id) if "deal" in e.event_id]
    assert [e.kind for e in events] == [EventKind.CONTACT, EventKind.MEETING, EventKind.FUNDED]
    assert (events[-1].amount_minor, events[-1].currency) == (120_000_000, "CNY")
    assert events[0].amount_minor is None
    assert all(e.source == "service:institution" for e in events)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"to": "passed"}, 422),
        ({"to": "passed", "reason": "  "}, 422),
        ({"to": "new"}, 422),
        ({"to": "sold"}, 422),
        ({"to": "funded", "amount_minor": 5}, 422),
        ({"to": "contacted", "offer_id": "offer_nobody"}, 404),
        ({"to": "contacted", "amount_minor": -1, "currency": "CNY"}, 422),
    ],
)
def test_a_step_that_makes_no_sense_changes_nothing(
    api: Api, base: str, body: dict[str, object], status: int
):
    _, entry_id = opened(api, base)
    path = f"{base}/pipeline/{entry_id}"
    assert api.as_(Role.INSTITUTION).post(f"{path}/moves", json=body).status_code == status
    details = api.as_(Role.INSTITUTION).get(path).json()
    assert (details["stage"], len(details["moves"])) == ("new", 1)


def test_passing_has_a_reason_and_may_be_taken_back(api: Api, base: str):
    firm_id, entry_id = opened(api, base)
    passed = move(api, base, entry_id, "passed", reason="超出授信范围").json()
    assert passed["moves"][-1]["reason"] == "超出授信范围"
    assert passed["next_stages"] == ["screening"]
    declined = [e for e in api.state.store.events_of(firm_id=firm_id) if "deal" in e.event_id]
    assert [e.kind for e in declined] == [EventKind.DECLINED]
    assert declined[0].note is None  # the reason is the institution's own
    assert move(api, base, entry_id, "screening").json()["stage"] == "screening"


def test_a_firm_stands_in_a_pipeline_once_as_a_teaser(api: Api, base: str):
    firm_id, entry_id = opened(api, base)
    bank = api.as_(Role.INSTITUTION)
    again = bank.post(f"{base}/pipeline", json={"firm": handle_of(api, firm_id)})
    assert again.status_code == 409
    for firm in (firm_id, "firm_nobody", "teaser_00"):  # ids are not to be tried
        assert bank.post(f"{base}/pipeline", json={"firm": firm}).status_code == 404
    row = bank.get(f"{base}/pipeline/{entry_id}").json()
    assert (row["firm"]["view"], row["firm"]["key"]) == ("teaser", handle_of(api, firm_id))
    assert firm_id not in str(row)
    name = api.state.store.get_firm(firm_id).name
    assert name not in str(bank.get(f"{base}/pipeline", params={"n": 200}).json())


def test_a_need_belongs_to_the_firm(api: Api, base: str):
    needs = [need for need in api.state.store.page(Need, limit=200) if need.firm_id]
    first = needs[-1]
    other = next(need for need in needs if need.firm_id != first.firm_id)
    bank = api.as_(Role.INSTITUTION)
    keys = api.state.store.handles.handles(
        bank.member.subject_id,
        {need.need_id: need.firm_id for need in (first, other)},
        prefix="asked_",
    )
    firm = handle_of(api, first.firm_id)
    wrong = {"firm": firm, "need": keys[other.need_id]}
    assert bank.post(f"{base}/pipeline", json=wrong).status_code == 404
    right = {"firm": firm, "need": keys[first.need_id]}
    entry = bank.post(f"{base}/pipeline", json=right).json()
    assert entry["need"] == keys[first.need_id]
    assert entry["firm"]["teaser"]["need_kind"] == first.kind.value


def test_a_pipeline_is_nobody_elses(api: Api, base: str):
    _, entry_id = opened(api, base)
    reads = ("/pipeline", f"/pipeline/{entry_id}", "/pipeline/counts", "/reminders", "/theses")
    reads = (*reads, "/revealed-thesis")
    other = api.as_(Role.INSTITUTION, "other")
    for path in reads:
        assert api.as_(Role.INSTITUTION).get(base + path).status_code == 200
        assert api.as_(Role.ADMINISTRATOR).get(base + path).status_code == 200
        assert other.get(base + path).status_code == 404
        for role in (Role.FIRM, Role.ORGANIZER, Role.EVALUATOR, Role.BASE_OPERATOR):
            assert api.as_(role).get(base + path).status_code == 403
    mine = f"/v1/institutions/{other.member.subject_id}"
    note = {"text": "x"}
    assert other.get(f"{mine}/pipeline/{entry_id}").status_code == 404
    assert other.post(f"{mine}/pipeline/{entry_id}/notes", json=note).status_code == 404
    admin = api.as_(Role.ADMINISTRATOR)
    assert admin.post(f"{base}/pipeline/{entry_id}/notes", json=note).status_code == 403


def test_pages_and_stages_of_a_pipeline(api: Api, base: str):
    _, first = opened(api, base)
    _, second = opened(api, base)
    move(api, base, second, "meeting")
    bank = api.as_(Role.INSTITUTION)
    seen, cursor = [], None
    while True:
        after = {} if cursor is None else {"cursor": cursor}
        page = bank.get(f"{base}/pipeline", params={"n": 2, **after}).json()
        seen += [row["entry_id"] for row in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert {first, second} <= set(seen)
    meeting = bank.get(f"{base}/pipeline", params={"stage": ["meeting", "funded"], "n": 200})
    stages = {row["entry_id"]: row["stage"] for row in meeting.json()["items"]}
    assert stages[second] == "meeting"
    assert first not in stages
    counts = bank.get(f"{base}/pipeline/counts").json()["counts"]
    assert sum(counts.values()) == len(seen)
    assert counts["meeting"] >= 1
    assert bank.get(f"{base}/pipeline", params={"cursor": "x"}).status_code == 422


def test_notes_assignment_and_reminders(api: Api, base: str):
    _, entry_id = opened(api, base)
    bank = api.as_(Role.INSTITUTION)
    path = f"{base}/pipeline/{entry_id}"
    assert bank.post(f"{path}/notes", json={"text": "下周约谈"}).status_code == 201
    me = bank.member.person_id
    assert bank.put(f"{path}/assignment", json={"person_id": me}).json()["assigned_to"] == me
    mine = bank.get(f"{base}/pipeline", params={"assigned_to": me}).json()["items"]
    assert [row["entry_id"] for row in mine] == [entry_id]
    stranger = api.member(Role.INSTITUTION, "other").person_id
    for person in (stranger, "person_nobody", api.member(Role.FIRM).person_id):
        assert bank.put(f"{path}/assignment", json={"person_id": person}).status_code == 404
    assert bank.put(f"{path}/assignment", json={"person_id": None}).json()["assigned_to"] is None
    reminder = bank.post(
        f"{path}/reminders", json={"due_on": "2026-07-09", "text": "回访", "assigned_to": me}
    ).json()
    wrong = {"due_on": "2026-07-09", "text": "x", "assigned_to": stranger}
    assert bank.post(f"{path}/reminders", json=wrong).status_code == 404
    due = bank.get(f"{base}/reminders", params={"due_by": "2026-07-09"}).json()["items"]
    assert [one["reminder_id"] for one in due] == [reminder["reminder_id"]]
    done = f"{base}/reminders/{reminder['reminder_id']}/done"
    assert bank.post(done).json()["done_at"] is not None
    assert bank.post(done).status_code == 409
    assert bank.get(f"{base}/reminders").json()["items"] == []
    assert bank.post(f"{base}/reminders/reminder_0/done").status_code == 404
    details = bank.get(path).json()
    assert [note["text"] for note in details["notes"]] == ["下周约谈"]
    assert len(details["reminders"]) == 1


def test_a_thesis_is_saved_changed_and_removed(api: Api, base: str):
    bank = api.as_(Role.INSTITUTION)
    body = {"name": "苏南智造", "filters": {"regions": ["苏州市"], "amount_low_minor": 100}}
    saved = bank.post(f"{base}/theses", json=body).json()
    assert saved["filters"]["regions"] == ["苏州市"]
    assert bank.post(f"{base}/theses", json=body).status_code == 409
    path = f"{base}/theses/{saved['thesis_id']}"
    changed = {"name": "苏南", "filters": {"kinds": ["equity"]}}
    assert bank.put(path, json=changed).json()["name"] == "苏南"
    assert bank.get(path).json()["filters"]["kinds"] == ["equity"]
    for wrong in (
        {"name": "x", "filters": {"colour": ["red"]}},
        {"name": "", "filters": {}},
        {"name": "x", "filters": {"size_classes": ["giant"]}},
        {"name": "x", "filters": {"amount_low_minor": 9, "amount_high_minor": 1}},
    ):
        assert bank.post(f"{base}/theses", json=wrong).status_code == 422
    other = api.as_(Role.INSTITUTION, "other")
    mine = f"/v1/institutions/{other.member.subject_id}/theses/{saved['thesis_id']}"
    assert other.put(mine, json=changed).status_code == 404
    assert bank.delete(path).status_code == 204
    assert bank.delete(path).status_code == 404
    assert bank.get(f"{base}/theses").json()["items"] == []


def test_every_write_is_in_the_audit_log(api: Api, base: str):
    _, entry_id = opened(api, base)
    move(api, base, entry_id, "contacted")
    logged = api.state.store.audit.search(subject_type="deal", subject_id=entry_id)
    assert [dict(one.entry.detail) for one in logged] == [
        {"before": "new", "after": "contacted"},
        {},
    ]
    assert logged[0].entry.person_id == api.member(Role.INSTITUTION).person_id
    assert api.state.store.audit.verify() is None
