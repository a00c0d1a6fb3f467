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
from reporter.language import extent, language, round_half_away, subscripted
from reporter.records.model import Capacity

EN, ZH = language("en"), language("zh")


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


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("500", "mt/yr", "500 mt/yr"),
        ("214.5", "billion m2", "214.5 billion m²"),
        ("0.5", "billion CNY", "0.5 billion CNY"),
        ("1500", "million units", "1,500 million units"),
        ("57.4", "pct", "57.4%"),
    ],
)
def test_a_quantity_stays_in_the_unit_of_its_record(value: str, unit: str, shown: str) -> None:
    assert EN.quantity(Decimal(value), unit) == shown


def test_a_range_is_one_quantity() -> None:
    assert EN.quantity(Decimal(3600), "GWh", Decimal(3900)) == "3,600–3,900 GWh"
    assert EN.quantity(Decimal(3), "pct", Decimal(4)) == "3–4%"


def test_a_full_stop_is_set_once() -> None:
    assert EN.sentence("Plant grows.") == EN.sentence("Plant grows") == "Plant grows."
    assert ZH.sentence("Plant grows.") == "Plant grows。"
    assert ZH.clause("工厂扩产。") == "工厂扩产"


def test_a_chinese_letter_is_a_square() -> None:
    assert extent("LATP 报价，145") == pytest.approx(8 + 3 * 1.8)


# Chinese


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("182400000000", "KRW", "1,824亿韩元"),
        ("280000000000", "KRW", "2,800亿韩元"),
        ("1100000000", "USD", "11亿美元"),
        ("21300000000", "JPY", "213亿日元"),
        ("99800", "CNY", "9.98万元"),
        ("2500000", "EUR", "250万欧元"),
        ("-123456789", "CNY", "−1.23456789亿元"),
        ("9999", "CHF", "9,999CHF"),
    ],
)
def test_chinese_counts_money_in_ten_thousands_exactly(value: str, currency: str, shown: str) -> None:
    assert ZH.money(Decimal(value), currency) == shown


@pytest.mark.parametrize(
    ("value", "high", "unit", "shown"),
    [
        ("500", None, "mt/yr", "500吨/年"),
        ("10", None, "kt/yr", "10千吨/年"),
        ("100", None, "MWh", "100MWh"),
        ("700", None, "billion CNY", "7,000亿元"),
        ("2.397", None, "million mt", "239.7万吨"),
        ("3.914", None, "billion units", "39.14亿个"),
        ("320", None, "million units", "3.2亿个"),
        ("0.001", "0.002", "million mt", "1,000–2,000吨"),
        ("30", "40", "million mt", "3,000–4,000万吨"),
        ("57.4", None, "pct", "57.4%"),
    ],
)
def test_chinese_recounts_millions_and_billions_exactly(
    value: str, high: str | None, unit: str, shown: str
) -> None:
    assert ZH.quantity(Decimal(value), unit, Decimal(high) if high else None) == shown


@pytest.mark.parametrize(
    ("currency", "unit", "shown"),
    [
        ("CNY", "kg", "元/公斤"),
        ("CNY", "mt", "元/吨"),
        ("USD", "bbl", "美元/桶"),
        ("CNY", "m2", "元/平方米"),
        ("CNY", "kWh", "元/kWh"),
        (None, "index", "指数"),
    ],
)
def test_chinese_has_words_for_what_prices_are_per(currency: str | None, unit: str, shown: str) -> None:
    assert ZH.unit(currency, unit) == shown


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        ("2025-W49", "2025年12月1日–7日"),
        ("2025-W40", "2025年9月29日–10月5日"),
        ("2026-W01", "2025年12月29日–2026年1月4日"),
    ],
)
def test_a_chinese_period_names_year_and_month_once(week: str, shown: str) -> None:
    assert ZH.period(Week.parse(week).period()) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026", "2026年"),
        ("2026-H1", "2026年上半年"),
        ("2026-H2", "2026年下半年"),
        ("2026-Q1", "2026年一季度"),
        ("2026-Q4", "2026年四季度"),
        ("2026-03", "2026年3月"),
        ("2026-03-14", "2026年3月14日"),
    ],
)
def test_a_partial_date_in_chinese(text: str, shown: str) -> None:
    assert ZH.partial(PartialDate.parse(text)) == shown


def test_chinese_dates_and_numbers() -> None:
    day = date(2025, 12, 6)
    styles = {
        "long": "2025年12月6日",
        "short": "2025年12月6日",
        "day": "12月6日",
        "month": "2025年12月",
        "month_day": "12月6日",
        "weekday": "星期六",
    }
    assert {style: ZH.date(day, style) for style in styles} == styles
    moment = datetime(2025, 12, 6, 21, 47, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert ZH.moment(moment) == "2025年12月6日周六 21:47（UTC+8）"
    assert ZH.number(Decimal("-1234.5"), 1) == "−1,234.5"
    assert ZH.percent(Decimal("2.19")) == "+2.19%"
    assert ZH.span(Decimal(185), Decimal(195)) == "185–195"


def test_chinese_has_one_plural() -> None:
    assert ZH("count.stories", n=1) == "新闻1条"
    assert ZH("count.stories", n=20) == "新闻20条"


@pytest.mark.parametrize(
    ("qualifier", "shown"),
    [
        ("approx", "约25吨/年"),
        ("level", "25吨/年级"),
        ("up_to", "最高25吨/年"),
        ("at_least", "不低于25吨/年"),
    ],
)
def test_a_chinese_capacity_keeps_its_qualifier(qualifier: str, shown: str) -> None:
    assert ZH.capacity(Capacity(Decimal(25), "mt/yr", "not_stated", qualifier)) == shown
