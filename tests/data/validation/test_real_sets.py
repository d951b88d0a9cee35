"""The real sets pass what they should."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data.importers import SOURCES
from data.validation import Status, validate

pytestmark = pytest.mark.real_data

TODAY = dt.date(2021, 1, 1)
FOUND = {
    "crunchbase": {"before_founding", "same_names", "missing_values"},
    "itjuzi": {"missing_values"},
    "ppp": {"impossible_amounts", "same_names", "missing_values"},
}
"""Checks with findings; the sources are known to have them."""


@pytest.mark.parametrize("name", sorted(FOUND))
def test_nothing_fails_and_little_warns(name: str, real_data_dir: Path) -> None:
    catalogue = SOURCES[name].read(real_data_dir / name).catalogue()
    report = validate(catalogue, today=TODAY)
    assert report.status is Status.WARN
    assert {r.name for r in report.results if r.status is Status.WARN} == FOUND[name]
