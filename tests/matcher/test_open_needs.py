"""Open needs and who states them, on hand-made stores."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from data.catalogue import NO_ROW, Catalogue, IdMap
from data.errors import ArgumentError, UnknownIdError
from data.records import Base, BaseLevel, Event, EventKind, Firm, Need, NeedKind, Offer
from features.links import Links
from matcher.open_needs import NeedBook, OpenNeeds, usual_kind
from matcher.seeker import SeekerReader, said

ON = dt.date(2021, 6, 1)
DAY = np.datetime64(ON)


def need(need_id: str, day: str, firm_id: str | None = "f1", **fields) -> Need:
    made = {"kind": NeedKind.DEBT, "stated_on": dt.date.fromisoformat(day), "firm_id": firm_id}
    return Need(need_id=need_id, **{**made, **fields})


def funded(need_id: str, day: str, firm_id: str = "f1") -> Event:
    at = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    return Event(
        event_id=f"e_{need_id}_{day}",
        kind=EventKind.FUNDED,
        occurred_at=at,
        firm_id=firm_id,
        offer_id="o1",
        need_id=need_id,
    )


FIRMS = [
    Firm(firm_id="f1", name="一", base_id="b1", sectors=("芯片",), description="做芯片"),
    Firm(firm_id="f2", name="二", base_id="b_gone"),
    Firm(firm_id="f3", name="三", founded_on=dt.date(2022, 1, 1)),
]
BASES = [Base(base_id="b1", name="基地", level=BaseLevel.NATIONAL, city="苏州市")]
OFFER = Offer(offer_id="o1", institution_id="i", name="贷", kind=NeedKind.DEBT)


def store(*records) -> tuple[Catalogue, NeedBook]:
    catalogue = Catalogue.from_records([*FIRMS, *BASES, OFFER, *records])
    return catalogue, NeedBook.from_catalogue(catalogue, Links.from_catalogue(catalogue))


def open_ids(*records, on: dt.date = ON) -> list[str]:
    catalogue, book = store(*records)
    return [catalogue.needs.ids.ids[row] for row in book.open_rows(np.datetime64(on))]


def test_the_latest_need_of_each_firm_and_base_is_open():
    of_base = need("n_b", "2021-01-01", None, base_id="b1")
    found = open_ids(need("n1", "2021-01-01"), need("n2", "2021-05-01"), of_base)
    assert found == ["n2", "n_b"]


def test_a_need_is_open_from_its_day_until_it_is_funded():
    stated = (need("n1", "2021-05-01"), funded("n1", "2021-06-01"))
    assert open_ids(*stated, on=dt.date(2021, 4, 30)) == []
    assert open_ids(*stated, on=dt.date(2021, 5, 1)) == ["n1"]
    assert open_ids(*stated, on=dt.date(2021, 5, 31)) == ["n1"]
    assert open_ids(*stated, on=dt.date(2021, 6, 1)) == []


def test_an_earlier_need_is_open_again_once_the_latest_is_funded():
    found = open_ids(need("n1", "2021-01-01"), need("n2", "2021-05-01"), funded("n2", "2021-05-20"))
    assert found == ["n1"]


def test_the_first_funding_closes_a_need():
    catalogue, book = store(
        need("n1", "2021-01-01"), funded("n1", "2021-03-01"), funded("n1", "2021-02-01")
    )
    assert book.funded_on[catalogue.needs.ids.get_row("n1")] == np.datetime64("2021-02-01")


def test_what_one_firm_has_open_is_what_all_have_open():
    catalogue, book = store(
        need("n1", "2021-01-01"), need("n2", "2021-05-01", "f2"), need("n3", "2021-05-02", "f2")
    )
    every = set(book.open_rows(DAY).tolist())
    alone = {book.find_open(row, DAY) for row in range(len(catalogue.firms))} - {None}
    assert every == alone


def test_firms_without_an_open_need_have_an_implied_one(served):
    features, catalogue = served.model.features, served.catalogue
    book = NeedBook.from_catalogue(catalogue, served.interactions.links)
    on = dt.date(2026, 7, 1)
    needs = OpenNeeds.on_day(catalogue, book, features, on=on)
    stated = OpenNeeds.on_day(catalogue, book, features, on=on, include_implied=False)
    assert needs.implied.sum() == len(needs) - len(stated)
    assert set(needs.firm_rows[needs.firm_rows != NO_ROW].tolist()) == set(
        range(len(catalogue.firms))
    )
    first = int(np.flatnonzero(needs.implied)[0])
    record, firm = needs.records(first)
    assert record.implied
    assert record.need_id == f"implied_{firm.firm_id}"
    assert record.stated_on == on
    assert record.kind == usual_kind(catalogue)


def test_shares_of_open_needs_are_those_of_the_content_model(served):
    features = served.model.features
    book = NeedBook.from_catalogue(served.catalogue, served.interactions.links)
    needs = OpenNeeds.on_day(served.catalogue, book, features, on=dt.date(2026, 7, 1))
    some = np.arange(5)
    batch = features.encode(needs.queries.take(some))
    expected = (batch.content_scores - batch.content_log_total)[:, 7]
    np.testing.assert_allclose(needs.log_shares(features, 7)[some], expected, atol=1e-4)


def test_a_firm_that_does_not_exist_yet_asks_for_nothing(served):
    catalogue, book = store(need("n1", "2021-05-01"))
    features = served.model.features
    found = OpenNeeds.on_day(catalogue, book, features, on=ON)
    assert [catalogue.firms.ids.ids[row] for row in found.firm_rows] == ["f1", "f2"]


def reader(*records) -> SeekerReader:
    catalogue, book = store(*records)
    return SeekerReader(catalogue, book, IdMap(["f2", "f1"], label="firm_id"))


def test_a_need_is_read_with_its_firm_and_the_firms_base():
    asking = reader(need("n1", "2021-05-01", purpose="周转", text="要钱")).read("n1", on=ON)
    assert asking.firm == FIRMS[0]
    assert asking.base == BASES[0]
    assert asking.query.firm_rows.tolist() == [1], "numbered as the features number firms"
    assert asking.firm_row == 0, "numbered as the store does"
    assert asking.query.asked.base_level.lists() == [["national"]]
    assert asking.text == "周转 要钱 芯片 做芯片"
    assert said(asking.need, None) == "周转 要钱"


def test_a_firm_asks_by_its_open_need_else_by_an_implied_one():
    both = reader(
        need("n1", "2021-05-01"), need("n2", "2021-01-01", "f2"), funded("n2", "2021-02-01", "f2")
    )
    assert both.read("f1", on=ON).need.need_id == "n1"
    implied = both.read("f2", on=ON)
    assert implied.need.implied
    assert implied.need.need_id == "implied_f2"
    assert implied.base is None, "its base is not in the store"


def test_firms_and_needs_of_no_store_are_read_as_they_are():
    someone = Firm(firm_id="f_new", name="新", city="苏州市")
    asks = need("n_new", "2021-05-30", "f_new", kind=NeedKind.EQUITY)
    asking = reader().read((someone, asks), on=ON)
    assert asking.query.firm_rows.tolist() == [NO_ROW]
    assert asking.firm_row == NO_ROW
    assert asking.query.tokens["city"].lists() == [["苏州市"]]
    assert reader().read(someone, on=ON).need.implied
    assert reader().read(need("n9", "2021-05-30"), on=ON).firm == FIRMS[0]


def test_a_base_asks_for_itself():
    asking = reader(need("n_b", "2021-05-01", None, base_id="b1")).read("n_b", on=ON)
    assert asking.firm is None
    assert asking.base == BASES[0]
    assert asking.query.tokens["city"].lists() == [["苏州市"]]
    assert asking.query.asked.base_level.lists() == [["national"]]


def test_ids_that_nobody_has_are_told():
    with pytest.raises(UnknownIdError, match="no need and no firm 'x'"):
        reader().read("x", on=ON)
    with pytest.raises(UnknownIdError, match="f_gone"):
        reader().read(need("n", "2021-01-01", "f_gone"), on=ON)
    with pytest.raises(UnknownIdError, match="b_gone"):
        reader().read(need("n", "2021-01-01", None, base_id="b_gone"), on=ON)


def test_a_need_of_another_firm_is_refused():
    with pytest.raises(ArgumentError, match="belongs to 'f1'"):
        reader().read((FIRMS[1], need("n", "2021-01-01")), on=ON)


def test_the_usual_kind_is_the_one_asked_for_most():
    equity = {"kind": NeedKind.EQUITY}
    catalogue, _ = store(
        need("n1", "2021-01-01", **equity),
        need("n2", "2021-01-02", **equity),
        need("n3", "2021-01-03"),
    )
    assert usual_kind(catalogue) is NeedKind.EQUITY
    assert usual_kind(store()[0]) is NeedKind.DEBT
