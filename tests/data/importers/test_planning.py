"""What tables hold, told by names and headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import EmptyInputError, InputError, MissingColumnError, ParseError
from data.importers.mapping import ImportMapping, mapping_of
from data.importers.planning import TablePlan, plan_tables
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record


def plan_of(
    folder: Path, name: str, header: str, mapping: ImportMapping | None = None
) -> TablePlan:
    path = folder / name
    path.write_text(header + "\n", encoding="utf-8")
    (plan,) = plan_tables([path], mapping or ImportMapping())
    return plan


class TestRecordTypes:
    @pytest.mark.parametrize(
        ("name", "header", "expected"),
        [
            ("x.csv", "企业名称,统一社会信用代码,成立日期", Firm),
            ("x.csv", "企业名称,需求类型,提出日期,融资金额", Need),
            ("x.csv", "机构名称,机构类型", Institution),
            ("x.csv", "产品名称,机构名称,产品类型,额度,利率", Offer),
            ("x.csv", "企业名称,产品名称,行为类型,发生时间", Event),
            ("x.csv", "企业名称,产品名称,满意度,评价时间", Rating),
            ("x.csv", "基地名称,基地级别,基地类型", Base),
            ("x.csv", "firm_id,name,company_code,province", Firm),
            ("企业融资需求.csv", "企业名称,需求类型,提出日期", Need),
            ("企业.csv", "名称,省份,城市", Firm),
            ("institutions.csv", "name,kind,city", Institution),
            ("bases.csv", "name,city", Base),
        ],
    )
    def test_told(self, tmp_path: Path, name: str, header: str, expected: type[Record]) -> None:
        assert plan_of(tmp_path, name, header).record_type is expected

    def test_the_mapping_decides(self, tmp_path: Path) -> None:
        mapping = mapping_of({"tables": {"x.csv": {"record_type": "bases"}}})
        assert plan_of(tmp_path, "x.csv", "名称,城市", mapping).record_type is Base

    @pytest.mark.parametrize("header", ["名称,城市", "foo,bar"])
    def test_unclear(self, tmp_path: Path, header: str) -> None:
        with pytest.raises(InputError, match=r"not clear what x\.csv holds.*record_type"):
            plan_of(tmp_path, "x.csv", header)


class TestHeaders:
    def test_unknown_ones_are_listed_with_near_matches(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            plan_of(tmp_path, "企业.csv", "企业名称,成立的日期,省份,颜色")
        message = str(caught.value)
        assert "'成立的日期' (near: 成立日期" in message
        assert "'颜色'" in message
        assert "mapping file" in message

    def test_unknown_ones_may_be_ignored(self, tmp_path: Path) -> None:
        mapping = mapping_of({"ignore_unknown": True})
        plan = plan_of(tmp_path, "企业.csv", "企业名称,省份,颜色", mapping)
        assert plan.unknown == ("颜色",)

    def test_mapped_ones_are_known_by_target_or_by_another_header(self, tmp_path: Path) -> None:
        mapping = mapping_of({"columns": {"全称": "name", "主营": "行业", "颜色": ""}})
        plan = plan_of(tmp_path, "企业.csv", "全称,主营,颜色,联系电话", mapping)
        assert [(c.header, c.target.name) for c in plan.columns] == [
            ("全称", "name"),
            ("主营", "sectors"),
        ]
        assert plan.left_out == ("颜色", "联系电话")

    def test_a_mapped_header_keeps_its_unit(self, tmp_path: Path) -> None:
        mapping = mapping_of({"columns": {"体量（万元）": "revenue"}})
        plan = plan_of(tmp_path, "企业.csv", "企业名称,省份,体量（万元）", mapping)
        assert plan.columns[-1].unit == (10_000, "CNY")

    def test_mapping_to_nothing_that_exists(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="'颜色' to 'colour', which a firm does not have"):
            plan_of(
                tmp_path, "企业.csv", "企业名称,颜色", mapping_of({"columns": {"颜色": "colour"}})
            )

    def test_a_unit_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(ParseError, match="unit"):
            plan_of(tmp_path, "企业.csv", "企业名称,营业收入（好多万元左右）")


class TestRequiredColumns:
    def test_a_missing_one_is_named_with_the_headers_that_would_do(self, tmp_path: Path) -> None:
        with pytest.raises(MissingColumnError) as caught:
            plan_of(tmp_path, "机构.csv", "机构名称,城市")
        assert caught.value.field == "kind"
        assert "机构.csv" in caught.value.message
        assert "机构类型" in str(caught.value)

    def test_a_default_will_do(self, tmp_path: Path) -> None:
        mapping = mapping_of({"tables": {"机构.csv": {"defaults": {"kind": "银行"}}}})
        assert plan_of(tmp_path, "机构.csv", "机构名称,城市", mapping).record_type is Institution

    def test_a_default_for_nothing_that_exists(self, tmp_path: Path) -> None:
        mapping = mapping_of({"tables": {"机构.csv": {"defaults": {"colour": "red"}}}})
        with pytest.raises(InputError, match="default for 'colour'"):
            plan_of(tmp_path, "机构.csv", "机构名称,机构类型", mapping)

    def test_a_need_must_name_who_asks(self, tmp_path: Path) -> None:
        with pytest.raises(MissingColumnError, match="firm_id"):
            plan_of(tmp_path, "需求.csv", "需求类型,提出日期")

    def test_an_institution_alone_does_not_tell_the_offer(self, tmp_path: Path) -> None:
        with pytest.raises(MissingColumnError, match="offer_id"):
            plan_of(tmp_path, "行为.csv", "企业名称,机构名称,行为类型,发生时间")


class TestOrder:
    def test_tables_come_in_an_order_in_which_references_resolve(self, tmp_path: Path) -> None:
        for name, header in (
            ("1.csv", "企业名称,产品名称,行为类型,发生时间"),
            ("2.csv", "产品名称,机构名称,产品类型"),
            ("3.csv", "企业名称,统一社会信用代码"),
            ("4.csv", "机构名称,机构类型"),
            ("5.csv", "基地名称,基地级别"),
        ):
            (tmp_path / name).write_text(header + "\n", encoding="utf-8")
        plans = plan_tables(sorted(tmp_path.iterdir()), ImportMapping())
        assert [p.record_type for p in plans] == [Base, Firm, Institution, Offer, Event]
        assert list(plans[-1].refers_by_name()) == [Firm, Offer]
        assert list(plans[1].refers_by_name()) == []

    def test_skipped_tables_leave_nothing(self, tmp_path: Path) -> None:
        with pytest.raises(EmptyInputError, match="no table in"):
            plan_of(tmp_path, "企业.csv", "企业名称", mapping_of({"tables": {"*": {"skip": True}}}))
