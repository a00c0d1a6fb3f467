"""Changes against an earlier value: rules 3, 7, 9, 10 and 12 of docs/figures.md, asked of `price_figure`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from price_builders import PLAIN, TICK, figure, row, weekly

from reporter.calendar import PublicationCalendar, Week
from reporter.market.prices import Change

# Rule 3: week on week


def test_an_empty_week_without_a_cause_is_no_prior() -> None:
    """A previous week that merely has no figure is never bridged, nor printed as 0."""
    made = figure("2025-W49", row("2025-11-20", "10"), row("2025-12-04", "11"))
    assert made.wow == Change(reason="no_prior")
    assert made.wording is None


# Invented: 9–15 February 2026 and 16–22 February are closed from Monday to Friday.
FESTIVAL = PublicationCalendar("XX", frozenset(date(2026, 2, day) for day in (*range(9, 14), *range(16, 21))))


def test_holiday_weeks_are_bridged_and_dated() -> None:
    """Where every weekday between was a holiday, the base is the last value before, with its date."""
    made = figure("2026-W09", row("2026-02-05", "100"), row("2026-02-26", "103"), calendar=FESTIVAL)
    assert (made.wow.reason, made.wow.periods, made.wow.base_date) == ("bridged", 3, date(2026, 2, 5))
    assert (made.wow.abs, made.wow.pct, made.wording) == (3, 3, "rose")


def test_one_ordinary_empty_week_breaks_the_bridge() -> None:
    """The bridge holds only if every week between is empty for that cause."""
    made = figure("2026-W09", row("2026-01-29", "100"), row("2026-02-26", "103"), calendar=FESTIVAL)
    assert made.wow == Change(reason="no_prior")


def test_a_make_up_workday_breaks_the_bridge() -> None:
    """A weekend on which the market works makes the week one with publication."""
    worked = replace(FESTIVAL, workdays=frozenset({date(2026, 2, 14)}))
    made = figure("2026-W09", row("2026-02-05", "100"), row("2026-02-26", "103"), calendar=worked)
    assert made.wow.reason == "no_prior"


@pytest.mark.parametrize("status", ["holiday", "suspended"])
def test_a_record_may_say_that_nothing_was_published(status: str) -> None:
    """Without a calendar a row with status holiday or suspended bridges its week."""
    made = figure(
        "2025-W49", row("2025-11-20", "10"), row("2025-11-26", None, status), row("2025-12-04", "11")
    )
    assert (made.wow.reason, made.wow.periods, made.wow.abs) == ("bridged", 2, 1)


def test_a_not_assessed_record_bridges_nothing() -> None:
    """A row that only says "not assessed" is not a cause for an empty week."""
    rows = (row("2025-11-20", "10"), row("2025-11-26", None, "not_assessed"), row("2025-12-04", "11"))
    assert figure("2025-W49", *rows).wow.reason == "no_prior"


@pytest.mark.parametrize(
    ("frequency", "reach"), [("daily", 1), ("weekly", 1), ("biweekly", 2), ("monthly", 5)]
)
def test_frequency_says_how_far_back_is_still_the_previous_value(frequency: str, reach: int) -> None:
    """Biweekly reaches 2 periods back and monthly 5, `periods` says how many; one further is no prior."""
    spec = replace(PLAIN, frequency=frequency)
    now = row("2025-12-04", "11")
    within = figure("2025-W49", row(str(now.date - timedelta(days=7 * reach)), "10"), now, spec=spec).wow
    assert (within.abs, within.reason, within.periods) == (1, None, reach)
    beyond = figure("2025-W49", row(str(now.date - timedelta(days=7 * reach + 7)), "10"), now, spec=spec).wow
    assert beyond == Change(reason="no_prior")


def test_biweekly_takes_the_latest_value_within_reach() -> None:
    """Of two values within reach the later one is the base."""
    rows = weekly("2025-11-20", "8", "9", "11")
    assert figure("2025-W49", *rows, spec=replace(PLAIN, frequency="biweekly")).wow.base == 9


def test_first_value_ever_is_new_and_a_later_one_is_not() -> None:
    """`new` needs that nothing was assessed before the week; an older assessment makes it `no_prior`."""
    rows = (row("2025-12-01", "9"), row("2025-12-04", "11"))
    assert figure("2025-W49", *rows).wow.reason == "new"
    assert figure("2025-W49", *rows, first="2025-11-30").wow.reason == "no_prior"


# Rule 7: four-week change


@pytest.mark.parametrize(("weeks", "reason"), [(3, "no_prior"), (4, None), (5, None), (6, "no_prior")])
def test_four_week_change_reaches_28_to_38_days_back(weeks: int, reason: str | None) -> None:
    """A base of 28 or 35 days ago counts; 21 is too near and 42 too far."""
    now = row("2025-12-04", "11")
    made = figure("2025-W49", row(str(now.date - timedelta(days=7 * weeks)), "10"), now)
    assert made.four_week.reason == reason
    assert made.four_week.periods == (None if reason else weeks)


def test_four_week_change_prefers_the_later_base() -> None:
    """Of 28 and 35 days the nearer one is the base."""
    assert figure("2025-W49", *weekly("2025-10-30", "8", "9", None, None, None, "11")).four_week.base == 9


# Rule 9: year on year


@pytest.mark.parametrize(
    ("base_week", "reason"),
    [("2024-W49", "no_prior"), ("2024-W48", None), ("2024-W47", None), ("2024-W46", "no_prior")],
)
def test_year_on_year_is_at_most_14_days_older(base_week: str, reason: str | None) -> None:
    """For the week to 7 Dec 2025 a base may have ended from 23 Nov to 7 Dec 2024: here W47 and W48."""
    base = row(str(Week.parse(base_week).period().end), "10")  # 2024-W49 ended on 8 December
    assert figure("2025-W49", base, row("2025-12-04", "11")).yoy.reason == reason


@pytest.mark.parametrize(
    ("base_end", "reason"), [("2031-02-23", None), ("2031-02-16", None), ("2031-02-09", "no_prior")]
)
def test_leap_day_looks_back_to_28_february(base_end: str, reason: str | None) -> None:
    """The week to 29 Feb 2032 takes a base that ended 5 or 12 days before 28 Feb 2031, not 19."""
    assert figure("2032-W09", row(base_end, "10"), row("2032-02-26", "11")).yoy.reason == reason


def test_year_on_year_prefers_the_latest_base() -> None:
    """Of two weeks within the tolerance the later one is the base, and its date is told."""
    rows = (row("2024-11-21", "8"), row("2024-11-28", "10"), row("2025-12-04", "11"))
    yoy = figure("2025-W49", *rows).yoy
    assert (yoy.base_date, yoy.pct, yoy.periods) == (date(2024, 11, 28), 10, 53)


def test_a_young_series_has_no_year_on_year_and_is_not_called_new() -> None:
    """Only week on week and year to date say `new`."""
    made = figure("2025-W49", row("2025-12-04", "11"))
    assert (made.four_week.reason, made.yoy.reason) == ("no_prior", "no_prior")


# Rule 10: year to date


def test_since_launch_is_based_on_the_first_value() -> None:
    """A series that began this year is compared with its first period value, and says so."""
    ytd = figure("2025-W49", *weekly("2025-11-20", "8", "9", "10")).ytd
    assert (ytd.base, ytd.pct, ytd.reason, ytd.periods) == (8, 25, "since_launch", 2)


def test_a_gap_over_last_year_is_not_youth() -> None:
    """Older values, but none last year: no figure, `no_prior`."""
    rows = (row("2025-03-06", "9"), row("2025-12-04", "10"))
    assert figure("2025-W49", *rows, first="2023-05-01").ytd == Change(reason="no_prior")
    for status in ("assessed", "rolled_over"):
        assert figure("2025-W49", row("2023-05-04", "8", status), *rows).ytd == Change(reason="no_prior")


def test_a_week_belongs_to_the_year_of_its_last_day() -> None:
    """Assessed on 30 December 2025 in a week that ends on 4 January: a value of 2026."""
    rows = (row("2025-12-23", "8"), row("2025-12-30", "9"), row("2026-01-08", "10"))
    assert figure("2026-W02", *rows).ytd.base == 8
    assert figure("2026-W02", *rows, spec=replace(PLAIN, ytd_base="first_of_year")).ytd.base == 9
    assert figure("2026-W02", *rows[1:]).ytd.reason == "since_launch"


def test_the_year_s_first_value_is_not_compared_with_itself() -> None:
    """With `first_of_year` the year's first value has no year to date: `new`."""
    spec = replace(PLAIN, ytd_base="first_of_year")
    assert figure("2026-W02", row("2025-12-23", "8"), row("2026-01-08", "10"), spec=spec).ytd == Change(
        reason="new"
    )


