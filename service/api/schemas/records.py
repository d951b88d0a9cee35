"""Bodies of bases, firms, needs, institutions and offers, derived from :mod:`data.records`.

The fields of the records are the only definition; what comes in lacks the id of the path and what
only importers write, what goes out has everything that is shown.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, create_model

from data.records import Base, Firm, Institution, Need, Offer, Record
from data.schema import ID_COLUMN

MOST_TEXT = 20_000
"""Characters of one text: a prospectus of some ten pages."""
MOST_LISTED = 500
"""Values of one list, such as the regions of an offer."""
MOST_INTEGER = 2**63 - 1
"""What the store keeps in a column of integers."""

WRITTEN_BY_IMPORTERS = frozenset({"source", "source_key"})
OWN_TEXT = r"^[^\x00]*$"
"""A zero byte means the end of a text to PostgreSQL, which refuses it."""

Text = Annotated[str, StringConstraints(max_length=MOST_TEXT, pattern=OWN_TEXT)]
Integer = Annotated[int, Field(ge=-MOST_INTEGER, le=MOST_INTEGER, strict=True)]
RecordT = TypeVar("RecordT", Base, Firm, Need, Institution, Offer)

EXAMPLES: dict[type, dict[str, Any]] = {
    Base: {"name": "苏州示例创业园", "level": "provincial", "city": "苏州市"},
    Firm: {
        "name": "苏州示例科技有限公司",
        "city": "苏州市",
        "industry": "I6513",
        "industry_system": "gb4754-2017",
        "founded_on": "2021-03-01",
        "employees": 24,
        "revenue_minor": 860_000_000,
        "currency": "CNY",
        "credentials": ["tech_sme"],
        "tax_grade": "B",
    },
    Need: {
        "kind": "debt",
        "stated_on": "2026-06-01",
        "amount_low_minor": 200_000_000,
        "amount_high_minor": 200_000_000,
        "currency": "CNY",
        "purpose": "流动资金周转",
        "term_months": 12,
    },
    Institution: {"name": "示例银行苏州分行", "kind": "bank", "city": "苏州市"},
    Offer: {
        "institution_id": "inst_example",
        "name": "科技贷",
        "kind": "debt",
        "amount_max_minor": 1_000_000_000,
        "currency": "CNY",
        "term_max_months": 36,
        "rate_low_pct": 3.2,
        "regions": ["江苏省"],
    },
}


def model_in(record_type: type[Record], name: str, *, without: frozenset[str]) -> type[BaseModel]:
    """Return the model of what a client sends: unknown fields and wrong types are refused."""
    hints = get_type_hints(record_type)
    fields: dict[str, Any] = {
        field.name: (_bounded(hints[field.name]), _default(field))
        for field in dataclasses.fields(record_type)
        if field.name not in without | WRITTEN_BY_IMPORTERS
    }
    example = EXAMPLES[record_type]
    config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={"examples": [{k: v for k, v in example.items() if k in fields}]},
    )
    return create_model(name, __config__=config, __doc__=record_type.__doc__, **fields)


def model_out(record_type: type[Record], name: str) -> type[BaseModel]:
    """Return the model of what the service answers: every field of the record."""
    hints = get_type_hints(record_type)
    fields: dict[str, Any] = {
        field.name: (hints[field.name], _default(field))
        for field in dataclasses.fields(record_type)
    }
    return create_model(name, __doc__=record_type.__doc__, **fields)


def record_of(body: BaseModel, record_type: type[RecordT], **given: Any) -> RecordT:
    """Return the record that a body describes, with the fields that the path or the service sets.

    Fields that the body may not hold come from ``given``, or keep their defaults.
    """
    values = {name: getattr(body, name) for name in type(body).model_fields}
    return record_type(**{**values, **given})


def _default(field: dataclasses.Field[Any]) -> Any:
    return ... if field.default is dataclasses.MISSING else field.default


def _bounded(hint: Any) -> Any:
    """Return a field's type with bounds on texts, numbers and lists."""
    if hint is str:
        return Text
    if hint is int:
        return Integer
    if hint == tuple[str, ...]:
        return Annotated[tuple[Text, ...], Field(max_length=MOST_LISTED)]
    parts = get_args(hint)
    if type(None) in parts:
        (inner,) = (part for part in parts if part is not type(None))
        return _bounded(inner) | None
    return hint


BaseIn = model_in(Base, "BaseIn", without=frozenset({ID_COLUMN[Base]}))
FirmIn = model_in(Firm, "FirmIn", without=frozenset({ID_COLUMN[Firm]}))
NeedIn = model_in(Need, "NeedIn", without=frozenset({ID_COLUMN[Need], "implied"}))
InstitutionIn = model_in(Institution, "InstitutionIn", without=frozenset({ID_COLUMN[Institution]}))
OfferIn = model_in(Offer, "OfferIn", without=frozenset({ID_COLUMN[Offer]}))

BaseOut = model_out(Base, "BaseOut")
FirmOut = model_out(Firm, "FirmOut")
NeedOut = model_out(Need, "NeedOut")
InstitutionOut = model_out(Institution, "InstitutionOut")
OfferOut = model_out(Offer, "OfferOut")
