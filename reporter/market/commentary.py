"""The analyst's words held against the numbers: every number a figure of the issue, every move as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reporter.market.commentary_numbers import Numbers
from reporter.market.commentary_types import Finding, Piece, Sayable, Words
from reporter.market.commentary_words import Moves
from reporter.market.patterns import blanked_out
from reporter.market.written import Notation

_QUOTED = re.compile('“[^”]*”|「[^」]*」|"[^"]*"')
_ADDRESS = re.compile(r"(?:https?://|mailto:|www\.)\S+")


def contradictions(
    pieces: Iterable[Piece], sayable: Sayable, notation: Notation, words: Words
) -> Iterator[Finding]:
    """Yields every number, date and word of movement that the issue does not bear out, in order.

    What stands in a block quote, in “…”, "…" or 「…」, in an address or in a name is not looked at.
    """
    numbers = Numbers(sayable, notation)
    moves = Moves(sayable, words, numbers)
    for piece in pieces:
        if not piece.quoted:
            text = _own_words(piece.text)
            moved = moves.moves(_own_words(moves.blank_told(piece.text)))
            found = [*numbers.numbers(text), *numbers.dates(text), *moved]
            for at, code, word, message in sorted(found):
                yield Finding(code, piece.line + piece.text.count("\n", 0, at), word, message)


def _own_words(text: str) -> str:
    """Yields the text without what others say in it and without addresses."""
    return blanked_out(blanked_out(text, _QUOTED), _ADDRESS)
