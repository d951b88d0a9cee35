"""A home with a trained model, an administrator, and a firm and an offer to report about."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from data.records import Firm, Offer
from data.store import Store
from matcher.registry import find_current
from service.settings import read_settings
from tests.faults.real_server import add_administrator
from tests.service.conftest import demo_home

__all__ = ["demo_home"]


@dataclass(frozen=True)
class World:
    """A home that a server may be started over."""

    home: Path
    key: str
    firm_id: str
    offer_id: str
    bundle: str

    @property
    def bundles(self) -> Path:
        return self.home / "bundles"

    def open_store(self) -> Store:
        return Store.open(read_settings({}, home=self.home).database_url)


def make_world(demo_home: Path, home: Path) -> World:
    """Copy the demo's home; it is served as a real one."""
    shutil.copytree(demo_home, home, ignore=shutil.ignore_patterns("demo.json"))
    bundle = find_current(home / "bundles")
    assert bundle is not None
    with Store.open(read_settings({}, home=home).database_url) as store:
        key = add_administrator(store)
        firm, offer = store.page(Firm, limit=1)[0], store.page(Offer, limit=1)[0]
    return World(home, key, firm.firm_id, offer.offer_id, bundle)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine reaches a server."""
    monkeypatch.setenv("FINMATCH_ENCODER", "off")
    for name in ("FINMATCH_DATABASE_URL", "FINMATCH_HOME", "FINMATCH_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def world(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A home that the tests of one module share."""
    return make_world(demo_home, tmp_path_factory.mktemp("faults") / "home")


@pytest.fixture
def own_world(demo_home: Path, tmp_path: Path) -> World:
    """A home that one test may harm."""
    return make_world(demo_home, tmp_path / "home")
