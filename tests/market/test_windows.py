"""Averages, months and the 52-week range: rules 6, 8 and 11 of docs/figures.md, asked of `price_figure`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from price_builders import MEAN, figure, row, weekly

# Rule 6: four-week average


@pytest.mark.parametrize(
    ("prices", "value", "n", "reason"),
    [
        (("1", "2", "3", "4", "9"), "4.5", 4, None),
        (("1", "2", None, "4", "9"), "5", 3, None),
        (("1", None, None, "4", "9"), None, 2, "too_few"),
    ],
)
def test_four_week_average(
    prices: tuple[str | None, ...], value: str | None, n: int, reason: str | None
) -> None:
    """The mean of the values of the last four weeks, which needs three of them."""
    average = figure("2025-W49", *weekly("2025-11-06", *prices)).average_4w
    assert average.value == (None if value is None else Decimal(value))
    assert (average.n, average.reason) == (n, reason)
    assert len(average.records) == n


def test_four_week_average_of_a_week_without_value() -> None:
    """Without a value this week the average is that of the other three."""
    made = figure("2025-W49", *weekly("2025-11-13", "1", "2", "6"))
    assert (made.value, made.average_4w.value, made.average_4w.n) == (None, 3, 3)


# Rule 8: months


def test_month_on_month_once_the_month_is_closed() -> None:
    """In the week that contains the month's end the month is compared; before, it is "to date"."""
    rows = (
        row("2025-10-02", "10"),
        row("2025-10-30", "30"),
        row("2025-11-06", "24"),
        row("2025-11-27", "26"),
        row("2025-11-28", "99", "estimated"),
    )
    closed = figure("2025-W48", *rows)  # ends on 30 November
    assert (closed.mom.month, closed.mom.value, closed.mom.base) == ("2025-11", 25, 20)
    assert (closed.mom.abs, closed.mom.pct, closed.mom.n, closed.mom.base_n) == (5, 25, 2, 2)
    assert closed.month_to_date is None
    running = figure("2025-W48", *rows, as_of="2025-11-29")
    assert (running.mom.month, running.mom.value, running.mom.reason) == ("2025-10", 20, "no_prior")
    assert running.month_to_date is not None
    assert (running.month_to_date.month, running.month_to_date.pct) == ("2025-11", 25)


def test_month_to_date_counts_only_up_to_the_day_it_is_judged_on() -> None:
    """A record dated after as-of is not in the running month yet."""
    rows = (row("2025-11-27", "10"), row("2025-12-01", "11"), row("2025-12-05", "13"))
    made = figure("2025-W49", *rows, as_of="2025-12-03").month_to_date
    assert made is not None
    assert (made.value, made.n, made.month) == (11, 1, "2025-12")


def test_month_without_a_figure() -> None:
    """A month without records is `not_assessed`; one whose previous month has none is `no_prior`."""
    made = figure("2025-W49", row("2025-10-02", "10"), row("2025-12-04", "11"))
    assert (made.mom.month, made.mom.reason, made.mom.base, made.mom.n) == ("2025-11", "not_assessed", 10, 0)
    assert made.month_to_date is not None
    assert (made.month_to_date.reason, made.month_to_date.value) == ("no_prior", 11)
    assert (made.month_to_date.abs, made.month_to_date.pct) == (None, None)


def test_month_of_january_is_compared_with_december() -> None:
    """The month before January is the previous year's December."""
    made = figure("2026-W05", row("2025-12-30", "10"), row("2026-01-29", "12"))  # ends on 1 February
    assert (made.mom.month, made.mom.base, made.mom.abs) == ("2026-01", 10, 2)
    assert made.month_to_date is not None
    assert made.month_to_date.reason == "not_assessed"


# Rule 11: the 52-week range


def test_range_uses_lows_and_highs_and_mids_where_there_are_none() -> None:
    """From the lowest low to the highest high, an average-only record by its mid, and who they are."""
    made = figure("2025-W49", row("2025-11-20", "8-12"), row("2025-11-27", "13"), row("2025-12-04", "9-12"))
    assert (made.range_52w.low, made.range_52w.high) == (8, 13)
    assert made.range_52w.position == Decimal("0.5")
    assert made.range_52w.records == ("prices/x/2025-11-20/r0", "prices/x/2025-11-27/r0")


def test_range_begins_364_days_back() -> None:
    """The week 52 weeks ago is out of the window, the one after it in."""
    out, inside = row("2024-12-08", "1"), row("2024-12-09", "2")  # the period of W49 ends on 7 December
    assert figure("2025-W49", out, row("2025-12-04", "5")).range_52w.low == 5
    made = figure("2025-W49", out, inside, row("2025-12-04", "5"))
    assert (made.range_52w.low, made.range_52w.n, len(made.series)) == (2, 2, 2)


def test_flat_range_has_no_position() -> None:
    """Where lowest and highest are the same there is nowhere to stand between."""
    assert figure("2025-W49", *weekly("2025-11-27", "5", "5")).range_52w.position is None


@pytest.mark.parametrize(("values", "young"), [(25, True), (26, False)])
def test_half_a_year_of_values_ends_since_launch(values: int, young: bool) -> None:
    """Fewer than 26 period values in the window are labelled since launch."""
    start = date(2025, 12, 4) - timedelta(days=7 * (values - 1))
    made = figure("2025-W49", *weekly(str(start), *["5"] * values)).range_52w
    assert (made.n, made.since_launch) == (values, young)


@pytest.mark.parametrize(
    ("before", "now", "extreme"),
    [
        ("10-20", "11-21", "new_high"),
        ("10-20", "9-19", "new_low"),
        ("10-20", "11-20", "matches_high"),
        ("10-20", "10-19", "matches_low"),
        ("10-20", "9-21", "new_high"),
        ("10-20", "9-20", "new_low"),
        ("10-20", "11-19", None),
    ],
)
def test_extremes_compare_the_value_s_own_ends(before: str, now: str, extreme: str | None) -> None:
    """New only if strictly beyond all before, equal matches; a new end outweighs a matched one."""
    made = figure("2025-W49", row("2025-11-27", before), row("2025-12-04", now))
    assert made.range_52w.extreme == extreme


def test_nothing_before_is_no_extreme() -> None:
    """A first record is neither a high nor a low."""
    assert figure("2025-W49", row("2025-12-04", "5")).range_52w.extreme is None


def test_an_extreme_looks_at_earlier_days_of_the_same_week() -> None:
    """Under rule `last` Thursday's value is held against Monday's; under `mean` only against other weeks."""
    rows = (row("2025-12-01", "30"), row("2025-12-04", "20"))
    assert figure("2025-W49", *rows).range_52w.extreme == "new_low"
    assert figure("2025-W49", *rows, spec=MEAN).range_52w.extreme is None
    assert figure("2025-W49", row("2025-11-27", "24"), *rows, spec=MEAN).range_52w.extreme == "new_high"
