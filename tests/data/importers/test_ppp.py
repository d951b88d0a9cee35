"""The PPP importer on a hand-made folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data.errors import EmptyInputError, MissingColumnError
from data.importers.ppp import read
from data.records import InstitutionKind, NeedKind

Write = Callable[..., Path]
D = dt.datetime(2020, 5, 3)

LOANS: dict[str, list[Any]] = {
    "loan": ["$149,986.00", "a $5-10 million", "$1.00", "e $150,000-350,000"],
    "BusinessName": [None, "ACME  LLC", None, None],
    "area": ["HARWICH PORT", "BOSTON", "X", "Y"],
    "city": ["HARWICH", "BOSTON", "X", "Y"],
    "state": ["MA", "MA", "MA", "MA"],
    "zip": ["02646", "02108", "02109", "02110"],
    "naics": [None, "488490", "811121", "236115"],
    "business_type": ["Limited  Liability Company(LLC)", "Corporation", None, None],
    "nonprofit": [None, "Y", None, None],
    "jobs": [0.0, 25.0, None, 900.0],
    "date": [D, D, D, D],
    "lender": ["TD Bank,  NA", "Rockland Trust", " ", "TD Bank, NA"],
}


@pytest.fixture
def folder(write: Write) -> Path:
    return write("loans_ma.parquet", LOANS)


def test_each_loan_is_its_own_firm_numbered_by_its_row(folder: Path) -> None:
    catalogue = read(folder).catalogue()
    assert catalogue.firms.strings("source_key").tolist() == ["loan0", "loan1", "loan3"]
    assert sorted(catalogue.needs.strings("source_key")) == [
        f"loan{row}@2020-05-03" for row in (0, 1, 3)
    ]


def test_the_rows_of_several_states_are_numbered_on(folder: Path, write: Write) -> None:
    write("loans_ri.parquet", {**LOANS, "state": ["RI"] * 4})
    firms = read(folder).catalogue().firms
    assert firms.get("firm_ppp_loan4").province == "RI"
    assert len(firms) == 6


def test_firm_attributes(folder: Path) -> None:
    firm = read(folder).catalogue().firms.get("firm_ppp_loan1")
    assert (firm.name, firm.country, firm.province) == ("ACME LLC", "USA", "MA")
    assert (firm.city, firm.district, firm.postcode) == ("BOSTON", "BOSTON", "02108")
    assert (firm.industry, firm.industry_system) == ("488490", "naics-2017")
    assert firm.legal_form == "Corporation"
    assert firm.nonprofit is True
    assert firm.employees == 25
    unnamed = read(folder).catalogue().firms.get("firm_ppp_loan0")
    assert (unnamed.name, unnamed.nonprofit, unnamed.industry_system) == ("loan0", False, None)
    assert unnamed.legal_form == "Limited Liability Company(LLC)"


def test_loans_are_exact_or_a_band(folder: Path) -> None:
    needs = read(folder).catalogue().needs
    exact, band = (needs.get(f"need_ppp_loan{row}@2020-05-03") for row in (0, 1))
    assert exact.kind is NeedKind.DEBT
    assert exact.amount_low_minor == exact.amount_high_minor == 14_998_600
    assert (band.amount_low_minor, band.amount_high_minor) == (5 * 10**8, 10 * 10**8)
    assert band.currency == "USD"
    assert band.employees == 25


def test_lenders_are_banks(folder: Path) -> None:
    catalogue = read(folder).catalogue()
    bank = catalogue.institutions.get("inst_ppp_TD_Bank,_NA")
    assert (bank.name, bank.kind, bank.natural_person) == (
        "TD Bank, NA",
        InstitutionKind.BANK,
        False,
    )
    assert len(catalogue.events) == 3


def test_rejects(folder: Path) -> None:
    told = [(r.line, r.column, r.value, r.whole_row) for r in read(folder).rejects]
    assert told == [(4, "jobs", "900.0", False), (3, "lender", " ", True)]


def test_jobs_as_text(folder: Path, write: Write) -> None:
    write("loans_ma.parquet", {**LOANS, "jobs": [" 7 ", "25.0", "many", "-3"]})
    result = read(folder)
    firms = result.catalogue().firms
    assert firms.get("firm_ppp_loan0").employees == 7
    assert [(r.line, r.value) for r in result.rejects if r.column == "jobs"] == [
        (3, "many"),
        (4, "-3"),
    ]


def test_bad_input(tmp_path: Path, write: Write) -> None:
    with pytest.raises(EmptyInputError, match="loans"):
        read(tmp_path)
    write("loans_ma.parquet", {k: v for k, v in LOANS.items() if k != "lender"})
    with pytest.raises(MissingColumnError, match="lender"):
        read(tmp_path)
