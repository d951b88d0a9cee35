"""Lexical retrieval: BM25 that reads Chinese and Latin text alike.

Chinese has no blanks, and a word segmenter brings a dictionary that knows no new firm or product
name. So a run of Han characters counts as its single characters and its pairs; pairs carry most
of the meaning, single characters catch abbreviations such as 医 for 医疗.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import bm25s
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from data.catalogue import NO_ROW
from data.errors import ArgumentError, BundleDamagedError, BundleMissingError
from features.value_table import ValueTable

BM25_K1 = 1.2  # Robertson & Zaragoza 2009, §3.4: between 1.2 and 2
BM25_B = 0.75  # the same: between 0.5 and 0.8
BM25_METHOD = "lucene"  # its idf is never negative, so that a shared word never counts against
SIZE_FILE = "lexical.json"
DENSE_FROM = 8
"""Tokens that one in as many texts holds are kept text by text, too: single characters, mostly."""
FEW_OF = 4
"""Up to one in as many texts, each token is looked up; of more, all are added up."""

_HAN = (
    "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Scripts written without blanks, kana and hangul syllables included."""
_TOKEN = re.compile(rf"(?P<han>[{_HAN}]+)|(?:(?![{_HAN}])[^\W_])+")


def tokenize(text: str) -> list[str]:
    """Split ``text`` into lower-case words and numbers, Han characters and pairs of them.

    Full-width forms count as their usual ones (NFKC): "ＡＩ芯片" gives "ai", "芯", "片", "芯片".
    Punctuation and control characters separate and are dropped.
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = match.group()
        if match["han"]:
            tokens.extend(run)
            tokens.extend(first + second for first, second in pairwise(run))
        else:
            tokens.append(run)
    return tokens


class LexicalIndex:
    """BM25 scores of a fixed list of texts.

    Relations
    ---------
    :class:`matcher.index.VectorIndex` finds what is meant alike; this one finds what is worded
    alike, needs no model, and is the better of the two for names and codes.
    """

    def __init__(
        self, size: int, bm25: bm25s.BM25 | None, *, mean_length: float | None = None
    ) -> None:
        self._size = size
        self._bm25 = bm25
        self.mean_length = mean_length
        """Tokens of a usual text; ``None`` where an older version wrote the index."""

    @classmethod
    def build(cls, texts: Iterable[str]) -> LexicalIndex:
        """Index ``texts``; empty ones are allowed and match nothing."""
        return cls.from_tokens(tokenize(text) for text in texts)

    @classmethod
    def from_tokens(cls, token_lists: Iterable[Sequence[str]]) -> LexicalIndex:
        """Index texts that are already split, such as attribute tokens (``city=苏州``)."""
        vocabulary: dict[str, int] = {}
        ids = [
            [vocabulary.setdefault(token, len(vocabulary)) for token in tokens]
            for tokens in token_lists
        ]
        if not vocabulary:
            return cls(len(ids), None)
        bm25 = bm25s.BM25(k1=BM25_K1, b=BM25_B, method=BM25_METHOD)
        bm25.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        return cls(len(ids), bm25, mean_length=sum(map(len, ids)) / len(ids))

    def __len__(self) -> int:
        return self._size

    def scores(self, query: str | Sequence[str]) -> NDArray[np.float32]:
        """Score every text against ``query``.

        Parameters
        ----------
        query
            A text, or tokens split like the indexed ones. A token counts once however often the
            query repeats it: a long description does not drown its rare words.

        Returns
        -------
        Shape ``(n,)``, ≥ 0; 0 where no token is shared.
        """
        if self._bm25 is None:
            return np.zeros(self._size, dtype=np.float32)
        return self._added(self._known(query).tolist())

    def _added(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Add up the weights of tokens for every text, one token after the other.

        As ``bm25s`` does, which takes twenty times as long over the many tokens of a description.
        """
        held = self._postings
        spans = [slice(*held.indptr[token : token + 2].tolist()) for token in tokens]
        if not spans:
            return np.zeros(self._size, np.float32)
        starts = np.cumsum([0, *(span.stop - span.start for span in spans)])
        parts = [np.concatenate([part[s] for s in spans]) for part in (held.data, held.indices)]
        columns = sp.csc_matrix((parts[0], parts[1], starts), shape=(self._size, len(spans)))
        return np.asarray(columns @ np.ones(len(spans), np.float32), np.float32)

    def scores_at(self, query: str | Sequence[str], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Score some texts against ``query``: those of :meth:`scores`, for a share of its cost.

        Parameters
        ----------
        query
            As in :meth:`scores`.
        rows
            Which texts.
        """
        if self._bm25 is None or len(rows) * FEW_OF > self._size:
            return self.scores(query)[rows]
        tokens = self._known(query)
        return np.asarray(self._values.at(tokens, rows).sum(axis=0), np.float32)

    def _known(self, query: str | Sequence[str]) -> NDArray[np.int64]:
        """Return the numbers of the tokens of ``query`` that some text holds, each once."""
        assert self._bm25 is not None
        tokens = tokenize(query) if isinstance(query, str) else query
        numbers = self._bm25.vocab_dict
        return np.array([numbers[t] for t in dict.fromkeys(tokens) if t in numbers], np.int64)

    @cached_property
    def _postings(self) -> sp.csr_matrix:
        """The weight of each token in each text. Shape ``(n_tokens, n)``."""
        assert self._bm25 is not None
        held = self._bm25.scores
        parts = tuple(np.asarray(held[name]) for name in ("data", "indices", "indptr"))
        return sp.csr_matrix(parts, shape=(len(parts[2]) - 1, self._size))

    @cached_property
    def _values(self) -> ValueTable:
        return ValueTable(self._postings, dense_from=DENSE_FROM)

    def ceiling(self, query: str | Sequence[str]) -> float:
        """Return what no text's score can reach: the weight (idf) of all tokens of ``query``.

        A text of usual length that holds every token once reaches 1 / (1 + k1), nearly a half.
        """
        tokens = set(tokenize(query) if isinstance(query, str) else query)
        return sum(self.rarity(token) for token in tokens)

    def rarity(self, token: str) -> float:
        """Return the weight (idf) of a token: the larger, the fewer texts hold it."""
        held = 0
        column = None if self._bm25 is None else self._bm25.vocab_dict.get(token)
        if column is not None and self._bm25 is not None:
            bounds = self._bm25.scores["indptr"]
            held = int(bounds[column + 1] - bounds[column])
        return math.log1p((self._size - held + 0.5) / (held + 0.5))

    def search(
        self,
        query: str | Sequence[str],
        k: int,
        *,
        eligible: NDArray[np.bool_] | None = None,
        least_share: float = 0.0,
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Find the ``k`` best eligible texts that share a token with ``query``.

        Parameters
        ----------
        query
            As in :meth:`scores`.
        k
            How many texts, at least 1.
        eligible
            Mask of shape ``(n,)``; ``None`` admits every text.
        least_share
            Of :meth:`ceiling`: texts that reach less share words by chance and are left out.

        Returns
        -------
        scores, rows
            Both ``(k,)``, best first, equal scores by row number; padded with score 0 and
            ``NO_ROW``.

        Raises
        ------
        ArgumentError
            ``k`` below 1, or a mask of another length.
        """
        if k < 1:
            raise ArgumentError(f"k must be a positive integer; got {k}.", field="k")
        if eligible is not None and eligible.shape != (len(self),):
            raise ArgumentError(
                f"The eligibility mask must have the shape {(len(self),)}; got {eligible.shape}.",
                field="eligible",
            )
        if eligible is None:
            rows, scores = np.arange(len(self)), self.scores(query)
        else:
            rows = np.flatnonzero(eligible)
            scores = self.scores_at(query, rows)
        least = np.float32(least_share * self.ceiling(query)) if least_share > 0 else 0
        held = np.flatnonzero((scores > 0) & (scores >= least))
        order = held[np.lexsort((rows[held], -scores[held]))][:k]
        best = rows[order]
        out_scores = np.zeros(k, dtype=np.float32)
        out_rows = np.full(k, NO_ROW, dtype=np.int64)
        out_scores[: len(best)] = scores[order]
        out_rows[: len(best)] = best
        return out_scores, out_rows

    def save(self, folder: Path) -> None:
        """Write the index into ``folder`` as arrays and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            "n_texts": self._size,
            "has_tokens": self._bm25 is not None,
            "mean_length": self.mean_length,
        }
        (folder / SIZE_FILE).write_text(json.dumps(content), encoding="utf-8")
        if self._bm25 is not None:
            self._bm25.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what :meth:`save` wrote.

        Raises
        ------
        BundleMissingError
            ``folder`` holds no lexical index.
        BundleDamagedError
            A file of it is missing or cannot be read.
        """
        head = folder / SIZE_FILE
        if not head.is_file():
            raise BundleMissingError(
                f"There is no lexical index in {folder}.",
                remedy="Train again or restore the bundle.",
            )
        try:
            content = json.loads(head.read_text(encoding="utf-8"))
            size = int(content["n_texts"])
            mean_length = content.get("mean_length")
            bm25 = bm25s.BM25.load(folder, show_progress=False) if content["has_tokens"] else None
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise _damaged(folder) from error
        if bm25 is not None and bm25.scores["num_docs"] != size:
            raise _damaged(folder)
        return cls(size, bm25, mean_length=mean_length)


def _damaged(folder: Path) -> BundleDamagedError:
    return BundleDamagedError(
        f"The lexical index in {folder} is damaged: its files cannot be read together.",
        remedy="Train again or restore the bundle.",
    )
