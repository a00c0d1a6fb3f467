"""What one cell may say: from its text to its value, or a ValueError that states what is expected.

Values are canonical, so that equal values compare equal however they were written: a decimal is its
plain text without needless zeros (`2050`, `0.0001`), a moment is in UTC.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from reporter.calendar import PartialDate

FIRST_YEAR, LAST_YEAR = 1900, 2199
AMBIGUOUS_MT = "is ambiguous; write mt for metric tons"

PLAIN_DECIMAL = re.compile(r"(?!-0\Z)-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{0,11}[1-9])?")
_DECIMAL = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_EXPONENT = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,12})?[eE][-+]?[0-9]{1,2}")
_GROUPED = re.compile(r"-?[0-9]{1,3}(?:[, '’][0-9]{3})+(?:\.[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_MOMENT = re.compile(_DATE.pattern + _TIME)
_ID = re.compile(r"\w[\w.+-]{0,119}")
_ADDRESS = re.compile(r"https?://\S+")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0085\u2028\u2029\ufffe\uffff]")


def plain_text(text: str) -> str:
    """Yields the text; control characters, which no page can print, are refused."""
    if found := _CONTROL.search(text):
        raise ValueError(f"holds the control character U+{ord(found[0]):04X}")
    return text


def identifier(text: str) -> str:
    """Yields an id: letters, digits, `.`, `_`, `+`, `-`, at most 120."""
    if not _ID.fullmatch(text):
        raise ValueError("is not an id: letters, digits, '.', '_', '+', '-' only, at most 120")
    return text


def address(text: str) -> str:
    """Yields an http or https address, otherwise as it was collected."""
    if not _ADDRESS.fullmatch(plain_text(text)):
        raise ValueError("is not an address that begins with http:// or https://")
    return text


def decimal_text(text: str) -> str:
    """Yields the canonical text of a decimal of at most 18 digits before and 12 after the point."""
    if PLAIN_DECIMAL.fullmatch(text):
        return text
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(_not_decimal(text))
    sign, whole, fraction = match[1], match[2].lstrip("0"), (match[3] or "").rstrip("0")
    if len(whole) > 18 or len(fraction) > 12:
        raise ValueError("is too long: at most 18 digits before and 12 after the point")
    bare = (whole or "0") + (f".{fraction}" if fraction else "")
    return bare if bare == "0" else sign + bare


def _not_decimal(text: str) -> str:
    if _GROUPED.fullmatch(text):
        return "has a thousands separator; write it plainly, such as 93300"
    if re.fullmatch(r"-?[0-9]+,[0-9]+", text):
        return "has a decimal comma; write a point, such as 0.5"
    if _EXPONENT.fullmatch(text):
        return "has an exponent; write the number out, such as 93300 or 0.5"
    return "is not a decimal number such as 93300 or 0.5"


def amount_text(text: str) -> str:
    """Yields a decimal that is not negative."""
    if (canonical := decimal_text(text)).startswith("-"):
        raise ValueError("must not be negative")
    return canonical


def positive_text(text: str) -> str:
    """Yields a decimal above 0."""
    if (canonical := decimal_text(text)).startswith("-") or canonical == "0":
        raise ValueError("must be above 0")
    return canonical


def scientific_text(text: str) -> str:
    """Yields a decimal that may have been written with an exponent, `1e-4`."""
    return decimal_text(f"{Decimal(text):f}") if _EXPONENT.fullmatch(text) else decimal_text(text)


def iso_date(text: str) -> date:
    """Yields the day of `YYYY-MM-DD`."""
    if not _DATE.fullmatch(text):
        raise ValueError("is not a date such as 2025-12-06")
    try:
        return _sane(date.fromisoformat(text))
    except ValueError as fault:
        raise ValueError(str(fault) if "years" in str(fault) else "does not exist in the calendar") from None


def _sane(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"lies outside the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def partial_date(text: str) -> str:
    """Yields the text of a date as far as it is known (`2026-Q1`), once it is sure to be one."""
    try:
        interval = PartialDate.parse(text) if text.isascii() else None
    except ValueError as fault:
        message = str(fault)
        raise ValueError(message if message.startswith("is ") else "does not exist in the calendar") from None
    if interval is None:
        raise ValueError("is not a date such as 2026, 2026-H2, 2026-Q1, 2026-03 or 2026-03-14")
    _sane(interval.start)
    return text


def moment(zone: ZoneInfo) -> Callable[[str], datetime]:
    """Yields a reader of dates (00:00) and times; those without an offset are in `zone`."""

    def read(text: str) -> datetime:
        if _DATE.fullmatch(text):
            day = iso_date(text)
            return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        if not _MOMENT.fullmatch(text):
            raise ValueError("is not a date or time such as 2025-12-06 or 2025-12-06T21:47+08:00")
        iso_date(text[:10])
        try:
            when = datetime.fromisoformat(text)
            return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
        except ValueError:
            raise ValueError("is a time that does not exist") from None

    return read


def whole_number(text: str) -> int:
    """Yields a whole number from 0, of at most 6 digits."""
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise ValueError("is not a whole number from 0")
    return int(text)


def year(text: str) -> int:
    """Yields a year of four digits."""
    if not re.fullmatch(r"[0-9]{4}", text):
        raise ValueError("is not a year such as 2030")
    return _sane(date(max(int(text), 1), 1, 1)).year


def name_list(text: str) -> str:
    """Yields names separated by `;`, each without outer blanks, none empty."""
    names = [name.strip() for name in plain_text(text).split(";")]
    if not any(names):
        raise ValueError("names nobody")
    return ";".join(name for name in names if name)


def measure(text: str) -> str:
    """Yields a unit in free words ("billion USD"); `Mt` is refused as ambiguous."""
    if "Mt" in re.split(r"[^A-Za-z]+", plain_text(text)):
        raise ValueError(AMBIGUOUS_MT)
    return text


def currency(text: str) -> str:
    """Yields an ISO 4217 code."""
    from babel.numbers import is_currency  # late: a second that most commands need not spend

    if not re.fullmatch(r"[A-Z]{3}", text) or not is_currency(text):
        raise ValueError("is not an ISO 4217 currency such as CNY")
    return text


def language(text: str) -> str:
    """Yields a language code such as zh or zh-Hant."""
    if not LANGUAGE.fullmatch(text):
        raise ValueError("is not a language code such as zh")
    return text


def currency_pair(text: str) -> str:
    """Yields two currencies in one word: USDCNY is yuan per dollar."""
    try:
        first, second = currency(text[:3]), currency(text[3:])
    except ValueError:
        raise ValueError("is not a pair of ISO 4217 currencies such as USDCNY") from None
    if first == second:
        raise ValueError("names one currency twice")
    return text


class UnknownWord(ValueError):  # noqa: N818 - it reads as what it says
    """A word that is not in a list. Its message looks for the nearest one, so only when it is read."""

    def __init__(self, text: str, what: str, known: Collection[str]) -> None:
        super().__init__(text, what, known)

    def __str__(self) -> str:
        return unknown(*self.args)


def code_of(
    what: str, codes: Collection[str], spellings: Mapping[str, str] | None = None
) -> Callable[[str], str]:
    """Yields a reader of one of `codes`; an entered word of `spellings` is read as its code."""
    known = spellings or {}

    def read(text: str) -> str:
        code = text if text in codes else known.get(text, known.get(text.casefold(), text))
        if code not in codes:
            raise UnknownWord(text, what, codes)
        return code

    return read


def capacity_unit(codes: Collection[str], spellings: Mapping[str, str]) -> Callable[[str], str]:
    """Yields a reader of a capacity's unit that says why `Mt` is refused."""
    read = code_of("a unit of capacity", codes, spellings)
    return lambda text: measure(text) if "Mt" in re.split(r"\W", text) and text not in codes else read(text)


def stage(codes: Collection[str], spellings: Mapping[str, str]) -> Callable[[str], str]:
    """Yields a reader of a stage that says why `delayed` is refused."""
    read = code_of("a stage", codes, spellings)

    def refuse_delayed(text: str) -> str:
        if text.casefold() == "delayed":
            raise ValueError("is computed, never entered; state the new expected date instead")
        return read(text)

    return refuse_delayed


def unknown(text: str, what: str, known: Collection[str]) -> str:
    """Yields the message for a word that is not in a list, with the nearest one or the list."""
    near = difflib.get_close_matches(text, known, 1) or difflib.get_close_matches(text.casefold(), known, 1)
    if near:
        return f"is not {what}; did you mean {near[0]}?"
    if not known:
        return f"is not {what}; there is none"
    shown = ", ".join(list(known)[:12]) + (", …" if len(known) > 12 else "")
    return f"is not {what}; expected one of {shown}"
