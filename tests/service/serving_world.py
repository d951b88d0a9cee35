"""A service over a small demo world, with somebody of every role and somebody to trespass on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from data.people import ROLES_WITH_SUBJECT, Organisation, Person, Role, Scope
from data.records import Base, Firm, Institution, Offer
from data.store import Store
from service.access.logbook import Actor
from service.access.membership import make_key
from service.access.passwords import hash_password
from service.api.app import create_app
from service.live import LiveMatcher
from service.metrics import Metrics
from service.serving.keeping import Keeper
from service.serving.state import ServiceState
from service.settings import read_settings

NOW = dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)
PASSWORD = "a long enough passphrase"
SIDES = ("own", "other")
"""Of every role there are two organisations: one that asks, and another one's to trespass on."""


class Clock:
    """A clock that tests set."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@dataclass(frozen=True)
class Member:
    """One organisation with its only person and a key that is good for everything."""

    role: Role
    organisation_id: str
    person_id: str
    login: str
    subject_id: str
    key: str


@dataclass
class Api:
    """A service and the people who may ask it."""

    state: ServiceState
    clock: Clock
    members: dict[tuple[Role, str], Member]
    client: TestClient

    def as_(self, role: Role, side: str = "own") -> Caller:
        """Return a client that sends the key of a member."""
        return Caller(self.client, self.members[role, side])

    def member(self, role: Role, side: str = "own") -> Member:
        return self.members[role, side]


class Caller:
    """Sends requests with a member's key."""

    def __init__(self, client: TestClient, member: Member) -> None:
        self.member = member
        self._client = client

    def request(self, method: str, path: str, **arguments):
        headers = {"X-API-Key": self.member.key, **arguments.pop("headers", {})}
        return self._client.request(method, path, headers=headers, **arguments)

    def get(self, path: str, **arguments):
        return self.request("GET", path, **arguments)

    def post(self, path: str, **arguments):
        return self.request("POST", path, **arguments)

    def put(self, path: str, **arguments):
        return self.request("PUT", path, **arguments)

    def patch(self, path: str, **arguments):
        return self.request("PATCH", path, **arguments)

    def delete(self, path: str, **arguments):
        return self.request("DELETE", path, **arguments)


def subjects(store: Store, role: Role) -> tuple[str, str]:
    """Return two records that organisations of a role stand for."""
    kind = {Role.FIRM: Firm, Role.INSTITUTION: Institution, Role.BASE_OPERATOR: Base}[role]
    if role is Role.INSTITUTION:  # two that have offers
        owners = sorted({offer.institution_id for offer in store.page(Offer, limit=200)})
        return owners[0], owners[1]
    records = store.page(kind, limit=200)
    ids = [getattr(record, f"{kind.__name__.lower()}_id") for record in records]
    if role is Role.FIRM:  # two of different bases, each with a need
        asking = {need.firm_id for need in store.needs_of_firms(ids)}
        first = next(f for f in records if f.firm_id in asking and f.base_id)
        second = next(
            f for f in records if f.firm_id in asking and f.base_id not in (None, first.base_id)
        )
        return first.firm_id, second.firm_id
    firm_ids = subjects(store, Role.FIRM)
    return tuple(store.get_firm(firm_id).base_id for firm_id in firm_ids)  # type: ignore[return-value]


def add_members(store: Store, *, now: dt.datetime) -> dict[tuple[Role, str], Member]:
    """Make two organisations of every role, each with one person and a key."""
    hashed = hash_password(PASSWORD)
    members = {}
    for role in Role:
        pair = subjects(store, role) if role in ROLES_WITH_SUBJECT else (None, None)
        for side, subject_id in zip(SIDES, pair, strict=True):
            name = f"{role.value}_{side}"
            store.people.add_organisation(
                Organisation(
                    organisation_id=f"org_{name}",
                    name=name,
                    role=role,
                    subject_id=subject_id,
                    created_at=now,
                )
            )
            person = Person(
                person_id=f"person_{name}",
                organisation_id=f"org_{name}",
                login=name,
                display_name=name,
                password_hash=hashed,
                created_at=now,
            )
            store.people.add_person(person)
            key = make_key(store, Actor(now=now), person, name="test", scopes=set(Scope)).text
            members[role, side] = Member(
                role, f"org_{name}", person.person_id, name, subject_id or "", key
            )
    return members


def make_api(home: Path) -> Iterator[Api]:
    settings = read_settings({"FINMATCH_ENCODER": "off"}, home=home)
    clock = Clock()
    store = Store.open(settings.database_url, lock_wait_s=2)
    live = LiveMatcher(store, settings.bundles, clock=clock)
    live.load_current()
    state = ServiceState(
        settings=settings,
        store=store,
        live=live,
        keeper=Keeper(store),
        metrics=Metrics(),
        clock=clock,
    )
    members = add_members(store, now=clock())
    with TestClient(create_app(state), raise_server_exceptions=True) as client:
        yield Api(state, clock, members, client)
    store.close()
