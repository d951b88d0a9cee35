"""Finding the record that somebody means."""

from __future__ import annotations

import pytest

from data.catalogue import Catalogue
from data.errors import UnknownIdError
from data.records import Firm, Institution, InstitutionKind
from service.cli.lookup import find_record
from service.console import Terminal
from service.settings import Language

CATALOGUE = Catalogue.from_records(
    [
        Firm(firm_id="firm_1", name="苏州云图软件有限公司"),
        Firm(firm_id="firm_2", name="无锡云图软件有限公司"),
        Firm(firm_id="firm_3", name="同名公司"),
        Firm(firm_id="firm_4", name="同名公司"),
        Institution(institution_id="inst_1", name="苏州示范银行", kind=InstitutionKind.BANK),
    ]
)
SIDES = (CATALOGUE.firms, CATALOGUE.needs)


def find(text: str) -> str:
    return find_record(SIDES, text, terminal=Terminal(Language.EN))[1]


def test_an_id_is_found():
    assert find("firm_2") == "firm_2"


def test_a_name_that_one_record_has_is_found():
    assert find("苏州云图软件有限公司") == "firm_1"


def test_a_name_that_two_records_have_is_not():
    with pytest.raises(UnknownIdError, match=r"2 records have the name '同名公司'\. Near: firm_3"):
        find("同名公司")


def test_of_two_sides_the_first_is_meant():
    bank = Institution(institution_id="inst_2", name="同名公司", kind=InstitutionKind.BANK)
    institutions = Catalogue.from_records([bank]).institutions
    sides = (institutions, CATALOGUE.firms)
    assert find_record(sides, "同名公司", terminal=Terminal(Language.EN))[1] == "inst_2"


@pytest.mark.parametrize("text", ["云图", "frm_1", "firm_1x"])
def test_near_ones_are_named(text: str):
    with pytest.raises(UnknownIdError, match=r"Nobody has .* Near: .*firm_1 \(苏州云图软件"):
        find(text)


def test_only_the_sides_asked_for_are_searched():
    with pytest.raises(UnknownIdError, match="Nobody has the id or name 'inst_1'"):
        find("inst_1")


def test_without_near_ones_there_is_still_a_remedy():
    with pytest.raises(UnknownIdError, match=r"Check the id\."):
        find("完全不同的东西")


def test_chinese_messages():
    with pytest.raises(UnknownIdError, match="没有编号或名称为 云图 的记录。 相近的有：firm_1"):
        find_record(SIDES, "云图", terminal=Terminal(Language.ZH))
