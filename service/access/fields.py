"""Which class of data every field of a firm and of a need belongs to. The only such table.

``None`` marks what a teaser shows as it is. A field that is missing here is shown to nobody who
needs a consent, and a test fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from data import columns as col
from data.consent import DataClass
from data.records import Firm, Need

_IDENTITY, _PROFILE = DataClass.IDENTITY, DataClass.PROFILE
_FINANCIALS, _CREDENTIALS = DataClass.FINANCIALS, DataClass.CREDENTIALS

CLASS_OF_FIELD: Mapping[type, Mapping[str, DataClass | None]] = {
    Firm: {
        col.FIRM_ID: _IDENTITY,  # ids of imported firms spell their names
        col.NAME: _IDENTITY,
        col.COMPANY_CODE: _IDENTITY,
        col.BASE_ID: _PROFILE,
        col.COUNTRY: None,
        col.PROVINCE: None,
        col.CITY: None,
        col.DISTRICT: _PROFILE,
        col.POSTCODE: _PROFILE,
        col.METRO: _PROFILE,
        col.INDUSTRY: _PROFILE,
        col.INDUSTRY_SYSTEM: _PROFILE,
        col.SECTORS: _PROFILE,
        col.LEGAL_FORM: _PROFILE,
        col.NONPROFIT: _PROFILE,
        col.FOUNDED_ON: _PROFILE,
        col.EMPLOYEES: _PROFILE,
        col.SIZE_CLASS: None,
        col.REVENUE_MINOR: _FINANCIALS,
        col.ASSETS_MINOR: _FINANCIALS,
        col.LIABILITIES_MINOR: _FINANCIALS,
        col.RD_EXPENSE_MINOR: _FINANCIALS,
        col.CURRENCY: _FINANCIALS,
        col.CREDENTIALS: _CREDENTIALS,
        col.TAX_GRADE: _CREDENTIALS,
        col.CLASS_ONE_IP: _CREDENTIALS,
        col.CLASS_TWO_IP: _CREDENTIALS,
        col.KEY_PROJECT: _CREDENTIALS,
        col.DESCRIPTION: _PROFILE,
        col.SOURCE: _IDENTITY,
        col.SOURCE_KEY: _IDENTITY,
    },
    Need: {
        col.NEED_ID: _IDENTITY,
        col.FIRM_ID: _IDENTITY,
        col.BASE_ID: _PROFILE,
        col.KIND: None,
        col.STATED_ON: _PROFILE,
        col.STAGE: None,
        col.AMOUNT_LOW_MINOR: _FINANCIALS,
        col.AMOUNT_HIGH_MINOR: _FINANCIALS,
        col.CURRENCY: _FINANCIALS,
        col.PURPOSE: _PROFILE,
        col.TERM_MONTHS: _PROFILE,
        col.COLLATERAL: _FINANCIALS,
        col.EMPLOYEES: _PROFILE,
        col.TEXT: _PROFILE,
        col.IMPLIED: _PROFILE,
        col.SOURCE: _IDENTITY,
        col.SOURCE_KEY: _IDENTITY,
    },
}
"""Classes by record type and field."""


def classes_in(record_type: type) -> frozenset[DataClass]:
    """Return the classes that any field of a record type belongs to."""
    return frozenset(c for c in CLASS_OF_FIELD[record_type].values() if c is not None)


def visible_fields(record: Firm | Need, classes: frozenset[DataClass]) -> dict[str, object]:
    """Return the fields of a record that belong to ``classes``; none of a teaser's."""
    table = CLASS_OF_FIELD[type(record)]
    return {name: getattr(record, name) for name, kind in table.items() if kind in classes}
