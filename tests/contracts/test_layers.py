"""The import contracts of pyproject.toml hold, and each one catches what it forbids."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

PACKAGES = ("data", "features", "matcher", "eval", "training", "service")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the linter in ``folder``; what lies there wins over what is installed."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
        "--no-logo",
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copied_tree(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages' sources that a test may break; it mends what it broke."""
    target = tmp_path_factory.mktemp("tree")
    shutil.copy(repository / "pyproject.toml", target)
    for package in PACKAGES:
        shutil.copytree(
            repository / package, target / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return target


def test_the_contracts_hold(repository: Path):
    result = lint(repository)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


def test_one_module_of_features_imports_the_encoder_library():
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    if "sentence_transformers" in graph.modules:
        assert len(graph.find_modules_that_directly_import("sentence_transformers")) == 1


@pytest.mark.parametrize(
    ("where", "line", "contract"),
    [
        ("data/planted.py", "import features", "Layers: nothing points up"),
        ("features/planted.py", "import matcher", "Layers: nothing points up"),
        ("matcher/planted.py", "import eval", "Layers: nothing points up"),
        ("eval/planted.py", "import training", "Layers: nothing points up"),
        ("training/planted.py", "import service", "Layers: nothing points up"),
        ("service/planted.py", "import training", "The request path"),
        ("service/planted.py", "import eval", "The request path"),
        ("service/planted.py", "import sqlalchemy", "Only data.store knows SQL"),
        ("data/planted.py", "import alembic", "Only data.store knows SQL"),
        ("matcher/planted.py", "import faiss", "Only one module of matcher imports faiss"),
        ("service/planted.py", "import faiss", "Only one module of matcher imports faiss"),
        ("matcher/planted.py", "import lightgbm", "Only one module of matcher imports lightgbm"),
        ("eval/planted.py", "import lightgbm", "Only one module of matcher imports lightgbm"),
        ("training/planted.py", "import torch", "Only the text encoder"),
    ],
)
def test_a_planted_import_is_caught(copied_tree: Path, where: str, line: str, contract: str):
    planted = copied_tree / where
    planted.write_text(f"{line}\n", encoding="utf-8")
    try:
        result = lint(copied_tree)
    finally:
        planted.unlink()
    assert result.returncode == 1, result.stdout
    broken = [row for row in result.stdout.splitlines() if " BROKEN" in row]
    assert len(broken) == 1
    assert broken[0].startswith(contract)


def test_the_command_line_may_train_and_evaluate(copied_tree: Path):
    planted = copied_tree / "service" / "cli" / "planted.py"
    planted.write_text("import training\nimport eval\n", encoding="utf-8")
    try:
        result = lint(copied_tree)
    finally:
        planted.unlink()
    assert result.returncode == 0, result.stdout
