"""Pair features: every number the ranker sees of a query and an item, from one frozen history.

``PairFeatures`` is fitted on a :class:`~features.history.History` and then answers for any query,
in training (thousands of queries from a replayed window) and in serving (one) by the same code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from features.activity import Activity
from features.affinity import Affinity
from features.asker import Asker
from features.batch import QueryBatch, content_input
from features.coinvestment import Coinvestment
from features.content import Content
from features.content_model import ContentModel, ContentSettings
from features.declared import Declared
from features.history import History
from features.item_tokens import ItemVocabulary, read_item_tokens
from features.items import Items
from features.neighbours import Neighbours
from features.queries import Queries
from features.spec import Feature, FeatureList
from features.ticket import Ticket
from features.tokens import Vocabulary

NEIGHBOUR_MEMBERS = 2
"""Members of the content model whose vectors compare rounds: more cost more and find the same."""
CHUNK_QUERIES = 128
"""Queries worked on at a time: bounds the dense (queries × families × items) block."""


@dataclass(frozen=True, slots=True)
class PairSettings:
    """Hyper-parameters of the pair features; chosen on the windows before T."""

    min_token_count: int = 3
    content: ContentSettings = field(default_factory=ContentSettings)


class Group(Protocol):
    """Features that are computed together."""

    @property
    def features(self) -> tuple[Feature, ...]:
        """The columns of :meth:`compute`."""

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs of a batch position and an item. ``(n_pairs, n)``."""


class PairFeatures:
    """All feature groups, fitted on one history."""

    def __init__(self, settings: PairSettings | None = None) -> None:
        self.settings = settings or PairSettings()

    def fit(self, history: History, *, rng: np.random.Generator) -> PairFeatures:
        """Learn vocabulary, content model and all groups from ``history``."""
        self.as_of_ = history.as_of
        self.items_ = history.items
        self.firm_history_ = history.firm_history
        self.vocabulary_ = Vocabulary(min_count=self.settings.min_token_count).fit(
            history.rounds.tokens
        )
        tokens = self.vocabulary_.transform(history.rounds.tokens)
        earlier = history.earlier_items_of(history.rounds)
        n_earlier, _ = history.last_round_days(history.rounds)
        inputs = content_input(tokens, self.vocabulary_.family_starts_, earlier, n_earlier)
        self.item_vocabulary_, item_tokens = _item_tokens(history.items)
        self.content_model_ = self._fit_content(history, inputs, item_tokens, rng)
        vectors = self.content_model_.encode(inputs)
        self.groups_: tuple[Group, ...] = (
            Content().fit(history, tokens, np.asarray(self.content_model_.item_bias_, np.float32)),
            Affinity(self.vocabulary_).fit(history, tokens),
            Activity(self.vocabulary_).fit(history, tokens),
            Ticket().fit(history),
            Neighbours().fit(history, vectors, dims=NEIGHBOUR_MEMBERS * self.settings.content.dims),
            Coinvestment().fit(history),
            Asker(),
            *([Declared(history.items)] if history.items.declares else []),
        )
        return self

    def _fit_content(
        self,
        history: History,
        inputs: sp.csr_matrix,
        item_tokens: sp.csr_matrix | None,
        rng: np.random.Generator,
    ) -> ContentModel:
        links = history.decayed_links(np.inf)
        linked = np.flatnonzero(np.diff(links.indptr) > 0)
        links = links[linked]
        links.data[:] = 1.0
        ages = (history.as_of - history.rounds.days[linked]).astype(np.float64)
        return ContentModel(self.settings.content).fit(
            inputs[linked], links, ages, rng=rng, item_tokens=item_tokens
        )

    @property
    def features(self) -> FeatureList:
        """The columns of :meth:`compute`."""
        return FeatureList(f for group in self.groups_ for f in group.features)

    def encode(self, queries: Queries) -> QueryBatch:
        """Turn queries into what all groups share.

        Raises
        ------
        ArgumentError
            The queries count firms by another numbering than the history.
        """
        self.firm_history_.check_numbering(queries)
        tokens = self.vocabulary_.transform(queries.tokens)
        earlier = self.firm_history_.earlier_items_of(queries)
        n_earlier, days_since = self.firm_history_.last_round_days(queries)
        inputs = content_input(tokens, self.vocabulary_.family_starts_, earlier, n_earlier)
        horizon = (queries.days - self.as_of_).astype("timedelta64[D]").astype(np.float64)
        return QueryBatch(
            queries=queries,
            tokens=tokens,
            earlier=earlier,
            n_earlier=n_earlier,
            days_since=days_since,
            horizon_days=np.maximum(horizon, 0.0),
            vectors=self.content_model_.encode(inputs),
            content=self.content_model_,
        )

    def compute(
        self, batch: QueryBatch, query: NDArray[np.int64], item: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Return the features of pairs.

        Parameters
        ----------
        batch
            Encoded queries.
        query, item
            Position in the batch and item number of each pair. Shape ``(n_pairs,)``.

        Returns
        -------
        array
            Shape ``(n_pairs, len(self.features))``, columns as in :attr:`features`.
        """
        found = [group.compute(batch, query, item) for group in self.groups_]
        if len(batch) > 1:
            return np.concatenate(found, axis=1)
        return np.concatenate([columns.T for columns in found]).T  # column by column, as made


def _item_tokens(items: Items) -> tuple[ItemVocabulary | None, sp.csr_matrix | None]:
    """Return the tokens of items that declare something; where none does, ids say it all."""
    if not items.declares:
        return None, None
    tokens = read_item_tokens(items)
    vocabulary = ItemVocabulary().fit(tokens)
    return vocabulary, vocabulary.transform(tokens)
