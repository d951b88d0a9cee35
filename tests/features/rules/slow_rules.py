"""Conditions once more, one pair at a time and as plainly as can be."""

from __future__ import annotations

import math

from data.rules.conditions import Bounds, Group, Judged, Never, OneOf, Score, When
from data.rules.facts import Figure

WEIGHT = ["NOT_APPLICABLE", "MET", "MANUAL_REVIEW", "UNKNOWN", "UNMET"]
OPPOSITE = {"MET": "UNMET", "UNMET": "MET"}


def answer(condition, facts):
    """Answer a condition for one firm, whose facts are values by name; absent is unknown."""
    match condition:
        case Bounds():
            return bounds(condition, facts.get(condition.fact))
        case OneOf():
            return one_of(condition, facts.get(condition.fact))
        case Judged():
            known = facts.get(condition.fact)
            if known is None:
                return "MANUAL_REVIEW"
            return "MET" if "yes" in known else "UNMET"
        case Never():
            return "UNMET"
        case Group():
            return group(condition.op, [answer(part, facts) for part in condition.parts])
        case When():
            return when(answer(condition.guard, facts), answer(condition.body, facts))
        case Score():
            return score(condition, facts)


def opposite(found):
    return OPPOSITE.get(found, found)


def weightiest(found):
    return max(found, key=WEIGHT.index, default="NOT_APPLICABLE")


def group(op, found):
    if op == "all":
        return weightiest(found)
    none = weightiest([opposite(part) for part in found])
    return none if op == "none" else opposite(none)


def when(guard, body):
    if guard == "MET":
        return body
    if guard in ("UNMET", "NOT_APPLICABLE"):
        return "NOT_APPLICABLE"
    if body in ("MET", "NOT_APPLICABLE"):
        return body
    return weightiest([guard, "UNKNOWN" if body == "UNMET" else body])


def score(condition, facts):
    sure = may = 0.0
    openness = "MANUAL_REVIEW"
    for item in condition.items:
        found = [(band.points, answer(band.condition, facts)) for band in item]
        sure += max([points for points, a in found if a == "MET"], default=0.0)
        may += max([p for p, a in found if a in ("MET", "UNKNOWN", "MANUAL_REVIEW")], default=0.0)
        if any(a == "UNKNOWN" for _, a in found):
            openness = "UNKNOWN"
    if reached(condition, sure):
        return "MET"
    return openness if reached(condition, may) else "UNMET"


def reached(condition, points):
    return points > condition.at_least if condition.open_end else points >= condition.at_least


def bounds(condition, value):
    if condition.least is None and condition.most is None:
        return "NOT_APPLICABLE"
    if value is None:
        return "MANUAL_REVIEW" if condition.fact == "expert_score" else "UNKNOWN"
    assert isinstance(value, Figure)
    if value.currency and condition.currency and value.currency != condition.currency:
        return "MANUAL_REVIEW"
    least = -math.inf if condition.least is None else condition.least
    most = math.inf if condition.most is None else condition.most
    if value.number < least or (condition.least_open and value.number == least):
        return "UNMET"
    if value.number > most or (condition.most_open and value.number == most):
        return "UNMET"
    return "MET"


def one_of(condition, values):
    hits = [compared(condition.fact, values, wanted) for wanted in condition.values]
    if condition.mode == "all":
        return weightiest(hits)
    hit = opposite(weightiest([opposite(found) for found in hits]))
    return hit if condition.mode == "any" else opposite(hit)


def compared(fact, values, wanted):
    if values is None:
        return "UNKNOWN"
    if fact == "industry":
        return code(values, wanted)
    if fact == "region":
        return "MET" if plain(wanted) in [plain(value) for value in values] else "UNMET"
    return "MET" if wanted in values else "UNMET"


def plain(place):
    return place.removesuffix("省").removesuffix("市")


def code(values, wanted):
    if any(own.startswith(wanted) for own in values):
        return "MET"
    if any(own[0].isalpha() == wanted[0].isalpha() for own in values):
        coarser = any(wanted.startswith(own) for own in values)
        return "UNKNOWN" if coarser else "UNMET"
    return "UNKNOWN"
