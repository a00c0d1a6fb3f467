"""Numbers and dates as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.market.written import Notation

ENGLISH = Notation(
    decimal=".",
    group=",",
    units={
        **{code: code for code in ("%", "USD", "CNY", "KRW", "kg", "mt", "mt/yr", "MWh", "GWh", "yr")},
        **{"yuan": "CNY", "won": "KRW", "year": "yr", "percent": "%", "$": "USD", "tonnes": "mt"},
    },
    times={"million": 6, "billion": 9},
    months={"December": 12, "Dec": 12, "May": 5},
    per=("per", "a"),
    ranges=("to", "and"),
    dates=("{day} {month} {year}", "{month} {day}, {year}", "{day} {month}", "{month} {year}", "week {week}"),
)
CHINESE = Notation(
    decimal=".",
    group=",",
    units={
        "%": "%",
        "元": "CNY",
        "韩元": "KRW",
        "公斤": "kg",
        "吨": "mt",
        "千吨": "kt",
        "年": "yr",
        "GWh": "GWh",
    },
    times={"千": 3, "万": 4, "亿": 8, "万亿": 12},
    months={},
    per=("每",),
    ranges=("至", "到"),
    dates=("{year}年{m}月{day}日", "{m}月{day}日", "{year}年{m}月", "{year}年第{quarter}季度", "{year}年"),
)
Read = tuple[str, str, str, int]


def read(notation: Notation, text: str) -> list[Read]:
    return [
        (found.sign + str(found.value), found.unit, found.text, found.power)
        for found in notation.numbers(text)
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("at 2,050 yuan/kg.", ("2050", "CNY/kg", "2,050 yuan/kg", 0)),
        ("rose +0.61% on", ("+0.61", "%", "+0.61%", 0)),
        ("fell (−2.5 percent)", ("-2.5", "%", "−2.5 percent", 0)),
        ("1,000 mt/yr", ("1000", "mt/yr", "1,000 mt/yr", 0)),
        ("500 mt a year", ("500", "mt/yr", "500 mt a year", 0)),
        ("95,000 yuan per mt", ("95000", "CNY/mt", "95,000 yuan per mt", 0)),
        ("100 MWh line", ("100", "MWh", "100 MWh", 0)),
        ("3 projects", ("3", "", "3", 0)),
        ("280 billion won", ("280", "KRW", "280 billion won", 9)),
        ("9.50 USD/lb", ("9.50", "USD/lb", "9.50 USD/lb", 0)),
        ("at $9.50 per kg", ("9.50", "USD/kg", "9.50 per kg", 0)),
        ("at USD 9.50", ("9.50", "USD", "9.50", 0)),
        ("a 52-week high", ("52", "", "52", 0)),
        ("２，０５０ yuan", ("2050", "CNY", "2,050 yuan", 0)),
        ("1,2,3", ("None", "", "1,2,3", 0)),
    ],
)
def test_a_number_is_read_with_its_sign_unit_and_size(text: str, number: Read) -> None:
    assert read(ENGLISH, text) == [number]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("价格2050元/公斤，", ("2050", "CNY/kg", "2050元/公斤", 0)),
        ("1824亿韩元", ("1824", "KRW", "1824亿韩元", 8)),
        ("每吨12.75万元", ("12.75", "CNY", "12.75万元", 4)),
        ("上涨+2.19%", ("+2.19", "%", "+2.19%", 0)),
        ("下跌－２．５％", ("-2.5", "%", "-2.5%", 0)),
        ("3个项目", ("3", "", "3", 0)),
        ("500吨/年", ("500", "mt/yr", "500吨/年", 0)),
        ("10千吨/年", ("10", "kt/yr", "10千吨/年", 0)),
        ("2千元", ("2", "CNY", "2千元", 3)),
        ("2028年13.5GWh", ("13.5", "GWh", "13.5GWh", 0)),
    ],
)
def test_chinese_numbers_are_read(text: str, number: Read) -> None:
    assert read(CHINESE, text) == [number]


@pytest.mark.parametrize(
    ("notation", "text", "unit"),
    [
        (ENGLISH, "185–195 yuan/kg", "CNY/kg"),
        (ENGLISH, "185-195 yuan/kg", "CNY/kg"),
        (ENGLISH, "between 185 and 195 yuan/kg", "CNY/kg"),
        (CHINESE, "185至195元/公斤", "CNY/kg"),
    ],
)
def test_both_ends_of_a_range_have_its_unit(notation: Notation, text: str, unit: str) -> None:
    assert [(found.value, found.sign, found.unit) for found in notation.numbers(text)] == [
        (Decimal(185), "", unit),
        (Decimal(195), "", unit),
    ]


@pytest.mark.parametrize("text", ["Li2S", "Li₂S", "3D", "D50", "NCM-811", "(PO4)3", "v1.2", "2nd", "x_3"])
def test_a_digit_of_a_name_is_no_number(text: str) -> None:
    assert ENGLISH.numbers(f"the {text} there") == []


@pytest.mark.parametrize(
    ("notation", "text", "dates"),
    [
        (ENGLISH, "on 6 December 2025,", ["2025-12-06"]),
        (ENGLISH, "December 6th, 2025", ["2025-12-06"]),
        (ENGLISH, "of 27 Dec", ["????-12-27"]),
        (ENGLISH, "1–7 December 2025", ["2025-12-01", "2025-12-07"]),
        (ENGLISH, "December 2025", ["2025-12"]),
        (ENGLISH, "2025-W49 and 2025-12-06, 2026-Q1", ["2025-W49", "2025-12-06", "2026-Q1"]),
        (ENGLISH, "in week 9", ["????-W09"]),
        (CHINESE, "2025年12月6日", ["2025-12-06"]),
        (CHINESE, "12月6日和2026年第1季度", ["????-12-06", "2026-Q1"]),
        (CHINESE, "2030年", ["2030"]),
    ],
)
def test_dates_are_read_and_are_no_numbers(notation: Notation, text: str, dates: list[str]) -> None:
    assert [found.date for found in notation.dates_in(text)] == dates
    assert notation.numbers(text) == []


@given(st.text(alphabet=st.sampled_from("0123456789.,%+−-–/ yuankgDecember第月年日亿W\n"), max_size=40))
def test_any_text_is_read_and_each_number_stands_where_it_says(text: str) -> None:
    for notation in (ENGLISH, CHINESE):
        for found in (*notation.numbers(text), *notation.dates_in(text)):
            assert 0 <= found.start < found.end <= len(text)
            assert text[found.start].isdigit() or not hasattr(found, "value")
