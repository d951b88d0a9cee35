"""Jobs and kept answers in the store, on every backend."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from data.errors import ArgumentError, ConflictError, UnknownIdError
from data.jobs import Job, JobState, KeptAnswer, Outcome
from data.records import Firm
from data.store import Store
from data.store.kept_answers import ABANDONED_AFTER, KEPT_FOR

T0 = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def job(number: int = 1, **fields: Any) -> Job:
    return Job(job_id=f"job_{number}", kind=fields.pop("kind", "train"), created_at=T0, **fields)


def test_a_job_comes_back_as_it_was_asked_for(store: Store) -> None:
    asked = job(arguments={"as_of": "2013-01-01", "n": 3}, organisation_id="org_a", person_id="p")
    stored = store.jobs.enqueue(asked)
    assert stored == store.jobs.get("job_1") == store.jobs.find("job_1")
    assert (stored.arguments, stored.organisation_id) == (asked.arguments, "org_a")
    assert (stored.state, stored.progress, stored.attempt) == (JobState.QUEUED, 0.0, 0)
    assert stored.created_at == T0


def test_without_such_a_job(store: Store) -> None:
    assert store.jobs.find("job_9") is None
    assert store.jobs.find_by_key("k") is None
    with pytest.raises(UnknownIdError, match=r"no job 'job_9'"):
        store.jobs.get("job_9")
    with pytest.raises(UnknownIdError):
        store.jobs.request_cancel("job_9", now=T0)
    assert store.jobs.claim(owner="a", now=T0) is None
    with pytest.raises(ArgumentError, match="time zone"):
        store.jobs.enqueue(Job(job_id="j", kind="train", created_at=dt.datetime(2026, 1, 1)))


def test_a_key_asks_once(store: Store) -> None:
    first = store.jobs.enqueue(job(1, request_key="org_a/k", arguments={"a": 1}))
    again = store.jobs.enqueue(job(2, request_key="org_a/k", arguments={"a": 1}))
    assert again == first == store.jobs.find_by_key("org_a/k")
    assert len(store.jobs.listing()) == 1
    with pytest.raises(ConflictError, match="another request"):
        store.jobs.enqueue(job(3, request_key="org_a/k", arguments={"a": 2}))


def test_the_oldest_is_claimed_first_whatever_the_clock_says(store: Store) -> None:
    store.jobs.enqueue(job(1))
    store.jobs.enqueue(Job(job_id="job_2", kind="train", created_at=T0 - 3600 * SECOND))
    claimed = store.jobs.claim(owner="a", now=T0)
    assert claimed is not None
    assert (claimed.job_id, claimed.state, claimed.owner) == ("job_1", JobState.RUNNING, "a")
    assert (claimed.attempt, claimed.started_at) == (1, T0)


def test_only_kinds_that_are_wanted_are_claimed(store: Store) -> None:
    store.jobs.enqueue(job(1, kind="train"))
    store.jobs.enqueue(job(2, kind="upload"))
    assert store.jobs.claim(owner="a", now=T0, kinds=["evaluate"]) is None
    claimed = store.jobs.claim(owner="a", now=T0, kinds=["upload"])
    assert claimed is not None
    assert claimed.job_id == "job_2"


def test_signs_of_life_carry_progress_and_bring_back_a_wish_to_cancel(store: Store) -> None:
    store.jobs.enqueue(job())
    store.jobs.claim(owner="a", now=T0)
    beaten = store.jobs.beat("job_1", owner="a", now=T0 + SECOND, progress=0.5, phrase="rank")
    assert (beaten.progress, beaten.phrase, beaten.heartbeat_at) == (0.5, "rank", T0 + SECOND)
    assert not beaten.cancel_requested
    asked = store.jobs.request_cancel("job_1", now=T0)
    assert asked.state is JobState.RUNNING
    after = store.jobs.beat("job_1", owner="a", now=T0 + 2 * SECOND)
    assert after.cancel_requested
    assert after.beats == beaten.beats + 1
    assert after.progress == 0.5


def test_the_end_is_noted_once(store: Store) -> None:
    store.jobs.enqueue(job())
    store.jobs.claim(owner="a", now=T0)
    outcome = Outcome(state=JobState.SUCCEEDED, exit_code=0, result={"rows": 3})
    ended = store.jobs.finish("job_1", owner="a", now=T0 + SECOND, outcome=outcome)
    assert (ended.state, ended.exit_code, ended.result) == (JobState.SUCCEEDED, 0, {"rows": 3})
    assert (ended.progress, ended.ended_at, ended.ended) == (1.0, T0 + SECOND, True)
    with pytest.raises(ConflictError, match="not held"):
        store.jobs.finish("job_1", owner="a", now=T0, outcome=outcome)
    assert store.jobs.request_cancel("job_1", now=T0) == ended
    with pytest.raises(ArgumentError):
        store.jobs.finish("job_1", owner="a", now=T0, outcome=Outcome(state=JobState.QUEUED))


def test_a_clock_that_is_set_back_ends_no_job_before_it_began(store: Store) -> None:
    store.jobs.enqueue(job())
    store.jobs.claim(owner="a", now=T0)
    hour_before = T0 - 3600 * SECOND
    outcome = Outcome(state=JobState.FAILED, error="no")
    ended = store.jobs.finish("job_1", owner="a", now=hour_before, outcome=outcome)
    assert ended.started_at == ended.ended_at == T0


def test_a_job_that_waits_is_cancelled_at_once(store: Store) -> None:
    store.jobs.enqueue(job())
    assert store.jobs.request_cancel("job_1", now=T0).state is JobState.CANCELLED
    assert store.jobs.claim(owner="a", now=T0) is None


def test_a_job_of_a_runner_that_is_gone_waits_again(store: Store) -> None:
    store.jobs.enqueue(job())
    first = store.jobs.claim(owner="a", now=T0)
    assert first is not None
    back = store.jobs.give_back("job_1", owner="a", beats=first.beats, now=T0, most_attempts=2)
    assert back is not None
    assert (back.state, back.owner) == (JobState.QUEUED, None)
    second = store.jobs.claim(owner="b", now=T0)
    assert second is not None
    assert second.attempt == 2
    with pytest.raises(ConflictError):  # the first one was only slow: it is told so
        store.jobs.beat("job_1", owner="a", now=T0)
    with pytest.raises(ConflictError):
        store.jobs.finish("job_1", owner="a", now=T0, outcome=Outcome(state=JobState.SUCCEEDED))
    lost = store.jobs.give_back("job_1", owner="b", beats=second.beats, now=T0, most_attempts=2)
    assert lost is not None
    assert lost.state is JobState.LOST
    assert lost.error == "Its runner ended 2 times before the job did."


def test_a_runner_that_lives_keeps_its_job(store: Store) -> None:
    store.jobs.enqueue(job())
    seen = store.jobs.claim(owner="a", now=T0)
    assert seen is not None
    store.jobs.beat("job_1", owner="a", now=T0)
    back = store.jobs.give_back("job_1", owner="a", beats=seen.beats, now=T0, most_attempts=2)
    assert back is None
    assert store.jobs.running()[0].owner == "a"


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(store: Store) -> None:
    store.jobs.enqueue(job())
    seen = store.jobs.claim(owner="a", now=T0)
    assert seen is not None
    store.jobs.request_cancel("job_1", now=T0)
    back = store.jobs.give_back("job_1", owner="a", beats=seen.beats, now=T0, most_attempts=9)
    assert back is not None
    assert back.state is JobState.CANCELLED


def test_the_list_goes_back_page_by_page(store: Store) -> None:
    for number in range(5):
        organisation_id = "org_a" if number % 2 else "org_b"
        store.jobs.enqueue(job(number, organisation_id=organisation_id))
    newest = store.jobs.listing(n=2)
    assert [one.job_id for one in newest] == ["job_4", "job_3"]
    older = store.jobs.listing(n=9, before=newest[-1].seq)
    assert [one.job_id for one in older] == ["job_2", "job_1", "job_0"]
    assert [one.job_id for one in store.jobs.listing(organisation_id="org_a")] == ["job_3", "job_1"]
    assert store.jobs.listing(state=JobState.RUNNING) == []
    assert store.jobs.listing(kind="evaluate") == []
    with pytest.raises(ArgumentError, match="from 1 to 200; got 0"):
        store.jobs.listing(n=0)


def test_each_job_is_claimed_by_one_of_several_processes(store: Store, url: str) -> None:
    n_jobs, program = 30, Path(__file__).with_name("claiming_process.py")
    for number in range(n_jobs):
        store.jobs.enqueue(job(number))
    claimants = [
        subprocess.Popen(
            [sys.executable, str(program), url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for claimant in claimants:
        assert claimant.stdout is not None
        assert claimant.stdout.readline() == "ready\n"
    got = [json.loads(claimant.communicate("go\n", timeout=60)[0]) for claimant in claimants]
    assert sorted(got[0] + got[1]) == sorted(f"job_{n}" for n in range(n_jobs))
    assert all(one.attempt == 1 for one in store.jobs.listing())


def test_what_an_import_staged_is_discarded_by_its_source(store: Store) -> None:
    session = store.import_session(source="upload:1", fingerprint="f").__enter__()
    session.stage(Firm, [Firm(firm_id="firm_a", name="a")])
    session.checkpoint(1)  # and the process dies
    store.discard_import("upload:1")
    with store.import_session(source="upload:1", fingerprint="f") as session:
        assert session.resume_at == 0


# -- kept answers ------------------------------------------------------------------------------

ANSWER = KeptAnswer(status=201, media_type="application/json", body=b'{"a": 1}')


def begin(store: Store, *, now: dt.datetime = T0, body: str = "x") -> Any:
    return store.kept_answers.begin("p/POST/k", body_digest=body, now=now)


def test_a_request_that_comes_again_is_answered_again(store: Store) -> None:
    begun = begin(store)
    assert begun.answer is None
    assert begin(store).token is None  # under way
    assert begin(store).answer is None
    assert store.kept_answers.keep("p/POST/k", token=begun.token, answer=ANSWER)
    assert begin(store, now=T0 + KEPT_FOR).answer == ANSWER
    assert begin(store, now=T0 - KEPT_FOR).answer == ANSWER  # the clock was set back


def test_a_key_is_for_one_body(store: Store) -> None:
    begun = begin(store)
    with pytest.raises(ConflictError, match="another request"):
        begin(store, body="y")
    store.kept_answers.keep("p/POST/k", token=begun.token, answer=ANSWER)
    with pytest.raises(ConflictError, match="another request"):
        begin(store, body="y")


def test_a_key_is_free_after_a_day_and_after_a_failure(store: Store) -> None:
    begun = begin(store)
    store.kept_answers.keep("p/POST/k", token=begun.token, answer=ANSWER)
    later = begin(store, now=T0 + KEPT_FOR + SECOND, body="y")
    assert later.token is not None
    store.kept_answers.release("p/POST/k", token=later.token)
    assert begin(store, body="z").token is not None


@pytest.mark.parametrize("direction", [1, -1])
def test_a_request_whose_server_died_may_be_made_again(store: Store, direction: int) -> None:
    lost = begin(store)
    later = T0 + direction * (ABANDONED_AFTER + SECOND)
    again = begin(store, now=later)
    assert again.token is not None
    assert not store.kept_answers.keep("p/POST/k", token=lost.token, answer=ANSWER)
    store.kept_answers.release("p/POST/k", token=lost.token)  # not its own any more
    assert store.kept_answers.keep("p/POST/k", token=again.token, answer=ANSWER)
