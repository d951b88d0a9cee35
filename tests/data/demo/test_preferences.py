"""The model is written: every weight is explained, and the document shows the same values."""

from __future__ import annotations

import dataclasses
import re

import pytest

from data.demo import PRESETS, Preferences
from data.demo.utilities import FIRM_TERMS, INST_TERMS, utility
from data.records import NeedKind


def test_every_weight_is_explained():
    for field in dataclasses.fields(Preferences):
        assert re.search(rf"\b{field.name}\b", Preferences.__doc__), field.name


def test_every_term_has_a_weight_and_none_can_be_changed():
    weights = Preferences()
    for name in (*FIRM_TERMS, *INST_TERMS):
        assert getattr(weights, name) > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        weights.inst_taste = 9.0
    assert set(weights.takes_at_most) == set(NeedKind)


def test_utility_is_the_weighted_sum_of_the_terms_at_hand():
    weights = Preferences()
    terms = {"firm_amount": 0.5, "firm_price": -2.0}
    expected = weights.firm_amount * 0.5 + weights.firm_price * -2.0
    assert utility(terms, FIRM_TERMS, weights) == pytest.approx(expected)


def test_the_document_states_the_presets_and_the_weights(repository):
    text = (repository / "docs" / "demo-world.md").read_text(encoding="utf-8")
    for name, size in PRESETS.items():
        row = re.search(rf"^\| `{name}`.*$", text, re.MULTILINE)[0]
        cells = [cell.strip() for cell in row.split("|")[2:5]]
        assert cells == [f"{size.firms:,}", f"{size.offers:,}", f"{size.bases:,}"]
        assert row.rstrip("| ").endswith(str(size.list_length))
    weights = Preferences()
    table = text[text.index("| U, the firm") : text.index("An institution has three favourite")]
    said = sorted(float(number) for number in re.findall(r"\| (\d\.\d+) ", table))
    assert said == sorted(getattr(weights, name) for name in (*FIRM_TERMS, *INST_TERMS))
