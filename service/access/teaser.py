"""What anybody may see of a firm and its need before the firm consents: a teaser.

Sector, stage, region down to the city, size class, a band of the amount, the number of credentials.
No name, code, text, exact amount, postcode or address.
"""

from __future__ import annotations

from dataclasses import dataclass

from data.amount_bands import Band, band_of
from data.records import Firm, Need, NeedKind, SizeClass

SECTION_LETTERS = 1
DIVISION_DIGITS = 2
LONGEST_LABEL = 40
"""Characters of a sector's or stage's label; what is longer is a text of the firm's own."""
SHORTEST_NAME = 2
"""A name of one character may be part of any word."""


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
