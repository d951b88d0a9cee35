"""What a firm did not consent to stays hidden by every way round: why it ranks, errors, replays."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from data.consent import DataClass
from data.people import Role, Scope
from data.records import Event, EventKind, Firm
from data.shown import Showing, ShownList
from features.themes import THEMES
from service.access.logbook import Actor
from service.access.membership import make_key
from service.access.sight import FIRM_HANDLE, NEED_HANDLE
from service.serving.candidates import FULL_ONLY, IDENTIFYING, row_values
from tests.service.api.granting import grant, revoke
from tests.service.serving_world import NOW, Api

WHY = (DataClass.PROFILE, DataClass.FINANCIALS, DataClass.CREDENTIALS)
"""Everything that reasons speak of, without who it is."""


def bank_of(api: Api) -> str:
    return api.member(Role.INSTITUTION).subject_id


def offer_of(api: Api) -> str:
    return api.state.store.offers_of(bank_of(api))[0].offer_id


def firm_of(api: Api) -> Firm:
    return api.state.store.get_firm(api.member(Role.FIRM).subject_id)


def handle_of(api: Api, key: str, *, prefix: str = FIRM_HANDLE) -> str:
    found = api.state.store.handles.handles(
        bank_of(api), {key: firm_of(api).firm_id}, prefix=prefix
    )
    return found[key]


def explained(api: Api, **who: str) -> Any:
    asked = {"offer_id": offer_of(api), "language": "zh", **who}
    answer = api.as_(Role.INSTITUTION).post("/v1/explanations", json=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def rows_of(api: Api) -> list[dict[str, Any]]:
    answer = api.as_(Role.INSTITUTION).post(
        f"/v1/institutions/{bank_of(api)}/candidates", json={"n": 100, "explain": "full"}
    )
    return answer.json()["items"]


def test_who_is_told_why_a_firm_ranks_is_not_told_who_it_is(own_api: Api):
    grant(own_api, WHY, recipient=bank_of(own_api))
    told = explained(own_api, firm_id=handle_of(own_api, firm_of(own_api).firm_id))
    assert told["view"] == "full"
    assert told["features"]
    assert [told[name] for name in IDENTIFYING] == [None, None, None]
    assert firm_of(own_api).firm_id not in json.dumps(told)
    grant(own_api, DataClass, recipient=bank_of(own_api))
    told = explained(own_api, firm_id=firm_of(own_api).firm_id)
    assert told["firm_id"] == firm_of(own_api).firm_id


def test_a_need_is_asked_about_by_its_handle(own_api: Api):
    need = own_api.state.store.needs_of(firm_of(own_api).firm_id)[-1]
    handle = handle_of(own_api, need.need_id, prefix=NEED_HANDLE)
    told = explained(own_api, need_id=handle)
    assert told["view"] == "teaser"
    assert need.need_id not in json.dumps(told)


def test_an_error_calls_a_firm_as_its_reader_does(own_api: Api):
    """A firm that the matcher does not follow yet: nothing of its id may come back."""
    firm_id = own_api.as_(Role.ADMINISTRATOR).post("/v1/firms", json={"name": "新设"}).json()["id"]
    handle = handle_of(own_api, firm_id)
    bank = own_api.as_(Role.INSTITUTION)
    path = f"/v1/institutions/{bank_of(own_api)}/similar"
    similar = bank.get(path, params={"firm": handle})
    asked = {"offer_id": offer_of(own_api), "firm_id": handle}
    explanation = bank.post("/v1/explanations", json=asked)
    for answer in (similar, explanation):
        assert answer.status_code == 404, answer.text
        assert firm_id not in answer.text
        assert handle in answer.text


def test_teasers_have_no_exact_numbers_of_why(own_api: Api):
    rows = [row for row in rows_of(own_api) if row["firm"] is not None]
    assert rows
    for row in rows:
        assert row["firm"]["view"] == "teaser"
        assert not {*FULL_ONLY, "eligibility"} & set(row)
        assert all("share" in reason for reason in row["reasons"])


def test_a_firm_that_is_gone_is_told_of_like_a_teaser():
    """Erased between the ranking and the look: no consent is known, so nothing is told."""
    reason = {
        "theme": next(iter(THEMES)),
        "direction": "for",
        "share": 1.0,
        "text": "同在苏州市吴中区",
    }
    values = {
        **dict.fromkeys(IDENTIFYING, "firm_a"),
        "reasons": [reason],
        "eligibility": [{"value": "met"}],
        "themes": {"region": 1.0},
    }
    row = row_values(values, {"firm": None}, language="zh")
    assert "吴中区" not in json.dumps(row, ensure_ascii=False)
    assert row["eligibility_counts"] == {"met": 1}
    assert "themes" not in row


def test_an_id_in_a_replay_is_on_record(own_api: Api):
    bank = own_api.as_(Role.INSTITUTION)
    firm_id = firm_of(own_api).firm_id
    handle = handle_of(own_api, firm_id)
    own_api.state.keeper.keep(showing(own_api, firm_id))

    def shown() -> list[str]:
        kept = bank.get("/v1/recommendations/rec_1").json()
        assert kept["disclaimer"] == "匹配度，非信用评价"
        return [row["firm"] for row in kept["impressions"]]

    def provisions() -> int:
        log = own_api.as_(Role.FIRM).get("/v1/provisions").json()["items"]
        return sum("identity" in row["data_classes"] for row in log)

    assert shown() == [handle]
    assert provisions() == 0
    grant(own_api, [DataClass.IDENTITY], recipient=bank_of(own_api))
    assert shown() == [firm_id]
    assert provisions() == 1
    revoke(own_api, recipient=bank_of(own_api))
    assert shown() == [handle]


def test_where_a_firm_resides_is_not_told_by_the_ledger(own_api: Api):
    bank, firm = own_api.as_(Role.INSTITUTION), own_api.as_(Role.FIRM)
    body = {
        "firm": handle_of(own_api, firm_of(own_api).firm_id),
        "offer_id": offer_of(own_api),
        "subject": "咨询",
    }
    opened = bank.post("/v1/ledger", json=body).json()
    one = f"/v1/ledger/{opened['entry_id']}"
    listed = bank.get("/v1/ledger").json()["items"]
    for entry in (opened, bank.get(one).json(), *listed):
        assert entry["base_id"] is None
    assert firm.get(one).json()["base_id"] == firm_of(own_api).base_id
    archive = bank.get(f"/v1/organisations/{bank.member.organisation_id}/export").content
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert json.loads(file.read("ledger.jsonl"))["base_id"] is None


def test_who_else_is_told_how_a_firm_matches_is_on_record(own_api: Api):
    """Its base's operator and an administrator learn its data from reasons, and from its file."""
    firm = own_api.as_(Role.FIRM)
    ask = {"firm_id": firm.member.subject_id}

    def log() -> list[tuple[str, str]]:
        rows = firm.get("/v1/provisions").json()["items"]
        return [(row["basis"], row["context"]) for row in reversed(rows)]

    assert firm.post("/v1/recommendations", json=ask).status_code == 200
    assert log() == []
    need = own_api.state.store.needs_of(firm.member.subject_id)[-1]
    operator, administrator = own_api.as_(Role.BASE_OPERATOR), own_api.as_(Role.ADMINISTRATOR)
    assert operator.post("/v1/recommendations", json=ask).status_code == 200
    told = {"need_id": need.need_id, "offer_id": offer_of(own_api)}
    assert operator.post("/v1/explanations", json=told).status_code == 200
    assert administrator.post("/v1/recommendations", json=ask).status_code == 200
    path = f"/v1/organisations/{firm.member.organisation_id}/export"
    assert administrator.get(path).status_code == 200
    assert firm.get(path).status_code == 200
    assert log() == [
        ("base", "matches.ask"),
        ("base", "matches.ask"),
        ("administration", "matches.ask"),
        ("administration", "data.export"),
    ]


