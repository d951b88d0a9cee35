"""The real server as a process: started on a port of the system's choice, asked, killed."""

from __future__ import annotations

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

import httpx

from data.people import Organisation, Person, Role, Scope
from data.store import Store
from service.access.logbook import Actor
from service.access.membership import make_key
from service.clock import now
from service.jobs.processes import ProcessName, end_group

START_WITHIN_S = 60.0
PATIENCE_S = 60.0
ASK_TIMEOUT_S = 30.0


def wait_for(found: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S) -> Any:
    """Return what ``found`` gives once it is true."""
    give_up = time.monotonic() + within_s
    while True:
        if value := found():
            return value
        assert time.monotonic() < give_up, f"Not within {within_s} s: {what}"
        time.sleep(0.05)


def add_administrator(store: Store, name: str = "root") -> str:
    """Make an administrator of the service and return a key that is good for everything."""
    store.people.add_organisation(
        Organisation(
            organisation_id=f"org_{name}", name=name, role=Role.ADMINISTRATOR, created_at=now()
        )
    )
    person = Person(
        person_id=f"person_{name}",
        organisation_id=f"org_{name}",
        login=name,
        display_name=name,
        created_at=now(),
    )
    store.people.add_person(person)
    return make_key(store, Actor(now=now()), person, name="test", scopes=set(Scope)).text


class RealServer:
    """One server process over a home."""

    def __init__(
        self, home: Path, key: str, *options: str, environment: dict[str, str] | None = None
    ) -> None:
        self.home = home
        self._key = key
        self._log = (home / "server.log").open("a")
        command = [sys.executable, "-P", "-m", "service.cli", "serve", "--port=0", "--lang=en"]
        self._process = subprocess.Popen(
            [*command, *options],
            env={**os.environ, "FINMATCH_HOME": str(home), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self.address = self._read_address()
        headers = {"X-API-Key": key}
        self.client = httpx.Client(
            base_url=self.address, headers=headers, timeout=ASK_TIMEOUT_S, trust_env=False
        )

    def _read_address(self) -> str:
        """Return where it listens; end it where it does not say so in time."""
        alarm = threading.Timer(START_WITHIN_S, self._process.kill)
        alarm.start()
        try:
            assert self._process.stdout is not None
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        assert "http://" in line, (self.home / "server.log").read_text()[-2_000:]
        return next(word for word in line.split() if word.startswith("http://"))

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether health says so; a server that does not listen (yet, any more) is not."""
        try:
            return self.client.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_ready(self) -> RealServer:
        wait_for(self.is_ready, "the server is ready")
        return self

    def runner(self) -> ProcessName | None:
        """Return its job runner: its only child process."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended in the meantime
                continue
            if int(fields[1]) == self.pid:
                return ProcessName.of(int(stat.parent.name))
        return None

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it in good order, and what is left of its runner."""
        runner = self.runner() if self._process.poll() is None else None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.kill()
        if runner is not None:
            end_group(runner)
        self.client.close()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


@contextmanager
def serving(
    home: Path, key: str, *options: str, environment: dict[str, str] | None = None
) -> Iterator[RealServer]:
    """A server that runs inside the block, ready."""
    server = RealServer(home, key, *options, environment=environment)
    try:
        yield server.wait_until_ready()
    finally:
        server.close()


def event(number: int, firm_id: str, offer_id: str) -> dict[str, Any]:
    """Return a view as clients report it."""
    return {
        "event_id": f"event_fault_{number}",
        "kind": "view",
        "occurred_at": "2026-07-01T09:00:00Z",
        "firm_id": firm_id,
        "offer_id": offer_id,
    }


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Return status, code and Retry-After of an error."""
    code = json.loads(answer.content)["error"]["code"]
    return answer.status_code, code, answer.headers.get("retry-after")
