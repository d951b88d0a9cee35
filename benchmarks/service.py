"""What a request costs over HTTP, and how the service stands a load above its capacity.

    python -m benchmarks.service CACHE [--firms 100000] [--offers 20000] [--load-s 60]

A world and a model over it are kept in the folder CACHE, and a home of the service with them. The
server runs as a process of its own on the loopback. Costs are its processor time, read from
``/proc``; read the ratios. The bound is LightGBM's prediction of the same 500 rows, by all boosters
that a request asks, and the exact dot product over the eligible offers, in this same run.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.big_world import NOW, POOL, fit, make_catalogue
from benchmarks.request import cost, n_eligible, parts
from data.catalogue import Catalogue
from data.people import Organisation, Person, Role, Scope
from data.store import Store
from matcher.bundle import ManifestFields, write_bundle
from matcher.matcher import Matcher
from matcher.ranker import RankerEnsemble
from matcher.registry import promote
from service.access.logbook import Actor
from service.access.membership import make_key
from service.settings import read_settings

N_REQUESTS = 150
MEASURED = 40
WARM_UP = 20
FRAMEWORK_REQUESTS = 500
SHOWN = 20
TICKS = os.sysconf("SC_CLK_TCK")
CAPACITY_S = 5.0
CLIENTS = 8
OVERLOAD = 2.0
RECOVERY_S = 2.0
READY_S = 3.0
MOST_GROWTH = 1.1
"""Memory after the load, of that before it."""


def make_home(cache: Path, firms: int, offers: int) -> tuple[Path, Catalogue, Matcher, list[str]]:
    """Make a home with the world and the model, once; return needs to ask for as well."""
    catalogue = make_catalogue(firms, offers, cache)
    home = cache / f"home-{firms}-{offers}"
    settings = read_settings({}, home=home)
    model, _, order = fit(catalogue)
    if not (home / "bundles" / "current.json").exists():
        home.mkdir(parents=True, exist_ok=True)
        with (
            Store.open(settings.database_url) as store,
            store.import_session(source="benchmark", fingerprint="1") as imported,
        ):
            for side in catalogue.sides():
                imported.stage(side.record_type, side.table)
        fields = ManifestFields(
            model_version="benchmark",
            features=model.features.features.fingerprint(),
            dataset=catalogue.fingerprint(),
        )
        with write_bundle(
            settings.bundles, "benchmark", created_at=NOW, manifest_fields=fields
        ) as at:
            model.save(at)
        promote(settings.bundles, "benchmark")
    asked = [catalogue.needs.ids.ids[need] for need in order.tolist()]
    return home, catalogue, Matcher(model, catalogue), asked


def make_caller(home: Path) -> str:
    """Return the key of an administrator who may ask for every firm."""
    now = dt.datetime.now(dt.UTC)
    with Store.open(read_settings({}, home=home).database_url) as store:
        key = secrets.token_hex(4)
        store.people.add_organisation(
            Organisation(
                organisation_id=f"org_{key}",
                name="benchmark",
                role=Role.ADMINISTRATOR,
                created_at=now,
            )
        )
        person = Person(
            person_id=f"person_{key}",
            organisation_id=f"org_{key}",
            login=f"benchmark-{key}",
            display_name="benchmark",
            created_at=now,
        )
        store.people.add_person(person)
        return make_key(store, Actor(now=now), person, name="benchmark", scopes=set(Scope)).text


@contextmanager
def serving(home: Path) -> Iterator[tuple[int, int, float]]:
    """Run the server; give its process id, its port, and the seconds until it was ready."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "service.cli", "serve", "--home", str(home), "--port", "0"]
    environment = {**os.environ, "FINMATCH_ENCODER": "off", "FINMATCH_LANGUAGE": "en"}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        found = re.search(r":(\d+)\b", line)
        assert found, f"the server did not start: {line}"
        port = int(found[1])
        while get(port, "/health/ready", "")[0] != 200:
            time.sleep(0.05)
        yield server.pid, port, time.perf_counter() - begun
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def get(port: int, path: str, key: str, body: dict | None = None) -> tuple[int, float]:
    """Send one request on a connection of its own; return status (0: refused) and seconds."""
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        status, _ = exchange(connection, path, key, body)
    except OSError:
        status = 0
    finally:
        connection.close()
    return status, time.perf_counter() - begun


def exchange(
    connection: http.client.HTTPConnection, path: str, key: str, body: dict | None
) -> tuple[int, bytes]:
    """Send one request on an open connection."""
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    method = "GET" if body is None else "POST"
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_of(pid: int) -> int:
    """Return the resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def ask_in_turn(port: int, key: str, pid: int, needs: list[str]) -> tuple[float, list[float]]:
    """Ask for each need; return the server's milliseconds of processor, and what answers took."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    each = []
    before = cpu_of(pid)
    for need_id in needs:
        status, content = exchange(
            connection,
            "/v1/recommendations",
            key,
            {"need_id": need_id, "n": SHOWN, "language": "zh"},
        )
        assert status == 200, content
        each.append(json.loads(content)["took_ms"])
    return 1000 * (cpu_of(pid) - before) / len(needs), each


