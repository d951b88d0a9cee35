"""The database goes away and comes back under a server that runs: no restart is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.records import Base, Event, Firm, Institution, Need, Offer
from data.store import Store
from tests.contracts.conftest import (
    START_WITHIN_S,
    USER,
    find_binaries,
    free_port,
    server_account,
    wait_until_ready,
)
from tests.faults.conftest import World
from tests.faults.real_server import add_administrator, event, refusal, serving, wait_for

pytestmark = pytest.mark.slow

AWAY_S = 3.0
"""Long enough for every look of the server to fail; thirty seconds change nothing more."""


class Postgres:
    """A PostgreSQL server of our own that can be stopped and started again."""

    def __init__(self, binaries: Path, home: Path) -> None:
        self._binaries, self._home, self._account = binaries, home, server_account()
        self._port = free_port()
        self.url = f"postgresql://{USER}@127.0.0.1:{self._port}"
        if self._account:
            os.chown(home, self._account["user"], self._account["group"])
        initdb = [binaries / "initdb", "-D", home / "data", "-U", USER, "--auth=trust"]
        subprocess.run(
            [*initdb, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=home,
            **self._account,
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(self._binaries / "postgres", "-D", self._home / "data", "-k", self._home),
                    *("-h", "127.0.0.1", "-p", str(self._port), "-c", "fsync=off"),
                ],
                stdout=log,
                stderr=log,
                cwd=self._home,
                **self._account,
            )
        wait_until_ready(self._process, self.url, self._home / "log")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_WITHIN_S)
            self._process = None


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    home = Path(tempfile.mkdtemp(prefix="finmatch-pg-"))
    server = Postgres(binaries, home)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def moved_to(url: str, world: World) -> str:
    """Copy the records of a world into another database; return an administrator's key."""
    with world.open_store() as old, Store.open(url) as new:
        for kind in (Base, Firm, Need, Institution, Offer):
            for table in old.batches(kind):
                new.upsert(kind, table)
        for table in old.batches(Event):
            new.append_events(table)
        return add_administrator(new)


def test_a_database_that_is_gone_for_a_while(postgres: Postgres, own_world: World):
    url = f"{postgres.url}/postgres"
    key = moved_to(url, own_world)
    environment = {"FINMATCH_DATABASE_URL": url}
    with serving(own_world.home, key, environment=environment) as server:
        first = {"events": [event(1, own_world.firm_id, own_world.offer_id)]}
        assert server.client.post("/v1/events", json=first).json()["accepted"] == 1
        job_id = server.client.post("/v1/jobs", json={"kind": "validate"}).json()["job_id"]

        postgres.stop()
        wait_for(lambda: not server.is_ready(), "health says that it is not ready")
        checks = server.client.get("/health/ready").json()["checks"]
        assert checks["database"] == "away"
        assert server.client.get("/health/live").status_code == 200
        second = {"events": [event(2, own_world.firm_id, own_world.offer_id)]}
        assert refusal(server.client.post("/v1/events", json=second)) == (503, "store", "1")
        time.sleep(AWAY_S)

        postgres.start()
        server.wait_until_ready()
        assert server.client.post("/v1/events", json=second).json()["accepted"] == 1
        again = server.client.post("/v1/events", json=first).json()
        assert (again["accepted"], again["duplicates"]) == (0, 1)

        def ended() -> bool:
            return server.client.get(f"/v1/jobs/{job_id}").json()["state"] == "succeeded"

        wait_for(ended, "the job that ran meanwhile is done")
        assert server.client.get(f"/v1/jobs/{job_id}").json()["attempt"] <= 3
