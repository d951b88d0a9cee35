"""Roadshows in the database: every version of every plan, states, and what came of meetings.

Problems and plans are documents (JSON); this layer keeps them and looks into them for one purpose
only: to take out a firm that is erased.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from data.audit import Entry
from data.errors import ArgumentError, UnknownIdError
from data.store.audit_store import append_entry
from data.store.database import explained, writing
from data.store.rows import to_instant, with_zone
from data.store.tables import ROADSHOW_PLANS, ROADSHOW_REPORTS, ROADSHOWS

FIRST_STATE = "draft"

WHO = "who"
"""Where a finding of a plan lists whom it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRoadshow:
    """One roadshow: its state and its latest version.

    Attributes
    ----------
    organisation_id
        Whose it is; ``None`` for one that was made on the command line.
    """

    roadshow_id: str
    name: str
    state: str
    changed_at: dt.datetime
    version: int
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """One version of a plan, with everything it was made from.

    Attributes
    ----------
    version
        Counts from 1.
    input_hash, seed, solver_version
        Equal ones mean an equal plan.
    problem, plan
        Documents.
    """

    roadshow_id: str
    version: int
    input_hash: str
    seed: int
    solver_version: str
    created_at: dt.datetime
    problem: Mapping[str, Any]
    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """What is known of one meeting after it, in the words of the planner."""

    roadshow_id: str
    firm_id: str
    institution_id: str
    attendance: str
    outcome: str | None
    outcome_on: dt.date | None
    follow_up_on: dt.date | None
    note: str
    recorded_at: dt.datetime


class RoadshowStore:
    """The part of the store that holds roadshows; :attr:`data.store.Store.roadshows`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- plans ---------------------------------------------------------------------------------

    def add_plan(
        self,
        plan: StoredPlan,
        *,
        name: str,
        organisation_id: str | None = None,
        entry: Entry | None = None,
    ) -> None:
        """Store the next version of a plan; the first one makes the roadshow, as a draft.

        Parameters
        ----------
        name
            Of the roadshow.
        organisation_id
            Whose it is; counts with the first version alone.
        entry
            Stands in the audit log with the plan, or neither does.

        Raises
        ------
        ArgumentError
            The version is not the next one: somebody else has stored one meanwhile.
        """
        with_zone(plan.created_at, field="created_at")
        with _writing(self._engine) as connection:
            there = _find(connection, plan.roadshow_id)
            expected = 1 if there is None else there.version + 1
            if plan.version != expected:
                raise ArgumentError(
                    f"The next version of {plan.roadshow_id!r} is {expected}; got {plan.version}.",
                    field="version",
                    remedy="Read the latest plan and change that one.",
                )
            if there is None:
                connection.execute(
                    sa.insert(ROADSHOWS).values(
                        roadshow_id=plan.roadshow_id,
                        name=name,
                        state=FIRST_STATE,
                        changed_at=plan.created_at,
                        organisation_id=organisation_id,
                    )
                )
            else:
                connection.execute(_of(ROADSHOWS, sa.update, plan.roadshow_id).values(name=name))
            row = {f: getattr(plan, f) for f in (c.name for c in ROADSHOW_PLANS.c)}
            row |= {"problem": _json(plan.problem), "plan": _json(plan.plan)}
            connection.execute(sa.insert(ROADSHOW_PLANS).values(row))
            if entry is not None:
                append_entry(connection, entry)

    def find_plan(self, roadshow_id: str, *, version: int | None = None) -> StoredPlan | None:
        """Return a version of a plan, by default the latest, or ``None``."""
        table = ROADSHOW_PLANS
        query = sa.select(table).where(table.c.roadshow_id == roadshow_id)
        if version is not None:
            query = query.where(table.c.version == version)
        query = query.order_by(table.c.version.desc()).limit(1)
        with explained(self._engine), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _plan(row)

    def get_plan(self, roadshow_id: str, *, version: int | None = None) -> StoredPlan:
        """Return a version of a plan; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find_plan(roadshow_id, version=version)
        if found is None:
            named = "" if version is None else f" of version {version}"
            raise UnknownIdError(
                f"There is no plan{named} of a roadshow {roadshow_id!r}.",
                field="roadshow_id",
                remedy="List the roadshows with finmatch roadshow show.",
            )
        return found

    # -- roadshows -----------------------------------------------------------------------------

    def find(self, roadshow_id: str) -> StoredRoadshow | None:
        """Return the roadshow, or ``None``."""
        with explained(self._engine), self._engine.connect() as connection:
            return _find(connection, roadshow_id)

    def get(self, roadshow_id: str) -> StoredRoadshow:
        """Return the roadshow; raise :class:`~data.errors.UnknownIdError` without one."""
        found = self.find(roadshow_id)
        if found is None:
            raise UnknownIdError(
                f"There is no roadshow {roadshow_id!r}.",
                field="roadshow_id",
                remedy="List the roadshows with finmatch roadshow show.",
            )
        return found

    def list_all(self, *, organisation_id: str | None = None) -> list[StoredRoadshow]:
        """Return every roadshow, or those of one organisation, the one changed last first."""
        query = _with_version()
        if organisation_id is not None:
            query = query.where(ROADSHOWS.c.organisation_id == organisation_id)
        with explained(self._engine), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        found = [_roadshow(row) for row in rows]
        return sorted(found, key=lambda one: (one.changed_at, one.roadshow_id), reverse=True)

    def set_state(
        self,
        roadshow_id: str,
        *,
        before: str,
        after: str,
        changed_at: dt.datetime,
        entry: Entry | None = None,
    ) -> None:
        """Change the state, if it still is ``before``, with its entry in the audit log.

        Raises
        ------
        ArgumentError
            It is another one meanwhile.
        """
        with_zone(changed_at, field="changed_at")
        update = _of(ROADSHOWS, sa.update, roadshow_id).where(ROADSHOWS.c.state == before)
        with _writing(self._engine) as connection:
            done = connection.execute(update.values(state=after, changed_at=changed_at)).rowcount
            if done and entry is not None:
                append_entry(connection, entry)
        if not done:
            raise ArgumentError(
                f"The roadshow {roadshow_id!r} is not {before} any more.",
                field="state",
                remedy="Look at its state and try again.",
            )

    # -- reports -------------------------------------------------------------------------------

    def put_reports(self, reports: Iterable[StoredReport]) -> int:
        """Store what came of meetings, the later report in place of the earlier; count them."""
        rows = {(r.roadshow_id, r.firm_id, r.institution_id): asdict(r) for r in reports}
        table = ROADSHOW_REPORTS
        with _writing(self._engine) as connection:
            for roadshow_id, firm_id, institution_id in rows:
                connection.execute(
                    _of(table, sa.delete, roadshow_id).where(
                        (table.c.firm_id == firm_id) & (table.c.institution_id == institution_id)
                    )
                )
            if rows:
                connection.execute(sa.insert(table), list(rows.values()))
        return len(rows)

    def reports_of(self, roadshow_id: str) -> list[StoredReport]:
        """Return what is known of the meetings of a roadshow, by firm and institution."""
        table = ROADSHOW_REPORTS
        query = sa.select(table).where(table.c.roadshow_id == roadshow_id)
        query = query.order_by(table.c.firm_id, table.c.institution_id)
        with explained(self._engine), self._engine.connect() as connection:
            return [_report(row) for row in connection.execute(query).mappings()]


