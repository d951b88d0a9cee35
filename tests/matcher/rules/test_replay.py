"""Kept answers are given again, whatever the offer and the asker."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
from pathlib import Path

import numpy as np
from hypothesis import assume, given, settings

from data.rules.book import RuleBook
from features.items import Items
from features.queries import Queries
from features.rules.fact_table import FactTable
from matcher.rules.replay import answer_content, replay, rules_of_offer

DAY = dt.date(2021, 3, 15)


def _load():
    folder = Path(__file__).parents[2] / "features"
    package = importlib.util.spec_from_file_location(
        "shared_features", folder / "slow_conditions.py", submodule_search_locations=[str(folder)]
    )
    assert package is not None
    import sys

    parent = importlib.util.module_from_spec(package)
    sys.modules["shared_features"] = parent
    spec = importlib.util.spec_from_file_location(
        "shared_features.test_conditions", folder / "test_conditions.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


shared = _load()


def crossed(offer) -> bool:
    pairs = (
        (offer.amount_min_minor, offer.amount_max_minor),
        (offer.revenue_min_minor, offer.revenue_max_minor),
        (offer.employees_min, offer.employees_max),
        (offer.term_min_months, offer.term_max_months),
        (offer.firm_age_min_months, offer.firm_age_max_months),
        (offer.valid_from, offer.valid_to),
    )
    return any(low is not None and high is not None and low > high for low, high in pairs)


@settings(max_examples=100, deadline=None)
@given(asker=shared.askers(), offer=shared.OFFERS)
def test_every_answer_is_given_again(asker, offer):
    assume(not crossed(offer))
    catalogue = shared.catalogue_of(asker, [offer])
    items = Items.from_catalogue(catalogue)
    days = np.array([DAY], "datetime64[D]")
    facts = FactTable.from_queries(Queries.from_catalogue(catalogue), days)
    rules = rules_of_offer(items, 0, ())
    content = json.loads(json.dumps(answer_content(rules, RuleBook(), facts, DAY)))
    again = replay(content)
    assert [one.rule_id for one in again] == [rule.rule_id for rule in rules]
    assert all(one.same for one in again), again
