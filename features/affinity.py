"""Affinity: how much more often an item links with firms like this one than with firms at large.

For a family f with values v, let ``A[v, i]`` be the recency-weighted first links of item i with
firms of value v, ``N[v]`` its row sums, ``n[i]`` its links and ``N`` all of them. Two smoothed
log-lifts are compared, which differ in what little data is drawn towards:

* *among peers* ``log((A[v, i] + k·n[i]/N) / (N[v] + k)) - log(n[i]/N)``: what share of the deals
  with such firms is the item's, against its share of all deals;
* *in portfolio* ``log((A[v, i] + k·N[v]/N) / (n[i] + k)) - log(N[v]/N)``: what share of the item's
  deals is with such firms, against their share of all deals.

A query with several values of a family uses their mean.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.batch import QueryBatch, families_of, family_rows
from features.follows import follows
from features.history import History
from features.spec import Feature, FeatureKind
from features.tokens import CROSS, Vocabulary
from features.value_table import ValueTable

HALF_LIFE_DAYS = 730.0
PEERS_PRIOR = 20.0
"""Pseudo-deals of the value, distributed as all deals are."""
PORTFOLIO_PRIOR = 5.0
"""Pseudo-deals of the item, distributed as all deals are."""

PLACES = ("country", "province", "metro", "city", "district", "postcode", "base")
SECTORS = ("industry_group", "industry_division", "industry", "sector_main", "sectors")
AMOUNTS = ("amount", "amount_coarse", "currency")
FIRM_SIZES = ("size", "size_class", "age", "legal_form", "nonprofit")


def theme_of(family: str) -> str:
    """Return the theme by which a family is explained."""
    parts = family.split(CROSS)
    if len(parts) == 2:
        kinds = sorted({theme_of(part) for part in parts})
        return kinds[0] if len(kinds) == 1 else "combination"
    for theme, families in (
        ("place", PLACES),
        ("sector", SECTORS),
        ("amount", AMOUNTS),
        ("firm_profile", FIRM_SIZES),
    ):
        if family in families:
            return theme
    return {"stage": "stage", "name_words": "sector", "need_kind": "purpose"}.get(family, "purpose")


class Affinity:
    """Smoothed log-lifts of every family, and their sum.

    Parameters
    ----------
    vocabulary
        Fitted on the rounds of the same history.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def fit(self, history: History, tokens: sp.csr_matrix) -> Affinity:
        """Count links by token; ``tokens`` are those of ``history.rounds``."""
        links = history.decayed_links(HALF_LIFE_DAYS)
        self.counts_ = sp.csr_matrix(tokens.T @ links)
        self.token_links_ = np.asarray(self.counts_.sum(axis=1)).ravel()
        self.item_links_ = np.asarray(links.sum(axis=0)).ravel()
        self.total_ = max(float(self.item_links_.sum()), 1e-9)
        return self

    @property
    def features(self) -> tuple[Feature, ...]:
        """Two features a family, then the sum over families of the first."""
        names = self.vocabulary.families_
        found = [Feature(f"peers.{f}", FeatureKind.LOG_LIFT, theme_of(f)) for f in names]
        found += [Feature(f"portfolio.{f}", FeatureKind.LOG_LIFT, theme_of(f)) for f in names]
        return (*found, Feature("peers.sum", FeatureKind.LOG_LIFT, "similar_deals"))

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item. ``(n_pairs, n)``."""
        if len(batch) == 1:
            return self._compute_one(batch, item)
        n_families = len(self.vocabulary.families_)
        split = family_rows(batch.tokens, self.vocabulary.family_starts_)
        n_values = np.diff(split.indptr)
        mean = 1 / np.maximum(n_values, 1)
        value_links = ((split @ self.token_links_) * mean).reshape(len(batch), n_families)
        # one gather for all families: (n_families, n_pairs)
        rows = query * n_families + np.arange(n_families)[:, None]
        if len(item) and (item == item[0]).all():  # the needs of one offer
            paired = ((split @ self._by_item[item[:1]].toarray()[0]) * mean)[rows]
        else:
            paired = ((split @ self.counts_).toarray() * mean[:, None])[rows, item]
        known = (n_values > 0).reshape(len(batch), n_families)[query].T
        of_value = value_links[query].T
        item_links = self.item_links_[item]
        item_share = np.maximum(item_links, 1e-6) / self.total_
        value_share = np.maximum(of_value, 1e-6) / self.total_
        peers = np.log(
            (paired + PEERS_PRIOR * item_share) / ((of_value + PEERS_PRIOR) * item_share)
        )
        portfolio = np.log(
            (paired + PORTFOLIO_PRIOR * value_share)
            / ((item_links + PORTFOLIO_PRIOR) * value_share)
        )
        total = np.where(known, peers, 0.0).sum(axis=0)
        peers[~known] = np.nan
        portfolio[~known] = np.nan
        return np.vstack([peers, portfolio, total[None]]).T.astype(np.float32)

    def _compute_one(self, batch: QueryBatch, item: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the features of pairs of a single query: its own families at these items alone."""
        tokens, n_families = batch.tokens.indices, len(self.vocabulary.families_)
        families, starts, n_values = families_of(batch.tokens, self.vocabulary.family_starts_)
        values, links = self._values.at(tokens, item), self.token_links_[tokens]
        counts, of_value = values[starts], links[starts]
        for place in np.flatnonzero(n_values > 1).tolist():
            held = slice(starts[place], starts[place] + n_values[place])
            counts[place] = values[held].sum(axis=0)
            of_value[place] = np.cumsum(links[held])[-1]  # one after the other, as sparse rows add
        mean = (1 / n_values)[:, None]
        paired, of_value = counts * mean, of_value[:, None] * mean
        item_links = self.item_links_[item]
        item_share = np.maximum(item_links, 1e-6) / self.total_
        value_share = np.maximum(of_value, 1e-6) / self.total_
        peers = np.log(
            (paired + PEERS_PRIOR * item_share) / ((of_value + PEERS_PRIOR) * item_share)
        )
        portfolio = np.log(
            (paired + PORTFOLIO_PRIOR * value_share)
            / ((item_links + PORTFOLIO_PRIOR) * value_share)
        )
        found = np.full((2 * n_families + 1, len(item)), np.nan, np.float32)
        found[families] = peers
        found[n_families + families] = portfolio
        found[-1] = peers.sum(axis=0)
        return found.T

    @follows("counts_")
    def _by_item(self) -> sp.csr_matrix:
        """Return the counts of each item. Shape ``(n_items, n_tokens)``."""
        return sp.csr_matrix(self.counts_.T)

    @follows("counts_")
    def _values(self) -> ValueTable:
        return ValueTable(self.counts_)
