"""Makes what is derived from the bundled fonts; run it after one of them was replaced.

`python tools/make_fonts.py` (needs fonttools and brotli) writes `reporter/fonts/web/*.woff2`, the fonts of
the screen page, and `reporter/fonts/letters.json`, which letters the printed page's families have.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent.parent / "reporter" / "fonts"
WEB_FONTS = ("Inter-Regular", "Inter-SemiBold", "IBMPlexSerif-Regular", "IBMPlexSerif-SemiBold")
LETTERS_OF = ("Inter-Regular", "NotoSansSC-Regular")
# Latin with its diacritics, Greek, punctuation, super- and subscripts, currencies, arrows, signs, marks.
RANGES = (
    (0x20, 0x17F),
    (0x391, 0x3C9),
    (0x2010, 0x2044),
    (0x2070, 0x20BF),
    (0x2190, 0x2199),
    (0x2212, 0x2265),
)
SINGLE = (0x2C6, 0x2DA, 0x2DC, 0x25A0, 0x25B2, 0x25BC, 0x25CB, 0x25CF)
FEATURES = ("kern", "mark", "liga", "calt", "tnum", "ccmp", "locl", "case")


def main() -> None:
    """Writes one subset a web font, and the letters of each family."""
    characters = {code for first, last in RANGES for code in range(first, last + 1)} | set(SINGLE)
    (HERE / "web").mkdir(exist_ok=True)
    for name in WEB_FONTS:
        options = subset.Options(flavor="woff2", layout_features=list(FEATURES), hinting=False)
        font = TTFont(HERE / f"{name}.ttf", recalcTimestamp=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(HERE / "web" / f"{name}.woff2")
    families = {name.partition("-")[0]: list(ranges(letters(name))) for name in LETTERS_OF}
    lines = (f'"{family}": {json.dumps(spans)}' for family, spans in families.items())
    (HERE / "letters.json").write_text("{" + ",\n".join(lines) + "}\n", "utf-8")


def letters(name: str) -> Iterable[int]:
    """Yields the code points that a bundled font has a glyph for, ascending."""
    with TTFont(HERE / f"{name}.ttf", lazy=True) as font:
        return sorted(font.getBestCmap())


def ranges(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yields first and last of every run of ascending numbers."""
    first = last = None
    for number in numbers:
        if first is None or last is None or number != last + 1:
            if first is not None and last is not None:
                yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


if __name__ == "__main__":
    main()
