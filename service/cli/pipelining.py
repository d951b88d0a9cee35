"""``finmatch pipeline``: which firms should an institution look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.options import AsJson, AsOf, Details, Home, Lang, ProfileFile, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from matcher.match_list import Pipeline
    from service.cli.match_view import MatchView
    from service.cli.serving import Serving

EXAMPLES = (
    "finmatch pipeline inst_demo_00014 --home var/demo",
    "finmatch pipeline offer_demo_00030 --stated-only --json",
    "finmatch pipeline offer_demo_00030 --profile firm.json",
)

DEFAULT_K = 10
MOST_EXPLAINED = 10
"""Offers for which it is said what keeps a given firm out."""


def run(
    institution_or_offer: Annotated[
        str,
        typer.Argument(
            help="Id of an institution or of an offer, or its name.", metavar="INSTITUTION_OR_OFFER"
        ),
    ],
    k: Annotated[
        int, typer.Option("-k", "--top", min=1, max=1000, help="Firms to list.", metavar="N")
    ] = DEFAULT_K,
    stated_only: Annotated[
        bool, typer.Option("--stated-only", help="Only firms that stated an open need.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Leave out firms with open questions.")
    ] = False,
    profile: ProfileFile = None,
    details: Details = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Rank firms for an institution, or for one of its offers, with reasons.

    A firm appears once, with the offer that suits it best. With --profile, a firm that is not in
    the store is ranked among the others, or the list says which rules keep it out. What is shown is
    a match score, never a credit score.
    """
    from service.cli.lookup import find_record
    from service.cli.match_view import MatchView
    from service.cli.serving import Serving

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    serving = Serving.open(session, as_of=as_of, profile=profile)
    catalogue = serving.catalogue
    sides = (catalogue.institutions, catalogue.offers)
    _, key = find_record(sides, institution_or_offer, terminal=session.terminal)
    found = rank(serving, key, k=k, stated_only=stated_only, strict=strict)
    given = None if profile is None else rank_given(serving, key, strict=strict)
    document = pipeline_values(found, catalogue)
    if given is not None:
        document["profile"] = pipeline_values(given, catalogue)
    session.terminal.emit(document)
    title = heading(session, catalogue, key)
    view = MatchView(session.terminal, catalogue, details=details)
    view.show_pipeline(found, title=title)
    if given is not None:
        _show_given(session, serving, given, view)


def _show_given(session: Session, serving: Serving, given: Pipeline, view: MatchView) -> None:
    """Show the pair of the given firm, or which conditions keep it out of each offer."""
    from service.cli.wording import listed
    from service.profile_file import FIRM_ID

    terminal = session.terminal
    if given.items:
        view.show_pipeline(given, title=terminal.text("pipeline.given"))
        return
    terminal.show()
    terminal.line("pipeline.given_out", style="bold")
    for offer_id in given.offer_ids[:MOST_EXPLAINED]:
        offer: Any = serving.catalogue.offers.get(offer_id)
        item = serving.matcher.explain(FIRM_ID, offer_id, now=serving.now).item
        titles = [
            result.rule.title_zh if terminal.chinese else result.rule.title_en
            for result in item.eligibility
            if result.value.value == "unmet"
        ]
        rules = listed(terminal, tuple(titles))
        terminal.line("pipeline.given_rules", offer=offer.name, rules=rules)


def rank_given(serving: Serving, key: str, *, strict: bool) -> Pipeline:
    """Rank the firm of the profile alone: its pair, or the rules that keep it out."""
    from matcher.eligibility import UnknownPolicy
    from matcher.filters import NeedFilter
    from service.profile_file import FIRM_ID

    return serving.matcher.pipeline(
        key,
        now=serving.now,
        k=1,
        unknown=UnknownPolicy.HIDE if strict else UnknownPolicy.SHOW,
        among=NeedFilter(firm_ids=(FIRM_ID,)),
    )


def rank(
    serving: Serving, key: str, *, k: int, stated_only: bool = False, strict: bool = False
) -> Pipeline:
    """Rank open needs for an institution or offer."""
    from matcher.eligibility import UnknownPolicy

    return serving.matcher.pipeline(
        key,
        now=serving.now,
        k=k,
        include_implied=not stated_only,
        unknown=UnknownPolicy.HIDE if strict else UnknownPolicy.SHOW,
    )


def heading(session: Session, catalogue: Catalogue, key: str) -> str:
    """Say whose pipeline it is."""
    from service.cli.wording import DOT, institution_words

    offer: Any = catalogue.offers.find(key)
    institution: Any = catalogue.institutions.get(key if offer is None else offer.institution_id)
    named = institution.name if offer is None else f"{offer.name}{DOT}{institution.name}"
    return f"{named}{DOT}{institution_words(session.terminal, institution)}"


def pipeline_values(found: Pipeline, catalogue: Catalogue) -> dict[str, Any]:
    """Return the pipeline as JSON values, names beside the ids."""
    document = found.to_dict()
    for item in document["items"]:
        firm: Any = catalogue.firms.find(item["firm_id"]) if item["firm_id"] else None
        offer: Any = catalogue.offers.get(item["offer_id"])
        item["firm_name"] = None if firm is None else firm.name
        item["offer_name"] = offer.name
    return document
