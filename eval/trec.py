"""TREC files: write and read ``run`` and ``qrels``, so that other tools can check a ranking.

A run line is ``query_id Q0 candidate_id rank score tag`` (the short form without ``Q0`` and
``tag`` is read too), a qrels line ``query_id 0 candidate_id 1``.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import ArgumentError, EmptyInputError, ParseError
from eval.atomic import whole_file
from eval.pairs import PairSet
from eval.protocol import EvaluationSet
from eval.ranking import LIST_DEPTH, NO_CANDIDATE, RankedLists

TIE_STEP = 2.0**-40
"""Relative step by which a written score falls below the one before it, where both were equal.

It is far above the rounding of a 64-bit float and far below any difference that means something.
"""

_UNSAFE_IN_NAMES = re.compile(r"[^\w.+-]+")
"""What the name of a method may not hold, because it names files."""

_RUN_FIELDS = {4: (0, 1, 2, 3), 6: (0, 2, 3, 4)}
"""Places of query, candidate, rank and score, by the number of columns."""


def strictly_falling(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lower scores by :data:`TIE_STEP` where needed, so that each list falls strictly.

    Tools that ignore the rank column, or break ties by id, then see our order. ``-inf`` stays.
    Shape ``(n_queries, depth)``, descending along the second axis.
    """
    falling = scores.copy()
    for place in range(1, scores.shape[1]):
        before = falling[:, place - 1]
        with np.errstate(invalid="ignore"):
            ceiling = before - TIE_STEP * np.maximum(1.0, np.abs(before))
        tied = (falling[:, place] >= before) & np.isfinite(before)
        falling[tied, place] = ceiling[tied]
    return falling


def write_run(path: Path, lists: RankedLists, evaluation_set: EvaluationSet, *, tag: str) -> None:
    """Write ``lists`` as a six-column run, whole or not at all.

    Raises
    ------
    ArgumentError
        ``tag`` is empty or holds blanks, which would add a column.
    """
    if not tag or len(tag.split()) != 1:
        raise ArgumentError(f"A run tag must be one word without blanks; got {tag!r}.", field="tag")
    names = evaluation_set.candidate_ids
    scores = strictly_falling(lists.scores)
    with whole_file(path) as aside, aside.open("w", encoding="utf-8", newline="\n") as handle:
        for query, query_id in enumerate(evaluation_set.query_ids):
            row = zip(lists.candidates[query].tolist(), scores[query].tolist(), strict=True)
            handle.writelines(
                f"{query_id} Q0 {names[candidate]} {rank} {score!r} {tag}\n"
                for rank, (candidate, score) in enumerate(row, start=1)
                if candidate != NO_CANDIDATE
            )


def write_qrels(path: Path, evaluation_set: EvaluationSet) -> None:
    """Write the positives as qrels, in the order of queries and then candidates."""
    names, positives = evaluation_set.candidate_ids, evaluation_set.positives
    with whole_file(path) as aside, aside.open("w", encoding="utf-8", newline="\n") as handle:
        for query, query_id in enumerate(evaluation_set.query_ids):
            handle.writelines(
                f"{query_id} 0 {names[candidate]} 1\n" for candidate in positives.of(query).tolist()
            )


def read_qrels(path: Path, evaluation_set: EvaluationSet) -> PairSet:
    """Read the positive judgements (relevance above 0) about known queries and candidates.

    Raises
    ------
    ParseError
        A line has not four columns, or its relevance is not an integer.
    """
    query_of = {name: row for row, name in enumerate(evaluation_set.query_ids)}
    candidate_of = {name: row for row, name in enumerate(evaluation_set.candidate_ids)}
    pairs = []
    for number, parts in _lines(path):
        if len(parts) != 4:
            raise _malformed(path, number, f"4 columns, got {len(parts)}", _QRELS_REMEDY)
        relevance = _number(parts[3], int, where=(path, number, "relevance"), remedy=_QRELS_REMEDY)
        query, candidate = query_of.get(parts[0]), candidate_of.get(parts[2])
        if relevance > 0 and query is not None and candidate is not None:
            pairs.append((query, candidate))
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    shape = (evaluation_set.n_queries, evaluation_set.n_candidates)
    return PairSet.from_pairs(rows, columns, shape=shape)


