"""What a feature is: its name, kind, fill value, and the theme it is explained by.

Many features measure one thing in several ways (share, lift and rank of an institution among
firms of the same city). Readers think in *themes*, so contributions are summed by theme and one
sentence is said for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from data.errors import ArgumentError


class FeatureKind(StrEnum):
    """How the values of a feature are to be read."""

    SHARE = "share"  # 0 … 1
    LOG_LIFT = "log_lift"  # natural log of a ratio, 0 = as usual
    LOG_COUNT = "log_count"  # log(1 + n)
    LOG_AMOUNT = "log_amount"  # log10 of an amount of money
    DISTANCE = "distance"  # ≥ 0, 0 = identical
    SIMILARITY = "similarity"  # -1 … 1
    SCORE = "score"  # unbounded output of a base model
    RANK = "rank"  # 1 = best, log-scaled
    YEARS = "years"
    FLAG = "flag"  # 0 or 1


@dataclass(frozen=True, slots=True)
class Theme:
    """One thing that readers understand, in both languages, for and against.

    The sentences may use the placeholders of :class:`features.facts.Facts` such as ``{city}``,
    ``{sector}``, ``{stage}``, ``{amount}``; a sentence whose placeholder is unknown is replaced by
    the ``plain`` form, which has none.
    """

    name: str
    zh_for: str
    zh_against: str
    en_for: str
    en_against: str
    zh_plain: str
    en_plain: str


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature matrix.

    Parameters
    ----------
    name
        Unique, dotted: ``affinity.city``.
    kind
        How values are read.
    theme
        Name of the :class:`Theme` it is explained by.
    fill
        Value where the feature is undefined; NaN lets the trees decide.
    """

    name: str
    kind: FeatureKind
    theme: str
    fill: float = float("nan")


class FeatureList:
    """An ordered list of features with unique names: the columns of every feature matrix."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.features: tuple[Feature, ...] = tuple(features)
        self._position = {f.name: i for i, f in enumerate(self.features)}
        if len(self._position) != len(self.features):
            twice = next(f.name for i, f in enumerate(self.features) if self._position[f.name] != i)
            raise ArgumentError(f"Feature {twice!r} is listed twice.", field=twice)

    def __len__(self) -> int:
        return len(self.features)

    def __iter__(self) -> Iterator[Feature]:
        return iter(self.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names in column order."""
        return tuple(f.name for f in self.features)

    def position(self, name: str) -> int:
        """Return the column of ``name``; raise :class:`ArgumentError` where there is none."""
        try:
            return self._position[name]
        except KeyError:
            raise ArgumentError(f"There is no feature {name!r}.", field=name) from None

    def fingerprint(self) -> str:
        """Return a text equal for equal lists; bundles store it and refuse another."""
        return "|".join(f"{f.name}:{f.kind}:{f.fill}" for f in self.features)
