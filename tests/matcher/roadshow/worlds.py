"""Small events with an obvious answer, and random ones for properties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from hypothesis import strategies as st

from matcher.roadshow.problem import (
    Fairness,
    KindRule,
    Lock,
    Options,
    Participant,
    Problem,
    Room,
    Side,
    Slot,
    Wish,
    WishKind,
)

ZONE = dt.timezone(dt.timedelta(hours=8))
NINE = dt.datetime(2026, 9, 1, 9, tzinfo=ZONE)
MINUTES = dt.timedelta(minutes=20)


def slots(count: int, *, sessions: int = 1) -> tuple[Slot, ...]:
    """Slots of 20 minutes from nine o'clock, s0, s1, …"""
    size = -(-count // sessions)
    return tuple(
        Slot(
            slot_id=f"s{at}",
            starts_at=NINE + at * MINUTES,
            ends_at=NINE + (at + 1) * MINUTES,
            session=f"2026-09-01 {at // size}",
        )
        for at in range(count)
    )


def person(key: str, **changes: Any) -> Participant:
    return Participant(participant_id=key, name=key.upper(), **changes)


def event(
    scores: Iterable[Iterable[float]],
    *,
    n_slots: int = 4,
    firms: Mapping[str, Mapping[str, Any]] | None = None,
    institutions: Mapping[str, Mapping[str, Any]] | None = None,
    fairness: Fairness = Fairness.EFFICIENCY,
    options: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Problem:
    """An event with firms f0, f1, … and institutions i0, i1, …; None is not eligible."""
    table = np.array([[np.nan if v is None else v for v in row] for row in scores], float)
    table = table.reshape(len(table), -1)
    firms, institutions = firms or {}, institutions or {}
    fields: dict[str, Any] = {
        "roadshow_id": "r",
        "name": "roadshow",
        "firms": tuple(person(f"f{a}", **firms.get(f"f{a}", {})) for a in range(table.shape[0])),
        "institutions": tuple(
            person(f"i{b}", **institutions.get(f"i{b}", {})) for b in range(table.shape[1])
        ),
        "slots": slots(n_slots),
        "scores": table,
        "options": Options(fairness=fairness, **(options or {})),
    }
    return Problem(**{**fields, **changes})


def wish(firm: str, institution: str, kind: WishKind = WishKind.WISH, by: Side = Side.FIRM) -> Wish:
    return Wish(firm_id=firm, institution_id=institution, by=by, kind=kind)


def lock(firm: str, institution: str, slot: str, **changes: Any) -> Lock:
    return Lock(firm_id=firm, institution_id=institution, slot_id=slot, **changes)


def rule(name: str, *kinds: str, minimum: int = 1, firms: frozenset[str] | None = None) -> KindRule:
    return KindRule(rule_id=name, kinds=frozenset(kinds), minimum=minimum, firm_ids=firms)


@st.composite
def problems(
    draw: st.DrawFn, *, most: tuple[int, int, int] = (7, 5, 5), plain: bool = False
) -> Problem:
    """Random events: presence, limits, kinds, wishes, locks, rooms, sessions.

    ``plain`` ones have scores, maxima and presence only.
    """
    n_firms = draw(st.integers(1, most[0]))
    n_institutions = draw(st.integers(1, most[1]))
    n_slots = draw(st.integers(1, most[2]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sessions = int(rng.integers(1, 3)) if n_slots > 1 else 1
    times = slots(n_slots, sessions=sessions)
    scores = np.round(rng.random((n_firms, n_institutions)) * 100, 3)
    scores[rng.random(scores.shape) < 0.25] = np.nan
    rooms = _rooms(rng, times) if not plain and rng.random() < 0.5 else ()
    firms = tuple(person(f"f{a}", **_limits(rng, times, plain=plain)) for a in range(n_firms))
    institutions = tuple(
        person(
            f"i{b}",
            kind=str(rng.choice(["bank", "fund", "insurer"])),
            tables=int(rng.integers(1, 3)),
            room_id=rooms[0].room_id if rooms and rng.random() < 0.3 else None,
            **_limits(rng, times, plain=plain),
        )
        for b in range(n_institutions)
    )
    problem = Problem(
        roadshow_id="r",
        name="random",
        firms=firms,
        institutions=institutions,
        slots=times,
        rooms=rooms,
        scores=scores,
        options=Options(
            fairness=Fairness(str(rng.choice(list(Fairness))))
            if not plain
            else Fairness.EFFICIENCY,
            max_idle=1 if not plain and rng.random() < 0.3 else None,
            agenda_rounds=20,
        ),
    )
    return problem if plain else _with_pairs(problem, rng)


def _rooms(rng: np.random.Generator, times: tuple[Slot, ...]) -> tuple[Room, ...]:
    closed = frozenset(s.slot_id for s in times if rng.random() < 0.1)
    return (
        Room(room_id="A", name="hall", tables=int(rng.integers(1, 4)), closed=closed),
        Room(room_id="B", name="annex", tables=int(rng.integers(1, 3))),
    )


def _limits(rng: np.random.Generator, times: tuple[Slot, ...], *, plain: bool) -> dict[str, Any]:
    absent = frozenset(s.slot_id for s in times if rng.random() < 0.2)
    most = int(rng.integers(1, len(times) + 2)) if rng.random() < 0.7 else None
    if plain:
        return {"absent": absent, "max_meetings": most}
    least = int(rng.integers(0, 3)) if most is None else int(rng.integers(0, most + 1))
    capped = rng.random() < 0.2
    return {
        "absent": absent,
        "max_meetings": most,
        "min_meetings": least,
        "session_max": 2 if capped else None,
        "session_min": 1 if rng.random() < 0.2 else 0,
        "group": "G" if rng.random() < 0.1 else None,
    }


def _with_pairs(problem: Problem, rng: np.random.Generator) -> Problem:
    """Add kind rules, wishes, earlier meetings and one settled meeting, none of them faulty."""
    import dataclasses

    pairs = [(a, b) for a in range(len(problem.firms)) for b in range(len(problem.institutions))]
    rng.shuffle(pairs)
    wishes, met, locks = [], set(), []
    for place, (a, b) in enumerate(pairs[:6]):
        firm, other = problem.firms[a], problem.institutions[b]
        ids = (firm.participant_id, other.participant_id)
        here = [s.slot_id for s in problem.slots if s.slot_id not in firm.absent | other.absent]
        same = firm.group is not None and firm.group == other.group
        fine = bool(here) and not np.isnan(problem.scores[a, b]) and not same
        if place == 0 and here and firm.max_meetings != 0 and other.max_meetings != 0:
            locks.append(lock(*ids, here[0]))
        elif place == 1 and fine:
            wishes.append(wish(*ids, WishKind.MUST, Side.ORGANIZER))
        elif place == 2:
            wishes.append(wish(*ids, WishKind.NO_THANKS, Side.INSTITUTION))
        elif place == 3:
            met.add(ids)
        else:
            wishes.append(wish(*ids))
    rules = (rule("any", "bank", "fund", minimum=2), rule("bank", "bank"))
    return dataclasses.replace(
        problem,
        wishes=tuple(wishes),
        locks=tuple(locks),
        met_before=frozenset(met),
        kind_rules=rules if rng.random() < 0.5 else (),
    )
