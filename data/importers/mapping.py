"""A mapping file: what the headers of a user's tables mean, where they do not say it themselves.

JSON or TOML with any of these keys::

    currency = "CNY"          # of amounts that name none
    utc_offset = "+08:00"     # of instants that name no zone
    ignore_unknown = false    # leave out columns that nobody knows, instead of refusing them

    [columns]                 # header -> target, for every table; "" leaves a column out
    "公司全称" = "name"

    [tables."客户*.xlsx#名单"]  # file, or file#sheet; * and ? stand for anything
    record_type = "firms"     # or 企业; skip = true leaves the table out
    columns = {"主营" = "sectors"}
    defaults = {country = "CHN"}
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.amounts import parse_currency
from data.errors import InputError, ParseError
from data.importers.cells import parse_offset
from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record

TYPE_NAMES: dict[type[Record], tuple[str, ...]] = {
    Base: ("bases", "base", "双创基地", "基地"),
    Firm: ("firms", "firm", "companies", "company", "企业", "公司"),
    Need: ("needs", "need", "融资需求", "需求"),
    Institution: ("institutions", "institution", "金融机构", "机构"),
    Offer: ("offers", "offer", "products", "product", "产品"),
    Event: ("events", "event", "行为记录", "行为"),
    Rating: ("ratings", "rating", "满意度评价", "满意度", "评价"),
}
"""Names of the record types in mapping files, file names and sheet names."""

DEFAULT_CURRENCY = "CNY"

_KEYS = frozenset({"currency", "utc_offset", "ignore_unknown", "columns", "tables"})
_TABLE_KEYS = frozenset({"record_type", "skip", "columns", "defaults"})


@dataclass(frozen=True)
class TableMapping:
    """What a mapping file says about one table."""

    record_type: type[Record] | None = None
    skip: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportMapping:
    """What a mapping file says; an empty one leaves everything to the headers."""

    currency: str = DEFAULT_CURRENCY
    zone: dt.tzinfo = dt.UTC
    ignore_unknown: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, TableMapping] = field(default_factory=dict)

    def table(self, file: str, sheet: str) -> TableMapping:
        """Return what is said about a sheet of a file; the columns of all tables go along."""
        label = f"{file}#{sheet}" if sheet else file
        for pattern, table in self.tables.items():
            if fnmatch.fnmatch(label, pattern) or fnmatch.fnmatch(file, pattern):
                columns = {**self.columns, **table.columns}
                return TableMapping(table.record_type, table.skip, columns, table.defaults)
        return TableMapping(columns=self.columns)


def read_mapping(path: Path) -> ImportMapping:
    """Read a mapping file.

    Raises
    ------
    InputError
        Where the file is absent, no JSON or TOML, or says something that is not known.
    """
    try:
        content = path.read_bytes().decode("utf-8-sig")
        tables = tomllib.loads(content) if path.suffix == ".toml" else json.loads(content)
    except OSError as error:
        raise InputError(
            f"The mapping file {path} cannot be read: {error.strerror}.",
            field="mapping",
            remedy="Check the path.",
        ) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(
            f"The mapping file {path.name} is no {path.suffix.lstrip('.').upper()}: {error}.",
            field="mapping",
            remedy="Write it as .json or .toml in UTF-8.",
        ) from error
    return mapping_of(tables, name=path.name)


def mapping_of(content: object, *, name: str = "mapping") -> ImportMapping:
    """Check the content of a mapping file; ``name`` stands in messages.

    Raises
    ------
    InputError
        Where it holds keys or values that are not known.
    """
    whole = _object(content, name, _KEYS)
    tables = {
        pattern: _table(_object(table, f"{name}, table {pattern!r}", _TABLE_KEYS), name)
        for pattern, table in _object(whole.get("tables", {}), name, None).items()
    }
    try:
        zone = parse_offset(str(whole.get("utc_offset", "+00:00")))
        currency = parse_currency(str(whole.get("currency", DEFAULT_CURRENCY)))
    except ParseError as error:
        message = f"{name}: {error.message}"
        raise InputError(message, field="mapping", remedy=error.remedy) from error
    return ImportMapping(
        currency=currency,
        zone=zone,
        ignore_unknown=bool(whole.get("ignore_unknown", False)),
        columns=_texts(whole.get("columns", {}), name),
        tables=tables,
    )


def find_record_type(name: str) -> type[Record] | None:
    """Return the record type that is called ``name``, ``None`` if there is none."""
    folded = name.strip().lower()
    return next((kind for kind, names in TYPE_NAMES.items() if folded in names), None)


def _table(table: Mapping[str, Any], name: str) -> TableMapping:
    kind = table.get("record_type")
    record_type = None if kind is None else find_record_type(str(kind))
    if kind is not None and record_type is None:
        known = ", ".join(names[0] for names in TYPE_NAMES.values())
        raise InputError(
            f"{name} names the record type {kind!r}, which does not exist.",
            field="record_type",
            remedy=f"Use one of {known}.",
        )
    return TableMapping(
        record_type,
        bool(table.get("skip", False)),
        _texts(table.get("columns", {}), name),
        _texts(table.get("defaults", {}), name),
    )


def _object(content: object, name: str, keys: frozenset[str] | None) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        raise InputError(
            f"{name} must hold keys and values; got {type(content).__name__}.",
            field="mapping",
            remedy="See the documentation of mapping files.",
        )
    unknown = sorted(set(content) - keys) if keys is not None else []
    if unknown:
        raise InputError(
            f"{name} has the key {unknown[0]!r}, which means nothing.",
            field=unknown[0],
            remedy=f"Use {', '.join(sorted(keys or ()))}.",
        )
    return content


def _texts(content: object, name: str) -> dict[str, str]:
    pairs = _object(content, name, None)
    return {str(key): "" if value is None else str(value) for key, value in pairs.items()}
