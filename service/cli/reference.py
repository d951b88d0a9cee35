"""The reference of the command line in ``docs/cli.md``, written from the commands themselves.

``python -m service.cli.reference docs/cli.md`` brings the page up to date; a test compares.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from service.cli.app import build_command
from service.cli.options import OUTPUT_PANEL

START, END = "<!-- reference: begin -->", "<!-- reference: end -->"


def reference() -> str:
    """Return a Markdown section for every verb: what it does, examples, arguments and options."""
    return "\n".join(section(path, command) for path, command in verbs(build_command()))


def verbs(command: Any, path: str = "finmatch") -> Iterator[tuple[str, Any]]:
    """Yield every verb that does something, with its path."""
    children = getattr(command, "commands", {})
    for name, child in children.items():
        yield from verbs(child, f"{path} {name}")
    if not children:
        yield path, command


def section(path: str, command: Any) -> str:
    """Return the Markdown section of one verb."""
    context = typer.Context(command, info_name=path)
    examples = command.epilog.splitlines()[1:]
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    lines = [f"### {path}", "", command.help, "", "```sh", *examples, "```", ""]
    lines += [f"`{usage}`", "", "| | meaning | default |", "|---|---|---|"]
    shared = [part for part in command.params if part.rich_help_panel == OUTPUT_PANEL]
    lines += [_row(part) for part in command.params if part not in shared]
    names = ", ".join(f"`{part.opts[0]}`" for part in shared)
    lines += ["", f"Also {names}."]
    return "\n".join((*lines, ""))


def renewed(page: str) -> str:
    """Return ``page`` with the present reference between the two marks."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{reference()}\n{END}{after}"


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        names = parameter.metavar or parameter.name.upper()
    else:
        names = " / ".join((*parameter.opts, *parameter.secondary_opts))
        if parameter.metavar:
            names += f" {parameter.metavar}"
    shown = parameter.show_default if isinstance(parameter.show_default, str) else ""
    default = "required" if parameter.required else shown or _default(parameter.default)
    return f"| `{names}` | {_escaped(parameter.help)} | {default} |"


def _default(value: object) -> str:
    return "" if value in (None, False, True, ()) else f"`{value}`"


def _escaped(text: str) -> str:
    return re.sub(r"([|<>])", r"\\\1", text)


def main(arguments: list[str]) -> None:
    """Bring the page named by the first argument up to date."""
    path = Path(arguments[0])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
