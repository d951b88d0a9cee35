from __future__ import annotations

from pathlib import Path

import pytest

from eval.atomic import whole_file, write_text_whole


def test_a_file_appears_whole_and_makes_its_folder(tmp_path: Path):
    path = tmp_path / "new" / "file.txt"
    write_text_whole(path, "中文\n")
    assert path.read_bytes() == "中文\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["file.txt"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "file.txt"
    path.write_text("old", encoding="utf-8")

    def fail() -> None:
        with whole_file(path) as aside:
            aside.write_text("half", encoding="utf-8")
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError), whole_file(tmp_path / "file.txt"):
        pass
    assert not list(tmp_path.iterdir())
