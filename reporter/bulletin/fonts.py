"""The bundled fonts: which files they are, which letters they have, which families a page is set in.

Latin is set in Inter and its headlines in IBM Plex Serif; what these lack, in Noto Sans SC. System fonts
are never asked: the same records must make the same page on every machine.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent.parent / "fonts"
TEXT, HEADLINE, EAST_ASIAN = "Inter", "IBM Plex Serif", "Noto Sans SC"
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # categories of letters set as space or nothing


@dataclass(frozen=True, slots=True)
class Face:
    """One file in `FONTS`: a weight of a family. None is italic: a Chinese face has no such form."""

    family: str
    file: str
    weight: int


LATIN_FACES = (
    Face(TEXT, "Inter-Regular.ttf", 400),
    Face(TEXT, "Inter-SemiBold.ttf", 600),
    Face(HEADLINE, "IBMPlexSerif-Regular.ttf", 400),
    Face(HEADLINE, "IBMPlexSerif-SemiBold.ttf", 600),
)
EAST_ASIAN_FACES = (
    Face(EAST_ASIAN, "NotoSansSC-Regular.ttf", 400),
    Face(EAST_ASIAN, "NotoSansSC-SemiBold.ttf", 600),
)


@dataclass(frozen=True, slots=True)
class Families:
    """The values of CSS's `font-family` for a page's text and its headlines."""

    text: str
    headline: str


def families(language: str) -> Families:
    """Yields the families of a page. A Chinese headline stands in one face with the Latin inside it."""
    text = f'{TEXT}, "{EAST_ASIAN}"'
    return Families(text, text if language == "zh" else f'"{HEADLINE}", {text}')


def faces(page: str) -> tuple[Face, ...]:
    """Yields the faces that a printed page needs: the large East Asian ones only where they are used."""
    lacking = {letter for letter in set(page) if ord(letter) not in _letters("Inter")}
    needed = any(ord(letter) in _letters("NotoSansSC") for letter in lacking)
    return (*LATIN_FACES, *EAST_ASIAN_FACES) if needed else LATIN_FACES


def missing_letters(text: str) -> list[str]:
    """Yields the letters of a text that no bundled font has, each once."""
    if text.isascii():
        return []
    return [letter for letter in dict.fromkeys(text) if not (_is_invisible(letter) or _has(letter))]


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in INVISIBLE


def _has(letter: str) -> bool:
    return any(ord(letter) in _letters(name) for name in ("Inter", "NotoSansSC"))


@lru_cache
def _letters(name: str) -> frozenset[int]:
    """Yields the code points of a family, as `tools/make_fonts.py` read them from its files."""
    spans = json.loads((FONTS / "letters.json").read_text("utf-8"))[name]
    return frozenset(code for first, last in spans for code in range(first, last + 1))
