"""Firm history: what a query may see of its firm's past."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue import NO_ROW, Catalogue, IdMap
from data.errors import ArgumentError
from data.records import Base, Need, NeedKind
from features.firm_history import FirmHistory
from features.queries import Queries

from .conftest import firm, need

FIRMS = [f"firm_{number}" for number in range(4)]
DAY = st.integers(0, 20)


def day(number: int) -> np.datetime64:
    return np.datetime64("2019-01-01") + number


def history_of(
    rounds: list[tuple[int, int]], links: list[tuple[int, int, int]], *, n_items: int = 3
) -> FirmHistory:
    """Build a history from (day, firm) rounds and (day, firm, item) links."""
    rounds, links = sorted(rounds), sorted(links)
    return FirmHistory.from_rounds(
        IdMap(FIRMS, label="firm_id"),
        round_firms=np.array([f for _, f in rounds], np.int64),
        round_days=np.array([day(d) for d, _ in rounds], "datetime64[D]"),
        link_firms=np.array([f for _, f, _ in links], np.int64),
        link_items=np.array([i for _, _, i in links], np.int64),
        link_days=np.array([day(d) for d, _, _ in links], "datetime64[D]"),
        n_items=n_items,
    )


def queries_of(asked: list[tuple[int, int]]) -> Queries:
    """Build queries of (day, firm); firm -1 is one that nobody knows."""
    start = dt.date(2019, 1, 1)
    records = [firm(number) for number in range(len(FIRMS))]
    records += [
        need(max(f, 0), start + dt.timedelta(days=d), need_id=f"need_{at}")
        for at, (d, f) in enumerate(asked)
    ]
    found = Queries.from_catalogue(Catalogue.from_records(records))
    rows = np.array([f for _, f in asked], np.int64)
    return Queries(**{**vars(found), "firm_rows": rows})


@given(
    rounds=st.lists(st.tuples(DAY, st.integers(0, 3)), max_size=12),
    links=st.lists(
        st.tuples(DAY, st.integers(0, 3), st.integers(0, 2)),
        max_size=12,
        unique_by=lambda found: found[1:],
    ),
    asked=st.lists(st.tuples(DAY, st.integers(-1, 3)), min_size=1, max_size=6),
)
def test_it_answers_as_looking_through_every_round_does(rounds, links, asked):
    history, queries = history_of(rounds, links), queries_of(asked)
    counts, days = history.last_round_days(queries)
    earlier = history.earlier_items_of(queries).toarray()
    for at, (when, who) in enumerate(asked):
        before = [d for d, f in rounds if f == who and d < when]
        assert counts[at] == len(before)
        assert days[at] == when - max(before) if before else np.isnan(days[at])
        had = {i for d, f, i in links if f == who and d < when}
        assert set(np.flatnonzero(earlier[at]).tolist()) == had


def test_a_round_of_the_same_day_is_not_past():
    counts, days = history_of([(5, 0)], []).last_round_days(queries_of([(5, 0), (6, 0)]))
    assert counts.tolist() == [0, 1]
    assert np.isnan(days[0])
    assert days[1] == 1


def test_firms_without_a_past_are_left_out_and_the_others_keep_theirs():
    history = history_of([(1, 1), (2, 3)], [(1, 1, 2)])
    kept = history.of_known_firms()
    assert kept.firm_ids.ids == ("firm_1", "firm_3")
    queries = queries_of([(9, 1), (9, 3)])
    renumbered = Queries(
        **{**vars(queries), "firm_rows": np.array([0, 1]), "firm_ids": kept.firm_ids}
    )
    assert kept.last_round_days(renumbered)[0].tolist() == [1, 1]
    assert kept.earlier_items_of(renumbered).toarray().tolist() == [[0, 0, 1], [0, 0, 0]]


def test_no_firm_at_all_has_no_past():
    empty = FirmHistory.from_rounds(
        IdMap([], label="firm_id"),
        round_firms=np.empty(0, np.int64),
        round_days=np.empty(0, "datetime64[D]"),
        link_firms=np.empty(0, np.int64),
        link_items=np.empty(0, np.int64),
        link_days=np.empty(0, "datetime64[D]"),
        n_items=2,
    )
    queries = queries_of([(1, -1)])
    assert empty.last_round_days(queries)[0].tolist() == [0]
    assert empty.earlier_items_of(queries).shape == (1, 2)


def test_queries_of_another_numbering_are_refused(camps):
    other = Queries.from_catalogue(Catalogue.from_records([firm(1), need(1, dt.date(2020, 2, 1))]))
    with pytest.raises(ArgumentError, match="another numbering"):
        camps.features.encode(other)


def test_a_newer_store_and_an_unknown_firm_are_read_with_the_numbering_of_the_features(camps):
    numbering = camps.features.firm_history_.firm_ids
    asks = [need(1, dt.date(2020, 2, 1)), need(99, dt.date(2020, 2, 1))]
    store = Catalogue.from_records([firm(99), firm(1), *asks])
    queries = Queries.from_catalogue(store, firm_ids=numbering)
    assert queries.firm_rows.tolist() == [numbering.get_row("firm_1"), NO_ROW]
    batch = camps.features.encode(queries)
    assert batch.n_earlier.tolist() == [2, 0]
    known = camps.interactions.queries
    asked = camps.catalogue.needs.ids.rows(["need_1@2020-02-01"])
    same = camps.features.encode(known.take(asked))
    np.testing.assert_array_equal(batch.vectors[0], same.vectors[0])


def test_the_need_of_a_base_knows_its_place_and_has_no_past(camps):
    base = Base(base_id="base_1", name="基地", city="苏州市", province="江苏省")
    asks = Need(
        need_id="need_b", base_id="base_1", kind=NeedKind.DEBT, stated_on=dt.date(2020, 2, 1)
    )
    queries = Queries.from_catalogue(
        Catalogue.from_records([base, asks]), firm_ids=camps.features.firm_history_.firm_ids
    )
    assert queries.firm_rows.tolist() == [NO_ROW]
    assert queries.tokens["city"].lists() == [["苏州市"]]
    assert queries.tokens["base"].lists() == [["base_1"]]
    batch = camps.features.encode(queries)
    values = camps.features.compute(batch, np.zeros(4, np.int64), np.arange(4))
    assert values.shape == (4, len(camps.features.features))


def test_history_and_records_agree_on_earlier_items(camps):
    queries = camps.interactions.queries
    asked = queries.take(camps.catalogue.needs.ids.rows(["need_1@2020-02-01"]))
    earlier = camps.history.earlier_items_of(asked)
    assert set(earlier.indices.tolist()) == set(camps.items("offer_1", "offer_3").tolist())
