from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from data.catalogue import Catalogue
from data.errors import ArgumentError, DateRangeError, DuplicateIdError, EmptyInputError
from data.records import Base, Event, EventKind, Firm, Need, NeedKind, Offer, Record
from eval.protocol import EvaluationSet, Protocol, printed_ids

CatalogueMaker = Callable[..., Catalogue]
RecordMaker = Callable[..., list[Record]]


def positives(found: EvaluationSet) -> dict[str, list[str]]:
    return {
        query: [found.candidate_ids[c] for c in found.positives.of(row).tolist()]
        for row, query in enumerate(found.query_ids)
    }


def excluded(found: EvaluationSet) -> dict[str, list[str]]:
    return {
        query: [found.candidate_ids[c] for c in found.excluded.of(row).tolist()]
        for row, query in enumerate(found.query_ids)
    }


def test_queries_are_the_rounds_with_a_new_candidate_by_date_and_firm(small_set: EvaluationSet):
    assert small_set.query_ids == ("e@2020-01-01", "b@2020-03-01", "d@2020-03-01", "e@2020-07-01")
    assert [str(day) for day in small_set.dates] == [
        "2020-01-01",
        "2020-03-01",
        "2020-03-01",
        "2020-07-01",
    ]


def test_candidates_have_enough_rounds_before_the_split(small_set: EvaluationSet):
    assert small_set.candidate_ids == ("x", "y")
    assert small_set.n_rounds.tolist() == [3, 2]  # z has one round and stays out


def test_positives_are_new_links_to_candidates(small_set: EvaluationSet):
    assert positives(small_set) == {
        "e@2020-01-01": ["x", "y"],
        "b@2020-03-01": ["y"],
        "d@2020-03-01": ["x"],
        "e@2020-07-01": ["x"],  # new on the day of the split, so new for the whole window
    }


def test_earlier_institutions_are_excluded_and_z_is_no_candidate(small_set: EvaluationSet):
    assert excluded(small_set) == {
        "e@2020-01-01": [],
        "b@2020-03-01": ["x"],
        "d@2020-03-01": [],
        "e@2020-07-01": [],
    }


def test_cold_firms_have_nothing_before_the_split(small_set: EvaluationSet):
    # d has a round whose funder nobody disclosed: it is warm
    assert small_set.cold.tolist() == [True, False, False, True]


def test_firm_groups_follow_the_order_of_firm_keys(small_set: EvaluationSet):
    assert small_set.firm_groups.tolist() == [2, 0, 1, 2]  # b, d, e


def test_row_numbers_lead_back_to_the_records(
    small_set: EvaluationSet, make_catalogue: CatalogueMaker
):
    catalogue = make_catalogue()
    need, offer = small_set.need_rows[1], small_set.offer_rows[1]
    assert catalogue.needs.record(need).need_id == "need_b@2020-03-01"
    assert catalogue.offers.record(offer).offer_id == "offer_y"
    institution = small_set.institution_rows[1]
    assert catalogue.institutions.record(institution).institution_id == "inst_y"


def test_a_round_counts_once_for_a_candidate_however_often_it_is_told(
    make_records: RecordMaker, small_protocol: Protocol
):
    records = make_records()
    told_twice = [
        replace(record, event_id=record.event_id + "+")
        for record in records
        if isinstance(record, Event)
    ]
    found = EvaluationSet.from_catalogue(
        Catalogue.from_records([*records, *told_twice]), small_protocol
    )
    assert found.n_rounds.tolist() == [3, 2]
    assert found.candidate_ids == ("x", "y")


def test_an_event_without_need_belongs_to_the_need_of_its_day(
    make_records: RecordMaker, small_protocol: Protocol, small_set: EvaluationSet
):
    records = [
        replace(record, need_id=None) if isinstance(record, Event) else record
        for record in make_records()
    ]
    found = EvaluationSet.from_catalogue(Catalogue.from_records(records), small_protocol)
    assert positives(found) == positives(small_set)


def test_only_funded_events_are_links_but_any_event_makes_a_firm_known(
    make_records: RecordMaker, small_protocol: Protocol
):
    viewed = Event(
        event_id="event_view",
        kind=EventKind.VIEW,
        occurred_at=dt.datetime(2019, 6, 1, tzinfo=dt.UTC),
        firm_id="firm_e",
        offer_id="offer_x",
    )
    found = EvaluationSet.from_catalogue(
        Catalogue.from_records([*make_records(), viewed]), small_protocol
    )
    assert excluded(found)["e@2020-01-01"] == []
    assert not found.cold.any()


def test_an_implied_need_makes_no_firm_known(make_records: RecordMaker, small_protocol: Protocol):
    implied = Need(
        need_id="need_implied",
        firm_id="firm_e",
        kind=NeedKind.EQUITY,
        stated_on=dt.date(2019, 1, 1),
        implied=True,
    )
    found = EvaluationSet.from_catalogue(
        Catalogue.from_records([*make_records(), implied]), small_protocol
    )
    assert found.cold.tolist() == [True, False, False, True]


def test_the_need_of_a_base_is_no_query(make_records: RecordMaker, small_protocol: Protocol):
    records = [
        *make_records(),
        Base(base_id="base_1", name="base"),
        Need(
            need_id="need_base",
            base_id="base_1",
            kind=NeedKind.DEBT,
            stated_on=dt.date(2020, 5, 5),
        ),
    ]
    found = EvaluationSet.from_catalogue(Catalogue.from_records(records), small_protocol)
    assert found.n_queries == 4
    assert found.cold.sum() == 2


