"""Rule files: YAML, JSON and Excel become nodes that know their lines, then rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from data.errors import InputError
from data.rules.nodes import Fault, Node, RuleFaultsError, node_of
from data.rules.reading import Reader
from data.rules.rule import Rule
from data.rules.sheets import nodes_of_workbook

YAML_SUFFIXES, JSON_SUFFIX, EXCEL_SUFFIX = (".yaml", ".yml"), ".json", ".xlsx"
SUFFIXES = (*YAML_SUFFIXES, JSON_SUFFIX, EXCEL_SUFFIX)
MOST_NODES = 2_000_000
"""More values than any rule file has: a file that aliases itself over and over ends here."""


def read_rules(paths: Sequence[Path]) -> list[Rule]:
    """Read rule files.

    Raises
    ------
    RuleFaultsError
        With every fault of every file, each with path and line.
    InputError
        A file cannot be opened or is of no known format.
    """
    rules: list[Rule] = []
    faults: list[Fault] = []
    for path in paths:
        reader = Reader(path.name)
        root = _root(path, reader)
        if root is not None:
            rules += reader.rules(root)
        faults += reader.faults
    faults += overlaps(rules)
    if faults:
        raise RuleFaultsError(faults)
    return rules


def rules_from_plain(content: object, *, file: str = "") -> list[Rule]:
    """Read rules from plain data, as ``json.loads`` gives it; raises as :func:`read_rules`."""
    reader = Reader(file)
    rules = reader.rules(node_of(content))
    faults = reader.faults + overlaps(rules)
    if faults:
        raise RuleFaultsError(faults)
    return rules


def node_from_text(text: str, reader: Reader) -> Node | None:
    """Return the content of a YAML text, which JSON is too, with the line of every value.

    What is wrong ends up in the reader's faults, and then there may be nothing to return.
    """
    return _of_yaml(text, Path(reader.file), reader)


def overlaps(rules: Iterable[Rule]) -> list[Fault]:
    """Return a fault for every two versions of one rule that hold on a common day."""
    versions: dict[str, list[Rule]] = {}
    faults = []
    for rule in rules:
        for other in versions.setdefault(rule.rule_id, []):
            if other.version == rule.version:
                faults.append(
                    Fault(rule.rule_id, None, f"Version {rule.version!r} is there twice.",
                          "Give each version its own name.")
                )  # fmt: skip
            elif rule.overlaps(other):
                faults.append(
                    Fault(
                        rule.rule_id, None,
                        f"Versions {other.version!r} and {rule.version!r} hold on common days.",
                        "Set effective_to of the older one to the day before the newer one begins.",
                    )
                )  # fmt: skip
        versions[rule.rule_id].append(rule)
    return faults


def _root(path: Path, reader: Reader) -> Node | None:
    suffix = path.suffix.lower()
    if suffix == EXCEL_SUFFIX:
        return nodes_of_workbook(path)
    if suffix not in SUFFIXES:
        raise InputError(
            f"{path.name} is of no format that holds rules.",
            field="rules",
            remedy=f"Give a file that ends in {', '.join(SUFFIXES)}.",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} is not in UTF-8: {error.reason} at byte {error.start}.",
            field="rules",
            remedy="Save it in UTF-8.",
        ) from error
    if suffix == JSON_SUFFIX:
        return _of_json(text, path, reader)
    return _of_yaml(text, path, reader)


def _of_json(text: str, path: Path, reader: Reader) -> Node | None:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        fault = Fault("", error.lineno, f"This is no JSON: {error.msg}.", "", path.name)
        reader.faults.append(fault)
        return None
    quiet = Reader(path.name)
    located = _of_yaml(text, path, quiet)  # JSON is YAML but for rare blanks; this finds the lines
    return node_of(content) if located is None or quiet.faults else located


def _of_yaml(text: str, path: Path, reader: Reader) -> Node | None:
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            reader.faults.append(Fault("", 1, "The file is empty.", "", path.name))
            return None
        return _Building(loader, reader).node(root, "")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else mark.line + 1
        said = error.problem or error.context or "it cannot be read"
        reader.faults.append(Fault("", line, f"This is no YAML: {said}.", "", path.name))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = str(error).split("\n", maxsplit=1)[0]
        reader.faults.append(Fault("", None, f"This is no YAML: {said}.", "", path.name))
    return None


class _Building:
    """Turns the nodes of the YAML parser into ours, without following an alias too often."""

    def __init__(self, loader: Any, reader: Reader) -> None:
        self.loader = loader
        self.reader = reader
        self.count = 0

    def node(self, found: yaml.Node, path: str) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            raise ValueError("it repeats itself without end")
        line = found.start_mark.line + 1
        if isinstance(found, yaml.MappingNode):
            return self._mapping(found, path, line)
        if isinstance(found, yaml.SequenceNode):
            items = [self.node(part, f"{path}[{n}]") for n, part in enumerate(found.value)]
            return Node(items, path, line)
        value: Any = self.loader.construct_object(found)
        return node_of(value, path, line)

    def _mapping(self, found: yaml.MappingNode, path: str, line: int) -> Node:
        inner: dict[str, Node] = {}
        for key_node, value_node in found.value:
            key = str(key_node.value)
            at = f"{path}.{key}" if path else key
            value = self.node(value_node, at)
            if key in inner:
                self.reader.fault(
                    Node(None, at, key_node.start_mark.line + 1),
                    f"The key {key!r} is there twice.",
                    "Keep one.",
                )
            inner[key] = value
        return Node(inner, path, line)
