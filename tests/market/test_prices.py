"""The figures of an instrument as a whole: published cases, real weeks, properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from decimal import localcontext as ambient

import pytest
from hypothesis import given
from hypothesis import strategies as st
from price_builders import PLAIN, TICK, UNITS, figure, no_figure, rounded, row

from reporter.calendar import Period, PublicationCalendar
from reporter.market.prices import Change, PriceFigure, price_figure
from reporter.market.wording import Thresholds
from reporter.records.model import Assessment, History

# Published cases


@pytest.mark.parametrize(
    ("before", "after", "change", "percent"),
    [
        ("408.51", "411.01", "2.50", "0.61"),
        ("73000-81000", "72000-80000", "-1000", "-1.30"),
        ("181500", "168000", "-13500", "-7.44"),
        ("91300", "93300", "2000", "2.19"),
        ("93500", "97550", "4050", "4.33"),
    ],
)
def test_published_week_on_week_changes(before: str, after: str, change: str, percent: str) -> None:
    """Week on week gives the change and percentage that were published for these pairs."""
    wow = figure("2025-W49", row("2025-11-27", before), row("2025-12-04", after)).wow
    assert wow.abs == Decimal(change)
    assert rounded(wow.pct) == Decimal(percent)
    assert (wow.reason, wow.periods, wow.base_date) == (None, 1, date(2025, 11, 27))


def test_published_mid_of_a_range() -> None:
    """76,500–78,200 without an average has the mid 77,350 (rule 1)."""
    made = figure("2025-W49", row("2025-12-04", "76500-78200"))
    assert (made.value, made.low, made.high) == (77350, 76500, 78200)


@pytest.mark.parametrize(("rule", "percent"), [("first_of_year", "75.85"), ("prev_year_last", "101.68")])
def test_published_year_to_date(rule: str, percent: str) -> None:
    """411.01 is +75.85% on the year's first value 233.73 and +101.68% on last year's last, 203.79."""
    rows = (row("2024-12-20", "203.79"), row("2025-01-10", "233.73"), row("2025-12-04", "411.01"))
    ytd = figure("2025-W49", *rows, spec=replace(PLAIN, ytd_base=rule)).ytd
    assert rounded(ytd.pct) == Decimal(percent)
    assert ytd.reason is None


CARBONATE = (
    row("2025-11-17", "86150"),
    row("2025-11-20", "91300"),
    row("2025-11-24", "92150"),
    row("2025-11-27", "93300"),
    row("2025-12-08", "92750"),
    row("2025-12-11", "93500"),
    row("2025-12-15", "95150"),
    row("2025-12-18", "97550"),
    row("2026-01-05", "119500"),
    row("2026-01-06", "120000-135000", average=Decimal(127500)),
)
CARBONATE_SPEC = replace(TICK, frequency="daily", freshness_days=7)
CN = PublicationCalendar("CN", frozenset({date(2026, 1, 1), date(2026, 1, 2)}), frozenset({date(2026, 1, 4)}))


def carbonate(week: str) -> PriceFigure:
    return figure(week, *CARBONATE, spec=CARBONATE_SPEC, calendar=CN, first="2025-06-03")


def test_carbonate_week_48_rises() -> None:
    """Lithium carbonate in 2025-W48: 91,300 → 93,300, +2,000, edged up, beyond all before."""
    made = carbonate("2025-W48")
    assert (made.value, made.wow.abs, made.wow.pct) == (93300, 2000, Decimal("2.190580503834"))
    assert made.wording == "edged_up"
    assert made.range_52w.extreme == "new_high"
    assert made.range_52w.position == 1
    assert made.range_52w.since_launch
    assert (made.average_4w.n, made.average_4w.reason) == (2, "too_few")
    assert made.records == ("prices/x/2025-11-27/r0", "prices/x/2025-11-20/r0")


def test_carbonate_week_49_is_not_assessed() -> None:
    """In 2025-W49 nothing was assessed: the last value stands with its date, and nothing is compared."""
    made = carbonate("2025-W49")
    assert (made.value, made.date, made.revision, made.status) == (None, None, None, "not_assessed")
    assert made.last is not None
    assert (made.last.value, made.last.date, made.last.periods_old) == (93300, date(2025, 11, 27), 1)
    assert made.last.record == "prices/x/2025-11-27/r0"
    assert {change.reason for change in (made.wow, made.four_week, made.yoy, made.ytd)} == {"not_assessed"}
    assert all(map(no_figure, (made.wow, made.four_week, made.yoy, made.ytd)))
    assert (made.wording, made.range_move, made.records) == (None, None, ())
    assert (made.range_52w.low, made.range_52w.high) == (86150, 93300)
    assert (made.range_52w.position, made.range_52w.extreme) == (None, None)
    assert made.stale_days == 10


def test_carbonate_after_new_year() -> None:
    """2026-W02 has no prior week (W01 had workdays), but a four-week and a year-to-date change."""
    made = carbonate("2026-W02")
    assert made.value == 127500
    assert made.wow == Change(reason="no_prior")
    assert (made.four_week.abs, rounded(made.four_week.pct)) == (34000, Decimal("36.36"))
    assert (made.ytd.abs, rounded(made.ytd.pct)) == (29950, Decimal("30.70"))
    assert made.ytd.base_date == date(2025, 12, 18)
    assert made.wording is None


def test_a_direction_without_earlier_figures_is_only_quoted() -> None:
    """A first value has no change to word; the source's own direction stands apart, October as estimate."""
    made = figure(
        "2025-W49",
        row("2025-10-31", "2000", "estimated"),
        row("2025-11-20", None, "not_assessed", direction="stabilized"),
        row("2025-12-05", "2050", direction="stable with a slight downward trend"),
    )
    assert (made.value, made.wow, made.ytd) == (2050, Change(reason="new"), Change(reason="new"))
    assert made.wording is None
    assert made.direction == "stable with a slight downward trend"
    assert made.direction_record == "prices/x/2025-12-05/r0"
    assert [(one.value, one.date) for one in made.estimates] == [(2000, date(2025, 10, 31))]


