"""Events: what the written model says is what statistics find in them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from data.demo.funnel import EVENT_KINDS
from data.demo.preferences import RANKED_LIST, SHUFFLED_LIST
from data.demo.utilities import FIRM_TERMS, INST_TERMS
from data.records import Event, EventKind, NeedKind

from .conftest import TODAY

ORDER = {kind: number for number, kind in enumerate(EVENT_KINDS[:8])}
TOLERANCE = 0.12
"""About three standard errors of a weight in the medium world."""
UNDECIDED_DAYS = 120


def pair_keys(history, chosen: np.ndarray) -> np.ndarray:
    need, offer = history.need[chosen].astype(np.int64), history.offer[chosen].astype(np.int64)
    return (need * 10 + history.list_number[chosen]) * 100_000 + offer


def recovered(drawn, *, base: EventKind, hit: EventKind, names: list[str]) -> dict[str, float]:
    """Regress whether ``hit`` followed ``base`` on the named terms of the pairs."""
    history = drawn.world.history
    settled = history.second < (3 * 365 - UNDECIDED_DAYS) * 86_400
    chosen = drawn.of_kind(base) & settled
    followed = np.isin(pair_keys(history, chosen), pair_keys(history, drawn.of_kind(hit)))
    terms = drawn.world.terms(
        need_rows=history.need[chosen].astype(np.int64),
        offer_rows=history.offer[chosen].astype(np.int64),
    )
    features = np.stack([terms[name] for name in names], axis=1)
    model = LogisticRegression(C=1e6, max_iter=500).fit(features, followed)
    return dict(zip(names, model.coef_[0].tolist(), strict=True))


def test_firm_weights_are_recovered_from_contacts(medium):
    names = [name for name in FIRM_TERMS if name != "firm_relation"]
    found = recovered(medium, base=EventKind.VIEW, hit=EventKind.CONTACT, names=names)
    for name in names:
        assert found[name] == pytest.approx(getattr(medium.world.preferences, name), abs=TOLERANCE)


def test_institution_weights_are_recovered_from_meetings_and_approvals(medium):
    names = [name for name in INST_TERMS if name != "inst_relation"]
    weights = medium.world.preferences
    meetings = recovered(medium, base=EventKind.CONTACT, hit=EventKind.MEETING, names=names)
    for name in names:
        assert meetings[name] == pytest.approx(getattr(weights, name), abs=TOLERANCE)
    approvals = recovered(medium, base=EventKind.APPLICATION, hit=EventKind.APPROVAL, names=names)
    assert all(weight > 0 for weight in approvals.values())
    written = sorted(names, key=lambda name: getattr(weights, name))
    assert max(approvals, key=approvals.get) == written[-1] == "inst_taste"


def test_looking_falls_with_the_position_as_written(medium):
    history = medium.world.history
    seen = medium.of_kind(EventKind.IMPRESSION) & history.shuffled
    viewed = medium.of_kind(EventKind.VIEW) & history.shuffled
    length = medium.world.size.list_length
    shown_at = np.bincount(history.position[seen], minlength=length + 1)[1:]
    viewed_at = np.bincount(history.position[viewed], minlength=length + 1)[1:]
    rate = viewed_at / shown_at
    position = np.arange(1, length + 1)
    slope = np.polyfit(np.log(position), np.log(rate), 1, w=np.sqrt(viewed_at))[0]
    assert slope == pytest.approx(-medium.world.preferences.examination_decay, abs=0.06)


def test_popular_institutions_are_shown_more_in_ranked_lists_only(medium):
    market, history = medium.world.market, medium.world.history
    reputation = market.institutions.reputation[market.offers.institution]
    seen = medium.of_kind(EventKind.IMPRESSION)
    known = {}
    for shuffled in (False, True):
        offers = history.offer[seen & (history.shuffled == shuffled)]
        top = history.position[seen & (history.shuffled == shuffled)] <= 3
        known[shuffled] = reputation[offers[top]].mean() - reputation[offers[~top]].mean()
    assert known[False] > 0.25
    assert abs(known[True]) < 0.1
    share = np.mean(history.shuffled[seen])
    assert share == pytest.approx(medium.world.preferences.shuffled_share, abs=0.02)


def test_links_are_skewed(medium):
    history = medium.world.history
    links = np.bincount(
        history.offer[medium.of_kind(EventKind.FUNDED)], minlength=len(medium.world.market.offers)
    )
    top = np.sort(links)[::-1][: len(links) // 10].sum()
    assert 0.25 < top / links.sum() < 0.7


def test_the_small_world_has_enough_to_learn_from(small):
    history, size = small.world.history, small.world.size
    links = history.offer[small.of_kind(EventKind.FUNDED)]
    assert small.of_kind(EventKind.IMPRESSION).sum() >= 5_000
    assert len(links) >= 800
    assert (np.bincount(links, minlength=size.offers) >= 3).mean() > 0.7


def test_every_step_follows_the_one_before(small):
    steps: dict[tuple[int, int, int], dict[EventKind, tuple[int, int]]] = {}
    history = small.world.history
    for row in range(len(history)):
        kind = EVENT_KINDS[history.kind[row]]
        pair = (int(history.need[row]), int(history.list_number[row]), int(history.offer[row]))
        assert kind not in steps.setdefault(pair, {})
        steps[pair][kind] = (int(history.second[row]), row)
    needed = {
        EventKind.VIEW: EventKind.IMPRESSION,
        EventKind.SAVE: EventKind.VIEW,
        EventKind.CONTACT: EventKind.VIEW,
        EventKind.MEETING: EventKind.CONTACT,
        EventKind.APPLICATION: EventKind.MEETING,
        EventKind.APPROVAL: EventKind.APPLICATION,
        EventKind.FUNDED: EventKind.APPROVAL,
        EventKind.DECLINED: EventKind.CONTACT,
        EventKind.WITHDRAWN: EventKind.MEETING,
    }
    for events in steps.values():
        for kind, before in needed.items():
            if kind in events:
                assert events[before] < events[kind]
        assert not {EventKind.FUNDED, EventKind.WITHDRAWN} <= set(events)
        assert not {EventKind.APPROVAL, EventKind.DECLINED} <= set(events)


def test_a_firm_takes_no_more_offers_than_written(medium):
    world, history = medium.world, medium.world.history
    links = np.bincount(
        history.need[medium.of_kind(EventKind.FUNDED)], minlength=len(world.market.needs)
    )
    for number, kind in enumerate(NeedKind):
        most = world.preferences.takes_at_most[kind]
        assert links[world.market.needs.kind == number].max() == most


def test_events_lie_in_the_three_years_before_today(small):
    times = small.catalogue.events.table.column("occurred_at").to_pylist()
    first = dt.datetime.combine(small.world.first_day, dt.time(), tzinfo=dt.UTC)
    assert first <= min(times)
    assert max(times) < dt.datetime.combine(TODAY, dt.time(), tzinfo=dt.UTC) + dt.timedelta(days=1)
    assert times == sorted(times)


def test_positions_lists_and_amounts_are_where_they_belong(small):
    side = small.catalogue.events
    by_list: dict[str, list[int]] = {}
    for row in range(len(side)):
        event = side.record(row)
        assert isinstance(event, Event)
        in_list = ORDER.get(event.kind, 9) <= ORDER[EventKind.CONTACT]
        assert (event.position is not None) == in_list
        assert (event.model_version in (RANKED_LIST, SHUFFLED_LIST)) == in_list
        assert event.recommendation_id
        has_amount = event.kind in (EventKind.APPLICATION, EventKind.APPROVAL, EventKind.FUNDED)
        assert (event.amount_minor is not None) == has_amount == (event.currency == "CNY")
        assert (event.note is not None) == (event.kind is EventKind.DECLINED)
        if event.kind is EventKind.IMPRESSION:
            by_list.setdefault(event.recommendation_id, []).append(event.position)
    assert all(sorted(p) == list(range(1, len(p) + 1)) for p in by_list.values())


def test_links_keep_within_the_bounds_of_their_offer(small):
    events, offers = small.catalogue.events, small.catalogue.offers
    for event in events.table.filter(small.of_kind(EventKind.FUNDED)).to_pylist():
        offer = offers.get(event["offer_id"])
        assert offer.amount_min_minor <= event["amount_minor"] <= offer.amount_max_minor


def test_relations_exist_but_do_not_dominate(medium):
    history, market = medium.world.history, medium.world.market
    funded = medium.of_kind(EventKind.FUNDED)
    house = market.offers.institution[history.offer[funded]].astype(np.int64)
    pairs = history.firm[funded].astype(np.int64) * 100_000 + house
    repeated = 1 - len(np.unique(pairs)) / len(pairs)
    assert 0.02 < repeated < 0.4


def test_ratings_follow_quality(medium):
    market, table = medium.world.market, medium.world.ratings
    house = {
        key: medium.world.market.offers.institution[row]
        for row, key in enumerate(medium.catalogue.offers.ids.ids)
    }
    quality = [market.institutions.quality[house[o]] for o in table.column("offer_id").to_pylist()]
    scores = table.column("score").to_numpy()
    assert set(scores) == {1, 2, 3, 4, 5}
    assert np.corrcoef(quality, scores)[0, 1] > 0.5
