"""Problems and plans as plain values and bytes: one form, in one order, for equal content."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import numpy as np

from matcher.roadshow.problem import (
    Fairness,
    KindRule,
    Lock,
    Options,
    PairNote,
    Participant,
    Problem,
    Released,
    Room,
    Side,
    Slot,
    Wish,
    WishKind,
)
from matcher.roadshow.result import (
    Cause,
    Difference,
    Fix,
    Meeting,
    Plan,
    Quality,
    Rule,
    Seat,
    Stamp,
    Unmatched,
    Violation,
)

FORMAT = 1
"""Changes where old documents can no longer be read."""

Document = dict[str, Any]


def problem_document(problem: Problem) -> Document:
    """Return a problem as JSON values; only eligible pairs are listed, by id."""
    firms = [one.participant_id for one in problem.firms]
    institutions = [one.participant_id for one in problem.institutions]
    f, i = np.nonzero(~np.isnan(problem.scores))
    document: Document = {
        "format": FORMAT,
        "roadshow_id": problem.roadshow_id,
        "name": problem.name,
        "time_zone": problem.time_zone,
        "score_source": problem.score_source,
        "options": _plain(problem.options),
        "firms": _plain(sorted(problem.firms, key=lambda one: one.participant_id)),
        "institutions": _plain(sorted(problem.institutions, key=lambda one: one.participant_id)),
        "slots": _plain(sorted(problem.slots, key=lambda one: one.slot_id)),
        "rooms": _plain(sorted(problem.rooms, key=lambda one: one.room_id)),
        "kind_rules": _plain(sorted(problem.kind_rules, key=lambda one: one.rule_id)),
        "wishes": _plain(
            sorted(problem.wishes, key=lambda w: (w.firm_id, w.institution_id, w.by, w.kind))
        ),
        "locks": _plain(sorted(problem.locks, key=lambda k: (k.firm_id, k.institution_id))),
        "met_before": sorted(list(pair) for pair in problem.met_before),
        "notes": [[*pair, _plain(note)] for pair, note in sorted(problem.notes.items())],
        "scores": sorted(
            [firms[a], institutions[b], float(problem.scores[a, b])]
            for a, b in zip(f.tolist(), i.tolist(), strict=True)
        ),
    }
    if problem.released:  # absent from most: their hashes stay as they were
        document["released"] = _plain(
            sorted(problem.released, key=lambda r: (*r.pair, r.slot_id or ""))
        )
    return document


def problem_from(document: Mapping[str, Any]) -> Problem:
    """Return the problem that :func:`problem_document` was made from."""
    firms = tuple(_participant(row) for row in document["firms"])
    institutions = tuple(_participant(row) for row in document["institutions"])
    rows = {one.participant_id: at for at, one in enumerate(firms)}
    columns = {one.participant_id: at for at, one in enumerate(institutions)}
    scores = np.full((len(firms), len(institutions)), np.nan)
    for firm_id, institution_id, score in document["scores"]:
        scores[rows[firm_id], columns[institution_id]] = score
    options = dict(document["options"])
    options["fairness"] = Fairness(options["fairness"])
    return Problem(
        roadshow_id=document["roadshow_id"],
        name=document["name"],
        time_zone=document["time_zone"],
        score_source=document["score_source"],
        options=Options(**options),
        firms=firms,
        institutions=institutions,
        slots=tuple(_slot(row) for row in document["slots"]),
        rooms=tuple(
            Room(**{**row, "closed": frozenset(row["closed"])}) for row in document["rooms"]
        ),
        kind_rules=tuple(_kind_rule(row) for row in document["kind_rules"]),
        wishes=tuple(
            Wish(**{**row, "by": Side(row["by"]), "kind": WishKind(row["kind"])})
            for row in document["wishes"]
        ),
        locks=tuple(Lock(**row) for row in document["locks"]),
        released=tuple(Released(**row) for row in document.get("released", ())),
        met_before=frozenset((a, b) for a, b in document["met_before"]),
        notes={(a, b): PairNote(**note) for a, b, note in document["notes"]},
        scores=scores,
    )


def plan_document(plan: Plan) -> Document:
    """Return a plan as JSON values."""
    return {"format": FORMAT, **_plain(plan)}


def plan_from(document: Mapping[str, Any]) -> Plan:
    """Return the plan that :func:`plan_document` was made from."""
    frozen = document["frozen_until"]
    return Plan(
        roadshow_id=document["roadshow_id"],
        meetings=tuple(Meeting(**row) for row in document["meetings"]),
        quality=Quality(**document["quality"]),
        violations=tuple(_violation(row) for row in document["violations"]),
        unmatched=tuple(_unmatched(row) for row in document["unmatched"]),
        seats=tuple(Seat(**row) for row in document["seats"]),
        warnings=tuple((a, b, c) for a, b, c in document["warnings"]),
        stamp=Stamp(**document["stamp"]),
        frozen_until=None if frozen is None else dt.datetime.fromisoformat(frozen),
    )


def difference_document(difference: Difference) -> Document:
    """Return the change from one plan to the next as JSON values."""
    found: Document = _plain(difference)
    return found


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """Return a document as canonical JSON."""
    text = json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def hash_of(problem: Problem) -> str:
    """Return the SHA-256 of a problem: equal for equal content in any order."""
    digest = hashlib.sha256()
    bare = dataclasses.replace(problem, scores=np.empty((0, 0)), firms=(), institutions=())
    document = problem_document(bare)
    for name in ("firms", "institutions"):
        people = getattr(problem, name)
        document[name] = _plain(sorted(people, key=lambda one: one.participant_id))
    digest.update(as_bytes(document))
    rows = np.argsort([one.participant_id for one in problem.firms])
    columns = np.argsort([one.participant_id for one in problem.institutions])
    if rows.size and columns.size:
        ordered = np.ascontiguousarray(problem.scores[np.ix_(rows, columns)], "<f8")
        digest.update(np.where(np.isnan(ordered), np.nan, ordered).tobytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return a value of dataclasses and tuples as JSON has it; sets are sorted."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value


def _participant(row: Mapping[str, Any]) -> Participant:
    fields = dict(row)
    fields["absent"] = frozenset(fields["absent"])
    fields["fixed_tables"] = tuple(fields["fixed_tables"])
    return Participant(**fields)


def _slot(row: Mapping[str, Any]) -> Slot:
    instants = {name: dt.datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")}
    return Slot(**{**row, **instants})


def _kind_rule(row: Mapping[str, Any]) -> KindRule:
    firms = row["firm_ids"]
    sets = {
        "kinds": frozenset(row["kinds"]),
        "firm_ids": None if firms is None else frozenset(firms),
    }
    return KindRule(**{**row, **sets})


def _violation(row: Mapping[str, Any]) -> Violation:
    fields = {**row, "who": tuple(row["who"]), "full": tuple(row["full"])}
    fields |= {"rule": Rule(row["rule"]), "cause": Cause(row["cause"]), "fix": Fix(row["fix"])}
    return Violation(**fields)


def _unmatched(row: Mapping[str, Any]) -> Unmatched:
    fields = {**row, "full": tuple(row["full"])}
    return Unmatched(**{**fields, "cause": Cause(row["cause"]), "fix": Fix(row["fix"])})
