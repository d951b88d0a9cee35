"""The Crunchbase importer on a hand-made folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.catalogue import Catalogue
from data.errors import EmptyInputError, InputError, MissingColumnError, ParseError
from data.importers import SOURCES
from data.importers.crunchbase import read
from data.records import EventKind, Firm, InstitutionKind, NeedKind

Write = Callable[..., Path]
D1, D2, D3 = dt.datetime(2010, 1, 5), dt.datetime(2011, 2, 6), dt.datetime(2012, 3, 7)

INVESTMENTS: dict[str, list[Any]] = {
    "company_key": [" blue  sky ", "blue sky", "blue sky", "blue sky", "red", "solo", None, "red"],
    "company_name": ["Blue Sky", "Blue Sky", "Blue Sky", "Blue Sky", "Red", "Solo", "X", "Red"],
    "investor_key": ["acme ventures", "acme ventures", "tom smith", "zed", "zed", "zed", "zed", ""],
    "investor_name": [
        *("ACME Ventures", "Acme Ventures", "Tom Smith", "Zed"),
        *("Zed", "Zed", "Zed", None),
    ],
    "funded_at": [D2, D1, D1, D1, D3, D3, D3, None],
    "amount_usd": [2e6, 1e6, 1.5e6, None, -5.0, None, None, None],
    "funding_round_type": ["series-a", "angel", "angel", "seed", None, None, None, None],
}
COMPANIES: dict[str, list[Any]] = {
    "company_key": ["blue sky", "unfunded", "blue sky"],
    "name": ["Blue Sky Inc", None, "Other"],
    "category_list": ["|Software|Games|", None, None],
    "market": ["Games", None, None],
    "country_code": ["USA", "GBR", "FRA"],
    "state_code": ["CA", None, None],
    "region": ["SF Bay ", None, None],
    "city": ["Palo Alto", None, None],
    "founded_at": ["2009-05-01", "not a day", None],
    "category_code": ["games_video", None, None],
}


@pytest.fixture
def folder(write: Write) -> Path:
    write("companies.parquet", COMPANIES)
    return write("investments.parquet", INVESTMENTS)


@pytest.fixture
def catalogue(folder: Path) -> Catalogue:
    return read(folder).catalogue()


class TestRecords:
    def test_a_round_is_a_firm_and_a_date(self, catalogue: Catalogue) -> None:
        assert catalogue.needs.strings("source_key").tolist() == [
            "blue_sky@2010-01-05",
            "blue_sky@2011-02-06",
            "red@2012-03-07",
            "solo@2012-03-07",
        ]

    def test_the_amount_of_a_round_is_its_largest_and_the_stage_the_most_named(
        self, catalogue: Catalogue
    ) -> None:
        first = catalogue.needs.get("need_crunchbase_blue_sky@2010-01-05")
        assert first.kind is NeedKind.EQUITY
        assert first.amount_low_minor == first.amount_high_minor == 1_500_000 * 100
        assert first.currency == "USD"
        assert first.stage == "angel"
        assert first.stated_on == dt.date(2010, 1, 5)

    def test_a_firm_takes_the_attributes_of_its_company(self, catalogue: Catalogue) -> None:
        firm = catalogue.firms.get("firm_crunchbase_blue_sky")
        assert firm == Firm(
            firm_id="firm_crunchbase_blue_sky",
            name="Blue Sky Inc",
            country="USA",
            province="CA",
            metro="SF Bay",
            city="Palo Alto",
            industry="games_video",
            industry_system="crunchbase-2013",
            sectors=("Games", "Software"),
            founded_on=dt.date(2009, 5, 1),
            source="crunchbase",
            source_key="blue_sky",
        )

    def test_a_firm_without_company_and_a_company_without_round_both_exist(
        self, catalogue: Catalogue
    ) -> None:
        assert catalogue.firms.get("firm_crunchbase_red").name == "Red"
        unfunded = catalogue.firms.get("firm_crunchbase_unfunded")
        assert unfunded.name == "unfunded"
        assert unfunded.founded_on is None

    def test_an_event_links_a_round_to_the_offer_of_a_funder(self, catalogue: Catalogue) -> None:
        event = catalogue.events.get("event_crunchbase_blue_sky@2010-01-05~acme_ventures")
        assert event.kind is EventKind.FUNDED
        assert event.occurred_at == dt.datetime(2010, 1, 5, tzinfo=dt.UTC)
        assert event.firm_id == "firm_crunchbase_blue_sky"
        assert event.need_id == "need_crunchbase_blue_sky@2010-01-05"
        assert event.offer_id == "offer_crunchbase_acme_ventures"
        assert len(catalogue.events) == 6

    def test_each_institution_has_one_offer_without_conditions(self, catalogue: Catalogue) -> None:
        acme = catalogue.institutions.get("inst_crunchbase_acme_ventures")
        assert acme.name == "Acme Ventures"  # as in its first round
        assert acme.kind is InstitutionKind.FUND
        assert acme.natural_person is False
        assert catalogue.institutions.get("inst_crunchbase_tom_smith").natural_person is True
        assert catalogue.institutions.get("inst_crunchbase_zed").natural_person is None
        offer = catalogue.offers.get("offer_crunchbase_acme_ventures")
        assert offer.institution_id == "inst_crunchbase_acme_ventures"
        assert offer.sectors == offer.regions == ()
        assert offer.resident_first is False
        assert len(catalogue.offers) == len(catalogue.institutions) == 3

    def test_later_rows_do_not_change_what_earlier_rounds_saw(
        self, write: Write, folder: Path
    ) -> None:
        before = read(folder).catalogue()
        later = {
            "company_key": ["blue sky"],
            "company_name": ["Blue Sky Renamed"],
            "investor_key": ["acme ventures"],
            "investor_name": ["ACME RENAMED"],
            "funded_at": [dt.datetime(2013, 1, 1)],
            "amount_usd": [9e9],
            "funding_round_type": ["venture"],
        }
        after = read(write("investments_2013.parquet", later)).catalogue()
        assert len(after.needs) == len(before.needs) + 1
        for side_before, side_after in zip(before.sides(), after.sides(), strict=True):
            for key in side_before.ids.ids:
                assert side_after.get(key) == side_before.get(key)


class TestRejects:
    def test_they_name_file_line_column_and_value(self, folder: Path) -> None:
        told = [(r.file, r.line, r.column, r.value, r.whole_row) for r in read(folder).rejects]
        assert told == [
            ("investments.parquet", 5, "amount_usd", "-5.0", False),
            ("investments.parquet", 7, "company_key", "", True),
            ("investments.parquet", 8, "funded_at", "", True),
            ("companies.parquet", 2, "founded_at", "not a day", False),
            ("companies.parquet", 3, "company_key", "blue sky", True),
        ]

    def test_lines_count_within_each_file(self, write: Write) -> None:
        good = {name: values[:1] for name, values in INVESTMENTS.items()}
        write("investments_a.parquet", good)
        bad = {**good, "company_key": ["  "]}
        rejects = read(write("investments_b.parquet", bad)).rejects
        assert [(r.file, r.line) for r in rejects] == [("investments_b.parquet", 1)]


class TestBadInput:
    def test_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="There is no folder"):
            read(tmp_path / "absent")

    def test_no_matching_file(self, tmp_path: Path) -> None:
        with pytest.raises(EmptyInputError, match=r"no file investments\*\.parquet"):
            read(tmp_path)

    def test_no_rows(self, write: Write) -> None:
        empty = {name: values[:0] for name, values in INVESTMENTS.items()}
        with pytest.raises(EmptyInputError, match="no rows"):
            read(write("investments.parquet", empty))

    def test_a_renamed_column_is_named_with_the_nearest(self, write: Write) -> None:
        renamed = dict(INVESTMENTS)
        renamed["investor_keys"] = renamed.pop("investor_key")
        with pytest.raises(MissingColumnError) as caught:
            read(write("investments.parquet", renamed))
        assert caught.value.field == "investor_key"
        assert "investments.parquet" in caught.value.message
        assert "Rename investor_keys" in str(caught.value)

    def test_a_missing_column_without_a_near_name(self, write: Write) -> None:
        without = {k: v for k, v in INVESTMENTS.items() if k != "funded_at"}
        with pytest.raises(MissingColumnError, match="Add the column funded_at"):
            read(write("investments.parquet", without))

    def test_dates_that_are_numbers(self, write: Write) -> None:
        wrong = {**INVESTMENTS, "funded_at": list(range(8))}
        with pytest.raises(ParseError, match=r"'funded_at' of investments\.parquet holds int64"):
            read(write("investments.parquet", wrong))

    def test_amounts_that_are_dates(self, write: Write) -> None:
        wrong = {**INVESTMENTS, "amount_usd": [D1] * 8}
        with pytest.raises(ParseError, match="not amounts"):
            read(write("investments.parquet", wrong))

    def test_keys_that_are_no_single_values(self, write: Write) -> None:
        for cells in ([["blue", "sky"]] * 8, [b"blue"] * 8):
            wrong = {**INVESTMENTS, "company_key": cells}
            with pytest.raises(ParseError, match=r"'company_key'.*not single values"):
                read(write("investments.parquet", wrong))

    def test_a_damaged_file(self, tmp_path: Path) -> None:
        (tmp_path / "investments.parquet").write_bytes(b"PAR1 and then nothing")
        with pytest.raises(InputError, match=r"investments\.parquet cannot be read as a Parquet"):
            read(tmp_path)

    def test_files_of_different_types(self, write: Write) -> None:
        write("investments_a.parquet", INVESTMENTS)
        other = {**INVESTMENTS, "funded_at": pa.array([1.5] * 8)}
        with pytest.raises(InputError, match="different types"):
            read(write("investments_b.parquet", other))


class TestOtherWritings:
    def test_dates_and_amounts_as_text(self, folder: Path, write: Write) -> None:
        texts = {
            **INVESTMENTS,
            "funded_at": [
                d if d is None else d.strftime("%Y-%m-%d") for d in INVESTMENTS["funded_at"]
            ],
            "amount_usd": [
                "2,000,000",
                "$1,000,000.00",
                "1.5 million",
                None,
                "-5",
                None,
                None,
                None,
            ],
        }
        expected = read(folder).catalogue()
        assert read(write("investments.parquet", texts)).catalogue().fingerprint() == (
            expected.fingerprint()
        )

    def test_without_companies(self, write: Write) -> None:
        catalogue = read(write("investments.parquet", INVESTMENTS)).catalogue()
        assert sorted(catalogue.firms.strings("source_key")) == ["blue_sky", "red", "solo"]

    def test_optional_columns_may_be_absent(self, write: Write) -> None:
        names = ("company_key", "investor_key", "funded_at")
        bare = {name: INVESTMENTS[name] for name in names}
        catalogue = read(write("investments.parquet", bare)).catalogue()
        assert catalogue.firms.get("firm_crunchbase_red").name == "red"
        assert catalogue.needs.strings("stage").tolist() == [None] * 4


def test_it_is_listed() -> None:
    assert SOURCES["crunchbase"].read is read
    assert SOURCES["crunchbase"].patterns[0] == "investments*.parquet"