# Rule 12: percentages that mean nothing


@pytest.mark.parametrize(
    ("base", "now", "defined"),
    [("500", "550", True), ("499.99", "550", False), ("0", "50", False), ("-600", "-500", False)],
)
def test_a_base_below_ten_ticks_has_no_percentage(base: str, now: str, defined: bool) -> None:
    """With a tick of 50 a base of exactly 500 has one; below, at 0 and under it only the change stands."""
    made = figure("2025-W49", *weekly("2025-11-27", base, now), spec=TICK)
    assert made.wow.abs == Decimal(now) - Decimal(base)
    assert (made.wow.pct is not None, made.wow.reason) == (defined, None if defined else "undefined_base")
    assert (made.wording is None) is not defined


def test_a_sign_flip_has_no_percentage() -> None:
    """From 600 to −100 is −700 and no percentage; to 0 it is −100%."""
    assert figure("2025-W49", *weekly("2025-11-27", "600", "-100")).wow.reason == "undefined_base"
    assert figure("2025-W49", *weekly("2025-11-27", "600", "0")).wow.pct == -100


def test_without_a_tick_a_small_base_counts() -> None:
    """No tick stated: the clause of ten ticks is skipped."""
    assert figure("2025-W49", *weekly("2025-11-27", "0.01", "0.02")).wow.pct == 100


def test_a_price_in_percent_changes_in_points() -> None:
    """Unit pct: the change is in percentage points, with no percentage, no reason and no verb."""
    spec = replace(PLAIN, unit="pct", currency=None, tick=Decimal(1))
    made = figure("2025-W49", *weekly("2025-11-27", "2.5", "3.1"), spec=spec)
    assert (made.wow.abs, made.wow.pct, made.wow.reason) == (Decimal("0.6"), None, None)
    assert made.wording is None
    assert figure("2025-W49", *weekly("2025-11-27", "3.1", "3.1"), spec=spec).wording == "unchanged"
