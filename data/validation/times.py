"""Checks on dates."""

from __future__ import annotations

import datetime as dt

import numpy as np

from data import columns as col
from data.records import Base, Event, Firm, Need, Rating, Record, TaxGrade
from data.validation.report import Finding
from data.validation.tables import Tables, Tally, rows_where

GRADE_A_YEARS = 3
"""No grade A under three years of operation (国家税务总局公告2025年第12号)."""

_DAY_ZERO = dt.date(1970, 1, 1)

_DATES: dict[type[Record], tuple[str, ...]] = {
    Base: (col.FOUNDED_ON,),
    Firm: (col.FOUNDED_ON,),
    Need: (col.STATED_ON,),
    Event: (col.OCCURRED_AT,),
    Rating: (col.RATED_AT,),
}
"""Dates of what has happened already."""


def before_founding(tables: Tables, _today: dt.date) -> Finding:
    """Find needs and events from before the firm was founded."""
    tally = Tally()
    for record_type, name in ((Need, col.STATED_ON), (Event, col.OCCURRED_AT)):
        days = tables.numbers(record_type, name)
        founded = tables.looked_up(record_type, col.FIRM_ID, target=Firm, wanted=col.FOUNDED_ON)
        wrong = rows_where(days < founded)
        ids = tables.ids(record_type)
        tally.add(
            int(np.isfinite(founded).sum()),
            wrong,
            (f"{ids[int(row)]}: {_day(days[row])}, founded {_day(founded[row])}" for row in wrong),
        )
    return tally.finding()


def in_the_future(tables: Tables, today: dt.date) -> Finding:
    """Find things that have happened after ``today``."""
    limit = (today - _DAY_ZERO).days
    tally = Tally()
    for record_type, names in _DATES.items():
        ids = tables.ids(record_type)
        for name in names:
            days = tables.numbers(record_type, name)
            wrong = rows_where(days > limit)
            tally.add(
                int(np.isfinite(days).sum()),
                wrong,
                (f"{ids[int(row)]}: {name} {_day(days[row])}" for row in wrong),
            )
    return tally.finding()


def young_grade_a(tables: Tables, today: dt.date) -> Finding:
    """Find firms of tax grade A that were founded less than three years ago."""
    grades = tables.column(Firm, col.TAX_GRADE).to_numpy(zero_copy_only=False)
    founded = tables.numbers(Firm, col.FOUNDED_ON)
    limit = (_years_before(today, GRADE_A_YEARS) - _DAY_ZERO).days
    graded = grades == TaxGrade.A.value
    wrong = rows_where(graded & (founded > limit))
    ids, tally = tables.ids(Firm), Tally()
    tally.add(
        int(graded.sum()),
        wrong,
        (f"{ids[int(row)]}: founded {_day(founded[row])}" for row in wrong),
    )
    return tally.finding()


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _day(days: float) -> str:
    return (_DAY_ZERO + dt.timedelta(days=int(days))).isoformat()
