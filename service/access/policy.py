"""The policy: which role may do what, and how far. What is not listed is denied.

An *action* is a noun and a verb. Its *reach* for a role says on whose records: none, one's own,
those of one's base, what others agreed to show, or all. Routes name an action; the reach is applied
where records are read (:mod:`service.access.sight`), never in a route.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum

from data.people import Role, Scope


class Reach(Enum):
    """How far an action goes.

    ``OWN``: records of the organisation itself. ``BASE``: those of the base it operates, and of the
    firms in it. ``SHOWN``: its own in full, others as teasers or as far as they consented.
    ``ALL``: every record.
    """

    NONE = 0
    OWN = 1
    BASE = 2
    SHOWN = 3
    ALL = 4


class Action(StrEnum):
    """Everything that can be asked of the service."""

    ASK_MATCHES = "matches.ask"
    EXPLAIN_PAIRS = "pairs.read"
    READ_SHOWN = "shown.read"
    READ_FIRMS = "firms.read"
    WRITE_FIRMS = "firms.write"
    READ_NEEDS = "needs.read"
    WRITE_NEEDS = "needs.write"
    READ_BASES = "bases.read"
    WRITE_BASES = "bases.write"
    READ_INSTITUTIONS = "institutions.read"
    WRITE_INSTITUTIONS = "institutions.write"
    READ_OFFERS = "offers.read"
    WRITE_OFFERS = "offers.write"
    READ_PIPELINE = "pipeline.read"
    WRITE_PIPELINE = "pipeline.write"
    WRITE_EVENTS = "events.write"
    READ_LEDGER = "ledger.read"
    WRITE_LEDGER = "ledger.write"
    WRITE_RATINGS = "ratings.write"
    READ_CONSENTS = "consents.read"
    WRITE_CONSENTS = "consents.write"
    REQUEST_CONSENTS = "consents.request"
    WRITE_NOTICES = "notices.write"
    READ_PROVISIONS = "provisions.read"
    READ_DISPUTES = "disputes.read"
    WRITE_DISPUTES = "disputes.write"
    ANSWER_DISPUTES = "disputes.answer"
    EXPORT_DATA = "data.export"
    DELETE_DATA = "data.delete"
    HOLD_DATA = "data.hold"
    READ_ROADSHOWS = "roadshows.read"
    WRITE_ROADSHOWS = "roadshows.write"
    READ_MODELS = "models.read"
    CHANGE_MODELS = "models.change"
    READ_EVALUATIONS = "evaluations.read"
    READ_JOBS = "jobs.read"
    RUN_JOBS = "jobs.run"
    READ_QUALITY = "quality.read"
    READ_PEOPLE = "people.read"
    WRITE_PEOPLE = "people.write"
    MANAGE_KEYS = "keys.manage"
    READ_AUDIT = "audit.read"
    READ_METRICS = "metrics.read"


_N, _OWN, _BASE, _SHOWN, _ALL = Reach.NONE, Reach.OWN, Reach.BASE, Reach.SHOWN, Reach.ALL
_COLUMNS = (
    Role.FIRM,
    Role.INSTITUTION,
    Role.ORGANIZER,
    Role.EVALUATOR,
    Role.BASE_OPERATOR,
    Role.ADMINISTRATOR,
)
_TABLE: Mapping[Action, tuple[Reach, Reach, Reach, Reach, Reach, Reach]] = {
    #                          firm    inst.   organ.  eval.   base    admin
    Action.ASK_MATCHES: (_OWN, _N, _N, _N, _BASE, _ALL),
    Action.EXPLAIN_PAIRS: (_OWN, _OWN, _N, _N, _BASE, _ALL),
    Action.READ_SHOWN: (_OWN, _OWN, _OWN, _N, _OWN, _ALL),
    Action.READ_FIRMS: (_OWN, _SHOWN, _SHOWN, _N, _BASE, _ALL),
    Action.WRITE_FIRMS: (_OWN, _N, _N, _N, _BASE, _ALL),
    Action.READ_NEEDS: (_OWN, _SHOWN, _SHOWN, _N, _BASE, _ALL),
    Action.WRITE_NEEDS: (_OWN, _N, _N, _N, _BASE, _ALL),
    Action.READ_BASES: (_ALL, _ALL, _ALL, _ALL, _ALL, _ALL),
    Action.WRITE_BASES: (_N, _N, _N, _N, _BASE, _ALL),
    Action.READ_INSTITUTIONS: (_ALL, _ALL, _ALL, _ALL, _ALL, _ALL),
    Action.WRITE_INSTITUTIONS: (_N, _OWN, _N, _N, _N, _ALL),
    Action.READ_OFFERS: (_ALL, _ALL, _ALL, _ALL, _ALL, _ALL),
    Action.WRITE_OFFERS: (_N, _OWN, _N, _N, _N, _ALL),
    Action.READ_PIPELINE: (_N, _OWN, _N, _N, _N, _ALL),
    Action.WRITE_PIPELINE: (_N, _OWN, _N, _N, _N, _N),
    Action.WRITE_EVENTS: (_OWN, _OWN, _N, _N, _BASE, _ALL),
    Action.READ_LEDGER: (_OWN, _OWN, _N, _N, _BASE, _ALL),
    Action.WRITE_LEDGER: (_OWN, _OWN, _N, _N, _BASE, _ALL),
    Action.WRITE_RATINGS: (_OWN, _N, _N, _N, _N, _N),
    Action.READ_CONSENTS: (_OWN, _OWN, _OWN, _N, _N, _ALL),
    Action.WRITE_CONSENTS: (_OWN, _N, _N, _N, _N, _N),
    Action.REQUEST_CONSENTS: (_N, _OWN, _OWN, _N, _N, _N),
    Action.WRITE_NOTICES: (_N, _N, _N, _N, _N, _ALL),
    Action.READ_PROVISIONS: (_OWN, _OWN, _OWN, _N, _N, _ALL),
    Action.READ_DISPUTES: (_OWN, _OWN, _N, _N, _N, _ALL),
    Action.WRITE_DISPUTES: (_OWN, _N, _N, _N, _N, _N),
    Action.ANSWER_DISPUTES: (_N, _N, _N, _N, _N, _ALL),
    Action.EXPORT_DATA: (_OWN, _OWN, _OWN, _OWN, _OWN, _ALL),
    Action.DELETE_DATA: (_OWN, _N, _N, _N, _N, _ALL),
    Action.HOLD_DATA: (_N, _N, _N, _N, _N, _ALL),
    Action.READ_ROADSHOWS: (_N, _N, _OWN, _N, _N, _ALL),
    Action.WRITE_ROADSHOWS: (_N, _N, _OWN, _N, _N, _ALL),
    Action.READ_MODELS: (_N, _N, _N, _ALL, _N, _ALL),
    Action.CHANGE_MODELS: (_N, _N, _N, _N, _N, _ALL),
    Action.READ_EVALUATIONS: (_N, _N, _N, _ALL, _N, _ALL),
    Action.READ_JOBS: (_N, _OWN, _OWN, _OWN, _OWN, _ALL),
    Action.RUN_JOBS: (_N, _OWN, _N, _OWN, _OWN, _ALL),
    Action.READ_QUALITY: (_N, _N, _N, _ALL, _N, _ALL),
    Action.READ_PEOPLE: (_OWN, _OWN, _OWN, _OWN, _OWN, _ALL),
    Action.WRITE_PEOPLE: (_OWN, _OWN, _OWN, _OWN, _OWN, _ALL),
    Action.MANAGE_KEYS: (_OWN, _OWN, _OWN, _OWN, _OWN, _ALL),
    Action.READ_AUDIT: (_N, _N, _N, _N, _N, _ALL),
    Action.READ_METRICS: (_N, _N, _N, _ALL, _N, _ALL),
}

_WRITES = frozenset(
    action for action in Action if not action.value.endswith((".read", ".ask", ".export"))
)
_ADMINISTRATION = frozenset(
    {
        Action.CHANGE_MODELS,
        Action.WRITE_PEOPLE,
        Action.MANAGE_KEYS,
        Action.DELETE_DATA,
        Action.HOLD_DATA,
        Action.READ_AUDIT,
    }
)


def reach(role: Role, action: Action) -> Reach:
    """Return how far a role may go with an action."""
    row = _TABLE.get(action)
    return Reach.NONE if row is None else row[_COLUMNS.index(role)]


def scope_of(action: Action) -> Scope:
    """Return what a key must be good for to do an action."""
    if action in _ADMINISTRATION:
        return Scope.ADMIN
    if action is Action.WRITE_EVENTS:
        return Scope.EVENTS
    return Scope.WRITE if action in _WRITES else Scope.READ
