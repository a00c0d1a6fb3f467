"""The slots of an edition: which week it publishes when, and why a slot is not where it usually is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reporter.calendar import WEEKDAYS, Period, PublicationRule, Week

LONGEST_SHIFT = timedelta(days=40)
"""No run of holidays is longer; a slot is looked for that far from where it usually is."""

WARN_BEFORE = timedelta(days=60)
"""How long before a year without calendar data begins it is told."""


@dataclass(frozen=True)
class Timetable:
    """When one edition goes out: its rule, and what lies around a slot. All times are local.

    `wait_until` is how long an issue may wait for its data, `embargo` when it may be delivered; both are
    times of the slot's day. `starts` is the first day with a slot.
    """

    edition: str
    rule: PublicationRule
    week_ends: int
    wait_until: time | None = None
    embargo: time | None = None
    starts: date | None = None


@dataclass(frozen=True)
class Slot:
    """One publication of an edition, due at `at`; its week is that of `period`.

    `usual` is where the slot would be without holidays. `shift` says in words why `at` is elsewhere, or that
    the clock is changed; `skipped` that a holiday leaves it out. `unknown_year` is the first year that the
    slot depends on and the calendar does not know.
    """

    edition: str
    period: Period
    usual: datetime
    at: datetime
    deadline: datetime
    deliver_after: datetime | None = None
    shift: str = ""
    skipped: bool = False
    unknown_year: int | None = None

    @property
    def week(self) -> Week:
        """The ISO week that the issue is named by."""
        return self.period.week


def slot_of(table: Timetable, period: Period) -> Slot:
    """Yields the slot that publishes a period; the edition must have a schedule."""
    rule = table.rule
    usual_day, day = rule.usual_day(period), rule.slot_day(period)
    off = rule.calendar is not None and not rule.calendar.is_workday(usual_day)
    skipped = rule.on_holiday == "skip" and off
    at = rule.cutoff(period)
    shift = _shift(rule, usual_day, day, skipped) or _clock_change(at, rule.at)
    return Slot(
        table.edition,
        period,
        _moment(usual_day, rule.at, rule.zone),
        at,
        max(at, _moment(day, table.wait_until, rule.zone)) if table.wait_until else at,
        _moment(day, table.embargo, rule.zone) if table.embargo else None,
        shift,
        skipped,
        _unknown_year(rule, usual_day, day),
    )


def slots(table: Timetable, after: datetime, until: datetime) -> Iterator[Slot]:
    """Yields the slots with after < at <= until, by period; skipped ones too.

    None before the day on which the edition starts, and none without a schedule.
    """
    if table.rule.weekday is None:
        return
    first = after.astimezone(table.rule.zone).date() - LONGEST_SHIFT
    last = until.astimezone(table.rule.zone).date() + LONGEST_SHIFT
    period = Period.containing(first, table.week_ends).back(2)
    while period.end < last:
        found = slot_of(table, period)
        started = table.starts is None or found.usual.date() >= table.starts
        if started and after < found.at <= until:
            yield found
        period = period.back(-1)


def missing_years(table: Timetable, now: datetime) -> Iterator[int]:
    """Yields the years that begin within `WARN_BEFORE` (or have begun) whose holidays are not known."""
    calendar = table.rule.calendar
    if table.rule.weekday is None or calendar is None:
        return
    today = now.astimezone(table.rule.zone).date()
    for year in sorted({today.year, (today + WARN_BEFORE).year}):
        if not calendar.covers(year):
            yield year


def _unknown_year(rule: PublicationRule, usual: date, day: date) -> int | None:
    if rule.calendar is None:
        return None
    return next((year for year in sorted({usual.year, day.year}) if not rule.calendar.covers(year)), None)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Yields a local time; one that the clock skips comes later by the gap, of two equal ones the first."""
    return datetime.combine(day, at, zone).astimezone(UTC).astimezone(zone)


def _shift(rule: PublicationRule, usual: date, day: date, skipped: bool) -> str:
    if usual == day and not skipped:
        return ""
    name = rule.calendar.name if rule.calendar else ""
    what = "holiday" if usual.weekday() < 5 else "weekend"
    why = f"{WEEKDAYS[usual.weekday()].capitalize()} {usual} is a {what} of {name}"
    if skipped:
        return f"{why}: no issue"
    workday = "the next workday" if day > usual else "the workday before"
    return f"{why}: {workday}, {WEEKDAYS[day.weekday()].capitalize()} {day}"


def _clock_change(at: datetime, wanted: time) -> str:
    shown = f"{at:%H:%M}"
    if at.time().replace(second=0) != wanted:
        return f"the clock skips {wanted:%H:%M} on {at.date()}: {shown}"
    if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset():
        return f"{shown} comes twice on {at.date()}, as the clock is set back: the first"
    return ""
