"""The outermost handler: exit codes, one line for every error, no traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import ArgumentError, BundleMissingError, StoreError, UnknownIdError
from service.cli import entry
from service.cli.faults import fault_of
from service.settings import Language
from tests.service.conftest import Finmatch

PROGRAM = "import sys; from service.cli import main; sys.exit(main())"

HEAVY = ("numpy", "pandas", "pyarrow", "lightgbm", "faiss", "sqlalchemy", "scipy", "sklearn")


def run_process(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,  # type: ignore[call-overload]
    )


# ---------------------------------------------------------------- help


def test_help_imports_nothing_heavy():
    program = (
        "import sys\nfrom service.cli import main\nassert main(['--help']) == 0\n"
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert shown.returncode == 0, shown.stderr


def test_without_arguments_help_is_shown(finmatch: Finmatch):
    shown = finmatch()
    assert shown.code == 0
    assert "recommend" in shown.out
    assert shown.err == ""


def test_the_version(finmatch: Finmatch):
    assert finmatch("--version").out.startswith("finmatch ")


def test_the_language_may_stand_before_or_after_the_verb(finmatch: Finmatch):
    for arguments in (("--lang", "zh", "models", "list"), ("models", "list", "--lang=zh")):
        assert "还没有模型包" in finmatch(*arguments).out
    assert "示例" in finmatch("--lang", "zh", "models", "--help").out


def test_the_settings_choose_the_language(finmatch: Finmatch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINMATCH_LANGUAGE", "zh")
    assert finmatch("nonsense").error.startswith("错误（用法）：没有命令 nonsense")
    assert finmatch("nonsense", "--lang", "en").error.startswith("error (usage): There is no")


# ---------------------------------------------------------------- usage


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "There is no command nonsense. See finmatch --help."),
        (["recomend"], "There is no command recomend; did you mean recommend?"),
        (["models"], "A command is missing. See finmatch models --help."),
        (["models", "promote"], "The argument NAME is missing."),
        (["models", "promote", "a", "b"], "Too many arguments: b."),
        (["models", "list", "--nonsense"], "There is no option --nonsense."),
        (["models", "list", "--hom", "x"], "There is no option --hom; did you mean --home?"),
        (["models", "list", "--home"], "The option --home needs a value."),
        (["import", "csv", "x"], "SOURCE cannot be csv; choose from 'crunchbase'"),
        (["validate", "--today", "2013-02-30"], "--today must be a date like 2013-01-31"),
        (["models", "list", "--lang", "fr"], "--lang cannot be fr; choose from 'zh', 'en'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    finmatch: Finmatch, arguments: list[str], message: str
):
    ended = finmatch(*arguments)
    assert ended.code == 2
    assert ended.out == ""
    assert ended.error.startswith("error (usage): ")
    assert message in ended.error
    assert ended.error.endswith("--help.")


def test_wrong_settings_are_told(finmatch: Finmatch, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FINMATCH_LANGUAGE", "fr")
    assert "FINMATCH_LANGUAGE must be zh or en" in finmatch("models", "list").error
    monkeypatch.setenv("FINMATCH_LANGUAGE", "en")
    monkeypatch.setenv("FINMATCH_THREADS", "many")
    ended = finmatch("models", "list")
    assert ended.code == 2
    assert ended.error.startswith("error (bad argument): FINMATCH_THREADS must be a number")


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ArgumentError("k is 0.", remedy="Use 1."), 2, "(bad argument): k is 0. Use 1."),
        (UnknownIdError("No firm x."), 2, "(unknown id): No firm x."),
        (StoreError("It is locked.", remedy="Wait."), 1, "(store): It is locked. Wait."),
        (BundleMissingError("None\nthere."), 1, "(no bundle): None there."),
        (OSError(errno.ENOSPC, "No space left", "/x"), 1, "No space left on the disk (/x)"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 1, "/x: Permission denied"),
        (MemoryError(), 1, "Out of memory."),
        (KeyboardInterrupt(), 130, "Interrupted"),
    ],
)
def test_every_error_becomes_one_line(
    finmatch: Finmatch, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, line: str
):
    def fail(*_: object) -> int:
        raise error

    monkeypatch.setattr(entry, "_run", fail)
    ended = finmatch("models", "list")
    assert ended.code == code
    assert ended.error.startswith("error")
    assert line in ended.error


def test_an_unforeseen_error_keeps_its_details_in_a_file(
    finmatch: Finmatch, home: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> int:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(entry, "_run", fail)
    ended = finmatch("models", "list")
    assert ended.code == 1
    assert "ZeroDivisionError: division by zero" in ended.error
    assert str(home / "last-crash.txt") in ended.error
    assert "Traceback" in (home / "last-crash.txt").read_text(encoding="utf-8")


def test_details_that_cannot_be_kept_do_no_harm(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FINMATCH_HOME", str(tmp_path / "file" / "home"))
    fault = fault_of(ZeroDivisionError("oh"), Language.EN)
    assert fault.message.startswith("Something unforeseen happened (ZeroDivisionError: oh)")
    assert not home.exists()


def test_chinese_errors_have_chinese_headings():
    fault = fault_of(ArgumentError("k is 0."), Language.ZH)
    assert (fault.kind, fault.message) == ("参数有误", "k is 0.")


def test_a_reader_that_leaves_gets_no_complaint(home: Path):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, "models", "list"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (141, "")
    assert not home.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output_is_told(home: Path):
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, "models", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith("error (system): No space left on the disk")
    assert len(ended.stderr.splitlines()) == 1
    assert not home.exists()


def test_exit_codes_reach_the_shell(home: Path):
    assert run_process("models", "list").returncode == 0
    assert run_process("models", "rollback").returncode == 1
    wrong = run_process("models", "list", "--nonsense")
    assert wrong.returncode == 2
    assert len(wrong.stderr.splitlines()) == 1
    assert not home.exists()
