"""Several workers behind one socket: one that dies is replaced, and all end together."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.faults.conftest import World
from tests.faults.real_server import RealServer, wait_for

pytestmark = pytest.mark.slow


def children(pid: int) -> set[int]:
    """Return the processes that one forked."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(child) for child in found}


def test_a_worker_that_dies_is_replaced(own_world: World):
    server = RealServer(own_world.home, own_world.key, "--workers=2", "--no-jobs")
    try:
        server.wait_until_ready()
        before = wait_for(lambda: len(children(server.pid)) == 2 and children(server.pid), "two")
        os.kill(min(before), signal.SIGKILL)
        after = wait_for(
            lambda: (
                len(children(server.pid)) == 2
                and children(server.pid) != before
                and children(server.pid)
            ),
            "another worker takes its place",
        )
        assert max(before) in after
        for _ in range(20):
            assert server.client.get("/health/live").status_code == 200
    finally:
        server.close()
    assert not any(Path(f"/proc/{pid}").exists() for pid in after)


def test_a_port_that_is_taken_is_told(own_world: World):
    server = RealServer(own_world.home, own_world.key, "--no-jobs")
    try:
        from service.cli import main

        port = server.address.rpartition(":")[2]
        assert main(["serve", "--home", str(own_world.home), "--port", port, "--lang", "en"]) == 2
    finally:
        server.close()
