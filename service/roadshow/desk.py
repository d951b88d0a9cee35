"""The organizer's desk: roadshows in the store, from the first draft to the last report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from data.audit import Entry
from data.errors import ArgumentError
from data.records import Event
from data.store import Store
from data.store.roadshow_store import StoredPlan, StoredReport
from matcher.roadshow.documents import (
    plan_document,
    plan_from,
    problem_document,
    problem_from,
)
from matcher.roadshow.lifecycle import (
    EVENT_SOURCE,
    Attendance,
    Outcome,
    Report,
    State,
    events_of,
    moved_on,
    require_meetings,
)
from matcher.roadshow.logbook import to_append
from matcher.roadshow.problem import Pair, Problem
from matcher.roadshow.result import Plan
from matcher.roadshow.verify import verify


@dataclass(frozen=True)
class Kept:
    """One version of a plan as it is stored."""

    problem: Problem
    plan: Plan
    state: State
    version: int
    created_at: dt.datetime


class Desk:
    """Reads and writes roadshows.

    Parameters
    ----------
    store
        An open store.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def find_state(self, roadshow_id: str) -> State | None:
        """Return the state of a roadshow, ``None`` where there is none."""
        found = self.store.roadshows.find(roadshow_id)
        return None if found is None else State(found.state)

    def load(self, roadshow_id: str, *, version: int | None = None) -> Kept:
        """Return a version of a plan, by default the latest.

        Raises
        ------
        UnknownIdError
            There is none.
        """
        stored = self.store.roadshows.get_plan(roadshow_id, version=version)
        return Kept(
            problem=problem_from(stored.problem),
            plan=plan_from(stored.plan),
            state=State(self.store.roadshows.get(roadshow_id).state),
            version=stored.version,
            created_at=stored.created_at,
        )

    def save(
        self,
        problem: Problem,
        plan: Plan,
        *,
        created_at: dt.datetime,
        organisation_id: str | None = None,
        entry: Entry | None = None,
    ) -> int:
        """Store the next version of a plan, once it was verified, and return its number.

        Parameters
        ----------
        problem, plan
            What was planned.
        created_at
            Instant of the plan.
        organisation_id
            Whose roadshow the first version makes; ``None`` for the operator's.
        entry
            Of the audit log.

        Raises
        ------
        ArgumentError
            The roadshow is closed, or the plan breaks a rule of the problem.
        """
        faults = verify(problem, plan)
        if faults:
            raise ArgumentError(
                f"The plan has {len(faults)} faults, first: {faults[0].message}",
                field="plan",
                remedy="Plan the problem as it is now.",
            )
        there = self.store.roadshows.find(problem.roadshow_id)
        if there is not None and there.state == State.CLOSED:
            raise ArgumentError(
                f"The roadshow {problem.roadshow_id!r} is closed; its plan stays as it is.",
                field="state",
                remedy="Give a new event an id of its own.",
            )
        version = 1 if there is None else there.version + 1
        self.store.roadshows.add_plan(
            StoredPlan(
                roadshow_id=problem.roadshow_id,
                version=version,
                input_hash=plan.stamp.input_hash,
                seed=plan.stamp.seed,
                solver_version=plan.stamp.solver_version,
                created_at=created_at,
                problem=problem_document(problem),
                plan=plan_document(plan),
            ),
            name=problem.name,
            organisation_id=organisation_id,
            entry=entry,
        )
        return version

    def advance(
        self,
        roadshow_id: str,
        wanted: State,
        *,
        changed_at: dt.datetime,
        entry: Entry | None = None,
    ) -> None:
        """Bring a roadshow into its next state, with its entry in the audit log.

        Raises
        ------
        ArgumentError
            ``wanted`` is not the next one.
        UnknownIdError
            There is no such roadshow.
        """
        before = State(self.store.roadshows.get(roadshow_id).state)
        moved_on(before, wanted)
        self.store.roadshows.set_state(
            roadshow_id,
            before=before.value,
            after=wanted.value,
            changed_at=changed_at,
            entry=entry,
        )

    # -- reports -------------------------------------------------------------------------------

    def record(
        self,
        roadshow_id: str,
        reports: Iterable[Report],
        *,
        recorded_at: dt.datetime,
        logged: Callable[[Pair], bool] | None = None,
    ) -> int:
        """Keep reports on meetings and log them as events; return how many events are new.

        A report that differs from an earlier one appends events that correct the log.

        Parameters
        ----------
        roadshow_id
            Whose meetings.
        reports
            What is known of them.
        recorded_at
            Instant of the recording.
        logged
            Says of which pairs events are logged; without, of all. The others' reports are kept.

        Raises
        ------
        ArgumentError
            The roadshow has not begun.
        InputError
            A report is about no meeting of the plan, or about an institution without offers.
        """
        kept = self.load(roadshow_id)
        if kept.state not in (State.RUNNING, State.CLOSED):
            raise ArgumentError(
                f"The roadshow {roadshow_id!r} is {kept.state.value}: nothing has taken place.",
                field="state",
                remedy="Let it run first: finmatch roadshow advance.",
            )
        by_pair = {(one.firm_id, one.institution_id): one for one in reports}
        require_meetings(kept.plan, by_pair)
        told = {pair: one for pair, one in by_pair.items() if logged is None or logged(pair)}
        events = list(
            events_of(
                kept.problem,
                kept.plan,
                told,
                offers=self._offers({pair[1] for pair in told}),
            )
        )
        new = self._log(events)
        self.store.roadshows.put_reports(
            _stored(roadshow_id, one, recorded_at) for one in by_pair.values()
        )
        return new

    def reports_of(self, roadshow_id: str) -> dict[Pair, Report]:
        """Return what is known of the meetings of a roadshow."""
        return {
            (one.firm_id, one.institution_id): Report(
                firm_id=one.firm_id,
                institution_id=one.institution_id,
                attendance=Attendance(one.attendance),
                outcome=None if one.outcome is None else Outcome(one.outcome),
                outcome_on=one.outcome_on,
                follow_up_on=one.follow_up_on,
                note=one.note,
            )
            for one in self.store.roadshows.reports_of(roadshow_id)
        }

    def _offers(self, institution_ids: Iterable[str]) -> dict[str, str]:
        """Return the first offer of each institution that has one in the store."""
        found = {}
        for key in sorted(institution_ids):
            offers = self.store.offers_of(key)
            if offers:
                found[key] = offers[0].offer_id
        return found

    def _log(self, events: list[Event]) -> int:
        """Append what is new and what corrects; an event once logged stays as it was."""
        logged = {
            one.event_id: one
            for firm_id in {event.firm_id for event in events}
            for one in self.store.events_of(firm_id=firm_id)
            if one.source == EVENT_SOURCE
        }
        new = to_append(events, logged)
        return self.store.append_events(new).new if new else 0


def _stored(roadshow_id: str, one: Report, recorded_at: dt.datetime) -> StoredReport:
    return StoredReport(
        roadshow_id=roadshow_id,
        firm_id=one.firm_id,
        institution_id=one.institution_id,
        attendance=one.attendance.value,
        outcome=None if one.outcome is None else one.outcome.value,
        outcome_on=one.outcome_on,
        follow_up_on=one.follow_up_on,
        note=one.note,
        recorded_at=recorded_at,
    )
