"""Prices that the analyst should look at: averages off the mid, repeated prices that differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from price_builders import MEAN, PLAIN, TICK, UNITS, figure, row

from reporter.calendar import Week
from reporter.market.price_oddities import price_oddities
from reporter.records.model import Assessment, History, Instrument


def odd(*rows: Assessment, specs: tuple[Instrument, ...] = (TICK,)) -> list[tuple[str, str, str]]:
    """Code, record and text of the oddities of 2025-W49."""
    made = figure("2025-W49", *rows, specs=specs)
    found = price_oddities(History(specs, rows), made, Week.parse("2025-W49").period(), UNITS)
    return [(one.code, one.record, one.text) for one in found]


def test_an_average_off_the_mid_by_more_than_half_a_tick_is_odd() -> None:
    """With a tick of 50, 175 is within reach of the mid 150 and 175.01 is not."""
    assert odd(row("2025-12-04", "100-200", average=Decimal(175))) == []
    assert odd(row("2025-12-04", "100-200", average=Decimal("175.01"))) == [
        (
            "average_off_mid",
            "prices/x/2025-12-04/r0",
            "average 175.01 is off the mid of 100 and 200 by more than half a tick",
        )
    ]


@pytest.mark.parametrize(
    ("rows", "specs"),
    [
        ((row("2025-11-28", "100-200", average=Decimal(190)),), (TICK,)),  # last week's
        ((row("2025-12-04", "100-200", average=Decimal(190)),), (PLAIN,)),  # no tick
        ((row("2025-12-04", "190"),), (TICK,)),  # no range
        ((row("2025-12-04", "100-200"),), (TICK,)),  # no average
    ],
)
def test_only_the_periods_rows_with_range_average_and_tick_are_judged(
    rows: tuple[Assessment, ...], specs: tuple[Instrument, ...]
) -> None:
    """Another week's row is another issue's; without a tick nothing says what is much."""
    assert odd(*rows, specs=specs) == []


def test_every_odd_row_of_the_period_is_said_by_the_tick_of_its_date() -> None:
    """Two rows 20 off the mid: of the first version (tick 10) and of the next (tick 50)."""
    versions = (
        replace(TICK, tick=Decimal(10)),
        replace(TICK, spec_version=2, valid_from=date(2025, 12, 3), continues=True),
    )
    rows = [row(f"2025-12-0{day}", "100-200", average=Decimal(170)) for day in (1, 2, 3)]
    records = [record for _, record, _ in odd(*rows, specs=versions)]
    assert records == ["prices/x/2025-12-01/r0", "prices/x/2025-12-02/r0"]


def test_a_repeated_price_that_differs_from_the_value_before_is_odd() -> None:
    """The source says that it repeats the last price and states another one."""
    assert odd(row("2025-11-27", "9"), row("2025-12-04", "10", "rolled_over")) == [
        (
            "rolled_over_differs",
            "prices/x/2025-12-04/r0",
            "rolled over at 10, but the value of 2025-11-27 is 9",
        )
    ]


@pytest.mark.parametrize(
    "rows",
    [
        (row("2025-11-27", "9"), row("2025-12-04", "9.0", "rolled_over")),
        (row("2025-11-27", "9"), row("2025-12-04", None, "rolled_over")),
        (row("2025-12-04", "10", "rolled_over"),),  # nothing before it
        (row("2025-11-27", "9"), row("2025-12-02", "10"), row("2025-12-04", "9", "rolled_over")),
    ],
)
def test_a_repeated_price_is_no_oddity(rows: tuple[Assessment, ...]) -> None:
    """The same number, none, nothing to differ from, or a week whose value was assessed."""
    assert odd(*rows) == []


def test_a_repeated_mean_is_compared_as_the_value_it_is() -> None:
    """Under `mean` the value before is the week's mean, which a carried number repeats or not."""
    before = (row("2025-11-26", "8"), row("2025-11-27", "10"))
    assert odd(*before, row("2025-12-04", "9", "rolled_over"), specs=(MEAN,)) == []
    assert len(odd(*before, row("2025-12-04", "10", "rolled_over"), specs=(MEAN,))) == 1
