"""``kill -9`` while everything is under way: nothing acknowledged is lost, nothing is done twice.

One server is killed while it takes events, while models are promoted and while an upload and a
reindexing run; the tests look at what its successor finds.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from data.jobs import ENDED, JobState
from data.records import Event, Firm
from matcher.bundle import STAGING_PREFIX, open_bundle
from matcher.registry import find_current, history
from service.jobs.folders import JobFolders
from service.jobs.kinds import upload_label
from service.jobs.processes import ProcessName
from tests.faults.conftest import World
from tests.faults.real_server import RealServer, event, serving, wait_for

pytestmark = pytest.mark.slow

N_FIRMS = 60_000
"""Of the upload: enough that it is under way for seconds."""
BATCH = 5


@dataclass
class Crash:
    """What was acknowledged before the end, and who was killed."""

    world: World
    acknowledged: list[str] = field(default_factory=list)
    promoted: list[str] = field(default_factory=list)
    upload_id: str = ""
    reindex_id: str = ""
    left: list[ProcessName] = field(default_factory=list)


def report_events(server: RealServer, crash: Crash) -> None:
    """Report batches one after the other until the server is gone."""
    number = 0
    with httpx.Client(
        base_url=server.address, headers=dict(server.client.headers), trust_env=False
    ) as client:
        while True:
            rows = [
                event(number + i, crash.world.firm_id, crash.world.offer_id) for i in range(BATCH)
            ]
            try:
                answer = client.post("/v1/events", json={"events": rows})
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                crash.acknowledged += [
                    row["event_id"]
                    for row in answer.json()["results"]
                    if row["outcome"] != "rejected"
                ]
            number += BATCH


def promote_in_turns(server: RealServer, crash: Crash) -> None:
    """Promote two models in turns until the server is gone."""
    names = (crash.world.bundle, "second")
    with httpx.Client(
        base_url=server.address, headers=dict(server.client.headers), trust_env=False
    ) as client:
        for turn in range(1, 10_000):
            name = names[turn % 2]
            try:
                answer = client.post(f"/v1/models/{name}/promote")
            except httpx.TransportError:
                return
            if answer.status_code == 200:
                crash.promoted.append(name)


def start_work(server: RealServer, crash: Crash) -> None:
    """Ask for an upload and a reindexing, and wait until both run."""
    rows = "".join(f"firm_up_{n},firm {n},苏州市\n" for n in range(N_FIRMS))
    answer = server.client.post(
        "/v1/uploads?record_type=firms", content=("firm_id,name,city\n" + rows).encode()
    )
    assert answer.status_code == 202, answer.text
    crash.upload_id = answer.json()["job_id"]
    answer = server.client.post("/v1/jobs", json={"kind": "reindex", "arguments": {"name": "new"}})
    assert answer.status_code == 202, answer.text
    crash.reindex_id = answer.json()["job_id"]

    def under_way() -> bool:
        jobs = [
            server.client.get(f"/v1/jobs/{job_id}").json()
            for job_id in (crash.upload_id, crash.reindex_id)
        ]
        return jobs[0]["progress"] > 0 and jobs[1]["state"] != "queued"

    wait_for(under_way, "both run, and the upload has read some of its rows")


@pytest.fixture(scope="module", params=["server", "server and runner"])
def after(request: pytest.FixtureRequest, demo_home, tmp_path_factory) -> Iterator[Crash]:
    """What is known of a crash, with its successor up and all jobs ended."""
    from tests.faults.conftest import make_world

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINMATCH_ENCODER", "off")
        world = make_world(demo_home, tmp_path_factory.mktemp("crash") / "home")
        shutil.copytree(world.bundles / world.bundle, world.bundles / "second")
        crash = Crash(world)
        kill_at_work(crash, with_runner=request.param == "server and runner")
        with serving(world.home, world.key) as successor:
            for job_id in (crash.upload_id, crash.reindex_id):

                def ended(job_id: str = job_id) -> bool:
                    found = successor.client.get(f"/v1/jobs/{job_id}").json()
                    return JobState(found["state"]) in ENDED

                wait_for(ended, f"{job_id} ends", within_s=120)
            yield crash


def kill_at_work(crash: Crash, *, with_runner: bool) -> None:
    server = RealServer(crash.world.home, crash.world.key).wait_until_ready()
    try:
        threads = [
            threading.Thread(target=work, args=(server, crash))
            for work in (report_events, promote_in_turns)
        ]
        for thread in threads:
            thread.start()
        start_work(server, crash)
        runner = server.runner()
        assert runner is not None
        with crash.world.open_store() as store:
            children = [ProcessName.parse(job.process) for job in store.jobs.running()]
        crash.left = [runner, *(child for child in children if child is not None)]
        if with_runner:
            os.kill(runner.pid, signal.SIGKILL)
        server.kill()
        for thread in threads:
            thread.join()
    finally:
        server.close()


def test_every_acknowledged_event_is_there(after: Crash):
    assert len(after.acknowledged) > BATCH
    with after.world.open_store() as store:
        stored = store.find_many(Event, after.acknowledged)
    assert set(after.acknowledged) - stored.keys() == set()


def test_the_pointer_names_a_whole_model(after: Crash):
    assert len(after.promoted) > 1
    steps = [step.name for step in history(after.world.bundles)]
    current = find_current(after.world.bundles)
    assert current in (after.world.bundle, "second", "new")
    open_bundle(after.world.bundles / str(current))
    acknowledged = iter(steps)
    assert all(name in acknowledged for name in after.promoted)  # in this order


def test_an_upload_is_done_once_and_whole(after: Crash):
    with after.world.open_store() as store:
        job = store.jobs.get(after.upload_id)
        runs = store.import_runs(upload_label(after.upload_id))
        last = store.find_firm(f"firm_up_{N_FIRMS - 1}")
    assert (job.state, job.error) == (JobState.SUCCEEDED, None)
    assert [run.counts[Firm].new for run in runs][:1] == [N_FIRMS]
    assert sum(run.counts[Firm].new for run in runs) == N_FIRMS
    assert last is not None


def test_a_reindexing_leaves_a_whole_bundle_or_none(after: Crash):
    with after.world.open_store() as store:
        job = store.jobs.get(after.reindex_id)
    names = {path.name for path in after.world.bundles.iterdir() if path.is_dir()}
    assert not {name for name in names if name.startswith(STAGING_PREFIX)}
    for name in names:
        open_bundle(after.world.bundles / name)
    conflict = job.state is JobState.FAILED and "was expected to serve" in (job.error or "")
    taken = job.state is JobState.FAILED and "already a bundle" in (job.error or "")
    assert job.state is JobState.SUCCEEDED or conflict or taken, job
    assert "new" in names


def test_nothing_of_the_dead_runs_on_and_no_file_is_left(after: Crash):
    deadline = time.monotonic() + 20
    while any(process.alive for process in after.left) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [str(process) for process in after.left if process.alive] == []
    folders = JobFolders(after.world.home)
    assert list(folders.incoming.glob("*")) == []
    assert not folders.inputs(after.upload_id).exists()
