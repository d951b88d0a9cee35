"""Jobs, uploads and models over HTTP: who may, what is kept, and what comes twice."""

from __future__ import annotations

import csv
import io
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import HTTPException
from openpyxl import Workbook
from starlette.requests import Request

from data.jobs import JobState, Outcome
from data.people import Role
from data.store.job_tables import JOBS, KEPT_ANSWERS
from matcher.registry import POINTER, find_current
from service.api import receiving
from service.api.idempotency import Idempotency
from service.api.paging import write_cursor
from service.api.schemas.jobs import ASKED_BY_NAME, JobKindName
from service.cli import main
from service.jobs import kinds
from service.jobs.folders import JobFolders
from service.serving import uploads as serving
from service.serving.jobs import MOST_WAITING
from tests.service.serving_world import NOW, Api, Caller, make_api

ADMIN, BANK, BASE = Role.ADMINISTRATOR, Role.INSTITUTION, Role.BASE_OPERATOR


@pytest.fixture(scope="module")
def shared(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service for all tests of this module: starting one takes its time."""
    yield from make_api(Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("jobs") / "home")))


@pytest.fixture
def own_api(shared: Api) -> Iterator[Api]:
    """The service without jobs, kept answers and other models than the one that serves."""
    state, root = shared.state, shared.state.settings.bundles
    pointer = (root / POINTER).read_text()
    yield shared
    shared.clock.now = NOW
    with state.store._engine.begin() as connection:
        for table in (JOBS, KEPT_ANSWERS):
            connection.execute(table.delete())
    shutil.rmtree(JobFolders(state.settings.home).root, ignore_errors=True)
    (root / POINTER).write_text(pointer)
    for folder in root.iterdir():
        if folder.is_dir() and folder.name != find_current(root):
            shutil.rmtree(folder)


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# -- jobs ----------------------------------------------------------------------------------------


def test_a_job_is_asked_for_seen_and_cancelled(own_api: Api):
    admin = own_api.as_(ADMIN)
    asked = admin.post("/v1/jobs", json={"kind": "train", "arguments": {"promote": False}})
    assert asked.status_code == 202
    job = asked.json()
    assert (job["state"], job["kind"], job["progress"]) == ("queued", "train", 0)
    assert job["organisation_id"] == admin.member.organisation_id
    assert admin.get(f"/v1/jobs/{job['job_id']}").json() == job
    assert admin.get("/v1/jobs").json()["items"] == [job]
    assert admin.get(f"/v1/jobs/{job['job_id']}/log").json()["lines"] == []
    cancelled = admin.post(f"/v1/jobs/{job['job_id']}/cancel").json()
    assert cancelled["state"] == "cancelled"
    logged = [found.entry.action for found in own_api.state.store.audit.search(n=50)]
    assert {"jobs.run", "jobs.cancel"} <= set(logged)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "nothing"},
        {"kind": "upload", "arguments": {"file": "x", "sha256": "0"}},
        {"kind": "train", "arguments": {"promote": "perhaps"}},
        {"kind": "train", "arguments": {"seed": -1}},
        {"kind": "evaluate", "arguments": {"source": "ppp", "place": "../../etc"}},
        {"kind": "train", "more": 1},
    ],
)
def test_a_wrong_job_is_refused(own_api: Api, body: dict):
    assert own_api.as_(ADMIN).post("/v1/jobs", json=body).status_code == 422


def test_the_kinds_of_the_interface_are_those_that_there_are():
    assert JobKindName.__args__ == ASKED_BY_NAME


def test_roles_ask_for_what_is_theirs(own_api: Api):
    train = {"kind": "train"}
    assert code_of(own_api.as_(Role.EVALUATOR).post("/v1/jobs", json=train)) == (403, "forbidden")
    assert code_of(own_api.as_(BANK).post("/v1/jobs", json=train)) == (403, "forbidden")
    assert code_of(own_api.as_(Role.FIRM).post("/v1/jobs", json=train)) == (403, "forbidden")
    assert (
        own_api.as_(Role.EVALUATOR).post("/v1/jobs", json={"kind": "validate"}).status_code == 202
    )


def test_jobs_of_others_do_not_exist(own_api: Api):
    mine = own_api.as_(Role.EVALUATOR).post("/v1/jobs", json={"kind": "validate"}).json()
    path = f"/v1/jobs/{mine['job_id']}"
    other = own_api.as_(Role.EVALUATOR, "other")
    for answer in (other.get(path), other.get(f"{path}/log"), other.post(f"{path}/cancel")):
        assert code_of(answer) == (404, "unknown_id")
    assert other.get("/v1/jobs").json()["items"] == []
    assert own_api.as_(ADMIN).get(path).status_code == 200
    assert code_of(own_api.as_(ADMIN).get("/v1/jobs/..%2F..%2Fetc"))[0] == 404


def test_pages_of_jobs(own_api: Api):
    caller = own_api.as_(Role.EVALUATOR)
    ids = [caller.post("/v1/jobs", json={"kind": "validate"}).json()["job_id"] for _ in range(3)]
    first = caller.get("/v1/jobs", params={"n": 2}).json()
    second = caller.get("/v1/jobs", params={"n": 2, "cursor": first["next_cursor"]}).json()
    assert [job["job_id"] for job in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
    assert caller.get("/v1/jobs", params={"cursor": "x"}).status_code == 422


def test_a_queue_has_an_end(own_api: Api):
    caller = own_api.as_(Role.EVALUATOR)
    for _ in range(MOST_WAITING):
        assert caller.post("/v1/jobs", json={"kind": "validate"}).status_code == 202
    full = caller.post("/v1/jobs", json={"kind": "validate"})
    assert code_of(full) == (503, "overloaded")
    assert full.headers["retry-after"] == "1"


# -- uploads -------------------------------------------------------------------------------------


def do(api: Api, job_id: str) -> dict:
    """Do what waits in the queue as the runner would, in this process."""
    store, settings = api.state.store, api.state.settings
    job = store.jobs.claim(owner="test", now=api.clock())
    assert job is not None
    assert job.job_id == job_id
    with redirect_stdout(io.StringIO()) as out:
        code = main(kinds.command_of(job.kind, job.job_id, job.arguments, settings.home))
    result = json.loads(out.getvalue()) if out.getvalue() else None
    state = JobState.SUCCEEDED if code == 0 else JobState.FAILED
    outcome = Outcome(state=state, exit_code=code, result=result)
    store.jobs.finish(job_id, owner="test", now=api.clock(), outcome=outcome)
    return result or {}


def send(caller: Caller, content: bytes | str, **params: Any):
    raw = content.encode() if isinstance(content, str) else content
    return caller.post("/v1/uploads", content=raw, params=params)


def offer_row(offer_id: str, institution_id: str) -> str:
    return f"{offer_id},{institution_id},an offer,debt\n"


HEADER = "offer_id,institution_id,name,kind\n"


def test_an_institution_uploads_its_own_offers(own_api: Api):
    bank, other = own_api.as_(BANK), own_api.member(BANK, "other")
    mine = bank.member.subject_id
    table = HEADER + offer_row("offer_new", mine) + offer_row("offer_theirs", other.subject_id)
    answer = send(bank, table, name="C:\\offers\x07 2026.csv")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["arguments"] == {
        "original_name": "offers_ 2026.csv",
        "record_type": "offers",
        "dry_run": False,
        "for_institution": mine,
    }
    result = do(own_api, job["job_id"])
    assert result["records"]["offer"]["new"] == 1
    assert own_api.state.store.get_offer("offer_new").institution_id == mine
    assert own_api.state.store.find_offer("offer_theirs") is None
    page = bank.get(f"/v1/uploads/{job['job_id']}/rejects").json()
    assert [(row["line"], row["reason"]) for row in page["items"]] == [
        (3, "This record is not yours to write.")
    ]
    assert page["next_cursor"] is None
    shown = bank.get(f"/v1/jobs/{job['job_id']}").json()
    assert "rejects_file" not in shown["result"]
    assert str(own_api.state.settings.home) not in json.dumps(shown)


def test_a_base_uploads_its_own_firms_in_its_own_headers(own_api: Api):
    operator = own_api.as_(BASE)
    mapping = json.dumps({"columns": {"公司全称": "name"}}, ensure_ascii=False)
    answer = send(operator, "企业编号,公司全称\nfirm_up,新企业\n", mapping=mapping)
    do(own_api, answer.json()["job_id"])
    firm = own_api.state.store.get_firm("firm_up")
    assert (firm.name, firm.base_id) == ("新企业", operator.member.subject_id)


def test_nobody_uploads_what_is_not_theirs(own_api: Api):
    firms = "firm_id,name\nf,x\n"
    assert code_of(send(own_api.as_(BANK), firms, record_type="firms")) == (403, "forbidden")
    assert code_of(send(own_api.as_(BASE), HEADER, record_type="offers")) == (403, "forbidden")
    assert code_of(send(own_api.as_(Role.FIRM), firms)) == (403, "forbidden")
    assert code_of(send(own_api.as_(Role.EVALUATOR), firms)) == (403, "forbidden")
    assert own_api.client.post("/v1/uploads", content=b"x").status_code == 401


def test_the_administrator_uploads_anything_and_tries_it_first(own_api: Api):
    admin = own_api.as_(ADMIN)
    table = json.dumps({"firm_id": "firm_a1", "name": "A", "city": "苏州"}, ensure_ascii=False)
    dry = send(admin, table, record_type="firms", dry_run=True).json()
    result = do(own_api, dry["job_id"])
    assert result["dry_run"]
    assert result["records"]["firm"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert own_api.state.store.find_firm("firm_a1") is None
    do(own_api, send(admin, table, record_type="firms").json()["job_id"])
    assert own_api.state.store.get_firm("firm_a1").city == "苏州"


def test_a_form_is_taken_as_well(own_api: Api):
    admin = own_api.as_(ADMIN)
    answer = admin.post(
        "/v1/uploads",
        files={"file": ("../../etc/passwd", b"firm_id,name\nfirm_f,F\n", "text/csv")},
        data={"record_type": "firms", "dry_run": "false"},
    )
    assert answer.status_code == 202, answer.text
    assert answer.json()["arguments"]["original_name"] == "passwd"
    do(own_api, answer.json()["job_id"])
    assert own_api.state.store.get_firm("firm_f").name == "F"


def test_forms_without_a_file_or_with_two(own_api: Api):
    admin = own_api.as_(ADMIN)
    one = ("a.csv", b"firm_id,name\n", "text/csv")
    wrong = [
        {"files": {"other": one}},
        {"files": [("file", one), ("file", one)]},
        {"files": {"file": one}, "data": {"dry_run": "perhaps"}},
        {"files": {"file": one}, "data": {"mapping": "["}},
        {"files": {"file": one}, "data": {"record_type": "people"}},
    ]
    for arguments in wrong:
        assert admin.post("/v1/uploads", **arguments).status_code == 422, arguments
    head = {"content-type": "multipart/form-data; boundary=b"}
    for body in (b"nothing", b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\n"):
        assert admin.post("/v1/uploads", content=body, headers=head).status_code in (400, 422)
    no_boundary = {"content-type": "multipart/form-data"}
    assert admin.post("/v1/uploads", content=b"x", headers=no_boundary).status_code == 400
    assert nothing_left(own_api)


def nothing_left(api: Api) -> bool:
    folders = JobFolders(api.state.settings.home)
    inputs = folders.inputs("job_" + "0" * 24).parent
    left = [*folders.incoming.glob("*"), *(inputs.glob("*") if inputs.exists() else ())]
    return left == []


def excel(*rows: tuple) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_input"),
        (b" \r\n ", "empty_input"),
        (b"\x7fELF\x00\x00", "bad_input"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"x", "bad_input"),
        (b"PK\x03\x04 and no archive", "bad_input"),
    ],
)
def test_what_is_no_table_is_refused_at_once(own_api: Api, content: bytes, code: str):
    answer = send(own_api.as_(ADMIN), content, record_type="firms", name="firms.xlsx")
    assert code_of(answer) == (422, code)
    assert nothing_left(own_api)
    assert own_api.state.store.jobs.listing() == []


def test_a_bomb_is_refused_at_once(own_api: Api, tmp_path: Path):
    import zipfile

    path = tmp_path / "a.xlsx"
    path.write_bytes(excel(("firm_id", "name")))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x", bytes(70 << 20))
    answer = send(own_api.as_(ADMIN), path.read_bytes(), record_type="firms")
    assert code_of(answer) == (422, "bad_input")
    assert "times its size" in answer.json()["error"]["message"]


def test_a_file_that_is_too_large_is_cut_off(own_api: Api, monkeypatch: pytest.MonkeyPatch):
    from service.api.routes import uploads

    monkeypatch.setattr(uploads, "MOST_UPLOAD_BYTES", 1_000)
    monkeypatch.setattr(receiving, "MOST_FIELD_BYTES", 100)
    admin = own_api.as_(ADMIN)
    assert code_of(send(admin, b"x" * 1_200)) == (413, "too_large")

    def chunks() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 100

    answer = admin.post("/v1/uploads", content=chunks())  # no length declared
    assert code_of(answer) == (413, "too_large")
    form = {"files": {"file": ("a", b"x", "text/csv")}, "data": {"record_type": "x" * 200}}
    assert admin.post("/v1/uploads", **form).status_code == 413
    assert nothing_left(own_api)


def test_a_disk_without_room_is_told(own_api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receiving.shutil, "disk_usage", lambda _: type("U", (), {"free": 0}))
    answer = send(own_api.as_(ADMIN), b"a,b\n")
    assert code_of(answer) == (503, "overloaded")
    assert answer.headers["retry-after"]


def test_only_some_files_arrive_at_once(own_api: Api, monkeypatch: pytest.MonkeyPatch):
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(receiving, "_TURNS", turns)
    with turns:
        answer = send(own_api.as_(ADMIN), b"a,b\n")
    assert code_of(answer) == (503, "overloaded")
    assert send(own_api.as_(ADMIN), b"firm_id,name\n", record_type="firms").status_code == 202
    assert turns.acquire(blocking=False)  # it was given back


@pytest.mark.parametrize(
    ("then", "status"), [("http.disconnect", 400), (None, 408)], ids=["gone", "silent"]
)
def test_a_sender_that_goes_away_or_falls_silent_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str | None, status: int
):
    monkeypatch.setattr(receiving, "RECEIVE_WITHIN_S", 0.05)
    messages = [{"type": "http.request", "body": b"firm_id,na", "more_body": True}]

    async def receive() -> dict:
        if messages:
            return messages.pop()
        if then is None:
            await anyio.sleep_forever()
        return {"type": then}

    async def attempt() -> None:
        request = Request({"type": "http", "method": "POST", "headers": []}, receive)
        async with receiving.receive_file(request, tmp_path, most_bytes=1_000):
            pytest.fail("there is no whole file")

    with pytest.raises(HTTPException) as caught:
        anyio.run(attempt)
    assert caught.value.status_code == status
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "mapping",
    [
        "[]",
        "1",
        "{",
        '{"tables": {}}',
        '{"columns": 5}',
        '{"currency": []}',
        '{"utc_offset": "x"}',
        '{"currency": "\\u0000"}',
        "[" * 9_000,
    ],
)
def test_a_wrong_mapping_is_refused(own_api: Api, mapping: str):
    answer = send(own_api.as_(ADMIN), "firm_id,name\nf,x\n", record_type="firms", mapping=mapping)
    assert answer.status_code == 422
    assert nothing_left(own_api)


@pytest.mark.parametrize("job_id", ["x", "job_" + "f" * 24, "job_\x00", "a'b", "..", "%2e%2e%2fx"])
def test_ids_that_nobody_gave(own_api: Api, job_id: str):
    from urllib.parse import quote

    admin, quoted = own_api.as_(ADMIN), quote(job_id, safe="")
    for path in (f"/v1/jobs/{quoted}", f"/v1/jobs/{quoted}/log", f"/v1/uploads/{quoted}/rejects"):
        assert admin.get(path).status_code == 404
    assert admin.get("/v1/jobs", params={"kind": "a\x00"}).status_code == 422
    huge = write_cursor((10**30,))
    assert admin.get("/v1/jobs", params={"cursor": huge}).status_code == 422
    far = write_cursor((2**50,))
    assert admin.get("/v1/jobs", params={"cursor": far}).status_code == 200
    job = send(admin, b"firm_id,name\n", record_type="firms").json()["job_id"]
    assert admin.get(f"/v1/uploads/{job}/rejects", params={"cursor": far}).json()["items"] == []


def test_a_list_of_rejects_runs_no_formula(own_api: Api):
    admin = own_api.as_(ADMIN)
    table = 'firm_id,name,employees\nfirm_ok,A,=cmd|"/c calc"!A1\nfirm_ok2,B,"@SUM(1,2)"\n'
    job_id = send(admin, table, record_type="firms").json()["job_id"]
    do(own_api, job_id)
    answer = admin.get(f"/v1/uploads/{job_id}/rejects.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row["value"][:2] for row in rows] == ["'=", "'@"]
    first = admin.get(f"/v1/uploads/{job_id}/rejects", params={"n": 1}).json()
    second = admin.get(
        f"/v1/uploads/{job_id}/rejects", params={"n": 1, "cursor": first["next_cursor"]}
    ).json()
    assert [page["items"][0]["line"] for page in (first, second)] == [2, 3]
    assert code_of(own_api.as_(BANK).get(f"/v1/uploads/{job_id}/rejects")) == (404, "unknown_id")
    train = admin.post("/v1/jobs", json={"kind": "train"}).json()["job_id"]
    assert code_of(admin.get(f"/v1/uploads/{train}/rejects")) == (404, "unknown_id")


def test_an_upload_that_comes_again_is_one_job(own_api: Api):
    admin, table = own_api.as_(ADMIN), b"firm_id,name\nfirm_k,K\n"
    key = {"Idempotency-Key": "k1"}
    first, again = (
        admin.post("/v1/uploads?record_type=firms", content=table, headers=key) for _ in range(2)
    )
    assert first.json()["job_id"] == again.json()["job_id"]
    assert len(own_api.state.store.jobs.listing()) == 1
    other = admin.post("/v1/uploads?record_type=firms", content=table + b"x,y\n", headers=key)
    assert code_of(other) == (409, "conflict")
    bad = admin.post("/v1/uploads", content=table, headers={"Idempotency-Key": "a b"})
    assert bad.status_code == 422
    folder = JobFolders(own_api.state.settings.home).inputs(first.json()["job_id"])
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("..", "table"),
        ("", "table"),
        ("x" * 300, "x" * 100),
        ("名单\u202ecsv.exe", "名单_csv.exe"),
    ],
)
def test_a_file_name_is_for_display_only(name: str, shown: str):
    assert serving.shown_name(name) == shown


# -- models --------------------------------------------------------------------------------------


@pytest.fixture
def two_models(own_api: Api) -> tuple[str, str]:
    """The bundle that serves, and a copy of it."""
    root = own_api.state.settings.bundles
    first = find_current(root)
    assert first is not None
    shutil.copytree(root / first, root / "second")
    return first, "second"


def test_models_are_listed_promoted_and_rolled_back(own_api: Api, two_models):
    first, second = two_models
    admin = own_api.as_(ADMIN)
    listed = admin.get("/v1/models").json()["items"]
    assert {m["name"]: (m["current"], m["serving"]) for m in listed} == {
        first: (True, True),
        second: (False, False),
    }
    assert own_api.as_(Role.EVALUATOR).get(f"/v1/models/{second}").json()["name"] == second
    told = admin.post(f"/v1/models/{second}/promote", json={"expected_current": first})
    assert told.json()["current"] == second
    late = admin.post(f"/v1/models/{second}/promote", json={"expected_current": first})
    assert code_of(late) == (409, "conflict")
    assert late.json()["error"]["field"] == "expected_current"
    back = admin.post("/v1/models/rollback", json={"expected_current": second})
    assert back.json()["current"] == first
    assert code_of(admin.post("/v1/models/rollback")) == (422, "bad_argument")
    assert admin.post(f"/v1/models/{second}/promote").status_code == 200
    entries = own_api.state.store.audit.search(n=50)
    changes = [(e.entry.action, e.entry.detail) for e in entries if "models" in e.entry.action]
    assert ("models.rollback", {"from": second, "to": first}) in changes


def test_who_may_not_change_models(own_api: Api, two_models):
    path = f"/v1/models/{two_models[1]}/promote"
    for role in Role:
        if role is not ADMIN:
            assert code_of(own_api.as_(role).post(path)) == (403, "forbidden")
    assert code_of(own_api.as_(BANK).get("/v1/models")) == (403, "forbidden")


def test_a_damaged_model_is_not_promoted(own_api: Api, two_models):
    first, second = two_models
    file = next((own_api.state.settings.bundles / second).glob("*.json"))
    file.write_bytes(file.read_bytes() + b" ")
    admin = own_api.as_(ADMIN)
    answer = admin.post(f"/v1/models/{second}/promote")
    assert answer.status_code == 422
    assert find_current(own_api.state.settings.bundles) == first
    assert code_of(admin.post("/v1/models/nowhere/promote")) == (404, "unknown_id")
    assert code_of(admin.get("/v1/models/nowhere")) == (404, "unknown_id")
    assert admin.post("/v1/models/..%2Fx/promote").status_code in (404, 422)


def test_of_two_administrators_one_promotes(own_api: Api, two_models):
    first, second = two_models
    shutil.copytree(
        own_api.state.settings.bundles / second, own_api.state.settings.bundles / "third"
    )
    outcomes, gate = [], threading.Barrier(2)

    def decide(name: str) -> None:
        gate.wait()
        body = {"expected_current": first}
        answer = own_api.as_(ADMIN).post(f"/v1/models/{name}/promote", json=body)
        outcomes.append((answer.status_code, name))

    threads = [threading.Thread(target=decide, args=(name,)) for name in (second, "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(code for code, _ in outcomes) == [200, 409]
    winner = next(name for code, name in outcomes if code == 200)
    assert find_current(own_api.state.settings.bundles) == winner


# -- what comes twice ----------------------------------------------------------------------------

KEY = {"Idempotency-Key": "3f1f6c1e"}


def test_a_post_that_comes_again_is_answered_again(own_api: Api):
    admin = own_api.as_(ADMIN)
    first, again = (admin.post("/v1/jobs", json={"kind": "train"}, headers=KEY) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert len(own_api.state.store.jobs.listing()) == 1
    other = admin.post("/v1/jobs", json={"kind": "validate"}, headers=KEY)
    assert code_of(other) == (409, "conflict")


def test_a_key_belongs_to_one_person_and_path_and_a_day(own_api: Api):
    own_api.as_(Role.EVALUATOR).post("/v1/jobs", json={"kind": "validate"}, headers=KEY)
    other = own_api.as_(Role.EVALUATOR, "other")
    assert (
        "idempotency-replayed"
        not in other.post("/v1/jobs", json={"kind": "validate"}, headers=KEY).headers
    )
    own_api.clock.forward(hours=25)
    later = own_api.as_(Role.EVALUATOR).post("/v1/jobs", json={"kind": "validate"}, headers=KEY)
    assert "idempotency-replayed" not in later.headers
    assert len(own_api.state.store.jobs.listing()) == 3


def test_a_key_does_not_let_anybody_in(own_api: Api):
    own_api.as_(ADMIN).post("/v1/jobs", json={"kind": "train"}, headers=KEY)
    strangers = own_api.client.post("/v1/jobs", json={"kind": "train"}, headers=KEY)
    assert code_of(strangers) == (401, "not_signed_in")
    forged = {**KEY, "X-API-Key": "fm_x"}
    assert own_api.client.post("/v1/jobs", json={}, headers=forged).status_code == 401


def test_what_was_refused_may_be_tried_again(own_api: Api):
    caller = own_api.as_(Role.EVALUATOR)
    refused = caller.post("/v1/jobs", json={"kind": "train"}, headers=KEY)
    assert refused.status_code == 403
    done = caller.post("/v1/jobs", json={"kind": "validate"}, headers=KEY)
    assert done.status_code == 202
    wrong = {"Idempotency-Key": "x" * 201}
    assert caller.post("/v1/jobs", json={"kind": "validate"}, headers=wrong).status_code == 422


def test_requests_at_once_with_one_key_are_done_once(own_api: Api):
    answers, gate = [], threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        answers.append(own_api.as_(ADMIN).post("/v1/jobs", json={"kind": "train"}, headers=KEY))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len(own_api.state.store.jobs.listing()) == 1


def test_an_answer_that_sets_a_secret_is_not_kept(own_api: Api):
    """A layer over an application that answers with a cookie, and one that fails."""
    sent: list[dict] = []

    async def app(scope, _receive, send) -> None:
        headers = [(b"content-type", b"text/plain")]
        if scope["path"] == "/cookie":
            headers.append((b"set-cookie", b"a=b"))
        if scope["path"] == "/secret":
            headers.append((b"cache-control", b"no-store"))
        if scope["path"] == "/broken":
            raise RuntimeError("broken")
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"done"})

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    def ask(path: str) -> bool:
        key = own_api.as_(ADMIN).member.key.encode()
        headers = [(b"idempotency-key", b"k"), (b"x-api-key", key)]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "state": {}}
        sent.clear()
        anyio.run(Idempotency(app, state=own_api.state), scope, receive, send)
        assert sent[-1]["body"] == b"done"
        return (b"idempotency-replayed", b"true") in sent[0]["headers"]

    assert [ask("/plain"), ask("/plain")] == [False, True]
    assert [ask("/cookie"), ask("/cookie")] == [False, False]
    assert [ask("/secret"), ask("/secret")] == [False, False]
    for _ in range(2):
        with pytest.raises(RuntimeError):
            ask("/broken")
