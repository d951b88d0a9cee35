"""Rules and facts of the demo world, beside its records: national definitions at work.

They are as invented as the rest. No event of the world was drawn by them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

import numpy as np

from data import columns as col
from data.catalogue import Catalogue
from data.demo.streams import stream
from data.records import NeedKind
from data.rules.facts import Fact, Figure, Value
from data.rules.files import rules_from_plain
from data.rules.rule import Rule

SOURCE = "demo"
MOST_FIRMS = 1000
"""Firms of which facts are stated; in a large world the others have records alone."""

_WAN_MINOR = 1_000_000
_HIRES_KNOWN, _STAFF_KNOWN = 0.8, 0.7
_INDIVIDUAL = "个体"

_PRODUCTS: tuple[tuple[str, str, str, tuple[str, ...], dict[str, object]], ...] = (
    (
        "startup_loan",
        "创业担保贷款准入",
        "Terms of start-up loans",
        ("创业担保贷款", "富民创业贷", "青创担保贷"),
        {"any": [{"rule": "cn.startup_loan.firm"}, {"rule": "cn.startup_loan.person"}]},
    ),
    (
        "tech_guarantee",
        "科技创新专项担保准入",
        "Terms of guarantees for innovation",
        ("科技创新专项担保", "科创保", "科技担保通"),
        {"rule": "cn.tech_guarantee"},
    ),
    (
        "small_guarantee",
        "政府性融资担保准入",
        "Terms of government guarantees",
        ("小微融资担保", "普惠批量担保", "惠企增信保"),
        {"rule": "cn.government_guarantee"},
    ),
    (
        "inclusive_loan",
        "普惠小微贷款口径",
        "Definition of inclusive loans",
        ("普惠经营贷", "小微周转贷"),
        {"rule": "cn.inclusive_loan"},
    ),
)
"""Id, titles, product names and condition of each rule."""


def demo_rules(catalogue: Catalogue) -> list[Rule]:
    """Return the rules of the offers of a demo world."""
    offers = catalogue.offers
    names = zip(offers.ids.ids, offers.strings(col.NAME).tolist(), strict=True)
    named = [(offer_id, str(name).rpartition("·")[2]) for offer_id, name in names]
    written: list[dict[str, object]] = [
        {
            "id": "demo.veto",
            "version": "1",
            "title": {"zh": "负面清单", "en": "Veto list"},
            "source": "演示规则",
            "kinds": [NeedKind.DEBT.value, NeedKind.GUARANTEE.value],
            "require": {"rule": "cn.veto"},
        }
    ]
    for key, zh, en, products, require in _PRODUCTS:
        offer_ids = [offer_id for offer_id, name in named if name in products]
        if offer_ids:
            written.append(
                {
                    "id": f"demo.{key}",
                    "version": "1",
                    "title": {"zh": zh, "en": en},
                    "source": "演示规则",
                    "offers": offer_ids,
                    "require": require,
                }
            )
    return rules_from_plain({"rules": written})


def demo_facts(catalogue: Catalogue, *, seed: int, known_on: dt.date) -> list[Fact]:
    """Return what is known of the first firms of a demo world beside their records."""
    rng = stream(seed, "facts")
    firms = catalogue.firms
    columns = zip(
        firms.ids.ids,
        firms.numbers(col.EMPLOYEES).tolist(),
        firms.strings(col.LEGAL_FORM).tolist(),
        firms.strings(col.COMPANY_CODE).tolist(),
        strict=True,
    )
    found: list[Fact] = []
    for number, (firm_id, staff, form, code) in enumerate(columns):
        if number == MOST_FIRMS:
            break
        for name, value in _values(rng, staff, form, code):
            found.append(
                Fact(subject_id=firm_id, name=name, value=value, known_on=known_on, source=SOURCE)
            )
    return found


def _values(
    rng: np.random.Generator, staff: float, form: str | None, code: str | None
) -> Iterator[tuple[str, Value]]:
    """Draw the facts of one firm; the same numbers are drawn whatever is known."""
    credit, hires, technicians, draws = (
        rng.choice([0, 0, 0, 50, 100, 200]), rng.random(), rng.random(), rng.random(2),
    )  # fmt: skip
    people = 0.0 if staff != staff else staff
    borrower = "person" if code is None else "individual_business"
    if code is not None and _INDIVIDUAL not in (form or ""):
        borrower = "firm"
    plain: Mapping[str, Value] = {
        "borrower": (borrower,),
        "veto": (),
        "startup_loans": Figure(0),
        "total_credit": Figure(float(credit) * _WAN_MINOR, "CNY"),
        "guaranteed_balance": Figure(0, "CNY"),
    }
    yield from plain.items()
    if draws[0] < _HIRES_KNOWN:
        yield "hired_eligible", Figure(float(np.floor(people * 0.2 * hires)))
    if draws[1] < _STAFF_KNOWN:
        yield "sci_tech_staff", Figure(float(np.floor(people * 0.5 * technicians)))
