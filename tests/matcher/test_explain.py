from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from data.errors import ArgumentError
from features.spec import Feature, FeatureKind, FeatureList, Theme
from matcher.explain import MIN_SHARE, N_AGAINST, N_FOR, Direction, Explainer


def theme(name: str, zh: str, en: str) -> Theme:
    return Theme(
        name=name,
        zh_for=f"常投{{{name}}}的{zh}",
        zh_against=f"少投{{{name}}}的{zh}",
        en_for=f"Often funds {en} in {{{name}}}",
        en_against=f"Rarely funds {en} in {{{name}}}",
        zh_plain=f"{zh}的记录",
        en_plain=f"Record with {en}",
    )


THEMES = {
    name: theme(name, zh, en)
    for name, zh, en in [
        ("city", "同城企业", "local firms"),
        ("sector", "同业企业", "peers"),
        ("stage", "同轮企业", "rounds"),
        ("amount", "同额企业", "tickets"),
        ("popularity", "企业", "firms"),
    ]
}
FEATURES = FeatureList(
    Feature(name, FeatureKind.SHARE, name.split(".")[0])
    for name in (
        "city.share",
        "sector.share",
        "city.lift",
        "stage.share",
        "amount.z",
        "popularity.n",
    )
)
FACTS = {"zh": {"city": "苏州", "sector": "医疗"}, "en": {"city": "Suzhou", "sector": "health"}}


@pytest.fixture
def explainer() -> Explainer:
    return Explainer(FEATURES, THEMES)


def one(explainer, *contributions, facts=FACTS, base=0.0):
    return explainer.explain(np.array([contributions]), [facts], base=base)[0]


def test_features_of_one_theme_are_added_up(explainer):
    found = one(explainer, 0.5, 0.2, 0.25, 0, 0, 0, base=-1)
    assert found.themes["city"] == pytest.approx(0.5 + 0.25)
    assert found.score == pytest.approx(-1 + 0.5 + 0.2 + 0.25)
    assert [reason.theme for reason in found.reasons] == ["city", "sector"]
    assert found.reasons[0].share == pytest.approx(0.75 / 0.95)


def test_reasons_are_said_in_both_languages(explainer):
    found = one(explainer, 0.5, -0.2, 0, 0, 0, 0)
    first, second = found.reasons
    assert (first.text_zh, first.text_en) == (
        "常投苏州的同城企业",
        "Often funds local firms in Suzhou",
    )
    assert (second.text_zh, second.text_en) == (
        "少投医疗的同业企业",
        "Rarely funds peers in health",
    )
    assert (first.direction, second.direction) == (Direction.FOR, Direction.AGAINST)
    assert second.contribution == -0.2


def test_three_for_and_one_against_largest_first(explainer):
    found = one(explainer, 0.1, 0.2, 0.0, 0.3, 0.4, -0.5)
    assert [reason.theme for reason in found.reasons] == ["amount", "stage", "sector", "popularity"]
    found = one(explainer, -0.1, -0.2, 0.0, -0.3, -0.4, -0.5)
    assert [reason.theme for reason in found.reasons] == ["popularity"]


def test_an_unknown_placeholder_gives_the_plain_form(explainer):
    for facts in ({}, {"zh": {}, "en": {}}, {"zh": {"city": ""}, "en": {"sector": "health"}}):
        reason = one(explainer, 0.5, 0, 0, 0, 0, 0, facts=facts).reasons[0]
        assert (reason.text_zh, reason.text_en) == ("同城企业的记录", "Record with local firms")


def test_each_language_falls_back_by_itself(explainer):
    reason = one(explainer, 0.5, 0, 0, 0, 0, 0, facts={"en": {"city": "Suzhou"}}).reasons[0]
    assert reason.text_zh == "同城企业的记录"
    assert reason.text_en == "Often funds local firms in Suzhou"


def test_values_are_text_and_never_templates(explainer):
    facts = {"zh": {"city": "{sector}<b>"}, "en": {"city": "{0.__class__}"}}
    reason = one(explainer, 0.5, 0, 0, 0, 0, 0, facts=facts).reasons[0]
    assert reason.text_zh == "常投{sector}<b>的同城企业"
    assert reason.text_en == "Often funds local firms in {0.__class__}"


