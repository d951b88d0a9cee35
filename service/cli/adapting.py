"""``finmatch train encoder``: the text encoder adapted to the deals of the store."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING

from service.cli.horizon import choose_day
from service.cli.session import Session

if TYPE_CHECKING:
    from eval.intervals import Interval
    from training.encoder import AdaptOutcome

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
        place = encoder_folder(chosen, cache=settings.cache, adapted=settings.encoders)
        base = SentenceEncoder(place)
        outcome = train_encoder(
            catalogue,
            base,
            as_of=day,
            folder=settings.encoders / name,
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
    return _show(session, outcome, name)


def _show(session: Session, outcome: AdaptOutcome, name: str) -> int:
    """Say what was gained, and either how to use the new encoder or why there is none."""
    terminal = session.terminal
    terminal.line("adapt.learned", count=outcome.n_train, steps=outcome.steps)
    terminal.line(
        "adapt.result",
        count=outcome.n_held_out,
        before=f"{outcome.before.mean:.3f}",
        after=f"{outcome.after.mean:.3f}",
        gain=_said(outcome.gain),
    )
    if outcome.folder is not None:
        terminal.line("adapt.kept", place=outcome.folder.absolute(), name=name)
        return 0
    reason = "adapt.refused" if outcome.steps else "adapt.unlearned"
    terminal.line(reason, style="yellow", encoder=session.settings.encoder)
    return REFUSED


def _said(gain: Interval) -> str:
    return f"{gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
