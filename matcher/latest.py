"""The last few answers of something that takes long and is asked again and again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """Keeps the answers to the last few different questions; threads may share it.

    Parameters
    ----------
    most
        How many; asked alternately, more of them are computed again each time.
    """

    def __init__(self, most: int = 2) -> None:
        self.most = most
        self._kept: tuple[tuple[Hashable, T], ...] = ()

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The questions whose answers are kept, the latest first."""
        return tuple(key for key, _ in self._kept)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the answer to ``key``, made by ``make`` where it is not kept."""
        for known, answer in self._kept:  # read once: another thread may put its own
            if known == key:
                return answer
        made = make()
        others = tuple(pair for pair in self._kept if pair[0] != key)
        self._kept = ((key, made), *others[: self.most - 1])
        return made
