"""Retrieval by meaning: what a need says against what offers say, as centred vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from data.errors import BundleDamagedError, BundleForeignError, BundleMissingError
from features.encoder.cache import KEY_BYTES, text_key
from features.encoder.centring import CHINESE, LATIN, Centring, language_of
from features.encoder.protocol import Progress, TextEncoder, clean_text
from matcher.index import VectorIndex

NEED, OFFER = "need", "offer"
INDEX_FILE = "texts.faiss"
CENTRING_FILE = "centring.json"
KEYS_FILE = "texts.npy"
ASKED_LETTERS = {CHINESE: 180, LATIN: 600}
"""Of what a need says that are read, about 128 tokens: what matters comes first, and a request
waits for it. On needs of 240 letters, read whole, the first 50 offers held as many of the right
ones (.436 against .428) at 1.5 times the cost. What offers say is read whole, once."""


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
    keys
        What stands for the text of each offer, :func:`~features.encoder.cache.text_key`, so that
        it is not read again where the store has it still.

    Raises
    ------
    BundleForeignError
        The means were taken with another encoder.

    Relations
    ---------
    :class:`matcher.lexical.LexicalIndex` finds what is worded alike, and is the better of the two
    for names and codes; this one finds what is meant alike.
    """

    def __init__(
        self, encoder: TextEncoder, centring: Centring, index: VectorIndex, *, keys: Sequence[bytes]
    ) -> None:
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
        self.keys = tuple(keys)
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
        needs = [asked_part(need) for need in needs]
        asked = encoder.encode(needs, progress=progress)
        centring = Centring.fit(
            {NEED: (needs, asked), OFFER: (offers, vectors)},
            fingerprint=encoder.info.fingerprint,
        )
        centred = centring.apply(OFFER, offers, vectors)
        return cls(encoder, centring, VectorIndex.build(centred), keys=_keys(offers))

    def over(self, offers: Sequence[str]) -> TextLane:
        """Return the lane over other offers, with the same means; only new texts are read."""
        keys, known = _keys(offers), {key: row for row, key in enumerate(self.keys)}
        rows = np.array([known.get(key, NO_ROW) for key in keys], np.int64)
        new = np.flatnonzero(rows == NO_ROW)
        centred = np.zeros((len(offers), self.encoder.info.dimension), np.float32)
        centred[rows != NO_ROW] = self.index.vectors[rows[rows != NO_ROW]]
        if len(new):
            texts = [offers[row] for row in new.tolist()]
            centred[new] = self.centring.apply(OFFER, texts, self.encoder.encode(texts))
        return TextLane(self.encoder, self.centring, VectorIndex.build(centred), keys=keys)

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
        text = asked_part(text)
        if not admitted.any():  # nothing to find, so nothing to read
            text = ""
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
        keys = np.frombuffer(b"".join(self.keys), np.uint8).reshape(-1, KEY_BYTES)
        np.save(folder / KEYS_FILE, keys, allow_pickle=False)
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
            keys = [row.tobytes() for row in np.load(folder / KEYS_FILE, allow_pickle=False)]
        except FileNotFoundError:
            raise BundleMissingError(
                f"There are no text vectors in {folder}.",
                field="encoder",
                remedy="Train again or restore the bundle.",
            ) from None
        except (ValueError, EOFError) as error:
            raise BundleDamagedError(
                f"The text vectors in {folder} are damaged: {CENTRING_FILE} or {KEYS_FILE} "
                "cannot be read.",
                field="encoder",
                remedy="Train again or restore the bundle.",
            ) from error
        return cls(encoder, centring, VectorIndex.load(folder / INDEX_FILE), keys=keys)


def asked_part(text: str) -> str:
    """Return as much of what a need says as is read."""
    cleaned = clean_text(text)
    return cleaned[: ASKED_LETTERS[language_of(cleaned)]]


def _keys(texts: Sequence[str]) -> list[bytes]:
    return [text_key(clean_text(text)) for text in texts]
