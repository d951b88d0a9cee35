"""Trouble around a server that runs: a locked database, full disks, damaged models, rivals."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from data.records import Event
from matcher.bundle import STAGING_PREFIX
from matcher.registry import find_current, promote
from service.server import STORE_LOCK_WAIT_S
from service.settings import environment_of, read_settings
from tests.faults.conftest import World
from tests.faults.real_server import RealServer, event, refusal, serving, wait_for

pytestmark = pytest.mark.slow

FILE_LIMIT_BYTES = 64 << 10
"""Of files that a process may write: smaller than a model's, larger than a database's index."""


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[RealServer]:
    """A server that the tests of this module share; two models lie beside the one that serves."""
    for name in ("second", "third"):
        shutil.copytree(world.bundles / world.bundle, world.bundles / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINMATCH_ENCODER", "off")
        with serving(world.home, world.key, "--no-jobs") as running:
            yield running


@pytest.fixture(autouse=True)
def _same_model(world: World, server: RealServer) -> Iterator[None]:
    yield
    promote(world.bundles, world.bundle)
    wait_for(lambda: serves(server, world.bundle), "the first model serves again")


def serves(server: RealServer, name: str) -> bool:
    items = server.client.get("/v1/models").json()["items"]
    return any(model["name"] == name and model["serving"] for model in items)


def test_a_database_locked_by_another_process_is_told_and_gets_well(world: World, server):
    body = {"events": [event(1, world.firm_id, world.offer_id)]}
    other = sqlite3.connect(world.home / "finmatch.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = server.client.post("/v1/events", json=body)
        assert refusal(answer) == (503, "store", "1")
        assert answer.elapsed.total_seconds() >= STORE_LOCK_WAIT_S - 1
        assert "locked by another process" in answer.json()["error"]["message"]
        assert server.client.get("/v1/models").status_code == 200  # reading goes on
        assert server.client.get("/health/live").status_code == 200
    finally:
        other.execute("ROLLBACK")
        other.close()
    again = server.client.post("/v1/events", json=body)
    assert again.json()["accepted"] == 1
    assert server.is_ready()
    with world.open_store() as store:
        assert store.find_many(Event, ["event_fault_1"])


def test_of_two_administrators_who_promote_at_once_one_wins(world: World, server):
    outcomes, gate = {}, threading.Barrier(2)

    def decide(name: str) -> None:
        gate.wait()
        body = {"expected_current": world.bundle}
        outcomes[name] = server.client.post(f"/v1/models/{name}/promote", json=body)

    threads = [threading.Thread(target=decide, args=(name,)) for name in ("second", "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in outcomes.values()) == [200, 409]
    winner = next(name for name, answer in outcomes.items() if answer.status_code == 200)
    assert find_current(world.bundles) == winner
    wait_for(lambda: serves(server, winner), f"{winner} serves")


def test_requests_go_on_while_models_change(world: World, server):
    """No request is dropped, and none is answered by a model that is half loaded."""
    wrong, stop = [], threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = server.client.get(f"/v1/firms/{world.firm_id}/recommendations?n=3")
            if answer.status_code != 200 or not answer.json()["items"]:
                wrong.append(answer.text)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for name in ("second", "third"):
            assert server.client.post(f"/v1/models/{name}/promote").status_code == 200
            wait_for(lambda name=name: serves(server, name), f"{name} serves")
    finally:
        stop.set()
        asking.join()
    assert wrong == []


def test_a_damaged_model_does_not_get_to_serve(world: World, server):
    shutil.copytree(world.bundles / world.bundle, world.bundles / "damaged")
    file = world.bundles / "damaged" / "model.json"
    file.write_bytes(file.read_bytes()[:-2])
    answer = server.client.post("/v1/models/damaged/promote")
    assert refusal(answer)[:2] == (422, "bad_argument")
    assert find_current(world.bundles) == world.bundle
    assert server.is_ready()


def test_a_model_that_is_damaged_later_goes_on_serving_until_a_restart(own_world: World):
    with serving(own_world.home, own_world.key, "--no-jobs") as server:
        shutil.copytree(own_world.bundles / own_world.bundle, own_world.bundles / "whole")
        file = own_world.bundles / own_world.bundle / "model.json"
        content = file.read_bytes()
        file.write_bytes(content[:-2])
        path = f"/v1/firms/{own_world.firm_id}/recommendations"
        assert server.client.get(path).status_code == 200
    restarted = RealServer(own_world.home, own_world.key, "--no-jobs")
    try:  # it starts, says what is wrong, and gets well without another start
        assert not restarted.is_ready()
        assert restarted.client.get("/health/live").status_code == 200
        assert refusal(restarted.client.get(path))[0] == 503
        assert restarted.client.post("/v1/models/whole/promote").status_code == 200
        restarted.wait_until_ready()
        assert restarted.client.get(path).status_code == 200
    finally:
        restarted.close()


def test_a_disk_that_is_full_leaves_no_half_written_model(world: World, server):
    settings = read_settings(
        {"FINMATCH_ENCODER": "off", "FINMATCH_LANGUAGE": "en"}, home=world.home
    )
    before = sorted(path.name for path in world.bundles.iterdir())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT_BYTES, FILE_LIMIT_BYTES))

    done = subprocess.run(
        [sys.executable, "-P", "-m", "service.cli", "models", "reindex", "--json", "--quiet"],
        env=environment_of(settings),
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Nothing can be written" in done.stderr
    assert "Traceback" not in done.stderr
    after = sorted(path.name for path in world.bundles.iterdir())
    assert after == before
    assert not any(name.startswith(STAGING_PREFIX) for name in after)
    assert find_current(world.bundles) == world.bundle
    assert server.is_ready()
