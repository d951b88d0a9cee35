"""What a column of a user's table may fill: the columns of the records, and forms beside them.

A *target* is a column of a record or a form that people use instead of it: one ``amount`` for the
two ends of a need, ``firm_name`` for the id of a firm, ``rate`` for two percentages.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from data import columns as col
from data.labels import CHOICES
from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import ID_COLUMN, REFERENCES, columns_of

MINOR_SUFFIX = "_minor"

FIRM_NAME = "firm_name"
INSTITUTION_NAME = "institution_name"
OFFER_NAME = "offer_name"
BASE_NAME = "base_name"
AMOUNT = "amount"
RATE = "rate"
TERM = "term"


class Form(Enum):
    """How the cells of a target are read."""

    TEXT = auto()
    KEY = auto()  # an id or a reference, given or by name
    DATE = auto()
    ROUGH_DATE = auto()  # a month or a year will do
    INSTANT = auto()
    COUNT = auto()
    MINOR = auto()  # hundredths as a whole number
    AMOUNT = auto()  # both ends
    EXACT_AMOUNT = auto()
    LOW_AMOUNT = auto()
    HIGH_AMOUNT = auto()
    AMOUNT_LIMITS = auto()  # both ends; a single number is the upper one
    PERCENT = auto()
    PERCENT_RANGE = auto()
    MONTHS = auto()
    MONTH_LIMITS = auto()  # a range; a single term is the upper end
    FLAG = auto()
    LIST = auto()
    CURRENCY = auto()
    CHOICE = auto()
    CHOICES = auto()


AMOUNT_FORMS = frozenset(
    {Form.AMOUNT, Form.EXACT_AMOUNT, Form.LOW_AMOUNT, Form.HIGH_AMOUNT, Form.AMOUNT_LIMITS}
)


@dataclass(frozen=True)
class Target:
    """One thing that a column may fill: its name, how it is read, and which columns it fills.

    A key that only helps to find another record fills none by itself.
    """

    name: str
    form: Form
    fills: tuple[str, ...]
    choice: type[StrEnum] | None = None


_NAMED_BY: dict[type[Record], tuple[str, ...]] = {
    Base: (BASE_NAME,),
    Firm: (col.COMPANY_CODE, FIRM_NAME),
    Institution: (col.REGISTRATION_NO, INSTITUTION_NAME),
    Offer: (OFFER_NAME, INSTITUTION_NAME),
    Need: (),
}
"""What may stand instead of the id of a record."""

_ROUGH_DATES = frozenset({col.FOUNDED_ON, col.DECLARED_ON})

_FORMS: dict[type, Form] = {
    str: Form.TEXT,
    int: Form.COUNT,
    float: Form.PERCENT,
    bool: Form.FLAG,
    dt.datetime: Form.INSTANT,
    dt.date: Form.DATE,
    tuple: Form.LIST,
}

_EXTRA: dict[type[Record], tuple[Target, ...]] = {
    Need: (Target(AMOUNT, Form.AMOUNT, (col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR)),),
    Offer: (
        Target(AMOUNT, Form.AMOUNT_LIMITS, (col.AMOUNT_MIN_MINOR, col.AMOUNT_MAX_MINOR)),
        Target(RATE, Form.PERCENT_RANGE, (col.RATE_LOW_PCT, col.RATE_HIGH_PCT)),
        Target(TERM, Form.MONTH_LIMITS, (col.TERM_MIN_MONTHS, col.TERM_MAX_MONTHS)),
    ),
}


def _targets_of(record_type: type[Record]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for column in columns_of(record_type):
        form = _form(record_type, column.name, column.python_type)
        choice = CHOICES.get((record_type, column.name))
        found[column.name] = Target(column.name, form, (column.name,), choice)
        if column.name.endswith(MINOR_SUFFIX):
            name = column.name.removesuffix(MINOR_SUFFIX)
            found[name] = Target(name, _amount_form(name), (column.name,))
    for target in _EXTRA.get(record_type, ()):
        found[target.name] = target
    for column_name, referred in REFERENCES.get(record_type, {}).items():
        for name in _NAMED_BY[referred]:
            found.setdefault(name, Target(name, Form.KEY, (column_name,)))
        if referred is Offer:  # an institution alone does not tell which of its offers
            found[INSTITUTION_NAME] = Target(INSTITUTION_NAME, Form.KEY, ())
    return found


def naming_targets(referred: type[Record]) -> tuple[str, ...]:
    """Return the targets that may stand instead of the id of a ``referred`` record."""
    return _NAMED_BY[referred]


def _form(record_type: type[Record], name: str, python_type: type) -> Form:
    if name == ID_COLUMN[record_type] or name in REFERENCES.get(record_type, {}):
        return Form.KEY
    choice = (record_type, name) in CHOICES
    if python_type is tuple:
        return Form.CHOICES if choice else Form.LIST
    if choice:
        return Form.CHOICE
    if name.endswith(MINOR_SUFFIX):
        return Form.MINOR
    if name == col.CURRENCY:
        return Form.CURRENCY
    if name.endswith("_months"):
        return Form.MONTHS
    return Form.ROUGH_DATE if name in _ROUGH_DATES else _FORMS[python_type]


def _amount_form(name: str) -> Form:
    if name.endswith(("_low", "_min")):
        return Form.LOW_AMOUNT
    return Form.HIGH_AMOUNT if name.endswith(("_high", "_max")) else Form.EXACT_AMOUNT


TARGETS: dict[type[Record], dict[str, Target]] = {kind: _targets_of(kind) for kind in ID_COLUMN}
"""The targets of each record type by name: its columns first, then the other forms."""
