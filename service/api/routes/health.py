"""Whether the service lives and is ready, and its metrics."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="The process answers")
def live() -> dict[str, str]:
    """Answer as long as the process lives, whatever state the rest is in."""
    return {"status": "alive"}
