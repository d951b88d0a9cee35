"""Point in time: nothing dated on or after the split reaches a feature."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from data.records import Event, Institution, Need, Record

from .conftest import SPLIT, build, camp_records, link, need

ASKED = "need_1@2020-02-01"


def computed(records: Sequence[Record]) -> np.ndarray:
    """Fit on ``records`` before the split and compute the pairs of one later need."""
    world = build(records)
    rows = world.catalogue.needs.ids.rows([ASKED])
    batch = world.features.encode(world.interactions.queries.take(rows))
    n = len(world.features.items_)
    return world.features.compute(batch, np.zeros(n, np.int64), np.arange(n))


@pytest.fixture
def later() -> list[Record]:
    """What happens from the split on: the need's own deal among it."""
    asked = next(r for r in camp_records() if isinstance(r, Need) and r.need_id == ASKED)
    other = need(2, SPLIT)
    return [link(asked, "offer_0"), other, link(other, "offer_1"), need(4, dt.date(2021, 1, 1))]


@pytest.mark.parametrize("declares", [False, True])
def test_deleting_what_comes_later_changes_no_bit(later, declares):
    records = camp_records(declares=declares)
    with_later, without = computed([*records, *later]), computed(records)
    assert with_later.tobytes() == without.tobytes()


@pytest.mark.parametrize("declares", [False, True])
def test_corrupting_what_comes_later_changes_no_bit(later, declares):
    records = camp_records(declares=declares)
    corrupted = [
        replace(r, offer_id="offer_3") if isinstance(r, Event) else replace(r, amount_low_minor=1)
        for r in later
    ]
    assert computed([*records, *corrupted]).tobytes() == computed([*records, *later]).tobytes()


def test_what_an_institution_declares_later_changes_no_bit():
    """A profile that was crawled after the split is look-ahead."""
    records = camp_records()
    told = [
        replace(r, sectors=("芯片",), city="苏州市", declared_on=SPLIT)
        if isinstance(r, Institution)
        else r
        for r in records
    ]
    assert computed(told).tobytes() == computed(records).tobytes()
    earlier = [
        replace(r, declared_on=SPLIT - dt.timedelta(days=1)) if isinstance(r, Institution) else r
        for r in told
    ]
    assert computed(earlier).shape != computed(records).shape, "in time, it is used"
