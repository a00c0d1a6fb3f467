"""Cells as people write them → the text of the contract, or a ValueError that states what is expected.

What may mean two things is refused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from decimal import Context, Decimal

from reporter.calendar import PartialDate

DAY_FIRST, MONTH_FIRST = "day_first", "month_first"
NOTHING = ("", "-", "–", "—", "n/a", "na", "/")  # as a number

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD = "(?P<word>[a-z]{3,9})\\.?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?:[-/.]|年)(?P<m>\d{1,2})(?:[-/.]|月)(?P<d>\d{1,2})日?")
_COMPACT = re.compile(r"(?P<y>(?:19|20|21)\d{2})(?P<m>\d{2})(?P<d>\d{2})")
_DAY_WORD = re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)?[ -]{_WORD},?[ -](?P<y>\d{{4}})")
_WORD_DAY = re.compile(rf"{_WORD} (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})")
_TWO_WAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_SERIAL = re.compile(r"[2-7]\d{4}")  # days since 1899-12-30, as spreadsheets count: 1954 to 2119
_YEAR_MONTH = re.compile(r"(?P<y>\d{4})(?:[-/.]|年)(?P<m>\d{1,2})月?")
_WORD_YEAR = re.compile(rf"{_WORD},? (?P<y>\d{{4}})")
_QUARTER = re.compile(r"(?:(?P<y>\d{4})[- 年]?)?(?P<part>[qh][1-4])(?: ?(?P<y2>\d{4}))?")
_MIDNIGHT = re.compile(r"[T ]0{1,2}:00(?::00(?:\.0+)?)?")
_NUMBER = re.compile(r"([-+]?)([0-9]+(?:\.[0-9]+)?|\.[0-9]+)([万亿]?)")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:[ '’][0-9]{3})+)(?:\.[0-9]+)?")
_EXACT = Context(prec=80)  # more digits than any record may have
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}
_RANGE = re.compile(r"(.*[0-9万亿])\s*(?:-|–|—|~|至|to)\s*([0-9.].*)")


def plain(text: str) -> str:
    """Yields the text with full-width letters and digits as narrow ones, blanks as one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def read_date(text: str, order: str = "") -> str:
    """Yields the ISO date of a day in one of the usual spellings; `order` decides 03/04/2025."""
    bare = _MIDNIGHT.sub("", plain(text).casefold().replace("t00:00", " 00:00")).strip()
    for pattern in (_YEAR_FIRST, _COMPACT, _DAY_WORD, _WORD_DAY):
        if match := pattern.fullmatch(bare):
            parts = match.groupdict()
            month = _month(parts["word"]) if "word" in parts else int(parts["m"])
            return _day(int(parts["y"]), month, int(parts["d"]))
    if match := _TWO_WAYS.fullmatch(bare):
        return _either_way(int(match[1]), int(match[2]), int(match[3]), order)
    if _SERIAL.fullmatch(bare):
        return (date(1899, 12, 30) + timedelta(days=int(bare))).isoformat()
    raise ValueError("is not a date such as 2025-12-06, 6 Dec 2025 or 2025年12月6日")


def _either_way(first: int, second: int, year: int, order: str) -> str:
    if not order and first != second and max(first, second) <= 12:
        raise ValueError("may be two days; write `dates: day_first` or `month_first` in imports.yaml")
    day_first = order == DAY_FIRST or (not order and first > 12)
    return _day(year, *((second, first) if day_first else (first, second)))


def _month(word: str) -> int:
    if word[:3] not in _MONTHS:
        raise ValueError("is not a date such as 6 Dec 2025")
    return _MONTHS.index(word[:3]) + 1


def _day(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise ValueError("does not exist in the calendar") from None


def read_partial(text: str, order: str = "") -> str:
    """Yields a date as far as it is known: `2026`, `2026-Q1`, `2026-03`, `2026-03-14`."""
    bare = plain(text).casefold()
    if re.fullmatch(r"\d{4}年?", bare):
        return bare[:4]
    if (match := _QUARTER.fullmatch(bare)) and bool(match["y"]) != bool(match["y2"]):
        return PartialDate.parse(f"{match['y'] or match['y2']}-{match['part'].upper()}").text
    if match := _YEAR_MONTH.fullmatch(bare) or _WORD_YEAR.fullmatch(bare):
        parts = match.groupdict()
        month = _month(parts["word"]) if "word" in parts else int(parts["m"])
        return _day(int(parts["y"]), month, 1)[:7]
    return read_date(text, order)


def read_moment(text: str, order: str = "") -> str:
    """Yields a moment: a day in any spelling, or an ISO time as it is."""
    return text if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text) else read_date(text, order)


def read_number(text: str, grouped: bool = True) -> str:
    """Yields the plain text of a number; empty where the cell says that there is none.

    `1,234` is taken for 1234 where numbers may be grouped by commas (not in files separated by semicolons).
    """
    bare = plain(text).replace("−", "-")
    if bare.casefold() in NOTHING:
        return ""
    if _GROUPED.fullmatch(bare):
        if "," in bare and not grouped:
            raise ValueError("may be thousands or a decimal comma in a file with semicolons; write a point")
        bare = re.sub(r"[, '’]", "", bare)
    match = _NUMBER.fullmatch(bare.replace(" ", ""))
    if match is None:
        hint = "; it has a decimal comma" if re.fullmatch(r"-?\d+,\d+", bare) else ""
        raise ValueError(f"is not a number such as 93300, 93,300 or 9.33万{hint}")
    number = _EXACT.multiply(Decimal(match[2]), Decimal(_TIMES[match[3]]))
    digits = f"{number:f}"
    return ("-" if match[1] == "-" else "") + (digits.rstrip("0").rstrip(".") if "." in digits else digits)


def read_range(text: str, grouped: bool = True) -> tuple[str, str] | None:
    """Yields low and high of `185-195`, `185–195` or `185至195`; None where the text is one number."""
    match = _RANGE.fullmatch(plain(text).casefold())
    if match is None:
        return None
    return read_number(match[1], grouped), read_number(match[2], grouped)
