"""Bodies of single records that are read, stored and changed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from data.consent import DataClass
from data.records import NeedKind, SizeClass
from service.access.seen import View


class HintOut(BaseModel):
    """Something that was stored, and yet may be a mistake."""

    check: str = Field(examples=["company_codes"])
    message: str
    remedy: str


class WrittenOut(BaseModel):
    """A record that was stored."""

    id: str
    etag: str = Field(description="Send it in `If-Match` with the next change.")
    created: bool
    hints: list[HintOut]


class ErasedOut(BaseModel):
    """What was deleted with a firm: rows by kind of record."""

    erased: dict[str, int] = Field(examples=[{"firm": 1, "need": 2, "event": 40, "rating": 0}])


class BandOut(BaseModel):
    """A range that holds an amount, in hundredths of the currency."""

    low_minor: int
    high_minor: int | None
    currency: str | None


class TeaserOut(BaseModel):
    """A firm so that nobody can tell which."""

    sector: str | None
    stage: str | None
    country: str | None
    province: str | None
    city: str | None
    size_class: SizeClass | None
    need_kind: NeedKind | None
    need_band: BandOut | None
    credentials_count: int


class SeenFirmOut(BaseModel):
    """A firm as far as you may see it."""

    key: str = Field(description="What you call it: its id, or a handle that is yours alone.")
    firm_id: str | None = Field(description="Null where you may not know who it is.")
    view: View
    classes: list[DataClass] = Field(description="The classes of data in `fields`.")
    teaser: TeaserOut
    fields: dict[str, Any] = Field(description="Fields of the record; none for a teaser.")
    disputed: bool = Field(description="The firm disputes something of its record.")


class SeenNeedOut(BaseModel):
    """A need as far as you may see it."""

    key: str = Field(description="What you call it: its id, or a handle that is yours alone.")
    need_id: str | None = Field(description="Null where you may not know whose it is.")
    firm_key: str | None = Field(description="What you call the firm; null for a base's need.")
    base_id: str | None
    view: View
    classes: list[DataClass]
    teaser: TeaserOut
    fields: dict[str, Any] = Field(description="Fields of the record; none for a teaser.")
    disputed: bool
