"""A problem from the organizer's files, or everything that is wrong with them at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from data.labels import folded
from matcher.roadshow import checking
from matcher.roadshow.problem import (
    Fairness,
    KindRule,
    Lock,
    Options,
    Pair,
    PairNote,
    Participant,
    Problem,
    Room,
    Side,
    Slot,
    Wish,
    WishKind,
)
from service.roadshow.cells import Clock, RoadshowFileError, Row, SheetRows, read_count
from service.roadshow.columns import EVENT_ITEMS, choose, kind_of

DEFAULT_SESSION = "1"


@dataclass(frozen=True)
class RoadshowFile:
    """A file without faults; ``has_scores`` is false where scores come from the bundle."""

    problem: Problem
    has_scores: bool


def read_roadshow(places: list[Path]) -> RoadshowFile:
    """Read a workbook, or CSV files, one for each sheet.

    Raises
    ------
    RoadshowFileError
        Something is wrong; it lists all of it.
    InputError
        A file cannot be opened.
    """
    return _Reader(SheetRows(places), places[0].stem).read()


class _Reader:
    """Puts a problem together, row by row; rows with unknown or double ids are left out."""

    def __init__(self, sheets: SheetRows, stem: str) -> None:
        self.sheets = sheets
        self.stem = stem
        self.places: dict[tuple[str, tuple[str, ...]], Row] = {}
        self.nobody: set[str] = set()

    def read(self) -> RoadshowFile:
        event = self._event()
        zone = self._zone(event)
        slots = self._slots(zone)
        firms = self._people(checking.FIRMS, "firm_id", slots, zone)
        institutions = self._people(checking.INSTITUTIONS, "institution_id", slots, zone)
        self._no_twins(firms, institutions)
        scores, notes = self._scores(firms, institutions)
        problem = Problem(
            roadshow_id=event.get("roadshow_id") or f"roadshow_{self.stem}",
            name=event.get("name") or self.stem,
            time_zone=event.get("time_zone") or "",
            firms=tuple(firms.values()),
            institutions=tuple(institutions.values()),
            slots=tuple(slots.values()),
            rooms=self._rooms(),
            scores=scores,
            kind_rules=self._kinds(),
            wishes=self._wishes(firms, institutions),
            locks=self._locks(firms, institutions),
            met_before=frozenset(self._met(firms, institutions)),
            notes=notes,
            options=self._options(event),
        )
        has_scores = bool(self.sheets.rows[checking.SCORES])
        self._check(problem, has_scores=has_scores)
        if self.sheets.troubles:
            raise RoadshowFileError(self.sheets.troubles)
        return RoadshowFile(problem, has_scores)

    # -- the event -----------------------------------------------------------------------------

    def _event(self) -> dict[str, str]:
        known = {folded(n): key for key, names in EVENT_ITEMS.items() for n in (key, *names)}
        found: dict[str, str] = {}
        for row in self.sheets.rows[checking.EVENT]:
            key = known.get(folded(row.get("item")))
            if key is None:
                self.sheets.report(row, "item", "不认识的项目。", "Unknown item.")
                continue
            self.places[checking.EVENT, (key,)] = row
            if row.get("value") is not None:
                found[key] = row.get("value")
        return found

    def _zone(self, event: Mapping[str, str]) -> dt.tzinfo:
        try:
            return ZoneInfo(event.get("time_zone") or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return dt.UTC  # told by the checks of the problem

    def _options(self, event: Mapping[str, str]) -> Options:
        options = Options()
        if "fairness" in event:
            row = self.places[checking.EVENT, ("fairness",)]
            chosen = self.sheets.choose(row, "value", Fairness, choose)
            options = replace(options, fairness=chosen or options.fairness)
        for key in ("max_idle", "seed"):
            if key in event:
                try:
                    count = read_count(event[key])
                    if key == "seed":
                        options = replace(options, seed=count)
                    else:
                        options = replace(options, max_idle=count)
                except ValueError:
                    row = self.places[checking.EVENT, (key,)]
                    text = "应为不小于 0 的整数。", "Expected a whole number of at least 0."
                    self.sheets.report(row, "value", *text)
        return options

    # -- time and place ------------------------------------------------------------------------

    def _slots(self, zone: dt.tzinfo) -> dict[str, Slot]:
        found: dict[str, Slot] = {}
        for row in self.sheets.rows[checking.SLOTS]:
            slot_id, day = row.get("slot_id"), row.get("date")
            if not self._new(checking.SLOTS, slot_id, "slot_id", row):
                continue
            start, end = row.get("start"), row.get("end")
            found[slot_id] = Slot(
                slot_id=slot_id,
                starts_at=dt.datetime.combine(start.day or day, start.time, tzinfo=zone),
                ends_at=dt.datetime.combine(end.day or day, end.time, tzinfo=zone),
                session=f"{day.isoformat()} {row.get('session') or DEFAULT_SESSION}",
            )
        return found

    def _rooms(self) -> tuple[Room, ...]:
        found = []
        for row in self.sheets.rows[checking.ROOMS]:
            key = row.get("room_id")
            if self._new(checking.ROOMS, key, "room_id", row):
                found.append(
                    Room(
                        room_id=key,
                        name=row.get("name") or key,
                        tables=row.get("tables"),
                        closed=frozenset(row.get("closed") or ()),
                    )
                )
        return tuple(found)

    # -- participants --------------------------------------------------------------------------

    def _people(
        self, table: str, id_key: str, slots: Mapping[str, Slot], zone: dt.tzinfo
    ) -> dict[str, Participant]:
        found: dict[str, Participant] = {}
        for row in self.sheets.rows[table]:
            key = row.get(id_key)
            if not self._new(table, key, id_key, row):
                continue
            given = {
                name: row.get(name)
                for name in (
                    *("min_meetings", "max_meetings", "session_min", "session_max"),
                    *("max_idle", "tables", "room_id", "fixed_tables", "group"),
                )
                if row.get(name) is not None
            }
            found[key] = Participant(
                participant_id=key,
                name=row.get("name") or key,
                kind=kind_of(row.get("kind") or ""),
                absent=self._absent(row, slots, zone),
                **given,
            )
        return found

    def _absent(self, row: Row, slots: Mapping[str, Slot], zone: dt.tzinfo) -> frozenset[str]:
        absent = set(row.get("absent") or ())
        for unknown in sorted(absent - set(slots)):
            text = f"没有场次 {unknown}。", f"There is no slot {unknown!r}."
            self.sheets.report(row, "absent", *text)
        absent &= set(slots)
        arrives, leaves = row.get("arrives"), row.get("leaves")
        for slot in slots.values():
            start, end = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
            late = arrives is not None and start < _instant(arrives, start)
            early = leaves is not None and end > _instant(leaves, start)
            if late or early:
                absent.add(slot.slot_id)
        return frozenset(absent)

    def _no_twins(
        self, firms: dict[str, Participant], institutions: dict[str, Participant]
    ) -> None:
        for key in sorted(set(firms) & set(institutions)):
            row = self.places[checking.INSTITUTIONS, (key,)]
            text = f"编号 {key} 同时是企业的编号。", f"The id {key!r} is a firm's too."
            self.sheets.report(row, "institution_id", *text)
            del institutions[key]

    # -- pairs ---------------------------------------------------------------------------------

    def _scores(
        self, firms: Mapping[str, Participant], institutions: Mapping[str, Participant]
    ) -> tuple[np.ndarray[Any, np.dtype[np.float64]], dict[Pair, PairNote]]:
        rows = {key: at for at, key in enumerate(firms)}
        columns = {key: at for at, key in enumerate(institutions)}
        scores = np.full((len(rows), len(columns)), np.nan)
        notes: dict[Pair, PairNote] = {}
        for row in self.sheets.rows[checking.SCORES]:
            pair = self._pair(row, firms, institutions)
            if pair is None or row.get("score") is None:
                continue
            if not self._new(checking.SCORES, pair, "score", row):
                continue
            scores[rows[pair[0]], columns[pair[1]]] = row.get("score")
            reason = row.get("reason") or ""
            note = PairNote(
                reason_zh=reason,
                reason_en=reason,
                offer_id=row.get("offer_id"),
                need_id=row.get("need_id"),
            )
            if note != PairNote():
                notes[pair] = note
        return scores, notes

    def _wishes(
        self, firms: Mapping[str, Participant], institutions: Mapping[str, Participant]
    ) -> tuple[Wish, ...]:
        found = []
        for row in self.sheets.rows[checking.WISHES]:
            pair = self._pair(row, firms, institutions)
            by = self.sheets.choose(row, "by", Side, choose) or Side.ORGANIZER
            kind = self.sheets.choose(row, "kind", WishKind, choose)
            if pair is not None and kind is not None:
                self.places[checking.WISHES, pair] = row
                found.append(Wish(firm_id=pair[0], institution_id=pair[1], by=by, kind=kind))
        return tuple(dict.fromkeys(found))

    def _locks(
        self, firms: Mapping[str, Participant], institutions: Mapping[str, Participant]
    ) -> tuple[Lock, ...]:
        found = []
        for row in self.sheets.rows[checking.LOCKS]:
            pair = self._pair(row, firms, institutions)
            if pair is None:
                continue
            self.places[checking.LOCKS, pair] = row
            found.append(
                Lock(
                    firm_id=pair[0],
                    institution_id=pair[1],
                    slot_id=row.get("slot_id"),
                    room_id=row.get("room_id"),
                    table=row.get("table"),
                )
            )
        return tuple(found)

    def _met(
        self, firms: Mapping[str, Participant], institutions: Mapping[str, Participant]
    ) -> list[Pair]:
        rows = self.sheets.rows[checking.MET]
        return [pair for row in rows if (pair := self._pair(row, firms, institutions))]

    def _kinds(self) -> tuple[KindRule, ...]:
        found = []
        for row in self.sheets.rows[checking.KINDS]:
            key = row.get("rule_id")
            if not self._new(checking.KINDS, key, "rule_id", row):
                continue
            named = row.get("firm_ids")
            found.append(
                KindRule(
                    rule_id=key,
                    kinds=frozenset(kind_of(kind) for kind in row.get("kinds")),
                    minimum=1 if row.get("minimum") is None else row.get("minimum"),
                    firm_ids=None if named is None else frozenset(named),
                )
            )
        return tuple(found)

    def _pair(
        self, row: Row, firms: Mapping[str, Participant], institutions: Mapping[str, Participant]
    ) -> Pair | None:
        good = True
        for key, known in (("firm_id", firms), ("institution_id", institutions)):
            if row.get(key) in known:
                continue
            good = False
            zh, en = checking.WORDS[key]
            if known:
                text = f"没有{zh} {row.get(key)}。", f"There is no {en} {row.get(key)!r}."
                self.sheets.report(row, key, *text)
            elif key not in self.nobody:  # told once: it is the sheet that is wrong, not each row
                self.nobody.add(key)
                text = (
                    f"其他表提到{zh}，但没有可读的{zh}表。",
                    f"Other sheets name {en}s, but no sheet of {en}s could be read.",
                )
                self.sheets.report(None, TABLE_OF[key], *text)
        return (row.get("firm_id"), row.get("institution_id")) if good else None

    # -- what is wrong -------------------------------------------------------------------------

    def _new(self, table: str, key: str | tuple[str, ...], column: str, row: Row) -> bool:
        """Remember where an id is; an id that was there already is told and left out."""
        ids = (key,) if isinstance(key, str) else key
        first = self.places.setdefault((table, ids), row)
        if first is row:
            return True
        named = " / ".join(ids)
        self.sheets.report(
            row,
            column,
            f"{named} 与第 {first.line} 行重复。",
            f"{named} is in row {first.line} already.",
        )
        return False

    def _check(self, problem: Problem, *, has_scores: bool) -> None:
        """Add what the problem's own checks find, at the rows they are about."""
        if not has_scores:  # who is eligible shows when the bundle has scored the pairs
            problem = replace(problem, scores=np.zeros_like(problem.scores))
        for fault in checking.check(problem):
            key = fault.key or (fault.column,)
            row = self.places.get((fault.table, key))
            texts = (fault.text_zh, fault.text_en)
            column = "value" if fault.table == checking.EVENT else COLUMN_OF.get(fault.column)
            if row is None:
                self.sheets.report(None, fault.table, *texts)
            else:
                self.sheets.report(row, column or fault.column, *texts)


TABLE_OF = {"firm_id": checking.FIRMS, "institution_id": checking.INSTITUTIONS}
"""Where the participants of an id are listed."""

COLUMN_OF = {"starts_at": "start", "ends_at": "end", "pair": "firm_id", "slot": "slot_id"}
"""Columns of a file for fields of a problem that have another name there."""


def _instant(clock: Clock, near: dt.datetime) -> dt.datetime:
    """Return a time of day on the day of ``near``, or on its own day."""
    return dt.datetime.combine(clock.day or near.date(), clock.time, tzinfo=near.tzinfo)
