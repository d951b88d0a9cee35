"""What it costs to follow the store, and what a second worker costs in memory.

    python -m benchmarks.live CACHE [--firms 100000] [--offers 20000] [--workers 2]

A world is generated (kept in the folder CACHE with a model over it), a matcher built whole, and
small changes laid over it. Costs are processor time on one thread: read the ratio to building anew.
Then the matcher is loaded once, frozen, and forked: of each worker the proportional and the unique
part of its memory after some requests, from ``/proc/PID/smaps_rollup``, beside those of one worker
that loaded for itself.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.big_world import NOW, fit, make_catalogue
from data.catalogue import Catalogue
from data.records import Event, EventKind, Firm, Need, NeedKind, Offer, Record
from matcher.bundle import ManifestFields, open_bundle, write_bundle
from matcher.edits import Edits
from matcher.live_market import LiveMarket
from matcher.matcher import Matcher
from matcher.model import MatchModel

MOST_MS = 300.0
"""Processor time that one changed record may cost."""
MOST_SHARE = 0.3
"""Of the first worker's memory that the second may have of its own."""
REPEATS = 5
N_REQUESTS = 20
KIB = 1024


def open_model(cache: Path, catalogue: Catalogue) -> MatchModel:
    """Return the model over the world, fitted and written on the first run."""
    name = f"live-{len(catalogue.firms)}-{len(catalogue.offers)}"
    if not (cache / name).exists():
        model = fit(catalogue)[0]
        fields = ManifestFields(name, model.fingerprint(), "generated")
        with write_bundle(cache, name, created_at=NOW, manifest_fields=fields) as folder:
            model.save(folder)
    return MatchModel.load(open_bundle(cache / name))


def changes(catalogue: Catalogue) -> dict[str, list[Record]]:
    """Return small changes as a service's routes write them."""
    offer, firm = catalogue.offers.record(7), catalogue.firms.record(17)
    assert isinstance(offer, Offer)
    assert isinstance(firm, Firm)
    new_firm = dataclasses.replace(firm, firm_id="firm_zzz")
    need = Need(need_id="need_zzz", firm_id="firm_zzz", kind=NeedKind.DEBT, stated_on=NOW.date())
    deal = Event(
        event_id="event_zzz",
        kind=EventKind.FUNDED,
        occurred_at=NOW - dt.timedelta(days=2),
        firm_id=firm.firm_id,
        offer_id=offer.offer_id,
    )
    return {
        "a new offer": [dataclasses.replace(offer, offer_id="offer_zzz", name="新产品")],
        "a changed offer": [dataclasses.replace(offer, name="新产品", regions=("江苏省",))],
        "a changed firm": [dataclasses.replace(firm, employees=77)],
        "a new firm with a need": [new_firm, need],
        "a deal": [deal],
        "500 changed firms": [
            dataclasses.replace(catalogue.firms.record(row), employees=77)  # type: ignore[type-var]
            for row in range(500)
        ],
    }


def edits_of(records: list[Record]) -> Edits:
    """Return records as changes."""
    found = Edits()
    for record in records:
        found = found.and_then({type(record): [record]})
    return found


def seconds(run: Callable[[], object], repeats: int = REPEATS) -> float:
    """Return the least processor time of ``run``."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return min(times)


def measure_changes(model: MatchModel, catalogue: Catalogue) -> Matcher:
    """Print what following costs; return the matcher that was built whole."""
    started = time.process_time()
    base = Matcher(model, catalogue)
    ask(base, 1)
    built = time.process_time() - started
    print(f"built whole, open needs of the day included: {built:.1f} s")
    worst = 0.0
    for name, records in changes(catalogue).items():
        edits = edits_of(records)

        def lay(edits: Edits = edits) -> None:
            LiveMarket(base.market, edits).prepare(NOW.date())

        spent = seconds(lay)
        print(f"{name}: {1e3 * spent:.0f} ms, 1/{built / spent:,.0f} of building anew")
        worst = max(worst, spent if len(records) < 10 else 0.0)
    print(f"one change <= {MOST_MS:.0f} ms: {'met' if 1e3 * worst <= MOST_MS else 'MISSED'}")
    return base


def ask(matcher: Matcher, n: int) -> None:
    """Answer some requests of both directions."""
    needs, offers = matcher.market.catalogue.needs.ids.ids, matcher.market.items.offer_ids.ids
    for place in range(n):
        matcher.match(needs[-1 - place], now=NOW, k=20)
    matcher.pipeline(offers[5], now=NOW, k=20)


def memory_of(pid: int) -> dict[str, float]:
    """Return the parts of a process' memory in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    kib = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    unique = kib["Private_Clean"] + kib["Private_Dirty"]
    return {"rss": kib["Rss"] / KIB, "pss": kib["Pss"] / KIB, "uss": unique / KIB}


def in_child(run: Callable[[], None]) -> tuple[int, int, int]:
    """Fork; return the child's id once it has run, and the pipes by which it is told to end."""
    ready, go = os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        os.close(ready[1])
        os.read(ready[0], 1)
        os.close(ready[0])
        os.close(go[0])
        return pid, go[1], ready[0]
    try:
        run()
        os.write(ready[1], b"x")
        os.close(go[1])
        os.read(go[0], 1)
    finally:
        os._exit(0)


def measure_memory(base: Matcher, catalogue: Catalogue, workers: int) -> None:
    """Print what forked workers have of their own after some requests and a change each."""
    gc.collect()
    gc.freeze()
    alone = memory_of(os.getpid())
    print(f"one worker that loaded for itself: {alone['rss']:.0f} MiB")

    def work() -> None:
        ask(base, N_REQUESTS)
        market = LiveMarket(base.market, edits_of(changes(catalogue)["a new offer"]))
        market.prepare(NOW.date())
        ask(Matcher.of_market(market, base.efforts), N_REQUESTS)

    children = [in_child(work) for _ in range(workers)]
    for number, (pid, _, _) in enumerate(children, start=1):
        found = memory_of(pid)
        print(
            f"worker {number}: {found['rss']:.0f} MiB, proportional {found['pss']:.0f}, "
            f"its own {found['uss']:.0f}, {found['uss'] / alone['rss']:.0%} of one alone"
        )
    share = max(memory_of(pid)["uss"] for pid, _, _ in children) / alone["rss"]
    for _, go, _ in children:  # all of them first: a later child holds the earlier ones' ends too
        os.close(go)
    for pid, _, _ in children:
        os.waitpid(pid, 0)
    print(f"second worker <= {MOST_SHARE:.0%}: {'met' if share <= MOST_SHARE else 'MISSED'}")


def main() -> None:
    """Build, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--firms", type=int, default=100_000)
    parser.add_argument("--offers", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with threadpool_limits(1):
        catalogue = make_catalogue(options.firms, options.offers, options.cache)
        base = measure_changes(open_model(options.cache, catalogue), catalogue)
        measure_memory(base, catalogue, options.workers)


if __name__ == "__main__":
    main()
