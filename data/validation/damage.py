"""A check on text whose bytes were lost, or read in a wrong encoding (乱码)."""

from __future__ import annotations

import datetime as dt
import re

import pyarrow as pa
import pyarrow.compute as pc

from data.records import Base, Event, Firm, Institution, Need, Offer, Rating, Record
from data.schema import columns_of
from data.validation.report import Finding
from data.validation.tables import Tables, Tally, rows_where

LOST = ("\ufffd", "锟斤拷", "烫烫烫")
"""What stands where bytes were lost: the replacement character, and its own reading as GBK."""

LEAST_CHARACTERS = 2
"""Chinese characters that must come out of a text before it counts as GBK misread."""

LEAST_SHARE = 0.6
"""Share of the bytes of such a text that must form Chinese characters in UTF-8."""

UTF8_BYTES = 3
"""Bytes of a Chinese character in UTF-8."""

_TEXTS: dict[type[Record], tuple[str, ...]] = {
    kind: tuple(c.name for c in columns_of(kind) if c.python_type is str)
    for kind in (Base, Firm, Need, Institution, Offer, Event, Rating)
}

_CANDIDATES = (
    r"\x{FFFD}|锟斤拷|烫烫烫"
    r"|[\x{C2}-\x{F4}][\x{80}-\x{BF}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17D}\x{17E}\x{192}"
    r"\x{2C6}\x{2DC}\x{2013}-\x{203A}\x{20AC}\x{2122}]"
    r"|[\x{6D60}-\x{95FF}][^\x{00}-\x{7F}]"
)
"""Cheap test for texts worth the closer look of :func:`is_damaged`."""

_LEFT_BYTES = re.compile(
    "[\u0080-\u00ff\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u203a\u20ac\u2122]{2,}"
)
"""Runs of characters that are single bytes above ASCII in Windows-1252 or Latin-1."""

_SENSIBLE = re.compile("[\u00a0-\u017f\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]+")
"""Letters of Western Europe, punctuation and Chinese: what misread text may have been."""

_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff01-\uff5e]")


def damaged_text(tables: Tables, _today: dt.date) -> Finding:
    """Find replacement characters and text that was read in a wrong encoding."""
    tally = Tally()
    for record_type, names in _TEXTS.items():
        for name in names:
            column = tables.column(record_type, name)
            distinct = pc.unique(pc.drop_null(column))
            suspects = distinct.filter(pc.match_substring_regex(distinct, _CANDIDATES))
            damaged = [text for text in suspects.to_pylist() if is_damaged(text)]
            wrong = rows_where(pc.is_in(column, value_set=pa.array(damaged, type=pa.string())))
            label = f"{record_type.__name__.lower()}.{name}"
            tally.add(len(column) - column.null_count, wrong, (f"{label} {t}" for t in damaged))
    return tally.finding()


def is_damaged(text: str) -> bool:
    """Return whether bytes of a text were lost, or read in a wrong encoding."""
    if any(mark in text for mark in LOST):
        return True
    return _was_read_as_latin(text) or _was_read_as_gbk(text)


def _was_read_as_latin(text: str) -> bool:
    """Return whether a run of the text is UTF-8 read as Windows-1252: ``ä¸­``, ``Ã©``."""
    for run in _LEFT_BYTES.findall(text):
        try:
            right = b"".join(_byte(character) for character in run).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if _SENSIBLE.fullmatch(right):
            return True
    return False


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")


def _was_read_as_gbk(text: str) -> bool:
    """Return whether the bytes of the text in GBK form Chinese in UTF-8: ``鍏徃`` for 公司."""
    raw = bytes(byte for byte in text.encode("gb18030", "ignore") if byte > 0x7F or byte == 0x3F)
    right = len(_CHINESE.findall(raw.decode("utf-8", "ignore")))
    return right >= LEAST_CHARACTERS and right * UTF8_BYTES >= LEAST_SHARE * len(raw)
