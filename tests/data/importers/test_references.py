"""Ids and names."""

from __future__ import annotations

import pyarrow as pa

from data.importers.references import (
    DIGEST_CHARACTERS,
    NameIndex,
    derived_ids,
    given_ids,
    name_keys,
    named,
    row_keys,
)
from data.records import Firm, Institution, Offer


def firms(*rows: tuple[str, str, str | None]) -> pa.Table:
    ids, names, codes = zip(*rows, strict=True)
    return pa.table(
        {
            "firm_id": pa.array(ids),
            "name": pa.array(names),
            "company_code": pa.array(codes, pa.string()),
        }
    )


def test_ids() -> None:
    assert given_ids(Firm, pa.array(["1", "firm_2", None])).to_pylist() == [
        "firm_1",
        "firm_2",
        None,
    ]
    one, same, other, none = derived_ids(Firm, pa.array(["a", "a", "b", None])).to_pylist()
    assert one == same != other
    assert none is None
    assert len(one) == len("firm_") + DIGEST_CHARACTERS


def test_keys() -> None:
    assert name_keys(pa.array([" Ａ b（c）", None])).to_pylist() == ["ab(c)", None]
    assert named("code", pa.array(["X"])).to_pylist() == ["code:x"]
    first, second = row_keys([pa.array(["a", None]), pa.array([1, 2])]).to_pylist()
    assert first != second


class TestNameIndex:
    def test_what_nobody_refers_to_is_not_kept(self) -> None:
        index = NameIndex([Institution])
        index.learn(Firm, firms(("firm_1", "甲", None)))
        found, ambiguous = index.find(Firm, named("name", pa.array(["甲"])))
        assert found.to_pylist() == [None]
        assert ambiguous.to_pylist() == [False]

    def test_names_and_codes(self) -> None:
        index = NameIndex([Firm])
        index.learn(Firm, firms(("firm_1", "甲", "C1"), ("firm_2", "乙", None)))
        found, _ = index.find(Firm, pa.array(["name:乙", "code:c1", "code:c2", None]))
        assert found.to_pylist() == ["firm_2", "firm_1", None, None]

    def test_one_record_told_twice_is_not_ambiguous_and_two_are(self) -> None:
        index = NameIndex([Firm])
        for _ in range(2):
            index.learn(Firm, firms(("firm_1", "甲", None)))
        assert index.find(Firm, pa.array(["name:甲"]))[0].to_pylist() == ["firm_1"]
        index.learn(Firm, firms(("firm_2", "甲", None)))
        found, ambiguous = index.find(Firm, pa.array(["name:甲"]))
        assert found.to_pylist() == [None]
        assert ambiguous.to_pylist() == [True]

    def test_what_is_imported_goes_before_what_is_stored(self) -> None:
        index = NameIndex([Firm])
        index.learn(Firm, firms(("firm_old", "甲", None), ("firm_b", "乙", None)), stored=True)
        index.learn(Firm, firms(("firm_new", "甲", None)))
        found, ambiguous = index.find(Firm, pa.array(["name:甲", "name:乙"]))
        assert found.to_pylist() == ["firm_new", "firm_b"]
        assert not any(ambiguous.to_pylist())

    def test_offers_go_by_their_name_alone_or_with_their_institution(self) -> None:
        index = NameIndex([Offer])
        index.learn(
            Offer,
            pa.table({"offer_id": ["offer_1"], "name": ["贷"], "institution_id": ["inst_1"]}),
        )
        found, _ = index.find(Offer, pa.array(["name:贷", "inst_1/name:贷", "inst_2/name:贷"]))
        assert found.to_pylist() == ["offer_1", "offer_1", None]
