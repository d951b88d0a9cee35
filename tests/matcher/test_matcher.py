"""The serving path from a need to ranked, explained offers, and back from an offer to needs."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.errors import ArgumentError, UnknownIdError
from data.records import Base, Event, Firm, Institution, Need, NeedKind, Offer
from matcher.eligibility import EARLIER_RULE, Eligibility, UnknownPolicy
from matcher.match_list import MatchList
from matcher.matcher import Matcher
from matcher.model import MatchModel
from matcher.open_needs import implied_need
from matcher.rerank import RerankSettings

from .serving import NOW, SPLIT, Served, train


@pytest.fixture(scope="module")
def matcher(served: Served) -> Matcher:
    return Matcher(served.model, served.catalogue)


@pytest.fixture(scope="module")
def need_ids(served: Served, matcher: Matcher) -> list[str]:
    """The latest needs that several offers may be shown for."""
    latest = served.open_need_ids()[:40]
    return [n for n in latest if matcher.match(n, now=NOW).listed.n_eligible >= 4][:12]


def same_store(catalogue: Catalogue, *more, drop: tuple[str, ...] = ()) -> Catalogue:
    """Return the store with more records and without some offers."""
    kinds = (Base, Firm, Need, Institution, Offer, Event)
    records = [
        side.record(row)
        for kind, side in zip(kinds, catalogue.sides(), strict=True)
        for row in range(len(side))
        if kind is not Event
    ]
    kept = [r for r in records if getattr(r, "offer_id", None) not in drop]
    return Catalogue.from_records([*kept, *more])


class TestMatch:
    def test_a_list_is_ranked_by_score_and_carries_what_a_reader_needs(self, matcher, need_ids):
        for need_id in need_ids:
            found = matcher.match(need_id, now=NOW, k=5)
            assert found.need_id == need_id
            assert [item.rank for item in found.items] == list(range(1, len(found.items) + 1))
            scores = [item.score for item in found.items]
            assert scores == sorted(scores, reverse=True)
            assert all(0 <= score <= 100 for score in scores)
            assert len({item.offer_id for item in found.items}) == len(found.items) <= 5
            assert found.listed.model_version == "test-1"
            for item in found.items:
                assert 0 < item.pair.probability < 1
                assert item.pair.firm_side == item.pair.probability
                assert 0 < item.pair.institution_side < 1
                assert item.verdict is not Eligibility.UNMET
                assert item.eligibility

    def test_nothing_is_shown_that_a_rule_excludes_and_each_exclusion_is_counted(
        self, matcher, need_ids
    ):
        for need_id in need_ids:
            found = matcher.match(need_id, now=NOW, k=100)
            asked = matcher.market.seekers.read(need_id, on=NOW.date())
            table = matcher.market.rules.offers_for(asked.query, on=np.datetime64("2026-07-01"))
            may = table.allowed()
            ids = matcher.market.items.offer_ids
            assert may[ids.rows(item.offer_id for item in found.items)].all()
            assert found.listed.n_considered == len(ids)
            without_earlier = may.sum() - found.listed.excluded.get(EARLIER_RULE, 0)
            assert found.listed.n_eligible == without_earlier
            rules = {k: v for k, v in found.listed.excluded.items() if k != EARLIER_RULE}
            assert rules == table.excluded()

    def test_reasons_are_sentences_in_both_languages(self, matcher, need_ids):
        reasons = [r for n in need_ids for i in matcher.match(n, now=NOW).items for r in i.reasons]
        assert reasons
        for reason in reasons:
            assert "{" not in reason.text_zh + reason.text_en
            assert reason.text_zh.endswith("。")
            assert reason.text_en.endswith(".")

    def test_contributions_add_up_to_the_raw_score(self, matcher, need_ids):
        market = matcher.market
        asking = market.seekers.read(need_ids[0], on=NOW.date())
        batch = market.model.features.encode(asking.query)
        for item in matcher.match(need_ids[0], now=NOW).items:
            number = market.items.offer_ids.rows([item.offer_id])
            X = market.model.features.compute(batch, np.zeros(1, np.int64), number)
            expected = market.model.firm_side.score(X)[0]
            np.testing.assert_allclose(item.explanation.score, expected, rtol=1e-9)

    def test_an_offer_the_firm_has_is_left_out_unless_asked_for(self, matcher, served):
        links = served.interactions.links
        had = {
            (served.catalogue.firms.ids.ids[f], served.catalogue.offers.ids.ids[o])
            for f, o in zip(links.firm_rows.tolist(), links.offer_rows.tolist(), strict=True)
        }
        shown_earlier = 0
        for need_id in served.open_need_ids()[:30]:
            found = matcher.match(need_id, now=NOW, k=100)
            assert not any((found.firm_id, item.offer_id) in had for item in found.items)
            everything = matcher.match(need_id, now=NOW, k=100, show_earlier=True)
            again = [i for i in everything.items if (found.firm_id, i.offer_id) in had]
            assert len(again) == found.listed.excluded.get(EARLIER_RULE, 0)
            shown_earlier += len(again)
        assert shown_earlier

    def test_open_questions_can_be_hidden(self, matcher, need_ids):
        hidden = 0
        for need_id in need_ids:
            shown = matcher.match(need_id, now=NOW, k=100)
            sure = matcher.match(need_id, now=NOW, k=100, unknown=UnknownPolicy.HIDE)
            assert {i.verdict for i in sure.items} <= {Eligibility.MET}
            assert {i.offer_id for i in sure.items} == {
                i.offer_id for i in shown.items if i.verdict is Eligibility.MET
            }
            hidden += len(shown.items) - len(sure.items)
        assert hidden

    def test_kinds_choose_what_is_offered(self, matcher, need_ids):
        found = matcher.match(need_ids[0], now=NOW, k=50, kinds=[NeedKind.SERVICE])
        assert {item.kind for item in found.items} <= {"service"}
        for kinds in ([], ["loan"]):
            with pytest.raises(ArgumentError, match="must name kinds of offer"):
                matcher.match(need_ids[0], now=NOW, kinds=kinds)

    def test_by_kind_ranks_each_kind_for_itself(self, matcher, served):
        firm_id = implied_firm(served, matcher)
        found = matcher.match(firm_id, now=NOW, k=2, by_kind=True)
        assert found.implied
        groups = found.by_kind()
        assert len(groups) > 1
        for items in groups.values():
            assert [item.rank for item in items] == list(range(1, len(items) + 1))
            assert len(items) <= 2

    def test_a_firm_of_no_store_gets_offers(self, matcher):
        firm = Firm(
            firm_id="firm_new", name="新芯", country="CHN", province="江苏省", city="苏州市",
            industry="C3971", industry_system="gb4754-2017", founded_on=dt.date(2023, 1, 1),
        )  # fmt: skip
        asks = Need(
            need_id="need_new", firm_id="firm_new", kind=NeedKind.DEBT, stated_on=NOW.date(),
            amount_low_minor=200_000_000, amount_high_minor=200_000_000, currency="CNY",
        )  # fmt: skip
        found = matcher.match((firm, asks), now=NOW)
        assert found.items
        assert found.firm_id == "firm_new"
        assert matcher.match(firm, now=NOW).implied

    def test_a_firm_without_a_need_is_asked_for_by_each_kind_in_turn(self, served, matcher):
        firm_id = implied_firm(served, matcher)
        found = matcher.match(firm_id, now=NOW, k=3, by_kind=True)
        offered = set(served.catalogue.offers.strings("kind").tolist())
        assert found.implied
        assert set(found.by_kind()) <= offered
        assert len(found.by_kind()) > 1
        for kind, items in found.by_kind().items():
            asked = implied_need(firm_id, kind=NeedKind(kind), on=NOW.date())
            firm = served.catalogue.firms.get(firm_id)
            alone = matcher.match((firm, asked), now=NOW, k=3, kinds=[NeedKind(kind)])
            assert [item.offer_id for item in items] == [item.offer_id for item in alone.items]
            story = matcher.explain(firm_id, items[0].offer_id, now=NOW)
            assert story.item.rank == 1, "the pair is compared with the list that shows it"
        assert "offer.kind" not in found.listed.excluded
        assert (
            len(matcher.match(firm_id, now=NOW, k=3, by_kind=True, kinds=["debt"]).by_kind()) == 1
        )

    def test_the_need_of_a_base_gets_offers(self, matcher, served):
        base_id = served.catalogue.bases.ids.ids[0]
        asks = Need(
            need_id="need_b", base_id=base_id, kind=NeedKind.DEBT, stated_on=NOW.date(),
        )  # fmt: skip
        found = matcher.match(asks, now=NOW)
        assert found.base_id == base_id
        assert found.firm_id is None
        assert found.items

    def test_the_exposure_guard_lowers_what_was_shown_too_often(self, matcher, need_ids):
        plain = matcher.match(need_ids[0], now=NOW, k=3)
        first = plain.items[0].offer_id
        settings = RerankSettings(guard=1.0, max_loss=1.0)
        guarded = matcher.match(
            need_ids[0], now=NOW, k=3, settings=settings, exposure={first: 1000, "offer_gone": 5}
        )
        assert guarded.items[0].offer_id != first
        unguarded = matcher.match(need_ids[0], now=NOW, k=3, exposure={first: 1000})
        assert [i.offer_id for i in unguarded.items] == [i.offer_id for i in plain.items]

    def test_the_diversity_dial_reorders_the_same_pool(self, matcher, need_ids):
        settings = RerankSettings(diversity=0.9, max_loss=1.0)
        for need_id in need_ids:
            plain = matcher.match(need_id, now=NOW, k=100)
            varied = matcher.match(need_id, now=NOW, k=100, settings=settings)
            assert {i.offer_id for i in varied.items} == {i.offer_id for i in plain.items}

    def test_the_same_request_gives_the_same_list(self, matcher, need_ids):
        first, second = (matcher.match(need_ids[1], now=NOW).to_dict() for _ in range(2))
        assert first == second

    def test_it_is_plain_json_in_one_language_or_both(self, matcher, need_ids):
        found = matcher.match(need_ids[0], now=NOW)
        both = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        one = json.loads(json.dumps(found.to_dict("zh"), allow_nan=False))
        reasons = zip(both["items"][0]["reasons"], one["items"][0]["reasons"], strict=True)
        assert all(two["zh"] == single["text"] for two, single in reasons)
        assert {"rank", "offer_id", "score", "probability", "reasons", "eligibility"} <= set(
            one["items"][0]
        )

    def test_a_need_that_nothing_fits_gets_an_empty_list_that_says_why(self, matcher, served):
        firm_id = implied_firm(served, matcher)
        vast = Need(
            need_id="need_vast", firm_id=firm_id, kind=NeedKind.DEBT, stated_on=NOW.date(),
            amount_low_minor=10**15, amount_high_minor=10**15, currency="CNY",
        )  # fmt: skip
        found = matcher.match(vast, now=NOW)
        assert found.items == ()
        assert found.listed.n_eligible == 0
        assert found.listed.excluded["offer.amount"] > 0
        assert matcher.match(vast, now=NOW, by_kind=True).items == ()

    def test_a_policy_is_given_by_its_name(self, matcher, need_ids):
        by_name = matcher.match(need_ids[0], now=NOW, unknown="hide")
        assert by_name == matcher.match(need_ids[0], now=NOW, unknown=UnknownPolicy.HIDE)
        with pytest.raises(ArgumentError, match="show, hide; got 'sometimes'"):
            matcher.match(need_ids[0], now=NOW, unknown="sometimes")

    @pytest.mark.parametrize("k", [0, -3])
    def test_k_must_be_positive(self, matcher, need_ids, k):
        with pytest.raises(ArgumentError, match="positive"):
            matcher.match(need_ids[0], now=NOW, k=k)

    def test_now_needs_a_time_zone(self, matcher, need_ids):
        with pytest.raises(ArgumentError, match="time zone"):
            matcher.match(need_ids[0], now=dt.datetime(2026, 7, 1))

    def test_an_unknown_id_is_told(self, matcher):
        with pytest.raises(UnknownIdError):
            matcher.match("need_of_nobody", now=NOW)


def implied_firm(served: Served, matcher: Matcher) -> str:
    """Return a firm without an open need."""
    needs = matcher.market.open_needs(NOW.date(), include_implied=True)
    return served.catalogue.firms.ids.ids[needs.firm_rows[np.flatnonzero(needs.implied)[0]]]


class TestNewerStore:
    def test_a_new_offer_is_ranked_by_what_it_declares(self, served, matcher, need_ids):
        like = matcher.match(need_ids[0], now=NOW, k=1).items[0].offer_id
        old = served.catalogue.offers.get(like)
        fields = {name: getattr(old, name) for name in old.__slots__}
        twin = Offer(**{**fields, "offer_id": "offer_twin"})
        newer = Matcher(served.model, same_store(served.catalogue, twin))
        found = newer.match(need_ids[0], now=NOW, k=100)
        assert "offer_twin" in {item.offer_id for item in found.items}

    def test_an_offer_that_is_gone_is_not_ranked(self, served, matcher, need_ids):
        gone = matcher.match(need_ids[0], now=NOW, k=1).items[0].offer_id
        store = same_store(served.catalogue, drop=(gone,))
        found = Matcher(served.model, store).match(need_ids[0], now=NOW, k=100)
        assert gone not in {item.offer_id for item in found.items}
        assert found.listed.n_considered == len(served.model.items) - 1

    def test_a_condition_that_changed_counts_at_once(self, served, matcher, need_ids):
        first = matcher.match(need_ids[0], now=NOW, k=1).items[0].offer_id
        old = served.catalogue.offers.get(first)
        fields = {name: getattr(old, name) for name in old.__slots__}
        ended = Offer(**{**fields, "valid_to": dt.date(2026, 6, 30)})
        store = same_store(served.catalogue, ended, drop=(first,))
        found = Matcher(served.model, store).match(need_ids[0], now=NOW, k=100)
        assert first not in {item.offer_id for item in found.items}

    def test_a_store_without_any_of_the_models_offers_is_refused(self, served):
        empty = Catalogue.from_records([Firm(firm_id="f", name="企业")])
        with pytest.raises(ArgumentError, match="none of the"):
            Matcher(served.model, empty)

    def test_offers_left_out_of_training_stay_out(self, served):
        links = served.interactions.links
        dealt = np.unique(links.offer_rows[links.dates < np.datetime64(SPLIT)])
        kept = np.setdiff1d(np.arange(len(served.catalogue.offers)), dealt[:1])
        smaller = train(served.catalogue, offer_rows=kept, two_sided=False)
        ranked = Matcher(smaller.model, served.catalogue).market.items.offer_ids.ids
        assert served.catalogue.offers.ids.ids[dealt[0]] not in ranked


class TestPipeline:
    def test_needs_are_ranked_for_an_offer(self, matcher, served):
        offer_id = served.catalogue.offers.ids.ids[1]
        found = matcher.pipeline(offer_id, now=NOW, k=6)
        assert found.offer_ids == (offer_id,)
        assert found.items
        assert [item.rank for item in found.items] == list(range(1, len(found.items) + 1))
        assert len({item.need_id for item in found.items}) == len(found.items)
        scores = [item.score for item in found.items]
        assert scores == sorted(scores, reverse=True)
        for item in found.items:
            assert item.offer_id == offer_id
            assert item.verdict is not Eligibility.UNMET
            assert item.reasons
            assert item.pair.probability == item.pair.institution_side

    def test_both_directions_agree_on_the_firms_half(self, matcher, served):
        offer_id = served.catalogue.offers.ids.ids[1]
        first = matcher.pipeline(offer_id, now=NOW, k=1).items[0]
        story = matcher.explain(
            first.firm_id if first.implied else first.need_id, offer_id, now=NOW
        )
        np.testing.assert_allclose(story.item.pair.firm_side, first.pair.firm_side, rtol=1e-6)

    def test_an_institution_shows_each_need_once_with_its_best_offer(self, matcher, served):
        owners = served.catalogue.offers.strings("institution_id").tolist()
        most = max(set(owners), key=owners.count)
        found = matcher.pipeline(most, now=NOW, k=8)
        assert len(found.offer_ids) == owners.count(most) > 1
        assert len({item.need_id for item in found.items}) == len(found.items)
        assert {item.offer_id for item in found.items} <= set(found.offer_ids)

    def test_firms_that_stated_nothing_can_be_left_out(self, matcher, served):
        offer_id = served.catalogue.offers.ids.ids[1]
        stated = matcher.pipeline(offer_id, now=NOW, k=50, include_implied=False)
        assert not any(item.implied for item in stated.items)
        assert stated.listed.n_considered < matcher.pipeline(offer_id, now=NOW).listed.n_considered

    def test_firms_that_dealt_with_the_offer_are_left_out(self, matcher, served):
        links = served.interactions.links
        offer = int(np.bincount(links.offer_rows).argmax())
        offer_id = served.catalogue.offers.ids.ids[offer]
        had = {
            served.catalogue.firms.ids.ids[f] for f in links.firm_rows[links.offer_rows == offer]
        }
        found = matcher.pipeline(offer_id, now=NOW, k=200)
        assert not had & {item.firm_id for item in found.items}
        assert found.listed.excluded[EARLIER_RULE] > 0
        again = matcher.pipeline(offer_id, now=NOW, k=200, show_earlier=True)
        assert EARLIER_RULE not in again.listed.excluded

    def test_an_offer_that_suits_nobody_has_an_empty_pipeline(self, served):
        old = served.catalogue.offers.record(1)
        fields = {name: getattr(old, name) for name in old.__slots__}
        ended = Offer(**{**fields, "valid_to": dt.date(2026, 6, 1)})
        store = same_store(served.catalogue, ended, drop=(old.offer_id,))
        found = Matcher(served.model, store).pipeline(old.offer_id, now=NOW)
        assert found.items == ()
        assert found.listed.n_eligible == 0

    def test_a_model_of_one_side_ranks_by_the_firms_half(self, served):
        model = MatchModel(served.model.features, served.model.firm_side)
        found = Matcher(model, served.catalogue).pipeline(
            served.catalogue.offers.ids.ids[1], now=NOW, k=3
        )
        for item in found.items:
            assert item.pair.institution_side is None
            assert item.pair.probability == item.pair.firm_side

    def test_unknown_ids_and_bad_k_are_told(self, matcher, served):
        with pytest.raises(UnknownIdError, match="no offer and no institution"):
            matcher.pipeline("offer_of_nobody", now=NOW)
        with pytest.raises(ArgumentError, match="positive"):
            matcher.pipeline(served.catalogue.offers.ids.ids[0], now=NOW, k=0)

    def test_it_is_plain_json(self, matcher, served):
        found = matcher.pipeline(served.catalogue.offers.ids.ids[1], now=NOW, k=2)
        assert json.loads(json.dumps(found.to_dict("en"), allow_nan=False))["items"]


class TestExplain:
    def test_a_listed_pair_has_the_same_story(self, matcher, need_ids):
        item = matcher.match(need_ids[0], now=NOW, k=3).items[1]
        story = matcher.explain(need_ids[0], item.offer_id, now=NOW)
        assert story.item.pair == item.pair
        assert story.item.rank == item.rank
        assert story.item.reasons == item.reasons

    def test_features_and_themes_add_up_to_the_raw_score(self, matcher, need_ids, served):
        story = matcher.explain(need_ids[0], served.catalogue.offers.ids.ids[2], now=NOW)
        explanation = story.item.explanation
        by_features = explanation.base + sum(share.contribution for share in story.features)
        np.testing.assert_allclose(by_features, explanation.score, rtol=1e-9)
        sizes = [abs(share.contribution) for share in story.features]
        assert sizes == sorted(sizes, reverse=True)

    def test_a_pair_that_may_not_be_shown_says_why(self, matcher, need_ids, served):
        kinds = served.catalogue.offers.strings("kind")
        asked = matcher.market.seekers.read(need_ids[0], on=NOW.date()).need.kind
        other = served.catalogue.offers.ids.ids[int(np.flatnonzero(kinds != asked.value)[0])]
        story = matcher.explain(need_ids[0], other, now=NOW)
        assert story.item.verdict is Eligibility.UNMET
        unmet = {r.rule.rule_id for r in story.item.eligibility if r.value is Eligibility.UNMET}
        assert "offer.kind" in unmet
        assert json.dumps(story.to_dict("zh"), allow_nan=False)

    def test_an_offer_that_is_not_ranked_is_told(self, matcher, need_ids):
        with pytest.raises(UnknownIdError):
            matcher.explain(need_ids[0], "offer_of_nobody", now=NOW)


def test_no_funded_pair_of_the_world_breaks_a_rule(served, matcher):
    links, queries = served.interactions.links, served.interactions.queries
    rules = matcher.market.rules
    asked = links.need_rows >= 0
    answers = rules._conditions.check(
        queries, links.need_rows[asked], links.offer_rows[asked], days=queries.days
    )
    assert answers.max() < 4, "4 is UNMET"


def test_lists_are_better_than_chance(served, matcher):
    """Of the offers that will be taken, more than the average eligible one are at the top."""
    links = served.interactions.links
    recent = np.flatnonzero((links.dates >= np.datetime64(SPLIT)) & (links.need_rows >= 0))[-150:]
    found: list[tuple[int, int]] = []
    for link in recent.tolist():
        need_id = served.catalogue.needs.ids.ids[links.need_rows[link]]
        offer_id = served.catalogue.offers.ids.ids[links.offer_rows[link]]
        when = dt.datetime.combine(links.dates[link].astype(object), dt.time(), dt.UTC)
        ranked: MatchList = matcher.match(need_id, now=when, k=100)
        offers = [item.offer_id for item in ranked.items]
        if offer_id in offers and len(offers) > 1:
            found.append((offers.index(offer_id), len(offers)))
    assert len(found) > 50
    assert np.mean([place / (n - 1) for place, n in found]) < 0.4, "0.5 is chance"
