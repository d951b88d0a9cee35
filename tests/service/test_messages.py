"""Messages: both languages say the same things, and every key is used."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from service.messages import MESSAGES, say
from service.settings import Language

BUILT_KEYS = (
    "kind.",
    "record.",
    "status.",
    "step.",
    "validate.",
    "dropped.",
    "verdict.",
    "origin.",
    "meaning.",
    "jobs.state.",
    "role.",
)
"""Beginnings of keys that the code puts together."""


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_both_languages_have_the_same_placeholders(key: str):
    message = MESSAGES[key]
    assert message.zh
    assert message.en
    assert placeholders(message.zh) == placeholders(message.en)


def source_of_the_service(repository: Path) -> str:
    files = sorted((repository / "service").rglob("*.py"))
    return "\n".join(
        path.read_text(encoding="utf-8") for path in files if path.name != "messages.py"
    )


def test_every_key_is_used(repository: Path):
    source = source_of_the_service(repository)
    idle = [key for key in MESSAGES if f'"{key}"' not in source and not key.startswith(BUILT_KEYS)]
    assert idle == []


def test_every_key_that_is_used_exists(repository: Path):
    used = re.findall(
        r"(?:\.text|\.line|\.note)\(\s*\"([a-z_.]+)\"", source_of_the_service(repository)
    )
    assert len(used) > 10
    assert set(used) - set(MESSAGES) == set()


def test_say_fills_the_placeholders():
    assert say(Language.EN, "usage.missing_option", name="--data") == (
        "The option --data is missing."
    )
    assert say(Language.ZH, "usage.missing_option", name="--data") == "缺少选项 --data。"
