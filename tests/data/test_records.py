"""The records are the glossary: frozen, slotted, and every field has its column name."""

from __future__ import annotations

import dataclasses
import datetime as dt
import typing

import pytest

from data import columns as col
from data import errors
from data.errors import FinMatchError, InputError
from data.records import Event, EventKind, Firm, Need, NeedKind, Record, TaxGrade

RECORD_TYPES = typing.get_args(Record)


def column_names() -> dict[str, str]:
    return {name: value for name, value in vars(col).items() if name.isupper()}


def test_column_names_are_exactly_the_record_fields():
    fields = {field.name for kind in RECORD_TYPES for field in dataclasses.fields(kind)}
    assert set(column_names().values()) == fields


def test_every_column_constant_is_its_own_name():
    assert {name: name.lower() for name in column_names()} == column_names()


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_records_are_frozen_keyword_only_and_slotted(kind: type):
    settings = kind.__dataclass_params__
    assert settings.frozen
    assert all(field.kw_only for field in dataclasses.fields(kind))
    assert "__slots__" in vars(kind)


def test_a_record_cannot_be_changed():
    firm = Firm(firm_id="firm_a", name="A")
    with pytest.raises(dataclasses.FrozenInstanceError):
        firm.name = "B"  # type: ignore[misc]


def test_unknown_is_none_and_none_known_is_an_empty_tuple():
    firm = Firm(firm_id="firm_a", name="A")
    assert firm.employees is None
    assert firm.sectors == ()


def test_a_need_may_be_a_bases_own():
    need = Need(
        need_id="need_b", base_id="base_b", kind=NeedKind.SERVICE, stated_on=dt.date(2024, 5, 1)
    )
    assert (need.firm_id, need.base_id, need.implied) == (None, "base_b", False)


def test_values_of_enums_are_the_words_of_the_glossary():
    assert [kind.value for kind in NeedKind] == [
        "debt",
        "equity",
        "guarantee",
        "insurance",
        "service",
    ]
    assert EventKind("funded") is EventKind.FUNDED
    assert TaxGrade("M") is TaxGrade.M


def test_records_with_equal_fields_are_equal():
    when = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    one, two = (
        Event(
            event_id="event_1",
            kind=EventKind.VIEW,
            occurred_at=when,
            firm_id="firm_a",
            offer_id="offer_a",
        )
        for _ in range(2)
    )
    assert one == two
    assert hash(one) == hash(two)


def error_types() -> list[type[FinMatchError]]:
    return [
        thing
        for thing in vars(errors).values()
        if isinstance(thing, type) and issubclass(thing, FinMatchError)
    ]


def test_every_error_has_a_code_of_its_own():
    codes = [kind.code for kind in error_types()]
    assert len(set(codes)) == len(codes)


def test_the_drawn_tree_names_every_error():
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in error_types() if kind.__name__ not in drawn] == []


def test_an_error_says_what_is_wrong_and_what_to_do():
    error = InputError("k is -3.", field="k", remedy="Give a positive number.")
    assert str(error) == "k is -3. Give a positive number."
    assert (error.message, error.field, error.remedy) == (
        "k is -3.",
        "k",
        "Give a positive number.",
    )


def test_an_error_without_a_remedy_is_its_message():
    assert str(FinMatchError("no")) == "no"
