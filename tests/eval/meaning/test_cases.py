"""The cases of the test of meaning, as promised."""

from __future__ import annotations

from eval.meaning.cases import CaseSet, read_cases
from matcher.lexical import tokenize


def test_the_chinese_cases():
    cases = read_cases(CaseSet.CHINESE)
    assert len(cases.firms) >= 80
    assert len(cases.mandates) >= 40
    assert set(cases.grades.ravel().tolist()) == {0, 1, 2}
    assert (cases.grades.max(axis=1) == 2).all()
    assert cases.firms[0].startswith("替掉缺牙的钛钉")
    assert cases.grades[0].nonzero()[0].tolist() == [0, 1]


def test_the_english_pairs():
    cases = read_cases(CaseSet.ENGLISH)
    assert cases.grades.shape == (30, 30)
    assert (cases.grades.diagonal() == 2).all()
    assert cases.grades.sum() == 60


def test_no_text_appears_twice():
    for chosen in CaseSet:
        cases = read_cases(chosen)
        texts = [*cases.firms, *cases.mandates]
        assert len(set(texts)) == len(texts)


def test_pairs_that_belong_together_share_few_words():
    cases = read_cases(CaseSet.CHINESE)
    shares = []
    for row, column in zip(*(cases.grades == 2).nonzero(), strict=True):
        asked = {token for token in tokenize(cases.mandates[row]) if len(token) > 1}
        told = {token for token in tokenize(cases.firms[column]) if len(token) > 1}
        shares.append(len(asked & told) / len(asked))
    assert sum(shares) / len(shares) < 0.05
