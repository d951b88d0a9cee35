"""Fixtures of the matcher's tests."""

from __future__ import annotations

import numpy as np
import pytest

from .serving import Served, make_served


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, fresh for each test."""
    return np.random.default_rng(20_130_101)


@pytest.fixture(scope="session")
def served() -> Served:
    """A tiny model trained on a generated world, and its store."""
    return make_served()
