"""Bodies of models."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from service.api.schemas.ranking import STRICT

BundleName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]


class ModelOut(BaseModel):
    """A model bundle."""

    name: str = Field(examples=["2026-07-01.1"])
    current: bool = Field(description="The one that was chosen to serve.")
    serving: bool = Field(description="The one that answers in this worker now.")
    problem: str | None = Field(description="Why it cannot be used, where it cannot.")
    created_at: dt.datetime | None
    model_version: str | None
    dataset: str | None = Field(description="Fingerprint of what it was trained on.")
    settings: dict[str, Any]
    metrics: dict[str, Any] = Field(description="How it did at the gate.")


class ModelsOut(BaseModel):
    """Every model bundle, the oldest first."""

    items: list[ModelOut]
    next_cursor: None = None


class ChoiceIn(BaseModel):
    """What the caller believes to serve; with another one serving, nothing is changed (409)."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"expected_current": "2026-06-01.1"}, {}]}
    )

    expected_current: BundleName | None = Field(
        default=None, description="Leave it out to change whatever serves; null means none serves."
    )


class ChoiceOut(BaseModel):
    """What serves from now on; every worker follows within a second or as soon as it is loaded."""

    current: str = Field(examples=["2026-07-01.1"])
    model_version: str
