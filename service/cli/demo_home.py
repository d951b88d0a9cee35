"""The home of the demo: a generated world in a store of its own, with a stamp that says which."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import InputError
from service.cli.session import Session
from service.settings import BUNDLES_FOLDER, DATABASE_FILE
from service.sheets import whole_file

if TYPE_CHECKING:
    from data.demo import World
    from data.store import Store

STAMP_FILE = "demo.json"
FORMAT = 2
"""Changes with what a demo home holds: one of another format is built anew."""

SOURCE = "demo"
FACTS_AGE_DAYS = 30
"""How long before the last day the facts beside the records became known."""

DATABASE_FILES = tuple(DATABASE_FILE + ending for ending in ("", "-wal", "-shm"))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a demo home holds.

    Attributes
    ----------
    size, seed, today
        What the world was generated from; ``today`` is the last day of its history.
    fingerprint
        Of its catalogue once it is in the store; empty before.
    """

    size: str
    seed: int
    today: str
    fingerprint: str = ""
    format: int = FORMAT

    @property
    def day(self) -> dt.date:
        """The last day of the history."""
        return dt.date.fromisoformat(self.today)


def find_stamp(home: Path) -> Stamp | None:
    """Return the stamp of the demo at ``home``; ``None`` without one that can be read."""
    try:
        content = json.loads((home / STAMP_FILE).read_text(encoding="utf-8"))
        stamp = Stamp(**content)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return stamp if stamp.format == FORMAT else None


def write_stamp(home: Path, stamp: Stamp) -> None:
    """Write the stamp, whole or not at all."""
    with whole_file(home / STAMP_FILE) as aside:
        aside.write_text(json.dumps(asdict(stamp), indent=2) + "\n", encoding="utf-8")


def build(session: Session, stamp: Stamp, *, told: Callable[[str, int, int | None], None]) -> Stamp:
    """Generate the world of ``stamp`` into an empty store, and return the stamp as it is now.

    Raises
    ------
    InputError
        The folder holds a database that is no demo's.
    """
    from data.demo import generate
    from data.demo.rules import demo_facts, demo_rules

    home = session.settings.home
    _clear(session)
    write_stamp(home, stamp)
    told("generate", 0, None)
    size = int(stamp.size) if stamp.size.isdigit() else stamp.size
    world = generate(size, seed=stamp.seed, today=stamp.day)
    with session.open_store(create=True) as store:
        _fill(store, world, stamp, told)
        catalogue = store.load_catalogue()
        store.rules.add(demo_rules(catalogue))
        known_on = stamp.day - dt.timedelta(days=FACTS_AGE_DAYS)
        store.rules.put_facts(demo_facts(catalogue, seed=stamp.seed, known_on=known_on))
        fingerprint = catalogue.fingerprint()
    whole = Stamp(stamp.size, stamp.seed, stamp.today, fingerprint)
    write_stamp(home, whole)
    return whole


def _fill(
    store: Store, world: World, stamp: Stamp, told: Callable[[str, int, int | None], None]
) -> None:
    key = f"{SOURCE}/{FORMAT}/{stamp.size}/{stamp.seed}/{stamp.today}"
    done = 0
    with store.import_session(source=SOURCE, fingerprint=key) as imported:
        for number, (kind, table) in enumerate(world.tables(), start=1):
            if number > imported.resume_at:
                imported.stage(kind, table)
                imported.checkpoint(number)
            done += len(table)
            told("store", done, None)


def _clear(session: Session) -> None:
    """Remove an earlier demo; leave anything else alone."""
    home = session.settings.home
    if (home / DATABASE_FILE).exists() and not (home / STAMP_FILE).exists():
        raise InputError(
            session.terminal.text("demo.foreign", place=home / DATABASE_FILE),
            field="home",
            remedy=session.terminal.text("demo.foreign.remedy"),
        )
    for name in DATABASE_FILES:
        (home / name).unlink(missing_ok=True)
    shutil.rmtree(home / BUNDLES_FOLDER, ignore_errors=True)
