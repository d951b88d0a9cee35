"""Match lists as tables: what is ranked, how well it matches, why, and what is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from service.cli import wording
from service.cli.layout import NARROWEST, WIDEST, Block, Line, block, head
from service.console import Terminal

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from data.records import Firm, Need
    from matcher.match_list import Listed, MatchItem, MatchList, Pipeline

REASON_SIGNS = {"for": ("+", "green"), "against": ("−", "red")}


@dataclass(frozen=True)
class MatchView:
    """Shows what the matcher returns over one catalogue.

    With ``details``, every condition of every pair, with its rule and version.
    """

    terminal: Terminal
    catalogue: Catalogue
    details: bool = False

    def show_list(self, found: MatchList, *, firm: Firm | None, need: Need | None) -> None:
        """Print ranked offers for one need, a table for each kind.

        ``firm`` and ``need`` are who asks and for what, where the catalogue does not hold them.
        """
        self._head(found, firm, need)
        for kind, items in found.by_kind().items():
            self.terminal.show()
            title = wording.kind_words(self.terminal, kind).capitalize()
            self.terminal.show(Text(title, style="bold"))
            self._list(items, self._offer)
        if not found.items:
            self.terminal.show()
            self.terminal.line("match.no_offer", style="yellow")
        self._foot(found.listed, "match.considered")

    def show_pipeline(self, found: Pipeline, *, title: str) -> None:
        """Print ranked firms for one offer or institution."""
        self.terminal.show(Text(title, style="bold"), soft_wrap=True)
        self.terminal.show(Text(found.institution_id, style="dim"), soft_wrap=True)
        several = len(found.offer_ids) > 1
        self.terminal.show()
        if found.items:
            self._list(found.items, self._firm_and_offer if several else self._firm)
        else:
            self.terminal.line("match.no_firm", style="yellow")
        rules = "match.excluded_pairs" if several else "match.excluded"
        self._foot(found.listed, "match.needs_considered", rules)

    def _head(self, found: MatchList, firm: Firm | None, need: Need | None) -> None:
        firm = firm or (self.catalogue.firms.find(found.firm_id) if found.firm_id else None)  # type: ignore[assignment]
        need = need or self.catalogue.needs.find(found.need_id)  # type: ignore[assignment]
        if firm is not None:
            self.terminal.show(Text(firm.name, style="bold"), soft_wrap=True)
            words = wording.firm_words(self.terminal, firm, base=self._base_name(firm.base_id))
            self.terminal.show(Text(words), soft_wrap=True)
        elif found.base_id is not None:
            name = self._base_name(found.base_id) or found.base_id
            self.terminal.show(Text(name, style="bold"), soft_wrap=True)
        asked = self.terminal.text("need.implied")
        if need is not None:
            asked = wording.need_words(self.terminal, need)
        self.terminal.line("match.need", need=asked)
        ids = "  ".join(key for key in (found.firm_id, found.need_id) if key)
        self.terminal.show(Text(ids, style="dim"), soft_wrap=True)

    def _foot(self, listed: Listed, key: str, rules_key: str = "match.excluded") -> None:
        self.terminal.show()
        self.terminal.line(key, n=f"{listed.n_considered:,}", eligible=f"{listed.n_eligible:,}")
        if listed.excluded:
            words = wording.excluded_words(self.terminal, listed.excluded, listed.titles)
            self.terminal.line(rules_key, rules=words)
        self.terminal.line("match.disclaimer", style="dim", version=listed.model_version)

    def _list(
        self, items: Sequence[MatchItem], lines: Callable[[MatchItem], tuple[str, list[Line]]]
    ) -> None:
        """Print one block a pair: rank, what it is, score, probability, eligibility, and why."""
        width = max(NARROWEST, min(WIDEST, self.terminal.out.width))
        columns = ("match.score", "match.probability", "match.conditions")
        for row in head(*(self.terminal.text(key) for key in columns), width=width):
            self.terminal.show(row, soft_wrap=True)
        for item in items:
            name, said = lines(item)
            pair = Block(
                rank=item.rank,
                name=name,
                score=f"{item.score:.0f}",
                chance=wording.percent(item.pair.probability),
                mark=wording.verdict_mark(self.terminal, item),
                lines=(*said, *self._reasons(item), *self._conditions(item)),
            )
            for row in block(pair, width=width):
                self.terminal.show(row, soft_wrap=True)

    def _reasons(self, item: MatchItem) -> Iterable[Line]:
        for reason in item.reasons:
            sign, style = REASON_SIGNS[reason.direction.value]
            said = reason.text_zh if self.terminal.chinese else reason.text_en
            yield Line(said, sign, style)
        questions = wording.open_questions(self.terminal, item)
        if questions:
            yield Line(self.terminal.text("match.open", rules=questions), "?", "yellow")

    def _conditions(self, item: MatchItem) -> Iterable[Line]:
        if not self.details:
            return
        for result in item.eligibility:
            sign, style = wording.ANSWERS[result.value.value]
            title = result.rule.title_zh if self.terminal.chinese else result.rule.title_en
            demand = result.demand_zh if self.terminal.chinese else result.demand_en
            version = f"{result.rule.rule_id} v{result.rule.version}"
            yield Line(wording.DOT.join(p for p in (title, demand, version) if p), sign, style)

    def _offer(self, item: MatchItem) -> tuple[str, list[Line]]:
        offer: Any = self.catalogue.offers.get(item.offer_id)
        institution: Any = self.catalogue.institutions.get(item.institution_id)
        known = institution.name if institution.name != offer.name else None
        words = wording.offer_words(self.terminal, offer)
        return offer.name, [_dim(known, words, item.offer_id)]

    def _firm(self, item: MatchItem) -> tuple[str, list[Line]]:
        firm: Any = self.catalogue.firms.find(item.firm_id) if item.firm_id else None
        need: Any = self.catalogue.needs.find(item.need_id)
        asked = self.terminal.text("need.implied_firm")
        if need is not None:
            asked = wording.need_words(self.terminal, need)
        ids = _dim(item.firm_id, None if item.implied else item.need_id)
        lines = [Line(self.terminal.text("match.need", need=asked)), ids]
        if firm is None:
            return self._base_name(item.base_id) or str(item.base_id), lines
        base = self._base_name(firm.base_id)
        return firm.name, [Line(wording.firm_words(self.terminal, firm, base=base)), *lines]

    def _firm_and_offer(self, item: MatchItem) -> tuple[str, list[Line]]:
        name, lines = self._firm(item)
        offer: Any = self.catalogue.offers.get(item.offer_id)
        return name, [*lines, Line(self.terminal.text("match.suits", offer=offer.name))]

    def _base_name(self, base_id: str | None) -> str | None:
        base: Any = None if base_id is None else self.catalogue.bases.find(base_id)
        return None if base is None else base.name


def _dim(*parts: str | None) -> Line:
    return Line(wording.DOT.join(part for part in parts if part), style="dim")
