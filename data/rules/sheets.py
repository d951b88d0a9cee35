"""Rules in Excel: one row is one condition; rows of one rule and version belong together.

The first row of a rule carries its title, days and scope; all rows carry id and version. ``group``
says how rows combine: ``all`` (or empty), ``none``, or ``any 1``, ``any 2`` … for alternatives, all
rows of one number being one set of alternatives. A condition that has no such row form stands in
the column ``condition`` as YAML, ``{score: …}`` for instance.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from data.errors import InputError
from data.rules.nodes import Node, node_of
from data.rules.rule import Rule
from data.rules.vocabulary import FACTS, FactKind
from data.rules.writing import plain_rule

RULE_COLUMNS = (
    "id", "version", "title_zh", "title_en", "effective_from", "effective_to", "source",
    "unconfirmed", "offers", "institutions", "kinds", "when",
)  # fmt: skip
CONDITION_COLUMNS = (
    "group", "fact", "min", "max", "above", "below", "in", "not_in", "all_of", "is", "condition",
)  # fmt: skip
COLUMNS = (*RULE_COLUMNS, *CONDITION_COLUMNS)
LIST_COLUMNS = frozenset(
    {"unconfirmed", "offers", "institutions", "kinds", "in", "not_in", "all_of"}
)
LIST_MARK = "、"
SHEET = "rules"


def nodes_of_workbook(path: Path) -> Node:
    """Return the rules of the first sheet as nodes; lines are the rows that Excel shows.

    Raises
    ------
    InputError
        The file is no workbook, or lacks the columns ``id`` and ``version``.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(path, read_only=True, data_only=True)
        rows = [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as an Excel workbook: {error}.",
            field="rules",
            remedy="Save it as .xlsx, or write YAML.",
        ) from error
    headings = [str(cell or "").strip() for cell in (rows[0] if rows else ())]
    missing = {"id", "version"} - set(headings)
    if missing:
        raise InputError(
            f"{path.name} lacks the column {min(missing)!r} in its first row.",
            field="rules",
            remedy=f"Use the columns {', '.join(COLUMNS)}.",
        )
    groups: dict[tuple[str, str], list[tuple[int, dict[str, Any]]]] = {}
    for number, row in enumerate(rows[1:], start=2):
        cells = {name: value for name, value in zip(headings, row, strict=False) if name}
        if any(value not in (None, "") for value in cells.values()):
            key = str(cells.get("id") or ""), str(cells.get("version") or "")
            groups.setdefault(key, []).append((number, cells))
    listed = [_rule(lines, f"rules[{n}]") for n, lines in enumerate(groups.values())]
    return Node({"rules": Node(listed, "rules", 2)}, "", 1)


def _rule(lines: list[tuple[int, dict[str, Any]]], path: str) -> Node:
    first, head = lines[0]
    keys: dict[str, Node] = {}
    for name, value in head.items():
        if value in (None, "") or name in CONDITION_COLUMNS or name.startswith("title_"):
            continue
        keys[name] = _cell(name, value, f"{path}.{name}", first)
    titles = {
        language: Node(str(head[f"title_{language}"]), f"{path}.title.{language}", first)
        for language in ("zh", "en")
        if head.get(f"title_{language}")
    }
    if titles:
        keys["title"] = Node(dict(titles), f"{path}.title", first)
    keys["require"] = _require(lines, f"{path}.require")
    return Node(keys, path, first)


def _cell(name: str, value: Any, path: str, line: int) -> Node:
    if name == "when":
        return _yaml(value, path, line)
    if name in LIST_COLUMNS:
        items = [item.strip() for item in str(value).replace("\n", LIST_MARK).split(LIST_MARK)]
        return node_of([item for item in items if item], path, line)
    return node_of(value if hasattr(value, "isoformat") else str(value), path, line)


