"""Nothing dated on or after the split reaches a baseline; what came before does."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.records import Event, EventKind, Firm, Need, NeedKind
from eval.baselines.fitting import fit_baselines
from eval.baselines.registry import BASELINES
from features.history import Interactions

SPLIT_AT = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def scores_by_name(evaluation_set, records):
    """Fit every baseline on a catalogue of ``records`` and score the queries of the set."""
    interactions = Interactions.from_catalogue(Catalogue.from_records(records))
    settings = {name: small_settings(name) for name in BASELINES}
    fitted = fit_baselines(evaluation_set, interactions, settings=settings)
    everybody = np.arange(evaluation_set.n_queries)
    return {method.name: method.score(everybody) for method in fitted.methods}


def small_settings(name):
    """Return the defaults with room for the few tokens of a small world."""
    settings = BASELINES[name].settings_type()
    changes = {}
    if hasattr(settings, "attributes"):
        changes["attributes"] = dataclasses.replace(settings.attributes, min_count=1)
    if hasattr(settings, "factors"):
        changes["factors"] = 8
    return dataclasses.replace(settings, **changes)


def later(record):
    """Say whether a record is an event on or after the split."""
    return isinstance(record, Event) and record.occurred_at >= SPLIT_AT


def funders_exchanged(records, pick):
    """Let every event that ``pick`` chooses name the funder of the other colour."""
    swapped = {f"offer_i{k}": f"offer_i{k ^ 1}" for k in range(8)}
    return [
        dataclasses.replace(record, offer_id=swapped[record.offer_id]) if pick(record) else record
        for record in records
    ]


def flooded(records):
    """Add a firm of unheard attributes that i7 funds every day of the window."""
    added = [Firm(firm_id="firm_zz", name="zz", province="月球", sectors=("氦三",))]
    for k in range(300):
        day = SPLIT_AT + dt.timedelta(days=k)
        added += [
            Need(
                need_id=f"need_zz{k}",
                firm_id="firm_zz",
                kind=NeedKind.DEBT,
                stated_on=day.date(),
                stage="late",
            ),
            Event(
                event_id=f"event_zz{k}",
                kind=EventKind.FUNDED,
                occurred_at=day,
                firm_id="firm_zz",
                offer_id="offer_i7",
                need_id=f"need_zz{k}",
            ),
        ]
    return [*records, *added]


@pytest.fixture(scope="module")
def honest(checkerboard):
    return scores_by_name(checkerboard.evaluation_set, checkerboard.records)


@pytest.mark.parametrize(
    "corrupt",
    [
        lambda records: [record for record in records if not later(record)],
        lambda records: funders_exchanged(records, later),
        flooded,
    ],
    ids=["deleted", "exchanged", "flooded"],
)
def test_what_happens_from_the_split_on_changes_no_score(checkerboard, honest, corrupt):
    scores = scores_by_name(checkerboard.evaluation_set, corrupt(checkerboard.records))
    assert scores.keys() == honest.keys()
    for name, expected in honest.items():
        np.testing.assert_array_equal(scores[name], expected, err_msg=name)


def test_what_happened_before_the_split_changes_every_score(checkerboard, honest):
    """The test above would be worth nothing if the scores never changed."""
    exchanged = funders_exchanged(
        checkerboard.records, lambda record: isinstance(record, Event) and not later(record)
    )
    scores = scores_by_name(checkerboard.evaluation_set, exchanged)
    for name, expected in honest.items():
        assert not np.array_equal(scores[name], expected), name
