"""An offer that is not stored, counted against open needs with an obvious answer."""

from __future__ import annotations

from dataclasses import replace

from data.records import Offer
from data.rules.book import RuleBook
from data.rules.files import rules_from_plain
from matcher.drafts import DraftCount, count_for_draft
from tests.service.serving_world import NOW, Api

DRAFT = "offer_draft"


def count(api: Api, *, book: RuleBook | None = None, **changed: object) -> DraftCount:
    store, market = api.state.store, api.state.live.matcher.market
    offer = store.page(Offer, limit=1)[0]
    institution = store.get_institution(offer.institution_id)
    blank = Offer(offer_id=DRAFT, institution_id=offer.institution_id, name="-", kind=offer.kind)
    draft = replace(blank, **changed)  # type: ignore[arg-type]
    return count_for_draft(market, institution, draft, book=book or RuleBook(), on=NOW.date())


def test_a_condition_that_nobody_meets_leaves_nobody(api: Api):
    found = count(api, regions=("没有这个省",))
    assert found.n_met + found.n_open == 0 or found.excluded["offer.region"] > 0
    assert found.n_needs > 0


def test_fewer_conditions_never_admit_fewer(api: Api):
    wide, narrow = count(api), count(api, size_classes=("micro",))
    assert wide.n_met + wide.n_open >= narrow.n_met + narrow.n_open
    assert "offer.size_class" not in wide.excluded


def test_a_rule_of_the_book_counts_with_its_title(api: Api):
    (rule,) = rules_from_plain(
        {
            "rules": [
                {
                    "id": "draft.never",
                    "version": "1",
                    "title": {"zh": "无人满足", "en": "Nobody"},
                    "offers": [DRAFT],
                    "require": {"employees": {"min": 1_000_000}},
                }
            ]
        }
    )
    found = count(api, book=RuleBook([rule]))
    assert found.n_met == 0
    assert found.excluded["draft.never"] > 0
    assert found.titles["draft.never"] == ("无人满足", "Nobody")
