from __future__ import annotations

import numpy as np

from training.calibration import choose_first

QUERIES = 400


def test_of_rankers_that_cannot_be_told_apart_the_plainest_is_taken():
    rng = np.random.default_rng(0)
    plain = rng.random(QUERIES)
    noise = rng.normal(size=QUERIES)
    alike = plain + noise - noise.mean() + 0.01  # ahead by .01, with a standard error of .05
    assert choose_first(np.stack([plain, alike])) == 0


def test_a_ranker_that_is_clearly_ahead_is_taken():
    plain = np.random.default_rng(0).random(QUERIES)
    assert choose_first(np.stack([plain, plain + 0.01, plain + 0.02])) == 2


def test_the_first_of_equal_ones_is_taken():
    values = np.full((3, 5), 0.5)
    assert choose_first(values) == 0
    assert choose_first(values[1:, :1]) == 0
