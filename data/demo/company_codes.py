"""Unified social credit codes (GB 32100-2015) with right check characters, and unique.

The nine characters of the organisation begin with MAU, MAW, MAX or MAY, a block that the registry
has not reached: the codes are well formed and belong to nobody.
"""

from __future__ import annotations

import numpy as np

from data.demo.arrays import Ints, Texts
from data.errors import ArgumentError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters; I, O, S, V and Z are not used."""

_WEIGHTS = np.array([pow(3, i, 31) for i in range(17)])
_BODY_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])  # GB 11714
_BODY_STARTS = "UWXY"
_BODY_DIGITS = 5
_N_BODIES = len(_BODY_STARTS) * len(ALPHABET) ** _BODY_DIGITS
_STRIDE = 48_271_939
"""Prime to 4 x 31^5, so that successive firms get distinct and scattered bodies."""

_LETTERS = np.array(list(ALPHABET))
_BODY_VALUE = np.array([int(c, 36) for c in ALPHABET])
_BODY_CHECK = np.array(list("0123456789X"))
_POSITION = {c: i for i, c in enumerate(ALPHABET)}


def _digits(numbers: Ints) -> Ints:
    """Return the eight alphabet positions of each body number. Shape ``(n, 8)``."""
    columns = [np.full(len(numbers), _POSITION[c]) for c in "MA"]
    first, rest = np.divmod(numbers, len(ALPHABET) ** _BODY_DIGITS)
    columns.append(np.array([_POSITION[c] for c in _BODY_STARTS])[first])
    for power in range(_BODY_DIGITS - 1, -1, -1):
        column, rest = np.divmod(rest, len(ALPHABET) ** power)
        columns.append(column)
    return np.stack(columns, axis=1)


def company_codes(serial: Ints, *, kind: Texts, area: Texts, seed: int) -> Texts:
    """Return one code of 18 characters for each distinct ``serial``.

    Parameters
    ----------
    serial
        Numbers from 0, distinct; below 4 x 31^5.
    kind
        First two characters: 91 enterprise, 92 individual business, 93 farmers' cooperative.
    area
        Six digits of GB/T 2260.
    seed
        Shifts the sequence, so that two worlds differ.
    """
    if len(serial) and int(serial.max()) >= _N_BODIES:
        raise ArgumentError(
            f"serial must be below {_N_BODIES}; got {int(serial.max())}.",
            field="serial",
            remedy="Ask for fewer codes.",
        )
    numbers = (serial.astype(np.int64) * _STRIDE + seed * 1_000_003) % _N_BODIES
    body = _digits(numbers)
    remainder = (11 - _BODY_VALUE[body] @ _BODY_WEIGHTS % 11) % 11
    stem = _join(_LETTERS[body])
    first = np.char.add(np.char.add(kind, area), np.char.add(stem, _BODY_CHECK[remainder]))
    return np.char.add(first, _check_characters(first))


def _join(characters: Texts) -> Texts:
    joined = characters[:, 0]
    for column in characters.T[1:]:
        joined = np.char.add(joined, column)
    return joined


def _check_characters(first: Texts) -> Texts:
    """Return C18 = (31 - sum of value times weight mod 31) mod 31 for codes of 17 characters."""
    points = first.astype("U17").view(np.uint32).reshape(len(first), 17)
    value = np.zeros(128, dtype=np.int64)
    value[[ord(c) for c in ALPHABET]] = range(len(ALPHABET))
    check: Texts = _LETTERS[(31 - value[points] @ _WEIGHTS % 31) % 31]
    return check
