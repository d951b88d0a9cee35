"""The documents tell the truth: their commands, targets and links exist."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def fenced_commands(path: Path) -> list[list[str]]:
    """Return the commands of the ```` ```sh ```` blocks of a Markdown file, split into words."""
    blocks = re.findall(r"^```(?:sh|bash)\n(.*?)^```", path.read_text("utf-8"), re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if shlex.split(line, comments=True)]


def documents(repository: Path) -> list[Path]:
    """Return every Markdown document of the project."""
    return sorted([*repository.glob("*.md"), *(repository / "docs").rglob("*.md")])


def make_targets(repository: Path) -> set[str]:
    """Return the targets that ``make help`` lists."""
    text = (repository / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):.*## ", text, re.MULTILINE))


def test_every_phony_target_has_a_help_line(repository: Path):
    text = (repository / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony is not None
    assert set(phony.group(1).split()) == make_targets(repository)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_help_lists_the_two_main_commands(repository: Path):
    listed = subprocess.run(
        ["make", "help"], cwd=repository, capture_output=True, text=True, check=True
    ).stdout
    assert re.search(r"^  demo  ", listed, re.MULTILINE)
    assert re.search(r"^  test  ", listed, re.MULTILINE)


def test_the_readme_opens_with_the_two_commands(repository: Path):
    first = [" ".join(words) for words in fenced_commands(repository / "README.md")[:2]]
    assert first == ["make demo", "make test"]


def test_make_commands_in_documents_exist(repository: Path):
    targets = make_targets(repository)
    for path in documents(repository):
        for words in fenced_commands(path):
            if words[0] == "make":
                named = [word for word in words[1:] if "=" not in word and word[0] != "-"]
                assert set(named) <= targets, f"{path.name}: {' '.join(words)}"


def documented_verbs(repository: Path) -> dict[tuple[str, ...], set[str]]:
    """Return each documented ``finmatch`` verb (with its subcommand) → options shown with it."""
    verbs: dict[tuple[str, ...], set[str]] = {}
    for path in documents(repository):
        for words in fenced_commands(path):
            if words[0].rsplit("/", 1)[-1] != "finmatch":
                continue
            verb: list[str] = []
            for word in words[1:]:
                if not re.fullmatch(r"[a-z]+", word):
                    break
                verb.append(word)
            options = {word for word in words if re.fullmatch(r"--[a-z-]+", word)}
            verbs.setdefault(tuple(verb[:2]), set()).update(options)
    return verbs


def test_finmatch_commands_in_documents_exist(repository: Path):
    pytest.importorskip("service.cli", reason="there is no command line to ask")
    program = "import sys; from service.cli import main; sys.exit(main())"
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    for verb, options in documented_verbs(repository).items():
        shown = subprocess.run(
            [sys.executable, "-c", program, *verb, "--help"],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert shown.returncode == 0, f"finmatch {' '.join(verb)}: {shown.stderr}"
        absent = {option for option in options if option not in shown.stdout}
        assert absent == set(), f"finmatch {' '.join(verb)} --help lacks {absent}"


def test_links_between_documents_lead_somewhere(repository: Path):
    dead = [
        f"{path.relative_to(repository)}: {target}"
        for path in documents(repository)
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)[^)]*\)", path.read_text("utf-8"))
        if not (path.parent / target).exists()
    ]
    assert dead == []


def test_every_decision_is_in_the_index(repository: Path):
    index = (repository / "docs" / "index.md").read_text(encoding="utf-8")
    pages = sorted((repository / "docs").rglob("*.md"))
    names = [page.relative_to(repository / "docs").as_posix() for page in pages]
    assert [name for name in names if name != "index.md" and f"({name})" not in index] == []


def test_the_changelog_starts_with_what_is_not_released(repository: Path):
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
