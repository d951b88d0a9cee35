"""What each role finds in the side bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from data.people import Role


class Entry(NamedTuple):
    """One entry: the key of its words, and where it leads."""

    key: str
    path: str


_FIRM = (
    Entry("nav.matches", "/firm/matches"),
    Entry("nav.profile", "/firm/profile"),
    Entry("nav.contacts", "/firm/contacts"),
    Entry("nav.checkup", "/firm/checkup"),
    Entry("nav.ledger", "/firm/ledger"),
    Entry("nav.consents", "/firm/consents"),
)
_INSTITUTION = (
    Entry("nav.pipeline", "/pipeline"),
    Entry("nav.board", "/pipeline/board"),
    Entry("nav.theses", "/pipeline/theses"),
    Entry("nav.insights", "/pipeline/insights"),
    Entry("nav.offers", "/offers"),
)
_EVALUATION = (
    Entry("nav.evaluations", "/evaluations"),
    Entry("nav.models", "/models"),
    Entry("nav.quality", "/quality"),
    Entry("nav.jobs", "/jobs"),
)

NAVIGATION: Mapping[Role, tuple[Entry, ...]] = {
    Role.FIRM: _FIRM,
    Role.INSTITUTION: _INSTITUTION,
    Role.ORGANIZER: (Entry("nav.roadshows", "/roadshows"),),
    Role.EVALUATOR: _EVALUATION,
    Role.BASE_OPERATOR: (
        Entry("nav.residents", "/base/residents"),
        Entry("nav.ledger", "/base/ledger"),
        Entry("nav.jobs", "/jobs"),
    ),
    Role.ADMINISTRATOR: (
        *_EVALUATION,
        Entry("nav.people", "/admin/people"),
        Entry("nav.privacy", "/admin/privacy"),
        Entry("nav.ledger", "/admin/ledger"),
        Entry("nav.audit", "/admin/audit"),
        Entry("nav.roadshows", "/roadshows"),
    ),
}


def home_of(role: Role) -> str:
    """Return the page on which a role begins."""
    return NAVIGATION[role][0].path
