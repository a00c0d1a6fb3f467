"""Is every letter of a finished PDF drawn, from the expected fonts, and readable as text?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from struct import unpack_from
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from reporter.bulletin.fonts import EAST_ASIAN, HEADLINE, INVISIBLE, TEXT
from reporter.errors import Problem

FAMILIES = (TEXT, HEADLINE, EAST_ASIAN)
STYLES = ("", "Semi-Bold")  # of the bundled files; another one is a system's font, or a made-up bold
_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
_SUBSET = re.compile(r"/[A-Z]{6}\+(.+)")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")
_OPERATORS = "Tf Tj TJ ' \" q Q Do scn SCN"
_SHOWN = 5  # letters that one message names


@dataclass
class _Font:
    """A font of the PDF, and the codes of its glyphs that each page shows."""

    dictionary: Any
    shown: dict[int, set[int]] = field(default_factory=dict)


def text_faults(pdf: pikepdf.Pdf, families: Sequence[str]) -> Iterator[Problem]:
    """Yields the faults of the fonts of `pdf`, and of the letters its pages show in them."""
    for font in _fonts(pdf):
        name = str(font.dictionary.get("/BaseFont", "/?"))
        descendant = font.dictionary.get("/DescendantFonts", [font.dictionary])[0]
        descriptor = descendant.get("/FontDescriptor", Dictionary())
        subset = _SUBSET.fullmatch(name)
        family = str(descriptor.get("/FontFamily", subset[1] if subset else name[1:]))
        if family not in families:
            yield Problem("font_family", f"a font is {family}; expected are {', '.join(families)}")
        elif (style := _style(subset[1] if subset else name[1:], family)) not in STYLES:
            yield Problem("font_style", f"a font is {family} {style}, which is not bundled")
        program = next((descriptor[key] for key in _FILES if key in descriptor), None)
        if program is None:
            yield Problem("font_not_embedded", f"the font {family} is not inside the PDF")
        elif not subset:
            yield Problem("font_not_subset", f"the font {family} is embedded whole")
        if font.dictionary.get("/Subtype") == Name.Type0:
            yield from _glyph_faults(font, family, descendant, program)


def _style(face: str, family: str) -> str:
    """Yields the style of a face: `Semi-Bold` of `IBM-Plex-Serif-Semi-Bold`."""
    return face.removeprefix(family.replace(" ", "-")).strip("-")


# ── which glyphs are shown ──


def _fonts(pdf: pikepdf.Pdf) -> list[_Font]:
    fonts: dict[tuple[int, int], _Font] = {}
    seen: set[tuple[int, int]] = set()
    for n, page in enumerate(pdf.pages, 1):
        _read(page.obj, page.resources, n, fonts, seen)
    return list(fonts.values())


def _read(
    content: Any, resources: Any, page: int, fonts: dict[tuple[int, int], _Font], seen: set[tuple[int, int]]
) -> None:
    """Notes the codes that a content stream shows, and those of the forms and patterns drawn on it.

    A form that several pages draw is read for the first of them.
    """
    named = {
        name: fonts.setdefault(one.objgen, _Font(one))
        for name, one in resources.get("/Font", Dictionary()).items()
    }
    current: list[_Font | None] = [None]
    for instruction in pikepdf.parse_content_stream(content, _OPERATORS):
        operands: Any = instruction.operands
        match str(instruction.operator):
            case "q":
                current.append(current[-1])
            case "Q" if len(current) > 1:
                current.pop()
            case "Tf":
                current[-1] = named.get(str(operands[0]))
            case "Do" | "scn" | "SCN" as drawing:
                drawn = _drawn_by(resources, drawing, operands)
                if drawn is not None and drawn.objgen not in seen:
                    seen.add(drawn.objgen)
                    _read(drawn, drawn.get("/Resources", Dictionary()), page, fonts, seen)
            case "Tj" | "TJ" | "'" | '"' if (font := current[-1]) is not None:
                font.shown.setdefault(page, set()).update(_codes(operands[-1]))


def _drawn_by(resources: Any, operator: str, operands: Any) -> Any:
    """Yields the form or the tiling pattern that an operator draws with; None for pictures and colours."""
    if not operands or not isinstance(operands[-1], Name):
        return None
    kind = "/XObject" if operator == "Do" else "/Pattern"
    found = resources.get(kind, Dictionary()).get(str(operands[-1]))
    return found if isinstance(found, Stream) and found.get("/Subtype") != Name.Image else None


def _codes(shown: Any) -> tuple[int, ...]:
    """Yields the two-byte codes of a shown text: a string, or strings with gaps between."""
    parts = shown if isinstance(shown, Array) else [shown]
    text = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
    return unpack_from(f">{len(text) // 2}H", text)


# ── are they drawn and readable ──


def _glyph_faults(font: _Font, family: str, descendant: Any, program: Any) -> Iterator[Problem]:
    texts = _texts(font.dictionary.get("/ToUnicode"))
    glyphs = _glyph_of(descendant.get("/CIDToGIDMap"))
    outlined = None if program is None else _outlined(program.read_bytes())
    for page, codes in font.shown.items():
        missing = [code for code in sorted(codes) if not _drawn(glyphs(code), texts.get(code, "?"), outlined)]
        if missing:
            letters = " ".join(texts.get(code) or f"glyph {code}" for code in missing[:_SHOWN])
            yield Problem(
                "missing_glyph", f"page {page}: {family} has no picture of {letters}", count=len(missing)
            )
        unread = [code for code in sorted(codes) if not _readable(texts.get(code, ""))]
        if unread:
            shown = ", ".join(map(str, unread[:_SHOWN]))
            yield Problem(
                "no_text", f"page {page}: glyphs {shown} of {family} stand for no letter", count=len(unread)
            )


def _readable(text: str) -> bool:
    return bool(text) and not {"\0", "\ufffd"} & {*text}


def _drawn(glyph: int, text: str, outlined: list[bool] | None) -> bool:
    """Yields whether a glyph is there and has an outline; a space needs none."""
    if glyph == 0:
        return False
    if outlined is None:
        return True
    if glyph >= len(outlined):
        return False
    return outlined[glyph] or all(unicodedata.category(letter) in INVISIBLE for letter in text)


def _outlined(font: bytes) -> list[bool] | None:
    """Yields for each glyph of a TrueType font whether it has an outline; None of other kinds of font."""
    count = unpack_from(">H", font, 4)[0] if len(font) > 12 else 0
    tables = {font[at : at + 4]: unpack_from(">II", font, at + 8) for at in range(12, 12 + 16 * count, 16)}
    if b"loca" not in tables or b"glyf" not in tables:
        return None
    long = unpack_from(">h", font, tables[b"head"][0] + 50)[0]
    glyphs = unpack_from(">H", font, tables[b"maxp"][0] + 4)[0]
    ends = unpack_from(f">{glyphs + 1}{'I' if long else 'H'}", font, tables[b"loca"][0])
    return [start < end for start, end in pairwise(ends)]


def _glyph_of(mapping: Any) -> Any:
    """Yields the function from a code to the number of its glyph in the font."""
    if not isinstance(mapping, Stream):
        return int
    content = mapping.read_bytes()
    table = unpack_from(f">{len(content) // 2}H", content)
    return lambda code: table[code] if code < len(table) else 0


def _texts(stream: Any) -> dict[int, str]:
    """Yields the text of each code, from a font's ToUnicode."""
    found: dict[int, str] = {}
    content = stream.read_bytes() if isinstance(stream, Stream) else b""
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", content, re.DOTALL):
        numbers = _HEX.findall(block)
        for code, text in zip(numbers[::2], numbers[1::2], strict=False):
            found[int(code, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
    return found
