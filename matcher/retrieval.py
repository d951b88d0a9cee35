"""Retrieval: from all eligible offers to the few hundred that are worth ordering.

Up to four lanes look at the same offers: the learned content model (an inner product, so the vector
index), the past (who funded the rounds most like this one), wording (BM25 over what offers and
institutions say of themselves) and, with a text encoder, meaning. They are fused by rank. The
content lane weighs four times as much as each of the others: on past funding rounds alone it finds
as much as the best fusion, and the others are there for what it cannot see, an institution's own
words and rare ways of dealing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import columns as col
from data.catalogue import NO_ROW, Catalogue
from data.errors import ArgumentError
from features.batch import QueryBatch
from features.content_model import ContentModel
from features.encoder.protocol import TextEncoder
from features.items import Items
from features.neighbours import Neighbours
from features.pairs import PairFeatures
from features.reading import texts_at
from matcher.fusion import fuse_rows
from matcher.index import VectorIndex
from matcher.lexical import LexicalIndex
from matcher.text_lane import TextLane

POOL_SIZE = 300
LEXICAL_FOLDER = "lexical"
TEXT_FOLDER = "text"
INDEX_FILE = "content.faiss"


@dataclass(frozen=True, slots=True)
class LaneWeights:
    """How much each lane counts in the fusion."""

    content: float = 4.0
    history: float = 1.0
    lexical: float = 1.0
    text: float = 1.0


LEXICAL_SHARE = 0.3
"""Of the ceiling of BM25, from which wording counts beside an encoder: two thirds of what a text
reaches that holds every token once. Below it, two texts share common words by chance, and a rank
among such texts would outweigh the encoder's. The smallest cut with which the fusion is not below
meaning alone on names and business scopes of a register and on loans of a generated world
(benchmarks/tune_text.py)."""


class Retriever:
    """Pools of offers for needs.

    Parameters
    ----------
    features
        Fitted pair features; the lanes read their content model and their past rounds.
    index
        Over :func:`content_rows`.
    lexical
        Over :func:`offer_texts`; ``None`` leaves that lane out.
    weights
        Of the lanes.
    text
        Meaning of what offers say, in the order of the items; ``None`` leaves that lane out.

    Relations
    ---------
    The pool is only a choice of what to order; :class:`matcher.model.MatchModel` orders it.
    """

    def __init__(
        self,
        features: PairFeatures,
        index: VectorIndex,
        lexical: LexicalIndex | None,
        *,
        weights: LaneWeights | None = None,
        text: TextLane | None = None,
    ) -> None:
        self.features = features
        self.text = text
        self.index = index
        self.lexical = lexical
        self.weights = weights or LaneWeights()
        self._history = next((g for g in features.groups_ if isinstance(g, Neighbours)), None)

    @classmethod
    def build(
        cls,
        features: PairFeatures,
        texts: Sequence[str] | None = None,
        *,
        weights: LaneWeights | None = None,
        text: TextLane | None = None,
    ) -> Retriever:
        """Index the items of fitted features; ``texts`` as :func:`offer_texts` returns them."""
        index = VectorIndex.build(content_rows(features.content_model_))
        lexical = LexicalIndex.build(texts) if texts is not None and any(texts) else None
        return cls(features, index, lexical, weights=weights, text=text)

    def pool(
        self,
        batch: QueryBatch,
        size: int = POOL_SIZE,
        *,
        allowed: NDArray[np.bool_] | None = None,
        texts: Sequence[str] | None = None,
    ) -> NDArray[np.int64]:
        """Choose items for every query of a batch.

        Parameters
        ----------
        batch
            Encoded queries.
        size
            How many items, at least 1.
        allowed
            Which items may be chosen for each query; by default all but those that the firm
            already dealt with. Shape ``(n, n_items)``.
        texts
            What each query says, for the lexical lane.

        Returns
        -------
        array
            Item numbers, best first, padded with ``NO_ROW``. Shape ``(n, size)``.

        Raises
        ------
        ArgumentError
            ``size`` is below 1, or ``allowed`` or ``texts`` are not of one row a query.
        """
        mask = ~batch.earlier.toarray().astype(np.bool_) if allowed is None else allowed
        said = [""] * len(batch) if texts is None else texts
        if size < 1:
            raise ArgumentError(f"The pool must hold at least 1 item; got {size}.", field="size")
        if mask.shape != (len(batch), len(self.index)) or len(said) != len(batch):
            raise ArgumentError(
                f"{len(batch)} queries over {len(self.index)} items need as many masks and texts; "
                f"got a mask of shape {mask.shape} and {len(said)} texts.",
                field="allowed",
            )
        pools = np.full((len(batch), size), NO_ROW, np.int64)
        for place in range(len(batch)):
            found = self._pool(batch, place, size, allowed=mask[place], text=said[place])
            pools[place, : len(found)] = found
        return pools

    def _pool(
        self,
        batch: QueryBatch,
        place: int,
        size: int,
        *,
        allowed: NDArray[np.bool_],
        text: str,
    ) -> NDArray[np.int64]:
        vector = np.append(batch.vectors[place], np.float32(1))[None]
        _, rows = self.index.search(vector, size, eligible=allowed)
        lanes, weights = [rows[0]], [self.weights.content]
        if np.count_nonzero(allowed) <= size:  # nothing to choose: their order is for the ranker
            every: NDArray[np.int64] = rows[0][rows[0] != NO_ROW]
            return every
        if self._history is not None:
            lanes.append(self._by_history(batch, place, size, allowed=allowed))
            weights.append(self.weights.history)
        if self.lexical is not None and text:
            share = 0.0 if self.text is None else LEXICAL_SHARE
            found = self.lexical.search(text, size, eligible=allowed, least_share=share)
            lanes.append(found[1])
            weights.append(self.weights.lexical)
        if self.text is not None and text:
            lanes.append(self.text.search(text, size, eligible=allowed)[1])
            weights.append(self.weights.text)
        fused = fuse_rows(lanes, len(self.index), weights=weights)
        return _best(fused, size)

    def _by_history(
        self, batch: QueryBatch, place: int, size: int, *, allowed: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        assert self._history is not None
        votes = np.where(allowed, self._history.votes(batch, place), 0.0)
        return _best(votes, size)

    def save(self, folder: Path) -> None:
        """Write the indexes into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.index.save(folder / INDEX_FILE)
        if self.lexical is not None:
            self.lexical.save(folder / LEXICAL_FOLDER)
        if self.text is not None:
            self.text.save(folder / TEXT_FOLDER)

    @classmethod
    def load(
        cls,
        features: PairFeatures,
        folder: Path,
        *,
        weights: LaneWeights | None = None,
        encoder: TextEncoder | None = None,
    ) -> Retriever:
        """Read what :meth:`save` wrote; raises as the indexes do.

        Without an ``encoder`` the lane of meaning is left out, whether or not it was saved.
        """
        index = VectorIndex.load(folder / INDEX_FILE)
        lexical = None
        if (folder / LEXICAL_FOLDER).is_dir():
            lexical = LexicalIndex.load(folder / LEXICAL_FOLDER)
        text = None
        if encoder is not None and (folder / TEXT_FOLDER).is_dir():
            text = TextLane.load(folder / TEXT_FOLDER, encoder)
        return cls(features, index, lexical, weights=weights, text=text)


