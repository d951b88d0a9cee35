"""Settings: the only place that reads the environment.

``docs/settings.md`` lists every variable; a test holds it and :data:`VARIABLES` together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from data.errors import ArgumentError

DATABASE_FILE = "finmatch.db"
BUNDLES_FOLDER = "bundles"
ENCODERS_FOLDER = "encoders"
REJECTS_FOLDER = "rejects"
DEMO_FOLDER = "demo"
CRASH_FILE = "last-crash.txt"

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""What the numeric libraries read, once, while they load: faiss and LightGBM take OpenMP's."""

MOST_THREADS = 256


class Language(StrEnum):
    """The two languages of the product."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable: its name, its default as text, and what it decides."""

    name: str
    default: str
    meaning: str


HOME = Variable("FINMATCH_HOME", "./var", "Folder of the database, the model bundles and the demo.")
DATABASE_URL = Variable(
    "FINMATCH_DATABASE_URL",
    "sqlite:///FINMATCH_HOME/finmatch.db",
    "The store: `sqlite:///path` or `postgresql://user@host/name`.",
)
LANGUAGE = Variable("FINMATCH_LANGUAGE", "zh", "Language of the output: `zh` or `en`.")
THREADS = Variable(
    "FINMATCH_THREADS", "1", "Threads of linear algebra, OpenMP and faiss in one process."
)
ENCODER = Variable(
    "FINMATCH_ENCODER",
    "auto",
    "Text encoder: `auto` (`embedded` where it is installed, else `off`), `off`, `embedded`, "
    "the name of an adapted one, a folder, or a model's name on a hub.",
)
CACHE = Variable(
    "FINMATCH_CACHE",
    "~/.cache/finmatch",
    "Folder of the unpacked encoder and of vectors of texts; `XDG_CACHE_HOME` is honoured.",
)
PROGRESS = Variable(
    "FINMATCH_PROGRESS",
    "bars",
    "How long work shows: `bars` on a terminal, or `lines` of JSON on standard error for programs.",
)
TELEMETRY = Variable(
    "FINMATCH_TELEMETRY",
    "off",
    "Traces and metrics to OpenTelemetry: `off`, or `on` with the usual `OTEL_…` variables.",
)
XDG_CACHE = "XDG_CACHE_HOME"
"""Where a user's caches go (XDG Base Directory Specification 0.8)."""

VARIABLES = (HOME, DATABASE_URL, LANGUAGE, THREADS, ENCODER, CACHE, PROGRESS, TELEMETRY)
"""Every variable that FinMatch reads."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment decides; :func:`read_settings` reads it."""

    home: Path
    database_url: str
    language: Language
    encoder: str = ENCODER.default
    cache: Path = Path(CACHE.default)
    progress_lines: bool = False
    telemetry: bool = False

    @property
    def bundles(self) -> Path:
        """Folder of the model bundles."""
        return self.home / BUNDLES_FOLDER

    @property
    def encoders(self) -> Path:
        """Folder of the text encoders that were adapted to the deals, by name."""
        return self.home / ENCODERS_FOLDER

    @property
    def rejects(self) -> Path:
        """Folder of what imports could not use."""
        return self.home / REJECTS_FOLDER

    @property
    def crash_file(self) -> Path:
        """Where the details of an unforeseen error go."""
        return self.home / CRASH_FILE


def read_settings(
    environment: Mapping[str, str] | None = None, *, home: Path | None = None
) -> Settings:
    """Read the settings.

    Parameters
    ----------
    environment
        By default that of the process.
    home
        Wins over the environment, and then the database is the file inside it too.

    Raises
    ------
    ArgumentError
        Where a variable has a value that means nothing.
    """
    environment = os.environ if environment is None else environment
    url = environment.get(DATABASE_URL.name) if home is None else None
    home = home or Path(environment.get(HOME.name) or HOME.default)
    return Settings(
        home=home,
        database_url=url or f"sqlite:///{(home / DATABASE_FILE).absolute()}",
        language=_language(environment.get(LANGUAGE.name) or LANGUAGE.default),
        encoder=(environment.get(ENCODER.name) or ENCODER.default).strip(),
        cache=_cache(environment),
        progress_lines=_chosen(environment, PROGRESS, off="bars", on="lines"),
        telemetry=_chosen(environment, TELEMETRY, off="off", on="on"),
    )


def environment_of(
    settings: Settings, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the environment of a child process that works with the same home and database.

    It says its progress in lines (:data:`PROGRESS`).
    """
    return {
        **(os.environ if environment is None else environment),
        HOME.name: str(settings.home.absolute()),
        DATABASE_URL.name: settings.database_url,
        LANGUAGE.name: settings.language.value,
        ENCODER.name: settings.encoder,
        CACHE.name: str(settings.cache.absolute()),
        PROGRESS.name: "lines",
    }


def pin_threads(environment: MutableMapping[str, str] | None = None) -> None:
    """Tell the numeric libraries how many threads to use; call it before numpy is imported.

    One thread by default: two doubled LightGBM's latency on two cores. A variable of
    :data:`THREAD_VARIABLES` that is set already keeps its value.

    Raises
    ------
    ArgumentError
        Where ``FINMATCH_THREADS`` is no number of threads.
    """
    environment = os.environ if environment is None else environment
    text = environment.get(THREADS.name) or THREADS.default
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_THREADS):
        raise ArgumentError(
            f"{THREADS.name} must be a number from 1 to {MOST_THREADS}; got {text!r}.",
            field=THREADS.name,
            remedy=f"Unset it or set it to {THREADS.default}.",
        )
    for name in THREAD_VARIABLES:
        environment.setdefault(name, text)


def _chosen(environment: Mapping[str, str], variable: Variable, *, off: str, on: str) -> bool:
    """Return whether a variable with two values says ``on``."""
    text = environment.get(variable.name) or variable.default
    if text not in (off, on):
        raise ArgumentError(
            f"{variable.name} must be {off} or {on}; got {text!r}.",
            field=variable.name,
            remedy=f"Unset it or set it to {variable.default}.",
        )
    return text == on


def _cache(environment: Mapping[str, str]) -> Path:
    if named := environment.get(CACHE.name):
        return Path(named).expanduser()
    if shared := environment.get(XDG_CACHE):
        return Path(shared) / "finmatch"
    return Path(CACHE.default).expanduser()


def _language(text: str) -> Language:
    try:
        return Language(text.strip().lower())
    except ValueError:
        raise ArgumentError(
            f"{LANGUAGE.name} must be {' or '.join(Language)}; got {text!r}.",
            field=LANGUAGE.name,
            remedy=f"Unset it or set it to {LANGUAGE.default}.",
        ) from None
