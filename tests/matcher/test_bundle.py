from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleError,
    BundleForeignError,
    BundleMissingError,
)
from matcher import bundle as module
from matcher.bundle import (
    MANIFEST,
    ROOT_LOCK,
    ManifestFields,
    open_bundle,
    read_manifest,
    write_bundle,
)

CREATED = dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
FIELDS = ManifestFields(
    "2020-01-02.1",
    features="affinity.city:share:nan",
    dataset="0123",
    settings={"learning_rate": 0.1, "sides": ("firm", "institution")},
    metrics={"ndcg@10": 0.25},
)


def write(root: Path, name: str = "b", *, text: str = "tree\n") -> Path:
    with write_bundle(root, name, created_at=CREATED, manifest_fields=FIELDS) as staging:
        (staging / "ranker.txt").write_text(text)
        (staging / "index").mkdir()
        (staging / "index" / "offers.npy").write_bytes(b"\x00" * 3_000)
    return root / name


def names(root: Path) -> set[str]:
    """What lies in ``root``, the lock file apart."""
    return {path.name for path in root.iterdir()} - {ROOT_LOCK}


def test_a_bundle_is_read_as_it_was_written(tmp_path):
    bundle = open_bundle(write(tmp_path / "deep" / "bundles"))
    assert bundle.name == bundle.manifest.name == "b"
    assert bundle.manifest.created_at == CREATED
    assert bundle.manifest.fields.model_version == "2020-01-02.1"
    assert bundle.manifest.fields.settings == {
        "learning_rate": 0.1,
        "sides": ["firm", "institution"],
    }
    assert bundle.manifest.fields.metrics == {"ndcg@10": 0.25}
    assert set(bundle.manifest.files) == {"ranker.txt", "index/offers.npy"}
    assert bundle.manifest.files["index/offers.npy"].size == 3_000
    assert bundle.file("ranker.txt").read_text() == "tree\n"
    assert bundle.files("*.npy") == (bundle.path / "index" / "offers.npy",)
    assert bundle.files("*.faiss") == ()
    assert names(bundle.path.parent) == {"b"}
    assert names(bundle.path) == {"ranker.txt", "index", MANIFEST}


def test_a_file_that_is_not_listed_is_refused(tmp_path):
    with pytest.raises(BundleDamagedError, match=r"no file 'x\.npy'; it has index/offers\.npy"):
        open_bundle(write(tmp_path)).file("x.npy")


def test_another_feature_list_is_refused(tmp_path):
    bundle = open_bundle(write(tmp_path))
    bundle.check_features(FIELDS.features)
    with pytest.raises(BundleForeignError, match="another feature list"):
        bundle.check_features("other")


@pytest.mark.parametrize("where", ["nowhere", "empty", "file"])
def test_a_missing_bundle_is_named(tmp_path, where):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleMissingError, match=rf"no bundle .*{where}.*models list"):
        open_bundle(tmp_path / where)


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda b: (b / "ranker.txt").unlink(), r"ranker\.txt is missing"),
        (lambda b: (b / "ranker.txt").write_text("tre"), "has 3 bytes instead of 5"),
        (lambda b: flip(b / "index" / "offers.npy"), r"checksum of its file index/offers\.npy"),
        (lambda b: flip(b / MANIFEST), MANIFEST),
        (lambda b: (b / MANIFEST).write_text("{"), "is not JSON"),
        (lambda b: (b / MANIFEST).write_bytes(b"\xff\xff"), "cannot be read"),
    ],
)
def test_damage_is_found_and_named_with_a_remedy(tmp_path, damage, says):
    path = write(tmp_path)
    damage(path)
    with pytest.raises(BundleDamagedError, match=says) as found:
        open_bundle(path)
    assert "roll back" in str(found.value)
    assert str(path) in str(found.value)


def rewrite(path: Path, **changes: object) -> None:
    """Change a manifest and its checksum with it, as another program might."""
    content = json.loads((path / MANIFEST).read_text())
    del content["manifest_sha256"]
    content |= changes
    content = {key: value for key, value in content.items() if value is not None}
    content["manifest_sha256"] = module._text_sha256(module._canonical(content))
    (path / MANIFEST).write_text(json.dumps(content))


