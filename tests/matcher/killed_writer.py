"""Writes or promotes a bundle and is killed (SIGKILL) at the named point. Run by the tests."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from pathlib import Path

from matcher import bundle, durable, registry


def die(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def write(root: Path, point: str) -> None:
    fields = bundle.ManifestFields("v1", features="f", dataset="d")
    created = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    if point == "sealing":
        bundle.file_sha256 = die  # type: ignore[assignment]
    elif point == "manifest":
        bundle.write_text = die  # type: ignore[assignment]
    elif point == "rename":
        bundle._put_in_place = die  # type: ignore[assignment]
    with bundle.write_bundle(root, "b", created_at=created, manifest_fields=fields) as staging:
        (staging / "model.txt").write_text("half")
        if point == "body":
            die()


def promote(root: Path) -> None:
    durable.Path.replace = die  # type: ignore[method-assign, assignment]
    registry.promote(root, "b")


if __name__ == "__main__":
    folder, where = Path(sys.argv[1]), sys.argv[2]
    promote(folder) if where == "promote" else write(folder, where)