@contextmanager
def _writing(engine: Engine) -> Iterator[Connection]:
    """One write transaction on a connection of its own."""
    with explained(engine), engine.connect() as connection, writing(connection):
        yield connection


def erase_from_roadshows(connection: Connection, firm_id: str) -> None:
    """Take a firm out of all plans and reports, inside the caller's write transaction.

    The hash of a problem that held the firm becomes empty: it is not that input any more.
    """
    connection.execute(sa.delete(ROADSHOW_REPORTS).where(ROADSHOW_REPORTS.c.firm_id == firm_id))
    table = ROADSHOW_PLANS
    for row in connection.execute(sa.select(table)).mappings().all():
        problem, plan = json.loads(row["problem"]), json.loads(row["plan"])
        without = _without(problem, firm_id), _without(plan, firm_id)
        if without == (problem, plan):
            continue
        connection.execute(
            _of(table, sa.update, row["roadshow_id"])
            .where(table.c.version == row["version"])
            .values(problem=_json(without[0]), plan=_json(without[1]), input_hash="")
        )


def _without(value: Any, key: str) -> Any:
    """Return a document without the entries of lists that name ``key``."""
    if isinstance(value, dict):
        return {name: _without(part, key) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(part, key) for part in value if not _names(part, key)]
    return value


def _names(part: Any, key: str) -> bool:
    """Return whether an entry of a list is about ``key`` itself."""
    if isinstance(part, dict):
        return any(value == key for value in part.values()) or key in part.get(WHO, ())
    return key in part if isinstance(part, list) else bool(part == key)


def _of(table: sa.Table, verb: Any, roadshow_id: str) -> Any:
    return verb(table).where(table.c.roadshow_id == roadshow_id)


def _with_version() -> sa.Select[Any]:
    latest = sa.func.max(ROADSHOW_PLANS.c.version).label("version")
    join = ROADSHOWS.join(ROADSHOW_PLANS, ROADSHOW_PLANS.c.roadshow_id == ROADSHOWS.c.roadshow_id)
    return sa.select(*ROADSHOWS.c, latest).select_from(join).group_by(*ROADSHOWS.c)


def _find(connection: Connection, roadshow_id: str) -> StoredRoadshow | None:
    query = _with_version().where(ROADSHOWS.c.roadshow_id == roadshow_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _roadshow(row)


def _roadshow(row: Any) -> StoredRoadshow:
    return StoredRoadshow(
        roadshow_id=row["roadshow_id"],
        name=row["name"],
        state=row["state"],
        changed_at=_instant(row["changed_at"]),
        version=int(row["version"]),
        organisation_id=row["organisation_id"],
    )


def _plan(row: Any) -> StoredPlan:
    fields = dict(row)
    fields |= {"problem": json.loads(row["problem"]), "plan": json.loads(row["plan"])}
    return StoredPlan(**{**fields, "created_at": _instant(row["created_at"])})


def _report(row: Any) -> StoredReport:
    fields = dict(row)
    for name in ("outcome_on", "follow_up_on"):
        if isinstance(fields[name], str):
            fields[name] = dt.date.fromisoformat(fields[name])
    return StoredReport(**{**fields, "recorded_at": _instant(row["recorded_at"])})


def _instant(value: Any) -> dt.datetime:
    found = to_instant(value)
    assert found is not None
    return found


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
