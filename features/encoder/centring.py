"""Centring: what all texts of one side and language share says nothing, so it is taken away.

All vectors of a language model lean one way, and descriptions of firms lean another way than offers
do; the cosine of two arbitrary texts is .8. Less the mean of their side and language, vectors
differ by what they are about. For matching only: for finding duplicates the raw cosine is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, BundleDamagedError
from features.encoder.protocol import Vectors

FEWEST_TEXTS = 20
"""Texts from which a side has a mean of its own; with fewer the mean is one text's opinion."""
CHINESE, LATIN = "zh", "en"
HAN_SHARE = 0.2
"""Share of Han among a text's letters from which it counts as Chinese: "AI 芯片" does."""


def language_of(text: str) -> str:
    """Return ``zh`` or ``en``: which mean a text belongs to."""
    letters = [letter for letter in text if letter.isalpha()]
    han = sum("\u3400" <= letter <= "\u9fff" for letter in letters)
    return CHINESE if letters and han >= HAN_SHARE * len(letters) else LATIN


@dataclass(frozen=True)
class Centring:
    """Means by side and language, with the encoder they belong to.

    Attributes
    ----------
    fingerprint
        Of the encoder.
    means
        By ``(side, language)``; where there is none, vectors stay as they are.
    """

    fingerprint: str
    means: dict[tuple[str, str], NDArray[np.float32]]

    @classmethod
    def fit(
        cls,
        sides: dict[str, tuple[Sequence[str], Vectors]],
        *,
        fingerprint: str,
        fewest: int = FEWEST_TEXTS,
    ) -> Centring:
        """Take the means of each side's texts.

        A side with fewer than ``fewest`` texts of a language takes the mean of both sides in that
        language; where that has too few texts, too, nothing is taken away.

        Parameters
        ----------
        sides
            Texts and their vectors by side; texts with a zero vector do not count.
        """
        found: dict[tuple[str, str], Vectors] = {}
        for side, (texts, vectors) in sides.items():
            read = vectors.any(axis=1)
            languages = np.array([language_of(text) for text in texts], dtype=object)
            for language in (CHINESE, LATIN):
                found[side, language] = vectors[read & (languages == language)]
        means = {}
        for (side, language), own in found.items():
            shared = np.concatenate([found[other, language] for other in sides])
            chosen = own if len(own) >= fewest else shared
            if len(chosen) >= fewest:
                means[side, language] = chosen.mean(axis=0, dtype=np.float64).astype(np.float32)
        return cls(fingerprint, means)

    def apply(self, side: str, texts: Sequence[str], vectors: Vectors) -> Vectors:
        """Return the vectors less the mean of their side and language, again of length 1.

        Raises
        ------
        ArgumentError
            The vectors have another dimension than the means.
        """
        out = np.array(vectors, np.float32)
        for row, text in enumerate(texts):
            mean = self.means.get((side, language_of(text)))
            if mean is None or not out[row].any():
                continue
            if mean.shape != out[row].shape:
                raise ArgumentError(
                    f"The means have the dimension {len(mean)}; got vectors of {out.shape[1]}.",
                    field="encoder",
                    remedy="Use the encoder that the means were taken with.",
                )
            out[row] -= mean
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        unit: Vectors = np.divide(out, norms, out=np.zeros_like(out), where=norms > 0)
        return unit

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as an index is versioned with."""
        means = [[side, language, mean.tolist()] for (side, language), mean in self.means.items()]
        return {"fingerprint": self.fingerprint, "means": means}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Centring:
        """Read what :meth:`to_dict` gave.

        Raises
        ------
        BundleDamagedError
            It is something else.
        """
        try:
            means = {
                (str(side), str(language)): np.array(mean, np.float32)
                for side, language, mean in content["means"]
            }
            return cls(str(content["fingerprint"]), means)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleDamagedError(
                "The means that texts are centred by cannot be read.",
                field="encoder",
                remedy="Train again or restore the bundle.",
            ) from error
