"""Descriptions of firms: a sentence plan for each firm, filled with its own figures and trade."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from data.demo.material import firm_sentences as text
from data.demo.material.trade import Mode, Trade
from data.demo.phrases import Dice, expand

_SLOT = re.compile(r"\{(\w+)\}")
_SUBJECTS = ("公司", "企业", "我司")
_FEW_YEARS = 2
"""Below this age a firm speaks of aims instead of achievements."""
_FEW_PEOPLE = 3
"""A firm with fewer people does not speak of a research team."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a text may tell about one firm; ``None`` where there is nothing to tell."""

    short: str
    city: str
    district: str
    base: str | None
    trade: Trade
    year: int
    joined: int
    age: int
    staff: int
    revenue: int
    rd: int
    class_one_ip: int
    class_two_ip: int
    titles: str | None
    is_team: bool


def money(wan: int, *, dice: Dice) -> str:
    """Return an amount of 万元 as people write it."""
    if wan >= 10_000:
        return f"{wan / 10_000:.2f}".rstrip("0").rstrip(".") + "亿元"
    if wan >= 1_000 and dice.chance(40):
        return f"{wan:,}万元"
    if wan >= 200 and dice.chance(30):
        return f"约{round(wan, -1)}万元"
    return f"{wan}万元"


@functools.cache
def usable(templates: tuple[str, ...], missing: frozenset[str]) -> tuple[str, ...]:
    """Return the templates that use none of the ``missing`` slots."""
    return tuple(t for t in templates if not missing.intersection(_SLOT.findall(t)))


def slots_of(story: Story, *, dice: Dice) -> dict[str, str]:
    """Return the slot values of one text: products, customers and figures in a drawn order."""
    trade = story.trade
    products = dice.several(trade.products, 3)
    customers = dice.several(trade.customers, 2)
    techniques = dice.several(trade.tech, 2)
    makers = max(1, min(story.staff - 1, story.staff * (8 + dice.below(30)) // 100))
    share = 100 * story.rd / story.revenue if story.revenue else 0.0
    return {
        "short": story.short,
        "subject": story.short if dice.chance(35) else dice.pick(_SUBJECTS),
        "city": story.city,
        "district": story.district,
        "base": story.base or "",
        "year": str(story.year),
        "joined": str(story.joined),
        "age": str(story.age),
        "p1": products[0],
        "p2": products[1],
        "p3": products[2],
        "t1": techniques[0],
        "t2": techniques[1],
        "c1": customers[0],
        "c2": customers[1],
        "label": trade.label,
        "gear": dice.pick(trade.gear),
        "inputs": dice.pick(trade.inputs),
        "staff": str(story.staff),
        "bigger": str(story.staff + 2 + story.staff * (20 + dice.below(60)) // 100),
        "most": str(max(1, story.staff * 7 // 10)),
        "half": str(max(1, story.staff * 9 // 20)),
        "makers": str(makers),
        "revenue": money(story.revenue, dice=dice),
        "orders": money(max(story.revenue * (15 + dice.below(60)) // 100, 1), dice=dice),
        "rd": money(story.rd, dice=dice),
        "rdshare": f"{share:.1f}%",
        "ip1": str(story.class_one_ip),
        "ip2": str(story.class_two_ip),
        "titles": story.titles or "",
        "cash": dice.pick(text.CASH),
    }


def _missing(story: Story) -> frozenset[str]:
    absent = {
        "base": story.base is None,
        "age": story.age < 1,
        "rd": story.rd <= 0,
        "rdshare": story.rd <= 0 or story.revenue <= 0,
    }
    return frozenset(slot for slot, is_absent in absent.items() if is_absent)


def _by_sales(
    story: Story, *, before: tuple[str, ...], first_year: tuple[str, ...], later: tuple[str, ...]
) -> tuple[str, ...]:
    if story.revenue <= 0:
        return before
    return later if story.age >= 1 else first_year


def _is_new(story: Story) -> bool:
    return story.age < 1 or story.revenue <= 0


def _tech_templates(story: Story) -> tuple[str, ...]:
    if story.trade.mode is Mode.TRADE or story.staff < _FEW_PEOPLE:
        return ()
    return text.TECH_NEW if _is_new(story) else text.TECH


def _ip_templates(story: Story) -> tuple[str, ...]:
    if not story.class_two_ip:
        return ()
    return text.IP_FIRST if story.class_one_ip else text.IP_SECOND


_ROLES: dict[str, Callable[[Story], tuple[str, ...]]] = {
    "intro": lambda s: text.INTRO_NEW if _is_new(s) else text.INTRO_ANY + text.INTRO[s.trade.mode],
    "fact_first": lambda _: text.FACT_FIRST,
    "fact": lambda s: text.FACT if s.revenue > 0 and s.age >= _FEW_YEARS else text.FACT_PLAN,
    "tech": _tech_templates,
    "customer": lambda s: _by_sales(
        s, before=(), first_year=text.CUSTOMER_FIRST_YEAR, later=text.CUSTOMER
    ),
    "finance": lambda s: _by_sales(
        s, before=text.FINANCE_BEFORE, first_year=text.FINANCE_FIRST_YEAR, later=text.FINANCE
    ),
    "staff": lambda s: text.STAFF if s.staff >= 4 else (),
    "ip": _ip_templates,
    "titles": lambda s: text.TITLES if s.titles else (),
    "residence": lambda _: text.RESIDENCE,
    "plan": lambda s: text.PLAN + (text.PLAN_TRADING if s.trade.mode is Mode.TRADE else ()),
}
"""Sentences for each role; none where the firm has nothing to say about it."""


def _team_text(story: Story, slots: dict[str, str], *, dice: Dice) -> list[str]:
    slots["fact_plan"] = expand(dice.pick(text.FACT_PLAN), slots, dice=dice)
    missing = _missing(story)
    opening = usable(text.TEAM_OPENING, missing)
    progress = usable(text.TEAM_PROGRESS, missing)
    chosen = [dice.pick(opening), *dice.several(progress, 2 + dice.below(2))]
    return [expand(template, slots, dice=dice) for template in chosen]


def describe(story: Story, *, dice: Dice) -> str:
    """Return a description of three to six sentences."""
    slots = slots_of(story, dice=dice)
    if story.is_team:
        return "。".join(_team_text(story, slots, dice=dice)) + "。"
    missing = _missing(story)
    used: set[str] = set()
    facts = dice.several(story.trade.facts, 2)
    sentences = []
    for role in dice.pick(text.PLANS):
        options = [t for t in usable(_ROLES[role](story), missing) if t not in used]
        if not options:
            continue
        template = dice.pick(options)
        used.add(template)
        if "{fact}" in template:
            slots["fact"] = expand(facts.pop(), slots, dice=dice)
        sentences.append(expand(template, slots, dice=dice))
    return "。".join(sentences) + "。"
