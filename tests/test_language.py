"""Words, numbers and dates."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.calendar import PartialDate, Week
from reporter.errors import MachineError
from reporter.language import language, round_half_away, subscripted
from reporter.records.model import Capacity

EN = language("en")


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "shown"),
    [
        ("93300", 0, False, "93,300"),
        ("2000", 0, True, "+2,000"),
        ("-13500", 0, True, "−13,500"),
        ("0.125", 2, False, "0.13"),
        ("-0.125", 2, False, "−0.13"),
        ("-0.004", 2, True, "0.00"),
        ("1234567.5", None, False, "1,234,567.5"),
        ("1E+3", None, False, "1,000"),
    ],
)
def test_numbers_are_grouped_and_rounded_half_away_from_zero(
    value: str, decimals: int | None, signed: bool, shown: str
) -> None:
    assert EN.number(Decimal(value), decimals, signed=signed) == shown


@given(st.decimals(-(10**9), 10**9, places=6), st.integers(0, 4))
def test_rounding_is_never_off_by_more_than_half_a_step(value: Decimal, decimals: int) -> None:
    rounded = round_half_away(value, decimals)
    assert abs(rounded - value) <= Decimal(5).scaleb(-decimals - 1)
    assert not (rounded == 0 and rounded.is_signed())


def test_a_percentage_carries_its_sign() -> None:
    assert EN.percent(Decimal("2.190580503834")) == "+2.19%"
    assert EN.percent(Decimal("-7.438016528926")) == "−7.44%"
    assert EN.percent(Decimal("-0.0004")) == "0.00%"


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("280000000000", "KRW", "280 billion won"),
        ("1100000000", "USD", "1.1 billion USD"),
        ("99800", "CNY", "99,800 yuan"),
        ("2500000", "EUR", "2.5 million EUR"),
    ],
)
def test_money_is_told_in_words(value: str, currency: str, shown: str) -> None:
    assert EN.money(Decimal(value), currency) == shown


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        ("2025-W49", "1–7 December 2025"),
        ("2025-W40", "29 September – 5 October 2025"),
        ("2026-W01", "29 December 2025 – 4 January 2026"),
    ],
)
def test_a_period_names_month_and_year_once(week: str, shown: str) -> None:
    assert EN.period(Week.parse(week).period()) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026", "2026"),
        ("2026-H2", "H2 2026"),
        ("2026-Q1", "Q1 2026"),
        ("2026-03", "March 2026"),
        ("2026-03-14", "14 March 2026"),
    ],
)
def test_a_partial_date_is_told_as_far_as_it_is_known(text: str, shown: str) -> None:
    assert EN.partial(PartialDate.parse(text)) == shown


def test_a_moment_names_its_offset() -> None:
    shanghai = datetime(2025, 12, 6, 21, 47, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert EN.moment(shanghai) == "Sat 6 Dec 2025, 21:47 (UTC+8)"
    kolkata = datetime(2025, 12, 6, 21, 47, tzinfo=ZoneInfo("Asia/Kolkata"))
    assert EN.moment(kolkata).endswith("(UTC+5:30)")


def test_a_near_date_leaves_the_year_out() -> None:
    assert EN.near_date(date(2025, 11, 27), date(2026, 1, 4)) == "27 Nov"
    assert EN.near_date(date(2025, 1, 3), date(2026, 1, 4)) == "3 Jan 2025"


@pytest.mark.parametrize(
    ("qualifier", "shown"),
    [
        ("exact", "25 mt/yr"),
        ("approx", "about 25 mt/yr"),
        ("level", "25 mt/yr level"),
        ("up_to", "up to 25 mt/yr"),
        ("at_least", "at least 25 mt/yr"),
    ],
)
def test_a_capacity_keeps_its_qualifier(qualifier: str, shown: str) -> None:
    assert EN.capacity(Capacity(Decimal(25), "mt/yr", "not_stated", qualifier)) == shown


def test_a_formula_gets_its_subscripts() -> None:
    assert subscripted("Li2S") == "Li₂S"
    assert subscripted("Li6PS5Cl") == "Li₆PS₅Cl"
    assert subscripted("Li1.3Al0.3Ti1.7(PO4)3") == "Li₁.₃Al₀.₃Ti₁.₇(PO₄)₃"


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(MachineError, match="no catalogue for language 'xx'"):
        language("xx")


def test_plurals_follow_the_language() -> None:
    assert EN("count.stories", n=1) == "1 story"
    assert EN("count.stories", n=20) == "20 stories"
