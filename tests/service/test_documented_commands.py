"""Every ``finmatch`` command in the documents is one that the parser accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from service.cli import app, main
from service.settings import Language


def documented_commands(repository: Path) -> list[list[str]]:
    """Return the arguments of every command in the ``sh`` blocks of the documents."""
    found = []
    for path in sorted([*repository.glob("*.md"), *(repository / "docs").rglob("*.md")]):
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"^```(?:sh|bash)\n(.*?)^```", text, re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words and words[0].rsplit("/", 1)[-1] == "finmatch":
                    found.append(words[1:])
    return found


def silenced(command: Any) -> Any:
    """Let every verb of ``command`` do nothing once its arguments are read."""
    for child in getattr(command, "commands", {}).values():
        silenced(child)
        if not getattr(child, "commands", {}):
            child.callback = lambda **_: 0
    return command


def test_the_parser_accepts_every_documented_command(
    repository: Path, home: Path, monkeypatch: pytest.MonkeyPatch
):
    quiet = silenced(app.build_command(Language.EN))
    monkeypatch.setattr(app, "build_command", lambda _: quiet)
    commands = documented_commands(repository)
    assert {words[0] for words in commands} >= {"demo", "evaluate", "import", "recommend", "train"}
    refused = [" ".join(words) for words in commands if main(words) != 0]
    assert refused == []
    assert not home.exists()
