"""The kinds of jobs: what each one takes, and the verb that it runs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from data.errors import ArgumentError, UnknownIdError
from data.people import Role
from service.jobs.folders import JobFolders

DATA_SETS = ("crunchbase", "itjuzi", "ppp")
MOST_TEXT = 200
MOST_SEED = 2**31 - 1
BUNDLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

HOUR_S = 3600.0


class Request(NamedTuple):
    """What a command is made from."""

    job_id: str
    arguments: Mapping[str, Any]
    folders: JobFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """One kind of job.

    Attributes
    ----------
    takes
        Its arguments and how each is checked; others are refused.
    needs
        Those that must be given.
    command
        Makes the arguments of ``finmatch`` from them.
    steps
        What the verb names while it works, in order: each is an equal part of the progress.
    limit_s
        After which it is ended.
    heavy
        Takes its turn with the other heavy ones.
    fine_codes
        Exit codes of a job that succeeded, where it also printed its document.
    most_attempts
        How often it is begun where its runner dies: all kinds leave nothing half-done behind.
    roles
        Who may ask for it by name, beside the administrator.
    """

    takes: Mapping[str, Callable[[str, Any], Any]]
    needs: frozenset[str] = frozenset()
    command: Callable[[Request], list[str]]
    steps: Sequence[str] = ()
    limit_s: float = 6 * HOUR_S
    heavy: bool = True
    fine_codes: frozenset[int] = frozenset({0})
    most_attempts: int = 3
    roles: frozenset[Role] = frozenset()


def get_kind(name: str) -> JobKind:
    """Return the kind of that name; raise :class:`ArgumentError` where there is none."""
    if name not in KINDS:
        raise ArgumentError(f"kind must be one of {', '.join(KINDS)}; got {name!r}.", field="kind")
    return KINDS[name]


def checked_arguments(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a job, checked; ``None`` counts as not given.

    Raises
    ------
    ArgumentError
        One is unknown, missing or outside its range.
    """
    found = get_kind(kind)
    told = {name: value for name, value in given.items() if value is not None}
    for name in told:
        if name not in found.takes:
            raise ArgumentError(
                f"A job {kind!r} takes {', '.join(found.takes) or 'no arguments'}; got {name!r}.",
                field=f"arguments.{name}",
            )
    for name in sorted(found.needs - told.keys()):
        raise ArgumentError(f"A job {kind!r} needs {name}.", field=f"arguments.{name}")
    return {name: found.takes[name](f"arguments.{name}", value) for name, value in told.items()}


def command_of(kind: str, job_id: str, arguments: Mapping[str, Any], home: Path) -> list[str]:
    """Return the arguments of ``finmatch`` that do a job."""
    return get_kind(kind).command(Request(job_id, arguments, JobFolders(home)))


# -- how arguments are checked -------------------------------------------------------------------


def _flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ArgumentError(f"{field} must be true or false; got {value!r}.", field=field)
    return value


