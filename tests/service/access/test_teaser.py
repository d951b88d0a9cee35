"""Teasers and the table of fields: nothing that tells who it is."""

from __future__ import annotations

import dataclasses

import pytest

from data.amount_bands import Band, band_of
from data.consent import DataClass
from data.records import Firm, Need
from service.access.fields import CLASS_OF_FIELD, classes_in, visible_fields
from service.access.teaser import Teaser, teaser_of
from tests.service.access.seeing import FIRM_A, NEED_A


@pytest.mark.parametrize("record_type", [Firm, Need])
def test_every_field_has_a_class_of_data(record_type: type) -> None:
    names = [field.name for field in dataclasses.fields(record_type)]
    assert list(CLASS_OF_FIELD[record_type]) == names


def test_classes_choose_fields() -> None:
    only = visible_fields(FIRM_A, frozenset({DataClass.IDENTITY}))
    assert set(only) == {"firm_id", "name", "company_code", "source", "source_key"}
    assert visible_fields(FIRM_A, frozenset()) == {}
    assert visible_fields(FIRM_A, frozenset({DataClass.CONTACT})) == {}
    assert DataClass.CONTACT not in classes_in(Firm)


def test_a_teaser_says_what_kind_of_firm_it_is() -> None:
    assert teaser_of(FIRM_A, NEED_A) == Teaser(
        sector="机器人",
        stage="growth",
        country="CHN",
        province="江苏省",
        city="苏州市",
        size_class=FIRM_A.size_class,
        need_kind=NEED_A.kind,
        need_band=Band(100_000_000, 300_000_000, "CNY"),
        credentials_count=2,
    )


def test_a_teaser_without_anything_known_is_empty() -> None:
    empty = teaser_of(Firm(firm_id="firm_x", name="x"), None)
    values = {f.name: getattr(empty, f.name) for f in dataclasses.fields(empty)}
    assert values.pop("credentials_count") == 0
    assert set(values.values()) == {None}
    assert teaser_of(None, NEED_A).stage == "growth"


@pytest.mark.parametrize(
    ("changes", "sector"),
    [
        ({"sectors": (), "industry": "I6513"}, "I65"),
        ({"sectors": (), "industry": "541511"}, "54"),
        ({"sectors": (), "industry": None}, None),
        ({"sectors": ("阿达机器人有限公司的视觉",)}, None),  # names the firm
        ({"sectors": ("91320500ma1ada0001",)}, None),  # its code
        ({"sectors": ("很" * 41,)}, None),  # a text, not a label
        ({"sectors": ("A",), "name": "A"}, "A"),  # one letter names nobody
    ],
)
def test_the_sector_is_a_label_that_names_nobody(
    changes: dict[str, object], sector: str | None
) -> None:
    assert teaser_of(dataclasses.replace(FIRM_A, **changes), None).sector == sector  # type: ignore[arg-type]


def test_a_stage_or_place_that_names_the_firm_is_left_out() -> None:
    firm = dataclasses.replace(FIRM_A, city="阿达机器人有限公司园区")
    need = dataclasses.replace(NEED_A, stage="阿达机器人有限公司B轮")
    assert (teaser_of(firm, need).city, teaser_of(firm, need).stage) == (None, None)


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [
        (None, None, None),
        (210, 210, (100, 300)),
        (100, 100, (100, 300)),  # never a band of one amount
        (99, 101, (30, 300)),
        (3, 10, (3, 10)),
        (0, 0, (0, 1)),
        (1, 1, (1, 3)),
        (5, None, (3, None)),
        (None, 5, (0, 10)),
        (99, 2, (30, 100)),  # ends in the wrong order
        (999_999_999_999, 10**12, (300_000_000_000, 10**12)),
    ],
)
def test_a_band_holds_the_amount_between_edges(
    low: int | None, high: int | None, band: tuple[int, int | None] | None
) -> None:
    need = dataclasses.replace(NEED_A, amount_low_minor=low, amount_high_minor=high)
    found = band_of(need)
    assert (None if found is None else (found.low_minor, found.high_minor)) == band
