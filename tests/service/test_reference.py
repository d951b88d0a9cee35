"""The reference in ``docs/cli.md`` and the Chinese help are those of the commands."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from service.cli.app import build_command
from service.cli.chinese import HELP, SHARED
from service.cli.reference import main, renewed, verbs
from service.settings import Language

VERBS = dict(verbs(build_command()))


def test_the_page_is_up_to_date(repository: Path):
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    assert page == renewed(page), "run `python -m service.cli.reference docs/cli.md`"


def test_the_page_can_be_written_anew(tmp_path: Path, repository: Path):
    page = (repository / "docs" / "cli.md").read_text(encoding="utf-8")
    outdated = tmp_path / "cli.md"
    outdated.write_text(page.replace("### finmatch", "### gone"), encoding="utf-8")
    main([str(outdated)])
    assert outdated.read_text(encoding="utf-8") == page


@pytest.mark.parametrize("path", VERBS)
def test_every_verb_has_an_example_of_itself(path: str):
    examples = VERBS[path].epilog.splitlines()[1:]
    assert examples
    for line in examples:
        assert line.startswith(path)


@pytest.mark.parametrize("path", VERBS)
def test_the_examples_use_options_that_exist(path: str):
    options = {name for part in VERBS[path].params for name in (*part.opts, *part.secondary_opts)}
    for line in VERBS[path].epilog.splitlines()[1:]:
        used = {word for word in shlex.split(line) if word.startswith("-")}
        assert used <= options


ENDLESS = frozenset({"finmatch serve", "finmatch jobs run"})
"""Verbs that work until they are interrupted and have no result."""


@pytest.mark.parametrize("path", sorted(set(VERBS) - ENDLESS))
def test_programs_can_read_every_verb(path: str):
    assert "--json" in {name for part in VERBS[path].params for name in part.opts}


def paths(command: Any, path: str = "") -> list[str]:
    found = [path, *(f"{path}.{part.name}" if path else part.name for part in command.params)]
    for name, child in getattr(command, "commands", {}).items():
        found += paths(child, f"{path} {name}".strip())
    return found


def test_the_chinese_help_has_no_text_that_nothing_uses():
    assert set(HELP) - set(paths(build_command())) == set()
    used = {path.rpartition(".")[2] for path in paths(build_command())}
    assert set(SHARED) - used == {"help"}


def test_the_chinese_help_is_chinese():
    for path, command in verbs(build_command(Language.ZH)):
        texts = [command.help, *(part.help for part in command.params)]
        assert all(any("一" <= letter <= "鿿" for letter in text) for text in texts), path
