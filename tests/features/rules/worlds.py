"""Random conditions and random firms for them."""

from __future__ import annotations

from hypothesis import strategies as st

from data.rules.conditions import Band, Bounds, Group, Judged, Mode, Never, OneOf, Op, Score, When
from data.rules.facts import Figure

NUMBERS = ("employees", "age", "class_one_ip", "expert_score", "rd_share")
CODES = ("C", "C39", "C3971", "I65", "I")
PLACES = ("江苏省", "江苏", "苏州市", "杭州")
LISTS = {
    "credential": ("high_tech", "tech_sme", "little_giant"),
    "veto": ("dishonest_debtor", "major_incident"),
    "collateral": ("房产抵押", "设备抵押"),
    "tax_grade": ("A", "B", "M"),
    "region": PLACES,
}
FLAGS = ("rd_body", "core_ip")
SMALL = st.integers(0, 4).map(float)


@st.composite
def bounds(draw):
    fact = draw(st.sampled_from((*NUMBERS, "revenue")))
    least, most = draw(st.none() | SMALL), draw(st.none() | SMALL)
    if least is not None and most is not None and least > most:
        least, most = most, least
    ends = draw(st.booleans()), draw(st.booleans())
    if least == most:
        ends = (False, False)
    currency = draw(st.sampled_from(["CNY", "USD"])) if fact == "revenue" else None
    return Bounds(fact, least, most, *ends, currency=currency)


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)


LEAVES = st.one_of(
    bounds(),
    *(
        st.builds(OneOf, st.just(fact), some(values), st.sampled_from(Mode))
        for fact, values in LISTS.items()
    ),
    # a list of codes that are prefixes of each other or of one style: what else differs per code
    st.builds(
        OneOf, st.just("industry"), st.sampled_from([(c,) for c in CODES]),
        st.sampled_from([Mode.ANY, Mode.NONE]),
    ),
    st.builds(OneOf, st.sampled_from(FLAGS), st.just(("yes",))),
    st.builds(Judged, st.just("认定"), st.just("judge"), st.sampled_from([None, "core_ip"])),
    st.just(Never("用完", "used up")),
)  # fmt: skip


def bands(conditions):
    return st.lists(
        st.builds(Band, st.sampled_from([0.0, 5.0, 10.0]), conditions), min_size=1, max_size=3
    ).map(tuple)


def groups(conditions):
    parts = st.lists(conditions, min_size=1, max_size=3).map(tuple)
    scores = st.builds(
        Score,
        st.sampled_from([0.0, 5.0, 10.0, 15.0]),
        st.lists(bands(conditions), min_size=1, max_size=3).map(tuple),
        st.booleans(),
    )
    return (
        st.builds(Group, st.sampled_from(Op), parts)
        | st.builds(When, conditions, conditions)
        | scores
    )


CONDITIONS = st.recursive(LEAVES, groups, max_leaves=8)


@st.composite
def firms(draw):
    """The facts of one firm by name; what is absent is unknown."""
    found = {}
    for name in (*NUMBERS, "revenue"):
        number = draw(st.none() | SMALL)
        if number is not None:
            currency = draw(st.sampled_from([None, "CNY", "USD"])) if name == "revenue" else None
            found[name] = Figure(number, currency)
    for name, values in LISTS.items():
        held = draw(st.none() | st.lists(st.sampled_from(values), max_size=2, unique=True))
        if held is not None:
            found[name] = tuple(held)
    own = draw(st.none() | st.sampled_from((*CODES, "3971")))
    if own is not None:
        found["industry"] = (own,)
    for name in FLAGS:
        flag = draw(st.none() | st.sampled_from(["yes", "no"]))
        if flag is not None:
            found[name] = (flag,)
    return found
