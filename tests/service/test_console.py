"""The console: what goes where, in which form."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console

from service.console import DEFAULT_WIDTH, Terminal, open_console
from service.settings import Language


def test_results_and_notes_go_to_different_streams(capsys: pytest.CaptureFixture[str]):
    terminal = Terminal(Language.EN)
    terminal.line("store.empty")
    terminal.note("error.interrupted")
    captured = capsys.readouterr()
    assert captured.out == "The store is empty.\n"
    assert captured.err == "Interrupted; nothing half-written stays.\n"


def test_json_replaces_every_line(capsys: pytest.CaptureFixture[str]):
    terminal = Terminal(Language.ZH, as_json=True)
    terminal.line("store.empty")
    terminal.emit({"名称": "苏州"})
    assert capsys.readouterr().out == '{\n  "名称": "苏州"\n}\n'


def test_without_json_nothing_is_emitted(capsys: pytest.CaptureFixture[str]):
    Terminal(Language.ZH).emit({"a": 1})
    assert capsys.readouterr().out == ""


def test_json_on_an_ascii_terminal_is_escaped(monkeypatch: pytest.MonkeyPatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    Terminal(Language.ZH, as_json=True).emit(["苏州"])
    sys.stdout.flush()
    assert raw.getvalue() == b'[\n  "\\u82cf\\u5dde"\n]\n'


def test_quiet_silences_notes(capsys: pytest.CaptureFixture[str]):
    Terminal(Language.EN, quiet=True).note("store.empty")
    assert capsys.readouterr().err == ""


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]):
    terminal = Terminal(Language.EN)
    terminal.line("store.absent", place="/a/[bold]/:smile:/" + "x" * 200)
    printed = capsys.readouterr().out
    assert "/a/[bold]/:smile:/" in printed
    assert printed.count("\n") == 1


def test_numbers_stand_on_the_right(capsys: pytest.CaptureFixture[str]):
    terminal = Terminal(Language.EN)
    table = terminal.table("import.records", ("import.new", "right"))
    table.add_row("firms", "7")
    table.add_row("events", "1,234")
    terminal.show(table)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].rstrip().endswith("    7")
    assert lines[3].rstrip().endswith("1,234")


def test_without_a_terminal_the_width_is_fixed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert open_console(io.StringIO()).width in (DEFAULT_WIDTH, Console().width)
    monkeypatch.setenv("COLUMNS", "77")
    assert open_console(io.StringIO()).width == 77


@pytest.mark.parametrize("silent", [{"as_json": True}, {"quiet": True}, {}])
def test_progress_needs_a_terminal(silent: dict[str, bool], capsys: pytest.CaptureFixture[str]):
    with Terminal(Language.EN, **silent).progress() as bar:
        bar("import", 1, 2)
    assert capsys.readouterr() == ("", "")


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_on_a_terminal_names_the_step(monkeypatch: pytest.MonkeyPatch):
    screen = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal(Language.ZH)
    with terminal.progress() as bar:
        bar("import", 10, 1000)
        bar("import", 1000, 1000)
        bar("some unknown step", 1, None)
    drawn = screen.getvalue()
    assert "导入" in drawn
    assert "some unknown step" in drawn


def test_a_broken_pipe_is_not_swallowed():
    class Closed(io.StringIO):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        open_console(Closed()).print("a")


def test_progress_for_programs_is_lines_of_json(capsys: pytest.CaptureFixture[str]):
    terminal = Terminal(Language.EN, as_json=True, quiet=True, progress_lines=True)
    with terminal.progress() as bar:
        bar("read", 0, None)
        for done in range(1, 100):
            bar("import", done, 100)  # told once: the others follow too soon
        bar("import", 100, 100)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        '{"step": "read", "done": 0, "total": null}',
        '{"step": "import", "done": 1, "total": 100}',
        '{"step": "import", "done": 100, "total": 100}',
    ]
