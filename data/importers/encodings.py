"""Which encoding a text file is in, and its lines.

UTF-8 with and without mark, UTF-16 and GB18030 (with GBK and GB2312 inside it) are told apart by
the bytes alone. A file that was joined from parts in UTF-8 and GB18030 is read line by line.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from data.errors import ParseError

CHUNK_BYTES = 1 << 20
SAMPLE_BYTES = 1 << 16

MIXED = "utf-8 + gb18030"
"""Name of a file whose lines are partly in the one and partly in the other."""

STRAY_SHARE = 0.01
"""Some short lines of a GB18030 file are valid UTF-8 by chance; up to this share of its text."""

_ASCII = bytes(range(0x80))

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

UNDECODABLE = "\ufffd"
"""Stands where bytes belong to no character of the encoding."""


@dataclass(frozen=True)
class TextFile:
    """A text file, its encoding and the number of its lines."""

    path: Path
    encoding: str
    n_lines: int

    @contextmanager
    def lines(self) -> Iterator[Iterator[str]]:
        """Open the file and give its lines with their ends; :data:`UNDECODABLE` marks damage."""
        if self.encoding == MIXED:
            with self.path.open("rb") as raw:
                yield (_decoded(line) for line in raw)
            return
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as stream:
            yield iter(stream)


def detect(path: Path) -> TextFile:
    """Find the encoding of ``path`` by reading it once.

    Raises
    ------
    ParseError
        Where the bytes are no text in any encoding that is known here.
    """
    with path.open("rb") as raw:
        head = raw.read(SAMPLE_BYTES)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is None and b"\0" in head:
        marked = _unmarked_utf16(path, head)
    if marked is not None:
        return TextFile(path, marked, _count_lines(path))
    if _decodes(path, "utf-8"):
        return TextFile(path, "utf-8", _count_lines(path))
    return TextFile(path, _legacy(path, head), _count_lines(path))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _unmarked_utf16(path: Path, head: bytes) -> str:
    """Return the byte order of UTF-16 without a mark: ASCII has its zeros on one side."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    name = "utf-16-le" if odd > even else "utf-16-be"
    if max(even, odd) <= 2 * min(even, odd) or not _decodes(path, name):
        raise ParseError(
            f"{path.name} holds zero bytes: it is no text file.",
            field="data",
            remedy="Save the table as CSV in UTF-8, or as Excel (.xlsx) or Parquet.",
        )
    return name


def _legacy(path: Path, head: bytes) -> str:
    """Return the encoding of a file that is not UTF-8 as a whole."""
    valid = other = gb_damaged = 0
    with path.open("rb") as raw:
        for line in raw:
            if line.isascii():
                continue
            size = len(line.translate(None, _ASCII))
            if _is(line, "utf-8"):
                valid += size
            else:
                other += size
                gb_damaged += size * (not _is(line, "gb18030"))
    if valid > STRAY_SHARE * (valid + other):
        return MIXED
    if gb_damaged <= STRAY_SHARE * other:
        return "gb18030"
    best = from_bytes(head).best()
    if best is None:
        raise ParseError(
            f"The encoding of {path.name} cannot be recognised.",
            field="data",
            remedy="Save the table as CSV in UTF-8, or as Excel (.xlsx) or Parquet.",
        )
    return best.encoding


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("gb18030", errors="replace")


def _count_lines(path: Path) -> int:
    """Return about how many lines there are, for the progress of a reader."""
    with path.open("rb") as raw:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: raw.read(CHUNK_BYTES), b""))
