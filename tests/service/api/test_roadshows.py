"""Roadshows over HTTP: planned, changed, published, recorded and handed out; one's own alone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from data.consent import DataClass, Purpose
from data.people import Role
from matcher.roadshow import checking
from service.jobs.folders import JobFolders
from service.serving import roadshows as serving
from tests.service.api.granting import grant
from tests.service.pages.roadshow_files import XLSX, row, small_event, workbook
from tests.service.serving_world import Api, Caller

ORGANIZER = Role.ORGANIZER


def send(caller: Caller, content: bytes, **params: Any):
    return caller.post(
        "/v1/roadshows", content=content, params=params, headers={"Content-Type": XLSX}
    )


def planned(api: Api, folder: Path, side: str = "own") -> str:
    answer = send(api.as_(ORGANIZER, side), workbook(folder))
    assert answer.status_code == 201, answer.text
    return answer.json()["roadshow_id"]


def test_a_roadshow_from_workbook_to_outcomes(own_api: Api, tmp_path: Path):
    organizer = own_api.as_(ORGANIZER)
    key = planned(own_api, tmp_path)
    shown = organizer.get(f"/v1/roadshows/{key}").json()
    assert (shown["state"], shown["version"], shown["score_source"]) == ("draft", 1, "file")
    assert len(shown["plan"]["meetings"]) == 8
    assert shown["plan"]["quality"]["gap"] == 0
    pair = {name: shown["plan"]["meetings"][0][name] for name in ("firm_id", "institution_id")}
    changed = organizer.post(f"/v1/roadshows/{key}/replan", json={"rule_out": [pair], "version": 1})
    assert changed.json()["version"] == 2
    assert [one["firm_id"] for one in changed.json()["difference"]["removed"]] == [pair["firm_id"]]
    stale = organizer.post(f"/v1/roadshows/{key}/replan", json={"cancel": ["f1"], "version": 1})
    assert (stale.status_code, stale.json()["error"]["code"]) == (409, "conflict")
    report = {**pair, "attendance": "attended"}
    early = organizer.post(f"/v1/roadshows/{key}/reports", json={"reports": [report]})
    assert early.status_code == 422
    for state in ("published", "running"):
        assert organizer.post(f"/v1/roadshows/{key}/state", json={"state": state}).json()[
            "state"
        ] == (state)
    met = organizer.get(f"/v1/roadshows/{key}").json()["plan"]["meetings"][0]
    report |= {name: met[name] for name in ("firm_id", "institution_id")}
    told = organizer.post(f"/v1/roadshows/{key}/reports", json={"reports": [report]})
    assert told.json() == {"reports": 1, "events": 0}  # neither side is in the store
    nobody = {"firm_id": "f9", "institution_id": "i9", "attendance": "attended"}
    assert (
        organizer.post(f"/v1/roadshows/{key}/reports", json={"reports": [nobody]}).status_code
        == 422
    )
    logged = [found.entry.action for found in own_api.state.store.audit.search(subject_id=key)]
    assert logged == [
        "roadshows.record",
        "roadshows.advance",
        "roadshows.advance",
        "roadshows.plan",
        "roadshows.plan",
    ]


@pytest.mark.parametrize("name", ["roadshow.xlsx", "calendars.zip", "agendas.html"])
def test_handouts(own_api: Api, tmp_path: Path, name: str):
    key = planned(own_api, tmp_path)
    answer = own_api.as_(ORGANIZER).get(f"/v1/roadshows/{key}/files/{name}")
    assert answer.status_code == 200
    if name == "calendars.zip":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert sorted(archive.namelist()) == [
                *(f"f{n}.ics" for n in range(4)),
                *(f"i{n}.ics" for n in range(2)),
            ]
    wrong = own_api.as_(ORGANIZER).get(f"/v1/roadshows/{key}/files/plan.exe")
    assert wrong.status_code == 404


def test_others_roadshows_do_not_exist(own_api: Api, tmp_path: Path):
    key = planned(own_api, tmp_path)
    other, admin = own_api.as_(ORGANIZER, "other"), own_api.as_(Role.ADMINISTRATOR)
    base = f"/v1/roadshows/{key}"
    asked = [
        other.get(base),
        other.post(f"{base}/replan", json={"cancel": ["f1"]}),
        other.post(f"{base}/state", json={"state": "published"}),
        other.get(f"{base}/files/roadshow.xlsx"),
    ]
    nobodys = other.get("/v1/roadshows/roadshow_nobodys")
    assert [answer.status_code for answer in asked] == [404] * 4
    assert nobodys.status_code == 404
    assert other.get("/v1/roadshows").json()["items"] == []
    assert [one["roadshow_id"] for one in admin.get("/v1/roadshows").json()["items"]] == [key]
    assert admin.get(base).status_code == 200


def test_the_same_file_of_two_organizers_makes_two_roadshows(own_api: Api, tmp_path: Path):
    assert planned(own_api, tmp_path) != planned(own_api, tmp_path, "other")


def test_everything_wrong_with_a_file_is_told(own_api: Api, tmp_path: Path):
    rows = small_event()
    rows[checking.SCORES] += (
        row(firm_id="f9", institution_id="i0", score=1),
        row(firm_id="f1", institution_id="i0", score="x"),
    )
    answer = send(own_api.as_(ORGANIZER), workbook(tmp_path, rows))
    assert answer.status_code == 422
    assert "2 faults" in answer.json()["error"]["message"]
    assert own_api.as_(ORGANIZER).get("/v1/roadshows").json()["items"] == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a workbook", b"\xd0\xcf\x11\xe0" * 8])
def test_what_is_no_workbook_is_refused(own_api: Api, content: bytes):
    assert send(own_api.as_(ORGANIZER), content).status_code == 422
    left = list((own_api.state.settings.home / "roadshows" / "incoming").iterdir())
    assert left == []


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (100 << 20))
    return packed.getvalue()


def test_a_workbook_that_unpacks_to_too_much_is_refused(own_api: Api):
    answer = send(own_api.as_(ORGANIZER), bomb())
    assert answer.status_code == 422
    assert "unpacks" in answer.json()["error"]["message"]


def store_event(api: Api, firm_ids: list[str]) -> dict[str, Any]:
    institution = api.member(Role.INSTITUTION).subject_id
    return small_event(
        **{
            checking.FIRMS: tuple(row(firm_id=key, name="甲") for key in firm_ids),
            checking.INSTITUTIONS: (row(institution_id=institution, name="乙", kind="bank"),),
            checking.SCORES: (),
        }
    )


def test_the_model_scores_only_firms_that_let_the_organizer_know_them(own_api: Api, tmp_path: Path):
    firm = own_api.member(Role.FIRM).subject_id
    organizer = own_api.as_(ORGANIZER)
    content = workbook(tmp_path, store_event(own_api, [firm]))
    refused = send(organizer, content)
    unknown = send(organizer, workbook(tmp_path, store_event(own_api, ["firm_of_nobody"])))
    assert refused.status_code == unknown.status_code == 422
    told = [
        a.json()["error"]["message"].replace("firm_of_nobody", firm) for a in (refused, unknown)
    ]
    assert told[0] == told[1]  # whether it exists does not show
    recipient = organizer.member.organisation_id
    grant(own_api, [DataClass.IDENTITY], recipient=recipient, purpose=Purpose.ROADSHOW)
    answer = send(organizer, content)
    assert answer.status_code == 201, answer.text
    shown = organizer.get(f"/v1/roadshows/{answer.json()['roadshow_id']}").json()
    assert shown["score_source"] != "file"
    kept = own_api.state.store.roadshows.get_plan(shown["roadshow_id"])
    assert all(not note["reason_zh"] for *_, note in kept.problem["notes"])  # identity alone


def test_a_large_event_is_planned_by_a_job(
    own_api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from service.cli import main

    monkeypatch.setattr(serving, "AT_ONCE", 1)
    organizer = own_api.as_(ORGANIZER)
    answer = send(organizer, workbook(tmp_path))
    assert answer.status_code == 202
    job_id, key = answer.json()["job_id"], answer.json()["roadshow_id"]
    assert organizer.get(f"/v1/jobs/{job_id}").json()["kind"] == "roadshow"
    assert own_api.as_(ORGANIZER, "other").get(f"/v1/jobs/{job_id}").status_code == 404
    home = own_api.state.settings.home
    order = JobFolders(home).inputs(job_id) / "order.json"
    assert main(["roadshow", "order", str(order), "--home", str(home), "--json"]) == 0
    shown = organizer.get(f"/v1/roadshows/{key}").json()
    assert len(shown["plan"]["meetings"]) == 8
    assert shown["organisation_id"] == organizer.member.organisation_id


def test_a_first_plan_is_done_once_for_a_key(own_api: Api, tmp_path: Path):
    organizer, content = own_api.as_(ORGANIZER), workbook(tmp_path)
    headers = {"Content-Type": XLSX, "Idempotency-Key": "once"}
    first, second = (
        organizer.post("/v1/roadshows", content=content, headers=headers) for _ in range(2)
    )
    assert first.json() == second.json()
    assert len(organizer.get("/v1/roadshows").json()["items"]) == 1