def test_money_that_comes_after_the_need_counts_for_it(
    make_records: RecordMaker, small_protocol: Protocol
):
    """In a catalogue of one's own the money follows the need by weeks."""
    records = []
    for record in make_records():
        if isinstance(record, Event):
            record = replace(record, occurred_at=record.occurred_at + dt.timedelta(days=10))
        records.append(record)
    found = EvaluationSet.from_catalogue(Catalogue.from_records(records), small_protocol)
    assert positives(found)["d@2020-03-01"] == ["x"]


def test_money_after_the_window_does_not_count(make_records: RecordMaker):
    records = []
    for record in make_records():
        if isinstance(record, Event) and record.event_id == "event_d@2020-03-01~x":
            record = replace(record, occurred_at=dt.datetime(2021, 1, 2, tzinfo=dt.UTC))
        records.append(record)
    protocol = Protocol(dt.date(2020, 1, 1), dt.date(2020, 12, 31), min_rounds=2)
    found = EvaluationSet.from_catalogue(Catalogue.from_records(records), protocol)
    assert "d@2020-03-01" not in found.query_ids


def test_two_offers_of_one_institution_are_two_documents(
    make_records: RecordMaker, small_protocol: Protocol
):
    records = [
        replace(record, institution_id="inst_x") if isinstance(record, Offer) else record
        for record in make_records()
    ]
    found = EvaluationSet.from_catalogue(Catalogue.from_records(records), small_protocol)
    assert found.n_candidates == 2
    assert len(set(found.institution_rows.tolist())) == 1


def test_printed_ids_join_blanks_and_fall_back_to_the_own_id():
    firms = [
        Firm(firm_id="firm_1", name="a", source_key=" Acme   Corp "),
        Firm(firm_id="firm_2", name="b"),
        Firm(firm_id="firm_3", name="c", source_key="same"),
        Firm(firm_id="firm_4", name="d", source_key="same"),
    ]
    printed = printed_ids(Catalogue.from_records(firms).firms)
    assert printed == ("Acme_Corp", "firm_2", "firm_3", "firm_4")


def test_printed_ids_that_stay_equal_are_refused():
    firms = [Firm(firm_id="firm 1", name="a"), Firm(firm_id="firm_1", name="b")]
    with pytest.raises(DuplicateIdError, match="print as 'firm_1'"):
        printed_ids(Catalogue.from_records(firms).firms)


def test_the_window_may_not_end_before_it_starts():
    with pytest.raises(DateRangeError, match="on or after its start 2020-01-01; got 2019-12-31"):
        Protocol(dt.date(2020, 1, 1), dt.date(2019, 12, 31))


def test_min_rounds_must_be_positive():
    with pytest.raises(ArgumentError, match="positive integer; got 0"):
        Protocol(dt.date(2020, 1, 1), dt.date(2020, 12, 31), min_rounds=0)


@pytest.mark.parametrize("split_at", [dt.date(2018, 1, 1), dt.date(2021, 1, 2)])
def test_a_split_outside_the_data_says_what_it_covers(
    make_catalogue: CatalogueMaker, split_at: dt.date
):
    protocol = Protocol(split_at, dt.date(2022, 1, 1), min_rounds=1)
    with pytest.raises(DateRangeError, match="covers 2018-01-01 to 2021-01-01; got") as caught:
        EvaluationSet.from_catalogue(make_catalogue(), protocol)
    assert caught.value.field == "split_at"
    assert caught.value.remedy


def test_a_window_without_positives_says_what_the_data_covers(make_catalogue: CatalogueMaker):
    protocol = Protocol(dt.date(2020, 8, 1), dt.date(2020, 9, 1), min_rounds=2)
    with pytest.raises(EmptyInputError, match="the data covers 2018-01-01 to 2021-01-01"):
        EvaluationSet.from_catalogue(make_catalogue(), protocol)


def test_no_candidate_says_how_many_rounds_the_best_has(make_catalogue: CatalogueMaker):
    protocol = Protocol(dt.date(2020, 1, 1), dt.date(2020, 12, 31), min_rounds=4)
    with pytest.raises(EmptyInputError, match=r"the 4 rounds before 2020-01-01 .* most is 3"):
        EvaluationSet.from_catalogue(make_catalogue(), protocol)


def test_data_without_links_is_refused(make_records: RecordMaker, small_protocol: Protocol):
    records = [record for record in make_records() if not isinstance(record, Event)]
    with pytest.raises(EmptyInputError, match="no funded event"):
        EvaluationSet.from_catalogue(Catalogue.from_records(records), small_protocol)


def test_the_future_changes_neither_candidates_nor_exclusions(
    make_records: RecordMaker, small_set: EvaluationSet, small_protocol: Protocol
):
    future = [
        ("b", "2020-05-01", "x y z"),
        ("e", "2020-05-01", "z"),
        ("d", "2020-06-01", "z y"),
    ]
    rounds = [*make_records(), *make_records(future)]
    by_id = {
        getattr(record, next(iter(record.__slots__))): record for record in rounds
    }  # firms and offers of both worlds are the same records
    found = EvaluationSet.from_catalogue(Catalogue.from_records(by_id.values()), small_protocol)
    assert found.candidate_ids == small_set.candidate_ids
    assert found.n_rounds.tolist() == small_set.n_rounds.tolist()
    assert excluded(found)["b@2020-03-01"] == excluded(small_set)["b@2020-03-01"]
    assert positives(found)["b@2020-05-01"] == ["y"]
    assert not found.cold[found.query_ids.index("d@2020-06-01")]
