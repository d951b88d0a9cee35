"""The fields of a firm and its need, in the groups of the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from data import columns as col
from data.amounts import Amount
from data.records import Credential, Firm, Need, NeedKind, TaxGrade
from service.pages.forms import Field, Kind, shown

FIRM, NEED = "firm", "need"
AMOUNT = "amount"


class Group(NamedTuple):
    """Fields under one heading; ``prefix`` says whether they are the firm's or the need's."""

    key: str
    prefix: str
    fields: tuple[Field, ...]


GROUPS = (
    Group(
        "need",
        NEED,
        (
            Field(col.KIND, Kind.CHOICE, NeedKind),
            Field(AMOUNT, Kind.BAND),
            Field(col.TERM_MONTHS, Kind.COUNT),
            Field(col.PURPOSE),
            Field(col.COLLATERAL, Kind.LIST),
            Field(col.STAGE),
            Field(col.TEXT, Kind.LONG),
        ),
    ),
    Group(
        "identity",
        FIRM,
        (
            Field(col.NAME, required=True),
            Field(col.COMPANY_CODE, Kind.CODE),
            Field(col.FOUNDED_ON, Kind.DAY),
            Field(col.LEGAL_FORM),
            Field(col.PROVINCE),
            Field(col.CITY),
            Field(col.DISTRICT),
        ),
    ),
    Group(
        "business",
        FIRM,
        (
            Field(col.INDUSTRY),
            Field(col.SECTORS, Kind.LIST),
            Field(col.EMPLOYEES, Kind.COUNT),
            Field(col.DESCRIPTION, Kind.LONG),
        ),
    ),
    Group(
        "figures",
        FIRM,
        (
            Field(col.REVENUE_MINOR, Kind.MONEY),
            Field(col.ASSETS_MINOR, Kind.MONEY),
            Field(col.LIABILITIES_MINOR, Kind.MONEY),
            Field(col.RD_EXPENSE_MINOR, Kind.MONEY),
        ),
    ),
    Group(
        "titles",
        FIRM,
        (
            Field(col.CREDENTIALS, Kind.CHOICES, Credential),
            Field(col.TAX_GRADE, Kind.CHOICE, TaxGrade),
            Field(col.CLASS_ONE_IP, Kind.COUNT),
            Field(col.CLASS_TWO_IP, Kind.COUNT),
            Field(col.KEY_PROJECT, Kind.FLAG),
        ),
    ),
)

FIELDS: Mapping[str, tuple[Field, ...]] = {
    prefix: tuple(one for group in GROUPS if group.prefix == prefix for one in group.fields)
    for prefix in (FIRM, NEED)
}


def shown_record(record: Firm | Need | None, *, language: str) -> dict[str, Any]:
    """Return what the fields of the form show of a firm or a need."""
    if record is None:
        return {}
    prefix = FIRM if isinstance(record, Firm) else NEED
    found = {}
    for one in FIELDS[prefix]:
        value = _amount(record) if one.name == AMOUNT else getattr(record, one.name)
        found[f"{prefix}_{one.name}"] = shown(one, value, language)
    return found


def _amount(need: Firm | Need) -> Amount:
    assert isinstance(need, Need)
    return Amount(need.amount_low_minor, need.amount_high_minor, need.currency)


def columns_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a record from the values of its fields."""
    found = {name: value for name, value in values.items() if name != AMOUNT}
    amount = values.get(AMOUNT)
    if isinstance(amount, Amount):
        found |= {
            col.AMOUNT_LOW_MINOR: amount.low_minor,
            col.AMOUNT_HIGH_MINOR: amount.high_minor,
            col.CURRENCY: amount.currency,
        }
    return found
