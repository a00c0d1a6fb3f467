"""One language's words, numbers and dates.

The words live in `locale/<code>.po`, one catalogue a language, keyed by what they are for
(`price.new`), with `{named}` places and the language's own plurals. Patterns of numbers and dates are
entries of the catalogue too, so that a translator decides them.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeAlias
from unicodedata import east_asian_width

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol, list_currencies

from reporter.calendar import PartialDate, Period
from reporter.errors import MachineError
from reporter.records.model import Capacity, Text, in_language

CATALOGUES = Path(__file__).parent / "locale"
MINUS = "−"
Day: TypeAlias = date  # a method of Language has the name `date`
WIDE = 1.8  # Latin letters are 0.56 of their size wide, on average
ZEROS = {"billion": 9, "million": 6}  # of the words by which units of records count: "billion CNY"
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def available_languages() -> tuple[str, ...]:
    """Yields the codes of the languages that a catalogue is shipped for."""
    return tuple(sorted(path.stem for path in CATALOGUES.glob("*.po")))


@lru_cache
def language(code: str) -> Language:
    """Yields the language of `code`; MachineError where no catalogue is shipped for it."""
    path = CATALOGUES / f"{code}.po"
    if not path.is_file():
        raise MachineError(
            f"no catalogue for language {code!r}; there are: {', '.join(available_languages())}"
        )
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    words: dict[str, str | tuple[str, ...]] = {}
    for message in catalogue:
        if message.id and message.string:
            key = message.id if isinstance(message.id, str) else message.id[0]
            words[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return Language(code, words, gettext.c2py(catalogue.plural_expr))


@lru_cache
def currency_codes() -> frozenset[str]:
    """Yields the ISO codes of all currencies, past ones too."""
    return frozenset(list_currencies())


def round_half_away(value: Decimal, decimals: int) -> Decimal:
    """Yields `value` with that many decimals, halves away from zero, and never a negative zero."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(rounded) if rounded == 0 else rounded


def subscripted(formula: str) -> str:
    """Yields a chemical formula with its numbers as subscripts: Li2S → Li₂S."""
    return re.sub(r"(?<=[A-Za-z)\]])[\d.]*\d", lambda m: m[0].translate(_SUBSCRIPTS), formula)


def extent(words: str) -> float:
    """Yields how many average Latin letters wide a text is; a Chinese character is a square."""
    return sum(WIDE if east_asian_width(letter) in "WF" else 1 for letter in words)


