"""Opening a user's files: which they are, of which format, with which sheets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from data.errors import EmptyInputError, InputError
from data.importers.csv_sheets import open_csv
from data.importers.excel_sheets import open_excel
from data.importers.json_sheets import open_json_lines
from data.importers.parquet_sheets import open_parquet
from data.importers.sheets import HeaderScore, Sheet

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
PARQUET_SUFFIXES = (".parquet", ".pq")
JSON_SUFFIXES = (".jsonl", ".ndjson")
SUFFIXES = (*TEXT_SUFFIXES, *EXCEL_SUFFIXES, *PARQUET_SUFFIXES, *JSON_SUFFIXES)

REJECTS_SUFFIX = ".rejects.csv"
"""Rejects files of earlier imports that lie beside the tables are no tables."""

_ZIP = b"PK\x03\x04"
_PARQUET = b"PAR1"
_OLD_EXCEL = bytes.fromhex("d0cf11e0a1b11ae1")


def find_tables(places: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files named in ``places`` and the tables in the folders named there, by name.

    Raises
    ------
    InputError
        Where a place does not exist or is of an unknown format.
    EmptyInputError
        Where a folder holds no table.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            inside = sorted(
                path
                for path in place.iterdir()
                if path.suffix.lower() in SUFFIXES
                and not path.name.endswith(REJECTS_SUFFIX)
                and not path.name.startswith(("~$", "."))
            )
            if not inside:
                raise EmptyInputError(
                    f"There is no table in {place}.",
                    field="data",
                    remedy=f"Put files there that end in {', '.join(SUFFIXES)}.",
                )
            found += inside
        elif place.is_file():
            found.append(place)
        else:
            raise InputError(
                f"There is no file or folder {place}.",
                field="data",
                remedy="Check the path.",
            )
    return tuple(dict.fromkeys(found))


def open_sheets(
    path: Path, score: HeaderScore, wanted: Callable[[str], bool] | None = None
) -> list[Sheet]:
    """Return the tables of ``path``, whose format is told by its first bytes, then its name.

    Of a workbook only the sheets whose name is ``wanted``, where that is given.

    Raises
    ------
    InputError
        Where the file is of an unknown or outdated format, or damaged.
    EmptyInputError
        Where it is empty.
    """
    with path.open("rb") as raw:
        start = raw.read(len(_OLD_EXCEL))
    suffix = path.suffix.lower()
    if not start:
        raise EmptyInputError(
            f"{path.name} is empty.",
            field="data",
            remedy="Give a table with a header line and at least one row.",
        )
    if start.startswith(_OLD_EXCEL):
        raise InputError(
            f"{path.name} is an Excel workbook of the old format (.xls).",
            field="data",
            remedy="Save it as .xlsx or CSV.",
        )
    if start.startswith(_PARQUET) or suffix in PARQUET_SUFFIXES:
        return [open_parquet(path)]
    if start.startswith(_ZIP) or suffix in EXCEL_SUFFIXES:
        return list(open_excel(path, score, wanted))
    if suffix in JSON_SUFFIXES:
        return [open_json_lines(path)]
    if suffix in TEXT_SUFFIXES or not suffix:
        return [open_csv(path, score)]
    raise InputError(
        f"{path.name} is of no format that can be imported.",
        field="data",
        remedy=f"Give a file that ends in {', '.join(SUFFIXES)}.",
    )