@pytest.mark.parametrize("changes", [{"kind": "other"}, {"format": 2}, {"kind": None}])
def test_a_bundle_of_other_software_is_refused(tmp_path, changes):
    path = write(tmp_path)
    rewrite(path, **changes)
    with pytest.raises(BundleForeignError, match="expected 'finmatch-bundle', format 1"):
        open_bundle(path)
    (path / MANIFEST).write_text("[]")
    with pytest.raises(BundleForeignError, match="kind None, format None"):
        open_bundle(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"files": None},
        {"created_at": "yesterday"},
        {"files": {"x.npy": {"size": 1}}},
        {"files": {"../x.npy": {"size": 1, "sha256": ""}}},
        {"files": {"/x.npy": {"size": 1, "sha256": ""}}},
    ],
)
def test_a_manifest_of_another_shape_is_damaged(tmp_path, changes):
    path = write(tmp_path)
    rewrite(path, **changes)
    with pytest.raises(BundleDamagedError, match=MANIFEST):
        open_bundle(path)


@pytest.mark.parametrize(
    "name", ["", ".hidden", "../up", "a/b", "a b", "a" * 101, "-x", "current.json"]
)
def test_names_that_are_no_names_are_refused(tmp_path, name):
    with pytest.raises(ArgumentError, match="A bundle's name is"):
        write(tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused_and_the_old_bundle_stays(tmp_path):
    write(tmp_path)
    with pytest.raises(ArgumentError, match="already a bundle"):
        write(tmp_path, text="new")
    assert open_bundle(tmp_path / "b").file("ranker.txt").read_text() == "tree\n"
    assert names(tmp_path) == {"b"}


def test_a_name_taken_meanwhile_is_refused_at_the_end(tmp_path):
    late = write_bundle(tmp_path, "b", created_at=CREATED, manifest_fields=FIELDS)
    staging = late.__enter__()
    (staging / "ranker.txt").write_text("late")
    write(tmp_path, "b")
    with pytest.raises(ArgumentError, match="already a bundle"):
        late.__exit__(None, None, None)
    assert open_bundle(tmp_path / "b").file("ranker.txt").read_text() == "tree\n"
    assert names(tmp_path) == {"b"}


@contextlib.contextmanager
def refused(tmp_path: Path, says: str, error: type[Exception] = ArgumentError):
    with (
        pytest.raises(error, match=says),
        write_bundle(tmp_path, "b", created_at=CREATED, manifest_fields=FIELDS) as staging,
    ):
        yield staging
    assert names(tmp_path) == set()


@pytest.mark.parametrize(
    "name", ["model.pkl", "model.joblib", "code.py", "noending", "x.npy.pickle"]
)
def test_formats_that_can_hold_code_are_refused(tmp_path, name):
    with refused(tmp_path, f"plain files of the formats .* got sub/{name}") as staging:
        (staging / "sub").mkdir()
        (staging / "sub" / name).write_bytes(b"x")


def test_links_are_refused(tmp_path):
    with refused(tmp_path, r"plain files .* got link\.txt") as staging:
        (staging / "link.txt").symlink_to("/etc/hostname")
    with refused(tmp_path, "plain files .* got folder") as staging:
        (staging / "folder").symlink_to("/etc")


def test_an_empty_bundle_and_a_ready_manifest_are_refused(tmp_path):
    with refused(tmp_path, "at least one file"):
        pass
    with refused(tmp_path, r"manifest\.json is written for you") as staging:
        (staging / MANIFEST).write_text("{}")


def test_an_error_of_the_caller_passes_and_leaves_nothing(tmp_path):
    with refused(tmp_path, "training failed", ZeroDivisionError) as staging:
        (staging / "ranker.txt").write_text("x")
        raise ZeroDivisionError("training failed")
    with refused(tmp_path, "No such file", FileNotFoundError) as staging:
        (staging / "absent.txt").read_text()


@pytest.mark.parametrize("values", [{"x": float("nan")}, {"x": object()}])
def test_settings_that_json_has_not_are_refused_before_the_work(tmp_path, values):
    fields = ManifestFields("v", features="f", dataset="d", metrics=values)
    with (
        pytest.raises(ArgumentError, match="plain JSON values"),
        write_bundle(tmp_path, "b", created_at=CREATED, manifest_fields=fields),
    ):
        pytest.fail("the block must not run")


def test_an_instant_without_a_zone_is_refused(tmp_path):
    naive = dt.datetime(2020, 1, 1)
    with (
        pytest.raises(ArgumentError, match="created_at needs a time zone"),
        write_bundle(tmp_path, "b", created_at=naive, manifest_fields=FIELDS),
    ):
        pytest.fail("the block must not run")


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("function", ["write_text", "sync", "file_sha256", "_put_in_place"])
def test_a_full_disk_leaves_nothing_and_says_what_to_do(tmp_path, monkeypatch, function):
    monkeypatch.setattr(module, function, full_disk)
    with refused(tmp_path, "No space left on device.*Free disk space", BundleError) as staging:
        (staging / "ranker.txt").write_text("x")


def test_a_disk_that_fills_while_the_caller_writes_says_so_too(tmp_path):
    with refused(tmp_path, "No space left on device.*Free disk space", BundleError) as staging:
        (staging / "ranker.txt").write_text("x")
        full_disk()


def test_a_root_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(BundleError, match="Nothing can be written below"),
        write_bundle(tmp_path / "file", "b", created_at=CREATED, manifest_fields=FIELDS),
    ):
        pytest.fail("the block must not run")


