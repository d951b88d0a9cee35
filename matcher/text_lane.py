"""Retrieval by meaning: what a need says against what offers say, as centred vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import BundleDamagedError, BundleForeignError, BundleMissingError
from features.encoder.centring import Centring
from features.encoder.protocol import Progress, TextEncoder
from matcher.index import VectorIndex

NEED, OFFER = "need", "offer"
INDEX_FILE = "texts.faiss"
CENTRING_FILE = "centring.json"


class TextLane:
    """Offers by meaning.

    Parameters
    ----------
    encoder
        Of what needs say; its vectors must be those of the index.
    centring
        Means of both sides.
    index
        Centred vectors of what offers say; zero for an offer that says nothing.

    Raises
    ------
    BundleForeignError
        The means were taken with another encoder.

    Relations
    ---------
    :class:`matcher.lexical.LexicalIndex` finds what is worded alike, and is the better of the two
    for names and codes; this one finds what is meant alike.
    """

    def __init__(self, encoder: TextEncoder, centring: Centring, index: VectorIndex) -> None:
        if centring.fingerprint != encoder.info.fingerprint:
            raise BundleForeignError(
                f"The text vectors are of the encoder {centring.fingerprint}, not of "
                f"{encoder.info.name!r} ({encoder.info.fingerprint}).",
                field="encoder",
                remedy="Choose the encoder that the model was trained with, or train again.",
            )
        self.encoder = encoder
        self.centring = centring
        self.index = index
        self._says = np.asarray(index.vectors.any(axis=1), np.bool_)

    @classmethod
    def build(
        cls,
        encoder: TextEncoder,
        offers: Sequence[str],
        *,
        needs: Sequence[str],
        progress: Progress | None = None,
    ) -> TextLane:
        """Encode what offers say, centred by side and language.

        Parameters
        ----------
        offers
            One text for each item, empty where it says nothing.
        needs
            What some needs say, for the mean of their side.
        """
        vectors = encoder.encode(offers, progress=progress)
        asked = encoder.encode(needs, progress=progress)
        centring = Centring.fit(
            {NEED: (needs, asked), OFFER: (offers, vectors)},
            fingerprint=encoder.info.fingerprint,
        )
        centred = centring.apply(OFFER, offers, vectors)
        return cls(encoder, centring, VectorIndex.build(centred))

    def over(self, offers: Sequence[str]) -> TextLane:
        """Return the lane over other offers, with the same means."""
        vectors = self.encoder.encode(offers)
        centred = self.centring.apply(OFFER, offers, vectors)
        return TextLane(self.encoder, self.centring, VectorIndex.build(centred))

    def search(
        self, text: str, k: int, *, eligible: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Find the ``k`` eligible offers closest in meaning to ``text``.

        Returns
        -------
        scores, rows
            Both ``(k,)``, best first, padded as :meth:`VectorIndex.search` does; nothing where
            ``text`` holds nothing to read. Offers that say nothing are left out.
        """
        admitted: NDArray[np.bool_] = self._says if eligible is None else self._says & eligible
        vector = self.encoder.encode([text])
        if not vector.any():
            admitted = np.zeros_like(admitted)
        centred = self.centring.apply(NEED, [text], vector)
        scores, rows = self.index.search(centred, k, eligible=admitted)
        return scores[0], rows[0]

    def save(self, folder: Path) -> None:
        """Write index and means into ``folder``; the encoder is named, not copied."""
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder / INDEX_FILE)
        content = {"encoder": self.encoder.info.name, **self.centring.to_dict()}
        (folder / CENTRING_FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: TextEncoder) -> TextLane:
        """Read what :meth:`save` wrote.

        Raises
        ------
        BundleMissingError, BundleDamagedError
            A file is missing, or cannot be read.
        BundleForeignError
            It was made with another encoder.
        """
        path = folder / CENTRING_FILE
        try:
            centring = Centring.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BundleMissingError(
                f"There are no text vectors in {folder}.",
                field="encoder",
                remedy="Train again or restore the bundle.",
            ) from None
        except ValueError as error:
            raise BundleDamagedError(
                f"The text vectors in {folder} are damaged: {CENTRING_FILE} is not JSON.",
                field="encoder",
                remedy="Train again or restore the bundle.",
            ) from error
        return cls(encoder, centring, VectorIndex.load(folder / INDEX_FILE))
