"""From nodes to rules: every error is collected with its path and line, none hides another."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping

from data.errors import ParseError
from data.labels import folded, words_of
from data.records import NeedKind
from data.rules.conditions import (
    Band,
    Bounds,
    Condition,
    Group,
    Judged,
    Mode,
    Named,
    Never,
    OneOf,
    Op,
    Score,
    When,
)
from data.rules.nodes import Fault, Node
from data.rules.rule import Rule, Scope
from data.rules.values import EXAMPLE, NO, YES, choice_words, read_day, read_number
from data.rules.vocabulary import EVERYWHERE, FACTS, FactKind, FactSpec

BOUND_KEYS = ("min", "max", "above", "below")
LIST_KEYS: Mapping[str, Mode] = {"in": Mode.ANY, "not_in": Mode.NONE, "all_of": Mode.ALL}
RULE_KEYS = (
    "id", "version", "title", "effective_from", "effective_to", "source", "unconfirmed",
    "offers", "institutions", "kinds", "when", "require",
)  # fmt: skip
DEEPEST = 40
"""Levels of nesting that a person can still mean."""

_ID = re.compile(r"[A-Za-z0-9_\-.一-鿿]{1,120}")


class Reader:
    """Reads rules; what is wrong ends up in ``faults``."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.faults: list[Fault] = []

    def fault(self, node: Node, message: str, remedy: str = "") -> None:
        """Note one error."""
        self.faults.append(Fault(node.path, node.line, message, remedy, self.file))

    # -- rules ---------------------------------------------------------------------------------

    def rules(self, root: Node) -> list[Rule]:
        """Read a document: an object with the key ``rules``, or the list itself."""
        listed = root
        if isinstance(root.value, dict):
            self._only(root.value, ("rules",))
            listed = root.value.get("rules", Node(None, "rules", root.line))
        if not isinstance(listed.value, list) or not listed.value:
            self.fault(listed, "There are no rules.", "Write a list under the key rules.")
            return []
        found = [self.rule(node) for node in listed.value]
        return [rule for rule in found if rule is not None]

    def rule(self, node: Node) -> Rule | None:
        """Read one rule; ``None`` where it is wrong."""
        before = len(self.faults)
        if not isinstance(node.value, dict):
            self.fault(node, "A rule must be an object.", "Give it id, version and require.")
            return None
        keys = node.value
        self._only(keys, RULE_KEYS)
        rule_id, version = self._required(node, "id"), self._required(node, "version")
        if rule_id and not _ID.fullmatch(rule_id):
            self.fault(keys["id"], f"The id {rule_id!r} has characters that ids lack.",
                       "Use letters, digits, dots and hyphens.")  # fmt: skip
        title_zh, title_en = self._title(node)
        start, end = self._day(keys.get("effective_from")), self._day(keys.get("effective_to"))
        if start and end and end < start:
            self.fault(keys["effective_to"], f"The rule ends on {end}, before it begins ({start}).",
                       "Swap or correct the days.")  # fmt: skip
        scope = Scope(
            offers=self._texts(keys.get("offers")),
            institutions=self._texts(keys.get("institutions")),
            kinds=self._kinds(keys.get("kinds")),
        )
        require = self._required_condition(node)
        if "when" in keys and require is not None:
            guard = self.condition(keys["when"])
            require = None if guard is None else When(guard, require)
        if len(self.faults) > before or require is None:
            return None
        return Rule(
            rule_id=rule_id,
            version=version,
            title_zh=title_zh,
            title_en=title_en,
            source=self._text(keys.get("source")),
            require=require,
            effective_from=start,
            effective_to=end,
            unconfirmed=self._texts(keys.get("unconfirmed")),
            scope=scope,
        )

    def _required_condition(self, node: Node) -> Condition | None:
        assert isinstance(node.value, dict)
        if "require" not in node.value:
            self.fault(node, "The rule lacks the key require.", "Say what it demands.")
            return None
        return self.condition(node.value["require"])

    def _required(self, node: Node, key: str) -> str:
        assert isinstance(node.value, dict)
        found = node.value.get(key)
        text = "" if found is None else self._text(found)
        if not text:
            self.fault(found or node, f"The rule lacks the key {key}.", f"Give it a {key}.")
        return text

    def _title(self, node: Node) -> tuple[str, str]:
        assert isinstance(node.value, dict)
        title = node.value.get("title")
        if title is not None and isinstance(title.value, dict):
            self._only(title.value, ("zh", "en"))
            zh = self._text(title.value.get("zh"))
            en = self._text(title.value.get("en"))
        else:
            zh = en = self._text(title)
        fallback = self._text(node.value.get("id"))
        return zh or en or fallback, en or zh or fallback

    def _kinds(self, node: Node | None) -> tuple[str, ...]:
        kinds = self._texts(node)
        known = words_of(NeedKind)
        for kind in kinds:
            if folded(kind) not in known:
                assert node is not None
                self.fault(node, f"There is no kind of offer {kind!r}.",
                           f"Use {', '.join(NeedKind)}.")  # fmt: skip
        return tuple(known.get(folded(kind), kind) for kind in kinds)

    # -- conditions ----------------------------------------------------------------------------

    def condition(self, node: Node, depth: int = 0) -> Condition | None:
        """Read a condition: an object of facts and groups, or a list, all of which must hold."""
        if depth > DEEPEST:
            self.fault(node, f"Conditions are nested deeper than {DEEPEST}.", "Flatten them.")
            return None
        if isinstance(node.value, list):
            return self._group(Op.ALL, node, depth)
        if not isinstance(node.value, dict) or not node.value:
            self.fault(node, "A condition must be an object such as {employees: {max: 300}}.",
                       "Name a fact, or all, any, none, rule, score, judge.")  # fmt: skip
            return None
        keys = dict(node.value)
        parts: list[Condition | None] = []
        if "if" in keys or "then" in keys:
            parts.append(self._when(node, keys.pop("if", None), keys.pop("then", None), depth))
        for key, value in keys.items():
            read = _FORMS.get(key)
            if read is not None:
                parts.append(read(self, value, depth))
            elif key in FACTS:
                parts.append(self._about(FACTS[key], value))
            else:
                near = _near(key)
                remedy = f"Did you mean {near}?" if near else "See finmatch rules schema."
                self.fault(value, f"There is no fact {key!r}.", remedy)
                parts.append(None)
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            return None
        return known[0] if len(known) == 1 else Group(Op.ALL, tuple(known))

    def _group(self, op: Op, node: Node, depth: int) -> Condition | None:
        if not isinstance(node.value, list) or not node.value:
            self.fault(node, f"{op.value} needs a list of conditions; it is empty.",
                       "List at least one.")  # fmt: skip
            return None
        parts = [self.condition(part, depth + 1) for part in node.value]
        known = tuple(part for part in parts if part is not None)
        return Group(op, known) if len(known) == len(parts) else None

    def _when(
        self, node: Node, guard: Node | None, body: Node | None, depth: int
    ) -> Condition | None:
        if guard is None or body is None:
            self.fault(node, "if and then belong together.", "Write both.")
            return None
        made = self.condition(guard, depth + 1), self.condition(body, depth + 1)
        return None if made[0] is None or made[1] is None else When(made[0], made[1])

    def _named(self, node: Node, _depth: int) -> Condition | None:
        text = self._text(node)
        if not text:
            self.fault(node, "rule needs the id of another rule.", "Write rule: cn.high_tech.")
            return None
        return Named(text)

    def _judge(self, node: Node, _depth: int) -> Condition | None:
        if isinstance(node.value, dict):
            self._only(node.value, ("zh", "en", "fact"))
            zh, en, fact = (self._text(node.value.get(key)) for key in ("zh", "en", "fact"))
            if fact and (fact not in FACTS or FACTS[fact].kind is not FactKind.FLAG):
                self.fault(node, f"{fact!r} is no flag.", "Name a fact that is true or false.")
                return None
        else:
            zh = en = self._text(node)
            fact = ""
        if not (zh or en):
            self.fault(node, "judge needs a sentence.", "Say what a person has to judge.")
            return None
        return Judged(zh or en, en or zh, fact or None)

    def _quota(self, node: Node, _depth: int) -> Condition | None:
        left = self._number(FACTS["amount"], node, "quota_left")
        if left is None:
            return None
        number, currency = left
        if number == 0:
            return Never("额度已用完", "The quota is used up.")
        return Bounds("amount", most=number, currency=currency)

    def _score(self, node: Node, depth: int) -> Condition | None:
        if not isinstance(node.value, dict):
            self.fault(node, "score must be an object.", "Give it at_least or above, and items.")
            return None
        keys = node.value
        self._only(keys, ("at_least", "above", "items"))
        ends = [key for key in ("at_least", "above") if key in keys]
        items = keys.get("items")
        if len(ends) != 1 or items is None or not isinstance(items.value, list) or not items.value:
            self.fault(node, "score needs one of at_least and above, and a list of items.",
                       "See docs/eligibility.md.")  # fmt: skip
            return None
        threshold = self._points(keys[ends[0]])
        read = [self._score_item(item, depth) for item in items.value]
        known = tuple(item for item in read if item is not None)
        if threshold is None or len(known) < len(read):
            return None
        return Score(threshold, known, open_end=ends[0] == "above")

    def _score_item(self, node: Node, depth: int) -> tuple[Band, ...] | None:
        if not isinstance(node.value, list) or not node.value:
            self.fault(node, "An item of a score is a list of bands.", "Write points and if.")
            return None
        bands = []
        for band in node.value:
            if not isinstance(band.value, dict) or set(band.value) != {"points", "if"}:
                self.fault(band, "A band has points and if.", "Write {points: 10, if: {…}}.")
                return None
            points = self._points(band.value["points"])
            condition = self.condition(band.value["if"], depth + 1)
            if points is None or condition is None:
                return None
            bands.append(Band(points, condition))
        return tuple(bands)

    def _points(self, node: Node) -> float | None:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            self.fault(node, f"Points must be a number from 0; got {value!r}.", "Write a number.")
            return None
        return float(value)

    # -- facts ---------------------------------------------------------------------------------

    def _about(self, spec: FactSpec, node: Node) -> Condition | None:
        if spec.numeric:
            return self._bounds(spec, node)
        if spec.kind is FactKind.FLAG:
            if not isinstance(node.value, bool):
                self.fault(node, f"{spec.name} is true or false; got {node.plain()!r}.",
                           "Write true or false.")  # fmt: skip
                return None
            return OneOf(spec.name, (YES if node.value else NO,))
        return self._listed(spec, node)

    def _bounds(self, spec: FactSpec, node: Node) -> Condition | None:
        if not isinstance(node.value, dict) or not node.value:
            self.fault(node, f"{spec.name} needs bounds; got {node.plain()!r}.",
                       "Write {min: …, max: …}; above and below exclude their ends.")  # fmt: skip
            return None
        keys = node.value
        self._only(keys, BOUND_KEYS)
        for one, other in (("min", "above"), ("max", "below")):
            if one in keys and other in keys:
                self.fault(keys[other], f"{one} and {other} exclude each other.", "Keep one.")
                return None
        found = {key: self._number(spec, keys[key], key) for key in BOUND_KEYS if key in keys}
        if not found or any(value is None for value in found.values()):
            return None
        numbers = {key: value[0] for key, value in found.items() if value is not None}
        currencies = {value[1] for value in found.values() if value is not None} - {None}
        if len(currencies) > 1:
            self.fault(node, f"{spec.name} has bounds in two currencies.", "Use one.")
            return None
        least, most = (
            numbers.get(a, numbers.get(b)) for a, b in (("min", "above"), ("max", "below"))
        )
        open_ends = "above" in numbers, "below" in numbers
        if (
            least is not None
            and most is not None
            and (least > most or (least == most and any(open_ends)))
        ):
            self.fault(node, f"{spec.name} has a lower bound above its upper bound.",
                       "Swap or correct the two.")  # fmt: skip
            return None
        return Bounds(spec.name, least, most, *open_ends, currency=next(iter(currencies), None))

    def _number(self, spec: FactSpec, node: Node, key: str) -> tuple[float, str | None] | None:
        value = node.value
        if isinstance(value, bool | list | dict) or value is None:
            self.fault(node, f"{key} of {spec.name} must be one value; got {node.plain()!r}.",
                       f"Write it like {EXAMPLE[spec.kind]}.")  # fmt: skip
            return None
        try:
            number, currency = read_number(spec, value)
        except ParseError as error:
            self.fault(node, f"{key} of {spec.name}: {value!r} cannot be used. {error.message}",
                       f"Write it like {EXAMPLE[spec.kind]}.")  # fmt: skip
            return None
        below = number < 0 and spec.kind not in (FactKind.PERCENT, FactKind.DAY)
        if not math.isfinite(number) or below:
            self.fault(node, f"{key} of {spec.name} is {value!r}.", "Write a number from 0.")
            return None
        return number, currency

    def _listed(self, spec: FactSpec, node: Node) -> Condition | None:
        if not isinstance(node.value, dict):
            values = self._values(spec, node)
            return None if values is None else OneOf(spec.name, values)
        self._only(node.value, tuple(LIST_KEYS))
        parts = []
        for key, mode in LIST_KEYS.items():
            if key not in node.value:
                continue
            if mode is Mode.ALL and spec.kind in (FactKind.CODE, FactKind.WORD):
                self.fault(node.value[key], f"{spec.name} has one value: it cannot be all of them.",
                           "Use in.")  # fmt: skip
                return None
            values = self._values(spec, node.value[key])
            if values is None:
                return None
            parts.append(OneOf(spec.name, values, mode))
        if not parts:
            self.fault(node, f"{spec.name} lists nothing.", "Use in, not_in or all_of.")
            return None
        accepted = {v for part in parts if part.mode is not Mode.NONE for v in part.values}
        refused = {v for part in parts if part.mode is Mode.NONE for v in part.values}
        both = accepted & refused
        if both:
            self.fault(node, f"{spec.name} accepts and refuses {min(both)!r}.", "Keep one of both.")
            return None
        return parts[0] if len(parts) == 1 else Group(Op.ALL, tuple(parts))

    def _values(self, spec: FactSpec, node: Node) -> tuple[str, ...] | None:
        values = self._texts(node)
        if not values:
            self.fault(node, f"{spec.name} has an empty list: nobody could meet it.",
                       "List at least one value, or leave the condition out.")  # fmt: skip
            return None
        if spec.kind is FactKind.PLACES and EVERYWHERE & {value.casefold() for value in values}:
            self.fault(node, f"{spec.name} names a place that restricts nothing.",
                       "Leave the condition out.")  # fmt: skip
            return None
        if spec.choice is None:
            return values
        known = choice_words(spec.choice)
        wrong = [value for value in values if folded(value) not in known]
        for value in wrong:
            self.fault(node, f"{spec.name} cannot be {value!r}.",
                       f"Use {', '.join(spec.choice)}.")  # fmt: skip
        return None if wrong else tuple(dict.fromkeys(known[folded(v)] for v in values))

    # -- pieces --------------------------------------------------------------------------------

    def _only(self, keys: Mapping[str, Node], known: tuple[str, ...]) -> None:
        for key, value in keys.items():
            if key not in known:
                self.fault(value, f"The key {key!r} means nothing here.",
                           f"Use {', '.join(known)}.")  # fmt: skip

    def _text(self, node: Node | None) -> str:
        if node is None or node.value is None:
            return ""
        if isinstance(node.value, list | dict):
            self.fault(node, "One text is expected here.", "Write it without braces and brackets.")
            return ""
        return str(node.value).strip()

    def _texts(self, node: Node | None) -> tuple[str, ...]:
        if node is None or node.value is None:
            return ()
        items = node.value if isinstance(node.value, list) else [node]
        return tuple(text for item in items if (text := self._text(item)))

    def _day(self, node: Node | None) -> dt.date | None:
        if node is None or node.value in (None, ""):
            return None
        try:
            return read_day(node.value)
        except ParseError:
            self.fault(node, f"{node.plain()!r} is no day.", "Write it like 2026-04-01.")
            return None


def _near(key: str) -> str | None:
    from difflib import get_close_matches

    words = {spec.zh: name for name, spec in FACTS.items()} | {name: name for name in FACTS}
    found = get_close_matches(key, [*words, *_FORMS], n=1)
    return words.get(found[0], found[0]) if found else None


_FORMS: Mapping[str, Callable[[Reader, Node, int], Condition | None]] = {
    "all": lambda reader, node, depth: reader._group(Op.ALL, node, depth),
    "any": lambda reader, node, depth: reader._group(Op.ANY, node, depth),
    "none": lambda reader, node, depth: reader._group(Op.NONE, node, depth),
    "rule": Reader._named,
    "judge": Reader._judge,
    "score": Reader._score,
    "quota_left": Reader._quota,
}
