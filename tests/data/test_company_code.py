"""The check of company codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.company_code import CodeFault, clean_code, find_fault

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_character(body: str) -> str:
    """GB 32100-2015: weights 3^i mod 31; a remainder of 0 gives the character of value 0."""
    total = sum(ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return ALPHABET[(31 - total % 31) % 31]


@given(st.text(alphabet=ALPHABET, min_size=9, max_size=9), st.integers(110000, 659999))
def test_codes_made_by_the_rule_have_no_fault(organisation: str, region: int) -> None:
    body = f"91{region}{organisation}"
    code = body + check_character(body)
    assert find_fault(code) is None
    other = ALPHABET[(ALPHABET.index(code[-1]) + 1) % len(ALPHABET)]
    assert find_fault(code[:-1] + other) is CodeFault.CHECK_DIGIT


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("9111", CodeFault.LENGTH),
        ("", CodeFault.LENGTH),
        ("91ABCDEF00037341LL", CodeFault.CHARACTERS),
        ("91110000600037341O", CodeFault.CHARACTERS),
    ],
)
def test_faults(code: str, fault: CodeFault) -> None:
    assert find_fault(code) is fault


def test_blanks_case_and_width_do_not_matter() -> None:
    assert clean_code(" ９１11-0000ab ") == "91110000AB"
    body = "91320500MA1MABCD1"
    code = body + check_character(body)
    assert find_fault(f" {code[:8].lower()} {code[8:]} ") is None
