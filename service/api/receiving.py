"""Receiving one file of any size up to a limit: from the request straight to the disk.

The file may be the whole body, or the part ``file`` of a form. It is never held in memory, and it
goes where the caller says: a name that the sender gives is only told.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import partial
from pathlib import Path
from typing import IO

import anyio
import anyio.to_thread
from fastapi import HTTPException, Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser
from starlette.requests import ClientDisconnect

from data.errors import ArgumentError, OverloadError

FILE_FIELD = "file"
BUFFER_BYTES = 1 << 20
"""Written at a time, by a thread: the disk may be slow."""
MOST_FIELD_BYTES = 64 << 10
"""Of all fields of a form beside the file."""
MOST_PARTS = 20
MOST_HEADER_BYTES = 4 << 10
RECEIVE_WITHIN_S = 600.0
MOST_AT_ONCE = 4
"""Files that one worker receives at a time: slow senders must not take every place."""

_TURNS = threading.BoundedSemaphore(MOST_AT_ONCE)


@dataclass(slots=True)
class Incoming:
    """What was received.

    Attributes
    ----------
    path
        Of the file.
    sha256
        Of its content, in hexadecimal.
    name
        The file's, as a form gives it.
    fields
        The other fields of a form.
    """

    path: Path
    sha256: str = ""
    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def receive_file(
    request: Request, folder: Path, *, most_bytes: int
) -> AsyncIterator[Incoming]:
    """Write the file of a request into ``folder``; it is removed at the end unless moved.

    Raises
    ------
    HTTPException
        413 where it is larger than ``most_bytes``, 408 where it takes too long, 400 where a form
        cannot be read or the sender went away.
    ArgumentError
        A form has no file, or several.
    OverloadError
        There is no room on the disk, or too many files arrive at once.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes + MOST_FIELD_BYTES:
        raise _too_large(most_bytes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < most_bytes:
            raise OverloadError("There is no room for another file.", remedy="Try again later.")
        incoming = Incoming(folder / secrets.token_hex(16))
        try:
            with _turn(), anyio.fail_after(RECEIVE_WITHIN_S), incoming.path.open("xb") as file:
                await _write(request, incoming, _Sink(file, most_bytes))
            yield incoming
        finally:
            incoming.path.unlink(missing_ok=True)
    except ClientDisconnect:
        raise HTTPException(400, "The file did not arrive whole.") from None
    except TimeoutError:
        raise HTTPException(408, "The file took too long to arrive.") from None
    except OSError as error:
        raise OverloadError(
            f"The file cannot be kept: {error.strerror or error}.", remedy="Try again later."
        ) from error


@contextmanager
def _turn() -> Iterator[None]:
    """Take one of the places in which files are received."""
    if not _TURNS.acquire(blocking=False):
        raise OverloadError("Too many files arrive at once.", remedy="Try again later.")
    try:
        yield
    finally:
        _TURNS.release()


class _Sink:
    """Counts, hashes and writes bytes."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self.size = 0

    def take(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > self._most_bytes:
            raise _too_large(self._most_bytes)
        self._pending += data

    async def flush(self, least: int = BUFFER_BYTES) -> None:
        if len(self._pending) >= max(least, 1):
            pending, self._pending = bytes(self._pending), bytearray()
            self._digest.update(pending)
            await anyio.to_thread.run_sync(self._file.write, pending)

    async def close(self) -> str:
        await self.flush(0)
        await anyio.to_thread.run_sync(partial(_to_disk, self._file))
        return self._digest.hexdigest()


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


async def _write(request: Request, incoming: Incoming, sink: _Sink) -> None:
    header = request.headers.get("content-type", "")
    boundary = _boundary(header)
    form = None if boundary is None else _Form(boundary, incoming, sink)
    async for chunk in request.stream():
        if form is None:
            sink.take(chunk)
        else:
            form.take(chunk)
        await sink.flush()
    if form is not None:
        form.close()
    incoming.sha256 = await sink.close()


def _boundary(content_type: str) -> bytes | None:
    """Return the boundary of a form, ``None`` for any other body."""
    header = Message()
    header["content-type"] = content_type
    if header.get_content_type() != "multipart/form-data":
        return None
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise HTTPException(400, "The form names no boundary.")
    return boundary.encode("latin-1", errors="replace")


class _Form:
    """The parts of a form, as they come: the file to the sink, the fields into memory."""

    def __init__(self, boundary: bytes, incoming: Incoming, sink: _Sink) -> None:
        self._incoming = incoming
        self._sink = sink
        self._header = [b"", b""]
        self._disposition = ""
        self._field: tuple[str, bytearray] | None = None
        self._n_parts = self._n_files = self._n_bytes = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": partial(self._add_header, 0),
                "on_header_value": partial(self._add_header, 1),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._end,
            },
        )

    def take(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise HTTPException(400, "The form cannot be read.") from error

    def close(self) -> None:
        try:
            self._parser.finalize()
        except MultipartParseError as error:
            raise HTTPException(400, "The form is cut off.") from error
        if self._n_files != 1:
            raise ArgumentError(
                f"A form must have one part {FILE_FIELD!r} with a file; got {self._n_files}.",
                field=FILE_FIELD,
            )

    def _begin(self) -> None:
        self._n_parts += 1
        if self._n_parts > MOST_PARTS:
            raise HTTPException(400, "The form has too many parts.")
        self._disposition = ""

    def _add_header(self, which: int, data: bytes, start: int, end: int) -> None:
        self._header[which] += data[start:end]
        if len(self._header[which]) > MOST_HEADER_BYTES:
            raise HTTPException(400, "A header of the form is too long.")

    def _end_header(self) -> None:
        name, value = (part.decode("utf-8", errors="replace") for part in self._header)
        self._header = [b"", b""]
        if name.strip().lower() == "content-disposition":
            self._disposition = value

    def _open(self) -> None:
        header = Message()
        header["content-disposition"] = " ".join(self._disposition.split())
        name = header.get_param("name", header="content-disposition")
        file_name = header.get_filename()
        if file_name is None:
            self._field = (str(name or ""), bytearray())
            return
        self._field = None
        self._n_files += 1
        if name != FILE_FIELD or self._n_files > 1:
            raise ArgumentError(
                f"A form must have one file, in the part {FILE_FIELD!r}.", field=FILE_FIELD
            )
        self._incoming.name = file_name

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._sink.take(data[start:end])
            return
        self._n_bytes += end - start
        if self._n_bytes > MOST_FIELD_BYTES:
            raise _too_large(MOST_FIELD_BYTES)
        self._field[1].extend(data[start:end])

    def _end(self) -> None:
        if self._field is not None:
            name, value = self._field
            self._incoming.fields[name] = value.decode("utf-8", errors="replace")


def _too_large(most_bytes: int) -> HTTPException:
    return HTTPException(413, f"The body may hold at most {most_bytes} bytes; send less at once.")
