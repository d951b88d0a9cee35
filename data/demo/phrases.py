"""A small phrase grammar and the dice that fill it.

``{slot}`` inserts a named value, ``<甲|乙>`` chooses (choices may nest), ``<20-80>`` draws a whole
number, ``<20-80/5>`` one on a grid of 5, ``<0.2-1.0>`` a decimal with as many digits as the lower
bound; a lower bound that starts with 0 and has no point keeps its width (``0.<02-05>``). Draws come
from a :class:`Dice` seeded by row, so a text depends on the seed and its row and on nothing else.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from data.demo.arrays import Ints
from data.errors import ArgumentError

T = TypeVar("T")

_MASK = (1 << 64) - 1
_LCG_MULTIPLIER = 6364136223846793005  # Knuth, MMIX
_LCG_INCREMENT = 1442695040888963407  # Knuth, MMIX
_SPLITMIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)  # Steele et al. 2014
_TOKEN = re.compile(r"[<|>]|\{\w+\}|[^<|>{}]+")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?")


class Dice:
    """A stream of small random numbers from one 64-bit seed."""

    __slots__ = ("_state",)

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def below(self, n: int) -> int:
        """Return an integer in [0, n)."""
        self._state = (self._state * _LCG_MULTIPLIER + _LCG_INCREMENT) & _MASK
        return (self._state >> 33) % n

    def pick(self, options: Sequence[T]) -> T:
        """Return one of ``options``."""
        return options[self.below(len(options))]

    def chance(self, percent: int) -> bool:
        """Return true in ``percent`` of 100 cases."""
        return self.below(100) < percent

    def several(self, options: Sequence[T], n: int) -> list[T]:
        """Return ``n`` different members of ``options`` (all of them if there are fewer)."""
        pool = list(options)
        return [pool.pop(self.below(len(pool))) for _ in range(min(n, len(pool)))]


def row_seeds(seed: int, *, stream: str, rows: Ints) -> NDArray[np.uint64]:
    """Hash (seed, stream, row) to 64 bits for every row (SplitMix64). Shape ``(n,)``."""
    salt = int.from_bytes(stream.encode()[:8].ljust(8, b"_"), "little")
    start = np.uint64((seed * _SPLITMIX[0] ^ salt) & _MASK)
    z = (rows.astype(np.uint64) + np.uint64(1)) * np.uint64(_SPLITMIX[0]) + start
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_SPLITMIX[1])
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SPLITMIX[2])
    return z ^ (z >> np.uint64(31))


class _Slot(NamedTuple):
    name: str


class _Numbers(NamedTuple):
    values: tuple[str, ...]


class _Choice(NamedTuple):
    options: tuple[_Phrase, ...]


_Phrase = tuple["str | _Slot | _Numbers | _Choice", ...]


def _numbers(low: str, high: str, step: str | None) -> _Numbers:
    digits = len(low.partition(".")[2])
    scale = 10**digits
    start, stop = round(float(low) * scale), round(float(high) * scale)
    stride = round(float(step) * scale) if step else 1
    width = len(low) if low.startswith("0") and not digits else 0
    return _Numbers(
        tuple(
            f"{value / scale:.{digits}f}" if digits else str(value).zfill(width)
            for value in range(start, stop + 1, stride)
        )
    )


def _choice_or_numbers(options: list[_Phrase]) -> _Choice | _Numbers:
    if len(options) == 1 and len(options[0]) == 1 and isinstance(options[0][0], str):
        found = _RANGE.fullmatch(options[0][0])
        if found:
            return _numbers(*found.groups())
    return _Choice(tuple(options))


def _parse(tokens: list[str], template: str, *, nested: bool) -> list[_Phrase]:
    """Read alternatives up to the closing bracket (or the end); consume ``tokens`` from its end."""
    options: list[_Phrase] = []
    current: list[str | _Slot | _Numbers | _Choice] = []
    while tokens:
        token = tokens.pop()
        if token == "<":
            current.append(_choice_or_numbers(_parse(tokens, template, nested=True)))
        elif token == ">" and nested:
            return [*options, tuple(current)]
        elif token == "|" and nested:
            options.append(tuple(current))
            current = []
        elif token in "|>":
            raise _malformed(template)
        elif token.startswith("{"):
            current.append(_Slot(token[1:-1]))
        else:
            current.append(token)
    if nested:
        raise _malformed(template)
    return [tuple(current)]


def _malformed(template: str) -> ArgumentError:
    return ArgumentError(
        f"Brackets of the phrase do not pair: {template!r}.",
        field="template",
        remedy="Close every < with one >.",
    )


@functools.cache
def _compile(template: str) -> _Phrase:
    return _parse(_TOKEN.findall(template)[::-1], template, nested=False)[0]


def _emit(phrase: _Phrase, slots: Mapping[str, str], dice: Dice, out: list[str]) -> None:
    for part in phrase:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, _Slot):
            out.append(slots[part.name])
        elif isinstance(part, _Numbers):
            out.append(dice.pick(part.values))
        else:
            _emit(dice.pick(part.options), slots, dice, out)


def expand(template: str, slots: Mapping[str, str], *, dice: Dice) -> str:
    """Return ``template`` with its slots filled and its choices drawn; slot values are final.

    Raises
    ------
    ArgumentError
        If brackets do not pair.
    KeyError
        If a slot has no value.
    """
    out: list[str] = []
    _emit(_compile(template), slots, dice, out)
    return "".join(out)
