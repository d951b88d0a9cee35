"""Words that people choose among; no arrays are loaded for them."""

from __future__ import annotations

from enum import StrEnum


class Fairness(StrEnum):
    """How much a further meeting counts for a participant who has some already."""

    EFFICIENCY = "efficiency"
    BALANCED = "balanced"
    EQUAL = "equal"


class WishKind(StrEnum):
    """What a side says about a pair; Grip's three answers (必见、希望、婉拒)."""

    MUST = "must"
    WISH = "wish"
    NO_THANKS = "no_thanks"


class Side(StrEnum):
    """Who speaks."""

    FIRM = "firm"
    INSTITUTION = "institution"
    ORGANIZER = "organizer"


class State(StrEnum):
    """Draft → published → running → closed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    RUNNING = "running"
    CLOSED = "closed"
