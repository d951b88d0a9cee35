"""What anybody may see of a firm and its need before the firm consents: a teaser.

Sector, stage, region down to the city, size class, a band of the amount, the number of credentials.
No name, code, text, exact amount, postcode or address.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Firm, Need, NeedKind, SizeClass

EDGES = (1, 3)
"""Leading digits of the edges of bands: 1, 3, 10, 30, … of the smallest unit of a currency."""
SECTION_LETTERS = 1
DIVISION_DIGITS = 2
LONGEST_LABEL = 40
"""Characters of a sector's or stage's label; what is longer is a text of the firm's own."""
SHORTEST_NAME = 2
"""A name of one character may be part of any word."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range that holds an amount, from ``low_minor`` up to ``high_minor``, in hundredths.

    ``high_minor`` is ``None`` where only a least amount was stated.
    """

    low_minor: int
    high_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Teaser:
    """One firm, so that nobody can tell which."""

    sector: str | None
    stage: str | None
    country: str | None
    province: str | None
    city: str | None
    size_class: SizeClass | None
    need_kind: NeedKind | None
    need_band: Band | None
    credentials_count: int


def teaser_of(firm: Firm | None, need: Need | None) -> Teaser:
    """Return the teaser of a firm with one of its needs, or of what a base asks for.

    A label that holds the firm's name or code is left out.
    """
    if firm is None:
        firm = _NOBODY
    return Teaser(
        sector=_label(_sector(firm), firm),
        stage=None if need is None else _label(need.stage, firm),
        country=_label(firm.country, firm),
        province=_label(firm.province, firm),
        city=_label(firm.city, firm),
        size_class=firm.size_class,
        need_kind=None if need is None else need.kind,
        need_band=None if need is None else band_of(need),
        credentials_count=len(firm.credentials),
    )


_NOBODY = Firm(firm_id="", name="")


def _sector(firm: Firm) -> str | None:
    """Return the first label of the source, or else the division of the industry's code."""
    if firm.sectors:
        return firm.sectors[0]
    if firm.industry is None:
        return None
    letters = SECTION_LETTERS if firm.industry[:1].isalpha() else 0
    return firm.industry[: letters + DIVISION_DIGITS]


def _label(text: str | None, firm: Firm) -> str | None:
    if text is None or len(text) > LONGEST_LABEL:
        return None
    folded = text.casefold()
    own = (firm.name, firm.company_code or "", firm.source_key or "")
    named = any(len(one) >= SHORTEST_NAME and one.casefold() in folded for one in own)
    return None if named else text


def band_of(need: Need) -> Band | None:
    """Return the band of a need's amount, ``None`` where nothing is known of it."""
    low, high = need.amount_low_minor, need.amount_high_minor
    if low is None and high is None:
        return None
    edge = 0 if low is None else _edge_below(low)
    top = None if high is None else _edge_above(high, least=edge)
    return Band(edge, top, need.currency)


def _edge_below(amount: int) -> int:
    """Return the largest edge that is not above ``amount``; 0 below the smallest."""
    if amount < 1:
        return 0
    unit: int = 10 ** (len(str(amount)) - 1)
    return max(lead * unit for lead in EDGES if lead * unit <= amount)


def _edge_above(amount: int, *, least: int) -> int:
    """Return the smallest edge that is not below ``amount`` and is above ``least``."""
    unit: int = 10 ** (len(str(max(amount, least, 1))) - 1)
    edges = (lead * scale for scale in (unit, 10 * unit) for lead in EDGES)
    return next(edge for edge in edges if edge >= amount and edge > least)
