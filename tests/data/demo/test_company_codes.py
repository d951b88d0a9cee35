"""Company codes are well formed, distinct and checked by two independent rules."""

from __future__ import annotations

import numpy as np
import pytest
from stdnum.cn import uscc

from data.demo.company_codes import ALPHABET, company_codes
from data.errors import ArgumentError


def codes(n: int, *, start: int = 0, seed: int = 7) -> list[str]:
    return company_codes(
        np.arange(start, start + n), kind=np.full(n, "91"), area=np.full(n, "320583"), seed=seed
    ).tolist()


def test_an_independent_library_accepts_every_code():
    drawn = codes(3_000)
    assert all(uscc.is_valid(code) for code in drawn)
    assert len(set(drawn)) == 3_000


def test_the_last_character_by_visible_arithmetic():
    code = codes(1)[0]
    total = sum(ALPHABET.index(code[i]) * pow(3, i, 31) for i in range(17))
    assert code[17] == ALPHABET[(31 - total % 31) % 31]


def test_the_organisation_part_has_its_own_check():
    for code in codes(50):
        body = code[8:17]
        total = sum(int(c, 36) * w for c, w in zip(body, (3, 7, 9, 10, 5, 8, 4, 2), strict=False))
        assert body[8] == "0123456789X"[(11 - total % 11) % 11]


def test_bodies_come_from_a_block_that_is_not_in_use():
    assert {code[8:11] for code in codes(4_000)} == {"MAU", "MAW", "MAX", "MAY"}


def test_kind_and_area_are_kept_and_seeds_differ():
    found = company_codes(np.array([5]), kind=np.array(["93"]), area=np.array(["321281"]), seed=1)
    assert found[0].startswith("93321281")
    assert set(codes(100, seed=1)).isdisjoint(codes(100, seed=2))


def test_too_many_codes_are_refused():
    with pytest.raises(ArgumentError):
        codes(1, start=4 * 31**5)
