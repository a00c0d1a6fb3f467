"""A period's value against an earlier one (docs/figures.md rules 3, 7, 9, 10, 12).

Each rule chooses its base; `change` then does the arithmetic, which is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from reporter.calendar import Period, PublicationCalendar, year_earlier
from reporter.market.numbers import difference, percent, quotient
from reporter.market.period_values import Series
from reporter.market.price_types import Change, PeriodValue
from reporter.records.model import Instrument

PERIODS_BACK = {"biweekly": 2, "monthly": 5}
_FOUR_WEEKS = timedelta(days=28)
_FOUR_WEEKS_AT_MOST = timedelta(days=38)
_YEAR_TOLERANCE = timedelta(days=14)
_FEWEST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Base:
    """What a value is compared with; `reason` says why there is nothing or what is unusual."""

    value: PeriodValue | None
    reason: str | None = None


def weekly_base(
    series: Series, now: PeriodValue, calendar: PublicationCalendar | None, first_assessed: date | None
) -> Base:
    """Yields the base of week on week: the previous period's value, or as far back as is allowed.

    Rule 3: `frequency` says how many periods back; further only over periods that are empty because
    nothing is published in them (`bridged`). `first_assessed` tells `new` from `no_prior`.
    """
    base = series.earlier[-1] if series.earlier else None
    if now.status == "rolled_over":
        return Base(base, "rolled_over")
    if base is None:
        is_new = first_assessed is None or first_assessed >= series.period.start
        return Base(None, "new" if is_new else "no_prior")
    back = periods_between(base.end, now.end)
    if back <= PERIODS_BACK.get(series.spec.frequency, 1):
        return Base(base)
    if all(_without_publication(series.period.back(n), series, calendar) for n in range(1, back)):
        return Base(base, "bridged")
    return Base(None, "no_prior")


def _without_publication(period: Period, series: Series, calendar: PublicationCalendar | None) -> bool:
    closed = calendar is not None and not calendar.has_publication(period)
    return closed or period.end in series.silent


def four_week_base(series: Series) -> Base:
    """Yields the latest value of a period that ended 28 to 38 days before this one (rule 7)."""
    end = series.period.end
    return _latest(series.earlier, end - _FOUR_WEEKS_AT_MOST, end - _FOUR_WEEKS)


def yearly_base(series: Series) -> Base:
    """Yields the latest value that ended by the same date a year ago, at most 14 days older (rule 9)."""
    target = year_earlier(series.period.end)
    return _latest(series.earlier, target - _YEAR_TOLERANCE, target)


def _latest(values: Sequence[PeriodValue], first: date, last: date) -> Base:
    found = [value for value in values if first <= value.end <= last]
    return Base(found[-1]) if found else Base(None, "no_prior")


def year_to_date_base(series: Series, now: PeriodValue, first_assessed: date | None) -> Base:
    """Yields the base of year to date by the instrument's `ytd_base` (rule 10).

    A period belongs to the year of its last day. Only a series that is younger than its base's year
    begins at its first value (`since_launch`); an older one with a gap there has `no_prior`.
    """
    year = series.period.end.year
    this_year = [value for value in series.values if value.end.year == year]
    last_year = [value for value in series.values if value.end.year == year - 1]
    if series.spec.ytd_base == "first_of_year":
        base = Base(this_year[0])
    elif last_year:
        return Base(last_year[-1])
    elif series.values[0].end.year < year or _ended_before(year, first_assessed, series.period):
        return Base(None, "no_prior")
    else:
        base = Base(this_year[0], "since_launch")
    return Base(None, "new") if base.value is now else base


def _ended_before(year: int, day: date | None, period: Period) -> bool:
    return day is not None and Period.containing(day, period.end.weekday()).end.year < year


def change(now: PeriodValue, base: Base, spec: Instrument) -> Change:
    """Yields `now` against `base`, in the currency and unit of `spec`; exact, the percentage a quotient."""
    if base.reason == "rolled_over":
        return _no_change(now, base.value, spec)
    if base.value is None:
        return Change(reason=base.reason)
    if not base.value.comparable:
        return Change(reason="spec_change")
    pct, undefined = percent_change(now.value, base.value.value, spec)
    return Change(
        abs=difference(now.value, base.value.value),
        pct=pct,
        base=base.value.value,
        base_date=base.value.date,
        reason=undefined or base.reason,
        periods=periods_between(base.value.end, now.end),
        corrected=now.revision > 0 or base.value.revision > 0,
        records=base.value.records,
    )


def _no_change(now: PeriodValue, before: PeriodValue | None, spec: Instrument) -> Change:
    """Yields the change of a rolled-over value: 0 against itself, dated where it was carried from.

    A rolled-over row may state a number of its own that no earlier value equals: then it has no date.
    """
    source = before if before and before.comparable and before.value == now.value else None
    return Change(
        abs=Decimal(0),
        pct=None if spec.unit == "pct" else Decimal(0),
        base=now.value,
        base_date=source.date if source else None,
        reason="rolled_over",
        periods=periods_between(source.end, now.end) if source else None,
        corrected=now.revision > 0,  # a carried value has the revision of what it carries
        records=source.records if source else (),
    )


def percent_change(new: Decimal, old: Decimal, spec: Instrument) -> tuple[Decimal | None, str | None]:
    """Yields the change in percent of `old` and None, or None and why there is none (rule 12).

    A price that is itself a percentage changes in percentage points: no percent, and no reason.
    """
    if spec.unit == "pct":
        return None, None
    near_zero = spec.tick is not None and Fraction(old) < _FEWEST_TICKS * Fraction(spec.tick)
    if old <= 0 or new < 0 or near_zero:
        return None, "undefined_base"
    return quotient(percent(difference(new, old), old)), None


def periods_between(earlier: date, later: date) -> int:
    """Yields how many periods lie from the one that ended `earlier` to the one that ended `later`."""
    return (later - earlier).days // 7
