"""Every check finds what it is for, and nothing where all is well."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from data.catalogue import Catalogue
from data.records import (
    Base,
    Event,
    EventKind,
    Firm,
    Institution,
    InstitutionKind,
    Need,
    NeedKind,
    Offer,
    Rating,
    Record,
    TaxGrade,
)
from data.schema import ID_COLUMN, table_from_records
from data.validation import CHECKS, CheckResult, Status, validate, validate_tables
from data.validation.money import LEAST_VALUES
from data.validation.report import MOST_EXAMPLES

TODAY = dt.date(2024, 6, 1)
YI = 10**8 * 100

BASE = Base(base_id="base_1", name="苏州孵化器", city="苏州")
FIRM = Firm(
    firm_id="firm_1",
    name="甲科技有限公司",
    company_code="91110000101623741K",
    base_id="base_1",
    province="江苏",
    sectors=("软件",),
    founded_on=dt.date(2019, 1, 1),
    tax_grade=TaxGrade.A,
    revenue_minor=0,
    credentials=("high_tech",),
)
NEED = Need(
    need_id="need_1",
    firm_id="firm_1",
    kind=NeedKind.DEBT,
    stated_on=dt.date(2024, 1, 1),
    amount_low_minor=YI // 2,
    amount_high_minor=YI,
    currency="CNY",
    purpose="设备",
)
BANK = Institution(institution_id="inst_1", name="某银行", kind=InstitutionKind.BANK)
OFFER = Offer(
    offer_id="offer_1",
    institution_id="inst_1",
    name="科创贷",
    kind=NeedKind.DEBT,
    amount_max_minor=YI,
    base_ids=("base_1",),
)
EVENT = Event(
    event_id="event_1",
    kind=EventKind.FUNDED,
    occurred_at=dt.datetime(2024, 2, 1, tzinfo=dt.UTC),
    firm_id="firm_1",
    offer_id="offer_1",
    need_id="need_1",
    amount_minor=YI,
    currency="CNY",
)
WORLD: tuple[Record, ...] = (BASE, FIRM, NEED, BANK, OFFER, EVENT)


def check(name: str, *changed: Record, today: dt.date = TODAY) -> CheckResult:
    """Run one check over the sound world with some records put in or exchanged."""
    records = {getattr(r, ID_COLUMN[type(r)]): r for r in (*WORLD, *changed)}
    return validate(Catalogue.from_records(records.values()), today=today).get(name)


def assert_found(result: CheckResult, status: Status, count: int, example: str) -> None:
    assert result.status is status
    assert result.finding.count == count
    assert any(example in text for text in result.finding.examples), result.finding.examples


class TestASoundWorld:
    @pytest.mark.parametrize("name", sorted(CHECKS))
    def test_passes(self, name: str) -> None:
        result = check(name)
        assert result.status is Status.PASS, result

    def test_an_empty_one_passes_too(self) -> None:
        report = validate(Catalogue.from_records([]), today=TODAY)
        assert report.status is Status.PASS
        assert {result.finding.share for result in report.results} == {0.0}


class TestIdentity:
    def test_duplicate_ids(self) -> None:
        tables: dict[type[Record], pa.Table] = {
            Firm: table_from_records(Firm, [FIRM, replace(FIRM, name="乙")])
        }
        result = validate_tables(tables, today=TODAY).get("duplicate_ids")
        assert_found(result, Status.FAIL, 1, "firm_1")
        assert result.finding.share == 1 / 2

    @pytest.mark.parametrize(
        ("record", "example"),
        [
            (replace(NEED, firm_id="firm_9"), "firm_id firm_9"),
            (replace(FIRM, base_id="base_9"), "base_id base_9"),
            (replace(OFFER, institution_id="inst_9"), "institution_id inst_9"),
            (replace(OFFER, base_ids=("base_1", "base_9")), "base_ids base_9"),
            (replace(EVENT, offer_id="offer_9"), "offer_id offer_9"),
            (replace(EVENT, need_id="need_9"), "need_id need_9"),
        ],
    )
    def test_dangling_ids(self, record: Record, example: str) -> None:
        assert_found(check("dangling_ids", record), Status.FAIL, 1, example)

    def test_ratings_are_checked_where_they_are_given(self) -> None:
        rating = Rating(
            rating_id="rating_1",
            firm_id="firm_9",
            offer_id="offer_9",
            score=5,
            rated_at=dt.datetime(2030, 1, 1, tzinfo=dt.UTC),
        )
        report = validate_tables({Rating: table_from_records(Rating, [rating])}, today=TODAY)
        assert report.get("dangling_ids").finding.count == 2
        assert report.get("in_the_future").finding.count == 1

    @pytest.mark.parametrize("need", [replace(NEED, firm_id=None), replace(NEED, base_id="base_1")])
    def test_one_asker(self, need: Need) -> None:
        assert_found(check("one_asker", need), Status.FAIL, 1, "need_1")

    def test_a_base_may_ask(self) -> None:
        need = replace(NEED, firm_id=None, base_id="base_1")
        assert check("one_asker", need).status is Status.PASS

    @pytest.mark.parametrize(
        ("code", "fault"),
        [
            ("91110000101623741A", "check_digit"),
            ("911100001016", "length"),
            ("9111000010162374!K", "characters"),
        ],
    )
    def test_company_codes_only_warn(self, code: str, fault: str) -> None:
        result = check("company_codes", replace(FIRM, company_code=code))
        assert_found(result, Status.WARN, 1, f"{code} ({fault})")

    def test_same_names(self) -> None:
        twin = replace(FIRM, firm_id="firm_2", name="甲 科技有限公司")
        wide = replace(FIRM, firm_id="firm_3", name="ＡＢＣ")
        narrow = replace(FIRM, firm_id="firm_4", name="abc")
        result = check("same_names", twin, wide, narrow)
        assert_found(result, Status.WARN, 2, "甲科技有限公司 / 甲 科技有限公司")


class TestTimes:
    def test_before_founding(self) -> None:
        early = replace(NEED, stated_on=dt.date(2018, 12, 31))
        assert_found(
            check("before_founding", early), Status.FAIL, 1, "2018-12-31, founded 2019-01-01"
        )
        on_the_day = replace(NEED, stated_on=dt.date(2019, 1, 1))
        assert check("before_founding", on_the_day).status is Status.PASS
        event = replace(EVENT, occurred_at=dt.datetime(2018, 1, 1, tzinfo=dt.UTC))
        assert_found(check("before_founding", event), Status.FAIL, 1, "event_1")

    def test_a_few_of_many_only_warn(self) -> None:
        many = [replace(NEED, need_id=f"need_{i}") for i in range(2, 60)]
        early = replace(NEED, stated_on=dt.date(2018, 1, 1))
        assert check("before_founding", early, *many).status is Status.WARN

    def test_in_the_future(self) -> None:
        tomorrow = dt.datetime(2024, 6, 2, tzinfo=dt.UTC)
        result = check("in_the_future", replace(EVENT, occurred_at=tomorrow))
        assert_found(result, Status.FAIL, 1, "event_1: occurred_at 2024-06-02")
        late_today = dt.datetime(2024, 6, 1, 23, 59, tzinfo=dt.UTC)
        assert check("in_the_future", replace(EVENT, occurred_at=late_today)).status is Status.PASS
        founded = replace(FIRM, founded_on=dt.date(2024, 6, 2))
        assert_found(check("in_the_future", founded), Status.FAIL, 1, "founded_on")

    def test_young_grade_a(self) -> None:
        young = replace(FIRM, founded_on=dt.date(2021, 6, 2))
        assert_found(check("young_grade_a", young), Status.WARN, 1, "founded 2021-06-02")
        assert check("young_grade_a", replace(FIRM, founded_on=dt.date(2021, 6, 1))).status is (
            Status.PASS
        )
        assert check("young_grade_a", replace(young, tax_grade=TaxGrade.M)).status is Status.PASS
        leap_day = dt.date(2024, 2, 29)
        assert check("young_grade_a", young, today=leap_day).status is Status.WARN


class TestMoney:
    @pytest.mark.parametrize(
        ("record", "example"),
        [
            (replace(FIRM, revenue_minor=-1), "revenue_minor -0.01"),
            (replace(NEED, amount_high_minor=0), "amount_high_minor 0.00"),
            (replace(OFFER, amount_max_minor=2 * 10**14), "2,000,000,000,000.00"),
            (replace(EVENT, amount_minor=0), "amount_minor 0.00"),
        ],
    )
    def test_impossible_amounts(self, record: Record, example: str) -> None:
        assert_found(check("impossible_amounts", record), Status.FAIL, 1, example)

    def test_the_bound_depends_on_the_currency(self) -> None:
        yen = replace(OFFER, amount_max_minor=2 * 10**14, currency="JPY")
        assert check("impossible_amounts", yen).status is Status.PASS

    def test_no_revenue_is_possible(self) -> None:
        assert check("impossible_amounts", replace(FIRM, revenue_minor=0)).status is Status.PASS

    def test_unit_slips(self) -> None:
        sound = [
            replace(
                FIRM,
                firm_id=f"firm_{i}",
                name=f"企业{i}",
                revenue_minor=YI * (1 + i % 5),
                currency="CNY",
            )
            for i in range(2, 2 + LEAST_VALUES)
        ]
        slipped = replace(sound[0], firm_id="firm_s", name="s", revenue_minor=2 * YI // 10**4)
        raised = replace(sound[0], firm_id="firm_r", name="r", revenue_minor=2 * YI * 10**4)
        assert check("unit_slips", *sound).status is Status.PASS
        assert_found(check("unit_slips", *sound, slipped), Status.WARN, 1, "firm_s: revenue_minor")
        assert_found(check("unit_slips", *sound, raised), Status.WARN, 1, "firm_r: revenue_minor")
        dollars = replace(slipped, currency="USD")
        assert check("unit_slips", *sound, dollars).status is Status.PASS

    def test_a_column_that_is_spread_wide_has_no_slips(self) -> None:
        spread = [
            replace(FIRM, firm_id=f"firm_{i}", name=f"企业{i}", revenue_minor=10 ** (2 + i % 12))
            for i in range(2, 2 + 5 * LEAST_VALUES)
        ]
        assert check("unit_slips", *spread).status is Status.PASS

    @pytest.mark.parametrize(
        "record",
        [
            replace(NEED, amount_low_minor=YI + 1),
            replace(OFFER, amount_min_minor=YI + 1),
            replace(OFFER, term_min_months=13, term_max_months=12),
            replace(OFFER, rate_low_pct=4.1, rate_high_pct=4.0),
            replace(OFFER, firm_age_min_months=2, firm_age_max_months=1),
            replace(OFFER, employees_min=2, employees_max=1),
            replace(OFFER, revenue_min_minor=2, revenue_max_minor=1),
            replace(OFFER, valid_from=dt.date(2024, 1, 2), valid_to=dt.date(2024, 1, 1)),
        ],
    )
    def test_crossed_limits(self, record: Record) -> None:
        assert_found(check("crossed_limits", record), Status.FAIL, 1, " > ")

    def test_guarantee_fees(self) -> None:
        guarantee = replace(OFFER, kind=NeedKind.GUARANTEE, fee_pct=1.5)
        assert_found(check("guarantee_fees", guarantee), Status.WARN, 1, "fee_pct 1.5")
        for fine in (replace(guarantee, fee_pct=1.0), replace(OFFER, fee_pct=1.5)):
            assert check("guarantee_fees", fine).finding.count == 0


class TestValues:
    def test_unknown_values(self) -> None:
        offer = replace(OFFER, credentials_any=("high_tech", "magic"))
        assert_found(check("unknown_values", offer), Status.FAIL, 1, "offer.credentials_any magic")

    def test_unknown_values_of_raw_tables(self) -> None:
        table = table_from_records(Need, [NEED])
        at = table.column_names.index("kind")
        table = table.set_column(at, table.schema.field(at), pa.array(["barter"]))
        result = validate_tables({Need: table}, today=TODAY).get("unknown_values")
        assert_found(result, Status.FAIL, 1, "need.kind barter")

    def test_missing_values(self) -> None:
        bare = [Firm(firm_id=f"firm_{i}", name=f"企业{i}") for i in range(2, 4)]
        result = check("missing_values", *bare)
        assert_found(result, Status.WARN, 3, "firm.founded_on: 67%")
        assert result.finding.details["firm.founded_on"] == 2 / 3
        assert result.finding.details["firm.sectors"] == 2 / 3
        assert result.finding.details["need.kind"] == 0


class TestTheReport:
    def test_it_keeps_a_few_examples_and_counts_all(self) -> None:
        needs = [replace(NEED, need_id=f"need_{i}", firm_id="firm_9") for i in range(9)]
        finding = check("dangling_ids", *needs).finding
        assert finding.count == 9
        assert len(finding.examples) == MOST_EXAMPLES

    def test_the_worst_status_is_that_of_the_whole(self) -> None:
        def status(*records: Record) -> Status:
            return validate(Catalogue.from_records(records), today=TODAY).status

        assert status(*WORLD) is Status.PASS
        assert status(BASE, replace(FIRM, company_code="9"), BANK) is Status.WARN
        assert status(BASE, FIRM, replace(NEED, firm_id="firm_9"), BANK) is Status.FAIL

    def test_rows_and_values_in_both_languages(self) -> None:
        report = validate(Catalogue.from_records([replace(FIRM, base_id="base_9")]), today=TODAY)
        english = {row[1]: row for row in report.rows(chinese=False)}
        row = english["References to records that do not exist"]
        assert row[0] == "FAIL"
        assert (row[2], row[3]) == ("1", "100.00%")
        assert row[4] == "firm_1: base_id base_9"
        assert row[5].startswith("Import the records")
        chinese = {row[1]: row for row in report.rows(chinese=True)}
        assert chinese["引用了不存在的记录"][5].startswith("导入被引用的记录")
        assert english["Duplicate ids"][5] == ""
        values = report.as_dict()
        assert json.loads(json.dumps(values)) == values
        assert [entry["name"] for entry in values["checks"]] == list(CHECKS)
        assert values["status"] == "FAIL"

    def test_names_of_checks_are_unique_and_told_in_two_languages(self) -> None:
        for name, one in CHECKS.items():
            assert name == one.name
            assert one.title.zh != one.title.en
            assert one.remedy.zh
            assert one.remedy.en
