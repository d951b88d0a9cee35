"""Where the command starts, and the outermost handler: one line for every error."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from service.cli.faults import BROKEN_PIPE, INTERRUPTED, Fault, fault_of, report
from service.settings import Language, pin_threads, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    0: done; 1: it did not work (store, bundle, disk), or a check failed; 2: the command or its
    input is wrong; 130: interrupted. An error is one line on standard error, with its remedy.

    Parameters
    ----------
    arguments
        What follows ``finmatch``; by default that of the process.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what libraries tell their developers
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # an ASCII terminal gets ? and no error
    language = language_of(arguments)
    try:
        pin_threads()
        code = _run(arguments, language)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        _close_stdout()
        return BROKEN_PIPE
    except KeyboardInterrupt as error:
        return _give_up(fault_of(error, language), language, INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the outermost layer; see fault_of
        fault = fault_of(error, language)
        return _give_up(fault, language, fault.exit_code)


def language_of(arguments: Sequence[str]) -> Language:
    """Return the language of help and errors: the option wherever it stands, else the settings."""
    words = list(arguments)
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if name == "--lang":
            value = value if equals else "".join(words[place + 1 : place + 2])
            if value in set(Language):
                return Language(value)
    from data.errors import ArgumentError

    try:
        return read_settings().language
    except ArgumentError:  # told when a verb reads the settings
        return Language.ZH


def _run(arguments: list[str], language: Language) -> int:
    from typer import Exit

    from service.cli.app import build_command

    command = build_command(language)
    try:
        with command.make_context("finmatch", arguments or ["--help"]) as context:
            outcome = command.invoke(context)
    except Exit as leave:
        return int(leave.exit_code)
    return outcome if isinstance(outcome, int) else 0


def _give_up(fault: Fault, language: Language, code: int) -> int:
    try:
        report(fault, language)
        sys.stdout.flush()
    except OSError:  # nobody listens, or there is no room for what is left to say
        _close_stdout()
    return code


def _close_stdout() -> None:
    """Send what is still buffered nowhere, so that the interpreter's own flush is silent."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # not a file: replaced by a test or an embedding program
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
