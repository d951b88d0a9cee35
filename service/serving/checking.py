"""Checks of one record before it is stored: the named checks of validation, told as one error.

What would be a failure of ``finmatch validate`` is refused; what would be a warning is told with
the answer.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from data import columns as col
from data.errors import ArgumentError
from data.records import Base, Firm, Institution, InstitutionKind, Need, Offer, Record
from data.schema import columns_of, table_from_records
from data.validation import CHECKS, Check, Status
from data.validation.tables import Tables

if TYPE_CHECKING:
    from data.store import Store

OF_ONE_RECORD = (
    "one_asker",
    "in_the_future",
    "impossible_amounts",
    "crossed_limits",
    "company_codes",
    "young_grade_a",
    "unknown_values",
    "missing_values",
    "damaged_text",
)
WITH_REFERENCES = ("dangling_ids", "before_founding")
"""Checks that also look at the records that this one refers to."""

CURRENCY = re.compile(r"[A-Z]{3}")  # ISO 4217
MINOR = "_minor"
MOST_NUMBER = 2**53  # above it a float, in which the rankers reckon, is not exact


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that is allowed, and yet may be a mistake."""

    check: str
    message: str
    remedy: str


def check_record(store: Store, record: Record, *, today: dt.date) -> tuple[Hint, ...]:
    """Return what may be a mistake in a record.

    Raises
    ------
    ArgumentError
        Something in it is wrong; ``field`` names the column.
    """
    _check_values(record)
    kind = type(record)
    alone = Tables({kind: table_from_records(kind, [record])})
    found = [_apply(CHECKS[name], alone, today, record) for name in OF_ONE_RECORD]
    others = Tables({**_referred(store, record), **alone.tables})
    found += [_apply(CHECKS[name], others, today, record) for name in WITH_REFERENCES]
    return tuple(hint for hint in found if hint is not None)


def _apply(check: Check, tables: Tables, today: dt.date, record: Record) -> Hint | None:
    result = check.apply(tables, today)
    if result.status is Status.PASS:
        return None
    example = f": {result.finding.examples[0]}" if result.finding.examples else ""
    message = f"{check.title.en}{example}."
    if result.status is Status.FAIL:
        raise ArgumentError(message, field=_column_in(example, record), remedy=check.remedy.en)
    return Hint(check.name, message, check.remedy.en)


def _column_in(text: str, record: Record) -> str | None:
    """Return the column that an example names."""
    words = re.findall(r"[a-z_]+", text)
    names = {column.name for column in columns_of(type(record))}
    return next((word for word in words if word in names), None)


def _check_values(record: Record) -> None:
    kind = type(record).__name__
    name = getattr(record, col.NAME, None)
    if name is not None and (not name.strip() or not name.isprintable()):
        raise _wrong(kind, col.NAME, name, "must be text that can be shown")
    currency = getattr(record, col.CURRENCY, None)
    if currency is not None and not CURRENCY.fullmatch(currency):
        raise _wrong(kind, col.CURRENCY, currency, "must be three capital letters, such as CNY")
    for column in columns_of(type(record)):
        value = getattr(record, column.name)
        if column.python_type in (int, float) and value is not None:
            if not 0 <= value <= MOST_NUMBER:
                raise _wrong(kind, column.name, value, f"must be from 0 to {MOST_NUMBER}")
            if column.name.endswith(MINOR) and currency is None:
                raise ArgumentError(
                    f"An amount needs its currency: {column.name} has none.",
                    field=col.CURRENCY,
                    remedy="Give the currency, such as CNY.",
                )


def _wrong(kind: str, name: str, value: object, expectation: str) -> ArgumentError:
    return ArgumentError(
        f"{name} of a {kind} {expectation}; got {str(value)[:80]!r}.",
        field=name,
        remedy="Correct the value, or leave it out.",
    )


def _referred(store: Store, record: Record) -> dict[type[Record], pa.Table]:
    """Return what the checks need of the records referred to: ids and founding dates."""
    bases: set[str] = set()
    firms: list[Firm] = []
    institutions: list[Institution] = []
    if isinstance(record, Firm | Need) and record.base_id is not None:
        bases.add(record.base_id)
    if isinstance(record, Need) and record.firm_id is not None:
        firm = store.find_firm(record.firm_id)
        if firm is not None:
            firms = [Firm(firm_id=firm.firm_id, name="-", founded_on=firm.founded_on)]
    if isinstance(record, Offer):
        bases |= set(record.base_ids)
        if store.find_institution(record.institution_id) is not None:
            institutions = [
                Institution(
                    institution_id=record.institution_id, name="-", kind=InstitutionKind.BANK
                )
            ]
    known = [Base(base_id=key, name="-") for key in sorted(bases) if store.find_base(key)]
    rows: dict[type[Record], list[Record]] = {
        Base: [*known],
        Firm: [*firms],
        Institution: [*institutions],
    }
    return {kind: table_from_records(kind, some) for kind, some in rows.items()}
