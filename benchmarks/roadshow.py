"""The roadshow planner on four sizes, beside the sorted spreadsheet and the linear program.

``python benchmarks/roadshow.py`` prints one line an instance: size, presence, time as a multiple
of the sorted spreadsheet's on the same instance, gap to the bound, value above the spreadsheet,
missed minimums, firms without a meeting, breaks, and what a cancellation moves. Seconds are those
of the processor, so that a busy machine gives the same, and hold for the machine at hand only.
``--sizes 30,200`` runs the first two sizes.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import time
from dataclasses import dataclass

import numpy as np

from matcher.roadshow.board import build_board
from matcher.roadshow.planning import plan
from matcher.roadshow.problem import KindRule, Options, Participant, Problem, Slot
from matcher.roadshow.replanning import changes, replan
from matcher.roadshow.spreadsheet import sort_the_spreadsheet

SIZES = ((30, 12, 10), (200, 60, 12), (1000, 200, 16), (5000, 500, 20))
SEEDS = (1, 2, 3)
SLOT = dt.timedelta(minutes=20)
LUNCH = dt.timedelta(minutes=90)
FIRST = dt.datetime(2026, 9, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))

KINDS, KIND_SHARES = ("bank", "fund", "guarantor", "insurer"), (0.4, 0.35, 0.15, 0.1)
ELIGIBLE_SHARE = 0.6
LATE_SHARE, EARLY_SHARE = 0.05, 0.05


@dataclass(frozen=True)
class Presence:
    """How often people are away, and how much of the institutions' time firms ask for."""

    name: str
    away: float
    saturation: float


PRESENCES = (
    Presence("normal", 0.0, 0.9),
    Presence("stress-0.3", 0.3, 0.9),
    Presence("stress-0.5", 0.5, 1.0),
)


