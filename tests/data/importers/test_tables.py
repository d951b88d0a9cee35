"""A user's own tables, read into records."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from data.catalogue import Catalogue
from data.errors import InputError
from data.importers import tables
from data.importers.mapping import ImportMapping, mapping_of
from data.importers.result import ImportResult
from data.importers.sifting import NO_ASKER, REPEATED, TWO_ASKERS
from data.records import (
    Base,
    BaseKind,
    BaseLevel,
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
from data.schema import records_from_table

FIRMS = """某基地企业名录,,,,,,,
企业名称,统一社会信用代码,成立日期,员工人数,营业收入（万元）,企业资质,纳税信用等级,所属基地,联系电话
甲科技有限公司,91320500MA1MABCD1X,2019年3月5日,35人,"1,200.5",高新技术企业、专精特新,A级,苏州孵化器,138
乙智能有限公司,,2021/6/1,12,800,科小,B,苏州孵化器,
"""
NEEDS = """企业名称;需求类型;提出日期;融资金额;融资期限;资金用途;担保方式
甲科技有限公司;贷款;2024-03-01;500万;12个月;流动资金;知识产权质押、信用
乙智能有限公司;股权融资;2024-04-01;数百万美元;;;
"""
INSTITUTIONS = "机构名称\t机构类型\t服务区域\n江苏某银行\t银行\t江苏\n某创投\t基金\t江苏|浙江\n"
BASES = "name,level,kind,city\n苏州孵化器,省级,孵化器,苏州\n"


R = TypeVar("R", Base, Firm, Need, Institution, Offer, Event, Rating)


def rows(result: ImportResult, record_type: type[R]) -> list[R]:
    found = records_from_table(record_type, result.tables[record_type])
    return cast("list[R]", list(found))


def told(result: ImportResult) -> list[tuple[int, str, str, bool]]:
    return [(r.line, r.column, r.value, r.whole_row) for r in result.rejects]


def read_one(
    folder: Path, name: str, text: str, mapping: ImportMapping | None = None
) -> ImportResult:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return tables.read([path], mapping)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five tables in four encodings and formats that refer to each other by name."""
    (tmp_path / "企业名录.csv").write_bytes(FIRMS.encode("gb18030"))
    (tmp_path / "融资需求.csv").write_text(NEEDS, encoding="utf-8-sig")
    (tmp_path / "机构.csv").write_text(INSTITUTIONS, encoding="utf-16")
    (tmp_path / "bases.csv").write_text(BASES, encoding="utf-8")
    book = Workbook()
    offers = book.active
    assert offers is not None
    offers.title = "产品"
    offers.append(
        [
            *("产品名称", "机构名称", "产品类型", "额度", "利率", "期限"),
            *("适用地区", "优先基地内企业", "生效日期"),
        ]
    )
    offers.append(
        [
            *("科创贷", "江苏某银行", "贷款", "50-500万元", 0.0385, "6-36个月"),
            *("江苏", "是", dt.datetime(2023, 1, 1)),
        ]
    )
    offers["E2"].number_format = "0.00%"
    offers.append(
        [
            *("天使基金", "某创投", "股权投资", "不超过1000万元", None, "3年"),
            *("江苏、浙江", "否", None),
        ]
    )
    events = book.create_sheet("行为记录")
    events.append(["企业名称", "产品名称", "机构名称", "行为类型", "发生时间", "金额"])
    events.append(
        ["甲科技有限公司", "科创贷", "江苏某银行", "放款", dt.datetime(2024, 4, 1, 10), "300万元"]
    )
    events.append(["乙智能有限公司", "天使基金", "某创投", "面谈", "2024-05-01", ""])
    book.save(tmp_path / "库.xlsx")
    return tmp_path