def framework_of(port: int, key: str, pid: int) -> float:
    """Return the server's milliseconds for a request that does nothing but find out who asks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    exchange(connection, "/v1/session", key, None)
    before = cpu_of(pid)
    for _ in range(FRAMEWORK_REQUESTS):
        exchange(connection, "/v1/session", key, None)
    return 1000 * (cpu_of(pid) - before) / FRAMEWORK_REQUESTS


def bound_of(matcher: Matcher, needs: list[str]) -> tuple[float, float]:
    """Return the milliseconds of the bound, and of the whole request in this process."""
    model, n = matcher.model, len(needs)
    firm, other = model.firm_side, model.institution_side
    assert other is not None
    plain = [RankerEnsemble(side.ranker.rankers, compiled=False) for side in (firm, other)]
    rows, masks, vectors = zip(*(parts(matcher, key) for key in needs), strict=True)
    index = model.retriever.index
    predicted = cost(lambda i: [side.score(rows[i]) for side in plain], n)
    searched = cost(lambda i: index.search(vectors[i], POOL, eligible=masks[i]), n)
    whole = cost(lambda i: matcher.match(needs[i], now=NOW, k=SHOWN), n)
    return float(np.median(predicted + searched)), float(np.median(whole))


def load(port: int, key: str, needs: list[str], *, rate: float, seconds: float) -> Counter[int]:
    """Send requests at a rate, whatever comes back; return how many of each status came."""
    statuses: Counter[int] = Counter()
    lock = threading.Lock()
    until = time.perf_counter() + seconds
    clients = max(CLIENTS, int(rate))

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        pause = clients / rate
        at = time.perf_counter() + pause * number / clients
        while (now := time.perf_counter()) < until:
            if now < at:
                time.sleep(min(at - now, until - now))
                continue
            at += pause
            body = {"need_id": needs[number % len(needs)], "n": SHOWN}
            try:
                status, _ = exchange(connection, "/v1/recommendations", key, body)
            except (OSError, http.client.HTTPException):
                connection.close()
                status = 0
            with lock:
                statuses[status] += 1

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def told(name: str, value: float, bar: float, *, unit: str = "x") -> None:
    """Print a figure beside its bar."""
    verdict = "met" if value <= bar else "MISSED"
    print(f"{name:<58}{value:8.2f} {unit}   bar {bar:g}   {verdict}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--least", type=int, default=POOL, help="eligible offers of a need")
    parser.add_argument("--load-s", type=float, default=60.0)
    wanted = parser.parse_args()
    home, catalogue, matcher, asked = make_home(wanted.cache, wanted.firms, wanted.offers)
    key = make_caller(home)
    needs = [key for key in asked[: 20 * N_REQUESTS] if n_eligible(matcher, key) >= wanted.least]
    needs = needs[:N_REQUESTS]
    bound, inside = bound_of(matcher, needs[:MEASURED])
    print(
        f"{len(catalogue.offers):,} offers, {len(catalogue.firms):,} firms; "
        f"bound {bound:.2f} ms, a request in process {inside:.2f} ms"
    )
    with serving(home) as (pid, port, ready):
        ask_in_turn(port, key, pid, needs[:WARM_UP])
        spent, each = ask_in_turn(port, key, pid, needs)
        told("CPU of a request over HTTP, of the bound", spent / bound, 1.25)
        framework = framework_of(port, key, pid)
        told("framework and signing in, of a request", framework / spent, 0.05)
        print(f"list, JSON, keeping and framework: {spent - inside:.1f} ms beside the match")
        told("p99 / p50 of the time of a request", np.quantile(each, 0.99) / np.median(each), 1.3)
        print(f"start to ready, bundle and store included: {ready:.1f} s")
        served = load(port, key, needs, rate=4_000 / spent, seconds=CAPACITY_S)
        capacity = served[200] / CAPACITY_S
        before = memory_of(pid)
        statuses = load(port, key, needs, rate=OVERLOAD * capacity, seconds=wanted.load_s)
        print(
            f"capacity {capacity:.0f}/s; {OVERLOAD:g}x of it for {wanted.load_s:.0f} s: "
            f"{dict(sorted(statuses.items()))}"
        )
        time.sleep(RECOVERY_S)
        body = {"need_id": needs[0], "n": SHOWN}
        status, seconds = get(port, "/v1/recommendations", key, body)
        print(f"{RECOVERY_S:g} s later: {status} in {1000 * seconds:.0f} ms")
        told("memory after the load, of that before", memory_of(pid) / before, MOST_GROWTH)


if __name__ == "__main__":
    main()