# Rule 5 (the codes: test_wording.py)


def test_range_widened_under_the_same_mid() -> None:
    """Mid equal, range moved: `mid_unchanged` with the code and the change of the width."""
    made = figure("2025-W49", row("2025-11-27", "100-110"), row("2025-12-04", "98-112"))
    assert (made.wording, made.range_move, made.range_width) == ("mid_unchanged", "widened", 4)
    assert made.wow.abs == 0


def test_a_range_on_one_side_only_does_not_move() -> None:
    """Where one of the two values has no range there is no rule 5; an equal mid is `unchanged`."""
    made = figure("2025-W49", row("2025-11-27", "105"), row("2025-12-04", "98-112"))
    assert (made.wording, made.range_move, made.range_width) == ("unchanged", None, None)


# Freshness


@pytest.mark.parametrize(("as_of", "stale"), [("2025-12-06", None), ("2025-12-07", 10), ("2026-03-01", 10)])
def test_age_is_judged_at_as_of_but_not_after_the_period(as_of: str, stale: int | None) -> None:
    """Ten days old is more than nine; an issue that is printed in March ages no further."""
    spec = replace(PLAIN, freshness_days=9)
    assert figure("2025-W49", row("2025-11-27", "10"), spec=spec, as_of=as_of).stale_days == stale


# Properties

price = st.decimals(min_value=1, max_value=10**6, places=2)
prices = st.lists(st.none() | price, min_size=2, max_size=60)


def made_of(values: list[Decimal | None], scale: int = 1) -> PriceFigure:
    end = date(2025, 12, 4)
    rows = tuple(
        Assessment("x", end - timedelta(days=7 * n), average=value * scale)
        for n, value in reversed(list(enumerate(values)))
        if value is not None
    )
    return figure("2025-W49", *rows)


@given(prices)
def test_percentages_do_not_depend_on_the_unit(values: list[Decimal | None]) -> None:
    """Per mt instead of per kg, all prices are 1,000 times as high and every percentage the same."""
    one, thousand = made_of(values), made_of(values, 1000)
    for name in ("wow", "four_week", "yoy", "ytd", "mom"):
        assert getattr(one, name).pct == getattr(thousand, name).pct
    assert one.wording == thousand.wording
    assert one.range_52w.position == thousand.range_52w.position


@given(prices, price)
def test_records_before_the_windows_change_no_short_figure(
    values: list[Decimal | None], older: Decimal
) -> None:
    """A record of two years ago changes neither week on week with its base, nor averages nor the range."""
    with_older = made_of([*values, *[None] * (110 - len(values)), older])
    plain = made_of(values)
    for name in ("four_week", "average_4w", "range_52w", "value"):
        assert getattr(with_older, name) == getattr(plain, name)
    if plain.wow.abs is not None:
        assert with_older.wow == plain.wow


@given(prices)
def test_value_less_base_is_the_change(values: list[Decimal | None]) -> None:
    """Readers can check every change: value − base, with every digit."""
    made = made_of(values)
    for change in (made.wow, made.four_week, made.yoy, made.ytd):
        if change.abs is not None and change.base is not None and made.value is not None:
            assert made.value - change.base == change.abs


@given(prices)
def test_the_ambient_decimal_context_changes_nothing(values: list[Decimal | None]) -> None:
    """A caller's narrow decimal context does not reach the figures of average-only prices."""
    with ambient() as context:
        context.prec = 3
        narrow = made_of([None if value is None else +value for value in values])
    with ambient() as context:
        context.prec = 3
        values = [None if value is None else +value for value in values]
    assert narrow == made_of(values)


@given(prices, st.integers(min_value=1, max_value=400))
def test_when_a_record_became_known_is_not_the_market_s_matter(
    values: list[Decimal | None], days: int
) -> None:
    """The snapshot chooses what is known; `known_at` and the chains of revisions change no figure."""
    end = date(2025, 12, 4)
    rows = [
        Assessment("x", end - timedelta(days=7 * n), average=v) for n, v in enumerate(values) if v is not None
    ]
    rows.sort(key=lambda one: one.date)
    later = [replace(one, known_at=datetime(2025, 12, 1, tzinfo=UTC) + timedelta(days=days)) for one in rows]
    arguments = {"calendar": None, "thresholds": Thresholds(), "units": UNITS, "judged_on": date(2025, 12, 7)}
    period, first = Period.containing(end), rows[0].date if rows else None
    plain = price_figure(History((PLAIN,), tuple(rows), first), period, **arguments)  # type: ignore[arg-type]
    chains = tuple((one, replace(one, revision=1, average=Decimal(7))) for one in later)
    known = price_figure(History((PLAIN,), tuple(later), first, chains), period, **arguments)  # type: ignore[arg-type]
    assert plain == known
