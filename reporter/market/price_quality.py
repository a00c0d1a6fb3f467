"""Prices that look wrong: jumps, slips of the unit, repeats, odd dates, a page 1 without prices.

Only assessed records that matter to the issue are judged: those dated in its period, and those that
became known since the issue before. Source of the rules: docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import takewhile

from reporter.calendar import WEEKDAYS, Period, PublicationCalendar
from reporter.market.changes import PERIODS_BACK
from reporter.market.numbers import plain
from reporter.market.period_values import NOT_PUBLISHED
from reporter.market.price_types import PriceFigure
from reporter.market.quality import Finding, Quality
from reporter.market.specifications import Versions
from reporter.records.model import Assessment, History, Instrument, Unit

CONFIRMED = "confirmed"
"""A note that begins with this word says that somebody asked about the number."""

_SLIP_TOLERANCE = Fraction(3, 100)
_POWERS = (10, 100, 1000, 10_000)
_JIN = "kg"  # what half of is a jin, the pound of Chinese markets

Calendars = Mapping[str, PublicationCalendar]


def price_quality(
    history: History,
    period: Period,
    since: datetime,
    calendars: Calendars,
    units: Mapping[str, Unit],
    quality: Quality,
) -> Iterator[Finding]:
    """Yields `unit_slip`, `jump` and `weekend_date` by date, then `stale_repeat`, of one instrument.

    `since` is the cut-off of the issue before; nothing in `history` is dated after `period`.
    """
    versions = Versions(history.specs, units)
    assessed = [row for row in history.assessments if row.status == "assessed" and row.mid is not None]
    judged = [n for n, row in enumerate(assessed) if _matters(row, period, since)]
    for n in judged:
        row = assessed[n]
        if n:
            yield from _against_before(assessed[n - 1], row, versions, quality)
        yield from _odd_date(row, calendars.get(versions.valid_on(row.date).calendar or ""))
    if judged:
        yield from _repeats(assessed[: judged[-1] + 1], versions, quality)


def _matters(row: Assessment, period: Period, since: datetime) -> bool:
    return row.date in period or (row.known_at is not None and row.known_at > since)


def _against_before(
    before: Assessment, row: Assessment, versions: Versions, quality: Quality
) -> Iterator[Finding]:
    """Yields a slip of the unit, else a jump, against the assessed price before; neither once confirmed."""
    spec, factor = versions.valid_on(row.date), versions.factor(before.date, row.date)
    confirmed = (row.note or "").casefold().startswith(CONFIRMED)
    if confirmed or factor is None or before.mid is None or row.mid is None:
        return
    base, value = Fraction(before.mid) * factor, Fraction(row.mid)
    if base <= 0 or value <= 0 or spec.unit == "pct":
        return
    against = f"the {_text(base)} of {before.date}"
    slip = _slip(value / base, spec)
    if slip is not None:
        words = _likely(slip, spec, versions.units)
        text = f"{_text(value)} against {against}: {words}? It would then be {_text(value / slip)}"
        yield Finding("unit_slip", row.key, text)
        return
    change = (value / base - 1) * 100
    if abs(change) > Fraction(quality.jump):
        shown = plain(change).quantize(Decimal("0.1"), ROUND_HALF_UP)
        text = f"{_text(value)} is {shown:+f}% against {against}, beyond {_text(Fraction(quality.jump))}%"
        text += f"; if it is right, begin its note with {CONFIRMED!r}"
        yield Finding("jump", row.key, text)


def _slip(ratio: Fraction, spec: Instrument) -> Fraction | None:
    """Yields the multiple that a slip of the unit or of a digit makes of a price, near `ratio`."""
    multiples = [Fraction(power) for power in _POWERS] + ([Fraction(2)] if spec.unit == _JIN else [])
    for multiple in (*multiples, *(1 / multiple for multiple in multiples)):
        if abs(ratio / multiple - 1) <= _SLIP_TOLERANCE:
            return multiple
    return None


def _likely(slip: Fraction, spec: Instrument, units: Mapping[str, Unit]) -> str:
    """Yields the likely slip in words: another unit of the same dimension, else digits."""
    if slip == Fraction(1, 2):
        return "stated per jin (half a kg)"
    if slip == 2:
        return "doubled once too often from a price per jin (half a kg)"
    own = units.get(spec.unit)
    for name, unit in units.items():
        if own and unit.dimension == own.dimension and Fraction(unit.factor) == slip * Fraction(own.factor):
            return f"stated per {name} instead of {spec.unit}"
    if slip == Fraction(1, 10_000):
        return "counted in ten thousands"
    return f"a slip of the decimal point, {_text(slip) if slip >= 1 else f'1/{_text(1 / slip)}'} times"


def _odd_date(row: Assessment, calendar: PublicationCalendar | None) -> Iterator[Finding]:
    if (calendar or PublicationCalendar("")).is_workday(row.date):
        return
    weekday = WEEKDAYS[row.date.weekday()].capitalize()
    if row.date.weekday() < 5:
        text = f"assessed on {row.date}, a holiday of the calendar {calendar.name if calendar else ''}"
    else:
        text = f"assessed on {row.date}, a {weekday}"
    yield Finding("weekend_date", row.key, f"{text}: perhaps the day it was published")


def _repeats(assessed: Sequence[Assessment], versions: Versions, quality: Quality) -> Iterator[Finding]:
    """Yields the last record where it ends a row of equal prices that is too long for its frequency."""
    last = assessed[-1]
    limit = quality.repeats.get(versions.valid_on(last.date).frequency)

    def same(row: Assessment) -> bool:
        stated = (row.low, row.high, row.average) == (last.low, last.high, last.average)
        return stated and versions.factor(row.date, last.date) == 1

    equal = list(takewhile(same, reversed(assessed)))
    if limit is not None and len(equal) >= limit:
        text = f"the same price on {len(equal)} assessed dates in a row, since {equal[-1].date}"
        yield Finding("stale_repeat", last.key, text)


def headline_quality(
    headline: Iterable[PriceFigure],
    specs: Mapping[str, Instrument],
    calendars: Calendars,
    period: Period,
    *,
    named: bool,
) -> Iterator[Finding]:
    """Yields `no_headline_price` for prices of page 1 without a value where one was to be expected.

    Where the settings have `named` them, each; where they are only the first with anything to say, one
    finding if none of them has a value. None is expected where nothing is published in the period, nor of a
    biweekly or monthly price within its reach. `specs` are the instruments by id, in the figures' version.
    """
    figures = list(headline)
    missing = [
        figure
        for figure in figures
        if figure.value is None and _expected(figure, specs[figure.instrument], calendars, period)
    ]
    if named:
        for figure in missing:
            yield Finding("no_headline_price", _record(figure), _no_value(figure))
    elif missing and all(figure.value is None for figure in figures):
        names = ", ".join(figure.instrument for figure in figures)
        text = f"page 1 has no price of this week: none of {names} was assessed"
        yield Finding("no_headline_price", _record(missing[0]), text)


def _expected(figure: PriceFigure, spec: Instrument, calendars: Calendars, period: Period) -> bool:
    calendar = calendars.get(spec.calendar or "")
    closed = calendar is not None and not calendar.has_publication(period)
    reach = PERIODS_BACK.get(spec.frequency, 1)
    recent = figure.last is not None and figure.last.periods_old < reach
    return not (closed or recent or figure.status in NOT_PUBLISHED)


def _record(figure: PriceFigure) -> str:
    return figure.last.record if figure.last else f"instruments/{figure.instrument}/v{figure.spec_version}"


def _no_value(figure: PriceFigure) -> str:
    last = f"last assessed for {figure.last.date}" if figure.last else "never assessed"
    return f"{figure.instrument} is on page 1 and has no price of this week: {last}"


def _text(number: Fraction) -> str:
    return f"{plain(number):f}"
