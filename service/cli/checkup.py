"""``finmatch checkup``: what a firm should look after (健康体检), and what would open offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from service.cli.options import AsJson, AsOf, Home, Lang, ProfileFile, Quiet
from service.cli.recommending import Kind
from service.cli.session import Session

if TYPE_CHECKING:
    from matcher.rules.checkup import Checkup
    from matcher.rules.openers import Opener
    from service.cli.serving import Serving
    from service.console import Terminal

EXAMPLES = (
    "finmatch checkup firm_demo_0000017 --home var/demo",
    "finmatch checkup --profile firm.json --kind debt --by-money",
)

N_OPENERS = 5


def run(
    firm_or_need: Annotated[
        str | None,
        typer.Argument(help="Id of a firm or of a need, or a firm's name.", metavar="FIRM_OR_NEED"),
    ] = None,
    profile: ProfileFile = None,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(help="Kind of offer; may be repeated.", show_default="all"),
    ] = None,
    by_money: Annotated[
        bool, typer.Option("--by-money", help="Order changes by the money that they open.")
    ] = False,
    as_of: AsOf = None,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
    home: Home = None,
) -> None:
    """Check a firm: missing data, near misses, what ends soon, and what would open most offers."""
    from matcher.rules.checkup import check_up
    from matcher.rules.openers import openers
    from matcher.unblock import situation_of
    from service.cli.recommending import read_seeker
    from service.cli.serving import Serving

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet, home=home)
    terminal = session.terminal
    serving = Serving.open(session, as_of=as_of)
    read, seeker = read_seeker(session, serving, firm_or_need, profile)
    market, on = serving.matcher.market, serving.now.date()
    asking = market.seekers.read(seeker, on=on)
    facts = market.facts_of(asking, on=on, given={} if read is None else read.facts)
    at = situation_of(asking, facts, on=on)
    wanted = frozenset(str(one) for one in kind or () if one is not Kind.ALL)
    efforts = serving.matcher.efforts
    subject = asking.need.base_id if asking.firm is None else asking.firm.firm_id
    found = check_up(
        market.rules,
        at,
        efforts,
        firm=asking.firm,
        statements=market.stated.statements(subject, on=on) if subject else {},
        kinds=wanted,
    )
    opened = openers(market.rules, at, efforts, kinds=wanted, k=N_OPENERS, by_money=by_money)
    terminal.emit(_values(serving, found, opened))
    title = asking.base.name if asking.firm is None and asking.base else ""
    title = asking.firm.name if asking.firm is not None else title
    terminal.show(Text(title, style="bold"), soft_wrap=True)
    _show(terminal, found)
    _show_openers(terminal, opened)


def _show(terminal: Terminal, found: Checkup) -> None:
    from matcher.rules.wording import condition_text, fact_name, value_words

    language = terminal.language
    _section(terminal, "checkup.gaps", [
        terminal.text("checkup.gap", fact=fact_name(gap.fact, language), count=gap.n_offers)
        for gap in found.gaps
    ])  # fmt: skip
    _section(terminal, "checkup.near", [
        terminal.text(
            "checkup.near_one",
            bound=condition_text(near.bound, language),
            value=value_words(near.fact, near.value, language),
            count=near.n_offers,
        )
        for near in found.near
    ])  # fmt: skip
    _section(terminal, "checkup.endings", [
        terminal.text(
            "checkup.ended" if ending.ended else "checkup.ends",
            fact=fact_name(ending.fact, language),
            value=value_words(ending.fact, ending.statement.value, language),
            day=ending.statement.expires_on,
        )
        for ending in found.endings
    ])  # fmt: skip
    _section(
        terminal,
        "checkup.oddities",
        [oddity.zh if terminal.chinese else oddity.en for oddity in found.oddities],
    )


def _section(terminal: Terminal, heading: str, lines: list[str]) -> None:
    terminal.show()
    terminal.line(heading, style="bold")
    for line in lines or [terminal.text("checkup.nothing")]:
        terminal.show(Text(f"  {line}"), soft_wrap=True)


def _show_openers(terminal: Terminal, opened: list[Opener]) -> None:
    from features.wording import amount_text
    from matcher.rules.advice import change_text

    lines = []
    for one in opened:
        said = change_text(one.change, terminal.language)
        money = amount_text(one.cny, "CNY", terminal.language)
        lines.append(
            terminal.text("checkup.opener", change=said, count=len(one.items), money=money)
        )
    _section(terminal, "checkup.openers", lines)


def _values(serving: Serving, found: Checkup, opened: list[Opener]) -> dict[str, Any]:
    from data.rules.facts import spec_of, value_text
    from matcher.rules.advice import change_text
    from matcher.rules.wording import condition_text

    ids = serving.matcher.market.items.offer_ids.ids
    return {
        "missing": [{"fact": gap.fact, "offers": gap.n_offers} for gap in found.gaps],
        "near_misses": [
            {
                "fact": near.fact,
                "value": value_text(spec_of(near.fact), near.value),
                "bound_zh": condition_text(near.bound, "zh"),
                "bound_en": condition_text(near.bound, "en"),
                "offers": near.n_offers,
            }
            for near in found.near
        ],
        "ending": [
            {
                "fact": ending.fact,
                "value": value_text(spec_of(ending.fact), ending.statement.value),
                "expires_on": str(ending.statement.expires_on),
                "ended": ending.ended,
            }
            for ending in found.endings
        ],
        "oddities": [
            {"code": oddity.code, "zh": oddity.zh, "en": oddity.en} for oddity in found.oddities
        ],
        "openers": [
            {
                "fact": one.change.fact,
                "zh": change_text(one.change, "zh"),
                "en": change_text(one.change, "en"),
                "on": None if one.change.on is None else one.change.on.isoformat(),
                "offers": [ids[item] for item in one.items],
                "money_minor": one.money,
            }
            for one in opened
        ],
    }
