"""Sentences, templates and views hold together; placeholders agree in both languages."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from service import pages
from service.pages.rendering import environment
from service.pages.wording import PARTS, WORDING

FOLDER = Path(pages.__file__).parent
KEY = re.compile(r"[a-z_]+(\.[a-z0-9_]+)+")
CJK = re.compile(r"[\u4e00-\u9fff]")
SAYERS = frozenset({"t", "say"})

STOCK = ("frame.", "role.")
"""Words that any page may take."""

ENGLISH_IN_CHINESE = re.compile(
    r"CNY|Excel|CSV|API|JSON|ID|FinMatch|USCC|LPR|IP|NDCG|MRR|HHI|Gini|iCalendar|ICS|K|k|P|R|URL"
    r"|Parquet|English|SHA-256|X-API-Key|xlsx|Ctrl|Enter|Esc|Tab|PDF|TREC|AUC|CTR|csv|MB|A|B|C|D|M|I|O|Z|C2659|n"
)
"""Names that Chinese sentences keep as they are."""


def templates() -> list[str]:
    return environment().list_templates(extensions=["jinja"])


def _keys(node: nodes.Node) -> Iterator[str]:
    """Yield the keys that an argument may be; a prefix ends in a star."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.CondExpr):
        yield from _keys(node.expr1)
        if node.expr2 is not None:
            yield from _keys(node.expr2)
    elif isinstance(node, nodes.Concat):
        first = node.nodes[0]
        if isinstance(first, nodes.Const):
            yield f"{first.value}*"
    elif isinstance(node, nodes.Add | nodes.Mod) and isinstance(node.left, nodes.Const):
        yield f"{str(node.left.value).partition('%')[0]}*"


def keys_of_template(name: str) -> set[str]:
    source = (FOLDER / "templates" / name).read_text(encoding="utf-8")
    tree = environment().parse(source)
    calls = [
        call
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in SAYERS and call.args
    ]
    return {key for call in calls for key in _keys(call.args[0])}


def texts_of_template(name: str) -> set[str]:
    """Return every literal text, for keys that a template passes on to a macro."""
    source = (FOLDER / "templates" / name).read_text(encoding="utf-8")
    tree = environment().parse(source)
    return {n.value for n in tree.find_all(nodes.Const) if isinstance(n.value, str)}


def python_files() -> list[Path]:
    return [path for path in FOLDER.rglob("*.py") if path.parent.name != "wording"]


def keys_of_python(path: Path) -> tuple[set[str], set[str]]:
    """Return the keys that are said outright, and every text that may be a key or a prefix."""
    said, texts = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            texts.add(f"{node.values[0].value}*")
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "say":
            texts_said = [one.value for one in node.args if isinstance(one, ast.Constant)]
            said |= {text for text in texts_said if isinstance(text, str) and KEY.fullmatch(text)}
    return said, texts


def _covers(found: str, key: str) -> bool:
    if found.endswith("*"):
        return len(found) > 2 and key.startswith(found[:-1])
    return found == key


@pytest.mark.parametrize("name", templates())
def test_every_key_of_a_template_is_defined(name: str):
    unknown = [key for key in keys_of_template(name) if not any(_covers(key, k) for k in WORDING)]
    assert not unknown


def test_every_key_that_a_view_says_is_defined():
    said = {key for path in python_files() for key in keys_of_python(path)[0]}
    assert said <= set(WORDING)


def test_every_sentence_is_used():
    used = {key for name in templates() for key in keys_of_template(name) | texts_of_template(name)}
    used |= {text for path in python_files() for text in keys_of_python(path)[1]}
    exact = {text for text in used if not text.endswith("*")}
    prefixes = tuple(text[:-1] for text in used if text.endswith("*") and len(text) > 2)
    prefixes += STOCK
    unused = [key for key in WORDING if key not in exact and not key.startswith(prefixes)]
    assert not unused


def test_no_key_is_defined_twice():
    counts = Counter(key for part in PARTS for key in part)
    assert [key for key, n in counts.items() if n > 1] == []


@pytest.mark.parametrize("key", sorted(WORDING))
def test_both_languages_say_the_same(key: str):
    message = WORDING[key]
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(text) if name}
        for text in (message.zh, message.en)
    ]
    assert fields[0] == fields[1]
    assert message.zh.strip()
    assert message.en.strip()
    if key != "frame.language":  # it names the other language
        assert not CJK.search(message.en)
        words = re.findall(r"[A-Za-z][A-Za-z0-9-]*", re.sub(r"\{\w*[^}]*\}", "", message.zh))
        assert not [word for word in words if not ENGLISH_IN_CHINESE.fullmatch(word)]
