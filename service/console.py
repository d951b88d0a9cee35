"""The console: results on standard output, notes and progress on standard error.

Results are Rich tables and sentences in one language, or one JSON document where a program asked
for it. Progress bars show on a terminal only.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any

from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from service.messages import MESSAGES, say
from service.settings import Language

DEFAULT_WIDTH = 100
"""Columns where the output is no terminal and nobody set COLUMNS."""

LINES_APART_S = 0.2
"""Progress that a program reads is told at most this often within one step."""

Progress = Callable[[str, int, int | None], None]
"""Told the step (a key of the messages, or plain words), how much is done, and of how much."""


class PlainConsole(Console):
    """A Rich console that leaves a broken pipe to the outermost handler."""

    def on_broken_pipe(self) -> None:
        """Raise again what Rich would turn into an exit of its own."""
        raise BrokenPipeError


def open_console(stream: IO[str]) -> Console:
    """Return a console on ``stream`` that prints text as it is and breaks no line by itself."""
    console = PlainConsole(file=stream, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = shutil.get_terminal_size((DEFAULT_WIDTH, 0)).columns
    return console


class Terminal:
    """What a command says, and where it goes.

    Parameters
    ----------
    language
        Of every sentence and heading.
    as_json
        Print one JSON document instead of tables and sentences.
    quiet
        No notes and no progress; results and errors stay.
    progress_lines
        Tell progress as lines of JSON on standard error, whatever else was asked for:
        ``{"step": ..., "done": ..., "total": ...}``.
    """

    def __init__(
        self,
        language: Language,
        *,
        as_json: bool = False,
        quiet: bool = False,
        progress_lines: bool = False,
    ) -> None:
        self.language = language
        self.as_json = as_json
        self.quiet = quiet
        self.progress_lines = progress_lines
        self.out = open_console(sys.stdout)
        self.err = open_console(sys.stderr)

    @property
    def chinese(self) -> bool:
        """True where the language is Chinese."""
        return self.language is Language.ZH

    def text(self, key: str, **values: object) -> str:
        """Return the message ``key`` in the language of this terminal."""
        return say(self.language, key, **values)

    def line(self, key: str, *, style: str = "", **values: object) -> None:
        """Print a message as one line of the result; nothing where JSON was asked for."""
        self.show(Text(self.text(key, **values), style=style), soft_wrap=True)

    def show(self, renderable: RenderableType = "", *, soft_wrap: bool = False) -> None:
        """Print a part of the result; nothing where JSON was asked for."""
        if not self.as_json:
            self.out.print(renderable, soft_wrap=soft_wrap)

    def note(self, key: str, *, style: str = "dim", **values: object) -> None:
        """Print a message beside the result, on standard error."""
        if not self.quiet:
            self.err.print(Text(self.text(key, **values), style=style), soft_wrap=True)

    def emit(self, document: Mapping[str, Any] | Sequence[Any]) -> None:
        """Print ``document`` where JSON was asked for."""
        if not self.as_json:
            return
        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
        narrow = not encoding.replace("-", "").startswith("utf")
        sys.stdout.write(json.dumps(document, ensure_ascii=narrow, indent=2) + "\n")

    def table(self, *headings: str | tuple[str, str], title: str | None = None) -> Table:
        """Return an empty table with translated headings.

        A heading is the key of a message; with ``(key, "right")`` the column is of numbers.
        """
        table = _empty_table(title)
        for heading in headings:
            key, side = (heading, "left") if isinstance(heading, str) else heading
            _add_column(table, self.text(key), number=side == "right")
        return table

    def figures(self, heading: str, *columns: str, title: str | None = None) -> Table:
        """Return an empty table: one column of names (a message), then columns of numbers."""
        table = _empty_table(title)
        _add_column(table, self.text(heading), number=False)
        for column in columns:
            _add_column(table, column, number=True)
        return table

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Yield a callback that draws one bar for the step under way.

        Where lines were asked for, it writes those. Else without a terminal, with JSON and where
        silence was asked for, it does nothing.
        """
        if self.progress_lines:
            yield _Lines(sys.stderr).update
            return
        if self.quiet or self.as_json or not self.err.is_terminal:
            yield _ignore
            return
        from rich import progress as bars

        columns = (
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.TextColumn("{task.fields[figures]}"),
            bars.TimeElapsedColumn(),
        )
        with bars.Progress(*columns, console=self.err, transient=True) as drawn:
            yield _Bar(drawn, self.language).update


def _empty_table(title: str | None) -> Table:
    return Table(
        box=box.SIMPLE_HEAD,
        title=None if title is None else escape(title),
        title_style="bold",
        title_justify="left",
        header_style="bold",
        pad_edge=False,
        show_edge=False,
    )


def _add_column(table: Table, heading: str, *, number: bool) -> None:
    table.add_column(
        escape(heading),
        justify="right" if number else "left",
        no_wrap=number,
        overflow="fold",
    )


class _Bar:
    """One task of a Rich progress display at a time: the step that was named last."""

    def __init__(self, drawn: Any, language: Language) -> None:
        self._drawn = drawn
        self._language = language
        self._step: str | None = None
        self._task: Any = None

    def update(self, step: str, done: int, total: int | None) -> None:
        """Show that ``done`` of ``total`` of ``step`` is behind us; one thing has no fraction."""
        total = None if total == 1 else total
        if step != self._step:
            if self._task is not None:
                self._drawn.remove_task(self._task)
            key = f"step.{step}"
            words = say(self._language, key) if key in MESSAGES else step
            self._step, self._task = step, self._drawn.add_task(words, total=total, figures="")
        figures = f"{done:,}/{total:,}" if total else f"{done:,}" if done > 1 else ""
        self._drawn.update(self._task, completed=done, total=total, figures=figures)


class _Lines:
    """Progress for a program: one JSON document a line."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._step: str | None = None
        self._told_at = 0.0

    def update(self, step: str, done: int, total: int | None) -> None:
        """Write a line where the step is new or over, or some time has passed."""
        now = time.monotonic()
        soon = now - self._told_at < LINES_APART_S
        if step == self._step and soon and done != total:
            return
        self._step, self._told_at = step, now
        line = json.dumps({"step": step, "done": done, "total": total}, ensure_ascii=True)
        self._stream.write(line + "\n")
        self._stream.flush()


def _ignore(step: str, done: int, total: int | None) -> None:
    """Show nothing."""