@dataclass(frozen=True, eq=False)
class ForeignRun:
    """A run somebody else wrote, cleaned for judging.

    ``dropped`` counts the lines left out, by reason: ``unknown_query``, ``not_candidate``,
    ``earlier_funder`` (the firm had it before the split) and ``repeated``. ``missing_queries``
    counts the queries the run says nothing usable about: they score 0.
    """

    name: str
    lists: RankedLists
    dropped: Mapping[str, int]
    missing_queries: int

    @property
    def title(self) -> Mapping[str, str]:
        """Printed name in the languages ``zh`` and ``en``."""
        return {"zh": self.name, "en": self.name}

    def score(self, queries: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the run as scores: NaN for what it does not list, so that it is a method.

        A score here is the place counted from the end of the list, which keeps the run's order.
        """
        scores = np.full((len(queries), self.lists.n_candidates), np.nan)
        candidates = self.lists.candidates[queries]
        rows, places = np.nonzero(candidates != NO_CANDIDATE)
        scores[rows, candidates[rows, places]] = self.lists.depth - places
        return scores


def read_run(
    path: Path, evaluation_set: EvaluationSet, *, name: str | None = None, depth: int = LIST_DEPTH
) -> ForeignRun:
    """Read a run of four or six columns against ``evaluation_set``.

    Lines are ordered by score descending, then rank, then candidate id, whatever their order in
    the file; then unknown queries, non-candidates, earlier funders and repeats are left out and
    counted; then lists are cut at ``depth``. ``name`` defaults to the name of the file.

    Raises
    ------
    ParseError
        A line has the wrong number of columns, a rank that is no integer or a score that is no
        number; the message names the line.
    EmptyInputError
        The file has no line.
    """
    queries, candidates, ranks, scores, dropped = _read_lines(path, evaluation_set)
    order = np.lexsort((candidates, ranks, -scores, queries))
    queries, candidates, scores = queries[order], candidates[order], scores[order]
    earlier = evaluation_set.excluded.contains(queries, candidates)
    dropped["earlier_funder"] = int(earlier.sum())
    queries, candidates, scores = queries[~earlier], candidates[~earlier], scores[~earlier]
    keys = queries * evaluation_set.n_candidates + candidates
    first = np.zeros(len(keys), np.bool_)
    first[np.unique(keys, return_index=True)[1]] = True
    dropped["repeated"] = int((~first).sum())
    lists = _lists(queries[first], candidates[first], scores[first], evaluation_set, depth)
    return ForeignRun(
        name=name or _UNSAFE_IN_NAMES.sub("_", path.stem.removeprefix("run.")),
        lists=lists,
        dropped=dropped,
        missing_queries=int((lists.lengths == 0).sum()),
    )


_Columns = tuple[
    NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], dict[str, int]
]


def _read_lines(path: Path, evaluation_set: EvaluationSet) -> _Columns:
    """Return query, candidate, rank and score of each usable line, and the counts of the others."""
    query_of = {name: row for row, name in enumerate(evaluation_set.query_ids)}
    candidate_of = {name: row for row, name in enumerate(evaluation_set.candidate_ids)}
    dropped = {"unknown_query": 0, "not_candidate": 0}
    queries, candidates, ranks, scores = array("q"), array("q"), array("d"), array("d")
    width = 0
    for number, parts in _lines(path):
        width = width or len(parts)
        if len(parts) != width or width not in _RUN_FIELDS:
            expected = str(width) if width in _RUN_FIELDS else "4 or 6"
            found = f"{expected} columns, got {len(parts)}"
            raise _malformed(path, number, found, _RUN_REMEDY)
        query_id, candidate_id, rank, score = (parts[place] for place in _RUN_FIELDS[width])
        rank_number = _number(rank, int, where=(path, number, "rank"), remedy=_RUN_REMEDY)
        score_number = _number(score, float, where=(path, number, "score"), remedy=_RUN_REMEDY)
        if query_id not in query_of:
            dropped["unknown_query"] += 1
        elif candidate_id not in candidate_of:
            dropped["not_candidate"] += 1
        else:
            queries.append(query_of[query_id])
            candidates.append(candidate_of[candidate_id])
            ranks.append(rank_number)
            scores.append(score_number)
    if not width:
        raise EmptyInputError(f"The run {path} has no line.", field="run", remedy=_RUN_REMEDY)
    return (
        np.array(queries, np.int64),
        np.array(candidates, np.int64),
        np.array(ranks, np.float64),
        np.array(scores, np.float64),
        dropped,
    )


def _lists(
    queries: NDArray[np.int64],
    candidates: NDArray[np.int64],
    scores: NDArray[np.float64],
    evaluation_set: EvaluationSet,
    depth: int,
) -> RankedLists:
    """Lay out columns that are sorted by query and then place."""
    shape = (evaluation_set.n_queries, min(depth, evaluation_set.n_candidates))
    starts = np.searchsorted(queries, np.arange(shape[0]))
    places = np.arange(len(queries)) - starts[queries]
    kept = places < shape[1]
    table = np.full(shape, NO_CANDIDATE, np.int32)
    table[queries[kept], places[kept]] = candidates[kept]
    values = np.full(shape, -np.inf)
    values[queries[kept], places[kept]] = scores[kept]
    return RankedLists(table, values, evaluation_set.n_candidates)


_RUN_REMEDY = "Write one line a place: query_id Q0 candidate_id rank score tag."
_QRELS_REMEDY = "Write one line a judgement: query_id 0 candidate_id 1."


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the columns of every line that is not blank."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, start=1):
                if parts := line.split():
                    yield number, parts
    except UnicodeDecodeError as error:
        raise ParseError(
            f"{path} is not UTF-8 text after line {number}.",
            field=str(path),
            remedy="Save the file as UTF-8.",
        ) from error
    except OSError as error:
        raise EmptyInputError(
            f"Cannot read {path}: {error.strerror}.",
            field=str(path),
            remedy="Check the path and the permissions.",
        ) from error


def _number(
    text: str, kind: Callable[[str], float], *, where: tuple[Path, int, str], remedy: str
) -> float:
    path, number, column = where
    try:
        value = float(kind(text))
    except (ValueError, OverflowError) as error:
        raise _malformed(path, number, f"a number as {column}, got {text!r}", remedy) from error
    if value != value:
        raise _malformed(path, number, f"a number as {column}, got {text!r}", remedy)
    return value


def _malformed(path: Path, number: int, found: str, remedy: str) -> ParseError:
    return ParseError(f"{path} line {number}: expected {found}.", field=str(path), remedy=remedy)
