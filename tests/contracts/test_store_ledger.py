"""The service ledger in every backend."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from data.audit import Entry
from data.errors import ConflictError, DuplicateIdError, UnknownIdError
from data.ledger import LedgerEntry, LedgerOutcome, Satisfaction
from data.records import Rating
from data.store import Store

NOON = dt.datetime(2026, 9, 1, 12, tzinfo=dt.UTC)
TODAY = NOON.date()
LOG = Entry(at=NOON, action="ledger.write", subject_type="ledger_entry")


def entry(entry_id: str = "entry_1", **changes: object) -> LedgerEntry:
    fields = {
        "entry_id": entry_id,
        "firm_id": "firm_a",
        "institution_id": "inst_x",
        "offer_id": "offer_x",
        "base_id": "base_1",
        "subject": "代理记账",
        "opened_on": TODAY,
        "opened_by": "person_1",
    }
    return LedgerEntry(**{**fields, **changes})  # type: ignore[arg-type]


def rating(score: int = 5, entry_id: str = "entry_1", **changes: object) -> Rating:
    fields = {
        "rating_id": f"rating_{entry_id}",
        "firm_id": "firm_a",
        "offer_id": "offer_x",
        "score": score,
        "rated_at": NOON,
    }
    return Rating(**{**fields, **changes})  # type: ignore[arg-type]


def close(store: Store, entry_id: str = "entry_1") -> None:
    store.ledger.close(entry_id, outcome=LedgerOutcome.COMPLETED, on=TODAY, by="p", log=LOG)


def test_an_entry_is_opened_closed_and_rated_in_this_order_once(store: Store) -> None:
    store.ledger.open(entry(), log=LOG)
    assert store.ledger.get("entry_1") == entry()
    with pytest.raises(DuplicateIdError):
        store.ledger.open(entry(), log=LOG)
    with pytest.raises(ConflictError, match="cannot be rated"):
        store.ledger.rate("entry_1", rating(), log=LOG)
    close(store)
    with pytest.raises(ConflictError, match="not open"):
        close(store)
    for foreign in (rating(firm_id="firm_b"), rating(offer_id="offer_y")):
        with pytest.raises(ConflictError):
            store.ledger.rate("entry_1", foreign, log=LOG)
    store.ledger.rate("entry_1", rating(), log=LOG)
    with pytest.raises(ConflictError):
        store.ledger.rate("entry_1", rating(1, rating_id="rating_2"), log=LOG)
    assert store.ratings_of(firm_id="firm_a") == [rating()]
    done = store.ledger.get("entry_1")
    assert done == dataclasses.replace(
        entry(),
        closed_on=TODAY,
        closed_by="p",
        outcome=LedgerOutcome.COMPLETED,
        rating_id="rating_entry_1",
    )
    assert len(store.audit.search()) == 3  # what was refused is not on record


def test_entries_are_found_by_firm_provider_and_base(store: Store) -> None:
    store.ledger.open(entry())
    store.ledger.open(entry("entry_2", firm_id="firm_b", institution_id="inst_y", base_id=None))
    close(store)

    def ids(**wanted: object) -> list[str]:
        return [one.entry_id for one in store.ledger.of(**wanted)]  # type: ignore[arg-type]

    assert ids() == ["entry_1", "entry_2"]
    assert ids(firm_id="firm_a") == ids(institution_id="inst_x") == ids(base_id="base_1")
    assert ids(open_only=True) == ids(after="entry_1", limit=1) == ["entry_2"]
    assert store.ledger.find("entry_9") is None
    with pytest.raises(UnknownIdError, match="no entry_id 'entry_9'"):
        store.ledger.get("entry_9")


def test_satisfaction_counts_each_rated_entry_once(store: Store) -> None:
    for number, score in enumerate((5, 4, 2)):
        key = f"entry_{number}"
        store.ledger.open(entry(key))
        close(store, key)
        store.ledger.rate(key, rating(score, key))
    store.ledger.open(entry("entry_8"))
    store.ledger.open(entry("entry_9", institution_id="inst_y", base_id="base_2"))
    store.upsert(Rating, [rating(1, rating_id="rating_of_nobody")])  # no entry, no vote
    about_x = Satisfaction(
        institution_id="inst_x",
        n=3,
        mean=(5 + 4 + 2) / 3,
        share_satisfied=2 / 3,
        n_open=1,
        n_closed=3,
    )
    about_y = Satisfaction(
        institution_id="inst_y", n=0, mean=None, share_satisfied=None, n_open=1, n_closed=0
    )
    assert store.ledger.satisfaction() == [about_x, about_y]
    assert store.ledger.satisfaction(["inst_x"]) == [about_x]
    assert store.ledger.satisfaction(base_id="base_2") == [about_y]
    assert store.ledger.satisfaction(["inst_z"]) == []