class TestAWholeFolder:
    @pytest.fixture
    def result(self, folder: Path) -> ImportResult:
        return tables.read([folder])

    def test_nothing_is_rejected_and_everything_refers_to_something(
        self, result: ImportResult
    ) -> None:
        assert told(result) == []
        catalogue = result.catalogue()
        assert isinstance(catalogue, Catalogue)
        for side, column, target in (
            (catalogue.firms, "base_id", catalogue.bases),
            (catalogue.needs, "firm_id", catalogue.firms),
            (catalogue.offers, "institution_id", catalogue.institutions),
            (catalogue.events, "firm_id", catalogue.firms),
            (catalogue.events, "offer_id", catalogue.offers),
        ):
            assert (side.references(column, target.ids) >= 0).all()

    def test_a_firm(self, result: ImportResult) -> None:
        first = rows(result, Firm)[0]
        assert first.name == "甲科技有限公司"
        assert first.company_code == "91320500MA1MABCD1X"
        assert first.founded_on == dt.date(2019, 3, 5)
        assert first.employees == 35
        assert first.revenue_minor == 12_005_000 * 100
        assert first.currency == "CNY"
        assert first.credentials == ("high_tech", "specialised_sme")
        assert first.tax_grade is TaxGrade.A
        assert first.source == "tables"

    def test_a_base(self, result: ImportResult) -> None:
        (base,) = rows(result, Base)
        assert (base.level, base.kind) == (BaseLevel.PROVINCIAL, BaseKind.INCUBATOR)

    def test_needs(self, result: ImportResult) -> None:
        loan, equity = rows(result, Need)
        assert loan.kind is NeedKind.DEBT
        assert loan.amount_low_minor == loan.amount_high_minor == 5_000_000 * 100
        assert (loan.currency, loan.term_months, loan.purpose) == ("CNY", 12, "流动资金")
        assert loan.collateral == ("知识产权质押", "信用")
        assert loan.implied is False
        assert (equity.amount_low_minor, equity.amount_high_minor) == (10**6 * 100, 10**7 * 100)
        assert equity.currency == "USD"

    def test_offers(self, result: ImportResult) -> None:
        loan, fund = rows(result, Offer)
        assert (loan.amount_min_minor, loan.amount_max_minor) == (5 * 10**7, 5 * 10**8)
        assert loan.rate_low_pct == loan.rate_high_pct == 3.85
        assert (loan.term_min_months, loan.term_max_months) == (6, 36)
        assert loan.resident_first is True
        assert loan.valid_from == dt.date(2023, 1, 1)
        assert (fund.amount_min_minor, fund.amount_max_minor) == (None, 10**9)
        assert (fund.term_min_months, fund.term_max_months) == (None, 36)
        assert fund.regions == ("江苏", "浙江")
        assert fund.resident_first is False

    def test_institutions(self, result: ImportResult) -> None:
        bank, fund = rows(result, Institution)
        assert (bank.kind, fund.kind) == (InstitutionKind.BANK, InstitutionKind.FUND)
        assert fund.regions == ("江苏", "浙江")

    def test_events(self, result: ImportResult) -> None:
        funded, met = rows(result, Event)
        assert funded.kind is EventKind.FUNDED
        assert funded.amount_minor == 3_000_000 * 100
        assert funded.occurred_at == dt.datetime(2024, 4, 1, 10, tzinfo=dt.UTC)
        assert met.kind is EventKind.MEETING
        assert met.currency is None

    def test_reading_again_gives_the_same(self, folder: Path, result: ImportResult) -> None:
        assert tables.read([folder]).catalogue().fingerprint() == result.catalogue().fingerprint()

    def test_small_batches_give_the_same(self, folder: Path, result: ImportResult) -> None:
        reader = tables.TableReader.open([folder], rejects=tables.Rejects())
        parts: dict[type[Record], list[pa.Table]] = {}
        for batch in reader.batches(size=1):
            parts.setdefault(batch.record_type, []).append(batch.table)
        whole = {kind: pa.concat_tables(found) for kind, found in parts.items()}
        assert ImportResult("x", whole).catalogue().fingerprint() == (
            result.catalogue().fingerprint()
        )


