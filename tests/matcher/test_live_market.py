"""A market that follows changes answers as one that is built anew."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

import numpy as np
import pytest

from data.catalogue import NO_ROW, Catalogue
from data.errors import UnknownIdError
from data.records import (
    Base,
    Event,
    EventKind,
    Firm,
    Institution,
    Need,
    NeedKind,
    Offer,
    Record,
)
from data.rules.book import RuleBook
from data.rules.conditions import Bounds
from data.rules.effort import read_efforts
from data.rules.facts import Fact, FactBook, Figure
from data.rules.rule import Rule, Scope
from data.schema import ID_COLUMN, records_from_table
from matcher.edits import Edits, RebuildNeededError
from matcher.live_market import LiveMarket
from matcher.market import Market
from matcher.matcher import Matcher

from .serving import NOW, TODAY, Served

DAY = np.datetime64(NOW.date(), "D")
TYPES: tuple[type[Record], ...] = (Base, Firm, Need, Institution, Offer, Event)
N_ROUNDS = 6
EFFORTS = read_efforts()


@pytest.fixture(scope="module")
def base(served: Served) -> Market:
    """The market before anything changed."""
    return Market(served.model, served.catalogue)


def records_of(catalogue: Catalogue) -> dict[type[Record], dict[str, Record]]:
    return {
        side.record_type: dict(
            zip(side.ids.ids, records_from_table(side.record_type, side.table), strict=True)
        )
        for side in catalogue.sides()
    }


class World:
    """A store in memory: what it holds, and what was written since."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.records = records_of(served.catalogue)
        self.edits = Edits()
        self.facts: dict[str, tuple[Fact, ...]] = {}
        self.rules: list[Rule] = []

    def put(self, *records: Record) -> None:
        for record in records:
            self.records[type(record)][getattr(record, ID_COLUMN[type(record)])] = record
            self.edits = self.edits.and_then({type(record): [record]})

    def drop(self, kind: type[Record], key: str) -> None:
        del self.records[kind][key]
        gone: dict[type[Record], frozenset[str]] = {kind: frozenset({key})}
        self.edits = self.edits.and_then({}, gone)

    def state(self, subject_id: str, *facts: Fact) -> None:
        self.facts[subject_id] = facts
        self.edits = self.edits.and_then({}, facts={subject_id: facts})

    def rule(self, rule: Rule) -> None:
        self.rules.append(rule)
        self.edits = self.edits.and_then({}, book=RuleBook(self.rules))

    def live(self, base: Market, before: LiveMarket | None = None) -> LiveMarket:
        return LiveMarket(base, self.edits, before=before)

    def anew(self) -> Market:
        """Everything read again, rows sorted by id as the store returns them."""
        ordered = [self.records[kind][key] for kind in TYPES for key in sorted(self.records[kind])]
        facts = [fact for of_one in self.facts.values() for fact in of_one]
        return Market(
            self.served.model,
            Catalogue.from_records(ordered),
            book=RuleBook(self.rules) if self.rules else None,
            facts=FactBook(facts),
        )


@pytest.fixture
def world(served: Served) -> World:
    return World(served)


def assert_alike(live: Market, anew: Market, seekers: Iterable[str]) -> None:
    """Eligibility and features of every pair, and what is shown, are the same."""
    here = live.items.offer_ids.rows(anew.items.offer_ids.ids)
    assert (here != NO_ROW).all()
    assert len(live.items) - len(getattr(live, "_shut", ())) == len(anew.items)
    for seeker in seekers:
        asking, other = live.seekers.read(seeker, on=TODAY), anew.seekers.read(seeker, on=TODAY)
        assert (asking.need, asking.firm, asking.base) == (other.need, other.firm, other.base)
        facts = live.facts_of(asking, on=NOW.date())
        other_facts = anew.facts_of(other, on=NOW.date())
        table = live.rules.offers_for_facts(facts, on=DAY)
        other_table = anew.rules.offers_for_facts(other_facts, on=DAY)
        np.testing.assert_array_equal(table.answers[here], other_table.answers)
        np.testing.assert_array_equal(table.verdicts[here], other_table.verdicts)
        np.testing.assert_allclose(
            features_of(live, asking.query, here),
            features_of(anew, other.query, np.arange(len(here))),
            rtol=2e-5,
            atol=2e-5,
        )
        earlier = live.earlier_items(asking.firm_row, DAY)
        other_earlier = anew.earlier_items(other.firm_row, DAY)
        assert ids_of(live, earlier) == ids_of(anew, other_earlier)


