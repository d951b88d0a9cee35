"""Mapping files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from data.errors import InputError
from data.importers.mapping import (
    ImportMapping,
    TableMapping,
    find_record_type,
    mapping_of,
    read_mapping,
)
from data.records import Firm, Need

TOML = """
currency = "usd"
utc_offset = "+08:00"
ignore_unknown = true

[columns]
"公司全称" = "name"

[tables."客户*.xlsx#名单"]
record_type = "firms"
columns = {"主营" = "sectors"}
defaults = {country = "CHN"}

[tables."*.xlsx"]
skip = true
"""


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml, json = tmp_path / "m.toml", tmp_path / "m.json"
    toml.write_text(TOML, encoding="utf-8")
    json.write_text(
        """{"currency": "usd", "utc_offset": "+08:00", "ignore_unknown": true,
        "columns": {"公司全称": "name"},
        "tables": {"客户*.xlsx#名单": {"record_type": "企业", "columns": {"主营": "sectors"},
        "defaults": {"country": "CHN"}}, "*.xlsx": {"skip": true}}}""",
        encoding="utf-8-sig",
    )
    mapping = read_mapping(toml)
    assert mapping == read_mapping(json)
    assert mapping.currency == "USD"
    assert mapping.zone == dt.timezone(dt.timedelta(hours=8))
    assert mapping.ignore_unknown


def test_the_first_pattern_that_fits_counts(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(TOML, encoding="utf-8")
    mapping = read_mapping(path)
    assert mapping.table("客户2.xlsx", "名单") == TableMapping(
        Firm, False, {"公司全称": "name", "主营": "sectors"}, {"country": "CHN"}
    )
    assert mapping.table("other.xlsx", "x").skip
    assert mapping.table("a.csv", "") == TableMapping(columns={"公司全称": "name"})
    assert ImportMapping().table("a.csv", "") == TableMapping()


def test_null_leaves_a_column_out() -> None:
    assert mapping_of({"columns": {"x": None}}).columns == {"x": ""}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"colums": {}}, "the key 'colums', which means nothing"),
        ({"tables": {"a": {"type": "firms"}}}, "table 'a' has the key 'type'"),
        ({"tables": {"a": {"record_type": "dogs"}}}, "record type 'dogs'"),
        ({"tables": []}, "must hold keys and values; got list"),
        ({"columns": "x"}, "got str"),
        ([], "got list"),
        ({"currency": "贝壳"}, "'贝壳' is no currency"),
        ({"utc_offset": "China"}, "'China' is no distance from UTC"),
    ],
)
def test_what_is_not_known_is_refused(content: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mapping_of(content)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_mapping(tmp_path / "absent.json")
    for name, content in (("m.json", b"{"), ("m.toml", b"= 3"), ("n.json", b"\xff\xff")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{name} is no"):
            read_mapping(path)


def test_names_of_record_types() -> None:
    assert find_record_type(" Firms ") is Firm
    assert find_record_type("需求") is Need
    assert find_record_type("dogs") is None