def test_what_hardly_moved_the_score_is_not_said(explainer):
    found = one(explainer, 1.0, MIN_SHARE / 2, 0, 0, 0, 0)
    assert [reason.theme for reason in found.reasons] == ["city"]
    assert found.themes["sector"] == pytest.approx(MIN_SHARE / 2)


def test_a_score_that_nothing_moved_has_no_reasons(explainer):
    found = one(explainer, 0, 0, 0, 0, 0, 0, base=0.3)
    assert found.reasons == ()
    assert found.score == 0.3


def test_nothing_returned_nothing_explained(explainer):
    assert explainer.explain(np.zeros((0, 6)), [], base=0.0) == ()


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, (3, 6), elements=st.floats(-5, 5, allow_subnormal=False)),
    st.permutations(range(3)),
)
def test_promises_hold_for_any_contributions(contributions, order):
    explainer = Explainer(FEATURES, THEMES)
    found = explainer.explain(contributions, [FACTS] * 3, base=0.5)
    for line, explanation in zip(contributions, found, strict=True):
        assert explanation.score == pytest.approx(line.sum() + 0.5, abs=1e-9)
        parts = {direction: [] for direction in Direction}
        for reason in explanation.reasons:
            assert reason.contribution == explanation.themes[reason.theme]
            assert 0 < reason.share <= 1
            parts[reason.direction].append(abs(reason.contribution))
        assert len(parts[Direction.FOR]) <= N_FOR
        assert len(parts[Direction.AGAINST]) <= N_AGAINST
        assert all(values == sorted(values, reverse=True) for values in parts.values())
    mixed = explainer.explain(contributions[list(order)], [FACTS] * 3, base=0.5)
    assert mixed == tuple(found[at] for at in order)


def test_agreement_counts_first_reasons_and_overlap(explainer):
    ours = np.array([[3.0, 2, 0, 1, 0, 0], [1.0, 2, 0, 0, 0, 0]])
    theirs = np.array([[1.0, 0, 2.5, 2, 0, 0.5], [2.0, 1, 0, 0, 0, 0]])
    found = explainer.agreement(ours, theirs)
    assert found.same_top == 1 / 2
    assert found.overlap == pytest.approx((2 / 4 + 2 / 2) / 2)
    itself = explainer.agreement(ours, ours)
    assert (itself.same_top, itself.overlap) == (1, 1)


def test_bad_arguments_are_named(explainer):
    with pytest.raises(ArgumentError, match=r"shape \(n, 6\); got \(2, 5\)"):
        explainer.explain(np.zeros((2, 5)), [FACTS] * 2, base=0.0)
    with pytest.raises(ArgumentError, match="2 candidates need as many facts; got 1"):
        explainer.explain(np.zeros((2, 6)), [FACTS], base=0.0)
    with pytest.raises(ArgumentError, match="got 1 and 2"):
        explainer.agreement(np.zeros((1, 6)), np.zeros((2, 6)))
    with pytest.raises(ArgumentError, match="got 0 and 0"):
        explainer.agreement(np.zeros((0, 6)), np.zeros((0, 6)))


def test_themes_are_checked_when_they_are_read():
    with pytest.raises(ArgumentError, match="names the theme 'city'; there is none"):
        Explainer(FEATURES, {})
    for change, says in [
        ({"zh_for": "在{city.name}"}, r"city\.zh_for has the placeholder 'city\.name'"),
        ({"en_against": "in {}"}, r"city\.en_against has the placeholder ''"),
        ({"en_for": "in {city"}, r"city\.en_for is no template"),
        ({"zh_plain": "在{city}"}, "plain form of theme 'city' must have no placeholder"),
    ]:
        broken = {**THEMES, "city": dataclasses.replace(THEMES["city"], **change)}
        with pytest.raises(ArgumentError, match=says):
            Explainer(FEATURES, broken)
