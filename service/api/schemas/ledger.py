"""Bodies of the service ledger."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from data.ledger import HIGHEST_SCORE, LOWEST_SCORE, LedgerOutcome
from service.api.schemas.consents import Message
from service.api.schemas.ranking import STRICT, Id

Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class LedgerEntryIn(BaseModel):
    """A service of a provider for a firm."""

    model_config = ConfigDict(
        **STRICT,
        json_schema_extra={
            "examples": [
                {"firm": "firm_example", "offer_id": "offer_example", "subject": "代理记账"}
            ]
        },
    )

    firm: Id = Field(description="Id of the firm, or its handle where you see a teaser.")
    offer_id: Id | None = Field(default=None, description="What is provided.")
    institution_id: Id | None = Field(
        default=None, description="The provider; enough where it has one offer only."
    )
    subject: Line
    opened_on: dt.date | None = Field(default=None, description="Today by default.")


class LedgerCloseIn(BaseModel):
    """How a service ended."""

    model_config = ConfigDict(**STRICT, json_schema_extra={"examples": [{"outcome": "completed"}]})

    outcome: LedgerOutcome


class RatingIn(BaseModel):
    """The firm's verdict, from 1 (poor) to 5 (excellent)."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"score": 5, "comment": "很及时"}]}
    )

    score: Annotated[int, Field(ge=LOWEST_SCORE, le=HIGHEST_SCORE, strict=True)]
    comment: Message | None = None


class RatingOut(BaseModel):
    """A verdict as it was stored."""

    rating_id: str
    offer_id: str
    score: int
    rated_at: dt.datetime
    comment: str | None


class LedgerEntryOut(BaseModel):
    """An entry; ``firm`` is what you may call the firm, ``rated`` whether it gave its verdict."""

    entry_id: str
    firm: str | None
    institution_id: str
    offer_id: str
    base_id: str | None
    subject: str
    opened_on: dt.date
    closed_on: dt.date | None
    outcome: LedgerOutcome | None
    rated: bool


class SatisfactionOut(BaseModel):
    """Verdicts on one provider; read the shares with ``n``."""

    institution_id: str
    n: int
    mean: float | None
    share_satisfied: float | None
    n_open: int
    n_closed: int


class SatisfactionsOut(BaseModel):
    """Verdicts on providers."""

    items: list[SatisfactionOut]
