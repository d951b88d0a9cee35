"""One random generator for each part of the world, so that parts do not disturb each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from data.demo.arrays import Bools, Floats, Ints


def stream(seed: int, name: str, *numbers: int) -> np.random.Generator:
    """Return the generator of part ``name`` (and sub-part ``numbers``) of the world ``seed``."""
    return np.random.default_rng([seed, zlib.crc32(name.encode()), *numbers])


def draw_rows(rng: np.random.Generator, weights: Floats, which: Ints) -> Ints:
    """Draw one column for each entry of ``which``, a row of ``weights``. Shape ``(len(which),)``.

    Parameters
    ----------
    weights
        Non-negative, at least one positive in each row. Shape ``(n_rows, n_columns)``.
    """
    steps = np.cumsum(weights, axis=1)
    steps /= steps[:, -1:]
    flat = (steps + np.arange(len(weights))[:, None]).ravel()
    found = np.searchsorted(flat, which + rng.random(len(which)), side="right")
    column: Ints = np.minimum(found, (which + 1) * weights.shape[1] - 1) - which * weights.shape[1]
    return column


def draw(rng: np.random.Generator, weights: Floats, n: int) -> Ints:
    """Draw ``n`` positions of ``weights`` with replacement."""
    return draw_rows(rng, weights[None, :], np.zeros(n, dtype=np.int64))


def bits(flags: Bools) -> Ints:
    """Pack the last axis (up to 62 flags) into integers."""
    return flags.astype(np.int64) @ (np.int64(1) << np.arange(flags.shape[-1], dtype=np.int64))


def members(names: Sequence[str], bit_set: int) -> tuple[str, ...]:
    """Return the names whose bit is set."""
    return tuple(name for number, name in enumerate(names) if bit_set >> number & 1)
