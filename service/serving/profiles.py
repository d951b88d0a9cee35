"""A firm's own profile and need: saved in one step, computed where figures suffice, and facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import ArgumentError, ParseError
from data.records import Firm, Need
from data.rules.facts import Fact, read_value, spec_of
from data.rules.sizing import size_class_of
from data.rules.vocabulary import Origin
from service.access.logbook import Actor
from service.access.policy import Action
from service.access.sight import Sight
from service.profile_file import industry_system_of
from service.serving.recommending import SERVICE_SOURCE
from service.serving.writing import ANY, Condition, Written, add_record, put_record

CNY = "CNY"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileChange:
    """What somebody wants stored.

    Attributes
    ----------
    firm, need
        Columns and values; no need where ``need`` is empty.
    need_id
        The need that is replaced; ``None`` states a new one.
    condition
        What the caller expects of the firm's record.
    """

    firm: Mapping[str, Any]
    need: Mapping[str, Any]
    need_id: str | None = None
    condition: Condition = ANY


def save_profile(sight: Sight, firm_id: str, change: ProfileChange) -> list[Written[Any]]:
    """Store a firm and its need; each is checked as over the API.

    Raises
    ------
    ChangedError
        The firm is another record than expected.
    ArgumentError
        Something in it is wrong; ``field`` names the column.
    """

    def firm(key: str, before: Firm | None) -> Firm:
        blank = Firm(firm_id=key, name="") if before is None else before
        return completed(dataclasses.replace(blank, **change.firm))

    written: list[Written[Any]] = [
        put_record(sight, Firm, firm_id, firm, condition=change.condition)
    ]
    if not change.need:
        return written

    def need(key: str, before: Need | None) -> Need:
        blank = before or Need(
            need_id=key, firm_id=firm_id, kind=change.need["kind"], stated_on=sight.now.date()
        )
        return dataclasses.replace(blank, **change.need)

    if change.need_id is None:
        written.append(add_record(sight, Need, need))
    else:
        written.append(put_record(sight, Need, change.need_id, need))
    return written


def completed(firm: Firm) -> Firm:
    """Return a firm with what follows from the rest: size class, list of industries, currency."""
    industry = firm.industry or ""
    system = industry_system_of(industry) or firm.industry_system if industry else None
    money = (firm.revenue_minor, firm.assets_minor, firm.liabilities_minor, firm.rd_expense_minor)
    has_money = any(amount is not None for amount in money)
    currency = firm.currency or (CNY if has_money else None)
    figures = {"employees": firm.employees}
    if currency == CNY:
        figures |= {"revenue": firm.revenue_minor, "assets": firm.assets_minor}
    size = size_class_of(industry, figures) or firm.size_class
    return dataclasses.replace(firm, industry_system=system, currency=currency, size_class=size)


def state_facts(sight: Sight, firm_id: str, said: Mapping[str, str]) -> list[Fact]:
    """Store what a firm says of itself beside its record, as known from today on.

    Raises
    ------
    UnknownIdError
        The firm is not the caller's.
    InputError, ParseError
        A fact does not exist, belongs to the record, or has a value that means nothing; ``field``
        names it.
    """
    firm = sight.own_firm(firm_id, Action.WRITE_FIRMS)
    facts = []
    for name, text in said.items():
        spec = spec_of(name)
        if spec.origin is Origin.RECORD:
            raise ArgumentError(f"{name!r} is a column of the firm.", field=name)
        try:
            value = read_value(spec, text)
        except ParseError as error:
            raise ParseError(error.message, field=name, remedy=error.remedy) from error
        if value is not None:
            facts.append(
                Fact(
                    subject_id=firm.firm_id,
                    name=spec.name,
                    value=value,
                    known_on=sight.now.date(),
                    source=f"{SERVICE_SOURCE}:{sight.principal.role.value}",
                )
            )
    if facts:
        sight.store.rules.put_facts(facts)
        entry = Actor.of(sight).entry(
            Action.WRITE_FIRMS.value,
            "facts",
            firm.firm_id,
            detail={"facts": [fact.name for fact in facts]},
        )
        sight.store.audit.append(entry)
    return facts
