"""The clock is set back, or far ahead for a while: sessions, jobs, keys and events stay sane."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.jobs import JobState
from data.people import Role
from service.jobs import kinds, runner
from service.jobs.runner import Runner
from tests.faults.conftest import make_world
from tests.faults.real_server import event, wait_for
from tests.service.jobs.scripted_runner import PROGRAM, QUICK, scripted
from tests.service.serving_world import NOW, PASSWORD, Api, make_api

HOUR = dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def api(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    yield from make_api(make_world(demo_home, tmp_path_factory.mktemp("clock") / "home").home)


@pytest.fixture(autouse=True)
def _now(api: Api) -> Iterator[None]:
    api.clock.now = NOW
    yield
    api.clock.now = NOW


def test_a_session_holds_while_the_clock_is_back_and_ends_by_its_own_time(api: Api):
    body = {"login": api.member(Role.EVALUATOR).login, "password": PASSWORD}
    begun = api.client.post("/v1/session", json=body)
    assert begun.status_code < 300, begun.text
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    api.client.cookies.clear()

    def status() -> int:
        return api.client.get("/v1/models", headers=cookie).status_code

    assert status() == 200
    api.clock.now = NOW - HOUR
    assert status() == 200
    api.clock.now = NOW + HOUR  # nobody used it for longer than it may rest
    assert status() == 401
    api.clock.now = NOW + dt.timedelta(days=400)
    assert status() == 401


def test_a_key_that_has_expired_stays_so_only_by_the_clock(api: Api):
    caller = api.as_(Role.EVALUATOR)
    api.clock.now = NOW + dt.timedelta(days=400)
    assert caller.get("/v1/models").status_code == 401
    api.clock.now = NOW - HOUR
    assert caller.get("/v1/models").status_code == 200


def test_events_of_the_time_before_are_taken_and_of_the_future_are_not(api: Api):
    caller = api.as_(Role.ADMINISTRATOR)
    firm_id = api.member(Role.FIRM).subject_id
    offer_id = caller.get("/v1/offers?n=1").json()["items"][0]["offer_id"]
    first = {**event(1, firm_id, offer_id), "occurred_at": NOW.isoformat()}
    assert caller.post("/v1/events", json={"events": [first]}).json()["accepted"] == 1
    api.clock.now = NOW - HOUR
    late = {**event(2, firm_id, offer_id), "occurred_at": NOW.isoformat()}
    answer = caller.post("/v1/events", json={"events": [first, late]}).json()
    assert (answer["duplicates"], answer["rejected"]) == (1, 1)
    assert answer["results"][1]["field"] == "occurred_at"
    api.clock.now = NOW
    again = caller.post("/v1/events", json={"events": [late]}).json()
    assert again["accepted"] == 1


def test_a_request_that_comes_again_is_answered_again_whatever_the_clock_says(api: Api):
    caller, key = api.as_(Role.EVALUATOR), {"Idempotency-Key": "clock"}
    first = caller.post("/v1/jobs", json={"kind": "validate"}, headers=key)
    api.clock.now = NOW - HOUR
    again = caller.post("/v1/jobs", json={"kind": "validate"}, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    caller.post(f"/v1/jobs/{first.json()['job_id']}/cancel")


def test_the_audit_log_stays_whole(api: Api):
    caller = api.as_(Role.EVALUATOR)
    for hours in (0, -3, 2, -1):
        api.clock.now = NOW + hours * HOUR
        job = caller.post("/v1/jobs", json={"kind": "validate"}).json()
        caller.post(f"/v1/jobs/{job['job_id']}/cancel")
    assert api.state.store.audit.verify() is None


def test_jobs_are_done_in_turn_and_end_after_they_began(api: Api, monkeypatch: pytest.MonkeyPatch):
    for module in (kinds, runner):
        monkeypatch.setattr(module, "KINDS", {"validate": scripted("work")})
    caller, store, stop = api.as_(Role.ADMINISTRATOR), api.state.store, threading.Event()
    job_ids = []
    for hours in (0, -5, -2):  # the clock runs back between the requests
        api.clock.now = NOW + hours * HOUR
        job_ids.append(caller.post("/v1/jobs", json={"kind": "validate"}).json()["job_id"])
    one = Runner(store, api.state.settings, clock=api.clock, options=QUICK, program=PROGRAM)
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    try:
        for job_id in job_ids:
            wait_for(lambda job_id=job_id: store.jobs.get(job_id).ended, f"{job_id} ends")
            api.clock.now -= HOUR
    finally:
        stop.set()
        thread.join()
    jobs = [store.jobs.get(job_id) for job_id in job_ids]
    assert {job.state for job in jobs} == {JobState.SUCCEEDED}
    assert all(job.created_at and job.started_at and job.ended_at for job in jobs)
    assert all(job.started_at <= job.ended_at for job in jobs)
    assert [job.seq for job in jobs] == sorted(job.seq for job in jobs)
    listed = caller.get("/v1/jobs?n=3").json()["items"]
    assert [job["job_id"] for job in listed] == job_ids[::-1]
