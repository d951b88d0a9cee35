"""Names and texts: distinct, varied, in agreement with the figures, and about nobody real."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from data import columns as col
from data.demo import generate
from data.demo.vocabulary import SOURCE

from .conftest import TODAY

MOST_REPEATED = {"firms": 0.05, "needs": 0.08}
"""Largest share of sentences that another text of the medium world has too."""


def sentences(text: str) -> set[str]:
    return set(text.rstrip("。").split("。"))


def texts(side, column: str) -> list[str]:
    return [text for text in side.table.column(column).to_pylist() if text]


def repeated_share(all_texts: list[str]) -> float:
    counts = Counter(sentence for text in all_texts for sentence in sentences(text))
    total = sum(counts.values())
    return sum(n for n in counts.values() if n > 1) / total


@pytest.mark.parametrize(("side", "column"), [("firms", col.DESCRIPTION), ("needs", col.TEXT)])
def test_few_sentences_occur_twice(medium, side, column):
    found = texts(getattr(medium.catalogue, side), column)
    assert repeated_share(found) < MOST_REPEATED[side]
    assert len(set(found)) > 0.999 * len(found)


@pytest.mark.parametrize("side", ["bases", "institutions", "offers"])
def test_other_texts_are_distinct(medium, side):
    found = texts(getattr(medium.catalogue, side), col.DESCRIPTION)
    assert len(set(found)) == len(found) == len(getattr(medium.catalogue, side))


def test_texts_are_filled_in_and_end_as_sentences(medium):
    for side, column in (
        ("firms", col.DESCRIPTION),
        ("needs", col.TEXT),
        ("offers", col.DESCRIPTION),
        ("institutions", col.DESCRIPTION),
        ("bases", col.DESCRIPTION),
    ):
        for text in texts(getattr(medium.catalogue, side), column):
            assert not re.search(r"[<>{}|]|。。|，，|，。|None|nan", text), text
            assert text.endswith("。")
            assert len(text) > 20


def test_names_are_distinct_and_look_like_names(medium):
    for side in ("bases", "firms", "institutions"):
        names = getattr(medium.catalogue, side).table.column(col.NAME).to_pylist()
        assert len(set(names)) == len(names)
    firms = medium.catalogue.firms.table.to_pylist()
    companies = [f for f in firms if f[col.LEGAL_FORM] == "有限责任公司"]
    assert all(f[col.NAME].endswith("有限公司") for f in companies)
    places = ("江苏", *{f[col.CITY][:-1] for f in firms}, *{f[col.DISTRICT][:-1] for f in firms})
    assert all(any(place in f[col.NAME] for place in places) for f in companies)


def test_figures_in_a_description_are_those_of_the_record(medium):
    found = 0
    for firm in medium.catalogue.firms.table.to_pylist():
        said = re.search(r"(?:在职|团队|员工)(\d+)(?:人|名)", firm[col.DESCRIPTION] or "")
        if said:
            found += 1
            assert int(said[1]) == firm[col.EMPLOYEES]
        if "发明专利" in (firm[col.DESCRIPTION] or ""):
            counted = re.search(r"发明专利(\d+)件|(\d+)件发明专利", firm[col.DESCRIPTION])
            assert counted is None or int(counted[1] or counted[2]) == firm[col.CLASS_ONE_IP]
    assert found > 300


def test_amount_of_a_need_is_in_its_text(medium):
    for need in medium.catalogue.needs.table.slice(0, 3_000).to_pylist():
        low, high = (need[c] // 1_000_000 for c in (col.AMOUNT_LOW_MINOR, col.AMOUNT_HIGH_MINOR))
        said = f"{low}万元" if low == high else f"{low}—{high}万元"
        assert said in need[col.TEXT]


def test_ceiling_of_an_offer_is_in_its_text(medium):
    for offer in medium.catalogue.offers.table.to_pylist():
        assert str(offer[col.AMOUNT_MAX_MINOR] // 1_000_000) in offer[col.DESCRIPTION]


def test_every_record_says_that_it_was_generated(small):
    for side in small.catalogue.sides():
        assert set(side.table.column(col.SOURCE).to_pylist()) == {SOURCE}


@pytest.mark.real_data
def test_no_name_is_that_of_a_registered_company(real_data_dir, medium):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = real_data_dir / "registry" / "firms.parquet"
    if not path.is_file():
        pytest.skip(f"the register of companies is absent: {path}")
    registered = set(parquet.read_table(path, columns=["name"]).column("name").to_pylist())
    for catalogue in (medium.catalogue, generate("small", seed=1, today=TODAY).catalogue()):
        for side in (catalogue.firms, catalogue.institutions, catalogue.bases):
            assert registered.isdisjoint(side.table.column(col.NAME).to_pylist())