def features_of(market: Market, query: object, items: np.ndarray) -> np.ndarray:
    features = market.model.features
    batch = features.encode(query)  # type: ignore[arg-type]
    return features.compute(batch, np.zeros_like(items), items)


def ids_of(market: Market, items: np.ndarray) -> set[str]:
    return {market.items.offer_ids.ids[item] for item in items.tolist()}


def assert_same_lists(live: Market, anew: Market, seekers: Iterable[str]) -> None:
    one, other = (Matcher.of_market(m, EFFORTS) for m in (live, anew))
    for seeker in seekers:
        shown = one.match(seeker, now=NOW, k=200, unblock=2)
        expected = other.match(seeker, now=NOW, k=200, unblock=2)
        assert [i.pair.score for i in shown.items] == pytest.approx(
            [i.pair.score for i in expected.items], abs=2e-3
        )
        assert {i.offer_id for i in shown.items} == {i.offer_id for i in expected.items}
        assert shown.listed.n_eligible == expected.listed.n_eligible
        reasons = {i.offer_id: i.explanation for i in shown.items}
        for item in expected.items:
            mine = reasons[item.offer_id]
            assert [r.text_en for r in mine.reasons] == [
                r.text_en for r in item.explanation.reasons
            ]


def assert_same_pipelines(live: Market, anew: Market, offers: Iterable[str]) -> None:
    for include_implied in (True, False):
        mine = live.open_needs(NOW.date(), include_implied=include_implied)
        theirs = anew.open_needs(NOW.date(), include_implied=include_implied)
        rows = mine.ids.rows(theirs.ids.ids)
        assert (rows != NO_ROW).all()
        held = (mine.firm_rows != NO_ROW) | (mine.base_rows != NO_ROW)
        assert np.count_nonzero(held) == len(theirs)
        np.testing.assert_allclose(mine.vectors[rows], theirs.vectors, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(mine.log_total[rows], theirs.log_total, rtol=1e-5, atol=1e-5)
        for place, row in enumerate(rows.tolist()):
            assert mine.records(row) == theirs.records(place)
        facts = live.facts_of_needs(mine, on=NOW.date())
        other = anew.facts_of_needs(theirs, on=NOW.date())
        for offer in offers:
            item, at = (m.items.offer_ids.get_row(offer) for m in (live, anew))
            table = live.rules.needs_for(item, facts, on=DAY, any_kind=mine.implied)
            expected = anew.rules.needs_for(at, other, on=DAY, any_kind=theirs.implied)
            np.testing.assert_array_equal(table.answers[rows], expected.answers)
            np.testing.assert_array_equal(table.verdicts[rows], expected.verdicts)
            assert not table.allowed()[~held].any()
            np.testing.assert_allclose(
                mine.log_shares(live.model.features, item)[rows],
                theirs.log_shares(anew.model.features, at),
                rtol=1e-4,
                atol=1e-4,
            )
            assert set(live.firms_of(item, DAY)) == {
                live.catalogue.firms.ids.get_row(anew.catalogue.firms.ids.ids[row])
                for row in anew.firms_of(at, DAY).tolist()
            }
    one, other_one = (Matcher.of_market(m, EFFORTS) for m in (live, anew))
    for offer in offers:
        shown = one.pipeline(offer, now=NOW, k=500)
        expected_list = other_one.pipeline(offer, now=NOW, k=500)
        assert {i.need_id for i in shown.items} == {i.need_id for i in expected_list.items}
        assert [i.pair.score for i in shown.items] == pytest.approx(
            [i.pair.score for i in expected_list.items], abs=2e-3
        )


def some(world: World, kind: type[Record], rng: np.random.Generator) -> Record:
    keys = sorted(world.records[kind])
    return world.records[kind][keys[int(rng.integers(len(keys)))]]


def new_offer(world: World, number: int, rng: np.random.Generator) -> Offer:
    like = some(world, Offer, rng)
    return dataclasses.replace(
        like,  # type: ignore[type-var]
        offer_id=f"offer_zz_{number:03d}",
        name=f"新产品{number}号",
        amount_max_minor=int(rng.integers(10, 90)) * 10_000_000,
    )


def edit(world: World, number: int, rng: np.random.Generator) -> None:
    """Write one random change, as a service's routes would."""
    edits = (edit_offers, edit_firms, edit_bases, edit_deals)
    edits[int(rng.integers(len(edits)))](world, number, rng)


def edit_offers(world: World, number: int, rng: np.random.Generator) -> None:
    choice = int(rng.integers(3))
    if choice == 0:
        world.put(new_offer(world, number, rng))
    elif choice == 1:
        offer = some(world, Offer, rng)
        bounds = {"amount_min_minor": None, "amount_max_minor": int(rng.integers(1, 50)) * 10**7}
        world.put(dataclasses.replace(offer, regions=("江苏省",), **bounds))  # type: ignore[type-var]
    else:
        institution = some(world, Institution, rng)
        world.put(dataclasses.replace(institution, city="无锡市", sectors=("软件",)))  # type: ignore[type-var]


def edit_firms(world: World, number: int, rng: np.random.Generator) -> None:
    choice, firm = int(rng.integers(4)), some(world, Firm, rng)
    assert isinstance(firm, Firm)
    if choice == 0:
        world.put(dataclasses.replace(firm, employees=int(rng.integers(400)), city="苏州市"))
    elif choice == 1:
        firm_id = f"firm_zz_{number:03d}"
        world.put(dataclasses.replace(firm, firm_id=firm_id, name="新企业"))
        if number % 2:
            add_need(world, number, firm_id)
    elif choice == 2:
        add_need(world, number, firm.firm_id)
    else:
        world.state(firm.firm_id, fact(firm.firm_id, int(rng.integers(90))))


def edit_bases(world: World, number: int, rng: np.random.Generator) -> None:
    base = some(world, Base, rng)
    assert isinstance(base, Base)
    if rng.random() < 0.5:
        need_id = f"need_zz_{number:03d}"
        kind = NeedKind.SERVICE
        world.put(Need(need_id=need_id, base_id=base.base_id, kind=kind, stated_on=TODAY))
    else:
        world.put(dataclasses.replace(base, city="常州市", name="改名的基地"))


def edit_deals(world: World, number: int, rng: np.random.Generator) -> None:
    world.put(funded(number, some(world, Need, rng), some(world, Offer, rng)))


def add_need(world: World, number: int, firm_id: str) -> None:
    world.put(
        Need(
            need_id=f"need_zz_{number:03d}",
            firm_id=firm_id,
            kind=NeedKind.DEBT,
            stated_on=TODAY,
            amount_low_minor=number * 10_000_000 + 1,
            amount_high_minor=number * 10_000_000 + 1,
            currency="CNY",
            purpose="流动资金",
        )
    )


def funded(number: int, need: Record, offer: Record) -> Event:
    assert isinstance(need, Need)
    assert isinstance(offer, Offer)
    return Event(
        event_id=f"event_zz_{number:03d}",
        kind=EventKind.FUNDED,
        occurred_at=dt.datetime(2026, 6, 30, tzinfo=dt.UTC),
        firm_id=need.firm_id or "firm_of_nobody",
        offer_id=offer.offer_id,
        need_id=need.need_id,
    )


def fact(subject_id: str, number: int) -> Fact:
    return Fact(
        subject_id=subject_id,
        name="employees",
        value=Figure(float(number)),
        known_on=dt.date(2026, 1, 1),
    )


@pytest.mark.parametrize("seed", range(3))
def test_random_edits_answer_as_a_market_built_anew(base: Market, world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    live: LiveMarket | None = None
    number = 0
    for _ in range(N_ROUNDS):
        for _ in range(int(rng.integers(1, 5))):
            number += 1
            edit(world, number, rng)
        live = world.live(base, live)
        live.open_needs(NOW.date(), include_implied=True)
    assert live is not None
    anew = world.anew()
    firms, needs = sorted(world.records[Firm]), sorted(world.records[Need])
    of_firms = [n for n in needs if world.records[Need][n].firm_id]  # type: ignore[attr-defined]
    seekers = [*rng.choice(firms, 6), *firms[-3:], *of_firms[-3:], *rng.choice(of_firms, 4)]
    offers = [*rng.choice(sorted(world.records[Offer]), 4), sorted(world.records[Offer])[-1]]
    assert_alike(live, anew, map(str, seekers))
    assert_same_lists(live, anew, map(str, seekers[:4]))
    assert_same_pipelines(live, anew, map(str, offers))


def test_an_edit_leaves_the_base_as_it_was(base: Market, world: World) -> None:
    n_items, n_firms = len(base.items), len(base.catalogue.firms)
    offer = world.records[Offer][base.items.offer_ids.ids[0]]
    assert isinstance(offer, Offer)
    world.put(
        dataclasses.replace(offer, name="改名产品"), new_offer(world, 1, np.random.default_rng(1))
    )
    live = world.live(base)
    assert (len(base.items), len(base.catalogue.firms)) == (n_items, n_firms)
    assert base.items.texts["name"][0] == offer.name
    assert live.items.texts["name"][0] == "改名产品"
    assert len(live.items) == n_items + 1


def test_what_is_gone_is_not_shown_at_once(base: Market, world: World) -> None:
    rng = np.random.default_rng(3)
    world.put(new_offer(world, 1, rng))
    firm_id = sorted(world.records[Firm])[0]
    needs = [k for k, n in world.records[Need].items() if n.firm_id == firm_id]  # type: ignore[attr-defined]
    offer_id = base.items.offer_ids.ids[0]
    world.drop(Offer, offer_id)
    world.drop(Offer, "offer_zz_001")
    world.drop(Firm, firm_id)
    for key in needs:
        world.drop(Need, key)
    live = world.live(base)
    matcher = Matcher.of_market(live, EFFORTS)
    for seeker in [firm_id, *needs]:
        with pytest.raises(UnknownIdError):
            matcher.match(seeker, now=NOW)
    for gone in (offer_id, "offer_zz_001"):
        with pytest.raises(UnknownIdError):
            matcher.pipeline(gone, now=NOW)
    asker = sorted(world.records[Firm])[1]
    found = matcher.match(asker, now=NOW, k=200)
    assert not {offer_id, "offer_zz_001"} & {item.offer_id for item in found.items}
    row = base.catalogue.firms.ids.get_row(firm_id)
    for include_implied in (True, False):
        open_needs = live.open_needs(NOW.date(), include_implied=include_implied)
        assert row not in open_needs.firm_rows
    assert row not in live.facts.deals.firm_rows


def test_rules_and_facts_that_changed_decide(base: Market, world: World) -> None:
    offer = base.items.offer_ids.ids[0]
    world.rule(
        Rule(
            rule_id="test.staff",
            version="1",
            title_zh="职工人数",
            title_en="Staff",
            source="test",
            require=Bounds("employees", 50, None),
            scope=Scope(offers=(offer,)),
        )
    )
    firm_id = sorted(world.records[Firm])[0]
    world.state(firm_id, fact(firm_id, 49))
    live, anew = world.live(base), world.anew()
    item = live.items.offer_ids.get_row(offer)
    assert [r.rule_id for r in live.rules.attached(NOW.date()).rules_of(item)] == ["test.staff"]
    assert_alike(live, anew, [firm_id])
    assert_same_pipelines(live, anew, [offer])


def test_a_new_offer_that_changes_again_stands_where_it_declares(
    base: Market, world: World
) -> None:
    rng = np.random.default_rng(8)
    offer = new_offer(world, 1, rng)
    world.put(offer)
    first = world.live(base)
    first.open_needs(NOW.date(), include_implied=True)
    kinds = [k for k in NeedKind if k != offer.kind]
    world.put(dataclasses.replace(offer, kind=kinds[0], resident_first=not offer.resident_first))
    second = world.live(base, first)
    firms = sorted(world.records[Firm])[:2]
    assert_alike(second, world.anew(), firms)
    assert_same_pipelines(second, world.anew(), [offer.offer_id])


def test_what_reaches_far_asks_for_a_rebuild(base: Market, world: World) -> None:
    links = base.links
    row = int(links.need_rows[links.need_rows != NO_ROW][0])
    need = base.catalogue.needs.record(row)
    assert isinstance(need, Need)
    world.put(dataclasses.replace(need, term_months=7))
    with pytest.raises(RebuildNeededError, match="funded"):
        world.live(base)


def test_an_institution_that_is_gone_asks_for_a_rebuild(base: Market, world: World) -> None:
    world.drop(Institution, sorted(world.records[Institution])[0])
    with pytest.raises(RebuildNeededError, match="institution"):
        world.live(base)


def test_a_new_offer_with_a_deal_before_the_model_asks_for_a_rebuild(
    base: Market, world: World
) -> None:
    offer = new_offer(world, 1, np.random.default_rng(1))
    need = next(n for n in world.records[Need].values() if n.firm_id)  # type: ignore[attr-defined]
    early = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    world.put(offer, dataclasses.replace(funded(1, need, offer), occurred_at=early))
    with pytest.raises(RebuildNeededError, match="before the model"):
        world.live(base)