def make_problem(
    size: tuple[int, int, int], presence: Presence, seed: int, *, agenda_rounds: int
) -> Problem:
    """Draw an event: sought-after institutions, better and worse firms, tastes, hard rules.

    In a normal event one in ten comes late or leaves early; under stress everybody misses each
    slot with the probability ``away``. The firms' maxima add up to ``saturation`` of the
    institutions' time, and everybody should meet one bank and one fund where there is time.
    """
    n_firms, n_institutions, n_slots = size
    rng = np.random.default_rng(seed)
    slots = _slots(n_slots)
    kinds = rng.choice(KINDS, size=n_institutions, p=KIND_SHARES)
    institutions = [
        Participant(
            participant_id=f"i{at:04d}",
            name=f"institution {at}",
            kind=str(kinds[at]),
            absent=_absent(rng, slots, presence),
        )
        for at in range(n_institutions)
    ]
    seats = sum(n_slots - len(one.absent) for one in institutions)
    total = max(round(presence.saturation * seats), n_firms if presence.away == 0 else 0)
    most = np.maximum(total // n_firms + (rng.permutation(n_firms) < total % n_firms), 1)
    firms = [
        Participant(
            participant_id=f"f{at:04d}",
            name=f"firm {at}",
            min_meetings=1,
            max_meetings=int(most[at]),
            absent=_absent(rng, slots, presence),
        )
        for at in range(n_firms)
    ]
    rules = tuple(KindRule(rule_id=kind, kinds=frozenset({kind})) for kind in ("bank", "fund"))
    return Problem(
        roadshow_id="benchmark",
        name="benchmark",
        firms=tuple(firms),
        institutions=tuple(institutions),
        slots=tuple(slots),
        scores=_scores(rng, n_firms, n_institutions),
        kind_rules=rules if total >= 3 * n_firms else (),
        options=Options(agenda_rounds=agenda_rounds),
    )


def _slots(count: int) -> list[Slot]:
    found = []
    for at in range(count):
        half = int(at >= count // 2)
        start = FIRST + at * SLOT + half * LUNCH
        found.append(
            Slot(
                slot_id=f"s{at:02d}",
                starts_at=start,
                ends_at=start + SLOT,
                session=("morning", "afternoon")[half],
            )
        )
    return found


def _absent(rng: np.random.Generator, slots: list[Slot], presence: Presence) -> frozenset[str]:
    ids = [slot.slot_id for slot in slots]
    draws = rng.random(len(ids) + 1)
    if presence.away:
        return frozenset(key for key, draw in zip(ids, draws, strict=False) if draw < presence.away)
    quarter = len(ids) // 4
    if draws[-1] < LATE_SHARE:
        return frozenset(ids[:quarter])
    return frozenset(ids[-quarter:]) if draws[-1] > 1 - EARLY_SHARE else frozenset()


def _scores(rng: np.random.Generator, n_firms: int, n_institutions: int) -> np.ndarray:
    """Scores of 0 … 100: quality of the firm, appeal of the institution, common themes, noise."""
    themes = rng.normal(size=(n_firms, 8)) @ rng.normal(size=(8, n_institutions)) / np.sqrt(8)
    raw = 0.4 * rng.normal(size=(n_firms, 1)) + 0.8 * rng.normal(size=(1, n_institutions))
    raw = raw + themes + 0.4 * rng.normal(size=(n_firms, n_institutions)) - 0.5
    scores = 100 / (1 + np.exp(-raw))
    return np.where(rng.random(scores.shape) < ELIGIBLE_SHARE, scores, np.nan)


def run(size: tuple[int, int, int], presence: Presence, seed: int) -> None:
    """Plan one instance with and without the agenda pass, cancel two firms, and print a line."""
    bare = make_problem(size, presence, seed, agenda_rounds=0)
    start = time.process_time()
    quick = plan(bare)
    seconds = time.process_time() - start
    board = build_board(bare)
    start = time.process_time()
    sort_the_spreadsheet(board)
    sheet = time.process_time() - start
    whole = bare.with_options(agenda_rounds=Options().agenda_rounds)
    start = time.process_time()
    found = plan(whole)
    with_pass = time.process_time() - start
    quality = found.quality
    moved, loss = cancel_two(whole, found)
    print(
        f"{'×'.join(map(str, size)):>12} {presence.name:>10} seed {seed}  "
        f"{seconds / sheet:6.1f}× sheet ({seconds:6.2f} s, pass {with_pass - seconds:+5.2f} s)  "
        f"gap {quality.gap:7.3%}  lead {quality.lead:+7.2%}  "
        f"missed {quality.shortfall:>4}/{quality.baseline_shortfall:<4} "
        f"unserved {quality.unserved:>3}/{quality.baseline_unserved:<4} "
        f"fairness {quality.fairness_cost:6.2%}  "
        f"breaks {quick.quality.breaks:>4}→{quality.breaks:<3} ({quality.baseline_breaks})  "
        f"cancel: moves {moved}, value {loss:+.2%}",
        flush=True,
    )


def cancel_two(problem: Problem, found: object) -> tuple[int, float]:
    """Cancel two firms; return the possible meetings that change, and value beside a fresh plan."""
    every = frozenset(slot.slot_id for slot in problem.slots)
    gone = {problem.firms[0].participant_id, problem.firms[len(problem.firms) // 2].participant_id}
    firms = tuple(
        dataclasses.replace(one, absent=every, min_meetings=0)
        if one.participant_id in gone
        else one
        for one in problem.firms
    )
    changed = dataclasses.replace(problem, firms=firms)
    again = replan(changed, found)  # type: ignore[arg-type]
    fresh = plan(changed)
    moved = changes(changed, found, again)  # type: ignore[arg-type]
    return moved, again.quality.value / fresh.quality.value - 1


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default=",".join(str(size[0]) for size in SIZES))
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    wanted = parser.parse_args()
    firms = {int(part) for part in wanted.sizes.split(",")}
    for size in SIZES:
        for presence in PRESENCES:
            for seed in (int(part) for part in wanted.seeds.split(",")):
                if size[0] in firms:
                    run(size, presence, seed)


if __name__ == "__main__":
    main()