def killed(root: Path, point: str) -> None:
    """Run the writer in a process that is killed at ``point``."""
    script = Path(__file__).with_name("killed_writer.py")
    repository = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, str(script), str(root), point],
        cwd=repository,
        env=os.environ | {"PYTHONPATH": str(repository)},
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("point", ["body", "sealing", "manifest", "rename"])
def test_a_killed_writer_leaves_no_half_bundle(tmp_path, point):
    killed(tmp_path, point)
    assert not (tmp_path / "b").exists()
    assert len(names(tmp_path)) == 1  # the staging folder, hidden
    write(tmp_path, "b")
    assert names(tmp_path) == {"b"}
    open_bundle(tmp_path / "b")


def test_a_killed_promotion_leaves_the_old_choice(tmp_path):
    from matcher.registry import find_current, promote

    write(tmp_path, "a")
    promote(tmp_path, "a")
    write(tmp_path, "b")
    killed(tmp_path, "promote")
    assert find_current(tmp_path) == "a"
    promote(tmp_path, "b")
    assert find_current(tmp_path) == "b"
    assert names(tmp_path) == {"a", "b", "current.json"}


def test_a_writer_at_work_is_not_cleared_away(tmp_path):
    with write_bundle(tmp_path, "slow", created_at=CREATED, manifest_fields=FIELDS) as staging:
        (staging / "ranker.txt").write_text("slow")
        write(tmp_path, "quick")
    assert open_bundle(tmp_path / "slow").file("ranker.txt").read_text() == "slow"
    assert names(tmp_path) == {"slow", "quick"}


def test_two_writers_of_one_name_leave_one_whole_bundle(tmp_path):
    refusals = []

    def attempt(text: str) -> None:
        try:
            write(tmp_path, "b", text=text)
        except ArgumentError as error:
            refusals.append(error)

    threads = [threading.Thread(target=attempt, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 7
    assert open_bundle(tmp_path / "b").file("ranker.txt").read_text() in set("01234567")
    assert names(tmp_path) == {"b"}


def test_the_manifest_can_be_read_without_the_files(tmp_path):
    path = write(tmp_path)
    (path / "ranker.txt").unlink()
    assert read_manifest(path).fields.dataset == "0123"


def test_a_short_write_without_a_number_is_told_as_a_full_disk(tmp_path):
    fields = ManifestFields("v", features="f", dataset="d")
    created_at = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    with (
        pytest.raises(BundleError, match="Nothing can be written below"),
        write_bundle(tmp_path, "a", created_at=created_at, manifest_fields=fields),
    ):
        raise OSError("721920 requested and 16352 written")  # as NumPy says it
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
