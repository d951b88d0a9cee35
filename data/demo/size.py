"""How big a demo world is: one number, the firms, determines the rest."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from data.errors import ArgumentError

MIN_FIRMS, MAX_FIRMS = 20, 2_000_000
MIN_OFFERS, MAX_OFFERS = 20, 50_000
MAX_BASES = 920
"""20 national, 300 provincial and 600 municipal bases, the targets of 苏中小综合﹝2017﹞203号."""

_FIRMS = (20, 300, 3_000, 100_000, 1_000_000)
_OFFERS = (20, 80, 400, 20_000, 20_000)
_NEEDS_PER_FIRM = (5.5, 5.5, 5.0, 1.5, 1.0)
_BASES = (6, 24, 120, MAX_BASES, MAX_BASES)
_SMALL_HISTORY = 10_000
"""Up to this many firms every list is long and asked for repeatedly; above, events are rationed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSize:
    """Extent of a demo world.

    ``needs_per_firm`` is the mean over three years; a need sees up to ``sessions`` lists of
    ``list_length`` offers, drawn from at most ``considered`` offers of its kind and city.
    """

    firms: int
    offers: int
    bases: int
    needs_per_firm: float
    list_length: int
    sessions: int
    considered: int

    @classmethod
    def of_firms(cls, firms: int, *, offers: int | None = None) -> DemoSize:
        """Return the size with ``firms`` firms; everything else follows the documented curve.

        Between its points (:doc:`docs/demo-world.md`) the curve is straight in logarithms.

        Raises
        ------
        ArgumentError
            If a number is outside its range.
        """
        _check("firms", firms, low=MIN_FIRMS, high=MAX_FIRMS)
        if offers is None:
            offers = round(_on_curve(firms, _OFFERS))
        _check("offers", offers, low=MIN_OFFERS, high=MAX_OFFERS)
        small = firms <= _SMALL_HISTORY
        return cls(
            firms=firms,
            offers=offers,
            bases=round(_on_curve(firms, _BASES)),
            needs_per_firm=_on_curve(firms, _NEEDS_PER_FIRM),
            list_length=10 if small else 6,
            sessions=3 if small else 1,
            considered=400 if small else 64,
        )


def _on_curve(firms: int, values: tuple[float, ...]) -> float:
    return float(np.exp(np.interp(np.log(firms), np.log(_FIRMS), np.log(values))))


def _check(field: str, value: int, *, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ArgumentError(
            f"{field} must be a whole number from {low} to {high}; got {value!r}.",
            field=field,
            remedy="Choose a number in that range.",
        )


PRESETS: MappingProxyType[str, DemoSize] = MappingProxyType(
    {
        "small": DemoSize.of_firms(300),
        "medium": DemoSize.of_firms(3_000),
        "large": DemoSize.of_firms(100_000),
        "huge": DemoSize.of_firms(1_000_000),
    }
)
"""Named sizes: small 300 x 80 (the demo), medium 3,000 x 400, large and huge with 20,000 offers."""


def size_from(size: DemoSize | tuple[int, int] | str | int) -> DemoSize:
    """Return the size meant by a preset's name, a number of firms, or firms and offers.

    Raises
    ------
    ArgumentError
        If the name is unknown or a number is outside its range.
    """
    if isinstance(size, DemoSize):
        return size
    if isinstance(size, str):
        found = PRESETS.get(size)
        if found is None:
            raise ArgumentError(
                f"size must be one of {', '.join(PRESETS)}; got {size!r}.",
                field="size",
                remedy="Name a preset or give the number of firms.",
            )
        return found
    if isinstance(size, tuple):
        if len(size) != 2:
            raise ArgumentError(
                f"size must be (firms, offers); got {size!r}.",
                field="size",
                remedy="Give exactly two numbers.",
            )
        return DemoSize.of_firms(size[0], offers=size[1])
    return DemoSize.of_firms(size)
