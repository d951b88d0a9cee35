"""Feedback on what was shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request

from data.records import Event
from service.access.policy import Action
from service.access.sight import Sight
from service.api.dependencies import allow
from service.api.errors import ERROR_CASES
from service.api.schemas.events import EventsIn, EventsOut
from service.api.state import state_of
from service.serving.events import Taken, take_events

router = APIRouter(prefix="/v1", tags=["events"], responses=ERROR_CASES)


@router.post("/events", response_model=EventsOut, summary="Say what happened, in batches")
def add_events(
    request: Request, sight: Annotated[Sight, allow(Action.WRITE_EVENTS)], body: EventsIn
) -> Any:
    """Store events; each is stored once by its id, and a bad row is rejected alone.

    What is answered as accepted is in the database.
    """
    events = [Event(**row.model_dump(mode="python")) for row in body.events]
    results = take_events(state_of(request), sight, events)
    counts = Counter(result.outcome for result in results)
    return {
        "accepted": counts[Taken.ACCEPTED],
        "duplicates": counts[Taken.DUPLICATE],
        "rejected": counts[Taken.REJECTED],
        "results": [asdict(result) for result in results],
    }
