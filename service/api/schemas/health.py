"""Bodies of health checks."""

from __future__ import annotations

from pydantic import BaseModel, Field


class LiveOut(BaseModel):
    """The process answers."""

    status: str = Field(examples=["alive"])


class ReadyOut(BaseModel):
    """Whether requests can be answered, and what is wanting."""

    status: str = Field(examples=["ready"])
    checks: dict[str, str] = Field(examples=[{"database": "ok", "bundle": "ok", "index": "ok"}])
