"""What would open offers, as lines below a list or an explanation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from service.cli import wording

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from matcher.rules.counterfactual import Proposal
    from matcher.rules.details import Detail
    from matcher.rules.values import Blocked
    from service.console import Terminal


def show_blocked(terminal: Terminal, catalogue: Catalogue, blocked: Sequence[Blocked]) -> None:
    """Print the best of the offers that are left out, why, and what would open each of them."""
    if not blocked:
        return
    terminal.show()
    terminal.line("unblock.head", style="bold")
    for one in blocked:
        offer: Any = catalogue.offers.get(one.offer_id)
        words = wording.offer_words(terminal, offer)
        head = wording.DOT.join(part for part in (offer.name, words, one.offer_id) if part)
        terminal.show(Text(f"  {head}"), soft_wrap=True)
        titles = tuple(
            result.rule.title_zh if terminal.chinese else result.rule.title_en
            for result in one.unmet
        )
        unmet = terminal.text("unblock.unmet", rules=wording.listed(terminal, titles))
        terminal.show(Text(f"    ✗ {unmet}", style="red"), soft_wrap=True)
        show_proposals(terminal, one.proposals, indent="    ")


def show_proposals(terminal: Terminal, proposals: Iterable[Proposal], *, indent: str = "") -> None:
    """Print proposals, one a line."""
    for proposal in proposals:
        terminal.show(Text(f"{indent}→ {proposal_words(terminal, proposal)}"), soft_wrap=True)


def proposal_words(terminal: Terminal, proposal: Proposal) -> str:
    """Say a proposal: its changes, and that something stays open."""
    from matcher.rules.advice import change_text

    said = [change_text(change, terminal.language) for change in proposal.changes]
    mark = "；" if terminal.chinese else "; "
    words = mark.join(said)
    if proposal.verdict.name in ("UNKNOWN", "MANUAL_REVIEW"):
        words += terminal.text("unblock.open")
    return words


def show_details(terminal: Terminal, details: Sequence[Detail]) -> None:
    """Print the conditions of one rule below it, with what is known; what is met is not opened."""
    shut: int | None = None
    for detail in details:
        if shut is not None and detail.depth > shut:
            continue
        shut = detail.depth if detail.answer.name in ("MET", "NOT_APPLICABLE") else None
        sign, style = wording.ANSWERS[detail.answer.name.lower()]
        said = detail.text_zh if terminal.chinese else detail.text_en
        known = detail.known_zh if terminal.chinese else detail.known_en
        shown = said if known is None else terminal.text("explain.known", said=said, known=known)
        line = Text("  " * (detail.depth + 1))
        line.append(sign, style).append(f" {shown}")
        terminal.show(line, soft_wrap=True)