def content_rows(
    model: ContentModel, items: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Return item vectors with their bias beside them: against ``[vector, 1]``, the log-odds.

    Those of ``items`` where they are given, else all.
    """
    vectors, bias = model.item_vectors_, np.asarray(model.item_bias_)
    if items is not None:
        vectors, bias = vectors[items], bias[items]
    return np.hstack([vectors, bias.reshape(-1, 1)])


def offer_texts(catalogue: Catalogue, items: Items) -> list[str]:
    """Return what each offer and its institution say of themselves, for the lexical lane.

    Empty where neither has a description: a bare name matches by accident.
    """
    offers, institutions = catalogue.offers, catalogue.institutions
    rows = offers.ids.rows(items.offer_ids.ids)
    owners = institutions.ids.rows(items.texts[col.INSTITUTION_ID])
    described = zip(
        texts_at(offers, col.DESCRIPTION, rows),
        texts_at(institutions, col.DESCRIPTION, owners),
        strict=True,
    )
    named = zip(items.texts[col.NAME], items.institution_texts[col.NAME], strict=True)
    lists = [items.lists[name].lists() for name in (col.SECTORS, col.PURPOSES)]
    return [
        " ".join(part for part in (*names, *texts, *sectors, *purposes) if part)
        if any(texts)
        else ""
        for names, texts, sectors, purposes in zip(named, described, *lists, strict=True)
    ]


def _best(scores: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return the rows of the best positive scores, best first, ties by row."""
    rows = np.flatnonzero(scores > 0)
    order = np.argsort(np.negative(scores[rows]), kind="stable")
    return rows[order][:size]
