"""Organisations and people: made, renamed, disabled, given new passwords; keys revoked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from data.errors import ConflictError, FinMatchError, InputError
from data.people import ROLES_WITH_SUBJECT, Organisation, Role
from service.access import membership
from service.access.logbook import Actor
from service.access.own_organisation import (
    assert_administrator,
    get_key,
    get_organisation,
    get_person,
)
from service.access.policy import Action
from service.pages.access import opens
from service.pages.rendering import Page, render
from service.pages.typed import FormReader
from service.pages.views.roadshows import sight_of
from service.serving.own_data import set_legal_hold

PER_PAGE = 50
MOST_PASSWORD = 1_024
MOST_REASON = 500

router = APIRouter(prefix="/admin/people", include_in_schema=False)

Auditing = Annotated[Page, opens(Action.READ_AUDIT)]
"""Administrators alone may read the audit log; these pages are theirs."""
Writing = Annotated[Page, opens(Action.READ_AUDIT)]


@router.get("", name="page_admin_people")
def show_list(
    page: Auditing,
    role: Annotated[str, Query(max_length=30)] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
    login: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show organisations, and where a login belongs."""
    return _list(page, role=role, after=after, login=login)


@router.post("", name="page_admin_organisation_made")
async def make_organisation(request: Request, page: Writing) -> Response:
    """Make an organisation."""
    read = FormReader(await request.form())
    return await run_in_threadpool(_make, page, read)


def _make(page: Page, read: FormReader) -> Response:
    sight = sight_of(page)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    name, role = read.typed("name", required=True), read.typed("role", required=True)
    subject = read.typed("subject_id")
    if role not in set(Role):
        read.faults["role"] = "typed.required"
    elif (Role(role or "") in ROLES_WITH_SUBJECT) != (subject is not None):
        read.faults["subject_id"] = "people.subject"
    if read.faults:
        return _list(page, read=read)
    try:
        made = membership.new_organisation(
            sight.store,
            Actor.of(sight),
            name=name or "",
            role=Role(role or ""),
            subject_id=subject,
        )
    except (InputError, ConflictError) as error:
        return _list(page, read=read, fault=error)
    return RedirectResponse(f"/admin/people/{made.organisation_id}", status_code=303)


def _list(
    page: Page,
    *,
    role: str = "",
    after: str | None = None,
    login: str = "",
    read: FormReader | None = None,
    fault: FinMatchError | None = None,
) -> Response:
    people = sight_of(page).store.people
    wanted = Role(role) if role in set(Role) else None
    found = people.organisations(role=wanted, after=after, n=PER_PAGE + 1)
    person = people.find_login(login.strip().casefold()) if login.strip() else None
    return render(
        page,
        "admin/people.html.jinja",
        status=200 if read is None else 422,
        active="/admin/people",
        rows=found[:PER_PAGE],
        following=found[PER_PAGE - 1].organisation_id if len(found) > PER_PAGE else None,
        roles=list(Role),
        role=role,
        login=login,
        person=person,
        values={} if read is None else read.values,
        faults={} if read is None else read.faults,
        fault=fault,
    )


@router.get("/{organisation_id}", name="page_admin_organisation")
def show_one(page: Auditing, organisation_id: str) -> Response:
    """Show an organisation with its people and keys."""
    return _one(page, organisation_id)


@router.post("/{organisation_id}", name="page_admin_organisation_changed")
async def change(request: Request, page: Writing, organisation_id: str) -> Response:
    """Do one thing to an organisation or to somebody in it."""
    read = FormReader(await request.form())
    return await run_in_threadpool(_change, page, organisation_id, read)


def _change(page: Page, organisation_id: str, read: FormReader) -> Response:
    sight = sight_of(page)
    assert_administrator(sight, Action.WRITE_PEOPLE)
    organisation = get_organisation(sight, Action.WRITE_PEOPLE, organisation_id)
    do = CHANGES.get(read.typed("do") or "")
    try:
        if do is not None:
            do(page, organisation, read)
    except (InputError, ConflictError) as error:
        return _one(page, organisation_id, read=read, fault=error)
    if read.faults or do is None:
        return _one(page, organisation_id, read=read)
    return RedirectResponse(f"/admin/people/{organisation_id}?done=yes", status_code=303)


