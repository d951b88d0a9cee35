"""Databases for the contract suites: a SQLite file, and a private PostgreSQL server."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from data.store import Store
from data.store.tables import METADATA

USER = "finmatch"
START_WITHIN_S = 30.0
BACKENDS = ("sqlite", "postgresql")


def find_binaries() -> Path | None:
    """The newest directory that holds both ``initdb`` and ``postgres``."""

    def version(directory: Path) -> tuple[int, ...]:
        return tuple(int(part) for part in re.findall(r"\d+", str(directory)))

    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version, reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    return next((d for d in found if (d / "initdb").exists() and (d / "postgres").exists()), None)


def server_account() -> dict[str, Any]:
    """Arguments for :mod:`subprocess`: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("PostgreSQL refuses root, and there is no account postgres or nobody")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(binaries: Path, home: Path, account: dict[str, Any]) -> Iterator[str]:
    """Start a server of our own in ``home``; yield its URL without a database name."""
    password, port = secrets.token_hex(8), free_port()
    (home / "password").write_text(password)
    if account:
        for path in (home, home / "password"):
            os.chown(path, account["user"], account["group"])
    data = home / "data"
    subprocess.run(
        [
            *(binaries / "initdb", "-D", data, "-U", USER, "--encoding=UTF8", "--locale=C.UTF-8"),
            *("--auth=scram-sha-256", f"--pwfile={home / 'password'}", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        cwd=home,
        **account,
    )
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [
                *(binaries / "postgres", "-D", data, "-k", home, "-h", "127.0.0.1"),
                *("-p", str(port), "-c", "fsync=off"),
            ],
            stdout=log,
            stderr=log,
            cwd=home,
            **account,
        )
    try:
        url = f"postgresql://{USER}:{password}@127.0.0.1:{port}"
        wait_until_ready(server, url, home / "log")
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nobody needs its files any more
        server.wait(timeout=START_WITHIN_S)


def wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    import psycopg

    give_up = time.monotonic() + START_WITHIN_S
    while True:
        try:
            psycopg.connect(f"{url}/postgres").close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from None
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """URL of a private PostgreSQL server; skips where there is none to start."""
    pytest.importorskip("psycopg", reason="the extra [postgres] is not installed")
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    account = server_account()
    home = Path(tempfile.mkdtemp(prefix="finmatch-pg-"))
    try:
        with running_server(binaries, home, account) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


def create_database(server: str) -> str:
    import psycopg

    name = f"test_{secrets.token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


def remove_rows(url: str) -> None:
    import psycopg

    tables = ", ".join(METADATA.tables)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # silences the guards
        connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite store without rows, to copy: migrating anew for each test would take its time."""
    path = tmp_path_factory.mktemp("store") / "template.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def migrated_database(postgresql_server: str) -> str:
    """The URL of a PostgreSQL store; whoever uses it removes the rows of the one before."""
    url = create_database(postgresql_server)
    Store.open(url).close()
    return url


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database under test."""
    kind: str = request.param
    return kind


@pytest.fixture
def new_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """A function that returns the URL of one more database without tables."""
    if backend == "sqlite":
        return lambda: f"sqlite:///{tmp_path / secrets.token_hex(4)}.db"
    server: str = request.getfixturevalue("postgresql_server")
    return lambda: create_database(server)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store without rows."""
    if backend == "sqlite":
        path = tmp_path / "store.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        return f"sqlite:///{path}"
    shared: str = request.getfixturevalue("migrated_database")
    remove_rows(shared)
    return shared


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store without rows."""
    with Store.open(url, lock_wait_s=5) as opened:
        yield opened
