"""The runner with scripted children: progress, ends of every kind, and what a dead one left."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from data.jobs import Job, JobState
from data.store import Store
from service.jobs import kinds, runner
from service.jobs.folders import JobFolders, new_job_id
from service.jobs.logs import log_tail
from service.jobs.processes import ProcessName, end_group
from service.jobs.runner import Runner
from service.settings import Settings, read_settings
from tests.service.jobs.scripted_runner import PROGRAM, QUICK, scripted

T0 = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
PATIENCE_S = 20.0


def wait_for(found: Callable[[], Any], what: str) -> Any:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if value := found():
            return value
        time.sleep(0.02)
    pytest.fail(f"Not within {PATIENCE_S} s: {what}")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({}, home=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with Store.open(settings.database_url) as opened:
        yield opened


@pytest.fixture
def running(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Runner]]:
    """Start a runner in this process with these kinds; it is stopped afterwards."""
    stop, threads = threading.Event(), []

    def start(clock: Callable[[], dt.datetime] = lambda: T0, **chosen: Any) -> Runner:
        for module in (kinds, runner):
            monkeypatch.setattr(module, "KINDS", chosen)
        one = Runner(store, settings, clock=clock, options=QUICK, program=PROGRAM)
        threads.append(threading.Thread(target=one.run, args=(stop,)))
        threads[-1].start()
        return one

    yield start
    stop.set()
    for thread in threads:
        thread.join()


def ask(store: Store, kind: str, **fields: Any) -> str:
    job = Job(job_id=new_job_id(), kind=kind, created_at=T0, **fields)
    return store.jobs.enqueue(job).job_id


def ended(store: Store, job_id: str) -> Job:
    def look() -> Job | None:
        job = store.jobs.get(job_id)
        return job if job.ended else None

    return wait_for(look, f"the end of {store.jobs.get(job_id)}")


def test_a_job_is_done_and_its_document_and_log_are_kept(store, settings, running):
    running(work=scripted("work", "a", "b"))
    job = ended(store, ask(store, "work"))
    assert (job.state, job.exit_code, job.attempt) == (JobState.SUCCEEDED, 0, 1)
    assert job.result == {"arguments": ["a", "b"]}
    assert (job.progress, job.error) == (1.0, None)
    log = JobFolders(settings.home).log(job.job_id)
    assert log.name == job.log_file
    assert log_tail(log, 9) == ["--- attempt 1", "reading a file"]
    assert log_tail(log, 1) == ["reading a file"]
    assert log_tail(log.with_name("none"), 1) == []


def test_a_job_that_fails_says_why_in_its_last_line(store, running):
    running(fail=scripted("fail"))
    job = ended(store, ask(store, "fail"))
    assert (job.state, job.exit_code) == (JobState.FAILED, 2)
    assert job.error == "Bad input: there is no such thing."


def test_a_child_that_is_killed_fails_its_job(store, running):
    running(die=scripted("die"))
    job = ended(store, ask(store, "die"))
    assert (job.state, job.exit_code, job.error) == (
        JobState.FAILED,
        -9,
        "It was ended by signal 9.",
    )


def test_progress_is_told_while_it_runs_and_a_wish_to_cancel_is_heard(store, running):
    running(sleep=scripted("sleep"))
    job_id = ask(store, "sleep")
    job = wait_for(lambda: (j := store.jobs.get(job_id)).progress and j, "progress")
    assert (job.progress, job.phrase, job.state) == (0.25, "read", JobState.RUNNING)
    child = ProcessName.parse(job.process)
    assert child is not None
    assert child.alive
    store.jobs.request_cancel(job_id, now=T0)
    job = ended(store, job_id)
    assert job.state is JobState.CANCELLED
    assert not child.alive


def test_a_child_that_does_not_listen_is_killed(store, running, monkeypatch):
    monkeypatch.setattr("service.jobs.running.end_group", lambda p: end_group(p, grace_s=0.2))
    running(stubborn=scripted("stubborn"))
    job_id = ask(store, "stubborn")
    wait_for(lambda: store.jobs.get(job_id).progress, "progress")
    store.jobs.request_cancel(job_id, now=T0)
    job = ended(store, job_id)
    assert (job.state, job.exit_code) == (JobState.CANCELLED, -signal.SIGKILL)


def test_a_job_that_takes_too_long_is_ended(store, running):
    running(sleep=scripted("sleep", limit_s=0.3))
    job = ended(store, ask(store, "sleep"))
    assert job.state is JobState.FAILED
    assert job.error == "It took longer than 0 s."


def test_a_kind_that_nobody_knows_fails_and_holds_up_nothing(store, running):
    job_id = ask(store, "of a later version")
    running(work=scripted("work"))
    job = ended(store, job_id)
    assert job.state is JobState.FAILED
    assert "kind must be one of work" in (job.error or "")
    assert ended(store, ask(store, "work")).state is JobState.SUCCEEDED


def test_heavy_jobs_take_turns_and_light_ones_pass(store, running):
    one = running(heavy=scripted("sleep"), light=scripted("work", heavy=False))
    first, second = ask(store, "heavy"), ask(store, "heavy")
    wait_for(lambda: store.jobs.get(first).progress, "the first heavy job")
    assert ended(store, ask(store, "light")).state is JobState.SUCCEEDED
    assert store.jobs.get(second).state is JobState.QUEUED
    assert len(one.works) == 1
    for job_id in (second, first):
        store.jobs.request_cancel(job_id, now=T0)
    assert ended(store, first).state is JobState.CANCELLED


def test_what_a_job_reads_goes_with_its_end(store, settings, running):
    job_id = new_job_id()
    inputs = JobFolders(settings.home).inputs(job_id)
    inputs.mkdir(parents=True)
    (inputs / "firms.csv").write_text("personal data")
    store.jobs.enqueue(Job(job_id=job_id, kind="fail", created_at=T0))
    running(fail=scripted("fail"))
    ended(store, job_id)
    wait_for(lambda: not inputs.exists(), "the removal of what it read")


def test_old_files_are_removed_and_rows_stay(store, settings, running):
    folders = JobFolders(settings.home)
    old, unasked = ask(store, "work"), new_job_id()
    store.jobs.request_cancel(old, now=T0)
    for job_id in (old, unasked):
        folders.log(job_id).parent.mkdir(parents=True, exist_ok=True)
        folders.log(job_id).write_text("x")
        os.utime(folders.log(job_id), (0, 0))
    running(work=scripted("work"))
    wait_for(lambda: not folders.log(old).exists(), "the removal of an old log")
    assert not folders.log(unasked).exists()
    assert store.jobs.get(old).state is JobState.CANCELLED


def test_a_runner_that_stops_gives_its_jobs_back(store, settings, monkeypatch):
    for module in (kinds, runner):
        monkeypatch.setattr(module, "KINDS", {"sleep": scripted("sleep")})
    stop = threading.Event()
    one = Runner(store, settings, clock=lambda: T0, options=QUICK, program=PROGRAM)
    thread = threading.Thread(target=one.run, args=(stop,))
    thread.start()
    job_id = ask(store, "sleep")
    wait_for(lambda: store.jobs.get(job_id).progress, "progress")
    stop.set()
    thread.join()
    job = store.jobs.get(job_id)
    assert (job.state, job.owner, job.process) == (JobState.QUEUED, None, None)


# -- runners that die ----------------------------------------------------------------------------


@contextmanager
def process(home: Path, *verbs: str) -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("scripted_runner.py")
    command = [sys.executable, str(program), str(home), json.dumps(verbs)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as started:
        try:
            assert started.stdout is not None
            assert started.stdout.readline() == "ready\n"
            yield started
        finally:
            started.kill()


@pytest.mark.parametrize("verb", ["sleep", "sleep-orphan"])
def test_a_runner_that_is_killed_leaves_no_child_and_loses_no_job(store, settings, running, verb):
    job_id = ask(store, verb)
    with process(settings.home, verb) as first:
        job = wait_for(lambda: (j := store.jobs.get(job_id)).progress and j, "progress")
        first.kill()
        first.wait()
    child = ProcessName.parse(job.process)
    assert child is not None
    running(**{verb: scripted("work")})
    job = ended(store, job_id)
    assert (job.state, job.attempt) == (JobState.SUCCEEDED, 2)
    assert not child.alive


def test_what_a_dead_runners_child_had_done_is_not_done_again(store, settings, running):
    job_id = ask(store, "verdict-orphan")
    with process(settings.home, "verdict-orphan") as first:
        verdict = JobFolders(settings.home).verdict(job_id, 1)
        wait_for(verdict.exists, "the verdict")
        first.kill()
        first.wait()
    running(**{"verdict-orphan": scripted("fail")})
    job = ended(store, job_id)
    assert (job.state, job.attempt, job.result) == (JobState.SUCCEEDED, 1, {"done": True})


def test_a_job_that_always_takes_its_runner_along_is_lost_in_the_end(store, running):
    job_id = ask(store, "work")
    for attempt in (1, 2, 3):
        gone = store.jobs.claim(owner=f"elsewhere/{attempt}/1/x", now=T0)
        assert gone is not None
        if attempt < 3:
            back = store.jobs.give_back(
                job_id, owner=gone.owner, beats=gone.beats, now=T0, most_attempts=3
            )
            assert back is not None
    running(work=scripted("work"))  # its signs of life do not change: it is gone
    job = ended(store, job_id)
    assert (job.state, job.attempt) == (JobState.LOST, 3)


def test_a_job_that_was_taken_while_the_store_went_away_is_done(store, running):
    job_id = ask(store, "work")
    one = Runner(store, read_settings({}), clock=lambda: T0)
    claimed = store.jobs.claim(owner=one.owner, now=T0)  # and nobody heard that it was taken
    assert claimed is not None
    two = running(work=scripted("work"))
    two.owner = one.owner
    assert ended(store, job_id).state is JobState.SUCCEEDED


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_jumps_makes_no_runner_look_dead(store, running, hours):
    job_id = ask(store, "sleep")
    other = store.jobs.claim(owner="elsewhere/1/1/x", now=T0)
    assert other is not None
    running(clock=lambda: T0 + dt.timedelta(hours=hours), sleep=scripted("sleep"))
    for _ in range(10):  # it gives signs of life, at whatever time it believes it is
        store.jobs.beat(job_id, owner="elsewhere/1/1/x", now=T0)
        time.sleep(0.06)
    assert store.jobs.get(job_id).owner == "elsewhere/1/1/x"


def test_one_runner_of_a_home_works_at_a_time(store, settings, running):
    with process(settings.home, "sleep") as first:
        wait_for(lambda: JobFolders(settings.home).lock_file.exists(), "the first runner")
        second = running(work=scripted("work"))
        job_id = ask(store, "work")
        time.sleep(0.3)
        assert second.works == []
        assert store.jobs.get(job_id).state in (JobState.QUEUED, JobState.FAILED)
        first.terminate()
        first.wait(PATIENCE_S)
    assert ended(store, ask(store, "work")).state is JobState.SUCCEEDED


# -- processes -----------------------------------------------------------------------------------


def test_a_process_is_known_by_its_place_number_and_start():
    mine = ProcessName.of(os.getpid())
    assert mine is not None
    assert mine.alive
    assert ProcessName.parse(str(mine)) == mine
    assert ProcessName.parse("x") is ProcessName.parse(None) is None
    other = ProcessName(mine.place, mine.pid, "1")
    assert not other.alive  # the number was given to somebody else since
    assert not end_group(other)
    assert not ProcessName("elsewhere", mine.pid, mine.started).alive


def test_only_a_process_that_leads_its_group_is_ended():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = ProcessName.of(child.pid)
    assert name is not None
    assert not end_group(name)  # it is in our group
    assert child.stdin is not None
    child.stdin.close()
    child.wait()
    assert ProcessName.of(child.pid) is None
