"""Worlds that the tests of the generator share."""

from __future__ import annotations

import datetime as dt
from functools import cached_property

import numpy as np
import pytest

from data.catalogue import Catalogue
from data.demo import World, generate
from data.demo.funnel import EVENT_KINDS
from data.records import EventKind

TODAY = dt.date(2026, 7, 1)


class Drawn:
    """A world with its catalogue rendered at most once, and its events by kind."""

    def __init__(self, size: str, seed: int) -> None:
        self.world: World = generate(size, seed=seed, today=TODAY)

    @cached_property
    def catalogue(self) -> Catalogue:
        return self.world.catalogue()

    def of_kind(self, kind: EventKind) -> np.ndarray:
        return self.world.history.kind == EVENT_KINDS.index(kind)


@pytest.fixture(scope="session")
def small() -> Drawn:
    return Drawn("small", 7)


@pytest.fixture(scope="session")
def medium() -> Drawn:
    return Drawn("medium", 11)
