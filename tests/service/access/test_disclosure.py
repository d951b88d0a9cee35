"""Nothing outside the teaser and the consented classes leaves, for whatever firm and consents."""

from __future__ import annotations

import datetime as dt
import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.consent import DataClass
from data.records import Credential, Firm, Need, NeedKind, SizeClass, TaxGrade
from data.store import Store
from service.access.fields import CLASS_OF_FIELD
from service.access.seen import SeenFirm, SeenNeed
from service.access.teaser import teaser_of
from tests.service.access.seeing import BANK, agree, sight

COUNT = itertools.count(10**9)
"""Every drawn value stands in one field only, and nowhere by chance."""
TOKENS = st.none().map(lambda _: str(next(COUNT)))
NUMBERS = st.none().map(lambda _: 10 * next(COUNT) + 7)  # never an edge of a band
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2025, 12, 31))
RECIPIENT = "inst_x"


def maybe(values: st.SearchStrategy) -> st.SearchStrategy:  # type: ignore[type-arg]
    return st.none() | values


@st.composite
def firms(draw: st.DrawFn) -> Firm:
    def text(name: str) -> str:
        return f"{name}:{draw(TOKENS)}"

    return Firm(
        firm_id=f"firm_{draw(TOKENS)}",
        name=text("name"),
        company_code=draw(maybe(TOKENS)),
        base_id=text("base"),
        country=draw(maybe(st.just("CHN"))),
        province=text("province"),
        city=draw(maybe(TOKENS)),
        district=text("district"),
        postcode=text("postcode"),
        metro=text("metro"),
        industry=draw(maybe(st.just("I6513"))),
        industry_system=text("system"),
        sectors=tuple(text("sector") for _ in range(draw(st.integers(0, 3)))),
        legal_form=text("form"),
        founded_on=draw(DAYS),
        employees=draw(NUMBERS),
        size_class=draw(st.sampled_from(SizeClass)),
        revenue_minor=draw(NUMBERS),
        assets_minor=draw(NUMBERS),
        liabilities_minor=draw(NUMBERS),
        rd_expense_minor=draw(NUMBERS),
        currency=text("currency"),
        credentials=tuple(draw(st.lists(st.sampled_from(Credential), unique=True))),
        tax_grade=draw(st.sampled_from(TaxGrade)),
        class_one_ip=draw(NUMBERS),
        class_two_ip=draw(NUMBERS),
        description=text("description"),
        source=text("source"),
        source_key=text("key"),
    )


@st.composite
def needs(draw: st.DrawFn, firm: Firm) -> Need:
    return Need(
        need_id=f"need_{draw(TOKENS)}",
        firm_id=firm.firm_id,
        kind=draw(st.sampled_from(NeedKind)),
        stated_on=draw(DAYS),
        stage=draw(maybe(TOKENS)),
        amount_low_minor=draw(NUMBERS),
        amount_high_minor=draw(maybe(NUMBERS)),
        currency="CNY",
        purpose=f"purpose:{draw(TOKENS)}",
        term_months=draw(NUMBERS),
        collateral=(f"collateral:{draw(TOKENS)}",),
        employees=draw(NUMBERS),
        text=f"text:{draw(TOKENS)}",
        source=f"source:{draw(TOKENS)}",
        source_key=f"key:{draw(TOKENS)}",
    )


def values_in(value: object) -> list[str]:
    """What of a field would give it away in an answer."""
    if value is None or isinstance(value, bool | TaxGrade | NeedKind | SizeClass):
        return []  # too short to search for: that the field is absent is checked beside
    if isinstance(value, tuple):
        return [text for part in value for text in values_in(part)]
    return [value.isoformat() if isinstance(value, dt.date) else str(value)]


def check(seen: SeenFirm | SeenNeed, record: Firm | Need, classes: frozenset[DataClass]) -> None:
    table = CLASS_OF_FIELD[type(record)]
    assert set(seen.fields) == {name for name, kind in table.items() if kind in classes}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), classes=st.frozensets(st.sampled_from(DataClass)))
def test_only_the_teaser_and_the_consented_classes_leave(
    store: Store, data: st.DataObject, classes: frozenset[DataClass]
) -> None:
    firm = data.draw(firms())
    need = data.draw(needs(firm))
    store.upsert(Firm, [firm])
    store.upsert(Need, [need])
    agree(store, sorted(classes), firm_id=firm.firm_id)
    bank = sight(store, BANK)
    seen_firm = bank.see_firms([firm])[firm.firm_id]
    seen_need = bank.see_needs([need])[need.need_id]
    check(seen_firm, firm, classes)
    check(seen_need, need, classes)

    plain = {"firm": seen_firm.plain(), "need": seen_need.plain()}
    answer = json.dumps(plain, ensure_ascii=False)
    teaser = teaser_of(firm, need)
    shown = {teaser.sector, teaser.stage, teaser.city, teaser.province, teaser.country}
    for record in (firm, need):
        for name, kind in CLASS_OF_FIELD[type(record)].items():
            if kind is None or kind in classes:
                continue
            for value in values_in(getattr(record, name)):
                if value not in shown and value != "CNY":
                    assert value not in answer, name
    told = {kind for row in store.provisions.of(firm_id=firm.firm_id) for kind in row.data_classes}
    assert told == classes - {DataClass.CONTACT}


@pytest.mark.parametrize("kind", [*DataClass])
def test_each_class_alone_shows_its_own_fields_only(store: Store, kind: DataClass) -> None:
    firm = Firm(firm_id="firm_solo", name="独行")
    store.upsert(Firm, [firm])
    agree(store, [kind], firm_id="firm_solo", recipient_id=RECIPIENT)
    seen = sight(store, BANK).see_firms([firm])["firm_solo"]
    check(seen, firm, frozenset({kind}))
    assert (seen.firm_id == "firm_solo") == (kind is DataClass.IDENTITY)
