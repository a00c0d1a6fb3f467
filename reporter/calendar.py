"""Weeks, partial dates, publication calendars and the slots of a schedule."""

from __future__ import annotations

import calendar as _calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SUNDAY = 6


@dataclass(frozen=True, order=True)
class Week:
    """An ISO 8601 week, `2025-W49`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Week:
        """Yields the week of `YYYY-Www`; ValueError where there is none (2025 has no week 53)."""
        match = re.fullmatch(r"((?:19|20|21)[0-9]{2})-W([0-9]{2})", text)
        if not match:
            raise ValueError(f"{text!r} is not an ISO week such as 2025-W49")
        year, number = int(match[1]), int(match[2])
        try:
            date.fromisocalendar(year, number, 1)
        except ValueError:
            raise ValueError(f"there is no week {number} in {year}") from None
        return cls(year, number)

    @classmethod
    def of(cls, day: date) -> Week:
        """Yields the ISO week that `day` lies in."""
        iso = day.isocalendar()
        return cls(iso.year, iso.week)

    def period(self, week_ends: int = SUNDAY) -> Period:
        """Yields the seven days whose last is this week's weekday `week_ends` (0 = Monday)."""
        end = date.fromisocalendar(self.year, self.number, week_ends + 1)
        return Period(end - timedelta(days=6), end)

    def __str__(self) -> str:
        return f"{self.year:04d}-W{self.number:02d}"


@dataclass(frozen=True, order=True)
class Period:
    """Seven days, first and last included."""

    start: date
    end: date

    @classmethod
    def containing(cls, day: date, week_ends: int = SUNDAY) -> Period:
        """Yields the period with `day` in it that ends on weekday `week_ends` (0 = Monday)."""
        end = day + timedelta(days=(week_ends - day.weekday()) % 7)
        return cls(end - timedelta(days=6), end)

    @property
    def week(self) -> Week:
        """The ISO week of the last day: the period's name."""
        return Week.of(self.end)

    def back(self, periods: int = 1) -> Period:
        """Yields the period that many periods earlier (later when negative)."""
        shift = timedelta(days=7 * periods)
        return Period(self.start - shift, self.end - shift)

    def days(self) -> Iterator[date]:
        """Yields the seven days in order."""
        return (self.start + timedelta(days=n) for n in range(7))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


_PARTIAL = re.compile(r"([0-9]{4})(?:-(?:H([12])|Q([1-4])|([0-9]{2})(?:-([0-9]{2}))?))?")


@dataclass(frozen=True)
class PartialDate:
    """A date as far as it is known: `2026`, `2026-H2`, `2026-Q1`, `2026-03`, `2026-03-14`.

    It means the interval from `start` to `end`, both included.
    """

    text: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Yields the interval that `text` covers; ValueError where it is none of the five forms."""
        match = _PARTIAL.fullmatch(text)
        if not match:
            raise ValueError("is not a date such as 2026, 2026-H2, 2026-Q1, 2026-03 or 2026-03-14")
        year, half, quarter, month, day = (int(part) if part else 0 for part in match.groups())
        if day:
            whole = date(year, month, day)
            return cls(text, whole, whole)
        first, last = 1, 12
        if half:
            first, last = 6 * half - 5, 6 * half
        elif quarter:
            first, last = 3 * quarter - 2, 3 * quarter
        elif match[4] is not None:
            first = last = month
        start = date(year, first, 1)
        return cls(text, start, date(year, last, _calendar.monthrange(year, last)[1]))

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class PublicationCalendar:
    """The days without publication of one country or market, and its weekend make-up workdays."""

    name: str
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()  # said to be complete, whatever days they name

    def covers(self, year: int) -> bool:
        """Tells whether the holidays of a year are known: it is named as complete, or any is."""
        return year in self.years or any(day.year == year for day in self.holidays)

    def is_workday(self, day: date) -> bool:
        """Tells whether there is publication on `day`; the make-up workday has the last word."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def has_publication(self, period: Period) -> bool:
        """Tells whether any day of the period is a workday."""
        return any(map(self.is_workday, period.days()))


@dataclass(frozen=True)
class PublicationRule:
    """When an edition goes out: a weekday and local time, shifted off its calendar's holidays.

    `on_holiday`: `next` and `previous` move to the nearest workday; `skip` prints no issue for that
    period (its cut-off stays the unshifted moment).
    """

    zone: ZoneInfo
    weekday: int | None = None  # 0 = Monday; None: no schedule
    at: time = time(0)
    calendar: PublicationCalendar | None = None
    on_holiday: str = "next"

    def usual_day(self, period: Period) -> date:
        """Yields the local day on which the period's issue is published if it is no holiday."""
        assert self.weekday is not None
        day = period.end + timedelta(days=1)
        return day + timedelta(days=(self.weekday - day.weekday()) % 7)

    def slot_day(self, period: Period) -> date:
        """Yields the local day on which the period's issue is published."""
        day = self.usual_day(period)
        step = {"next": 1, "previous": -1}.get(self.on_holiday)
        if self.calendar is None or step is None:
            return day
        while not self.calendar.is_workday(day):
            day += timedelta(days=step)
        return day

    def cutoff(self, period: Period) -> datetime:
        """Yields the moment whose knowledge the period's issue prints: its slot, else its end.

        A local time that a daylight-saving change skips is shifted forward by the gap; of one that
        occurs twice the first counts (the meaning of `fold=0`).
        """
        if self.weekday is None:
            return end_of_day(period.end, self.zone)
        local = datetime.combine(self.slot_day(period), self.at, self.zone)
        return local.astimezone(ZoneInfo("UTC")).astimezone(self.zone)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Yields 23:59:59 of `day` in `zone`."""
    return datetime.combine(day, time(23, 59, 59), zone)


def year_earlier(day: date) -> date:
    """Yields the same date a year earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
