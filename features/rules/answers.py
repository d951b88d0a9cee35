"""The five answers and how they combine.

``all`` takes the weightiest part: unmet, unknown, manual review, met, not applicable. ``none`` is
``all`` of the negated parts and ``any`` is the negation of ``none``, so De Morgan's laws hold;
negation swaps met and unmet and leaves the rest. What is not applicable never changes a group.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Answers = NDArray[np.int8]


class Answer(IntEnum):
    """The five answers, in the order in which the weightiest decides for the whole pair."""

    NOT_APPLICABLE = 0
    MET = 1
    MANUAL_REVIEW = 2
    UNKNOWN = 3
    UNMET = 4


_NEGATED = bytes(
    [Answer.NOT_APPLICABLE, Answer.UNMET, Answer.MANUAL_REVIEW, Answer.UNKNOWN, Answer.MET]
).ljust(256, b"\0")


def negated(answers: Answers) -> Answers:
    """Return the opposite of each answer.

    A translation of bytes takes a fifth of the time of looking numbers up in an array.
    """
    found = np.frombuffer(answers.tobytes().translate(_NEGATED), np.int8)
    return found.reshape(answers.shape)


def guarded(guard: Answers, body: Answers) -> Answers:
    """Answer a body that applies only where its guard is met.

    Where the guard stays open, a body that is met or does not apply decides alone; else the whole
    is as open as its openest part, and never unmet.
    """
    open_ = np.maximum(guard, np.minimum(body, Answer.UNKNOWN))
    open_answer = np.where(body <= Answer.MET, body, open_)
    answer = np.where((guard == Answer.UNKNOWN) | (guard == Answer.MANUAL_REVIEW), open_answer, 0)
    return np.where(guard == Answer.MET, body, answer).astype(np.int8)


def settled(met: NDArray[np.bool_], known: NDArray[np.bool_] | None = None) -> Answers:
    """Return MET or UNMET, and UNKNOWN where ``known`` is false."""
    answers = (np.int8(Answer.UNMET) - met.view(np.int8) * np.int8(3)).astype(np.int8)
    if known is not None:
        answers[~known] = Answer.UNKNOWN
    return answers
