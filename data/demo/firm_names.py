"""Names of firms: place, trade name (字号), trade word, legal form; unique in a world."""

from __future__ import annotations

import numpy as np

from data.demo.arrays import Ints
from data.demo.firms import COMPANY, COOPERATIVE, INDIVIDUAL, JOINT_STOCK, TEAM, Firms
from data.demo.material.name_words import AVOIDED, FIRST, SECOND, THIRD
from data.demo.places import PLACES
from data.demo.streams import stream
from data.demo.trades import TRADES

WORDS: tuple[str, ...] = tuple(dict.fromkeys(word for trade in TRADES for word in trade.names))
_WORD_NUMBER = {word: number for number, word in enumerate(WORDS)}
_TRADE_WORDS: tuple[Ints, ...] = tuple(
    np.array([_WORD_NUMBER[word] for word in trade.names]) for trade in TRADES
)
_HEADS: tuple[str, ...] = tuple(
    dict.fromkeys(
        ["江苏"]
        + [place.short_city for place in PLACES]
        + [place.district.removesuffix("市") for place in PLACES if place.is_county_city]
    )
)
_HEAD_NUMBER = {head: number for number, head in enumerate(_HEADS)}
_CITY_HEAD = np.array([_HEAD_NUMBER[place.short_city] for place in PLACES])
_TOWN_HEAD = np.array(
    [
        _HEAD_NUMBER[place.district.removesuffix("市")]
        if place.is_county_city
        else _HEAD_NUMBER[place.short_city]
        for place in PLACES
    ]
)
_PLAIN, _BRACKET = 0, 1
_NO_THIRD = len(THIRD)
_LONG_BRAND_SHARE, _PROVINCE_SHARE, _TOWN_SHARE, _BRACKET_SHARE = 0.14, 0.17, 0.7, 0.06
_ALLOWED = np.array([[a != b and a + b not in AVOIDED for b in SECOND] for a in FIRST])
_ALLOWED_PAIRS = np.flatnonzero(_ALLOWED.ravel())

_ENDINGS: dict[int, tuple[str, ...]] = {
    COMPANY: ("有限公司",),
    JOINT_STOCK: ("股份有限公司",),
    COOPERATIVE: ("专业合作社",),
    TEAM: ("创业团队", "项目组", "创客团队"),
}
_INDIVIDUAL_ENDINGS = ("经营部", "服务部", "门市部", "经营店")


def firm_names(firms: Firms, *, seed: int) -> tuple[list[str], list[str]]:
    """Return the full and the short name of every firm; full names are distinct."""
    keys = _keys(firms, seed=seed)
    full, short = [], []
    for key, form in zip(keys.tolist(), firms.form.tolist(), strict=True):
        head, pair, third, word, pattern, ending = key
        brand = FIRST[pair // len(SECOND)] + SECOND[pair % len(SECOND)]
        if third != _NO_THIRD:
            brand += THIRD[third]
        name, called = _spell(
            head=_HEADS[head], brand=brand, word=WORDS[word], pattern=pattern,
            ending=_ending(form, ending), form=form,
        )  # fmt: skip
        full.append(name)
        short.append(called)
    return full, short


def _ending(form: int, number: int) -> str:
    endings = _INDIVIDUAL_ENDINGS if form == INDIVIDUAL else _ENDINGS[form]
    return endings[number % len(endings)]


def _spell(
    *, head: str, brand: str, word: str, pattern: int, ending: str, form: int
) -> tuple[str, str]:
    called = brand + word
    if form == TEAM:
        return f"{brand}{word}{ending}", called
    if pattern == _BRACKET and form in (COMPANY, JOINT_STOCK):
        return f"{brand}{word}（{head}）{ending}", called
    return f"{head}{brand}{word}{ending}", called


def _keys(firms: Firms, *, seed: int) -> Ints:
    """Draw the six numbers that spell a name; redraw the brands of later twins."""
    rng = stream(seed, "names")
    n = len(firms)
    u = rng.random(n)
    head = np.where(rng.random(n) < _TOWN_SHARE, _TOWN_HEAD[firms.place], _CITY_HEAD[firms.place])
    grown = (u < _PROVINCE_SHARE) & (firms.age_days > 900) & (firms.form <= JOINT_STOCK)
    head = np.where(grown, _HEAD_NUMBER["江苏"], head)
    third = np.where(rng.random(n) < _LONG_BRAND_SHARE, rng.integers(0, len(THIRD), n), _NO_THIRD)
    pattern = np.where(rng.random(n) < _BRACKET_SHARE, _BRACKET, _PLAIN)
    pattern[head == _HEAD_NUMBER["江苏"]] = _PLAIN
    keys = np.stack(
        [head, rng.choice(_ALLOWED_PAIRS, n), third, _words(rng, firms), pattern,
         rng.integers(0, len(_INDIVIDUAL_ENDINGS), n)], axis=1,
    )  # fmt: skip
    twins = _later_twins(keys, firms.form)
    while len(twins):
        keys[twins, 1] = rng.choice(_ALLOWED_PAIRS, len(twins))
        keys[twins, 2] = rng.integers(0, len(THIRD), len(twins))
        twins = _later_twins(keys, firms.form)
    return keys


def _words(rng: np.random.Generator, firms: Firms) -> Ints:
    lengths = np.array([len(words) for words in _TRADE_WORDS])
    table = np.zeros((len(TRADES), lengths.max()), dtype=np.int64)
    for number, words in enumerate(_TRADE_WORDS):
        table[number, : len(words)] = words
    choice = (rng.random(len(firms)) * lengths[firms.trade]).astype(np.int64)
    chosen: Ints = table[firms.trade, choice]
    return chosen


def _later_twins(keys: Ints, form: Ints) -> Ints:
    """Return the rows whose brand and word are already used at the same place."""
    head = np.where(form == TEAM, len(_HEADS), keys[:, 0])
    packed = head
    for column, span in ((1, _ALLOWED.size), (2, _NO_THIRD + 1), (3, len(WORDS))):
        packed = packed * span + keys[:, column]
    first = np.unique(packed, return_index=True)[1]
    later = np.ones(len(keys), dtype=bool)
    later[first] = False
    return np.flatnonzero(later)