class TestCellsThatCannotBeRead:
    def test_they_are_unknown_and_told_with_line_column_and_value(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "企业.csv",
            "企业名称,成立日期,员工人数,营业收入（万元）,纳税信用等级,是否重点项目\n"
            "甲,2020-13-01,abc,-5,Q级,maybe\n"
            "乙,2020-01-01,3,99999999999,A,无\n",
        )
        assert told(result) == [
            (2, "成立日期", "2020-13-01", False),
            (2, "员工人数", "abc", False),
            (2, "营业收入（万元）", "-5", False),
            (3, "营业收入（万元）", "99999999999", False),
            (2, "纳税信用等级", "Q级", False),
            (2, "是否重点项目", "maybe", False),
        ]
        first, second = rows(result, Firm)
        assert first.founded_on is first.employees is first.revenue_minor is first.tax_grade is None
        assert second.key_project is False

    def test_a_row_without_what_it_needs_is_told_once(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "机构.csv",
            "机构名称,机构类型\n好银行,银行\n坏机构,火星\n,银行\n缺类型,\n",
        )
        assert told(result) == [
            (3, "机构类型", "火星", True),
            (4, "机构名称", "", True),
            (5, "机构类型", "", True),
        ]
        assert len(rows(result, Institution)) == 1
        assert "基金 (fund)" in next(iter(result.rejects)).reason

    def test_unknown_items_of_lists_stay(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path, "产品.csv", "产品名称,机构名称,产品类型,资质要求\n贷,行,贷款,高企、外星资质\n"
        )
        (offer,) = rows(result, Offer)
        assert offer.credentials_any == ("high_tech", "外星资质")

    def test_broken_rows(self, tmp_path: Path) -> None:
        result = read_one(tmp_path, "企业.csv", "企业名称,省份\n甲,苏,多\n乙,苏\n")
        assert told(result) == [(2, "", "甲 | 苏 | 多", True)]
        assert len(rows(result, Firm)) == 1

    def test_two_columns_for_one_thing_fill_each_other(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "企业.csv",
            "企业名称,公司名称,行业,行业标签,从业人数,员工人数\n甲,乙,,软件、芯片,,3\n,丙,医药,,4,5\n",
        )
        first, second = rows(result, Firm)
        assert (first.name, first.sectors, first.employees) == ("甲", ("软件", "芯片"), 3)
        assert (second.name, second.sectors, second.employees) == ("丙", ("医药",), 4)


class TestMoney:
    def test_a_range_does_not_fit_an_exact_amount(self, tmp_path: Path) -> None:
        result = read_one(tmp_path, "企业.csv", "企业名称,营业收入\n甲,100-200万元\n乙,3\n")
        assert told(result) == [(2, "营业收入", "100-200万元", False)]

    def test_amounts_of_a_row_must_share_a_currency(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "企业.csv",
            "企业名称,营业收入,资产总额,币种\n甲,5美元,6元,\n乙,5,6元,美元\n丙,5,6,hkd\n",
        )
        first, second, third = rows(result, Firm)
        assert (first.currency, first.revenue_minor, first.assets_minor) == ("USD", 500, None)
        assert (second.currency, second.revenue_minor, second.assets_minor) == ("USD", 500, None)
        assert (third.currency, third.revenue_minor, third.assets_minor) == ("HKD", 500, 600)
        assert told(result) == [(2, "资产总额", "6元", False), (3, "资产总额", "6元", False)]

    def test_the_default_currency_may_be_another(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path, "企业.csv", "企业名称,营业收入\n甲,5\n乙,\n", mapping_of({"currency": "usd"})
        )
        assert [firm.currency for firm in rows(result, Firm)] == ["USD", None]

    def test_hundredths_and_separate_ends(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "needs.csv",
            "firm_name,kind,stated_on,amount_low_minor,amount_high\n甲,debt,2024-01-01,100,5万元\n",
        )
        (need,) = rows(result, Need)
        assert (need.amount_low_minor, need.amount_high_minor) == (100, 50_000 * 100)
        assert need.currency == "CNY"


class TestAskers:
    def test_neither_or_both(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "需求.csv",
            "企业名称,申请基地,需求类型,提出日期\n"
            "甲,,贷款,2024-01-01\n,乙基地,贷款,2024-01-01\n"
            "甲,乙基地,贷款,2024-01-01\n,,贷款,2024-01-01\n",
        )
        assert [r.reason for r in result.rejects] == [NO_ASKER, TWO_ASKERS]
        firm, base = rows(result, Need)
        assert firm.base_id is base.firm_id is None


