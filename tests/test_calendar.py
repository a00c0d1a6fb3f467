"""Weeks, partial dates, calendars, slots."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.calendar import (
    PartialDate,
    Period,
    PublicationCalendar,
    PublicationRule,
    Week,
    year_earlier,
)

DAYS = st.dates(date(1990, 1, 8), date(2090, 12, 24))
WEEKDAYS = st.integers(0, 6)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2025-W49", date(2025, 12, 1), date(2025, 12, 7)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2027-W01", date(2027, 1, 4), date(2027, 1, 10)),
    ],
)
def test_a_week_is_its_iso_week(text: str, start: date, end: date) -> None:
    assert Week.parse(text).period() == Period(start, end)
    assert str(Week.of(end)) == text


@pytest.mark.parametrize(
    "text", ["2025-W53", "2025-W00", "2025-49", "2025-W9", "W49", "2025-W49 ", "0000-W01"]
)
def test_a_week_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="week"):
        Week.parse(text)


def test_a_week_may_end_on_another_weekday() -> None:
    """The period is named by the ISO week of its last day."""
    period = Week.parse("2025-W49").period(week_ends=4)
    assert period == Period(date(2025, 11, 29), date(2025, 12, 5))
    assert str(period.week) == "2025-W49"


@given(DAYS, WEEKDAYS)
def test_every_day_lies_in_one_period(day: date, week_ends: int) -> None:
    period = Period.containing(day, week_ends)
    assert day in period
    assert period.end.weekday() == week_ends
    assert len(list(period.days())) == 7
    assert day not in period.back()
    assert day not in period.back(-1)


@given(DAYS, WEEKDAYS)
def test_a_period_is_found_again_by_its_week(day: date, week_ends: int) -> None:
    period = Period.containing(day, week_ends)
    assert Week.parse(str(period.week)).period(week_ends) == period


@given(DAYS, WEEKDAYS, st.integers(-60, 60))
def test_going_back_and_forth_ends_where_it_began(day: date, week_ends: int, n: int) -> None:
    period = Period.containing(day, week_ends)
    assert period.back(n).back(-n) == period
    assert period.end - period.back(n).end == timedelta(days=7 * n)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-H2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-03-14", date(2026, 3, 14), date(2026, 3, 14)),
    ],
)
def test_a_partial_date_is_the_interval_it_covers(text: str, start: date, end: date) -> None:
    partial = PartialDate.parse(text)
    assert (partial.start, partial.end, str(partial)) == (start, end, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "2026-Q5",
        "2026-Q0",
        "2026-H3",
        "2026-13",
        "2026-00",
        "2026-02-30",
        "2026-2",
        "2026-03-14T10",
    ],
)
def test_a_partial_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PartialDate.parse(text)


@given(DAYS)
def test_partial_dates_of_a_day_contain_it_and_each_other(day: date) -> None:
    texts = [
        f"{day:%Y}",
        f"{day:%Y}-H{(day.month + 5) // 6}",
        f"{day:%Y}-Q{(day.month + 2) // 3}",
        f"{day:%Y-%m}",
        f"{day:%Y-%m-%d}",
    ]
    intervals = [PartialDate.parse(text) for text in texts]
    for outer, inner in pairwise(intervals):
        assert outer.start <= inner.start <= day <= inner.end <= outer.end


CN = PublicationCalendar(
    "CN",
    holidays=frozenset(date(2026, 2, 15) + timedelta(days=n) for n in range(9)),
    workdays=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
)


def test_a_make_up_saturday_is_a_workday_and_a_holiday_monday_is_none() -> None:
    assert CN.is_workday(date(2026, 2, 14))
    assert not CN.is_workday(date(2026, 2, 16))
    assert not CN.is_workday(date(2026, 3, 1))


def test_a_week_of_holidays_has_no_publication() -> None:
    assert not CN.has_publication(Week.parse("2026-W08").period())
    assert CN.has_publication(Week.parse("2026-W07").period())


def test_the_cut_off_without_a_schedule_is_the_end_of_the_last_day() -> None:
    rule = PublicationRule(SHANGHAI)
    assert rule.cutoff(Week.parse("2025-W49").period()) == datetime(2025, 12, 7, 23, 59, 59, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("on_holiday", "day"),
    [("next", date(2026, 2, 24)), ("skip", date(2026, 2, 23)), ("previous", date(2026, 2, 14))],
)
def test_a_slot_on_a_holiday_moves_as_set(on_holiday: str, day: date) -> None:
    """Monday 23 February 2026 is a holiday."""
    rule = PublicationRule(SHANGHAI, 0, time(9), CN, on_holiday)
    period = Week.parse("2026-W08").period()
    assert rule.cutoff(period) == datetime.combine(day, time(9), SHANGHAI)


def test_a_local_time_that_does_not_exist_is_shifted_by_the_gap() -> None:
    """London, Sunday 29 March 2026: 01:30 does not exist."""
    london = ZoneInfo("Europe/London")
    rule = PublicationRule(london, 6, time(1, 30))
    cutoff = rule.cutoff(Period(date(2026, 3, 22), date(2026, 3, 28)))
    assert (cutoff.hour, cutoff.minute, cutoff.utcoffset()) == (2, 30, timedelta(hours=1))


def test_a_local_time_that_exists_twice_is_the_first() -> None:
    """New York, Sunday 1 November 2026: 01:30 occurs in daylight time first."""
    york = ZoneInfo("America/New_York")
    rule = PublicationRule(york, 6, time(1, 30))
    cutoff = rule.cutoff(Period(date(2026, 10, 25), date(2026, 10, 31)))
    assert cutoff.utcoffset() == timedelta(hours=-4)


@given(DAYS, WEEKDAYS, WEEKDAYS)
def test_the_slot_lies_in_the_seven_days_after_the_period(day: date, week_ends: int, weekday: int) -> None:
    period = Period.containing(day, week_ends)
    slot = PublicationRule(SHANGHAI, weekday, time(9)).slot_day(period)
    assert period.end < slot <= period.end + timedelta(days=7)
    assert slot.weekday() == weekday


def test_a_year_before_29_february_is_28_february() -> None:
    assert year_earlier(date(2024, 2, 29)) == date(2023, 2, 28)
    assert year_earlier(date(2025, 12, 7)) == date(2024, 12, 7)
