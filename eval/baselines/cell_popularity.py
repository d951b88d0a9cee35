"""Cell popularity: who funds most firms of this place and trade, falling back to all firms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.errors import ArgumentError
from eval.baselines.past import Attributes, Past, share_in_family
from features.queries import Queries
from features.tokens import FAMILIES, Vocabulary

ALL_TOKENS = Attributes(min_count=2, crosses=True)

DEFAULT_CELLS = (
    "province",
    "metro",
    "metro*sectors",
    "province*stage",
    "stage*sector_main",
    "city*industry_group",
    "need_kind*industry_group",
    "need_kind*city",
)
"""For data that nobody tuned on: places, and places with trade, stage or kind of need."""


@dataclass(frozen=True, slots=True)
class CellPopularitySettings:
    """Settings of :class:`CellPopularity`.

    Attributes
    ----------
    cells
        Families of :data:`features.tokens.FAMILIES` whose values are the cells; a family that the
        data lacks is passed over.
    half_life_days
        Age at which a link counts half.
    prior
        Links of the whole population that are added to each cell.
    """

    cells: tuple[str, ...] = DEFAULT_CELLS
    half_life_days: float = 1095.0
    prior: float = 10.0


class CellPopularity:
    """Mean over the firm's cells of the smoothed share of links inside the cell.

    Inside a cell with ``N`` links of which an item has ``A``, and with the item's share ``p`` of
    all links, the smoothed share is ``(A + prior · p) / (N + prior)``.

    Relations
    ---------
    Adds up shares of few, hand-picked cells; :class:`~eval.baselines.lift_sum.LiftSum` adds up
    log-lifts of all attributes.
    """

    def __init__(self, settings: CellPopularitySettings | None = None) -> None:
        self.settings = settings or CellPopularitySettings()

    def fit(self, past: Past) -> CellPopularity:
        """Count the links of each cell.

        Raises
        ------
        ArgumentError
            A cell is no family.
        """
        settings = self.settings
        unknown = set(settings.cells) - set(FAMILIES)
        if unknown:
            raise ArgumentError(
                f"A cell must be a family of attributes; got {', '.join(sorted(unknown))}.",
                field="cells",
                remedy=f"Choose from {', '.join(FAMILIES)}.",
            )
        self.vocabulary_ = past.vocabulary(ALL_TOKENS)
        self.weights_ = _cell_weights(self.vocabulary_, settings.cells)
        rounds, links = past.links(settings.half_life_days)
        counts = sp.csr_matrix(past.tokens(ALL_TOKENS)[rounds].T @ links)
        inside = np.asarray(counts.sum(axis=1)).ravel()
        self.shares_ = sp.csr_matrix(sp.diags_array(1 / (inside + settings.prior)) @ counts)
        self.left_to_all_ = (settings.prior / (inside + settings.prior)).astype(np.float32)
        self.popularity_ = past.popularity(settings.half_life_days)
        return self

    def score(self, queries: Queries) -> NDArray[np.float32]:
        """Return the mean share; a cell that the firm lacks counts as the population."""
        tokens = self.vocabulary_.transform(queries.tokens)
        tokens = share_in_family(tokens, self.vocabulary_.family_starts_, power=1.0)
        tokens = sp.csr_matrix(tokens @ sp.diags_array(self.weights_))
        lacking = 1 - np.asarray(tokens.sum(axis=1)).ravel()
        of_all = tokens @ self.left_to_all_ + lacking
        inside = (tokens @ self.shares_).toarray()
        return np.asarray(inside + of_all[:, None] * self.popularity_, np.float32)


def _cell_weights(vocabulary: Vocabulary, cells: tuple[str, ...]) -> NDArray[np.float32]:
    """Return the weight of each token: equal for the cells that the data has, else 0."""
    used = np.array([family in cells for family in vocabulary.families_], np.bool_)
    share = used / max(int(used.sum()), 1)
    return np.repeat(share, np.diff(vocabulary.family_starts_)).astype(np.float32)
