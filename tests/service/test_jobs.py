"""``finmatch jobs``: the list, one job, cancelling, and a runner with a real verb."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data.errors import ArgumentError, UnknownIdError
from data.jobs import Job, JobState
from data.store import Store
from matcher.registry import find_current, promote
from service.jobs.folders import JobFolders, new_job_id
from service.jobs.kinds import KINDS, checked_arguments, command_of
from service.settings import environment_of, read_settings
from tests.service.conftest import Finmatch

T0 = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
PATIENCE_S = 60.0


@pytest.fixture
def store(home: Path):
    home.mkdir()
    with Store.open(read_settings({}, home=home).database_url) as opened:
        yield opened


@pytest.fixture
def command(store: Store, capsys: pytest.CaptureFixture[str]):
    """Run ``finmatch`` in a home that has a store."""
    assert store.jobs.listing() == []
    from service.cli import main
    from tests.service.conftest import Outcome

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def test_without_jobs(command):
    assert command("jobs", "list", "--lang", "en").out == "There are no jobs yet.\n"
    assert command("jobs", "list", "--json").json == {"jobs": []}
    shown = command("jobs", "show", "job_x", "--lang", "en")
    assert shown.code == 2
    assert "There is no job 'job_x'" in shown.error


def test_a_job_is_listed_shown_and_cancelled(command, store, home):
    job_id = new_job_id()
    store.jobs.enqueue(Job(job_id=job_id, kind="train", created_at=T0))
    assert job_id in command("jobs", "list", "--lang", "en").out
    log = JobFolders(home).log(job_id)
    log.parent.mkdir(parents=True)
    log.write_text("a line of the log\n")
    shown = command("jobs", "show", job_id, "--lang", "en").out
    assert f"{job_id} (train): waiting" in shown
    assert "a line of the log" in shown
    assert command("jobs", "cancel", job_id, "--json").json["state"] == "cancelled"
    assert "已取消" in command("jobs", "show", job_id, "--lang", "zh").out


def test_a_runner_imports_what_was_uploaded(store, home, tmp_path):
    settings, folders, job_id = read_settings({}, home=home), JobFolders(home), new_job_id()
    inputs = folders.inputs(job_id)
    inputs.mkdir(parents=True)
    (inputs / "firms.csv").write_text("firm_id,name,city\nfirm_a,A,x\nfirm_b,,y\n")
    (inputs / "mapping.json").write_text("{}")
    arguments = checked_arguments("upload", {"file": "firms.csv", "sha256": "0"})
    store.jobs.enqueue(Job(job_id=job_id, kind="upload", arguments=arguments, created_at=T0))
    runner = subprocess.Popen(
        [sys.executable, "-P", "-m", "service.cli", "jobs", "run", "--attended"],
        stdin=subprocess.PIPE,
        env=environment_of(settings),
        cwd=tmp_path,
    )
    try:
        give_up = time.monotonic() + PATIENCE_S
        while not store.jobs.get(job_id).ended and time.monotonic() < give_up:
            time.sleep(0.1)
    finally:
        assert runner.stdin is not None
        runner.stdin.close()  # as when its server is gone
        assert runner.wait(PATIENCE_S) == 0
    job = store.jobs.get(job_id)
    assert job.state is JobState.SUCCEEDED, job
    assert job.result is not None
    assert job.result["records"]["firm"] == {"new": 1, "changed": 0, "unchanged": 0}
    assert job.result["rejected_rows"] == 1
    assert "name" in folders.rejects(job_id).read_text(encoding="utf-8-sig")
    assert not inputs.exists()
    assert store.get_firm("firm_a").name == "A"


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("nothing", {}, "kind"),
        ("train", {"speed": 1}, "arguments.speed"),
        ("train", {"seed": -1}, "arguments.seed"),
        ("train", {"seed": True}, "arguments.seed"),
        ("train", {"promote": "yes"}, "arguments.promote"),
        ("train", {"as_of": "tomorrow"}, "arguments.as_of"),
        ("train", {"name": "--json"}, "arguments.name"),
        ("train", {"name": "../x"}, "arguments.name"),
        ("evaluate", {"source": "ppp"}, "arguments.place"),
        ("import", {"source": "tables", "place": "x"}, "arguments.source"),
        ("import", {"source": "ppp", "place": "../x"}, "arguments.place"),
        ("import", {"source": "ppp", "place": "/etc"}, "arguments.place"),
        ("import", {"source": "ppp", "place": "--home"}, "arguments.place"),
        ("import", {"source": "ppp", "place": "a\x00b"}, "arguments.place"),
    ],
)
def test_arguments_are_checked(kind, given, field):
    with pytest.raises(ArgumentError) as caught:
        checked_arguments(kind, given)
    assert caught.value.field == field


def test_every_kind_is_a_verb_that_the_parser_accepts(tmp_path, monkeypatch):
    from service.cli import app, main
    from service.settings import Language
    from tests.service.test_documented_commands import silenced

    (tmp_path / "sets" / "a").mkdir(parents=True)
    quiet = silenced(app.build_command(Language.EN))
    monkeypatch.setattr(app, "build_command", lambda _: quiet)
    examples = {
        "source": "ppp",
        "place": "a",
        "split_at": "2020-05-01",
        "until": "2020-06-30",
        "as_of": "2020-01-01",
        "today": "2020-01-01",
        "name": "mine",
        "seed": 3,
        "promote": False,
        "baselines": False,
        "dry_run": True,
        "file": "firms.csv",
        "sha256": "0",
        "for_institution": "inst_a",
        "roadshow_id": "roadshow_a",
    }
    for name, kind in KINDS.items():
        told = {key: examples[key] for key in kind.takes if key in examples}
        command = command_of(name, new_job_id(), checked_arguments(name, told), tmp_path)
        assert main(command) == 0, command


def test_a_set_may_not_lie_outside_its_folder(tmp_path):
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "out").symlink_to("/")
    for place in ("out", "nowhere"):
        with pytest.raises(UnknownIdError, match="no folder"):
            command_of("import", new_job_id(), {"source": "ppp", "place": place}, tmp_path)


@pytest.mark.slow
def test_the_model_that_serves_is_written_anew(finmatch: Finmatch, own_demo_home: Path):
    home = ("--home", own_demo_home)
    root = own_demo_home / "bundles"
    old = find_current(root)
    assert old is not None
    written = finmatch("models", "reindex", "--json", *home).json
    assert (written["from"], written["bundle"]) == (old, f"{old}.r1")
    assert find_current(root) == f"{old}.r1"
    again = finmatch("models", "reindex", "--json", "--no-promote", *home).json
    assert again["bundle"] == f"{old}.r2"
    assert again["offers"] == written["offers"]
    assert find_current(root) == f"{old}.r1"
    promote(root, old)
