"""What pages of long lists cost the server: CPU as ratios to one ranking, and bytes.

    python -m benchmarks.pages [--size 1000]

A demo world is generated and trained in a temporary home, served in process, and an institution
with many eligible firms reads its pipeline. Costs are processor time of one thread in this run:

* the first paint ranks the first page and renders it; it is compared with that ranking alone;
* a search keystroke looks through the ranked list that is kept, and renders a page of results;
* the whole list is what search, sort and paging need once, and the rows of it are counted.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from data.store import Store
from service.api.app import create_app
from service.cli import main as finmatch
from service.clock import now
from service.demo_people import DEMO_PASSWORD, ensure_sign_ins
from service.live import LiveMatcher
from service.metrics import Metrics
from service.serving.keeping import Keeper
from service.serving.ranked_lists import DEEPEST, FIRST_ROWS
from service.serving.state import ServiceState
from service.settings import read_settings

KEYS = "苏州科技"
REPEATS = 5
FIRST_PAINT_S = 1.0
KEYSTROKE_S = 0.020
MOST_BYTES = 300_000


def cost(work: Callable[[], object], *, before: Callable[[], object] | None = None) -> float:
    """Return the median processor time of some work, in seconds."""
    found = []
    for _ in range(REPEATS):
        if before is not None:
            before()
        begun = time.process_time()
        work()
        found.append(time.process_time() - begun)
    return statistics.median(found)


def make_state(home: Path, size: int) -> ServiceState:
    """Generate a demo world in ``home`` and load it."""
    arguments = ["demo", "--home", str(home), "--size", str(size), "--quiet", "--json"]
    with contextlib.redirect_stdout(io.StringIO()):
        assert finmatch(arguments) == 0
    settings = read_settings({"FINMATCH_ENCODER": "off"}, home=home / "demo")
    store = Store.open(settings.database_url)
    live = LiveMatcher(store, settings.bundles, clock=now)
    live.load_current()
    ensure_sign_ins(store, store.load_catalogue(), now=now())
    return ServiceState(
        settings=settings,
        store=store,
        live=live,
        keeper=Keeper(store),
        metrics=Metrics(),
        clock=now,
    )


def run(state: ServiceState) -> None:
    """Measure, and print ratios."""
    institution = state.store.people.get_organisation("org_demo_bank").subject_id or ""
    matcher = state.live.matcher
    with TestClient(create_app(state), base_url="http://localhost") as client:
        client.post("/sign-in", data={"login": "bank", "password": DEMO_PASSWORD})
        client.get("/pipeline")
        ranking = cost(lambda: matcher.pipeline(institution, now=now(), k=FIRST_ROWS))
        whole = cost(lambda: matcher.pipeline(institution, now=now(), k=DEEPEST))
        forget = lambda: state.ranked.forget(institution)  # noqa: E731 - one line says it
        paint = cost(lambda: client.get("/pipeline"), before=forget)
        size = len(client.get("/pipeline").content)
        client.get("/pipeline?sort=sector")
        part = {"HX-Request": "true"}
        keys = iter(KEYS[: 1 + n % len(KEYS)] for n in range(REPEATS))
        key = cost(lambda: client.get(f"/pipeline?q={next(keys)}", headers=part))
        bare = cost(lambda: client.get("/health/live"))
        eligible = matcher.pipeline(institution, now=now(), k=1).listed.n_eligible
    print(f"| eligible firms | {eligible} |")
    print(f"| ranking of the first {FIRST_ROWS} | 1 ({1000 * ranking:.0f} ms) |")
    print(f"| ranking of {DEEPEST} | {whole / ranking:.2f} |")
    print(f"| first paint | {paint / ranking:.2f} ({1000 * paint:.0f} ms, {size:,} bytes) |")
    print(f"| keystroke | {key / ranking:.3f} ({1000 * key:.1f} ms) |")
    print(f"| empty request | {bare / ranking:.3f} ({1000 * bare:.1f} ms) |")
    kept = paint < FIRST_PAINT_S and key < KEYSTROKE_S and size < MOST_BYTES
    print(f"bounds (1 s, 20 ms, 300 kB): {'kept' if kept else 'missed'}")


def main() -> None:
    """Make the world and measure."""
    parser = argparse.ArgumentParser(description="Cost of the pages of long lists.")
    parser.add_argument("--size", type=int, default=1000)
    arguments = parser.parse_args()
    os.environ["FINMATCH_ENCODER"] = "off"
    home = Path(tempfile.mkdtemp(prefix="finmatch-pages-"))
    try:
        state = make_state(home, arguments.size)
        run(state)
        state.store.close()
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
