"""From an exception to the exit code and the one line that a person reads."""

from __future__ import annotations

import errno
import re
import sys
import traceback
from dataclasses import dataclass

import typer

from data.errors import FinMatchError, InputError
from service.messages import MESSAGES, say
from service.settings import Language, read_settings

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count
BROKEN_PIPE = 141  # 128 + SIGPIPE


@dataclass(frozen=True, slots=True)
class Fault:
    """What to tell and how to end; ``kind`` names the error in a word or two."""

    exit_code: int
    kind: str
    message: str


def fault_of(error: BaseException, language: Language) -> Fault:
    """Describe ``error`` in one line."""
    if isinstance(error, FinMatchError):
        code = BAD_INPUT if isinstance(error, InputError) else FAILED
        return Fault(code, _kind(language, error.code), str(error))
    if isinstance(error, KeyboardInterrupt):
        return Fault(INTERRUPTED, "", say(language, "error.interrupted"))
    if isinstance(error, typer.TyperException):
        return Fault(BAD_INPUT, _kind(language, "usage"), _usage(error, language))
    if isinstance(error, typer.Abort):
        return Fault(INTERRUPTED, "", say(language, "error.interrupted"))
    if isinstance(error, MemoryError):
        return Fault(FAILED, "", say(language, "error.memory"))
    if isinstance(error, OSError):
        return Fault(FAILED, _kind(language, "system"), _system(error, language))
    return Fault(FAILED, _kind(language, "internal"), _unforeseen(error, language))


def report(fault: Fault, language: Language) -> None:
    """Print ``fault`` as one line on standard error, the first word in red on a terminal."""
    from rich.text import Text

    from service.console import open_console

    line = Text(say(language, "error.prefix"), style="bold red")
    if fault.kind:
        line.append(say(language, "error.kind", kind=fault.kind), style="bold red")
    line.append(say(language, "error.colon"), style="bold red")
    line.append(" ".join(fault.message.split()), style="default not bold")
    open_console(sys.stderr).print(line, soft_wrap=True)


def _kind(language: Language, code: str) -> str:
    key = f"kind.{code}"
    return say(language, key) if key in MESSAGES else ""


def _system(error: OSError, language: Language) -> str:
    place = str(error.filename) if error.filename is not None else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return say(language, "error.no_space", place=place or "disk")
    reason = error.strerror or str(error) or type(error).__name__
    return say(language, "error.system", place=place or "?", reason=reason)


def _unforeseen(error: BaseException, language: Language) -> str:
    """Keep the details of an error that nobody foresaw in a file, and say where they are."""
    summary = " ".join(f"{type(error).__name__}: {error}".split())
    try:
        path = read_settings().crash_file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except (OSError, InputError):
        return say(language, "error.internal", summary=summary)
    return say(language, "error.internal_kept", summary=summary, place=path)


_USAGE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.S), key)
    for pattern, key in (
        (r"Missing (?:option|parameter) '(?P<name>[^']*)'.*", "usage.missing_option"),
        (r"Missing argument '(?P<name>[^']*)'.*", "usage.missing_argument"),
        (r"Missing command\.", "usage.missing_command"),
        (r"No such option: (?P<name>\S+) .*?(?P<near>--[\w-]+).*", "usage.no_option_near"),
        (r"No such option: (?P<name>\S+).*", "usage.no_option"),
        (r"No such command '(?P<name>[^']*)'.*?'(?P<near>[^']*)'.*", "usage.no_command_near"),
        (r"No such command '(?P<name>[^']*)'.*", "usage.no_command"),
        (r"Got unexpected extra argument\S* \((?P<name>.*)\)", "usage.extra"),
        (r"Option '(?P<name>[^']*)' requires .*", "usage.no_value"),
        (
            r"Invalid value for '(?P<name>[^']*)': (?:Value error, )?'(?P<value>.*)' is not one of "
            r"(?P<known>.*?)\.?",
            "usage.not_one_of",
        ),
        (
            r"Invalid value for '(?P<name>[^']*)': '(?P<value>.*)' is no date\.",
            "usage.bad_date",
        ),
        (r"Invalid value for '(?P<name>[^']*)': (?P<reason>.*)", "usage.bad_value"),
    )
)
"""How the option parser words its complaints, and ours for them."""


def _usage(error: typer.TyperException, language: Language) -> str:
    text = " ".join(error.format_message().split())
    for pattern, key in _USAGE:
        found = pattern.fullmatch(text)
        if found:
            text = say(language, key, **{k: v.strip() for k, v in found.groupdict().items()})
            break
    context = getattr(error, "ctx", None)
    path = "finmatch" if context is None else context.command_path
    return say(language, "usage.remedy", text=text.rstrip(), command=path)
