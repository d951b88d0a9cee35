"""Leaves: what many offers ask of one fact, compared with it all at once.

A set of ``u`` leaves answers ``n`` rows as an array ``(u, n)``. One row against many leaves and one
leaf against many rows cost about one pass over either.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from data.rules.conditions import Bounds, Judged, Leaf, Mode, Never, OneOf
from data.rules.values import YES
from data.rules.vocabulary import FACTS, JUDGED_FACTS, FactKind
from features.list_index import code_key, place_key
from features.rules.answers import Answer, Answers, negated, settled
from features.rules.columns import Floats, ListColumn
from features.rules.fact_table import FactTable

Rows = NDArray[np.int64]


MOST_LISTS_A_ROW = 4
"""With more distinct lists than this for each row, only those of the rows are answered."""


MOST_KEPT = 256
"""Single rows whose answers a set of leaves keeps: those who ask share most of what is asked."""


class _Kept:
    """The answers of a set of leaves to single rows, by what is known of the row."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Answers] = {}

    def find(self, key: Hashable) -> Answers | None:
        """Return the answers to a row like this, if it was met lately."""
        return self._answers.get(key)

    def keep(self, key: Hashable, answers: Answers) -> Answers:
        """Keep answers, which are not to be written to, and return them."""
        answers.flags.writeable = False
        if len(self._answers) >= MOST_KEPT:
            self._answers = {}  # replaced, not emptied: threads share it
        self._answers[key] = answers
        return answers


class LeafSet(Protocol):
    """Leaves of one kind, usually about one fact."""

    def __len__(self) -> int:
        """Return how many leaves there are."""

    def answer(self, table: FactTable) -> Answers:
        """Return the answers of all leaves for all rows. Shape ``(len(self), len(table))``."""

    def take(self, rows: Rows) -> LeafSet:
        """Return some of the leaves."""


class NumberLeaves:
    """Bounds of one number; NaN does not restrict, and no bound at all does not apply.

    Money in another currency than a leaf names is for a person to judge.
    """

    def __init__(
        self,
        fact: str,
        least: Floats,
        most: Floats,
        *,
        open_ends: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None,
        currency: NDArray[np.object_] | None = None,
    ) -> None:
        self.fact = fact
        self.least, self.most = least, most
        self.open_ends = open_ends
        self.currency = currency
        self._silent = np.isnan(least) & np.isnan(most)
        self._has = bool((~np.isnan(least)).any()), bool((~np.isnan(most)).any())
        self._kept = _Kept()
        self._foreign: dict[str, NDArray[np.bool_]] = {}

    def __len__(self) -> int:
        return len(self.least)

    def take(self, rows: Rows) -> NumberLeaves:
        """Return some of the leaves."""
        ends, currency = self.open_ends, self.currency
        return NumberLeaves(
            self.fact,
            self.least[rows],
            self.most[rows],
            open_ends=None if ends is None else (ends[0][rows], ends[1][rows]),
            currency=None if currency is None else currency[rows],
        )

    def answer(self, table: FactTable) -> Answers:
        """Compare; a band is met where it overlaps the bounds."""
        if len(table) != 1:
            return self._compared(table)
        column = table.numbers(self.fact)
        ends = [
            None if end != end else end for end in (float(column.low[0]), float(column.high[0]))
        ]
        code = -1 if column.currency is None else int(column.currency[0])
        key = (*ends, column.currencies[code] if code >= 0 else None)
        found = self._kept.find(key)
        return self._kept.keep(key, self._compared(table)) if found is None else found

    def _compared(self, table: FactTable) -> Answers:
        column = table.numbers(self.fact)
        least, most = self.least[:, None], self.most[:, None]
        unmet = np.zeros((len(self), len(table)), np.bool_)
        if self._has[0]:
            np.less(column.high, least, out=unmet)
        if self._has[1]:
            unmet |= column.low > most
        if self.open_ends is not None:
            unmet |= (column.high <= least) & self.open_ends[0][:, None]
            unmet |= (column.low >= most) & self.open_ends[1][:, None]
        answers = unmet.view(np.int8) * np.int8(3)
        answers += np.int8(1)
        unknown = np.isnan(column.low)
        if unknown.any():
            judged = self.fact in JUDGED_FACTS
            answers[:, unknown] = Answer.MANUAL_REVIEW if judged else Answer.UNKNOWN
        self._judge_foreign(table, answers, unknown)
        answers[self._silent] = Answer.NOT_APPLICABLE
        return answers

    def _judge_foreign(
        self, table: FactTable, answers: Answers, unknown: NDArray[np.bool_]
    ) -> None:
        column = table.numbers(self.fact)
        if self.currency is None or column.currency is None or not column.currencies:
            return
        for number, code in enumerate(column.currencies):
            other = self._in_other_currency(code)
            if other.any():
                rows = np.flatnonzero((column.currency == number) & ~unknown)
                answers[np.ix_(other, rows)] = Answer.MANUAL_REVIEW

    def _in_other_currency(self, code: str) -> NDArray[np.bool_]:
        """Return which leaves name another currency. Shape ``(len(self),)``."""
        assert self.currency is not None
        found = self._foreign.get(code)
        if found is None:
            found = np.array([own is not None and own != code for own in self.currency], np.bool_)
            self._foreign[code] = found
        return found


