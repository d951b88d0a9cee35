"""The unified social credit code of a company (统一社会信用代码, GB 32100-2015).

Real codes with a wrong check digit exist, so that a fault here is a warning about a firm, never a
reason to refuse it.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from stdnum.cn import uscc

CODE_LENGTH = 18

_BODY = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
"""Authority and kind, region (GB/T 2260), organisation and check digit; no I, O, S, V, Z."""


class CodeFault(StrEnum):
    """What is wrong with a code."""

    LENGTH = "length"
    CHARACTERS = "characters"
    CHECK_DIGIT = "check_digit"


def clean_code(text: str) -> str:
    """Return a code as it is compared: narrow, upper case, without blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def find_fault(code: str) -> CodeFault | None:
    """Return the first fault of a code, ``None`` where there is none."""
    plain = clean_code(code)
    if len(plain) != CODE_LENGTH:
        return CodeFault.LENGTH
    if not _BODY.fullmatch(plain):
        return CodeFault.CHARACTERS
    if uscc.calc_check_digit(plain[:-1]) != plain[-1]:
        return CodeFault.CHECK_DIGIT
    return None
