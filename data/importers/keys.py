"""Keys and ids made from the names of a source.

A *key* is a name without blanks at its ends and with each run of blanks inside written ``_``, so
that it can be a column of a TREC file.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BLANKS = r"[\s\x{0B}\x{1C}-\x{1F}\x{85}\p{Z}]+"
"""Runs of what Python calls white space, for the RE2 engine of Arrow."""


def texts(cells: pa.Array) -> pa.StringArray:
    """Return ``cells`` as strings without blanks at the ends and double blanks; empty is null."""
    plain = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    plain = pc.replace_substring_regex(plain, BLANKS, " ")
    return pc.if_else(pc.equal(plain, ""), pa.scalar(None, pa.string()), plain)


def keys(cells: pa.Array) -> pa.StringArray:
    """Return the key of each name; empty where there is none."""
    plain = pc.utf8_trim_whitespace(pc.fill_null(cells.cast(pa.string()), ""))
    return pc.replace_substring_regex(plain, BLANKS, "_")


def joined(*parts: Any) -> pa.StringArray:
    """Concatenate strings and arrays of strings, row by row; null where any part is null."""
    return pc.binary_join_element_wise(*parts, "")
