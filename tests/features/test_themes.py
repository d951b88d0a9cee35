"""Themes, placeholders and facts: what explanations may say."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from features.facts import PLACEHOLDERS
from features.spec import Theme
from features.themes import THEMES
from matcher.explain import Direction, Explainer

TEXTS = ("zh_for", "zh_against", "zh_plain", "en_for", "en_against", "en_plain")
HAN = re.compile(r"[\u4e00-\u9fff]")
CREDIT = re.compile(r"信用评分|credit (score|rating)|违约|default", re.IGNORECASE)


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_every_theme_of_a_feature_exists(camps, declaring_camps):
    for world in (camps, declaring_camps):
        used = {feature.theme for feature in world.features.features}
        assert used <= set(THEMES)
        Explainer(world.features.features, THEMES)


def test_every_theme_is_known_by_its_own_name():
    assert all(theme.name == name for name, theme in THEMES.items())


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
class TestTheme:
    def test_it_states_only_known_facts(self, theme: Theme):
        for field in TEXTS:
            assert placeholders(getattr(theme, field)) <= set(PLACEHOLDERS)

    def test_its_plain_form_stands_for_both_directions(self, theme: Theme):
        assert not placeholders(theme.zh_plain)
        assert not placeholders(theme.en_plain)

    def test_it_speaks_both_languages_in_whole_sentences(self, theme: Theme):
        for field in TEXTS:
            text = getattr(theme, field)
            is_chinese = field.startswith("zh")
            assert text.endswith("。" if is_chinese else ".")
            assert bool(HAN.search(text)) == is_chinese

    def test_for_and_against_differ(self, theme: Theme):
        assert theme.zh_for != theme.zh_against
        assert theme.en_for != theme.en_against

    def test_it_gives_no_credit_opinion(self, theme: Theme):
        assert not any(CREDIT.search(getattr(theme, field)) for field in TEXTS)


def test_every_placeholder_is_used_or_it_would_be_looked_up_for_nothing():
    used = {
        name for t in THEMES.values() for field in TEXTS for name in placeholders(getattr(t, field))
    }
    assert used == set(PLACEHOLDERS)


def test_the_directions_are_those_of_explanations():
    assert {direction.value for direction in Direction} == {"for", "against"}
