"""The columns of an offer and the same columns written as conditions answer alike."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.conditions import CONDITION_NAMES, Conditions
from features.items import Items
from features.queries import Queries
from features.rules.answers import Answer
from features.rules.fact_table import FactTable
from features.rules.program import Program
from features.slot_conditions import slot_conditions

from .test_conditions import OFFERS, ON, askers, catalogue_of


@settings(max_examples=150, deadline=None)
@given(asker=askers(), offers=st.lists(OFFERS, min_size=1, max_size=3))
def test_slots_and_conditions_answer_alike(asker, offers):
    catalogue = catalogue_of(asker, offers)
    items = Items.from_catalogue(catalogue)
    queries = Queries.from_catalogue(catalogue)
    days = np.array([ON], "datetime64[D]")
    n = len(offers)
    table = Conditions(items).check(queries, np.zeros(n, np.int64), np.arange(n), days=days)
    facts = FactTable.from_queries(queries, days)
    for item in range(n):
        written = slot_conditions(items, item)
        answers = Program(list(written.values())).answer(facts)[:, 0].tolist()
        expected = dict.fromkeys(CONDITION_NAMES, int(Answer.NOT_APPLICABLE))
        expected |= dict(zip(written, answers, strict=True))
        assert dict(zip(CONDITION_NAMES, table[item].tolist(), strict=True)) == expected
        everyone = Conditions(items).check_everyone(facts, item)[:, 0]
        assert everyone.tolist() == table[item].tolist()
