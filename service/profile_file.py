"""A firm that is not in the store: a JSON file, or a table of one row (CSV, Excel, Parquet).

::

    {"firm": {"name": "苏州示例科技有限公司", "city": "苏州市", "industry": "I6513"},
     "need": {"kind": "debt", "amount": "200万元", "purpose": "流动资金周转"},
     "facts": {"hired_eligible": 3, "veto": "无"}}

Keys and values are those of an import: Chinese or English headings, amounts and dates as text; the
headings of a table are sorted by themselves into firm, need and facts.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import InputError
from data.records import Firm, Need, Record
from data.rules.facts import Fact, Value, read_stated, spec_of

if TYPE_CHECKING:
    from data.catalogue import Catalogue
    from matcher.seeker import Seeker

FIRM_ID = "firm_profile"
NEED_ID = "need_profile"
FIRM_KEYS = ("firm", "企业")
NEED_KEYS = ("need", "需求")
FACT_KEYS = ("facts", "补充信息")
JSON_SUFFIX = ".json"
STATED_ON_KEYS = frozenset({"stated_on", "提出日期"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A firm and its need; without a need it has an implied one.

    ``facts`` is what else is known of the firm.
    """

    firm: Firm
    need: Need | None
    facts: Mapping[str, Value] = field(default_factory=dict)

    @property
    def seeker(self) -> Seeker:
        """Who asks, as the matcher takes it."""
        return self.firm if self.need is None else (self.firm, self.need)


def with_profile(catalogue: Catalogue, profile: Profile) -> Catalogue:
    """Return the catalogue with the firm of a profile and its need in it."""
    import pyarrow as pa

    from data.catalogue import Side
    from data.schema import table_from_records

    firms = table_from_records(Firm, [profile.firm])
    needs = table_from_records(Need, [] if profile.need is None else [profile.need])
    return replace(
        catalogue,
        firms=Side.from_table(Firm, pa.concat_tables([catalogue.firms.table, firms])),
        needs=Side.from_table(Need, pa.concat_tables([catalogue.needs.table, needs])),
    )


def facts_of(profile: Profile, *, known_on: dt.date) -> list[Fact]:
    """Return what a profile states beside the records, as statements known since a day."""
    return [
        Fact(subject_id=FIRM_ID, name=name, value=value, known_on=known_on, source="profile")
        for name, value in profile.facts.items()
    ]


def read_profile(path: Path, *, as_of: dt.date) -> Profile:
    """Read a profile; a need that names no day is stated ``as_of``.

    Raises
    ------
    InputError
        The file cannot be read, has unknown keys, or a value that means nothing.
    """
    is_json = path.suffix.lower() in ("", JSON_SUFFIX)
    content = _content(path) if is_json else _row(path)
    firm = {**_object(path, content, FIRM_KEYS), "firm_id": FIRM_ID}
    need = _object(path, content, NEED_KEYS)
    tables: dict[type[Record], dict[str, Any]] = {Firm: firm}
    if need:
        stated_on = {} if set(need) & STATED_ON_KEYS else {"stated_on": as_of.isoformat()}
        tables[Need] = {**need, **stated_on, "need_id": NEED_ID, "firm_id": FIRM_ID}
    records = _read(path, tables)
    found, stated = records[Firm], records.get(Need)
    assert isinstance(found, Firm)
    assert stated is None or isinstance(stated, Need)
    system = found.industry_system or industry_system_of(found.industry or "")
    facts = read_stated(_object(path, content, FACT_KEYS))
    return Profile(replace(found, source="profile", industry_system=system), stated, facts)


def _row(path: Path) -> dict[str, dict[str, Any]]:
    """Read a table of one row as the object that a JSON file holds."""
    from data.importers.headers import find_target
    from data.importers.opening import open_sheets

    def known(headers: Sequence[str]) -> int:
        return sum(bool(find_target(Firm, text) or find_target(Need, text)) for text in headers)

    rows = [
        {name: cells[at].as_py() for name, cells in batch.cells.items()}
        for sheet in open_sheets(path, known)
        for batch in sheet.batches(2)
        for at in range(len(batch))
    ]
    if len(rows) != 1:
        raise InputError(
            f"{path.name} must hold one firm in one row; it has {len(rows)} rows.",
            field="profile",
            remedy="Import tables of several firms with finmatch import tables.",
        )
    content: dict[str, dict[str, Any]] = {FIRM_KEYS[0]: {}, NEED_KEYS[0]: {}, FACT_KEYS[0]: {}}
    for header, value in rows[0].items():
        if value is not None:
            content[_part(header)][header] = value
    return content


def _part(header: str) -> str:
    """Tell whether a heading is of the firm, of the need, or a fact beside them."""
    from data.importers.headers import find_target

    if find_target(Firm, header) is not None:
        return FIRM_KEYS[0]
    if find_target(Need, header) is not None:
        return NEED_KEYS[0]
    try:
        spec_of(header)
    except InputError:
        return FIRM_KEYS[0]  # the importer says what is wrong with it, and what is near
    return FACT_KEYS[0]


def industry_system_of(code: str) -> str | None:
    """Tell the list that a code is of by its shape: I6513 or 541511."""
    if re.fullmatch(r"[A-T]\d{0,4}", code):
        return "gb4754-2017"
    return "naics-2017" if re.fullmatch(r"\d{2,6}", code) else None


def _content(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path.name} is no JSON in UTF-8: {error}.",
            field="profile",
            remedy='Write it like {"firm": {"name": "…"}, "need": {"kind": "debt"}}.',
        ) from error
    known = {*FIRM_KEYS, *NEED_KEYS, *FACT_KEYS}
    if not isinstance(content, Mapping) or not set(content) <= known:
        raise InputError(
            f"{path.name} must hold an object with the keys firm and need; got "
            f"{', '.join(map(str, content)) if isinstance(content, Mapping) else type(content)}.",
            field="profile",
            remedy='Write it like {"firm": {"name": "…"}, "need": {"kind": "debt"}}.',
        )
    return content


def _object(path: Path, content: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    part: Any = next((content[key] for key in keys if key in content), {})
    if not isinstance(part, Mapping):
        raise InputError(
            f"{path.name}: {keys[0]!r} must be an object; got {type(part).__name__}.",
            field=keys[0],
            remedy="Write its columns and values in braces.",
        )
    return dict(part)


def _read(path: Path, tables: Mapping[type[Record], Mapping[str, Any]]) -> dict[type, Record]:
    """Read one row a record type with the importer of users' tables."""
    from data.importers.mapping import ImportMapping, TableMapping
    from data.importers.tables import read
    from data.schema import records_from_table

    with tempfile.TemporaryDirectory() as folder:
        places, said = [], {}
        for kind, row in tables.items():
            place = Path(folder) / f"{kind.__name__.lower()}.csv"
            with place.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream).writerows([list(row), [_cell(value) for value in row.values()]])
            places.append(place)
            said[place.name] = TableMapping(kind)
        try:
            result = read(places, ImportMapping(tables=said))
        except InputError as error:
            message = f"{path.name}: {error.message}"
            raise InputError(message, field=error.field, remedy=error.remedy) from error
    for reject in result.rejects:
        raise InputError(
            f"{path.name}: {reject.column} {reject.value!r} cannot be used. {reject.reason}",
            field=reject.column,
        )
    return {kind: next(records_from_table(kind, table)) for kind, table in result.tables.items()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return "、".join(str(item) for item in value)
    return str(value)
