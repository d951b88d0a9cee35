"""Settings: what the environment decides, and that the document says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.errors import ArgumentError
from service.settings import (
    THREAD_VARIABLES,
    VARIABLES,
    Language,
    environment_of,
    pin_threads,
    read_settings,
)


def test_defaults():
    settings = read_settings({})
    assert settings.home == Path("var")
    assert settings.bundles == Path("var/bundles")
    assert settings.database_url == f"sqlite:///{Path.cwd()}/var/finmatch.db"
    assert settings.language is Language.ZH


def test_the_environment_decides():
    settings = read_settings(
        {
            "FINMATCH_HOME": "/srv/finmatch",
            "FINMATCH_DATABASE_URL": "postgresql://user@host/name",
            "FINMATCH_LANGUAGE": "EN",
        }
    )
    assert settings.home == Path("/srv/finmatch")
    assert settings.database_url == "postgresql://user@host/name"
    assert settings.language is Language.EN


def test_empty_values_count_as_unset():
    empty = dict.fromkeys((variable.name for variable in VARIABLES), "")
    assert read_settings(empty) == read_settings({})


def test_a_home_that_is_given_brings_its_own_database():
    environment = {"FINMATCH_HOME": "/a", "FINMATCH_DATABASE_URL": "postgresql://host/name"}
    settings = read_settings(environment, home=Path("/b"))
    assert settings.home == Path("/b")
    assert settings.database_url == "sqlite:////b/finmatch.db"


def test_an_unknown_language_is_refused():
    with pytest.raises(ArgumentError, match="FINMATCH_LANGUAGE must be zh or en; got 'fr'"):
        read_settings({"FINMATCH_LANGUAGE": "fr"})


def test_one_thread_unless_somebody_decided_otherwise():
    environment = {"OMP_NUM_THREADS": "4"}
    pin_threads(environment)
    assert environment["OMP_NUM_THREADS"] == "4"
    others = set(THREAD_VARIABLES) - {"OMP_NUM_THREADS"}
    assert {environment[name] for name in others} == {"1"}


def test_the_number_of_threads_can_be_set():
    environment = {"FINMATCH_THREADS": "2"}
    pin_threads(environment)
    assert {environment[name] for name in THREAD_VARIABLES} == {"2"}


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "257", "²"])
def test_a_wrong_number_of_threads_is_refused(text: str):
    with pytest.raises(ArgumentError, match="FINMATCH_THREADS must be a number from 1 to 256"):
        pin_threads({"FINMATCH_THREADS": text})


def test_the_document_lists_exactly_the_variables(repository: Path):
    text = (repository / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| `([^`]*)` \| (.*) \|$", text, re.MULTILINE)
    assert rows == [(v.name, v.default, v.meaning) for v in VARIABLES]


def test_the_document_lists_the_variables_of_the_numeric_libraries(repository: Path):
    text = (repository / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in THREAD_VARIABLES if f"`{name}`" not in text] == []


def test_only_the_settings_read_the_environment(repository: Path):
    packages = ("data", "features", "matcher", "eval", "training", "service")
    reading = [
        path.relative_to(repository).as_posix()
        for package in packages
        for path in (repository / package).rglob("*.py")
        if re.search(r"\bos\.environ\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    ]
    assert reading == ["service/settings.py"]


def test_the_cache_is_where_caches_go():
    assert read_settings({}).cache == Path("~/.cache/finmatch").expanduser()
    assert read_settings({"XDG_CACHE_HOME": "/c"}).cache == Path("/c/finmatch")
    both = {"XDG_CACHE_HOME": "/c", "FINMATCH_CACHE": "/d"}
    assert read_settings(both).cache == Path("/d")


def test_the_embedded_encoder_unless_somebody_chose_another():
    assert read_settings({}).encoder == "auto"
    assert read_settings({"FINMATCH_ENCODER": " embedded "}).encoder == "embedded"


def test_a_child_process_gets_the_same_home_and_says_its_progress_in_lines(tmp_path: Path):
    settings = read_settings({"FINMATCH_LANGUAGE": "en"}, home=tmp_path)
    child = read_settings(environment_of(settings, {"PATH": "/bin"}))
    assert child.home == tmp_path
    assert child.database_url == settings.database_url
    assert child.progress_lines
    assert not settings.progress_lines
    assert environment_of(settings, {"PATH": "/bin"})["PATH"] == "/bin"
    with pytest.raises(ArgumentError, match="FINMATCH_PROGRESS must be bars or lines; got 'x'"):
        read_settings({"FINMATCH_PROGRESS": "x"})
