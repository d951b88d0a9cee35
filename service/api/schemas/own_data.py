"""Bodies of legal holds and deletions."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from service.api.schemas.ledger import Line
from service.api.schemas.ranking import STRICT


class HoldIn(BaseModel):
    """Whether the data must be kept, and why."""

    model_config = ConfigDict(
        **STRICT, json_schema_extra={"examples": [{"held": True, "reason": "司法协助函2026-17"}]}
    )

    held: bool
    reason: Line


class DeletedOut(BaseModel):
    """Rows that went, by kind."""

    deleted: dict[str, int] = Field(examples=[{"firm": 1, "need": 3, "event": 41, "person": 2}])
