"""The project as a package: what is built, what wins at import, and what is pinned."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGES = ("data", "features", "matcher", "eval", "training", "service")
BUILD_FILES = ("pyproject.toml", "README.md", "LICENSE", *PACKAGES)
NEVER_BUILT = ("tests", "benchmarks", "docs")
LOCKS = ("base", "dev", "peers", "encoder")
HASHED_LOCKS = ("base", "dev", "peers")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    """The content of ``pyproject.toml``."""
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


def pins(repository: Path, lock: str) -> dict[str, str]:
    """Return name → version of everything that a lock file pins."""
    text = (repository / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


# ---------------------------------------------------------------- packages and the wheel


@pytest.mark.parametrize("package", PACKAGES)
def test_no_stray_package_wins_over_ours(package: str, repository: Path, tmp_path: Path):
    # -I: neither the current folder nor PYTHONPATH helps; this is what the command sees.
    program = f"import {package}; print({package}.__file__)"
    found = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(found.stdout.strip()) == repository / package / "__init__.py"


def test_no_other_distribution_ships_a_package_of_our_names():
    owners = importlib.metadata.packages_distributions()
    assert {name: set(owners[name]) for name in PACKAGES} == {
        name: {"finmatch"} for name in PACKAGES
    }


@pytest.fixture(scope="module")
def wheel_names(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names of the files in a wheel built from a copy of the sources."""
    tree, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in BUILD_FILES:
        source = repository / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=leave)
        else:
            shutil.copy(source, tree / name)
    for name in NEVER_BUILT:
        (tree / name).mkdir()
        (tree / name / "__init__.py").touch()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    built = subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(out), str(tree)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = out.glob("finmatch-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_exactly_our_packages(wheel_names: list[str]):
    tops = {name.split("/")[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_holds_every_file_of_the_packages(wheel_names: list[str], repository: Path):
    on_disk = {
        path.relative_to(repository).as_posix()
        for package in PACKAGES
        for path in (repository / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert on_disk - set(wheel_names) == set()


def test_the_wheel_carries_the_licence_and_the_command(wheel_names: list[str]):
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)
    assert any(name.endswith("entry_points.txt") for name in wheel_names)


def test_the_version_is_the_distributions_own(project: dict[str, Any]):
    assert importlib.metadata.version("finmatch") == project["project"]["version"]


# ---------------------------------------------------------------- lock files


def lock_of(requirement_set: str) -> str:
    """Return the lock file that pins an extra of ``pyproject.toml``."""
    return requirement_set if requirement_set in {"peers", "encoder"} else "dev"


def requirement_sets(project: dict[str, Any]) -> list[tuple[str, Requirement]]:
    """Return (lock file, requirement) for everything that ``pyproject.toml`` asks for."""
    table = project["project"]
    asked = [("base", text) for text in table["dependencies"]]
    asked += [("base", text) for text in project["build-system"]["requires"]]
    for extra, texts in table["optional-dependencies"].items():
        asked += [(lock_of(extra), text) for text in texts]
    return [(lock, Requirement(text)) for lock, text in asked]


def test_the_locks_pin_every_requirement(project: dict[str, Any], repository: Path):
    pinned = {lock: pins(repository, lock) for lock in LOCKS}
    unmet = [
        f"{lock}.lock: {need} has {pinned[lock].get(canonicalize_name(need.name), 'no pin')}"
        for lock, need in requirement_sets(project)
        if not need.specifier.contains(
            pinned[lock].get(canonicalize_name(need.name), "0"), prereleases=True
        )
    ]
    assert unmet == [], "run `make lock`"


def test_no_requirement_is_named_twice_over(project: dict[str, Any]):
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_locks_agree_on_versions(lock: str, repository: Path):
    base, other = pins(repository, "dev"), pins(repository, lock)
    assert {name: base[name] for name in base.keys() & other.keys()} == {
        name: other[name] for name in base.keys() & other.keys()
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_path(lock: str, repository: Path):
    text = (repository / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    assert re.findall(r"https?://|file:|^--(?!hash)|^-[a-z]|@", text, re.MULTILINE) == []


@pytest.mark.parametrize("lock", HASHED_LOCKS)
def test_every_pin_has_a_hash(lock: str, repository: Path):
    text = (repository / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


def test_the_default_install_stays_small(repository: Path):
    heavy = {"torch", "sentence-transformers", "transformers", "lightfm-next", "implicit"}
    assert heavy & pins(repository, "base").keys() == set()


def test_the_encoder_lock_asks_for_no_cuda(repository: Path):
    pinned = pins(repository, "encoder")
    assert pinned["torch"] == "2.13.0"
    assert [name for name in pinned if name.startswith(("nvidia", "cuda", "triton"))] == []
