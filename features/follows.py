"""Values derived from learned attributes, computed once and never stale.

An estimator may be copied with other learned values (:mod:`features.reindex`), which a
``cached_property`` would not notice: its value would come along with the copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
S = TypeVar("S")


class follows(Generic[T]):
    """Keep what a method makes for as long as the attribute it is made from is the same object.

    >>> class Model:
    ...     @follows("weights_")
    ...     def total(self) -> float:
    ...         return sum(self.weights_)
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.make: Callable[[Any], T]

    def __call__(self: follows[Any], make: Callable[[Any], S]) -> follows[S]:
        """Take the method."""
        self.make = make
        self.__doc__ = make.__doc__
        return self

    def __set_name__(self, owner: type, name: str) -> None:
        self.key = f"_{name}_of"

    @overload
    def __get__(self, instance: None, owner: type) -> follows[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> follows[T] | T:
        if instance is None:
            return self
        source = getattr(instance, self.source)
        kept: tuple[object, T] | None = instance.__dict__.get(self.key)
        if kept is None or kept[0] is not source:
            kept = (source, self.make(instance))
            instance.__dict__[self.key] = kept
        return kept[1]