class TextLeaves:
    """Lists that a fact is compared with; an empty list does not apply."""

    def __init__(
        self, fact: str, lists: Sequence[Sequence[str]], modes: Sequence[Mode] | Mode = Mode.ANY
    ) -> None:
        self.fact = fact
        self.lists = [tuple(dict.fromkeys(row)) for row in lists]
        self.modes = [modes] * len(self.lists) if isinstance(modes, Mode) else list(modes)
        self._none = np.array([mode is Mode.NONE for mode in self.modes], np.bool_)
        self._all = np.array([mode is Mode.ALL for mode in self.modes], np.bool_)
        self._sizes = np.array([len(row) for row in self.lists], np.int64)
        self._holders: dict[str, list[int]] = {}
        for leaf, row in enumerate(self.lists):
            for value in row:
                self._holders.setdefault(value, []).append(leaf)
        self._kept: tuple[tuple[tuple[str, ...], ...], NDArray[np.bool_], Answers] | None = None
        self._single = _Kept()
        self._leaves_of = {value: np.array(held) for value, held in self._holders.items()}

    def __len__(self) -> int:
        return len(self.lists)

    def take(self, rows: Rows) -> TextLeaves:
        """Return some of the leaves."""
        lists, modes = self.lists, self.modes
        kind = type(self)
        return kind(self.fact, [lists[r] for r in rows], [modes[r] for r in rows])

    def answer(self, table: FactTable) -> Answers:
        """Answer each distinct list once, then give every row the answer of its list."""
        column = table.lists(self.fact)
        if len(table) == 1:
            return self._of_one(column)
        if not len(table):
            return np.zeros((len(self), 0), np.int8)
        if len(column.rows) > MOST_LISTS_A_ROW * len(table):
            used, places = np.unique(column.codes, return_inverse=True)
            found = [self._of_list(column, code) for code in used.tolist()]
            return np.stack(found, axis=1)[:, places]
        answers = self._of_all_lists(column)
        return np.asarray(np.take(answers, column.codes, axis=1), np.int8)

    def _of_one(self, column: ListColumn) -> Answers:
        """Answer a single row. Shape ``(len(self), 1)``."""
        code = int(column.codes[0])
        key = column.rows[code], bool(column.known[code])
        found = self._single.find(key)
        if found is None:
            found = self._single.keep(key, self._of_list(column, code)[:, None])
        return found

    def _of_all_lists(self, column: ListColumn) -> Answers:
        """Answer every distinct list; the last answer is kept, for the next slice of rows."""
        kept = self._kept
        if kept is None or kept[0] is not column.rows or kept[1] is not column.known:
            found = [self._of_list(column, code) for code in range(len(column.rows))]
            kept = (column.rows, column.known, np.ascontiguousarray(np.stack(found, axis=1)))
            self._kept = kept
        return kept[2]

    def _of_list(self, column: ListColumn, code: int) -> Answers:
        """Answer all leaves for one distinct list."""
        shared = np.zeros(len(self), np.int64)
        for value in set(column.rows[code]):
            held = self._leaves_of.get(value)
            if held is not None:
                shared[held] += 1
        hit = shared > 0
        met = np.where(self._all, shared == self._sizes, hit)
        known = met | bool(column.known[code])
        answers = settled(met, known)
        if self._none.any():
            refused = negated(settled(hit, hit | bool(column.known[code])))
            answers[self._none] = refused[self._none]
        answers[self._sizes == 0] = Answer.NOT_APPLICABLE
        return answers


