"""The last few answers are kept, the others are made again."""

from __future__ import annotations

from matcher.latest import Latest


def test_two_questions_asked_alternately_are_answered_once_each() -> None:
    asked: list[int] = []

    def answer(number: int) -> int:
        def make() -> int:
            asked.append(number)
            return 10 * number

        return latest.get(number, make)

    latest: Latest[int] = Latest(2)
    assert [answer(n) for n in (1, 2, 1, 2)] == [10, 20, 10, 20]
    assert asked == [1, 2]
    assert answer(3) == 30
    assert latest.keys == (3, 2)
    assert answer(1) == 10
    assert asked == [1, 2, 3, 1]