class TestIds:
    def test_given_ids_get_their_prefix_once(self, tmp_path: Path) -> None:
        result = read_one(tmp_path, "企业.csv", "企业编号,企业名称\nE1,甲\nfirm_E2,乙\n,丙\n")
        ids = [firm.firm_id for firm in rows(result, Firm)]
        assert ids[:2] == ["firm_E1", "firm_E2"]
        assert ids[2].startswith("firm_")

    def test_the_code_goes_before_the_name(self, tmp_path: Path) -> None:
        one = read_one(tmp_path, "企业.csv", "企业名称,统一社会信用代码\n甲,9132\n")
        two = read_one(tmp_path, "企业.csv", "企业名称,统一社会信用代码\n甲改名,9132\n")
        three = read_one(tmp_path, "企业.csv", "企业名称,统一社会信用代码\n甲,\n")
        assert one.tables[Firm]["firm_id"] == two.tables[Firm]["firm_id"]
        assert one.tables[Firm]["firm_id"] != three.tables[Firm]["firm_id"]

    def test_names_are_compared_without_blanks_width_and_case(self, tmp_path: Path) -> None:
        result = read_one(tmp_path, "企业.csv", "企业名称,城市\n甲 ABC（苏州）,x\n甲abc(苏州),y\n")
        assert [(r.line, r.reason) for r in result.rejects] == [(3, REPEATED)]

    def test_equal_ids_count_once(self, tmp_path: Path) -> None:
        result = read_one(tmp_path, "企业.csv", "企业编号,企业名称\nE1,甲\nE1,乙\n")
        assert told(result) == [(3, "企业编号", "E1", True)]

    def test_needs_that_differ_in_what_they_are_are_two(self, tmp_path: Path) -> None:
        result = read_one(
            tmp_path,
            "需求.csv",
            "企业名称,需求类型,提出日期,用途,金额\n"
            "甲,贷款,2024-01-01,设备,5万\n甲,贷款,2024-01-01,流动,5万\n"
            "甲,贷款,2024-01-01,流动,6万\n",
        )
        assert len(rows(result, Need)) == 2
        assert [r.line for r in result.rejects] == [4]


class TestReferences:
    def test_by_id_code_or_name(self, tmp_path: Path) -> None:
        (tmp_path / "企业.csv").write_text(
            "企业编号,企业名称,统一社会信用代码\nE1,甲,C1\nE2,乙,C2\nE3,丙,C3\n", encoding="utf-8"
        )
        (tmp_path / "需求.csv").write_text(
            "企业编号,企业名称,统一社会信用代码,需求类型,提出日期\n"
            "E1,,,贷款,2024-01-01\n,,C2,贷款,2024-01-02\n,丙,,贷款,2024-01-03\n"
            ",没有,,贷款,2024-01-04\n",
            encoding="utf-8",
        )
        result = tables.read([tmp_path])
        firms = [need.firm_id for need in rows(result, Need)]
        assert firms[:3] == ["firm_E1", "firm_E2", "firm_E3"]
        assert firms[3].startswith("firm_")  # the id that such a firm would get

    def test_a_name_of_two_records_is_ambiguous(self, tmp_path: Path) -> None:
        (tmp_path / "企业.csv").write_text(
            "企业名称,统一社会信用代码\n甲,C1\n甲,C2\n", encoding="utf-8"
        )
        (tmp_path / "需求.csv").write_text(
            "企业名称,统一社会信用代码,需求类型,提出日期\n"
            "甲,,贷款,2024-01-01\n甲,C2,贷款,2024-01-01\n",
            encoding="utf-8",
        )
        result = tables.read([tmp_path])
        (reject,) = result.rejects
        assert reject.line == 2
        assert "Several records go by this name" in reject.reason
        (need,) = rows(result, Need)
        firms = {f.company_code: f.firm_id for f in rows(result, Firm)}
        assert need.firm_id == firms["C2"]

    def test_an_offer_goes_with_its_institution(self, tmp_path: Path) -> None:
        (tmp_path / "产品.csv").write_text(
            "产品名称,机构名称,产品类型\n科创贷,甲行,贷款\n科创贷,乙行,贷款\n独有贷,乙行,贷款\n",
            encoding="utf-8",
        )
        (tmp_path / "评价.csv").write_text(
            "企业名称,产品名称,机构名称,满意度,评价时间\n"
            "甲,科创贷,乙行,5,2024-01-01\n甲,独有贷,,4,2024-01-02\n甲,科创贷,,3,2024-01-03\n",
            encoding="utf-8",
        )
        result = tables.read([tmp_path])
        offers = [offer.offer_id for offer in rows(result, Offer)]
        rated = [rating.offer_id for rating in rows(result, Rating)]
        assert rated == [offers[1], offers[2]]
        assert [(r.line, r.column) for r in result.rejects] == [(4, "产品名称")]


