"""The registry, the chosen settings and the documents name the same baselines."""

from __future__ import annotations

import dataclasses
import re

import pytest

from data.errors import ArgumentError
from eval.baselines.cell_popularity import CellPopularitySettings
from eval.baselines.registry import BASELINES, get_baseline
from eval.baselines.tuned import DEFAULTS, TUNED, settings_for
from eval.method import OWN_METHOD, POPULARITY_METHOD
from eval.protocol import MIN_ROUNDS
from features.tokens import FAMILIES


def test_names_can_name_a_file_and_are_not_taken():
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in BASELINES)
    assert OWN_METHOD not in BASELINES
    assert next(iter(BASELINES)) == POPULARITY_METHOD


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_is_titled_and_made_from_its_frozen_settings(name):
    kind = BASELINES[name]
    assert set(kind.title) == {"zh", "en"}
    settings = kind.settings_type()
    assert kind.make(settings).settings == settings
    assert kind.make(None).settings == settings
    first = dataclasses.fields(settings)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(settings, first, 1)


def test_every_source_has_settings_for_every_baseline():
    assert set(TUNED) == set(MIN_ROUNDS)
    for source, chosen in TUNED.items():
        absent = {name for name, kind in BASELINES.items() if kind.identity_only}
        assert set(chosen) == set(BASELINES) - (absent if source == "ppp" else set())
        for name, settings in chosen.items():
            assert type(settings) is BASELINES[name].settings_type, (source, name)


def test_cells_are_families():
    chosen = [settings for tuned in TUNED.values() for settings in tuned.values()]
    for settings in [*chosen, *DEFAULTS.values()]:
        if isinstance(settings, CellPopularitySettings):
            assert set(settings.cells) <= set(FAMILIES)


def test_unknown_sources_get_the_defaults():
    assert settings_for("crunchbase", "bm25") == TUNED["crunchbase"]["bm25"]
    for source in ("own tables", None, "ppp"):
        assert settings_for(source, "bpr") == DEFAULTS["bpr"]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ArgumentError, match=r"no baseline 'oracle'.*Choose from popularity, c"):
        get_baseline("oracle")


def test_the_document_lists_every_baseline_under_its_title(repository):
    text = (repository / "docs" / "baselines.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z0-9_]+)` \| ([^|]+?) \|", text, re.MULTILINE))
    assert list(listed) == list(BASELINES)
    for name, title in listed.items():
        assert title == f"{BASELINES[name].title['en']} · {BASELINES[name].title['zh']}"
