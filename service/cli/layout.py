"""Lists of ranked pairs: one aligned line of figures each, and lines of text below it.

Chinese text has no blanks to break at, so lines are broken here: between any two Chinese
characters, between words elsewhere, and never before a closing mark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

WIDEST = 100
"""Columns of a list on a wide terminal: longer lines are hard to read."""

NARROWEST = 60
"""Columns of a list on a narrow one, where the terminal itself breaks the lines."""

RANK_CELLS, SCORE_CELLS, CHANCE_CELLS, MARK_CELLS = 3, 7, 8, 12
INDENT = " " * (RANK_CELLS + 2)

_PIECES = re.compile(r"[ -ʯ]+|.", re.S)
_CLOSING = "。，、；：？！）」』》”’·%％"


@dataclass(frozen=True)
class Line:
    """One line below a pair: a sign in its own colour, then words that may go on below."""

    words: str
    sign: str = ""
    sign_style: str = ""
    style: str = ""

    def laid_out(self, width: int) -> Iterator[Text]:
        """Yield the line as rows of at most ``width`` cells."""
        hang = " " * cell_len(self.sign) + " " if self.sign else ""
        rows = broken(self.words, width - len(INDENT) - len(hang))
        for number, row in enumerate(rows):
            start = f"{self.sign} " if self.sign and not number else hang
            yield Text.assemble(INDENT, (start, self.sign_style), (row, self.style))


@dataclass(frozen=True)
class Block:
    """One ranked pair: its figures on the first line, the rest below."""

    rank: int
    name: str
    score: str
    chance: str
    mark: Text
    lines: Sequence[Line]


def head(score: str, chance: str, mark: str, *, width: int) -> Iterator[Text]:
    """Yield the heading of a list and the rule below it."""
    yield _figures("#", "", score, chance, Text(mark), width=width, style="dim")
    yield Text("─" * width, style="dim")


def block(pair: Block, *, width: int) -> Iterator[Text]:
    """Yield the rows of one pair."""
    rank = str(pair.rank)
    yield _figures(rank, pair.name, pair.score, pair.chance, pair.mark, width=width, style="bold")
    for line in pair.lines:
        yield from line.laid_out(width)


def broken(words: str, width: int) -> list[str]:
    """Break ``words`` into rows of at most ``width`` cells."""
    rows, row = [], ""
    for piece in _pieces(words):
        if row and cell_len(row + piece.rstrip()) > width:
            rows.append(row.rstrip())
            row = ""
        row += piece if row else piece.lstrip()
        while cell_len(row.rstrip()) > width:  # one word that is longer than a row
            cut = set_cell_size(row, width).rstrip()
            rows.append(cut)
            row = row[len(cut) :]
    return [*rows, row.rstrip()]


def _pieces(words: str) -> Iterator[str]:
    """Yield what must stay together: words with the blank after them, characters with marks."""
    pieces: list[str] = []
    for run in _PIECES.findall(words):
        for piece in re.findall(r"\S+\s*|\s+", run):
            if pieces and piece[0] in _CLOSING:
                pieces[-1] += piece
            else:
                pieces.append(piece)
    return iter(pieces)


def _figures(
    rank: str, name: str, score: str, chance: str, mark: Text, *, width: int, style: str
) -> Text:
    room = width - len(INDENT) - SCORE_CELLS - CHANCE_CELLS - MARK_CELLS
    shown = name if cell_len(name) <= room else set_cell_size(name, room - 1) + "…"
    row = Text.assemble(
        f"{rank:>{RANK_CELLS}}  ",
        (set_cell_size(shown, room), style),
        (_right(score, SCORE_CELLS), style),
        (_right(chance, CHANCE_CELLS), "dim" if style == "dim" else ""),
        "  ",
    )
    return row.append_text(mark) if mark.style else row.append(mark.plain, style="dim")


def _right(text: str, cells: int) -> str:
    return " " * (cells - cell_len(text)) + text
