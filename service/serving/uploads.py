"""Tables that somebody sends: checked, put aside, and imported by a job.

Nothing of the sender's file name is used but for display: the file lies under the id of its job,
and its ending follows from its first bytes.
"""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import (
    ArgumentError,
    EmptyInputError,
    ForbiddenError,
    InputError,
    UnknownIdError,
)
from data.importers.archives import check_workbook
from data.importers.mapping import TYPE_NAMES, read_mapping
from data.importers.rejects import REJECT_COLUMNS
from data.jobs import Job
from data.records import Base, Firm, Institution, Need, Offer, Record
from service.access.policy import Action, Reach
from service.access.sight import Sight
from service.jobs.folders import JobFolders, new_job_id
from service.jobs.kinds import MAPPING_FILE, UPLOAD
from service.serving.jobs import ask_for_job, get_job
from service.serving.state import ServiceState

MOST_UPLOAD_BYTES = 256 << 20
MOST_NAME = 100
DEFAULT_NAME = "table"

RECORD_TYPES: Mapping[str, type[Record]] = {names[0]: kind for kind, names in TYPE_NAMES.items()}
"""By the names that the interface uses: ``firms``, ``offers`` and so on."""

WRITE_ACTIONS: Mapping[type[Record], Action] = {
    Base: Action.WRITE_BASES,
    Firm: Action.WRITE_FIRMS,
    Need: Action.WRITE_NEEDS,
    Institution: Action.WRITE_INSTITUTIONS,
    Offer: Action.WRITE_OFFERS,
}
"""What it takes to upload records of a type; without an entry, only the administrator may."""

MAPPING_KEYS = frozenset({"columns", "currency", "utc_offset", "ignore_unknown"})
"""What a sender may say about a table."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet program runs a cell that begins so (OWASP, CSV Injection)."""

_ZIP, _PARQUET, _OLD_EXCEL = b"PK\x03\x04", b"PAR1", bytes.fromhex("d0cf11e0a1b11ae1")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PROBE_BYTES = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that was received.

    Attributes
    ----------
    path
        Where it lies for now.
    sha256
        Of its content, in hexadecimal.
    name
        What the sender calls it.
    """

    path: Path
    sha256: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadRequest:
    """What the sender says about a file.

    Attributes
    ----------
    record_type
        A key of :data:`RECORD_TYPES`; ``None`` leaves it to the headers.
    mapping
        What headers mean that do not say it themselves, :data:`MAPPING_KEYS`.
    """

    record_type: str | None = None
    mapping: Mapping[str, Any]
    dry_run: bool = False
    request_key: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Whose records an upload may hold, as arguments of its job."""

    record_type: str | None
    arguments: Mapping[str, str]


def limit_of(sight: Sight, record_type: str | None) -> Limit:
    """Return what the caller may upload.

    Raises
    ------
    ArgumentError
        There is no such record type, or it must be named.
    ForbiddenError
        Records of this type are not the caller's to upload.
    """
    if record_type is not None and record_type not in RECORD_TYPES:
        raise ArgumentError(
            f"record_type must be one of {', '.join(RECORD_TYPES)}; got {record_type!r}.",
            field="record_type",
        )
    everything = sight.require(Action.RUN_JOBS) is Reach.ALL
    if everything:
        return Limit(record_type, {})
    mine = sight.principal
    owned = {
        "offers": ("for_institution", mine.institution_id),
        "firms": ("for_base", mine.base_id),
    }
    open_to = [name for name, (_, owner) in owned.items() if owner is not None]
    named = record_type or next(iter(open_to), "")
    if named not in open_to:
        raise ForbiddenError(
            f"{mine.role.value!r} may upload {' or '.join(open_to) or 'nothing'}; "
            f"got {named or 'nothing'!r}.",
            field="record_type",
            remedy="Ask the administrator to import it.",
        )
    sight.require(WRITE_ACTIONS[RECORD_TYPES[named]])
    option, owner = owned[named]
    assert owner is not None
    return Limit(named, {option: owner})


