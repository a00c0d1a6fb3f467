"""Dates and numbers as people write them; what may mean two things is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.importing.values import read_date, read_moment, read_number, read_partial, read_range


@pytest.mark.parametrize(
    "text",
    [
        "2025-12-06", "2025/12/6", "2025.12.06", "2025年12月6日", "２０２５年１２月６日", "6 Dec 2025", "6 December 2025",
        "6th Dec 2025", "Dec 6, 2025", "December 6 2025", "06-Dec-2025", "20251206", "2025-12-06 00:00:00", "45997",
    ],
)  # fmt: skip
def test_the_usual_spellings_are_one_day(text: str) -> None:
    assert read_date(text) == "2025-12-06"


def test_a_date_that_may_be_two_days_is_refused_unless_the_order_is_known() -> None:
    with pytest.raises(ValueError, match="may be two days"):
        read_date("03/04/2025")
    assert read_date("03/04/2025", "day_first") == "2025-04-03"
    assert read_date("03/04/2025", "month_first") == "2025-03-04"


def test_a_date_that_can_be_only_one_day_needs_no_order() -> None:
    assert (read_date("13/04/2025"), read_date("04/13/2025")) == ("2025-04-13", "2025-04-13")
    assert read_date("04/04/2025") == "2025-04-04"


@pytest.mark.parametrize(
    "text", ["13/04/2025", "31 Feb 2025", "2025-13-01", "6 Foo 2025", "06/12/25", "soon", "12345"]
)
def test_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^(is not a date|does not exist)"):
        read_date(text, "month_first")


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_from_every_spelling(day: date) -> None:
    for pattern in ("%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"):
        assert read_date(day.strftime(pattern)) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026", "2026"), ("2026年", "2026"), ("Q1 2026", "2026-Q1"), ("2026-q1", "2026-Q1"), ("2026H2", "2026-H2"),
        ("Dec 2026", "2026-12"), ("2026年3月", "2026-03"), ("2026/3", "2026-03"), ("14 Mar 2026", "2026-03-14"),
    ],
)  # fmt: skip
def test_a_partial_date_stays_partial(text: str, read: str) -> None:
    assert read_partial(text) == read


def test_a_time_stays_as_it_is_and_a_day_may_be_spelled() -> None:
    assert read_moment("2025-12-06T21:47+08:00") == "2025-12-06T21:47+08:00"
    assert read_moment("6 Dec 2025") == "2025-12-06"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("93,300", "93300"), ("93 300", "93300"), ("93'300.50", "93300.5"), ("９３３００", "93300"), ("1.2万", "12000"),
        ("0.5亿", "50000000"), ("−3", "-3"), ("+3", "3"), ("007.50", "007.5"), ("—", ""), ("n/a", ""), ("0.10", "0.1"),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, read: str) -> None:
    assert read_number(text).lstrip("0") == read.lstrip("0")


@pytest.mark.parametrize("text", ["0,5", "1,23,456", "12,34", "185-195", "about 5", "1e5", "¥5", "1.2.3"])
def test_what_is_no_one_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        read_number(text)


def test_a_comma_in_a_file_with_semicolons_may_be_a_decimal_comma() -> None:
    with pytest.raises(ValueError, match="decimal comma"):
        read_number("12,345", grouped=False)


@pytest.mark.parametrize(
    "text", ["185-195", "185–195", "185 — 195", "185~195", "185至195", "185 to 195", "１８５－１９５"]
)
def test_a_range_in_one_cell_is_low_and_high(text: str) -> None:
    assert read_range(text) == ("185", "195")


def test_one_number_is_no_range() -> None:
    assert read_range("185") is None
    assert read_range("-185") is None