class TestParquet:
    def test_types_are_read_as_they_are(self, tmp_path: Path) -> None:
        path = tmp_path / "firms.parquet"
        pq.write_table(
            pa.table(
                {
                    "name": ["甲", "乙"],
                    "founded_on": pa.array([dt.date(2020, 1, 2), None]),
                    "employees": [3.0, None],
                    "revenue": [1.5e6, -1.0],
                    "sectors": [["a", "b"], None],
                    "key_project": [True, None],
                    "postcode": [215000, 215001],
                    "tax_grade": pa.array(["A", None]).dictionary_encode(),
                }
            ),
            path,
        )
        result = tables.read([path])
        first, second = rows(result, Firm)
        assert first.founded_on == dt.date(2020, 1, 2)
        assert (first.employees, first.revenue_minor) == (3, 150_000_000)
        assert (first.sectors, first.key_project, first.postcode) == (("a", "b"), True, "215000")
        assert first.tax_grade is TaxGrade.A
        assert told(result) == [(2, "revenue", "-1.0", False)]
        assert second.sectors == ()

    def test_instants(self, tmp_path: Path) -> None:
        path = tmp_path / "events.parquet"
        naive = dt.datetime(2024, 1, 1, 10)
        china = dt.timezone(dt.timedelta(hours=8))

        def read_instant(column: pa.Array) -> dt.datetime:
            table = {"firm_id": ["1"], "offer_id": ["1"], "kind": ["view"], "occurred_at": column}
            pq.write_table(pa.table(table), path)
            (event,) = rows(tables.read([path], mapping_of({"utc_offset": "+08:00"})), Event)
            return event.occurred_at

        assert read_instant(pa.array([naive])) == dt.datetime(2024, 1, 1, 2, tzinfo=dt.UTC)
        aware = pa.array([naive.replace(tzinfo=china)], pa.timestamp("us", tz="Asia/Shanghai"))
        assert read_instant(aware) == dt.datetime(2024, 1, 1, 2, tzinfo=dt.UTC)
        day = pa.array([dt.date(2024, 1, 1)])
        assert read_instant(day) == dt.datetime(2024, 1, 1, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("column", "cells", "shown"),
        [
            ("revenue", pa.array([dt.date(2020, 1, 1)]), "2020-01-01"),
            ("revenue", pa.array([True]), "True"),
            ("revenue", pa.array([float("inf")]), "inf"),
            ("employees", pa.array([{"a": 1}]), "{'a': 1}"),
            ("founded_on", pa.array([3.5]), "3.5"),
            ("key_project", pa.array([b"\xff"]), "b'\\xff'"),
        ],
    )
    def test_a_column_of_a_type_that_makes_no_sense(
        self, tmp_path: Path, column: str, cells: pa.Array, shown: str
    ) -> None:
        path = tmp_path / "firms.parquet"
        pq.write_table(pa.table({"name": ["甲"], column: cells}), path)
        assert told(tables.read([path])) == [(1, column, shown, False)]

    def test_lists_of_any_items(self, tmp_path: Path) -> None:
        path = tmp_path / "firms.parquet"
        lists = {"credentials": [["高企", None, "高企"], None], "sectors": [[1, 2], []]}
        pq.write_table(pa.table({"name": ["甲", "乙"], **lists}), path)
        first, second = rows(tables.read([path]), Firm)
        assert (first.credentials, first.sectors) == (("high_tech",), ("1", "2"))
        assert (second.credentials, second.sectors) == ((), ())


class TestDefaults:
    def test_they_fill_gaps_only(self, tmp_path: Path) -> None:
        mapping = mapping_of(
            {
                "tables": {
                    "*": {"defaults": {"country": "CHN", "revenue": "5万元", "sectors": "a、b"}}
                }
            }
        )
        result = read_one(tmp_path, "企业.csv", "企业名称,国家\n甲,\n乙,USA\n", mapping)
        first, second = rows(result, Firm)
        assert (first.country, second.country) == ("CHN", "USA")
        assert (first.revenue_minor, first.currency) == (50_000 * 100, "CNY")
        assert first.sectors == ("a", "b")

    def test_one_that_cannot_be_read(self, tmp_path: Path) -> None:
        mapping = mapping_of({"tables": {"*": {"defaults": {"founded_on": "once"}}}})
        with pytest.raises(InputError, match="default 'once' of 'founded_on'"):
            read_one(tmp_path, "企业.csv", "企业名称,国家\n甲,\n", mapping)


def test_a_table_without_rows_gives_no_records(tmp_path: Path) -> None:
    result = read_one(tmp_path, "企业.csv", "企业名称,国家\n")
    assert result.n_records() == 0
    assert len(result.catalogue().firms) == 0
