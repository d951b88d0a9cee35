"""``finmatch explain``: everything about one pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from data.errors import ArgumentError
from service.cli.options import AsJson, AsOf, Home, Lang, ProfileFile, Quiet
from service.cli.session import Session

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.rules.facts import Value
    from matcher.match_list import MatchItem, PairStory
    from matcher.seeker import Seeker
    from service.cli.serving import Serving
    from service.console import Terminal

EXAMPLES = (
    "finmatch explain firm_demo_0000017 offer_demo_00030 --home var/demo",
    "finmatch explain --profile firm.json offer_demo_00030 --keep",
)

MOST_THEMES, MOST_FEATURES = 10, 10


def run(
    pair: Annotated[
        list[str],
        typer.Argument(
            help="Id of a firm or of a need, or a firm's name; then id or name of an offer. "
            "With --profile, the offer alone.",
            metavar="[FIRM_OR_NEED] OFFER",
        ),
    ],
    profile: ProfileFile = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the answer, so that it can be replayed.")
    ] = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Tell why one offer has its score for one need: themes, conditions, features.

    The contributions are those of the model's decision paths; with its base they add up to the raw
    score. They are not SHAP values.
    """
    from service.cli.lookup import find_record
    from service.cli.serving import Serving
    from service.profile_file import read_profile

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    serving = Serving.open(session, as_of=as_of)
    catalogue = serving.catalogue
    if len(pair) != (1 if profile is not None else 2):
        raise ArgumentError(
            terminal.text("explain.who"), remedy=terminal.text("explain.who.remedy")
        )
    _, offer_id = find_record((catalogue.offers,), pair[-1], terminal=terminal)
    given: Mapping[str, Value] = {}
    if profile is None:
        sides = (catalogue.needs, catalogue.firms)
        seeker: Seeker = find_record(sides, pair[0], terminal=terminal)[1]
    else:
        read = read_profile(profile, as_of=serving.now.date())
        given = read.facts
        seeker = read.seeker
    story = serving.matcher.explain(seeker, offer_id, now=serving.now, given=given)
    document = story.to_dict()
    kept = _keep(session, serving, seeker, offer_id, given) if keep else None
    terminal.emit(document if kept is None else {**document, "answer_id": kept})
    _show(terminal, serving, story, seeker)
    if kept is not None:
        terminal.line("explain.kept", answer_id=kept)


def _keep(
    session: Session,
    serving: Serving,
    seeker: Seeker,
    offer_id: str,
    given: Mapping[str, Value],
) -> str:
    """Store the answer with all that it takes to give it again; return its id."""
    from service.serving.explaining import keep_answer

    with session.open_store() as store:
        return keep_answer(store, serving.matcher, seeker, offer_id, now=serving.now, given=given)


def _show(terminal: Terminal, serving: Serving, story: PairStory, seeker: Seeker) -> None:
    from service.cli.wording import percent, verdict_mark

    catalogue, item = serving.catalogue, story.item
    offer: Any = catalogue.offers.get(item.offer_id)
    institution: Any = catalogue.institutions.get(item.institution_id)
    asker: Any = seeker[0] if isinstance(seeker, tuple) else _asker(catalogue, item)
    title = f"{asker.name}  ↔  {offer.name} · {institution.name}"
    terminal.show(Text(title, style="bold"), soft_wrap=True)
    terminal.show(Text(f"{item.need_id}  {item.offer_id}", style="dim"), soft_wrap=True)
    halves = (item.pair.firm_side, item.pair.institution_side)
    firm_half, other_half = ("–" if half is None else percent(half) for half in halves)
    terminal.line(
        "explain.score",
        score=f"{item.score:.0f}",
        rank=item.rank,
        pool=story.pool_size,
        firm=firm_half,
        institution=other_half,
    )
    terminal.show(verdict_mark(terminal, item))
    _show_themes(terminal, story)
    _show_rules(terminal, story)
    _show_features(terminal, story)
    terminal.show()
    version = serving.matcher.model.version
    terminal.line("match.disclaimer", style="dim", version=version)


def _asker(catalogue: Catalogue, item: MatchItem) -> Any:
    if item.firm_id:
        return catalogue.firms.get(item.firm_id)
    return catalogue.bases.get(item.base_id or "")


def _show_themes(terminal: Terminal, story: PairStory) -> None:
    from features.themes import THEMES

    table = terminal.table("explain.theme", ("explain.contribution", "right"))
    themes = story.item.explanation.themes
    ordered = sorted(themes, key=lambda name: -abs(themes[name]))
    for name in ordered[:MOST_THEMES]:
        theme = THEMES[name]
        said = _said(terminal, story, name) or (
            theme.zh_plain if terminal.chinese else theme.en_plain
        )
        table.add_row(said, _signed(themes[name]))
    rest = ordered[MOST_THEMES:]
    if rest:
        words = terminal.text("explain.rest", count=len(rest))
        table.add_row(words, _signed(sum(themes[name] for name in rest)))
    table.add_row(terminal.text("explain.base"), _signed(story.item.explanation.base))
    table.add_row(terminal.text("explain.raw"), _signed(story.item.explanation.score))
    terminal.show()
    terminal.show(table)


def _said(terminal: Terminal, story: PairStory, theme: str) -> str | None:
    for reason in story.item.reasons:
        if reason.theme == theme:
            return reason.text_zh if terminal.chinese else reason.text_en
    return None


def _show_rules(terminal: Terminal, story: PairStory) -> None:
    from service.cli.wording import ANSWERS

    if not story.item.eligibility:
        return
    table = terminal.table("explain.rule", "explain.answer", "explain.rule_id")
    for result in story.item.eligibility:
        sign, style = ANSWERS[result.value.value]
        title = result.rule.title_zh if terminal.chinese else result.rule.title_en
        words = terminal.text(f"verdict.{result.value.value}")
        version = Text(f"{result.rule.rule_id} v{result.rule.version}", style="dim")
        table.add_row(title, Text(f"{sign} {words}", style=style), version)
    terminal.show()
    terminal.show(table)
    _show_open_rules(terminal, story)


def _show_open_rules(terminal: Terminal, story: PairStory) -> None:
    """Take apart the rules that are not simply met, and say what would change the answer."""
    from service.cli.advice_view import show_details, show_proposals

    for result in story.item.eligibility:
        details = story.details.get(result.rule.rule_id, ())
        if result.value.value != "met" and details:
            title = result.rule.title_zh if terminal.chinese else result.rule.title_en
            head = terminal.text(
                "explain.rule_head",
                title=title,
                rule_id=result.rule.rule_id,
                version=result.rule.version,
                source=result.rule.source or "–",
            )
            terminal.show()
            terminal.show(Text(head, style="bold"), soft_wrap=True)
            show_details(terminal, details)
    if story.item.verdict.value == "unmet":
        terminal.show()
        terminal.line("unblock.pair" if story.proposals else "unblock.none", style="bold")
        show_proposals(terminal, story.proposals, indent="  ")


def _show_features(terminal: Terminal, story: PairStory) -> None:
    table = terminal.table(
        "explain.feature", ("explain.value", "right"), ("explain.contribution", "right")
    )
    for share in story.features[:MOST_FEATURES]:
        known = share.value == share.value
        table.add_row(
            share.name, f"{share.value:.3f}" if known else "–", _signed(share.contribution)
        )
    terminal.show()
    terminal.show(table)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
