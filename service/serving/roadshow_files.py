"""What is handed out of a roadshow: a workbook, calendars, pages to print."""

from __future__ import annotations

import io
import zipfile
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from data.errors import UnknownIdError
from matcher.roadshow.choices import State
from service.access.sight import Sight
from service.roadshow.calendars import write_calendars
from service.roadshow.desk import Desk, Kept
from service.roadshow.pages import render_agendas
from service.roadshow.wording import Words
from service.roadshow.workbook import write_workbook
from service.serving.roadshows import last_change, load

STATE_WORDS = {
    State.DRAFT: ("草稿", "draft"),
    State.PUBLISHED: ("已发布", "published"),
    State.RUNNING: ("进行中", "running"),
    State.CLOSED: ("已结束", "closed"),
}

ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Of every member: equal plans give equal archives."""


class Handout(StrEnum):
    """A file by its name."""

    WORKBOOK = "roadshow.xlsx"
    CALENDARS = "calendars.zip"
    AGENDAS = "agendas.html"

    @classmethod
    def named(cls, name: str) -> Handout:
        """Return the handout of a name; raise :class:`UnknownIdError` where there is none."""
        if name not in set(cls):
            raise UnknownIdError(
                f"There is no {name!r} of a roadshow.",
                field="file",
                remedy=f"Ask for {', '.join(cls)}.",
            )
        return cls(name)

    @property
    def media_type(self) -> str:
        """As HTTP has it."""
        return MEDIA_TYPES[self]


MEDIA_TYPES = {
    Handout.WORKBOOK: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Handout.CALENDARS: "application/zip",
    Handout.AGENDAS: "text/html; charset=utf-8",
}


def handout(
    sight: Sight, roadshow_id: str, wanted: Handout, *, chinese: bool, version: int | None = None
) -> bytes:
    """Return a file about a plan; raises as :func:`service.serving.roadshows.get_roadshow`."""
    kept = load(sight, roadshow_id, version=version)
    words = Words(kept.problem, kept.plan, chinese)
    if wanted is Handout.AGENDAS:
        return render_agendas(words).encode()
    with TemporaryDirectory() as folder:
        if wanted is Handout.CALENDARS:
            return _calendars(Path(folder), words, kept)
        path = Path(folder) / wanted.value
        write_workbook(
            path,
            words,
            reports=Desk(sight.store).reports_of(roadshow_id),
            change=last_change(sight, kept),
            state=STATE_WORDS[kept.state][0 if chinese else 1],
        )
        return path.read_bytes()


def _calendars(folder: Path, words: Words, kept: Kept) -> bytes:
    files = write_calendars(folder, words, stamped=kept.created_at, version=kept.version)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files):
            archive.writestr(zipfile.ZipInfo(file.name, ZIP_EPOCH), file.read_bytes())
    return packed.getvalue()
