"""What every baseline learns from: one frozen history and the token tables that are read from it.

Tables are made once and shared, so that twelve baselines do not read the same texts twelve times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.errors import EmptyInputError
from features.batch import family_rows
from features.history import History
from features.tokens import CROSS, FAMILIES, TokenLists, Vocabulary

NAME_WORDS = "name_words"


@dataclass(frozen=True, slots=True)
class Attributes:
    """Which attribute tokens a baseline sees; chosen on ``val`` like its other settings.

    Attributes
    ----------
    min_count
        Tokens of fewer past rounds are left out.
    crosses
        Also combinations of two attributes, such as place with trade.
    name_words
        Also the words of the firm's name.
    """

    min_count: int = 3
    crosses: bool = False
    name_words: bool = False

    def sees(self, family: str) -> bool:
        """Say whether the tokens of ``family`` are used."""
        if family == NAME_WORDS:
            return self.name_words
        return self.crosses or CROSS not in family


class Past:
    """A history with the tokens and links of its rounds.

    Parameters
    ----------
    history
        Everything before the split, over the candidates.

    Raises
    ------
    EmptyInputError
        The history has no link to a candidate.
    """

    def __init__(self, history: History) -> None:
        if not len(history.link_round):
            raise EmptyInputError(
                f"There is no link to a candidate before {history.as_of} to learn from.",
                remedy="Choose a later split date, or import more of the history.",
            )
        self.history = history
        self._tables: dict[Attributes, tuple[Vocabulary, sp.csr_matrix]] = {}

    def vocabulary(self, attributes: Attributes) -> Vocabulary:
        """Return the tokens that occur in the past rounds."""
        return self._table(attributes)[0]

    def tokens(self, attributes: Attributes) -> sp.csr_matrix:
        """Return the tokens of the past rounds as ones. Shape ``(n_rounds, n_tokens)``."""
        return self._table(attributes)[1]

    def _table(self, attributes: Attributes) -> tuple[Vocabulary, sp.csr_matrix]:
        if attributes not in self._tables:
            lists = self.history.rounds.tokens
            vocabulary = Vocabulary(min_count=attributes.min_count)
            vocabulary.fit(_seen(lists, attributes, n_rows=self.history.n_rounds))
            self._tables[attributes] = vocabulary, vocabulary.transform(lists)
        return self._tables[attributes]

    def links(self, half_life_days: float) -> tuple[NDArray[np.int64], sp.csr_matrix]:
        """Return the rounds with a first link, and those links weighted by recency.

        Returns
        -------
        rounds
            Row numbers among the past rounds, in order of time. Shape ``(n_linked,)``.
        links
            Shape ``(n_linked, n_items)``; no row is empty.
        """
        links = self.history.decayed_links(half_life_days)
        rounds = np.flatnonzero(np.diff(links.indptr) > 0)
        return rounds, links[rounds]

    def popularity(self, half_life_days: float, *, new_only: bool = True) -> NDArray[np.float32]:
        """Return each item's share of all links, weighted by recency. Shape ``(n_items,)``."""
        links = self.history.decayed_links(half_life_days, new_only=new_only)
        votes = np.asarray(links.sum(axis=0), np.float64).ravel()
        return np.asarray(votes / max(votes.sum(), np.finfo(np.float64).tiny), np.float32)


def _seen(
    lists: Mapping[str, TokenLists], attributes: Attributes, *, n_rows: int
) -> dict[str, TokenLists]:
    """Empty the families that are not used: the vocabulary then leaves them out."""
    nothing = TokenLists(np.zeros(n_rows + 1, np.int64), np.empty(0, object))
    return {family: lists[family] if attributes.sees(family) else nothing for family in FAMILIES}


def share_in_family(
    tokens: sp.csr_matrix, family_starts: NDArray[np.int64], *, power: float
) -> sp.csr_matrix:
    """Divide each token by (number of tokens of its family in the row) to the ``power``.

    With power 1 the tokens of a family sum to one, with 0.5 their squares do.
    """
    lengths = np.diff(family_rows(tokens, family_starts).indptr)
    scale = np.repeat(np.maximum(lengths, 1) ** -power, lengths).astype(np.float32)
    return sp.csr_matrix((tokens.data * scale, tokens.indices, tokens.indptr), shape=tokens.shape)


def unit_rows(matrix: sp.csr_matrix, *, power: float = 1.0) -> sp.csr_matrix:
    """Divide each row by its length to the ``power``; a row of zeros stays."""
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, norms**power, out=np.zeros_like(norms), where=norms > 0)
    return sp.csr_matrix(sp.diags_array(scale) @ matrix, dtype=np.float32)


def inverse_document_frequency(tokens: sp.csr_matrix) -> NDArray[np.float32]:
    """Return ``log((1 + n) / (1 + rounds with the token)) + 1``. Shape ``(n_tokens,)``."""
    in_rounds = np.asarray((tokens > 0).sum(axis=0)).ravel()
    return np.asarray(np.log((1 + tokens.shape[0]) / (1 + in_rounds)) + 1, np.float32)


def fill_blank_rows(
    scores: NDArray[np.float32], popularity: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Give rows without any score the popularity, so that a firm without attributes has a list."""
    blank = ~scores.any(axis=1)
    scores[blank] = popularity
    return scores
