"""Makes `reporter/fonts/web/*.woff2`, the fonts of the screen page, from the fonts of the printed one.

Run it after a font was replaced: `python tools/make_web_fonts.py` (needs fonttools and brotli).
"""

from __future__ import annotations

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent.parent / "reporter" / "fonts"
FONTS = ("Inter-Regular", "Inter-SemiBold", "IBMPlexSerif-Regular", "IBMPlexSerif-SemiBold")
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
    """Writes one subset a font."""
    characters = {code for first, last in RANGES for code in range(first, last + 1)} | set(SINGLE)
    (HERE / "web").mkdir(exist_ok=True)
    for name in FONTS:
        options = subset.Options(flavor="woff2", layout_features=list(FEATURES), hinting=False)
        font = TTFont(HERE / f"{name}.ttf", recalcTimestamp=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(HERE / "web" / f"{name}.woff2")


if __name__ == "__main__":
    main()
