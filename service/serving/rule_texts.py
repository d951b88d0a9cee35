"""A rule of an offer as somebody types it: checked with the path and line of every fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.rules.files import node_from_text
from data.rules.nodes import Fault, Node
from data.rules.reading import Reader
from service.serving.offer_rules import GIVEN_BY_PATH

MOST_TEXT = 50_000
"""Characters of one rule: some twenty pages."""
UNNAMED = "draft"


def read_rule_text(text: str) -> tuple[dict[str, Any], list[Fault]]:
    """Return the body of a rule as plain values, and everything that is wrong with the text.

    The text is YAML or JSON: one rule without what its offer and name say already. Whether names
    of other rules lead anywhere shows when it is stored.
    """
    reader = Reader()
    if len(text) > MOST_TEXT:
        fault = Fault("", None, f"The text has more than {MOST_TEXT:,} characters.", "Shorten it.")
        return {}, [fault]
    root = node_from_text(text, reader)
    if root is None:
        return {}, reader.faults
    if not isinstance(root.value, dict):
        reader.fault(root, "A rule must be an object.", "Give it version, title and require.")
        return {}, reader.faults
    body: Mapping[str, Node] = root.value
    for key in GIVEN_BY_PATH:
        if key in body:
            reader.fault(body[key], f"{key} is given by the offer.", "Leave it out.")
    named = {**body, "id": Node(UNNAMED, "id", root.line)}
    reader.rule(Node(named, "", root.line))
    plain = root.plain()
    assert isinstance(plain, dict)
    return plain, reader.faults
