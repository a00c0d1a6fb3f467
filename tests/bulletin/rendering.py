"""PDFs as other programs see them: words with their place, pages as pixels, letters as shapes.

words(pdf)                            every word and its box
rasters(pdf, poppler)                 the pages as grey pixels, by Poppler or by MuPDF
disagreement(one, other)              how far two pages differ where antialiasing cannot explain it
likeness(pdf, word, "Li₂S", font)     how like a printed word is to a text drawn from a font file
"""

from __future__ import annotations

import html
import re
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.conftest import needs

Pixels = np.ndarray[Any, np.dtype[np.int_]]
DPI = 200
LETTERS = 600  # dpi at which single words are looked at
HEIGHT = 48  # pixels to which shapes are brought before they are compared
_WORD = re.compile(r'<page |<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')


@dataclass(frozen=True)
class Word:
    """A word and its box in points from the top left of its page."""

    text: str
    page: int
    x1: float
    y1: float
    x2: float
    y2: float


def words(pdf: Path) -> list[Word]:
    needs("pdftotext", "poppler-utils")
    done = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], capture_output=True, text=True, check=True)
    found, page = [], 0
    for match in _WORD.finditer(done.stdout):
        if match[5] is None:
            page += 1
        else:
            found.append(Word(html.unescape(match[5]), page, *map(float, match.groups()[:4])))
    return found


# ── pages ──


def poppler(pdf: Path, target: Path) -> None:
    needs("pdftoppm", "poppler-utils")
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", pdf, target / "page"], check=True)


def mupdf(pdf: Path, target: Path) -> None:
    needs("mutool", "mupdf-tools")
    draw = [
        "mutool",
        "draw",
        "-q",
        "-r",
        str(DPI),
        "-c",
        "gray",
        "-o",
        str(target / "page-%02d.pgm"),
        str(pdf),
    ]
    subprocess.run(draw, check=True, capture_output=True)


def rasters(pdf: Path, renderer: Any, target: Path) -> list[Image.Image]:
    target.mkdir(parents=True)
    renderer(pdf, target)
    return [Image.open(path) for path in sorted(target.iterdir())]


def disagreement(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """Yields the mean difference of two pages, and the largest of a pixel to the nearest of its neighbours."""
    assert one.size == other.size
    difference = np.abs(_pixels(one) - _pixels(other))
    return float(difference.mean()), int(max(_beyond(one, other).max(), _beyond(other, one).max()))


def _beyond(one: Image.Image, other: Image.Image) -> Pixels:
    """Yields how far each pixel lies outside what the other page has there and next to it."""
    darkest, lightest = (
        _pixels(other.filter(near(3))) for near in (ImageFilter.MinFilter, ImageFilter.MaxFilter)
    )
    return np.maximum(_pixels(one) - lightest, darkest - _pixels(one)).clip(0)


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, dtype=int)


# ── letters ──


def likeness(pdf: Path, word: Word, text: str, font: Path) -> float:
    """Yields 1 where a printed word looks as `text` does when FreeType draws it from `font`, about 0 for another."""
    return _correlation(_printed(pdf, word), _drawn(text, font))


def _printed(pdf: Path, word: Word) -> Pixels:
    needs("pdftoppm", "poppler-utils")
    x1, y1, x2, y2 = (int(side * LETTERS / 72) for side in (word.x1, word.y1, word.x2, word.y2))
    box = ["-x", str(x1 - 2), "-y", str(y1), "-W", str(x2 - x1 + 4), "-H", str(y2 - y1)]
    place = ["-f", str(word.page), "-l", str(word.page), "-r", str(LETTERS), "-singlefile"]
    done = subprocess.run(["pdftoppm", *place, *box, "-png", pdf], capture_output=True, check=True)
    return _ink(255 - _pixels(Image.open(BytesIO(done.stdout)).convert("L")))


def _drawn(text: str, font: Path) -> Pixels:
    image = Image.new("L", (200 * len(text) + 200, 400), 0)
    ImageDraw.Draw(image).text((50, 50), text, font=ImageFont.truetype(str(font), 200), fill=255)
    return _ink(_pixels(image))


def _ink(pixels: Pixels) -> Pixels:
    """Yields the part that is drawn on, in full contrast."""
    pixels = (pixels - pixels.min()) * 255 // (pixels.max() - pixels.min())
    rows, columns = np.where(pixels > 127)
    return pixels[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def _correlation(one: Pixels, other: Pixels) -> float:
    """Yields the correlation of two shapes, each brought to the same box."""
    width = max(8, round(HEIGHT * one.shape[1] / one.shape[0]))
    boxes = [Image.fromarray(part.astype("uint8")).resize((width, HEIGHT)) for part in (one, other)]
    return float(np.corrcoef(*(_pixels(box).ravel() for box in boxes))[0, 1])
