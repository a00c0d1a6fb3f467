"""A value of whatever source becomes the text that a CSV file would hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from reporter.records.raw import text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (93300, "93300"),
        (0.1, "0.1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (145.0, "145"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (Decimal("1.10"), "1.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("1E+999999999"), "1E+999999999"),
        (date(2025, 12, 6), "2025-12-06"),
        (datetime(2025, 12, 6), "2025-12-06"),
        (datetime(2025, 12, 6, 21, 47), "2025-12-06T21:47:00"),
        (datetime(2025, 12, 6, tzinfo=UTC), "2025-12-06T00:00:00+00:00"),
        ("NaN", "NaN"),
        ("x", "x"),
    ],
)
def test_a_value_is_the_text_that_csv_would_hold(value: object, text: str) -> None:
    assert text_of(value) == text
