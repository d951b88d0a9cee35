"""The service that routes are asked over; its fixtures are those of all tests of the service."""

from __future__ import annotations

from tests.service.serving_world import (
    NOW,
    PASSWORD,
    SIDES,
    Api,
    Caller,
    Clock,
    Member,
    add_members,
    make_api,
    subjects,
)

__all__ = [
    "NOW",
    "PASSWORD",
    "SIDES",
    "Api",
    "Caller",
    "Clock",
    "Member",
    "add_members",
    "make_api",
    "subjects",
]
