"""What a workbook would unpack to, looked at before it is unpacked.

A workbook is a ZIP archive of XML. A few kilobytes can stand for gigabytes, and the reader of
workbooks would unpack them: so the sizes that the archive states are added up first. Python's
``zipfile`` reads no more of a member than its stated size, so that they cannot be understated.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from data.errors import InputError

MOST_UNPACKED_BYTES = 2 << 30
"""Of all members together: about ten million filled cells."""

MOST_SHARED_BYTES = 256 << 20
"""Of the table of shared texts, which is read into memory whole."""

MOST_RATIO = 250
"""Unpacked to packed size. Sheets of repeated values reach about 100; DEFLATE's limit is 1,032."""

RATIO_MATTERS_BYTES = 64 << 20
"""Smaller archives may have any ratio."""

MOST_MEMBERS = 10_000
SHEETS_FOLDER = "xl/worksheets/"
CHUNK_BYTES = 1 << 20
SHARED_TEXTS = "sharedstrings.xml"
PROLOGUE_BYTES = 1_024
"""A declaration of a document type, with its entities, stands at the beginning or nowhere."""


def check_workbook(path: Path) -> None:
    """Raise where reading the workbook at ``path`` would take far more than its size suggests.

    Raises
    ------
    InputError
        It unpacks to too much, or declares entities, which no spreadsheet program writes.
    zipfile.BadZipFile
        It is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        packed = max(path.stat().st_size, 1)
        if len(members) > MOST_MEMBERS:
            raise _bomb(path, f"has {len(members)} parts")
        if unpacked > MOST_UNPACKED_BYTES:
            raise _bomb(path, f"unpacks to {unpacked >> 20} MiB")
        if unpacked > RATIO_MATTERS_BYTES and unpacked / packed > MOST_RATIO:
            raise _bomb(path, f"unpacks to {unpacked // packed} times its size")
        for member in members:
            name = member.filename.lower()
            if name.endswith(SHARED_TEXTS) and member.file_size > MOST_SHARED_BYTES:
                raise _bomb(path, f"has {member.file_size >> 20} MiB of texts")
            if name.endswith((".xml", ".rels")):
                with archive.open(member) as part:
                    if b"<!DOCTYPE" in part.read(PROLOGUE_BYTES):
                        raise _bomb(path, "declares a document type")


def has_formulas(path: Path) -> bool:
    """Return whether any sheet of a workbook holds a formula: looking costs one unpacking."""
    with zipfile.ZipFile(path) as archive:
        sheets = (m for m in archive.infolist() if m.filename.startswith(SHEETS_FOLDER))
        for member in sheets:
            with archive.open(member) as part:
                tail = b""
                while chunk := part.read(CHUNK_BYTES):
                    block = tail + chunk
                    if b"<f>" in block or b"<f " in block:
                        return True
                    tail = block[-2:]
    return False


def _bomb(path: Path, why: str) -> InputError:
    return InputError(
        f"{path.name} {why}; a workbook that a person filled in does not.",
        field="data",
        remedy="Save it anew in a spreadsheet program, split it, or export CSV.",
    )
