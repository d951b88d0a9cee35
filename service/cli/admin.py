"""``finmatch admin``: the first administrator, and people and keys where nobody can sign in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import ArgumentError
from data.people import Role, Scope
from service.cli.options import AsJson, Home, Lang, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from data.people import Organisation
    from data.store import Store
    from service.access.logbook import Actor
    from service.console import Terminal

CREATE_EXAMPLES = (
    "finmatch admin create root@example.org",
    "finmatch admin create root@example.org --password-stdin",
)
LIST_EXAMPLES = ("finmatch admin list", "finmatch admin list --all")
DISABLE_EXAMPLES = ("finmatch admin disable root@example.org",)
PASSWORD_EXAMPLES = ("finmatch admin password root@example.org",)
KEY_EXAMPLES = ("finmatch admin key root@example.org --name nightly --scope read --days 30",)

MOST_STDIN = 10_000
"""Characters read of a password; the longest one allowed is far shorter."""

Login = Annotated[str, typer.Argument(help="What the person signs in with.", metavar="LOGIN")]
PasswordStdin = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input, one line; do not ask."
    ),
]


def create(
    login: Login,
    name: Annotated[
        str | None, typer.Option(help="Name to show; the login by default.", metavar="NAME")
    ] = None,
    password_stdin: PasswordStdin = False,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Make an administrator of the service, the first one included.

    The password is asked for twice, or read from standard input; it is never an argument, and there
    is no default.
    """
    from service.access.membership import new_person

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    password = _password(session.terminal, from_stdin=password_stdin)
    with session.open_store(create=True) as store:
        actor = _actor()
        organisation = _administration(store, actor)
        person = new_person(
            store,
            actor,
            organisation_id=organisation.organisation_id,
            login=login,
            display_name=name or login,
            password=password,
        )
    session.terminal.emit(
        {
            "person_id": person.person_id,
            "login": person.login,
            "organisation_id": organisation.organisation_id,
        }
    )
    session.terminal.line("admin.created", login=person.login, style="green")


def listing(
    every: Annotated[
        bool, typer.Option("--all", help="People of every organisation, not administrators only.")
    ] = False,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """List the administrators, or everybody who can sign in."""
    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    with session.open_store() as store:
        organisations = store.people.organisations(role=None if every else Role.ADMINISTRATOR)
        rows = [row for one in organisations for row in _rows(store, one)]
    terminal.emit({"people": rows})
    table = terminal.table("admin.login", "admin.name", "admin.organisation", "admin.state")
    for row in rows:
        active = row["disabled"] is False
        state = terminal.text("admin.active") if active else terminal.text("admin.disabled")
        table.add_row(row["login"], row["display_name"], row["organisation"], state)
    terminal.show(table)


def disable(
    login: Login, lang: Lang = None, as_json: AsJson = False, quiet: Quiet = False,
    home: Home = None,
) -> None:  # fmt: skip
    """Let a person sign in no more: sessions end and keys are revoked at once.

    The last administrator stays.
    """
    from service.access.membership import disable_person
    from service.access.passwords import normalised_login

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        person = store.people.get_login(normalised_login(login))
        disable_person(store, _actor(), person.person_id)
    session.terminal.emit({"disabled": person.login})
    session.terminal.line("admin.is_disabled", login=person.login)


def password(
    login: Login,
    password_stdin: PasswordStdin = False,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Give a person a new password; all sessions of the person end."""
    from service.access.membership import reset_password
    from service.access.passwords import normalised_login

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    with session.open_store() as store:
        person = store.people.get_login(normalised_login(login))
        chosen = _password(session.terminal, from_stdin=password_stdin)
        reset_password(store, _actor(), person, password=chosen)
    session.terminal.emit({"changed": person.login})
    session.terminal.line("admin.password_changed", login=person.login)


def key(
    login: Login,
    name: Annotated[str, typer.Option(help="What the key is for.", metavar="NAME")],
    scope: Annotated[
        list[Scope], typer.Option(help="What it is good for; may be given several times.")
    ],
    days: Annotated[
        int, typer.Option(help="How long it holds, at most 366.", metavar="DAYS", min=1)
    ] = 90,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Make an API key that acts for a person. It is printed once and kept nowhere."""
    from service.access.membership import make_key
    from service.access.passwords import normalised_login

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    with session.open_store() as store:
        person = store.people.get_login(normalised_login(login))
        made = make_key(store, _actor(), person, name=name, scopes=scope, days=days)
    terminal.emit(
        {
            "key": made.text,
            "key_id": made.key.key_id,
            "scopes": [one.value for one in made.key.scopes],
            "expires_at": made.key.expires_at.isoformat(),
        }
    )
    terminal.show(made.text, soft_wrap=True)
    terminal.note("admin.key_once", day=f"{made.key.expires_at:%Y-%m-%d}")


def _administration(store: Store, actor: Actor) -> Organisation:
    """Return the organisation of the administrators, made where there is none."""
    from service.access.membership import ADMINISTRATION, new_organisation

    there = store.people.organisations(role=Role.ADMINISTRATOR)
    for organisation in there:
        if organisation.closed_at is None:
            return organisation
    return new_organisation(store, actor, name=ADMINISTRATION, role=Role.ADMINISTRATOR)


def _password(terminal: Terminal, *, from_stdin: bool) -> str:
    """Return the password that was typed, twice on a terminal."""
    if from_stdin:
        line = sys.stdin.readline(MOST_STDIN)
        return line.rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ArgumentError(
            terminal.text("admin.no_terminal"),
            field="password",
            remedy=terminal.text("admin.no_terminal.remedy"),
        )
    from getpass import getpass

    first = getpass(terminal.text("admin.ask"))
    if first != getpass(terminal.text("admin.ask_again")):
        raise ArgumentError(
            terminal.text("admin.unequal"),
            field="password",
            remedy=terminal.text("admin.unequal.remedy"),
        )
    return first


def _rows(store: Store, organisation: Organisation) -> list[dict[str, Any]]:
    closed = organisation.closed_at is not None
    return [
        {
            "login": person.login,
            "display_name": person.display_name,
            "organisation": organisation.name,
            "organisation_id": organisation.organisation_id,
            "role": organisation.role.value,
            "person_id": person.person_id,
            "disabled": closed or person.disabled_at is not None,
        }
        for person in store.people.people_of(organisation.organisation_id)
    ]


def _actor() -> Actor:
    from service.access.logbook import Actor
    from service.clock import now

    return Actor(now=now())