def _number(field: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_SEED:
        raise ArgumentError(f"{field} must be from 0 to {MOST_SEED}; got {value!r}.", field=field)
    return value


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MOST_TEXT or not value.isprintable():
        raise ArgumentError(
            f"{field} must be a text of at most {MOST_TEXT} characters.", field=field
        )
    return value


def _day(field: str, value: Any) -> str:
    try:
        return dt.date.fromisoformat(_text(field, value)).isoformat()
    except ValueError:
        raise ArgumentError(f"{field} must be a day; got {value!r}.", field=field) from None


def _name(field: str, value: Any) -> str:
    if not BUNDLE_NAME.fullmatch(_text(field, value)) or value.endswith(".json"):
        raise ArgumentError(
            f"{field} must be letters, digits, '.', '_' and '-'; got {value!r}.", field=field
        )
    return str(value)


def _data_set(field: str, value: Any) -> str:
    if value not in DATA_SETS:
        raise ArgumentError(f"{field} must be one of {', '.join(DATA_SETS)}.", field=field)
    return str(value)


def _place(field: str, value: Any) -> str:
    """Check a path below the folder of sets."""
    parts = PurePosixPath(_text(field, value)).parts
    if value.startswith(("/", "-")) or ".." in parts or "\\" in value or not parts:
        raise ArgumentError(
            f"{field} must be a path below the folder of sets; got {value!r}.", field=field
        )
    return str(PurePosixPath(value))


def _upload_owner(field: str, value: Any) -> str:
    text = _text(field, value)
    if text.startswith("-"):
        raise ArgumentError(f"{field} must be an id; got {value!r}.", field=field)
    return text


# -- the verbs -----------------------------------------------------------------------------------


def _options(request: Request, *names: str) -> list[str]:
    """Return arguments that are options of the same name, where they were given."""
    told = request.arguments
    return [f"--{name.replace('_', '-')}={told[name]}" for name in names if name in told]


def _home(request: Request) -> list[str]:
    return ["--json", f"--home={request.folders.home.absolute()}"]


def _set_folder(request: Request) -> str:
    """Return the folder that an argument names; it may have no link out of the folder of sets."""
    root = request.folders.data_sets.resolve()
    place = (root / request.arguments["place"]).resolve()
    if not place.is_relative_to(root) or not place.is_dir():
        raise UnknownIdError(
            f"There is no folder {request.arguments['place']!r} in {root}.",
            field="arguments.place",
            remedy="Put the files of the set there.",
        )
    return str(place)


def _import(request: Request) -> list[str]:
    dry = ["--dry-run"] if request.arguments.get("dry_run") else []
    rejects = f"--rejects={request.folders.rejects(request.job_id)}"
    source = request.arguments["source"]
    return ["import", source, _set_folder(request), rejects, *dry, *_home(request)]


def upload_label(job_id: str) -> str:
    """Return the name under which an upload is staged and noted."""
    return f"upload:{job_id}"


def _upload(request: Request) -> list[str]:
    told, folder = request.arguments, request.folders.inputs(request.job_id)
    mapping = folder / MAPPING_FILE
    return [
        "import",
        "tables",
        str(folder / told["file"]),
        f"--mapping={mapping}",
        f"--rejects={request.folders.rejects(request.job_id)}",
        f"--label={upload_label(request.job_id)}",
        *(["--dry-run"] if told.get("dry_run") else []),
        *_options(request, "for_institution", "for_base"),
        *_home(request),
    ]


def _validate(request: Request) -> list[str]:
    return ["validate", *_options(request, "today"), *_home(request)]


def _train(request: Request) -> list[str]:
    keep = [] if request.arguments.get("promote", True) else ["--no-promote"]
    return ["train", "model", *keep, *_options(request, "as_of", "name", "seed"), *_home(request)]


def _train_encoder(request: Request) -> list[str]:
    return ["train", "encoder", *_options(request, "as_of", "name", "seed"), *_home(request)]


def _evaluate(request: Request) -> list[str]:
    told = request.arguments
    baselines = [] if told.get("baselines", True) else ["--no-baselines"]
    return [
        "evaluate",
        told["source"],
        f"--data={_set_folder(request)}",
        f"--out={request.folders.evaluation(request.job_id)}",
        *_options(request, "split_at", "until", "seed"),
        *baselines,
        "--json",
    ]


def _reindex(request: Request) -> list[str]:
    return ["models", "reindex", *_options(request, "name"), *_home(request)]


def _roadshow(request: Request) -> list[str]:
    order = request.folders.inputs(request.job_id) / ORDER_FILE
    return ["roadshow", "order", str(order), *_home(request)]


MAPPING_FILE = "mapping.json"
ORDER_FILE = "order.json"
UPLOAD = "upload"
ROADSHOW = "roadshow"
BY_OTHER_ROUTES = frozenset({UPLOAD, ROADSHOW})
"""Kinds that are not asked for by name."""
TRAINING_STEPS = (*("read", "replay", "calibrate", "rank", "features", "encode", "judge", "write"),)

KINDS: Mapping[str, JobKind] = {
    "import": JobKind(
        takes={"source": _data_set, "place": _place, "dry_run": _flag},
        needs=frozenset({"source", "place"}),
        command=_import,
        steps=("import",),
    ),
    UPLOAD: JobKind(
        takes={
            "file": _name,
            "record_type": _text,
            "original_name": _text,
            "sha256": _text,
            "dry_run": _flag,
            "for_institution": _upload_owner,
            "for_base": _upload_owner,
        },
        needs=frozenset({"file", "sha256"}),
        command=_upload,
        steps=("import",),
        limit_s=2 * HOUR_S,
        heavy=False,
    ),
    ROADSHOW: JobKind(
        takes={"roadshow_id": _text, "name": _text},
        needs=frozenset({"roadshow_id"}),
        command=_roadshow,
        steps=("read", "load", "roadshow_scores", "roadshow", "roadshow_reasons"),
        limit_s=HOUR_S,
        heavy=False,
    ),
    "validate": JobKind(
        takes={"today": _day},
        command=_validate,
        limit_s=HOUR_S,
        heavy=False,
        fine_codes=frozenset({0, 1}),  # 1: a check found something
        roles=frozenset({Role.EVALUATOR}),
    ),
    "train": JobKind(
        takes={"as_of": _day, "name": _name, "promote": _flag, "seed": _number},
        command=_train,
        steps=TRAINING_STEPS,
        limit_s=24 * HOUR_S,
        fine_codes=frozenset({0, 1}),  # 1: the gate refused the model, which is kept
    ),
    "train_encoder": JobKind(
        takes={"as_of": _day, "name": _name, "seed": _number},
        command=_train_encoder,
        steps=("read", "encode", "adapt"),
        limit_s=24 * HOUR_S,
        fine_codes=frozenset({0, 1}),  # 1: not better on what it has not seen
    ),
    "evaluate": JobKind(
        takes={
            "source": _data_set,
            "place": _place,
            "split_at": _day,
            "until": _day,
            "seed": _number,
            "baselines": _flag,
        },
        needs=frozenset({"source", "place", "split_at", "until"}),
        command=_evaluate,
        limit_s=24 * HOUR_S,
        roles=frozenset({Role.EVALUATOR}),
    ),
    "reindex": JobKind(
        takes={"name": _name}, command=_reindex, steps=("read", "load", "write"), limit_s=HOUR_S
    ),
}
"""Every kind by name. An upload is asked for by sending a file, not by name; so is a roadshow."""
