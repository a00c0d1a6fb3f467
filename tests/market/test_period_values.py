"""The value of a period: rules 2 and 4 of docs/figures.md, asked of `price_figure`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from price_builders import MEAN, PLAIN, figure, row

# Rule 2: value of a period


def test_last_takes_the_latest_assessed_date() -> None:
    """Rule `last`: the latest assessed record; later rows without an assessment do not hide it."""
    rows = (
        row("2025-12-01", "10"),
        row("2025-12-03", "12"),
        row("2025-12-04", "99", "estimated"),
        row("2025-12-05", None, "not_assessed"),
    )
    made = figure("2025-W49", *rows)
    assert (made.value, made.date, made.status) == (12, date(2025, 12, 3), "assessed")


def test_mean_is_kept_to_thirteen_digits_and_used_everywhere() -> None:
    """Rule `mean`: 10, 10, 11 are 10.33333333333, and value − base is the printed change."""
    rows = (
        row("2025-11-25", "10"),
        row("2025-12-01", "10"),
        row("2025-12-02", "10"),
        row("2025-12-03", "11", revision=2),
    )
    made = figure("2025-W49", *rows, spec=MEAN)
    assert made.value == Decimal("10.33333333333")
    assert made.wow.abs == Decimal("0.33333333333")
    assert (made.date, made.revision, made.corrected) == (date(2025, 12, 3), 2, True)
    assert made.records[:3] == tuple(f"prices/x/2025-12-0{day}" for day in ("3/r2", "2/r0", "1/r0"))


def test_mean_averages_the_ranges_or_leaves_them_blank() -> None:
    """Low and high of a mean are the means of lows and highs, blank as soon as one is missing."""
    both = figure("2025-W49", row("2025-12-01", "8-12"), row("2025-12-02", "9-14"), spec=MEAN)
    assert (both.low, both.high, both.value) == (Decimal("8.5"), 13, Decimal("10.75"))
    one = figure("2025-W49", row("2025-12-01", "8-12"), row("2025-12-02", "11"), spec=MEAN)
    assert (one.low, one.high, one.value) == (None, None, Decimal("10.5"))


def test_a_bulletin_week_may_end_on_another_weekday() -> None:
    """With weeks that end on Friday, Saturday's record belongs to the next week."""
    rows = (row("2025-12-05", "10"), row("2025-12-06", "20"))
    assert figure("2025-W49", *rows, week_ends=4).value == 10
    assert figure("2025-W50", *rows, week_ends=4).wow.abs == 10


def test_records_after_the_period_are_not_seen() -> None:
    """An old issue printed late shows what its own week knows, whatever is dated after it."""
    rows = (row("2025-11-27", "10"), row("2025-12-04", "11"), row("2025-12-10", "500"))
    assert figure("2025-W49", *rows) == figure("2025-W49", *rows[:2])


# Rule 4: not assessed, rolled over


@pytest.mark.parametrize(
    ("status", "shown"),
    [("holiday", "holiday"), ("suspended", "suspended"), ("estimated", "not_assessed")],
)
def test_status_of_a_week_without_value(status: str, shown: str) -> None:
    """Without a value the week is called holiday or suspended if its latest record says so."""
    assert figure("2025-W49", row("2025-12-03", None, status)).status == shown


def test_last_week_s_holiday_is_not_this_week_s_status() -> None:
    """A holiday dated before the period does not explain why this one has no value."""
    assert figure("2025-W49", row("2025-11-28", None, "holiday")).status == "not_assessed"


def test_nothing_ever_assessed_has_no_last() -> None:
    """An instrument without any assessment has neither a last value nor a range nor an age."""
    made = figure("2025-W49", row("2025-11-28", "7", "estimated"), spec=replace(PLAIN, freshness_days=1))
    assert (made.last, made.range_52w.low, made.stale_days, made.value) == (None, None, None, None)


def test_rolled_over_carries_the_last_value() -> None:
    """A blank rolled-over row carries value and range; week on week 0, dated where it comes from."""
    rows = (row("2025-11-20", "8-12", revision=1), row("2025-12-04", None, "rolled_over"))
    made = figure("2025-W49", *rows)
    assert (made.value, made.low, made.high, made.status) == (10, 8, 12, "rolled_over")
    assert made.date == date(2025, 12, 4)
    assert (made.wow.abs, made.wow.pct, made.wow.base, made.wow.reason) == (0, 0, 10, "rolled_over")
    assert (made.wow.base_date, made.wow.periods) == (date(2025, 11, 20), 2)
    assert (made.wording, made.range_move, made.range_52w.extreme) == ("rolled_over", None, None)
    assert made.range_52w.position == Decimal("0.5")
    assert made.records == ("prices/x/2025-12-04/r0", "prices/x/2025-11-20/r1")
    assert made.corrected  # what it carries was revised


def test_rolled_over_counts_as_a_value_but_not_as_an_assessment() -> None:
    """A rolled-over value is a base and enters the average; it is no record of the 52-week range."""
    rows = (
        row("2025-11-13", "10"),
        row("2025-11-20", "12"),
        row("2025-11-27", "20", "rolled_over"),
        row("2025-12-04", "13"),
    )
    made = figure("2025-W49", *rows)
    assert (made.wow.base, made.average_4w.value, made.average_4w.n) == (20, Decimal("13.75"), 4)
    assert (made.range_52w.high, made.range_52w.n) == (13, 4)


def test_rolled_over_again_names_the_row_and_the_origin() -> None:
    """Carried over two weeks, the value names this week's row and where the number was stated."""
    rows = (
        row("2025-11-20", "10"),
        row("2025-11-27", None, "rolled_over"),
        row("2025-12-04", None, "rolled_over"),
    )
    made = figure("2025-W49", *rows)
    assert made.wow.base_date == date(2025, 11, 27)
    assert made.records[:2] == ("prices/x/2025-12-04/r0", "prices/x/2025-11-20/r0")


def test_rolled_over_percentage_points_have_no_percentage() -> None:
    """A carried price in percent changes by 0 points, not by 0%."""
    rows = (row("2025-11-27", "2.5"), row("2025-12-04", None, "rolled_over"))
    wow = figure("2025-W49", *rows, spec=replace(PLAIN, unit="pct", currency=None)).wow
    assert (wow.abs, wow.pct, wow.reason) == (0, None, "rolled_over")


def test_rolled_over_with_nothing_to_carry_is_no_value() -> None:
    """A first row that rolls over nothing and states nothing leaves the week without value."""
    made = figure("2025-W49", row("2025-12-04", None, "rolled_over"))
    assert (made.value, made.status, made.wow.reason) == (None, "not_assessed", "not_assessed")


def test_rolled_over_with_a_number_of_its_own() -> None:
    """A stated number is the value; where no earlier value equals it, its base has no date."""
    made = figure("2025-W49", row("2025-11-27", "9"), row("2025-12-04", "10", "rolled_over"))
    assert (made.value, made.wow.abs, made.wow.base, made.wow.base_date) == (10, 0, 10, None)
    assert (made.wow.periods, made.wow.records) == (None, ())


def test_an_assessment_outdoes_a_roll_over() -> None:
    """Only where nothing was assessed does a rolled-over row count, even a later one."""
    made = figure("2025-W49", row("2025-12-02", "10"), row("2025-12-04", "12", "rolled_over"))
    assert (made.value, made.status) == (10, "assessed")
