"""Export, legal hold and deletion of one organisation over HTTP."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile

import pytest

from data.consent import Consent, DataClass, Purpose
from data.people import Role
from data.records import Event, EventKind, Firm, Offer

from .conftest import NOW, Api


def archive_of(api: Api, role: Role, *, by: Role | None = None) -> dict[str, list[dict]]:
    """Return the rows of an export, after its manifest was checked."""
    path = f"/v1/organisations/{api.member(role).organisation_id}/export"
    answer = api.as_(by or role).get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        names = set(archive.namelist()) - {"manifest.json"}
        assert names == set(manifest["files"])
        found = {}
        for name, part in manifest["files"].items():
            content = archive.read(name)
            lines = content.decode().splitlines()
            assert part == {
                "rows": len(lines),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
            found[name.removesuffix(".jsonl")] = [json.loads(line) for line in lines]
    return found


@pytest.mark.parametrize("role", [*Role])
def test_everybody_gets_a_file_of_their_own_data(api: Api, role: Role):
    found = archive_of(api, role)
    (person,) = found["people"]
    assert person["person_id"] == api.member(role).person_id
    assert "password_hash" not in person
    assert "digest" not in found["keys"][0]
    assert found["organisation"][0]["role"] == role.value
    by_administrator = archive_of(api, role, by=Role.ADMINISTRATOR)
    assert by_administrator.keys() == found.keys()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_gets_the_file_of_another(api: Api, role: Role):
    path = f"/v1/organisations/{api.member(role, 'other').organisation_id}/export"
    assert api.as_(role).get(path).status_code == 404
    assert api.as_(Role.ADMINISTRATOR).get("/v1/organisations/org_x/export").status_code == 404


def test_a_firms_file_holds_its_record_and_who_saw_it(own_api: Api):
    firm_id = own_api.member(Role.FIRM).subject_id
    own_api.as_(Role.BASE_OPERATOR).get(f"/v1/firms/{firm_id}")
    offer_id = own_api.state.store.page(Offer, limit=1)[0].offer_id
    notes = {"service:firm": "本企业的备注", "service:institution": "机构的备注"}
    own_api.state.store.append_events(
        [
            Event(
                event_id=f"event_y_{source}",
                kind=EventKind.CONTACT,
                occurred_at=NOW,
                firm_id=firm_id,
                offer_id=offer_id,
                note=note,
                source=source,
            )
            for source, note in notes.items()
        ]
    )
    found = archive_of(own_api, Role.FIRM)
    told = {row["source"]: row["note"] for row in found["events"] if "_y_" in row["event_id"]}
    assert told == {"service:firm": "本企业的备注", "service:institution": None}
    assert [row["firm_id"] for row in found["firm"]] == [firm_id]
    assert all(row["subject_id"] == firm_id for row in found["facts"])
    assert {row["firm_id"] for row in found["needs"]} == {firm_id}
    assert found["provisions"][0]["basis"] == "base"
    logged = own_api.state.store.audit.search(action="data.export")
    assert logged[0].entry.subject_id == own_api.member(Role.FIRM).organisation_id


def test_an_institutions_file_names_firms_as_it_may_call_them(own_api: Api):
    store, bank = own_api.state.store, own_api.member(Role.INSTITUTION)
    first, second = (own_api.member(Role.FIRM, side).subject_id for side in ("own", "other"))
    offer_id = store.offers_of(bank.subject_id)[0].offer_id
    store.append_events(
        [
            Event(
                event_id=f"event_x_{firm_id}_{kind.value}",
                kind=kind,
                occurred_at=NOW,
                firm_id=firm_id,
                offer_id=offer_id,
                note="企业自己的备注",
            )
            for firm_id in (first, second)
            for kind in (EventKind.APPLICATION, EventKind.SAVE)
        ]
    )
    store.consents.grant(
        [
            Consent(
                consent_id="consent_x",
                firm_id=first,
                recipient_id=bank.subject_id,
                purpose=Purpose.MATCHING,
                data_class=DataClass.IDENTITY,
                notice_version="1",
                notice_sha256="0",
                granted_at=NOW,
                granted_by="p",
                expires_at=NOW + dt.timedelta(days=9),
            )
        ]
    )
    found = archive_of(own_api, Role.INSTITUTION)
    mine = [row for row in found["events"] if row["event_id"].startswith("event_x_")]
    assert {row["kind"] for row in mine} == {"application"}  # what a firm saves is its own
    assert all(row["note"] is None for row in mine)
    called = {row["firm_id"] for row in mine}
    assert first in called
    assert all(key == first or key.startswith("teaser_") for key in called)
    everything = json.dumps({name: rows for name, rows in found.items() if name != "events"})
    assert second not in everything
    told = store.provisions.of(firm_id=first)
    assert (told[0].data_classes, told[0].context) == ((DataClass.IDENTITY,), "firms.name")
    assert store.provisions.of(firm_id=second) == []


def test_a_legal_hold_keeps_data_from_every_way_of_deleting(own_api: Api):
    admin, firm = own_api.as_(Role.ADMINISTRATOR), own_api.as_(Role.FIRM)
    path = f"/v1/organisations/{firm.member.organisation_id}"
    hold = {"held": True, "reason": "司法协助函"}
    assert firm.put(f"{path}/legal-hold", json=hold).status_code == 403
    assert admin.put(f"{path}/legal-hold", json=hold).json()["legal_hold"] is True
    for caller in (firm, admin):
        refused = caller.post(f"{path}/erasure")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        assert caller.delete(f"/v1/firms/{firm.member.subject_id}").status_code == 409
    assert own_api.state.store.find_firm(firm.member.subject_id) is not None
    lifted = {"held": False, "reason": "已结案"}
    assert admin.put(f"{path}/legal-hold", json=lifted).json()["legal_hold"] is False
    assert firm.post(f"{path}/erasure").status_code == 200
    reasons = [
        one.entry.detail["reason"] for one in own_api.state.store.audit.search(action="data.hold")
    ]
    assert reasons == ["已结案", "司法协助函"]
    nobody = admin.put("/v1/organisations/org_x/legal-hold", json=hold)
    assert nobody.status_code == 404


def test_a_firm_that_leaves_is_gone_but_the_logs_stay(own_api: Api):
    store, firm = own_api.state.store, own_api.as_(Role.FIRM)
    firm_id, organisation_id = firm.member.subject_id, firm.member.organisation_id
    name = store.get_firm(firm_id).name
    own_api.as_(Role.BASE_OPERATOR).get(f"/v1/firms/{firm_id}")
    other = own_api.member(Role.FIRM, "other").organisation_id
    assert firm.post(f"/v1/organisations/{other}/erasure").status_code == 404
    answer = firm.post(f"/v1/organisations/{organisation_id}/erasure")
    assert answer.status_code == 200
    assert answer.json()["deleted"]["firm"] == 1
    assert answer.json()["deleted"]["person"] == 1
    assert store.find(Firm, firm_id) is None
    assert [p.firm_id for p in store.provisions.of(firm_id=firm_id)] == [firm_id]
    (person,) = store.people.people_of(organisation_id)
    assert (person.display_name, person.password_hash) == ("(erased)", None)
    assert firm.member.login not in person.login.split(":")
    assert person.disabled_at is not None
    assert store.people.get_organisation(organisation_id).name == "(erased)"
    own_api.clock.forward(seconds=5)
    assert firm.get("/v1/consents").status_code == 401  # the key is gone as well
    assert store.audit.verify() is None
    logged = json.dumps(
        [dict(one.entry.detail) for one in store.audit.search(n=200)], ensure_ascii=False
    )
    assert name not in logged
    again = own_api.as_(Role.ADMINISTRATOR).post(f"/v1/organisations/{organisation_id}/erasure")
    assert again.status_code == 200  # an interrupted deletion is simply done again


def test_an_institution_leaves_with_its_pipeline_and_theses(own_api: Api):
    bank, admin = own_api.as_(Role.INSTITUTION), own_api.as_(Role.ADMINISTRATOR)
    base = f"/v1/institutions/{bank.member.subject_id}"
    bank.post(f"{base}/theses", json={"name": "甲", "filters": {"stages": ["growth"]}})
    path = f"/v1/organisations/{bank.member.organisation_id}/erasure"
    assert bank.post(path).status_code == 403
    assert admin.post(path).json()["deleted"] == {"person": 1}
    assert own_api.state.store.deal_flow.theses_of(bank.member.subject_id) == []
    assert own_api.state.store.find_institution(bank.member.subject_id) is not None


def test_those_who_run_the_service_cannot_be_erased(own_api: Api):
    admin = own_api.as_(Role.ADMINISTRATOR)
    path = f"/v1/organisations/{admin.member.organisation_id}/erasure"
    assert admin.post(path).status_code == 409
    assert admin.get("/v1/consents").status_code == 200
