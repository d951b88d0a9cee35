"""``finmatch train encoder``: the text encoder adapted to the deals of the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

from service.cli.horizon import choose_day
from service.cli.session import Session

if TYPE_CHECKING:
    from eval.intervals import Interval

ENCODERS_FOLDER = "encoders"
REFUSED = 1


def adapt(session: Session, *, as_of: dt.date | None, name: str | None, seed: int) -> int:
    """Adapt the encoder of the settings, by default the embedded one, and say how it went."""
    from features.encoder.opening import EMBEDDED, OFF, encoder_folder
    from features.encoder.sentence import SentenceEncoder
    from matcher.bundle import check_name
    from training.encoder import train_encoder

    terminal, settings = session.terminal, session.settings
    chosen = EMBEDDED if settings.encoder == OFF else settings.encoder
    with terminal.progress() as bar:
        bar("read", 0, None)
        catalogue = session.load_catalogue()
        day = as_of or choose_day(catalogue, terminal)
        name = name or f"adapted-{day}"
        check_name(name)
        base = SentenceEncoder(encoder_folder(chosen, cache=settings.cache))
        outcome = train_encoder(
            catalogue,
            base,
            as_of=day,
            folder=settings.home / ENCODERS_FOLDER / name,
            seed=seed,
            progress=bar,
        )
    terminal.emit(
        {
            "before": asdict(outcome.before),
            "after": asdict(outcome.after),
            "gain": asdict(outcome.gain),
            "steps": outcome.steps,
            "n_train": outcome.n_train,
            "n_held_out": outcome.n_held_out,
            "folder": None if outcome.folder is None else str(outcome.folder),
        }
    )
    terminal.line(
        "adapt.result",
        count=outcome.n_held_out,
        before=f"{outcome.before.mean:.3f}",
        after=f"{outcome.after.mean:.3f}",
        gain=_said(outcome.gain),
    )
    if outcome.folder is None:
        terminal.line("adapt.refused", style="yellow")
        return REFUSED
    terminal.line("adapt.kept", place=outcome.folder.absolute())
    return 0


def _said(gain: Interval) -> str:
    return f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