REPEATED = {"Idempotency-Key": "again-1"}


def test_a_repeated_request_does_not_outlive_a_consent(own_api: Api):
    """What was shown under a consent is looked up anew, and every showing is on record."""
    bank = own_api.as_(Role.INSTITUTION)
    handle = handle_of(own_api, firm_of(own_api).firm_id)
    asked = {"offer_id": offer_of(own_api), "firm_id": handle, "language": "zh"}

    def views(times: int) -> list[str]:
        answers = [
            bank.post("/v1/explanations", json=asked, headers=REPEATED) for _ in range(times)
        ]
        return [answer.json()["view"] for answer in answers]

    grant(own_api, WHY, recipient=bank_of(own_api))
    assert views(2) == ["full", "full"]
    log = own_api.as_(Role.FIRM).get("/v1/provisions").json()["items"]
    assert len({row["request_id"] for row in log}) == 2
    revoke(own_api, recipient=bank_of(own_api))
    assert views(1) == ["teaser"]


def test_a_weaker_key_does_not_get_the_answer_of_a_stronger_one(own_api: Api):
    store, member = own_api.state.store, own_api.member(Role.INSTITUTION)
    person = store.people.get_person(member.person_id)
    weak = make_key(store, Actor(now=NOW), person, name="reads", scopes={Scope.READ}).text
    path = f"/v1/institutions/{bank_of(own_api)}/theses"
    body = {"name": "苏南", "filters": {"regions": ["苏州市"]}}
    made = own_api.as_(Role.INSTITUTION).post(path, json=body, headers=REPEATED)
    again = own_api.as_(Role.INSTITUTION).post(path, json=body, headers=REPEATED)
    assert (made.status_code, again.json()) == (201, made.json())
    refused = own_api.client.post(path, json=body, headers={**REPEATED, "X-API-Key": weak})
    assert refused.status_code == 403


def showing(api: Api, firm_id: str) -> Showing:
    """A list of one firm that the institution was shown."""
    head = ShownList(
        recommendation_id="rec_1",
        shown_at=NOW,
        organisation_id=api.member(Role.INSTITUTION).organisation_id,
        person_id=api.member(Role.INSTITUTION).person_id,
        side="institution",
        institution_id=bank_of(api),
        bundle="b",
        model_version="m",
        content={},
    )
    impression = Event(
        event_id="event_rec_1_1",
        kind=EventKind.IMPRESSION,
        occurred_at=NOW,
        firm_id=firm_id,
        offer_id=offer_of(api),
        recommendation_id="rec_1",
        position=1,
    )
    return Showing(shown=head, impressions=(impression,))
