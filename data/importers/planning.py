"""What each table of a user holds: its record type, and the target of each of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import EmptyInputError, InputError, MissingColumnError
from data.importers.conversions import header_unit
from data.importers.headers import (
    accepted_headers,
    find_target,
    is_left_out,
    near_headers,
    read_header,
)
from data.importers.mapping import TYPE_NAMES, ImportMapping, TableMapping
from data.importers.opening import open_sheets
from data.importers.sheets import Sheet
from data.importers.targets import AMOUNT_FORMS, TARGETS, Target, naming_targets
from data.records import Need, Record
from data.schema import ID_COLUMN, REFERENCES, columns_of

LEAST_KNOWN_HEADERS = 2
"""A table with fewer headers of a record type than this is not taken for one."""


@dataclass(frozen=True)
class PlannedColumn:
    """One column that is read: its header, its target and the unit of its amounts."""

    header: str
    target: Target
    unit: tuple[int, str | None] = (1, None)


@dataclass(frozen=True)
class TablePlan:
    """How one sheet is read.

    ``left_out`` are headers that are not read on purpose, ``unknown`` those that nobody knows.
    """

    sheet: Sheet
    record_type: type[Record]
    columns: tuple[PlannedColumn, ...]
    defaults: Mapping[str, str]
    left_out: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def place(self) -> str:
        """File and sheet, as messages name them."""
        return _place(self.sheet)

    def refers_by_name(self) -> Iterable[type[Record]]:
        """Return the record types that this table refers to by name or code."""
        targets = {column.target.name for column in self.columns}
        for column, referred in REFERENCES.get(self.record_type, {}).items():
            if any(
                name in targets and TARGETS[self.record_type][name].fills == (column,)
                for name in naming_targets(referred)
            ):
                yield referred


def plan_tables(files: Sequence[Path], mapping: ImportMapping) -> list[TablePlan]:
    """Find out what the tables of ``files`` hold, in an order in which references resolve.

    Raises
    ------
    InputError
        Where a table is of no known record type, or has headers that nobody knows.
    MissingColumnError
        Where a table lacks a column that its records need.
    """
    plans = []
    for file in files:
        for sheet in open_sheets(file, lambda row: _known_headers(row, mapping)):
            said = mapping.table(file.name, sheet.name)
            if not said.skip:
                plans.append(plan_table(sheet, said, mapping))
    if not plans:
        raise EmptyInputError(
            f"There is no table in {', '.join(file.name for file in files)}.",
            field="data",
            remedy="Give a table with a header line and at least one row.",
        )
    order = list(ID_COLUMN)
    return sorted(plans, key=lambda plan: order.index(plan.record_type))


def plan_table(sheet: Sheet, said: TableMapping, mapping: ImportMapping) -> TablePlan:
    """Find out what one sheet holds."""
    record_type = said.record_type or _record_type(sheet, said)
    columns: list[PlannedColumn] = []
    left_out: list[str] = []
    unknown: list[str] = []
    for header in filter(None, sheet.headers):
        target = _target(record_type, header, said)
        if target == "" or (target is None and is_left_out(header)):
            left_out.append(header)
        elif target is None:
            unknown.append(header)
        else:
            columns.append(_planned(record_type, header, *target))
    if unknown and not mapping.ignore_unknown:
        raise _unknown_headers(sheet, record_type, unknown)
    plan = TablePlan(
        sheet, record_type, tuple(columns), said.defaults, tuple(left_out), tuple(unknown)
    )
    _check_defaults(plan)
    _check_required(plan)
    return plan


def _place(sheet: Sheet) -> str:
    return f"{sheet.file.name}, sheet {sheet.name}" if sheet.name else sheet.file.name


def _known_headers(row: Sequence[str], mapping: ImportMapping) -> int:
    """Return the most cells of ``row`` that are headers of one record type."""
    mapped = set(mapping.columns).union(*(table.columns for table in mapping.tables.values()))
    return max(
        sum(bool(cell) and (cell in mapped or find_target(kind, cell) is not None) for cell in row)
        for kind in TYPE_NAMES
    )


def _target(
    record_type: type[Record], header: str, said: TableMapping
) -> tuple[str, str] | str | None:
    """Return target and remark of a header; empty where it is to be left out."""
    if header not in said.columns:
        return find_target(record_type, header)
    name = said.columns[header]
    if not name:
        return ""
    if name in TARGETS[record_type]:
        return name, read_header(header).remark
    found = find_target(record_type, name)
    if found is None:
        raise InputError(
            f"The mapping sends {header!r} to {name!r}, which a "
            f"{record_type.__name__.lower()} does not have.",
            field=header,
            remedy="Map it for the tables that it fits only, or to one of "
            f"{', '.join(TARGETS[record_type])}.",
        )
    return found


def _planned(record_type: type[Record], header: str, name: str, remark: str) -> PlannedColumn:
    target = TARGETS[record_type][name]
    unit = header_unit(header, remark) if target.form in AMOUNT_FORMS else (1, None)
    return PlannedColumn(header, target, unit)


def _record_type(sheet: Sheet, said: TableMapping) -> type[Record]:
    """Tell the record type by the names of sheet and file, and by the headers."""
    fits = {kind: _fit(kind, sheet, said) for kind in TYPE_NAMES}
    suggested = _suggested(sheet.name) or _suggested(sheet.file.stem) or list(TYPE_NAMES)
    best = max(fits[kind] for kind in suggested)
    found = [kind for kind in suggested if fits[kind] == best]
    if len(found) == 1 and best[0] >= min(LEAST_KNOWN_HEADERS, len(sheet.headers)):
        return found[0]
    names = ", ".join(TYPE_NAMES[kind][0] for kind in TYPE_NAMES)
    raise InputError(
        f"It is not clear what {_place(sheet)} holds; its headers are "
        f"{', '.join(filter(None, sheet.headers))}.",
        field="data",
        remedy=f"Name the file after its records ({names}), or give record_type in a mapping file.",
    )


def _fit(record_type: type[Record], sheet: Sheet, said: TableMapping) -> tuple[int, int]:
    """Return how many headers are known for a record type, and (negative) what it would lack."""
    found = [find_target(record_type, header) for header in sheet.headers]
    names = [target[0] for target in found if target is not None]
    mapped = [header for header in sheet.headers if header in said.columns]
    targets = [
        TARGETS[record_type][name]
        for name in (*names, *said.defaults)
        if name in TARGETS[record_type]
    ]
    return len(names) + len(mapped), -len(_gaps(record_type, targets))


def _suggested(name: str) -> list[type[Record]]:
    """Return the record types that occur in a name; the longest word counts most."""
    folded = name.lower()
    found = [
        (max(len(word) for word in words if word in folded), kind)
        for kind, words in TYPE_NAMES.items()
        if any(word in folded for word in words)
    ]
    return [kind for _, kind in sorted(found, key=lambda pair: -pair[0])]


def _unknown_headers(sheet: Sheet, record_type: type[Record], unknown: Sequence[str]) -> InputError:
    hints = []
    for header in unknown:
        near = near_headers(record_type, header)
        hints.append(f"{header!r}" + (f" (near: {', '.join(near)})" if near else ""))
    return InputError(
        f"{_place(sheet)} has headers that are not known for {TYPE_NAMES[record_type][0]}: "
        f"{'; '.join(hints)}.",
        field=unknown[0],
        remedy='Rename them, map them in a mapping file ("" leaves a column out), '
        "or set ignore_unknown there.",
    )


def _check_defaults(plan: TablePlan) -> None:
    for name in plan.defaults:
        if name not in TARGETS[plan.record_type]:
            raise InputError(
                f"The mapping gives {plan.place} a default for {name!r}, which a "
                f"{plan.record_type.__name__.lower()} does not have.",
                field=name,
                remedy=f"Use one of {', '.join(TARGETS[plan.record_type])}.",
            )


def _check_required(plan: TablePlan) -> None:
    """Raise where a column that every record needs is neither read nor given nor derived."""
    targets = [column.target for column in plan.columns]
    targets += [TARGETS[plan.record_type][name] for name in plan.defaults]
    for name in _gaps(plan.record_type, targets):
        raise _missing(plan, name)


def _gaps(record_type: type[Record], targets: Iterable[Target]) -> list[str]:
    """Return the columns that every record needs and that none of ``targets`` fills."""
    filled = {name for target in targets for name in target.fills}
    gaps = [
        column.name
        for column in columns_of(record_type)
        if column.required and column.name not in filled
    ]
    if record_type is Need and not filled & set(REFERENCES[Need]):
        gaps.append(next(iter(REFERENCES[Need])))
    return [name for name in gaps if name != ID_COLUMN[record_type]]


def _missing(plan: TablePlan, name: str) -> MissingColumnError:
    accepted = accepted_headers(plan.record_type, name)
    return MissingColumnError(
        f"{plan.place} lacks the column {name!r} that every "
        f"{plan.record_type.__name__.lower()} needs.",
        field=name,
        remedy=f"Add a column with the header {' or '.join(accepted)}, map one to it, or give a "
        "default in a mapping file.",
    )
