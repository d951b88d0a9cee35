"""A world is the same for the same seed, whole, and independent of how it is read."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from data.catalogue import Catalogue
from data.demo import Preferences, generate
from data.errors import ArgumentError
from data.records import (
    Base,
    BaseKind,
    BaseLevel,
    Event,
    EventKind,
    Firm,
    Institution,
    Need,
    Offer,
    Rating,
)
from data.schema import schema_of
from data.validation import Status, validate

from .conftest import TODAY


def test_equal_arguments_give_equal_worlds(small):
    again = generate("small", seed=7, today=TODAY)
    assert again.catalogue().fingerprint() == small.catalogue.fingerprint()
    assert again.ratings.equals(small.world.ratings)


def test_another_seed_gives_another_world(small):
    other = generate("small", seed=8, today=TODAY)
    assert other.catalogue().fingerprint() != small.catalogue.fingerprint()


@pytest.mark.parametrize("batch_rows", [1_000, 777])
def test_the_content_does_not_depend_on_the_batches(small, batch_rows):
    parts: dict[type, list[pa.Table]] = {}
    for kind, table in small.world.tables(batch_rows=batch_rows):
        assert len(table) <= batch_rows
        parts.setdefault(kind, []).append(table)
    parts.pop(Rating)
    rebuilt = Catalogue.from_tables({k: pa.concat_tables(v) for k, v in parts.items()})
    assert rebuilt.fingerprint() == small.catalogue.fingerprint()


def test_tables_come_in_an_order_in_which_references_resolve(small):
    order = list(dict.fromkeys(kind for kind, _ in small.world.tables()))
    assert order == [Base, Institution, Offer, Firm, Need, Event, Rating]
    for kind, table in small.world.tables():
        assert table.schema.equals(schema_of(kind))


def test_the_world_passes_every_check_of_validation(small):
    report = validate(small.catalogue, today=TODAY)
    assert {result.name for result in report.results if result.status is not Status.PASS} == set()


def test_bases_have_every_level_and_kind(small):
    side = small.catalogue.bases
    bases = [side.record(row) for row in range(len(side))]
    assert {b.level for b in bases} == set(BaseLevel)
    assert {b.kind for b in bases} == set(BaseKind)
    assert all(b.focus_sectors and b.operator and b.province == "江苏省" for b in bases)


def test_the_preferences_shape_the_events():
    blind = generate(60, seed=3, today=TODAY, preferences=Preferences(view_intercept=-30.0))
    kinds = set(blind.catalogue().events.table.column("kind").to_pylist())
    assert kinds == {EventKind.IMPRESSION}
    assert len(blind.ratings) == 0


def test_the_smallest_world_is_whole():
    world = generate((20, 20), seed=0, today=dt.date(2025, 1, 1))
    catalogue = world.catalogue()
    assert len(catalogue.firms) == len(catalogue.offers) == 20
    assert len(catalogue.needs) > 20


def test_a_part_of_a_large_world_reads_like_the_whole():
    world = generate(12_000, seed=1, today=TODAY)
    tables = world.tables(batch_rows=500)
    first = {}
    for kind, table in tables:
        first.setdefault(kind, table)
        if kind is Need:
            break
    names = first[Firm].column("name").to_pylist()
    assert len(set(names)) == len(names) == 500
    assert len(first[Institution]) == 500


def test_bad_arguments_say_what_to_do(small):
    with pytest.raises(ArgumentError, match="seed"):
        generate("small", seed=-1, today=TODAY)
    with pytest.raises(ArgumentError, match="size"):
        generate("vast", seed=1, today=TODAY)
    with pytest.raises(ArgumentError, match="batch_rows"):
        next(small.world.tables(batch_rows=0))
