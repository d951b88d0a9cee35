"""The real sets: the importers agree with the independent statement of the protocol."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from data import columns as col
from data.catalogue import Catalogue
from data.importers import SOURCES
from data.importers.result import ImportResult

pytestmark = pytest.mark.real_data

SIZES = {
    "crunchbase": (29_640, 72_347),
    "itjuzi": (12_545, 14_318),
    "ppp": (112_996, 112_996),
}
"""Rounds and links of the dated copies that this was written against."""


@pytest.fixture(scope="module")
def reference(shared_tools_dir: Path) -> ModuleType:
    """The independent program that builds queries and relevance judgements."""
    spec = importlib.util.spec_from_file_location("make_qrels", shared_tools_dir / "make_qrels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def read(real_data_dir: Path) -> Callable[[str], ImportResult]:
    """Read a set once a module."""
    results: dict[str, ImportResult] = {}

    def read_once(name: str) -> ImportResult:
        if name not in results:
            results[name] = SOURCES[name].read(real_data_dir / name)
        return results[name]

    return read_once


def keys_of(catalogue: Catalogue, side: str, column: str, target: str) -> list[str]:
    rows = getattr(catalogue, side).references(column, getattr(catalogue, target).ids)
    assert (rows >= 0).all()
    return list(getattr(catalogue, target).strings(col.SOURCE_KEY)[rows])


@pytest.mark.parametrize("name", sorted(SIZES))
def test_rounds_and_links_agree(
    name: str,
    read: Callable[[str], ImportResult],
    reference: ModuleType,
    real_data_dir: Path,
) -> None:
    catalogue = read(name).catalogue()
    rounds, links = reference.load(name, real_data_dir / name)
    days = catalogue.needs.dates(col.STATED_ON).astype(str)
    ours = set(zip(keys_of(catalogue, "needs", col.FIRM_ID, "firms"), days, strict=True))
    assert ours == set(zip(rounds.firm, rounds.date.dt.strftime("%Y-%m-%d"), strict=True))
    days = catalogue.events.dates(col.OCCURRED_AT).astype(str)
    ours_linked = set(
        zip(
            keys_of(catalogue, "events", col.FIRM_ID, "firms"),
            days,
            keys_of(catalogue, "events", col.OFFER_ID, "offers"),
            strict=True,
        )
    )
    theirs = zip(links.firm, links.date.dt.strftime("%Y-%m-%d"), links.funder, strict=True)
    assert ours_linked == set(theirs)
    assert (len(catalogue.needs), len(catalogue.events)) == (len(rounds), len(links))


@pytest.mark.parametrize("name", sorted(SIZES))
def test_facts(name: str, read: Callable[[str], ImportResult]) -> None:
    catalogue = read(name).catalogue()
    assert (len(catalogue.needs), len(catalogue.events)) >= SIZES[name]
    assert len(catalogue.offers) == len(catalogue.institutions)
    stated = pd.Series(catalogue.needs.strings(col.SOURCE_KEY)).str
    assert stated.contains(r"@\d{4}-\d\d-\d\d$").all()
    assert not stated.contains(r"\s").any()


def test_almost_all_amounts_of_the_sets_are_understood(
    read: Callable[[str], ImportResult],
) -> None:
    for name in SIZES:
        amounts = [r for r in read(name).rejects if r.column in ("amount", "loan", "amount_usd")]
        assert amounts == []
