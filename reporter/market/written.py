"""Numbers and dates as people write them in a text: 2,050 yuan/kg, +0.61%, 185–195, 6 December 2025."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from reporter.market.patterns import LETTER, blanked, either, plain_digits

LONGEST = 40  # letters of a number; nobody means a longer one
ANY_YEAR = "????"
_BEFORE = rf"(?<![{LETTER}0-9_.₀-₉)\]])(?<![{LETTER}]-)"
_BLANKS = "\u00a0\u202f"  # that some write between thousands
_DATES = ("{year}-{m}-{day}", "{year}-W{week}", "{year}-Q{quarter}", "{year}-H{half}", "{year}-{m}")
_PARTS = {
    "year": "(?P<year>[0-9]{4})",
    "m": "(?P<m>1[0-2]|0?[1-9])",
    "day": r"(?:(?P<first>[0-9]{1,2})\s?[–-]\s?)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?",
    "quarter": "(?P<quarter>[1-4])",
    "half": "(?P<half>[12])",
    "week": "(?P<week>[0-9]{1,2})",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A number of a text. `value` is None where it cannot be read; `power` is 9 for "280 billion".

    `unit` is a code such as `CNY/kg`, `%`, `GWh`, or nothing; `sign` is `+`, `-` or nothing.
    """

    start: int
    end: int
    text: str
    value: Decimal | None
    decimals: int
    sign: str
    unit: str
    power: int


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date of a text: `2025-12-06`, `2026-Q1`, `2025-W49`; one without a year as `????-12-06`."""

    start: int
    end: int
    text: str
    date: str


@dataclass(frozen=True, eq=False)
class Notation:
    """How a language writes numbers and dates.

    `units` go from a word to the unit's code, `times` from a word to its power of ten, `months` from a name
    to its number. `dates` are patterns of {day}, {month} (a name), {m}, {year}, {quarter}, {half}, {week}.
    `per` are words that stand for the stroke of a unit, `ranges` those between two numbers of one unit.
    """

    decimal: str
    group: str
    units: Mapping[str, str]
    times: Mapping[str, int]
    months: Mapping[str, int]
    per: tuple[str, ...]
    ranges: tuple[str, ...]
    dates: tuple[str, ...]

    def numbers(self, text: str) -> list[Written]:
        """Yields the numbers of a text, not those in dates and names; both of `185–195 USD` have the unit."""
        text = self.without_dates(plain_digits(text))
        found = [number for match in self._chunk.finditer(text) if (number := self._number(text, match))]
        for n in reversed(range(len(found) - 1)):
            one, two = found[n], found[n + 1]
            if not one.unit and self._range.fullmatch(text[one.end : two.start]):
                found[n] = replace(one, unit=two.unit, power=one.power or two.power)
        return found

    def dates_in(self, text: str) -> list[WrittenDate]:
        """Yields the dates of a text; a span of days, `1–7 December`, as its two ends."""
        return [
            WrittenDate(match.start(), match.end(), match[0], date)
            for match in _apart(plain_digits(text), self._dates)
            for date in self._read(match)
        ]

    def without_dates(self, text: str) -> str:
        """Yields the text with its dates blanked out, every letter in its place."""
        for match in _apart(text, self._dates):
            text = blanked(text, match.start(), match.end())
        return text

    def _number(self, text: str, match: re.Match[str]) -> Written | None:
        start, end = match.span()
        sign = _sign(text, start)
        unit, after, power = self._unit(text, end)
        if after == end and re.match(f"[{LETTER}]", text[end:]):
            return None  # 3D, 18650s: a name
        if not unit and (currency := self._symbol(text[: start - len(sign)])):
            unit, after = self._below(currency, text, after)
        shown = text[start - len(sign) : after].strip()
        if len(match[0]) > LONGEST or not self._shape.fullmatch(match[0]):
            return Written(start, after, shown, None, 0, "", unit, power)
        digits = re.sub(f"[{re.escape(self.group)}{_BLANKS}]", "", match[0]).replace(self.decimal, ".")
        decimals = len(digits.partition(".")[2])
        return Written(start, after, shown, Decimal(digits), decimals, sign.replace("−", "-"), unit, power)

    def _unit(self, text: str, at: int) -> tuple[str, int, int]:
        """Yields the unit that stands at `at`, where it ends, and the power of ten before it."""
        power, match = 0, self._units.match(text, at)  # the unit 千吨 goes before 千 and 吨
        if match is None and (times := self._times.match(text, at)):
            power, at = self.times[times[1]], times.end()
            match = self._units.match(text, at)
        if match is None:
            return "", at, power
        return *self._below(self._code(match[1]), text, match.end()), power

    def _below(self, code: str, text: str, at: int) -> tuple[str, int]:
        """Yields the unit with what stands below its stroke, `CNY` and `/kg`, and where it ends."""
        match = self._per.match(text, at)
        return (f"{code}/{self._code(match[1] or match[2])}", match.end()) if match else (code, at)

    def _code(self, word: str) -> str:
        if word in self.units:
            return self.units[word]
        same = (code for known, code in self.units.items() if known.casefold() == word.casefold())
        return word if len(word) < 4 else next(same, word)

    def _symbol(self, before: str) -> str:
        """Yields the currency whose sign or code stands before a number: $9.50, USD 9.50."""
        match = re.search(rf"(?<![{LETTER}])([A-Z]{{3}}|[A-Z]{{0,2}}[^\w\s(,.;:+−-])\s?$", before)
        return self.units.get(match[1], "") if match else ""

    def _read(self, match: re.Match[str]) -> Iterator[str]:
        parts = {name: value for name, value in match.groupdict().items() if value}
        year = parts.get("year", ANY_YEAR)
        month = parts.get("m") or self._month(parts.get("month", ""))
        for part, letter in (("quarter", "Q"), ("half", "H")):
            if part in parts:
                yield f"{year}-{letter}{parts[part]}"
                return
        if "week" in parts:
            yield f"{year}-W{int(parts['week']):02d}"
            return
        days = [parts[name] for name in ("first", "day") if name in parts]
        stem = f"{year}-{int(month):02d}" if month else year
        yield from (f"{stem}-{int(day):02d}" for day in days) if days else (stem,)

    def _month(self, name: str) -> int:
        return next((n for word, n in self.months.items() if word.casefold() == name.casefold()), 0)

    # the patterns of the language, made once

    @cached_property
    def _chunk(self) -> re.Pattern[str]:
        inner = re.escape(self.decimal + self.group) + _BLANKS
        return re.compile(rf"{_BEFORE}[0-9](?:[0-9{inner}]*[0-9])?")

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        group, decimal = f"[{re.escape(self.group)}{_BLANKS}]", re.escape(self.decimal)
        return re.compile(rf"(?:[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{decimal}[0-9]+)?")

    @cached_property
    def _times(self) -> re.Pattern[str]:
        return re.compile(rf"\s?({either(self.times)})")

    @cached_property
    def _units(self) -> re.Pattern[str]:
        return re.compile(rf"\s?({either(self.units)})")

    @cached_property
    def _per(self) -> re.Pattern[str]:
        below = either(self.units)
        return re.compile(rf"\s?/\s?({below}|[{LETTER}]+[²2]?)|\s?(?:{either(self.per)})\s?({below})")

    @cached_property
    def _range(self) -> re.Pattern[str]:
        return re.compile(rf"\s*(?:[–—~～/-]|{either(self.ranges)})\s*[+−-]?")

    @cached_property
    def _dates(self) -> tuple[re.Pattern[str], ...]:
        parts = _PARTS | {"month": f"(?P<month>{either(self.months)})\\.?"}
        return tuple(_date_pattern(pattern, parts) for pattern in (*self.dates, *_DATES))


def _sign(text: str, start: int) -> str:
    """Yields the sign before a number; a hyphen behind a letter or a number is none."""
    if text[max(0, start - 1) : start] not in ("+", "−", "-"):
        return ""
    return "" if re.search(rf"[{LETTER}0-9)%]$", text[: start - 1]) else text[start - 1]


def _date_pattern(pattern: str, parts: Mapping[str, str]) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", pattern)
    built = "".join(
        parts[piece] if n % 2 else re.sub(r"(?:\\ )+", r"\\s+", re.escape(piece))
        for n, piece in enumerate(pieces)
    )
    ends = "" if re.search(rf"[^\s{{}}{LETTER}]$", pattern) else rf"(?![0-9{LETTER}])"  # 2028年13GWh
    return re.compile(rf"(?<![{LETTER}0-9.,])(?:{built}){ends}")


def _apart(text: str, patterns: Iterable[re.Pattern[str]]) -> list[re.Match[str]]:
    """Yields what the patterns find, in order; where two overlap, that of the earlier pattern."""
    found: list[re.Match[str]] = []
    for pattern in patterns:
        for match in pattern.finditer(text):
            found.append(match)
            text = blanked(text, match.start(), match.end())
    return sorted(found, key=re.Match.start)