def _rename(page: Page, organisation: Organisation, read: FormReader) -> None:
    name = read.typed("name", required=True)
    if name is not None:
        sight = sight_of(page)
        membership.rename_organisation(
            sight.store, Actor.of(sight), organisation.organisation_id, name=name
        )


def _close(page: Page, organisation: Organisation, _read: FormReader) -> None:
    sight = sight_of(page)
    membership.close_organisation(sight.store, Actor.of(sight), organisation.organisation_id)


def _hold(page: Page, organisation: Organisation, read: FormReader) -> None:
    reason = read.typed("reason", required=True, most=MOST_REASON)
    if reason is not None and not read.faults:
        held = read.values.get("held") == "true"
        set_legal_hold(sight_of(page), organisation.organisation_id, held=held, reason=reason)


def _add_person(page: Page, organisation: Organisation, read: FormReader) -> None:
    sight = sight_of(page)
    login = read.typed("login", required=True)
    name = read.typed("display_name", required=True)
    password = read.values.get("password", "")
    if not password or len(password) > MOST_PASSWORD:
        read.faults["password"] = "typed.required"
    if read.faults or login is None or name is None:
        return
    membership.new_person(
        sight.store,
        Actor.of(sight),
        organisation_id=organisation.organisation_id,
        login=login,
        display_name=name,
        password=password,
    )


def _reset(page: Page, organisation: Organisation, read: FormReader) -> None:
    sight = sight_of(page)
    person = get_person(sight, Action.WRITE_PEOPLE, read.typed("person_id") or "")
    password = read.values.get("password", "")
    if not password or len(password) > MOST_PASSWORD or _stranger(organisation, person):
        read.faults["reset"] = "typed.required"
        return
    membership.reset_password(sight.store, Actor.of(sight), person, password=password)


def _disable(page: Page, organisation: Organisation, read: FormReader) -> None:
    sight = sight_of(page)
    person = get_person(sight, Action.WRITE_PEOPLE, read.typed("person_id") or "")
    if not _stranger(organisation, person):
        membership.disable_person(sight.store, Actor.of(sight), person.person_id)


def _enable(page: Page, organisation: Organisation, read: FormReader) -> None:
    sight = sight_of(page)
    person = get_person(sight, Action.WRITE_PEOPLE, read.typed("person_id") or "")
    if not _stranger(organisation, person):
        membership.enable_person(sight.store, Actor.of(sight), person.person_id)


def _revoke(page: Page, organisation: Organisation, read: FormReader) -> None:
    sight = sight_of(page)
    key = get_key(sight, Action.MANAGE_KEYS, read.typed("key_id") or "")
    if not _stranger(organisation, key):
        membership.revoke_key(sight.store, Actor.of(sight), key.key_id)


def _stranger(organisation: Organisation, one: Any) -> bool:
    return bool(one.organisation_id != organisation.organisation_id)


CHANGES: dict[str, Callable[[Page, Organisation, FormReader], None]] = {
    "rename": _rename,
    "close": _close,
    "hold": _hold,
    "add": _add_person,
    "reset": _reset,
    "disable": _disable,
    "enable": _enable,
    "revoke": _revoke,
}
"""What can be done, by the name that forms give it."""


def _one(
    page: Page,
    organisation_id: str,
    *,
    read: FormReader | None = None,
    fault: FinMatchError | None = None,
) -> Response:
    sight = sight_of(page)
    organisation = get_organisation(sight, Action.READ_PEOPLE, organisation_id)
    values = {} if read is None else {k: v for k, v in read.values.items() if k != "password"}
    return render(
        page,
        "admin/organisation.html.jinja",
        status=200 if read is None else 422,
        active="/admin/people",
        organisation=organisation,
        people=sight.store.people.people_of(organisation_id),
        keys=sight.store.people.keys_of(organisation_id),
        now=sight.now,
        values=values,
        faults={} if read is None else read.faults,
        fault=fault,
        done=page.request.query_params.get("done") == "yes",
    )
