"""``finmatch recommend``: who would finance this need, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import ArgumentError
from data.records import NeedKind
from service.cli.options import AsJson, AsOf, Details, Home, Lang, ProfileFile, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.rules.facts import Value
    from matcher.match_list import MatchList
    from matcher.seeker import Seeker
    from service.cli.serving import Serving
    from service.console import Terminal
    from service.profile_file import Profile

EXAMPLES = (
    "finmatch recommend firm_demo_0000017 --home var/demo",
    "finmatch recommend --profile firm.json --kind debt --kind guarantee",
)

DEFAULT_K, DEFAULT_K_EACH = 5, 3
N_BLOCKED = 3
"""Left-out offers for which the list says what would open them."""


class Kind(StrEnum):
    """Kinds of offer to ask for."""

    ALL = "all"
    DEBT = "debt"
    EQUITY = "equity"
    GUARANTEE = "guarantee"
    INSURANCE = "insurance"
    SERVICE = "service"


def run(
    firm_or_need: Annotated[
        str | None,
        typer.Argument(help="Id of a firm or of a need, or a firm's name.", metavar="FIRM_OR_NEED"),
    ] = None,
    profile: ProfileFile = None,
    k: Annotated[
        int | None,
        typer.Option(
            "-k",
            "--top",
            min=1,
            max=100,
            help="Offers of each kind.",
            metavar="N",
            show_default=f"{DEFAULT_K}, or {DEFAULT_K_EACH} where no need was stated",
        ),
    ] = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(help="Kind of offer; may be repeated.", show_default="the kind of the need"),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Leave out offers with open questions.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the answers of the rules, to be replayed.")
    ] = False,
    details: Details = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Rank offers for a firm or for one of its needs, with reasons.

    A firm is asked for by its latest open need; where it stated none, every kind of offer is
    ranked. What is shown is a match score, never a credit score.
    """
    from service.cli.advice_view import show_blocked
    from service.cli.match_view import MatchView
    from service.cli.serving import Serving

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    _assert_one(terminal, firm_or_need, profile)
    serving = Serving.open(session, as_of=as_of)
    read, seeker = read_seeker(session, serving, firm_or_need, profile)
    given = {} if read is None else read.facts
    firm, need = (None, None) if read is None else (read.firm, read.need)
    found = match(serving, seeker, k=k, kinds=kind, strict=strict, given=given)
    document = list_values(found, serving.catalogue)
    if keep:
        _keep(session, serving, seeker, document["items"], given)
    terminal.emit(document)
    view = MatchView(terminal, serving.catalogue, details=details)
    view.show_list(found, firm=firm, need=need)
    show_blocked(terminal, serving.catalogue, found.blocked)
    if keep:
        terminal.line("recommend.kept", count=len(document["items"]))
    if strict and not found.items:
        terminal.note("match.drop_strict")


def _keep(
    session: Session,
    serving: Serving,
    seeker: Seeker,
    items: list[dict[str, Any]],
    given: Mapping[str, Value],
) -> None:
    """Store the rules' answers for what is shown; each item gets the id of its own."""
    from service.serving.explaining import keep_answer

    with session.open_store() as store:
        for item in items:
            item["answer_id"] = keep_answer(
                store, serving.matcher, seeker, item["offer_id"], now=serving.now, given=given
            )


def match(
    serving: Serving,
    seeker: Seeker,
    *,
    k: int | None = None,
    kinds: list[Kind] | None = None,
    strict: bool = False,
    given: Mapping[str, Value] | None = None,
) -> MatchList:
    """Rank offers, each kind for itself.

    A firm that stated no need gets fewer of each kind. ``given`` is what is known beside the
    records of a firm of no store.
    """
    from matcher.eligibility import UnknownPolicy

    chosen = [NeedKind(kind) for kind in kinds or () if kind is not Kind.ALL]
    if kinds and Kind.ALL in kinds:
        chosen = list(NeedKind)

    found = serving.matcher.match(
        seeker,
        now=serving.now,
        k=k or DEFAULT_K,
        kinds=chosen or None,
        unknown=UnknownPolicy.HIDE if strict else UnknownPolicy.SHOW,
        by_kind=True,
        given=given,
        unblock=N_BLOCKED,
    )
    if k is None and found.implied:
        shown = tuple(item for item in found.items if item.rank <= DEFAULT_K_EACH)
        return replace(found, items=shown)
    return found


def list_values(found: MatchList, catalogue: Catalogue) -> dict[str, Any]:
    """Return the list as JSON values, names beside the ids."""
    document = found.to_dict()
    for item in document["items"]:
        offer: Any = catalogue.offers.get(item["offer_id"])
        institution: Any = catalogue.institutions.get(item["institution_id"])
        item["offer_name"], item["institution_name"] = offer.name, institution.name
    for one in document["unblock"]:
        left_out: Any = catalogue.offers.get(one["offer_id"])
        one["offer_name"] = left_out.name
    return document


def _assert_one(terminal: Terminal, text: str | None, profile: Path | None) -> None:
    if (text is None) == (profile is None):
        raise ArgumentError(
            terminal.text("recommend.one_of"), remedy=terminal.text("recommend.one_of.remedy")
        )


def read_seeker(
    session: Session, serving: Serving, text: str | None, profile: Path | None
) -> tuple[Profile | None, Seeker]:
    """Return who asks where no store holds them, and what the matcher takes."""
    _assert_one(session.terminal, text, profile)
    from service.cli.lookup import find_record
    from service.profile_file import read_profile

    if profile is not None:
        read = read_profile(profile, as_of=serving.now.date())
        seeker: Seeker = read.seeker
        return read, seeker
    assert text is not None
    sides = (serving.catalogue.needs, serving.catalogue.firms)
    return None, find_record(sides, text, terminal=session.terminal)[1]