def take_upload(
    state: ServiceState, sight: Sight, received: Received, request: UploadRequest
) -> Job:
    """Check a received file and put its import into the queue; the file goes or is moved.

    Raises
    ------
    InputError
        It is of no format that can be imported, or what is said about it is wrong.
    ForbiddenError, OverloadError, ConflictError
        As :func:`limit_of` and :func:`service.serving.jobs.ask_for_job`.
    """
    job_id, folders = new_job_id(), JobFolders(state.settings.home)
    inputs = folders.inputs(job_id)
    try:
        limit = limit_of(sight, request.record_type)
        suffix = suffix_of(received.path, received.name)
        inputs.mkdir(parents=True)
        file = f"{limit.record_type or DEFAULT_NAME}{suffix}"
        write_mapping(inputs / MAPPING_FILE, request.mapping, limit.record_type)
        received.path.replace(inputs / file)
        arguments = {
            "file": file,
            "sha256": received.sha256,
            "original_name": shown_name(received.name),
            "record_type": limit.record_type,
            "dry_run": request.dry_run,
            **limit.arguments,
        }
        job = ask_for_job(
            state,
            sight,
            UPLOAD,
            arguments=arguments,
            request_key=request.request_key,
            job_id=job_id,
        )
    except BaseException:
        shutil.rmtree(inputs, ignore_errors=True)
        raise
    finally:
        received.path.unlink(missing_ok=True)
    if job.job_id != job_id:  # the same request came before
        shutil.rmtree(inputs, ignore_errors=True)
    return job


def suffix_of(path: Path, name: str) -> str:
    """Return the ending that the content of a file deserves.

    Raises
    ------
    EmptyInputError
        There is nothing in it.
    InputError
        It is of a format that cannot be imported, or would unpack to far too much.
    """
    with path.open("rb") as file:
        start = file.read(_PROBE_BYTES)
    if not start.strip():
        raise EmptyInputError(
            "The file is empty.", field="file", remedy="Send a table with a header line."
        )
    if start.startswith(_PARQUET):
        return ".parquet"
    if start.startswith(_ZIP):
        try:
            check_workbook(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise _unusable("a damaged archive") from error
        return ".xlsx"
    if start.startswith(_OLD_EXCEL):
        raise _unusable("an Excel workbook of the old format (.xls)")
    if b"\x00" in start and not start.startswith(_UTF16):
        raise _unusable("no table")
    ending = Path(name).suffix.lower()
    if start.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") or ending in (".jsonl", ".ndjson"):
        return ".jsonl"
    return ".csv"


def _unusable(what: str) -> InputError:
    return InputError(
        f"The file is {what}.",
        field="file",
        remedy="Send CSV, JSON lines, Parquet or an Excel workbook (.xlsx).",
    )


def shown_name(name: str) -> str:
    """Return a sender's file name without folders and control characters, cut to a length."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isprintable() else "_" for c in plain).strip(". ")
    return kept[:MOST_NAME] or DEFAULT_NAME


def write_mapping(path: Path, mapping: Mapping[str, Any], record_type: str | None) -> None:
    """Write a mapping file that says what a sender said, and nothing about other tables.

    Raises
    ------
    InputError
        A key or value is not known.
    """
    for key in mapping:
        if key not in MAPPING_KEYS:
            raise ArgumentError(
                f"mapping takes {', '.join(sorted(MAPPING_KEYS))}; got {key!r}.",
                field="mapping",
            )
    tables = {} if record_type is None else {"*": {"record_type": record_type}}
    content = json.dumps({**mapping, "tables": tables}, ensure_ascii=False)
    path.write_text(content, encoding="utf-8")
    read_mapping(path)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One cell or row that an import could not use."""

    file: str
    line: int
    column: str
    value: str
    reason: str


def rejected(
    state: ServiceState, sight: Sight, job_id: str, *, after: int = 0, n: int
) -> list[RejectedRow]:
    """Return what an upload could not use, from the ``after``-th on."""
    job = _upload(state, sight, job_id)
    rows = itertools.islice(_rows(state, job), after, after + n)
    return [RejectedRow(row[0], int(row[1]), *row[2:5]) for row in rows]


def rejects_table(state: ServiceState, sight: Sight, job_id: str) -> Iterator[list[str]]:
    """Give everything that an upload could not use as rows that a spreadsheet may open."""
    job = _upload(state, sight, job_id)
    return itertools.chain(
        [list(REJECT_COLUMNS)], (list(map(neutral, row)) for row in _rows(state, job))
    )


def neutral(cell: str) -> str:
    """Return the text of a cell that no spreadsheet program takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def _upload(state: ServiceState, sight: Sight, job_id: str) -> Job:
    job = get_job(state, sight, job_id, Action.READ_JOBS)
    if job.kind != UPLOAD:
        raise UnknownIdError(
            f"There is no upload {job_id!r}.", field="job_id", remedy="Check the job_id."
        )
    return job


def _rows(state: ServiceState, job: Job) -> Iterator[list[str]]:
    path = JobFolders(state.settings.home).rejects(job.job_id)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            next(reader, None)
            yield from reader
    except FileNotFoundError:  # nothing was rejected
        return
