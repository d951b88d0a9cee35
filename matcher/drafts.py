"""How many would qualify: an offer that is not stored yet, asked against today's open needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from data.catalogue import Catalogue
from data.records import Institution, Offer
from data.rules.book import RuleBook
from features.items import Items
from matcher.eligibility import EligibilityRules, UnknownPolicy
from matcher.market import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCount:
    """What the conditions of one offer say of all open needs.

    Attributes
    ----------
    n_needs
        Open needs, implied ones included.
    n_met
        All conditions are met.
    n_open
        Nothing is unmet, but something is unknown or for a person to judge.
    excluded
        Needs that each rule keeps out, by rule id; one need may count under several.
    titles
        What rules of the book are called in Chinese and English, by rule id.
    """

    n_needs: int
    n_met: int
    n_open: int
    excluded: dict[str, int]
    titles: dict[str, tuple[str, str]]


def count_for_draft(
    market: Market, institution: Institution, offer: Offer, *, book: RuleBook, on: dt.date
) -> DraftCount:
    """Check one offer, stored or not, with the rules of ``book`` against the open needs of a day.

    Nothing is ranked: one offer against all needs costs about as much as one dot product.

    Parameters
    ----------
    institution
        Whose offer it is; what it declares is a preference and excludes nobody.
    """
    items = Items.from_catalogue(Catalogue.from_records([institution, offer]))
    rules = EligibilityRules(items, book)
    needs = market.open_needs(on, include_implied=True)
    facts = market.facts_of_needs(needs, on=on)
    table = rules.needs_for(0, facts, on=np.datetime64(on, "D"), any_kind=needs.implied)
    met = int(np.count_nonzero(table.allowed(UnknownPolicy.HIDE)))
    shown = int(np.count_nonzero(table.allowed(UnknownPolicy.SHOW)))
    return DraftCount(
        n_needs=len(needs),
        n_met=met,
        n_open=shown - met,
        excluded=table.excluded(),
        titles=dict(rules.titles(on)),
    )
