"""The one shape of every error."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ErrorBody(BaseModel):
    """What went wrong. Programs switch on ``code``; people read ``message``."""

    code: str = Field(examples=["unknown_id"])
    message: str = Field(
        examples=["There is no offer_id 'offer_x'. Check the offer_id, or import the record first."]
    )
    field: str | None = Field(default=None, examples=["offer_id"])
    request_id: str = Field(examples=["req_5f0c1d"])


class ErrorAnswer(BaseModel):
    """Every answer of status 400 and above."""

    model_config = ConfigDict(json_schema_extra={"description": "The one shape of every error."})

    error: ErrorBody
