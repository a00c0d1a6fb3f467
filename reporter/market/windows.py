"""Figures over a stretch of time: averages, months, the 52-week range (docs/figures.md rules 6, 8, 11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from reporter.market.changes import percent_change
from reporter.market.numbers import difference, mean, quotient
from reporter.market.period_values import Series
from reporter.market.price_types import Average, MonthChange, PeriodValue, Range

YEAR = timedelta(days=364)  # 52 periods
_FOUR_WEEKS = timedelta(days=28)
_FEWEST_OF_FOUR = 3
_HALF_A_YEAR = 26


def values_within(series: Series, span: timedelta) -> tuple[PeriodValue, ...]:
    """Yields the comparable values of periods ending in (end − `span`, end], oldest first."""
    start = series.period.end - span
    return tuple(value for value in series.values if value.comparable and value.end > start)


def four_week_average(series: Series) -> Average:
    """Yields the mean of the last four periods' values; `too_few` below three (rule 6)."""
    values = values_within(series, _FOUR_WEEKS)
    records = tuple(key for value in values for key in value.records)
    if len(values) < _FEWEST_OF_FOUR:
        return Average(None, len(values), "too_few", records)
    return Average(mean([value.value for value in values]), len(values), None, records)


def month_on_month(series: Series, judged_on: date) -> MonthChange:
    """Yields the last month that is over on `judged_on` against the month before it (rule 8)."""
    return _month_change(series, _last_closed(judged_on))


def month_to_date(series: Series, judged_on: date) -> MonthChange | None:
    """Yields the month that runs on `judged_on`, so far, against the last closed one (rule 8).

    None on a month's last day: that month is closed.
    """
    closed = _last_closed(judged_on)
    return None if closed == judged_on else _month_change(series, judged_on)


def _last_closed(day: date) -> date:
    """Yields the last day of the last month that is over at the end of `day`."""
    tomorrow = day + timedelta(days=1)
    return tomorrow.replace(day=1) - timedelta(days=1)


def _month_change(series: Series, until: date) -> MonthChange:
    """Yields the month of `until`, up to that day, against the whole month before it."""
    start = until.replace(day=1)
    month, month_lost = _assessed_between(series, start, until)
    before_end = start - timedelta(days=1)
    before, before_lost = _assessed_between(series, before_end.replace(day=1), before_end)
    value = mean([one.value for one in month]) if month else None
    base = mean([one.value for one in before]) if before else None
    pct: Decimal | None = None
    if value is None:
        reason: str | None = "spec_change" if month_lost else "not_assessed"
    elif base is None:
        reason = "spec_change" if before_lost else "no_prior"
    else:
        pct, reason = percent_change(value, base, series.spec)
    return MonthChange(
        month=f"{until:%Y-%m}",
        value=value,
        n=len(month),
        base=base,
        base_n=len(before),
        abs=None if value is None or base is None else difference(value, base),
        pct=pct,
        reason=reason,
        records=tuple(key for one in (*month, *before) for key in one.records),
    )


def _assessed_between(series: Series, first: date, last: date) -> tuple[list[PeriodValue], bool]:
    """Yields the comparable records of those days, and whether others were left out."""
    within = [one for one in series.assessed if first <= one.date <= last]
    comparable = [one for one in within if one.comparable]
    return comparable, len(comparable) < len(within)


def range_52w(series: Series) -> Range:
    """Yields the lowest low and highest high of 52 weeks, and where the value stands (rule 11)."""
    start = series.period.end - YEAR
    window = [one for one in series.assessed if one.comparable and one.date > start]
    n = len(values_within(series, YEAR))
    if not window:
        return Range(None, None, n, None, n < _HALF_A_YEAR, None)
    lowest, highest = min(window, key=_low), max(window, key=_high)
    low, high = _low(lowest), _high(highest)
    return Range(
        low=low,
        high=high,
        n=n,
        position=_position(series.now, low, high),
        since_launch=n < _HALF_A_YEAR,
        extreme=_extreme(series, window),
        records=(lowest.records[0], highest.records[0]),
    )


def _low(one: PeriodValue) -> Decimal:
    return one.value if one.low is None else one.low


def _high(one: PeriodValue) -> Decimal:
    return one.value if one.high is None else one.high


def _position(now: PeriodValue | None, low: Decimal, high: Decimal) -> Decimal | None:
    if now is None or low == high:
        return None
    return quotient((Fraction(now.value) - Fraction(low)) / (Fraction(high) - Fraction(low)))


def _extreme(series: Series, window: Sequence[PeriodValue]) -> str | None:
    """Yields whether the value's own high or low goes beyond, or equals, all that came before it.

    A mean is held against earlier periods only: its own records would always reach beyond it.
    """
    now = series.now
    if now is None or now.status == "rolled_over":
        return None
    since = series.period.start if series.spec.weekly_rule == "mean" else now.date
    before = [one for one in window if one.date < since]
    if not before:
        return None
    high, low = max(map(_high, before)), min(map(_low, before))
    if _high(now) > high:
        return "new_high"
    if _low(now) < low:
        return "new_low"
    if _high(now) == high:
        return "matches_high"
    return "matches_low" if _low(now) == low else None
