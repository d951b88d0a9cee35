"""Moves: the single changes that turn one leaf from unmet to met, or the other way round.

Only what :mod:`data.rules.effort` lists is ever moved, so that founding dates, past misconduct and
the like are never proposed.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

from data.records import TaxGrade
from data.rules.conditions import Bounds, Condition, Mode, OneOf
from data.rules.effort import Efforts, Lever
from data.rules.facts import Figure, Value
from data.rules.values import NO, YES
from data.rules.vocabulary import FACTS, FactKind
from features.rules.derived import PERCENT, SHARES, SUMS
from matcher.rules.situation import WAITED, Change, Situation

RATING_MONTH = 4
"""Tax credit grades of a year are published in April of the next (税务总局公告2025年第12号)."""

GRADE_A_MONTHS = 36
IMPROVABLE_GRADES = (TaxGrade.M.value, TaxGrade.C.value, TaxGrade.B.value)
"""From worse to better; who is D has been dishonest, which no plan undoes."""

SIZE_WEIGHT = 0.5
"""How much the size of a change, relative to what is there, adds to its effort at most."""

LONGEST_WAIT_YEARS = 10
_YEARS = {"growth": ("revenue_previous", 1), "growth_two_years": ("revenue_two_years_ago", 2)}


@dataclass(frozen=True)
class Goal:
    """A number that has to be at least, or at most, something."""

    fact: str
    number: float
    up: bool
    open_end: bool


class Moves:
    """Finds moves.

    Parameters
    ----------
    efforts
        What may be changed.
    """

    def __init__(self, efforts: Efforts) -> None:
        self.efforts = efforts

    def of(self, leaf: Condition, at: Situation, *, meet: bool = True) -> list[Change]:
        """Return the changes after which a leaf is no longer unmet (or, else, no longer met)."""
        match leaf:
            case Bounds():
                goals = _goals(leaf, at, meet=meet)
                return [change for goal in goals for change in self._numbers(goal, at)]
            case OneOf() if meet:
                return self._texts(leaf, at)
            case _:
                return []

    # -- numbers -------------------------------------------------------------------------------

    def _numbers(self, goal: Goal, at: Situation) -> Iterator[Change]:
        through = self.efforts.through.get(goal.fact)
        if through is not None:
            yield from self._through(goal, through, at)
            return
        lever = self.efforts.levers.get(goal.fact)
        if lever is None:
            return
        if lever.wait:
            change = self._waited(goal, lever, at)
            if change is not None:
                yield change
        elif lever.up if goal.up else lever.down:
            yield from self._moved(goal, lever, at)

    def _moved(
        self, goal: Goal, lever: Lever, at: Situation,
        through: tuple[str, Value | None, Value] | None = None,
    ) -> Iterator[Change]:  # fmt: skip
        now = at.number(goal.fact)
        target = _rounded(goal, lever)
        if now is None or target < 0 or (target == 0 and goal.fact == "amount"):
            return
        there = at.value(goal.fact)
        currency = there.currency if isinstance(there, Figure) else None
        staff = at.number("employees")
        also: tuple[tuple[str, Value], ...] = ()
        if lever.hire and staff is not None:
            also = (("employees", Figure(staff + target - now)),)
        share = min(abs(target - now) / max(abs(now), 1.0), 1.0)
        yield Change(
            fact=goal.fact,
            before=there,
            after=Figure(target, currency),
            effort=lever.effort + SIZE_WEIGHT * share,
            also=also,
            through=through,
        )

    def _through(self, goal: Goal, base: str, at: Situation) -> Iterator[Change]:
        """Move the fact that a computed one is changed through."""
        lever = self.efforts.levers.get(base)
        if lever is None:
            return
        number = _needed(goal, base, at, hire=lever.hire)
        if number is None:
            return
        up = goal.up == (base != _denominator(goal.fact))
        if not (lever.up if up else lever.down):
            return
        inner = Goal(base, number, up, goal.open_end)
        said = (goal.fact, at.value(goal.fact), Figure(goal.number))
        yield from self._moved(inner, lever, at, said)

    def _waited(self, goal: Goal, lever: Lever, at: Situation) -> Change | None:
        now = at.number(goal.fact)
        if now is None or not goal.up:
            return None
        if goal.fact == "day":
            day = dt.date(1970, 1, 1) + dt.timedelta(days=math.ceil(goal.number))
        else:
            day = _day_of_age(goal, at, now)
        if day <= at.day or day.year - at.day.year > LONGEST_WAIT_YEARS:
            return None
        return Change(
            fact=goal.fact,
            before=at.value(goal.fact),
            after=Figure(goal.number),
            effort=lever.effort + (day - at.day).days / 365,
            on=day,
        )

    # -- lists ---------------------------------------------------------------------------------

    def _texts(self, leaf: OneOf, at: Situation) -> list[Change]:
        lever = self.efforts.levers.get(leaf.fact)
        there = at.value(leaf.fact)
        if lever is None or leaf.mode is Mode.NONE:
            return []
        held = there if isinstance(there, tuple) else ()
        missing = [value for value in leaf.values if value not in held]
        if lever.rating:
            return _rated(leaf, lever, at, held)
        if not lever.add or (FACTS[leaf.fact].kind is FactKind.FLAG and YES not in leaf.values):
            return []
        if leaf.mode is Mode.ALL:
            effort = sum(lever.of(value) for value in missing)
            after = (*held, *missing)
            return [Change(leaf.fact, there, after, effort, added=missing[0])] if missing else []
        single = FACTS[leaf.fact].kind in (FactKind.WORD, FactKind.FLAG)
        kept = () if single else tuple(value for value in held if value != NO)
        return [
            Change(leaf.fact, there, (*kept, value), lever.of(value), added=value)
            for value in missing
        ]


def _goals(leaf: Bounds, at: Situation, *, meet: bool) -> list[Goal]:
    """Return what the number of a leaf has to reach: into its bounds, or out of them."""
    now = at.number(leaf.fact)
    if now is None:
        return []
    if meet:
        if leaf.least is not None and (now < leaf.least or (leaf.least_open and now <= leaf.least)):
            return [Goal(leaf.fact, leaf.least, up=True, open_end=leaf.least_open)]
        if leaf.most is not None:
            return [Goal(leaf.fact, leaf.most, up=False, open_end=leaf.most_open)]
        return []
    goals = []
    if leaf.most is not None:
        goals.append(Goal(leaf.fact, leaf.most, up=True, open_end=not leaf.most_open))
    if leaf.least is not None:
        goals.append(Goal(leaf.fact, leaf.least, up=False, open_end=not leaf.least_open))
    return goals


def _rounded(goal: Goal, lever: Lever) -> float:
    """Return the nearest round number that reaches a goal; money below one unit is in yuan."""
    kind = FACTS[goal.fact].kind
    unit = 0.01 if kind is FactKind.PERCENT else lever.unit
    if kind is FactKind.MONEY and goal.number < unit:
        unit = 100.0
    steps = goal.number / unit
    nearest = round(steps)
    whole = nearest if math.isclose(steps, nearest, rel_tol=1e-12) else None
    if goal.up:
        found = math.ceil(steps) if whole is None else whole
        return (found + 1) * unit if goal.open_end and found * unit <= goal.number else found * unit
    found = math.floor(steps) if whole is None else whole
    return (found - 1) * unit if goal.open_end and found * unit >= goal.number else found * unit


def _denominator(fact: str) -> str | None:
    return SHARES[fact][1] if fact in SHARES else None


def _needed(goal: Goal, base: str, at: Situation, *, hire: bool) -> float | None:
    """Return the number of ``base`` at which the computed fact reaches its goal."""
    share = goal.number / PERCENT
    if goal.fact in SHARES:
        above, below = SHARES[goal.fact]
        whole, part = at.number(below), at.number(above)
        if base != above or whole is None or part is None:
            return None
        if hire:  # (part + k) / (whole + k) >= share
            return None if share >= 1 else part + (share * whole - part) / (1 - share)
        return share * whole
    if goal.fact in SUMS:
        other = next(fact for fact in SUMS[goal.fact] if fact != base)
        rest = at.number(other)
        return None if rest is None else goal.number - rest
    if goal.fact in _YEARS:
        start, years = _YEARS[goal.fact]
        number = at.number(start)
        return None if number is None else number * (1 + share) ** years
    return None


def _day_of_age(goal: Goal, at: Situation, now: float) -> dt.date:
    """Return the first day on which a time in months is long enough."""
    months = math.floor(goal.number) + 1 if goal.open_end else math.ceil(goal.number)
    same = goal.fact == "age" or now == at.number("age")
    if same and at.founded_on is not None:
        return later_by(at.founded_on, months)
    return later_by(at.day, max(math.ceil(months - now), 0))


def later_by(day: dt.date, months: int) -> dt.date:
    """Return the first day on which ``months`` whole months have passed since ``day``."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:  # 31 January and a month: complete on the first day after that month
        count += 1
        return dt.date(count // 12, count % 12 + 1, 1)


def _rated(leaf: OneOf, lever: Lever, at: Situation, held: tuple[str, ...]) -> list[Change]:
    """Return better grades with the first April in which they can be given."""
    if not held or held[0] not in IMPROVABLE_GRADES:
        return []
    better = [*IMPROVABLE_GRADES[IMPROVABLE_GRADES.index(held[0]) + 1 :], TaxGrade.A.value]
    found = []
    for grade in leaf.values:
        if grade in better and grade != TaxGrade.C.value:
            day = earliest_rating(grade, at)
            found.append(Change(leaf.fact, held, (grade,), lever.effort, on=day, added=grade))
    return found


def earliest_rating(grade: str, at: Situation) -> dt.date:
    """Return the first day of the first April in which a grade can be given.

    A firm is rated after a full calendar year of operation, and gets no A in its first three years.
    """
    first = dt.date(at.day.year, RATING_MONTH, 1)
    if first <= at.day:
        first = first.replace(year=first.year + 1)
    if at.founded_on is not None:
        full_year = at.founded_on.year + (1 if at.founded_on.timetuple().tm_yday > 1 else 0)
        first = max(first, dt.date(full_year + 1, RATING_MONTH, 1))
        if grade == TaxGrade.A.value:
            old = later_by(at.founded_on, GRADE_A_MONTHS)
            year = old.year + (1 if old > dt.date(old.year, RATING_MONTH, 1) else 0)
            first = max(first, dt.date(year, RATING_MONTH, 1))
    return first


def merged(first: Change, second: Change) -> Change | None:
    """Return one change for two of the same fact; ``None`` where they pull apart."""
    if isinstance(first.after, Figure) and isinstance(second.after, Figure):
        if first.fact in WAITED:
            return max(first, second, key=lambda change: change.on or dt.date.min)
        before = first.before.number if isinstance(first.before, Figure) else 0.0
        ups = [change.after.number > before for change in (first, second)]  # type: ignore[union-attr]
        if ups[0] != ups[1]:
            return None
        pick = max if ups[0] else min
        return pick(first, second, key=lambda change: change.after.number)  # type: ignore[union-attr]
    if first.after == second.after:
        return first
    if FACTS[first.fact].kind in (FactKind.WORD, FactKind.FLAG):
        return None
    assert isinstance(first.after, tuple)
    assert isinstance(second.after, tuple)
    both = tuple(dict.fromkeys((*first.after, *second.after)))
    return Change(first.fact, first.before, both, first.effort + second.effort, added=first.added)
