"""``finmatch meaning``: ways of text retrieval on the test of meaning that ships with FinMatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.options import AsJson, Lang, Quiet, Seed
from service.cli.session import Session

if TYPE_CHECKING:
    from eval.meaning.measuring import MeaningResult
    from service.console import Terminal

EXAMPLES = ("finmatch meaning", "finmatch meaning --encoder off --json")


def run(
    encoder: Annotated[
        str,
        typer.Option(
            help="off, embedded, a folder, or a model's name, instead of FINMATCH_ENCODER.",
            metavar="ENCODER",
        ),
    ] = "embedded",
    seed: Seed = 0,
    lang: Lang = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Test text retrieval: whether texts meet that mean one thing in other words.

    Measures TF-IDF, BM25, the encoder and their fusion on the Chinese and English cases that ship
    with FinMatch.
    """
    import numpy as np

    from eval.meaning.cases import CaseSet
    from eval.meaning.measuring import measure, results_to_dict

    session = Session.start(lang=lang, as_json=as_json, quiet=quiet)
    terminal = session.terminal
    opened = session.open_encoder(encoder)
    with terminal.progress() as bar:
        found = {
            chosen: measure(chosen, opened, rng=np.random.default_rng(seed), progress=bar)
            for chosen in CaseSet
        }
    terminal.emit(
        {
            "encoder": None if opened is None else opened.info.name,
            "fingerprint": None if opened is None else opened.info.fingerprint,
            **{str(chosen): results_to_dict(results) for chosen, results in found.items()},
        }
    )
    for chosen, results in found.items():
        _show(terminal, str(chosen), results)
    if opened is None:
        terminal.note("meaning.off")
    return 0


def _show(terminal: Terminal, chosen: str, results: dict[str, MeaningResult]) -> None:
    title = terminal.text(f"meaning.{chosen}")
    table = terminal.figures("meaning.way", "NDCG@10", "95 %", title=title)
    for way, result in results.items():
        interval = f"{result.low:.3f} – {result.high:.3f}"
        table.add_row(terminal.text(f"meaning.{way}"), f"{result.mean:.3f}", interval)
    terminal.show(table)
