"""Bodies of lists that were shown."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, Field

from service.api.paging import PageOut


class ShownHeadOut(BaseModel):
    """To whom a list was shown, and what ranked it."""

    recommendation_id: str
    shown_at: dt.datetime
    organisation_id: str
    person_id: str
    side: str
    firm_id: str | None
    need_id: str | None
    base_id: str | None
    institution_id: str | None
    bundle: str
    model_version: str


class ImpressionOut(BaseModel):
    """One row that was seen; a teaser's firm stands under its handle."""

    position: int | None
    firm: str | None = Field(description="Null once the firm is gone.")
    offer_id: str
    need_id: str | None


class ShownOut(ShownHeadOut):
    """A list as it was given."""

    disclaimer: str = Field(examples=["匹配度，非信用评价"])
    content: dict[str, Any]
    impressions: list[ImpressionOut]


ShownPageOut = PageOut[ShownHeadOut]
