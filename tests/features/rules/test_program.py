"""Compiled rules answer as the slow evaluator does, for one firm and for many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.rules.conditions import Bounds, Group, Judged, Named, OneOf, Op, Score, When
from data.rules.facts import Figure
from features.rules.answers import Answer
from features.rules.fact_table import FactTable
from features.rules.program import Program
from features.rules.stated import column_of, table_of

from .slow_rules import answer
from .worlds import CONDITIONS, firms


def table(rows) -> FactTable:
    """Lay firms out as one table."""
    names = {name for row in rows for name in row}
    columns = {
        name: column_of(
            name, {n: row[name] for n, row in enumerate(rows) if name in row}, len(rows)
        )
        for name in names
    }
    return FactTable(len(rows), {}).with_columns(columns)


def names(answers):
    return [Answer(int(found)).name for found in answers]


@settings(max_examples=300, deadline=None)
@given(st.lists(CONDITIONS, min_size=1, max_size=4), st.lists(firms(), min_size=1, max_size=4))
def test_many_rules_and_many_firms_answer_as_each_pair_alone(conditions, rows):
    program = Program(conditions)
    found = program.answer(table(rows))
    for place, condition in enumerate(conditions):
        assert names(found[place]) == [answer(condition, row) for row in rows]
    for row, facts in enumerate(rows):
        assert names(program.answer(table_of(facts))[:, 0]) == names(found[:, row])


@settings(max_examples=100, deadline=None)
@given(CONDITIONS, CONDITIONS, firms())
def test_groups_obey_de_morgan_and_adding_a_part_never_helps(one, other, facts):
    def of(*conditions):
        return Program(conditions).answer(table_of(facts))[:, 0].tolist()

    both, either, neither, all_, first = of(
        Group(Op.NONE, (Group(Op.NONE, (one,)), Group(Op.NONE, (other,)))),
        Group(Op.NONE, (Group(Op.ANY, (one, other)),)),
        Group(Op.NONE, (one, other)),
        Group(Op.ALL, (one, other)),
        one,
    )
    assert both == all_
    assert either == neither
    assert all_ >= first


@pytest.mark.parametrize(
    ("op", "parts", "expected"),
    [
        (Op.ALL, ("MET", "UNKNOWN", "UNMET"), "UNMET"),
        (Op.ALL, ("MET", "MANUAL_REVIEW"), "MANUAL_REVIEW"),
        (Op.ALL, ("MANUAL_REVIEW", "UNKNOWN"), "UNKNOWN"),
        (Op.ANY, ("UNMET", "UNKNOWN"), "UNKNOWN"),
        (Op.ANY, ("UNMET", "MET"), "MET"),
        (Op.ANY, ("UNMET", "MANUAL_REVIEW"), "MANUAL_REVIEW"),
        (Op.NONE, ("UNMET", "UNMET"), "MET"),
        (Op.NONE, ("UNMET", "UNKNOWN"), "UNKNOWN"),
        (Op.NONE, ("MET", "UNKNOWN"), "UNMET"),
    ],
)
def test_the_algebra(op, parts, expected):
    made = {
        "MET": Bounds("employees", least=1.0),
        "UNMET": Bounds("employees", least=9.0),
        "UNKNOWN": Bounds("age", least=1.0),
        "MANUAL_REVIEW": Judged("x", "x"),
    }
    condition = Group(op, tuple(made[part] for part in parts))
    facts = {"employees": Figure(5)}
    assert names(Program([condition]).answer(table_of(facts))[0]) == [expected]
    assert answer(condition, facts) == expected


def test_a_guard_decides_whether_a_body_applies():
    body, guard = Bounds("employees", least=9.0), OneOf("credential", ("high_tech",))
    program = Program([When(guard, body)])
    for held, expected in ((("high_tech",), "UNMET"), ((), "NOT_APPLICABLE"), (None, "UNKNOWN")):
        facts = {"employees": Figure(5)} | ({} if held is None else {"credential": held})
        assert names(program.answer(table_of(facts))[0]) == [expected]


def test_a_name_stands_for_what_it_defines_and_nothing_where_it_is_not_in_force():
    definitions = {"cn.small": Bounds("employees", most=10.0)}
    program = Program([Named("cn.small"), Named("cn.gone")], definitions)
    found = program.answer(table_of({"employees": Figure(11)}))[:, 0]
    assert names(found) == ["UNMET", "NOT_APPLICABLE"]


def test_equal_parts_are_compiled_once():
    part = Bounds("employees", most=10.0)
    program = Program([Group(Op.ALL, (part, OneOf("veto", ("x",)))), Group(Op.ANY, (part,)), part])
    assert len(program.leaf_order) == 2


def test_a_score_takes_the_best_band_of_each_item():
    from data.rules.conditions import Band

    item = (Band(20, Bounds("rd_share", least=5.0)), Band(10, Bounds("rd_share", least=3.0)))
    other = (Band(5, Bounds("class_one_ip", least=1.0)),)
    program = Program([Score(25, (item, other)), Score(25, (item, other), open_end=True)])
    facts = {"rd_share": Figure(5), "class_one_ip": Figure(1)}
    assert names(program.answer(table_of(facts))[:, 0]) == ["MET", "UNMET"]
    assert names(program.answer(table_of({"rd_share": Figure(5)}))[:, 0]) == ["UNKNOWN", "UNMET"]
    assert names(program.answer(table_of({"rd_share": Figure(4)}))[:, 0]) == ["UNMET", "UNMET"]


def test_shares_are_exact_at_their_thresholds():
    program = Program([Bounds("rd_share", least=5.0), Bounds("growth_two_years", least=5.0)])
    facts = {
        "rd_expense": Figure(250 * 10**6, "CNY"),
        "revenue": Figure(5000 * 10**6, "CNY"),
        "revenue_two_years_ago": Figure(5000 * 10**6 / 1.05**2, "CNY"),
    }
    assert names(program.answer(table_of(facts))[:, 0]) == ["MET", "MET"]
    facts["rd_expense"] = Figure(250 * 10**6 - 1, "CNY")
    assert names(program.answer(table_of(facts))[:1, 0]) == ["UNMET"]


def test_a_table_can_be_narrowed():
    rows = [{"employees": Figure(float(n))} for n in range(4)]
    whole = table(rows)
    program = Program([Bounds("employees", least=2.0)])
    taken = whole.take(np.array([3, 0]))
    assert names(program.answer(taken)[0]) == ["MET", "UNMET"]
