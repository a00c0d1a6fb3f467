"""Patterns of words, and texts with parts made blank: what the reading of a commentary rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable

LETTER = "A-Za-zÀ-ɏ"  # a digit beside such a letter belongs to a name: Li2S, 3D
BLANK = "\ufffc"  # stands where something was taken out
_WIDE = str.maketrans("０１２３４５６７８９．％＋－", "0123456789.%+-")


def plain_digits(text: str) -> str:
    """Yields the text with full-width digits and their signs as plain ones, every letter in its place."""
    text = re.sub("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))", ",", text)
    return text.translate(_WIDE)


def blanked(text: str, start: int, end: int) -> str:
    """Yields the text with a part made blank, line breaks kept, every letter in its place."""
    return text[:start] + re.sub(r"[^\n]", BLANK, text[start:end]) + text[end:]


def blanked_out(text: str, pattern: re.Pattern[str]) -> str:
    """Yields the text with everything that a pattern finds made blank."""
    for match in pattern.finditer(text):
        text = blanked(text, match.start(), match.end())
    return text


def whole(words: Iterable[str]) -> re.Pattern[str]:
    """Yields a pattern of any of the words that stands by itself, in small or capital letters."""
    return re.compile(f"(?<![{LETTER}0-9])(?:{either(words)})", re.IGNORECASE)


def either(words: Iterable[str]) -> str:
    """Yields a pattern of any of the words, the longest first; a Latin word ends where no letter follows."""
    kept = sorted(filter(None, words), key=len, reverse=True)
    return "|".join(map(_bounded, kept)) or r"(?!)"


def _bounded(word: str) -> str:
    pattern = re.escape(word) if len(word) < 4 else f"(?i:{re.escape(word)})"
    return pattern + (rf"(?![{LETTER}0-9])" if re.match(f"[{LETTER}]", word[-1]) else "")
