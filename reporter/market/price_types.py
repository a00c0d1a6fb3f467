"""The frozen values that weekly price figures are made of (shared words: `docs/figures.md`).

They stand apart from `prices`, which yields them, so that every module between can import them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """A value against an earlier one. `reason` says why a number is missing or unusual.

    `periods` is how many periods lie between; `records` name the base's records; `corrected` tells
    that the value or the base rests on a revision above 0.
    """

    abs: Decimal | None = None
    pct: Decimal | None = None
    base: Decimal | None = None
    base_date: date | None = None
    reason: str | None = None
    periods: int | None = None
    corrected: bool = False
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Average:
    """The mean of `n` period values, or none and why."""

    value: Decimal | None
    n: int
    reason: str | None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthChange:
    """A month's mean of mids against the previous month's. `month` is `2025-11`."""

    month: str
    value: Decimal | None
    n: int
    base: Decimal | None
    base_n: int
    abs: Decimal | None
    pct: Decimal | None
    reason: str | None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Range:
    """The 52-week range: lowest low to highest high of the assessed records in the window.

    `n` counts period values; `records` name the lowest and the highest record. `position` runs from
    0 at the low to 1 at the high; only a rolled-over value older than the window can lie outside.
    """

    low: Decimal | None
    high: Decimal | None
    n: int
    position: Decimal | None
    since_launch: bool
    extreme: str | None
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """The last value before a period in which nothing was assessed.

    It is stated in `unit` and `currency` of the version `spec_version`: the figure's, or where a change
    of specification makes it incomparable, the one that it was assessed under.
    """

    value: Decimal
    date: date
    periods_old: int
    record: str
    unit: str | None = None
    currency: str | None = None
    spec_version: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated record: printed apart, counted nowhere."""

    value: Decimal
    date: date
    record: str


@dataclass(frozen=True, slots=True)
class PeriodValue:
    """The value of one period, in the terms of the version that is valid at the issue's period.

    `comparable` is False where a change of specification lies between; such a value is charted
    nowhere and enters no figure. `end` is the period's last day, `date` the assessment's (the last
    one's under rule `mean`); `records` name what it was computed from, that of `date` first.
    `revision` is the highest that it rests on; `spec_version` the one it was assessed under.
    """

    end: date
    value: Decimal
    low: Decimal | None
    high: Decimal | None
    date: date
    status: str  # assessed or rolled_over
    revision: int
    spec_version: int
    comparable: bool
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PriceFigure:
    """All weekly figures of one instrument (shared words: `docs/figures.md`).

    `series` holds the period values of the 52-week window, oldest first, for charts.
    `range_move` is the code of rule 5 and `range_width` the change of high − low.
    `stale_days` is the age of the last assessment where that exceeds `freshness_days`.
    """

    instrument: str
    spec_version: int
    currency: str | None
    unit: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    date: date | None
    status: str
    revision: int | None
    corrected: bool
    last: Last | None
    estimates: tuple[Estimate, ...]
    wow: Change
    four_week: Change
    yoy: Change
    ytd: Change
    average_4w: Average
    mom: MonthChange
    month_to_date: MonthChange | None
    range_52w: Range
    wording: str | None
    range_move: str | None
    range_width: Decimal | None
    direction: str | None
    direction_record: str | None
    series: tuple[PeriodValue, ...]
    stale_days: int | None
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A revision that became known since the previous issue: first published, previous, new.

    Values are mids; the `_low`/`_high` pairs the ranges, where stated.
    """

    instrument: str
    date: date
    first: Decimal | None
    first_low: Decimal | None
    first_high: Decimal | None
    previous: Decimal | None
    previous_low: Decimal | None
    previous_high: Decimal | None
    new: Decimal | None
    new_low: Decimal | None
    new_high: Decimal | None
    revision: int
    reason: str | None
    record: str