class CodeLeaves(TextLeaves):
    """Lists of code prefixes: a listed code holds every code that begins with it.

    A code that is coarser than a listed one, or of another system, leaves the answer open.
    """

    def __init__(
        self, fact: str, lists: Sequence[Sequence[str]], modes: Sequence[Mode] | Mode = Mode.ANY
    ) -> None:
        super().__init__(fact, [[code_key(code) for code in row] for row in lists], modes)
        self._finer = _index([{c[:n] for c in row for n in range(1, len(c))} for row in self.lists])
        self._styles = _index([{c[:1].isalpha() for c in row} for row in self.lists])

    def _of_list(self, column: ListColumn, code: int) -> Answers:
        hit, finer, comparable = (np.zeros(len(self), np.bool_) for _ in range(3))
        for own in column.rows[code]:
            for n in range(1, len(own) + 1):
                held = self._leaves_of.get(own[:n])
                if held is not None:
                    hit[held] = True
            for found, index, key in (
                (finer, self._finer, own),
                (comparable, self._styles, own[:1].isalpha()),
            ):
                held = index.get(key)
                if held is not None:
                    found[held] = True
        answers = settled(hit, hit | (comparable & ~finer))
        answers[self._none] = negated(answers[self._none])
        answers[self._sizes == 0] = Answer.NOT_APPLICABLE
        return answers


class PlaceLeaves(TextLeaves):
    """Names of places, compared by their key."""

    def __init__(
        self, fact: str, lists: Sequence[Sequence[str]], modes: Sequence[Mode] | Mode = Mode.ANY
    ) -> None:
        super().__init__(fact, [[place_key(name) for name in row] for row in lists], modes)


class JudgedLeaves:
    """What a person judges; a flag that is known answers it."""

    def __init__(self, leaves: Sequence[Judged]) -> None:
        self.leaves = list(leaves)

    def __len__(self) -> int:
        return len(self.leaves)

    def take(self, rows: Rows) -> JudgedLeaves:
        """Return some of the leaves."""
        return JudgedLeaves([self.leaves[row] for row in rows])

    def answer(self, table: FactTable) -> Answers:
        """Return MANUAL_REVIEW, or what the flag says."""
        answers = np.full((len(self), len(table)), Answer.MANUAL_REVIEW, np.int8)
        for place, leaf in enumerate(self.leaves):
            if leaf.fact is not None:
                found = TextLeaves(leaf.fact, [(YES,)]).answer(table)[0]
                answers[place] = np.where(found == Answer.UNKNOWN, Answer.MANUAL_REVIEW, found)
        return answers


class NeverLeaves:
    """What nobody meets."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def take(self, rows: Rows) -> NeverLeaves:
        """Return some of the leaves."""
        return NeverLeaves(len(rows))

    def answer(self, table: FactTable) -> Answers:
        """Return UNMET."""
        return np.full((self.n, len(table)), Answer.UNMET, np.int8)


def _index(sets: Sequence[set[str] | set[bool]]) -> dict[object, NDArray[np.int64]]:
    held: dict[object, list[int]] = {}
    for leaf, values in enumerate(sets):
        for value in values:
            held.setdefault(value, []).append(leaf)
    return {value: np.array(leaves) for value, leaves in held.items()}


def text_leaves(
    fact: str, lists: Sequence[Sequence[str]], modes: Sequence[Mode] | Mode = Mode.ANY
) -> TextLeaves:
    """Return leaves of the kind that compares the values of ``fact``."""
    kind = FACTS[fact].kind
    if kind is FactKind.CODE:
        return CodeLeaves(fact, lists, modes)
    return (PlaceLeaves if kind is FactKind.PLACES else TextLeaves)(fact, lists, modes)


def leaf_set(leaves: Sequence[Leaf]) -> LeafSet:
    """Return leaves of one kind, about one fact, as a set."""
    first = leaves[0]
    if isinstance(first, Bounds):
        bounds = [leaf for leaf in leaves if isinstance(leaf, Bounds)]
        nan = np.nan
        ends = tuple(
            np.array([getattr(leaf, name) for leaf in bounds], np.bool_)
            for name in ("least_open", "most_open")
        )
        return NumberLeaves(
            first.fact,
            np.array([nan if leaf.least is None else leaf.least for leaf in bounds], np.float64),
            np.array([nan if leaf.most is None else leaf.most for leaf in bounds], np.float64),
            open_ends=(ends[0], ends[1]) if ends[0].any() or ends[1].any() else None,
            currency=np.array([leaf.currency for leaf in bounds], object),
        )
    if isinstance(first, OneOf):
        texts = [leaf for leaf in leaves if isinstance(leaf, OneOf)]
        return text_leaves(first.fact, [t.values for t in texts], [t.mode for t in texts])
    if isinstance(first, Judged):
        return JudgedLeaves([leaf for leaf in leaves if isinstance(leaf, Judged)])
    return NeverLeaves(len(leaves))


def leaf_key(leaf: Leaf) -> tuple[str, str]:
    """Return what leaves of one set share: their form and fact."""
    if isinstance(leaf, Bounds | OneOf):
        return type(leaf).__name__, leaf.fact
    assert isinstance(leaf, Judged | Never)
    return type(leaf).__name__, ""
