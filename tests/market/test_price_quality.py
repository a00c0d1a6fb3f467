"""Prices that look wrong: jumps, slips of the unit, repeats, odd dates, a page 1 without prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from price_builders import PLAIN, UNITS, figure, row

from reporter.calendar import PublicationCalendar, Week
from reporter.market.price_quality import headline_quality, price_quality
from reporter.market.prices import PriceFigure
from reporter.market.quality import Quality
from reporter.records.model import Assessment, History, Instrument

SHANGHAI = ZoneInfo("Asia/Shanghai")
W49 = Week.parse("2025-W49").period()
SINCE = datetime(2025, 12, 1, 9, tzinfo=SHANGHAI)
KILO = replace(PLAIN, unit="kg")
DAILY = replace(PLAIN, frequency="daily")
CN = replace(PLAIN, calendar="CN")
CALENDARS = {
    "CN": PublicationCalendar(
        "CN", holidays=frozenset({date(2025, 12, 3)}), workdays=frozenset({date(2025, 12, 6)})
    )
}


def found(
    *rows: Assessment, spec: Instrument = PLAIN, quality: Quality | None = None
) -> list[tuple[str, str, str]]:
    """Code, date and text of the findings of 2025-W49, whose issue before went out on Monday at nine."""
    history = History((spec,), rows)
    made = price_quality(history, W49, SINCE, CALENDARS, UNITS, quality or Quality())
    return [(one.code, one.record.split("/")[2], one.text) for one in made]


def codes(*rows: Assessment, spec: Instrument = PLAIN, quality: Quality | None = None) -> list[str]:
    return [code for code, _, _ in found(*rows, spec=spec, quality=quality)]


# ── jumps ──


@pytest.mark.parametrize(
    ("price", "jumps"), [("120", []), ("120.01", ["jump"]), ("80", []), ("79", ["jump"])]
)
def test_a_price_jumps_beyond_the_limit_and_not_at_it(price: str, jumps: list[str]) -> None:
    assert codes(row("2025-11-27", "100"), row("2025-12-04", price)) == jumps


def test_a_jump_tells_both_prices_the_limit_and_what_to_do() -> None:
    rows = row("2025-11-27", "90-110"), row("2025-12-04", "125")
    text = "125 is +25.0% against the 100 of 2025-11-27, beyond 20%; if it is right, begin its note with 'confirmed'"
    assert found(*rows) == [("jump", "2025-12-04", text)]


def test_the_limit_is_a_setting() -> None:
    rows = row("2025-11-27", "100"), row("2025-12-04", "106")
    assert codes(*rows, quality=Quality(jump=Decimal(5))) == ["jump"]


@pytest.mark.parametrize(
    ("note", "jumps"),
    [
        ("Confirmed with the assessor on 5 December", []),
        ("not confirmed", ["jump"]),
        ("date inferred", ["jump"]),
    ],
)
def test_a_note_that_begins_with_confirmed_settles_a_jump(note: str, jumps: list[str]) -> None:
    assert codes(row("2025-11-27", "100"), row("2025-12-04", "150", note=note)) == jumps


def test_only_what_matters_to_the_issue_is_told() -> None:
    """Of three jumps: an old one, one of the week, and one of last month that became known this week."""
    late = row("2025-11-18", "300", known_at=datetime(2025, 12, 2, tzinfo=SHANGHAI))
    rows = row("2025-11-11", "100"), row("2025-11-12", "150"), late, row("2025-12-04", "400")
    assert [day for _, day, _ in found(*rows)] == ["2025-11-18", "2025-12-04"]


def test_estimates_are_neither_judged_nor_a_base() -> None:
    rows = row("2025-11-27", "100"), row("2025-12-02", "500", "estimated"), row("2025-12-04", "100")
    assert codes(*rows) == []


def test_across_a_change_of_specification_nothing_is_compared_that_is_not_linked() -> None:
    """From yuan a kg to yuan a ton the same price is 1,000 times; of another grade it is another price."""
    rows = row("2025-11-27", "100"), row("2025-12-04", "100000")
    later = replace(PLAIN, spec_version=2, valid_from=date(2025, 12, 1))
    for new in (later, replace(later, grade="other")):
        assert not list(price_quality(History((KILO, new), rows), W49, SINCE, {}, UNITS, Quality()))
    jumped = row("2025-11-27", "100"), row("2025-12-04", "130000")
    found = price_quality(History((KILO, later), jumped), W49, SINCE, {}, UNITS, Quality())
    assert [one.text.split(",")[0] for one in found] == ["130000 is +30.0% against the 100000 of 2025-11-27"]


def test_percentages_and_prices_at_or_below_zero_have_no_jump() -> None:
    assert codes(row("2025-11-27", "1"), row("2025-12-04", "3"), spec=replace(PLAIN, unit="pct")) == []
    assert codes(row("2025-11-27", "0"), row("2025-12-04", "3")) == []


# ── slips of the unit ──


@pytest.mark.parametrize(
    ("price", "spec", "text"),
    [
        ("145000", KILO, "145000 against the 145 of 2025-11-27: stated per mt instead of kg?"
         " It would then be 145"),
        ("0.146", PLAIN, "0.146 against the 145 of 2025-11-27: stated per kg instead of mt?"
         " It would then be 146"),
        ("72", KILO, "72 against the 145 of 2025-11-27: stated per jin (half a kg)? It would then be 144"),
        ("290", KILO, "290 against the 145 of 2025-11-27: doubled once too often from a price per jin"
         " (half a kg)? It would then be 145"),
        ("1450", PLAIN, "1450 against the 145 of 2025-11-27: a slip of the decimal point, 10 times?"
         " It would then be 145"),
        ("1.45", PLAIN, "1.45 against the 145 of 2025-11-27: a slip of the decimal point, 1/100 times?"
         " It would then be 145"),
        ("0.0146", PLAIN, "0.0146 against the 145 of 2025-11-27: counted in ten thousands?"
         " It would then be 146"),
    ],
)  # fmt: skip
def test_a_slip_names_what_is_likely_and_what_the_price_would_be(
    price: str, spec: Instrument, text: str
) -> None:
    """It is told once: not as a jump, too."""
    rows = row("2025-11-27", "145"), row("2025-12-04", price)
    assert found(*rows, spec=spec) == [("unit_slip", "2025-12-04", text)]


def test_a_slip_is_within_three_percent_of_its_multiple() -> None:
    before = row("2025-11-27", "100")
    assert codes(before, row("2025-12-04", "1030")) == ["unit_slip"]
    assert codes(before, row("2025-12-04", "1031")) == ["jump"]


def test_twice_a_price_is_a_slip_only_per_kilogram() -> None:
    """Nobody states a price per ton in jin."""
    assert codes(row("2025-11-27", "100"), row("2025-12-04", "200")) == ["jump"]


# ── repeats ──


def days(*numbers: int, price: str = "100") -> tuple[Assessment, ...]:
    return tuple(row(f"2025-11-{day:02}" if day > 9 else f"2025-12-{day:02}", price) for day in numbers)


def test_six_equal_daily_prices_are_told_and_five_are_not() -> None:
    equal = days(27, 28, 1, 2, 3, 4)
    assert found(*equal, spec=DAILY) == [
        ("stale_repeat", "2025-12-04", "the same price on 6 assessed dates in a row, since 2025-11-27")
    ]
    assert codes(*equal[1:], spec=DAILY) == []


def test_another_price_begins_a_new_row() -> None:
    """101 of the 28th ends what began on the 24th."""
    rows = (*days(24, 25, 26, 27), *days(28, price="101"), *days(1, 2, 3, 4))
    assert codes(*rows, spec=DAILY) == []


def test_how_many_repeats_count_depends_on_the_frequency() -> None:
    """Weekly prices rest longer; biweekly and monthly ones are not judged."""
    equal = days(20, 21, 24, 25, 26, 27, 28, 4)
    assert codes(*equal) == ["stale_repeat"]
    assert codes(*equal[1:]) == []
    assert codes(*equal, spec=replace(PLAIN, frequency="monthly")) == []


# ── dates ──


@pytest.mark.parametrize(
    ("day", "spec", "texts"),
    [
        ("2025-12-05", CN, []),
        ("2025-12-06", CN, []),  # a Saturday that is worked
        ("2025-12-06", PLAIN, ["assessed on 2025-12-06, a Saturday: perhaps the day it was published"]),
        ("2025-12-07", CN, ["assessed on 2025-12-07, a Sunday: perhaps the day it was published"]),
        (
            "2025-12-03",
            CN,
            ["assessed on 2025-12-03, a holiday of the calendar CN: perhaps the day it was published"],
        ),
    ],
)
def test_a_price_is_assessed_on_a_workday(day: str, spec: Instrument, texts: list[str]) -> None:
    assert [text for _, _, text in found(row(day, "100"), spec=spec)] == texts


def test_a_row_without_an_assessment_may_have_any_date() -> None:
    assert codes(row("2025-12-07", None, "not_assessed"), row("2025-12-06", "1", "estimated")) == []


# ── page 1 ──


def headline(*figures: PriceFigure, named: bool = False, spec: Instrument = PLAIN) -> list[tuple[str, str]]:
    specs = {one.instrument: spec for one in figures}
    made = headline_quality(figures, specs, CALENDARS, W49, named=named)
    return [(one.record, one.text) for one in made]


WITH = figure("2025-W49", row("2025-12-04", "100"))
WITHOUT = replace(figure("2025-W49", row("2025-11-27", "100")), instrument="y")
NEVER = replace(figure("2025-W49"), instrument="z")


def test_each_price_that_the_settings_put_on_page_1_should_have_a_value() -> None:
    assert headline(WITH, WITHOUT, NEVER, named=True) == [
        (
            "prices/x/2025-11-27/r0",
            "y is on page 1 and has no price of this week: last assessed for 2025-11-27",
        ),
        ("instruments/z/v1", "z is on page 1 and has no price of this week: never assessed"),
    ]


def test_of_prices_that_are_only_the_first_one_with_a_value_is_enough() -> None:
    assert headline(WITH, WITHOUT) == []
    assert headline(WITHOUT, NEVER) == [
        ("prices/x/2025-11-27/r0", "page 1 has no price of this week: none of y, z was assessed")
    ]


def test_no_price_is_missed_where_none_was_to_be_expected() -> None:
    """A suspended series, a biweekly one of last week, a week that is one holiday."""
    suspended = figure("2025-W49", row("2025-12-04", None, "suspended"))
    assert headline(suspended, named=True) == []
    assert headline(WITHOUT, named=True, spec=replace(PLAIN, frequency="biweekly")) == []
    closed = {"CN": PublicationCalendar("CN", holidays=frozenset(W49.days()))}
    assert not list(headline_quality([WITHOUT], {"y": CN}, closed, W49, named=True))
