"""Shown lists: kept with their impressions, replayed, and forgotten with the firm."""

from __future__ import annotations

import datetime as dt

import pytest

from data.errors import DuplicateIdError, StoreError, UnknownIdError
from data.records import Event, EventKind, Firm
from data.shown import Showing, ShownList
from data.store import Store

AT = dt.datetime(2026, 7, 1, 9, 30, 15, 250_000, tzinfo=dt.UTC)


def showing(number: int, *, firm_id: str = "firm_a", at: dt.datetime = AT) -> Showing:
    key = f"rec_{number}"
    shown = ShownList(
        recommendation_id=key,
        shown_at=at,
        organisation_id="org_a",
        person_id="person_a",
        side="firm",
        firm_id=firm_id,
        need_id="need_a",
        bundle="b1",
        model_version="m1",
        content={"items": [{"offer_id": f"offer_{i}", "score": 91.5 - i} for i in range(3)]},
    )
    impressions = tuple(
        Event(
            event_id=f"{key}_{i}",
            kind=EventKind.IMPRESSION,
            occurred_at=at,
            firm_id=firm_id,
            offer_id=f"offer_{i}",
            recommendation_id=key,
            position=i + 1,
            model_version="m1",
        )
        for i in range(3)
    )
    return Showing(shown=shown, impressions=impressions)


def test_a_list_comes_back_as_it_was_shown(store: Store):
    one, two = showing(1), showing(2, at=AT + dt.timedelta(seconds=1))
    store.shown.add([one, two])
    assert store.shown.get("rec_1") == one.shown
    assert tuple(store.shown.impressions_of("rec_2")) == two.impressions
    assert store.shown.find("rec_3") is None
    with pytest.raises(UnknownIdError):
        store.shown.get("rec_3")


def test_it_is_known_who_saw_a_list(store: Store):
    store.shown.add([showing(1), showing(2)])
    assert store.shown.owners(["rec_2", "rec_3", "rec_2"]) == {"rec_2": "org_a"}
    assert store.shown.owners([]) == {}


def test_lists_of_an_organisation_come_latest_first_and_in_pages(store: Store):
    every = [showing(n, at=AT + dt.timedelta(minutes=n // 2)) for n in range(6)]
    store.shown.add(list(every))
    store.shown.add([])
    first = store.shown.of_organisation("org_a", n=4)
    last = first[-1]
    rest = store.shown.of_organisation("org_a", before=(last.shown_at, last.recommendation_id))
    ids = [one.recommendation_id for one in (*first, *rest)]
    assert ids == ["rec_5", "rec_4", "rec_3", "rec_2", "rec_1", "rec_0"]
    assert store.shown.of_organisation("org_b") == []


def test_a_list_is_kept_whole_or_not_at_all(store: Store):
    store.shown.add([showing(1)])
    with pytest.raises((DuplicateIdError, StoreError)):
        store.shown.add([showing(2), showing(1)])
    assert store.shown.find("rec_2") is None
    assert store.shown.impressions_of("rec_2") == []


def test_lists_and_impressions_go_with_the_firm(store: Store):
    store.upsert(Firm, [Firm(firm_id="firm_a", name="A"), Firm(firm_id="firm_b", name="B")])
    store.shown.add([showing(1), showing(2, firm_id="firm_b")])
    store.erase_firm("firm_a", erased_at=AT, reason="asked")
    assert store.shown.find("rec_1") is None
    assert store.shown.impressions_of("rec_1") == []
    assert store.shown.find("rec_2") is not None