@dataclass(frozen=True, eq=False)
class Language:
    """Everything visible that depends on the language."""

    code: str
    words: Mapping[str, str | tuple[str, ...]]
    plural: Callable[[int], int]

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.code)

    @cached_property
    def _sizes(self) -> Mapping[int, str]:
        """By how many zeros the language counts, the most first: {9: "large", 6: "medium"} in English."""
        return {int(self(f"quantity.{name}.zeros")): name for name in ("large", "medium")}

    @cached_property
    def gap(self) -> str:
        """What lies between two sentences: a space, or nothing where the full stop makes room."""
        return self("format.sentences", before="", after="")

    def __call__(self, key: str, **values: object) -> str:
        """Yields the words of `key`; `n` chooses the plural. KeyError for a key not in the catalogue."""
        words = self.words[key]
        if not isinstance(words, str):
            n = values.get("n", 1)
            words = words[self.plural(n if isinstance(n, int) else 1)]
        return words.format(**values) if values else words

    def has(self, key: str) -> bool:
        """Tells whether the catalogue has `key`."""
        return key in self.words

    @property
    def own_name(self) -> str:
        """What the language calls itself: `English`."""
        return str(self._locale.get_language_name() or self.code)

    def text(self, text: Text) -> str:
        """Yields a record's words in this language, else in English, else in any."""
        return in_language(text, self.code)

    def label(self, labels: Mapping[str, Text], code: str | None) -> str:
        """Yields the label of a vocabulary code; one without a label is printed with spaces."""
        if code is None:
            return ""
        labelled = labels.get(code)
        return self.text(labelled) if labelled else code.replace("_", " ")

    def clause(self, words: str) -> str:
        """Yields `words` without a full stop."""
        return words.rstrip("." + self("format.stop"))

    def sentence(self, words: str) -> str:
        """Yields `words` with one full stop."""
        return self.clause(words) + self("format.stop")

    # numbers

    def number(self, value: Decimal | int, decimals: int | None = None, *, signed: bool = False) -> str:
        """Yields `value` grouped, with `decimals` (None: as many as it has), `+`/`−` when `signed`."""
        value = Decimal(value)
        if decimals is None:
            exponent = value.normalize().as_tuple().exponent
            decimals = max(0, -exponent) if isinstance(exponent, int) else 0
        rounded = round_half_away(value, decimals)
        digits = format_decimal(
            abs(rounded), "#,##0" + ("." + "0" * decimals if decimals else ""), locale=self._locale
        )
        sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
        return sign + str(digits)

    @property
    def separators(self) -> tuple[str, str]:
        """The decimal point and the sign between thousands."""
        return str(get_decimal_symbol(self._locale)), str(get_group_symbol(self._locale))

    def percent(self, value: Decimal, decimals: int = 2, *, signed: bool = True) -> str:
        """Yields `+2.19%` of 2.19…; zero is `0.00%`."""
        return self("format.percent", number=self.number(value, decimals, signed=signed))

    def span(self, low: Decimal, high: Decimal, decimals: int | None = None) -> str:
        """Yields `185–195`."""
        return f"{self.number(low, decimals)}–{self.number(high, decimals)}"

    def currency(self, code: str) -> str:
        """Yields the currency as printed: `yuan`, or its ISO code where the catalogue has no word."""
        key = f"currency.{code}"
        return self(key) if self.has(key) else code

    def unit(self, currency: str | None, unit: str) -> str:
        """Yields `yuan/kg`, `USD/bbl`; an index or a percentage has a word of its own."""
        key = f"unit.{unit}"
        word = self(key) if self.has(key) else re.sub(r"\bm2\b", "m²", unit)
        return word if currency is None else f"{self.currency(currency)}/{word}"

    def money(self, value: Decimal, currency: str) -> str:
        """Yields `280 billion won`."""
        return self._sized(value, None, self.currency(currency))

    def quantity(self, value: Decimal, unit: str, high: Decimal | None = None) -> str:
        """Yields `500 mt/yr`, `4%`, `700 billion CNY`; with `high` a range, `3,600–3,900 GWh`.

        A unit in millions or billions stays so where the language counts by them, else it is recounted.
        """
        if unit == "pct":
            number = self.number(value) if high is None else self.span(value, high)
            return self("format.percent", number=number)
        word, _, counted = unit.partition(" ")
        if not counted or word not in ZEROS:
            return self._sized(value, high, self.unit(None, unit), 0)
        zeros = ZEROS[word]
        top = None if high is None else high.scaleb(zeros)
        stay = zeros if zeros in self._sizes else None
        return self._sized(value.scaleb(zeros), top, self.unit(None, counted), stay)

    def _sized(self, value: Decimal, high: Decimal | None, unit: str, zeros: int | None = None) -> str:
        """Yields an amount counted by `zeros`; None: by the most that it reaches."""
        if zeros is None:
            zeros = next((size for size in self._sizes if abs(value) >= 10**size), 0)
        low = value.scaleb(-zeros)
        number = self.number(low) if high is None else self.span(low, high.scaleb(-zeros))
        return self(f"quantity.{self._sizes.get(zeros, 'plain')}", number=number, unit=unit)

    def capacity(self, capacity: Capacity | None) -> str:
        """Yields `100 MWh`, `about 25 mt/yr`, `10 kt/yr level`, or nothing where none is stated."""
        if capacity is None or capacity.value is None:
            return ""
        number = self.number(capacity.value)
        plain = self.quantity(capacity.value, capacity.unit) if capacity.unit else number
        key = f"capacity.{capacity.qualifier}"
        return self(key, capacity=plain) if self.has(key) else plain

    # dates

    def date(self, day: Day, style: str = "long") -> str:
        """Yields a day: `long` 6 December 2025, `short` 6 Dec 2025, `day` 6 Dec, `month` December 2025,
        `month_day` 6 December, `weekday` Saturday.
        """
        return format_date(day, self(f"format.date.{style}"), locale=self._locale)

    def near_date(self, day: Day, reference: Day) -> str:
        """Yields `27 Nov` within 180 days of `reference`, else `27 Nov 2024`."""
        return self.date(day, "day" if abs((reference - day).days) < 180 else "short")

    def period(self, period: Period) -> str:
        """Yields `1–7 December 2025`, `29 September – 5 October 2025`, with both years where they differ."""
        first, last = period.start, period.end
        if first.year != last.year:
            return self("format.period.years", first=self.date(first), last=self.date(last))
        if first.month != last.month:
            ends = {"first": self.date(first, "month_day"), "last": self.date(last, "month_day")}
            return self("format.period.months", year=last.year, **ends)
        return self("format.period.days", first=first.day, last=last.day, month=self.date(last, "month"))

    def moment(self, moment: datetime) -> str:
        """Yields `Sat 6 Dec 2025, 21:47 (UTC+8)`."""
        offset = moment.utcoffset()
        minutes = int(offset.total_seconds() // 60) if offset else 0
        hours, rest = divmod(abs(minutes), 60)
        shift = f"{'+' if minutes >= 0 else MINUS}{hours}" + (f":{rest:02d}" if rest else "")
        return self(
            "format.moment",
            day=self.date(moment.date(), "with_weekday"),
            time=f"{moment:%H:%M}",
            offset=shift,
        )

    def partial(self, partial: PartialDate) -> str:
        """Yields `2026`, `H2 2026`, `Q1 2026`, `March 2026`, `14 March 2026`."""
        year, _, rest = partial.text.partition("-")
        if rest[:1] in ("H", "Q"):
            return self(f"partial.{rest}", year=year)
        if not rest:
            return self("partial.year", year=year)
        return self.date(partial.start, "month" if len(rest) == 2 else "long")
