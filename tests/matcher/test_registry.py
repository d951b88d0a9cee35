from __future__ import annotations

import datetime as dt
import errno
import itertools
import json
import os
import threading
from pathlib import Path

import pytest

from data.errors import (
    ArgumentError,
    BundleDamagedError,
    BundleError,
    BundleMissingError,
    ConflictError,
)
from matcher import registry as module
from matcher.bundle import MANIFEST, ManifestFields, write_bundle
from matcher.registry import (
    POINTER,
    Action,
    Step,
    find_current,
    find_earlier,
    history,
    list_bundles,
    open_current,
    promote,
    rollback,
)

START = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Bundles c, b, a, written in this order."""
    for day, name in enumerate("cba"):
        fields = ManifestFields(f"v-{name}", features="f", dataset="d", metrics={"ndcg@10": 0.1})
        created_at = START + dt.timedelta(days=day)
        with write_bundle(tmp_path, name, created_at=created_at, manifest_fields=fields) as staging:
            (staging / "ranker.txt").write_text(name)
    return tmp_path


def test_nothing_serves_before_a_promotion(root):
    assert find_current(root) is None
    assert history(root) == ()
    with pytest.raises(BundleMissingError, match="was promoted"):
        open_current(root)
    with pytest.raises(BundleMissingError, match="served before"):
        rollback(root)
    with pytest.raises(BundleMissingError, match="served before"):
        rollback(root / "nowhere")
    assert list_bundles(root / "nowhere") == ()


def test_the_promoted_bundle_serves(root):
    assert promote(root, "a").name == "a"
    assert open_current(root).file("ranker.txt").read_text() == "a"
    promote(root, "b")
    assert find_current(root) == "b"


def test_rolling_back_walks_down_and_history_keeps_every_step(root):
    assert find_earlier(root) is None
    for name in "abc":
        promote(root, name)
    assert find_earlier(root) == "b"
    assert rollback(root).name == "b"
    assert rollback(root).name == "a"
    with pytest.raises(BundleMissingError, match="served before"):
        rollback(root)
    promote(root, "c")
    assert rollback(root).name == "a"
    assert history(root) == tuple(
        Step(Action(action), name)
        for action, name in [
            ("promote", "a"),
            ("promote", "b"),
            ("promote", "c"),
            ("rollback", "b"),
            ("rollback", "a"),
            ("promote", "c"),
            ("rollback", "a"),
        ]
    )
    assert json.loads((root / POINTER).read_text())["current"] == "a"


def test_promoting_twice_counts_once(root):
    promote(root, "a")
    promote(root, "a")
    assert len(history(root)) == 1


def test_a_damaged_bundle_is_not_promoted(root):
    promote(root, "a")
    (root / "b" / "ranker.txt").write_text("x")
    with pytest.raises(BundleDamagedError, match=r"ranker\.txt"):
        promote(root, "b")
    with pytest.raises(BundleMissingError, match="no bundle"):
        promote(root, "z")
    with pytest.raises(ArgumentError, match="A bundle's name"):
        promote(root, "../a")
    assert find_current(root) == "a"


def test_rolling_back_to_a_damaged_bundle_is_refused(root):
    promote(root, "a")
    promote(root, "b")
    (root / "a" / "ranker.txt").unlink()
    with pytest.raises(BundleDamagedError, match="missing"):
        rollback(root)
    assert find_current(root) == "b"


def test_all_bundles_are_listed_oldest_first(root):
    promote(root, "b")
    (root / "broken").mkdir()
    (root / "damaged").mkdir()
    (root / "damaged" / MANIFEST).write_text("{")
    found = list_bundles(root)
    assert [entry.name for entry in found] == ["c", "b", "a", "broken", "damaged"]
    assert [entry.current for entry in found] == [False, True, False, False, False]
    assert found[0].manifest.fields.model_version == "v-c"
    assert found[0].problem is None
    assert "manifest.json" in found[3].problem
    assert "not JSON" in found[4].problem


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"kind": "other", "history": []}',
        '{"kind": "finmatch-current", "history": [{"action": "rollback", "name": "a"}]}',
        '{"kind": "finmatch-current", "history": [{"action": "promote", "name": "../a"}]}',
        '{"kind": "finmatch-current", "history": [{"action": "jump", "name": "a"}]}',
        '{"kind": "finmatch-current", "history": [{"action": "promote", "name": 7}]}',
    ],
)
def test_a_damaged_pointer_is_named_and_a_promotion_mends_it(root, content):
    (root / POINTER).write_text(content)
    with pytest.raises(BundleDamagedError, match=r"current\.json.*Promote a bundle"):
        open_current(root)
    with pytest.raises(BundleDamagedError):
        rollback(root)
    assert not any(entry.current for entry in list_bundles(root))
    promote(root, "a")
    assert history(root) == (Step(Action.PROMOTE, "a"),)


def test_a_full_disk_leaves_the_old_choice(root, monkeypatch):
    promote(root, "a")
    before = sorted(path.name for path in root.iterdir())

    def full_disk(path: Path, text: str) -> None:
        path.write_text(text[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("matcher.durable.write_text", full_disk)
    with pytest.raises(BundleError, match=r"No space left on device.*Free disk space"):
        promote(root, "b")
    assert find_current(root) == "a"
    assert sorted(path.name for path in root.iterdir()) == before


def test_promoters_at_once_leave_a_consistent_state(root):
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(find_current(root))

    def change(name: str) -> None:
        for _ in range(20):
            promote(root, name)

    reader = threading.Thread(target=read)
    promoters = [threading.Thread(target=change, args=(name,)) for name in "ab"]
    for thread in (reader, *promoters):
        thread.start()
    for thread in promoters:
        thread.join()
    stop.set()
    reader.join()
    steps = history(root)
    assert seen <= {None, "a", "b"}
    assert find_current(root) == steps[-1].name
    assert all(one.name != other.name for one, other in itertools.pairwise(steps))
    assert json.loads((root / POINTER).read_text())["current"] == steps[-1].name
    assert not list(root.glob(".current*"))


def test_a_rollback_beside_a_promotion_is_never_lost(root):
    """Each of many rollbacks and promotions is in the history, in an order that replays."""
    promote(root, "a")

    def forth() -> None:
        for _ in range(15):
            promote(root, "b")
            promote(root, "c")

    def back() -> None:
        for _ in range(15):
            try:
                rollback(root)
            except BundleMissingError:
                continue

    threads = [threading.Thread(target=forth), threading.Thread(target=back)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = history(root)
    assert module._stack(steps)[-1] == find_current(root)
    for at, step in enumerate(steps):
        assert module._stack(steps[: at + 1])[-1] == step.name


def test_who_decided_on_another_bundle_is_told(root):
    with pytest.raises(ConflictError, match=r"'b' was expected to serve; none serves now"):
        promote(root, "a", expected="b")
    promote(root, "a", expected=None)
    with pytest.raises(ConflictError, match=r"None was expected to serve; 'a' serves now"):
        promote(root, "b", expected=None)
    promote(root, "b", expected="a")
    with pytest.raises(ConflictError, match=r"'a' was expected to serve; 'b' serves now"):
        rollback(root, expected="a")
    assert find_current(root) == "b"
    assert rollback(root, expected="b").name == "a"


def test_of_several_who_promote_at_once_one_wins(root):
    promote(root, "a")
    outcomes, gate = [], threading.Barrier(2)

    def decide(name):
        gate.wait()
        try:
            outcomes.append(promote(root, name, expected="a").name)
        except ConflictError:
            outcomes.append(None)

    threads = [threading.Thread(target=decide, args=(name,)) for name in "bc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [None, find_current(root)]