def _require(lines: list[tuple[int, dict[str, Any]]], path: str) -> Node:
    groups: dict[str, list[Node]] = {}
    for line, cells in lines:
        name = " ".join(str(cells.get("group") or "all").lower().split())
        alone = f"all {line}" if name == "all" else name
        groups.setdefault(alone, []).append(_condition(cells, path, line))
    parts: list[Node] = []
    for name, nodes in groups.items():
        key, at = name.split(" ")[0], nodes[0].line
        inner = Node({key: Node(list(nodes), f"{path}.{key}", at)}, path, at)
        parts.append(nodes[0] if key == "all" else inner)
    return parts[0] if len(parts) == 1 else Node(parts, path, lines[0][0])


def _condition(cells: dict[str, Any], path: str, line: int) -> Node:
    if cells.get("condition") not in (None, ""):
        return _yaml(cells["condition"], path, line)
    fact = str(cells.get("fact") or "").strip()
    at = f"{path}.{fact}"
    if cells.get("is") not in (None, ""):
        return Node({fact: _is(cells["is"], at, line)}, path, line)
    inner = {
        key: _bound(fact, cells[key], f"{at}.{key}", line, key)
        for key in CONDITION_COLUMNS[2:9]
        if cells.get(key) not in (None, "")
    }
    return Node({fact: Node(dict(inner), at, line)}, path, line)


def _bound(fact: str, value: Any, path: str, line: int, key: str) -> Node:
    if key in LIST_COLUMNS:
        return _cell(key, value, path, line)
    spec = FACTS.get(fact)
    if isinstance(value, float) and spec is not None and spec.kind is FactKind.COUNT:
        value = int(value) if value.is_integer() else value
    return node_of(value, path, line)


def _is(value: Any, path: str, line: int) -> Node:
    words = {"true": True, "yes": True, "是": True, "false": False, "no": False, "否": False}
    return Node(words.get(str(value).strip().lower(), str(value)), path, line)


def _yaml(value: Any, path: str, line: int) -> Node:
    try:
        return node_of(yaml.safe_load(str(value)), path, line)
    except yaml.YAMLError:
        return Node(str(value), path, line)


def write_workbook(path: Path, rules: Iterable[Rule]) -> None:
    """Write rules in the form that :func:`nodes_of_workbook` reads; ``path`` is written whole."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    sheet.append(list(COLUMNS))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for rule in rules:
        for row in _rows(plain_rule(rule)):
            sheet.append([row.get(name) for name in COLUMNS])
    book.save(path)


def _rows(written: dict[str, Any]) -> list[dict[str, Any]]:
    title = written.pop("title", {})
    require, when = written.pop("require"), written.pop("when", None)
    head: dict[str, Any] = {
        name: LIST_MARK.join(value) if isinstance(value, list) else value
        for name, value in written.items()
    }
    head |= {"title_zh": title.get("zh"), "title_en": title.get("en")}
    if when is not None:
        head["when"] = _flow(when)
    rows: list[dict[str, Any]] = []
    parts = require["all"] if set(require) == {"all"} else [require]
    number = 0
    for part in parts:
        (key,) = part
        inner = part[key] if key in ("any", "none") else [part]
        if key == "any":
            number += 1
        group = {"any": f"any {number}", "none": "none"}.get(key, "all")
        if group == "none" and sum("none" in other for other in parts) > 1:
            group, inner = "all", [part]  # two of them would run together in one
        rows += [{"group": group, **_row(one)} for one in inner]
    own = {"id": head["id"], "version": head["version"]}
    return [{**(head if n == 0 else own), **row} for n, row in enumerate(rows)]


def _row(condition: dict[str, Any]) -> dict[str, Any]:
    (fact,) = condition
    value = condition[fact]
    if fact not in FACTS:
        return {"condition": _flow(condition)}
    if isinstance(value, bool):
        return {"fact": fact, "is": "true" if value else "false"}
    if isinstance(value, list):
        value = {"in": value}
    cells = {k: LIST_MARK.join(v) if isinstance(v, list) else v for k, v in value.items()}
    return {"fact": fact, **cells}


def _flow(condition: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(condition, allow_unicode=True, default_flow_style=True, width=10_000)
    return text.strip()
