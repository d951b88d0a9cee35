"""What an encoder is: texts in, unit vectors out, and a fingerprint that says whose they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError

Vectors = NDArray[np.float32]
Progress = Callable[[str, int, int | None], None]
"""Told the step, how much is done, and of how much."""

MAX_CHARACTERS = 4_000
"""Characters of a text that are read: 512 tokens are about 700 Chinese or 2,500 English ones."""
NORM_TOLERANCE = 1e-3
"""How far from 1 the length of a vector may lie: float32, and half-precision models."""

_UNSEEN = re.compile(r"[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060\ufeff\ufffd]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Whose vectors these are.

    Attributes
    ----------
    name
        For people: a model's name or path.
    fingerprint
        Equal exactly where two encoders give the same vectors: weights, vocabulary, prefixes.
    dimension
        Length of a vector.
    """

    name: str
    fingerprint: str
    dimension: int


class TextEncoder(Protocol):
    """Turns texts into unit vectors whose inner product is their likeness in meaning."""

    @property
    def info(self) -> EncoderInfo:
        """Whose vectors these are."""
        ...

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        """Return one unit vector for each text.

        Parameters
        ----------
        texts
            Any text: :func:`clean_text` is applied.
        progress
            Told the step ``"encode"``.

        Returns
        -------
        Shape ``(n, dimension)``, float32; zero for a text in which nothing is left to read.
        """
        ...


def clean_text(text: str) -> str:
    """Return ``text`` in its usual forms (NFKC), without control characters, blanks joined.

    Only the first :data:`MAX_CHARACTERS` are read: no model looks further.
    """
    head = _SURROGATES.sub(" ", text[: 4 * MAX_CHARACTERS])
    plain = _UNSEEN.sub(" ", unicodedata.normalize("NFKC", head))
    return _BLANKS.sub(" ", plain).strip()[:MAX_CHARACTERS]


def check_vectors(vectors: Vectors, n: int, *, info: EncoderInfo) -> Vectors:
    """Return what an encoder gave as contiguous float32, or say what is wrong with it.

    Raises
    ------
    ArgumentError
        A wrong shape, NaN or infinite values, or lengths other than 1 and 0.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    if rows.shape != (n, info.dimension):
        raise ArgumentError(
            f"The encoder {info.name} must give vectors of the shape ({n}, {info.dimension}); "
            f"got {rows.shape}.",
            field="encoder",
            remedy="Clear its cached vectors, or choose the encoder that made them.",
        )
    norms = np.linalg.norm(rows, axis=1)
    good = np.isfinite(norms) & ((np.abs(norms - 1) <= NORM_TOLERANCE) | (norms == 0))
    if not good.all():
        raise ArgumentError(
            f"The encoder {info.name} must give vectors of length 1; "
            f"{np.count_nonzero(~good)} of {n} are not, the first is row {np.argmin(good)}.",
            field="encoder",
        )
    return rows
