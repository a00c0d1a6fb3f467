"""Exact arithmetic: 13 digits for quotients, every digit for differences."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.market.numbers import difference, mean, percent, plain, quotient


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(2000, 913), "2.190580503834"),
        (Fraction(-2, 3), "-0.6666666666667"),
        (Fraction("1.0000000000005"), "1.000000000001"),
        (Fraction("-1.0000000000005"), "-1.000000000001"),
        (Fraction(0), "0"),
    ],
)
def test_quotient_keeps_thirteen_digits_half_away_from_zero(number: Fraction, text: str) -> None:
    """13 significant digits, a half rounded away from zero on either side."""
    assert str(quotient(number)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(Fraction(1, 8), "0.125"), (Fraction(1000), "1000"), (Fraction(1, 3), "0.3333333333333")],
)
def test_plain_is_exact_where_decimals_end(number: Fraction, text: str) -> None:
    """An ending decimal is whole and without exponent, any other is a quotient."""
    assert str(plain(number)) == text


def test_a_difference_keeps_every_digit() -> None:
    """30 digits apart and in a narrow ambient context, nothing is rounded."""
    with localcontext() as context:
        context.prec = 2
        made = difference(Decimal("1E+20"), Decimal("1E-20"))
    assert str(made) == "99999999999999999999.99999999999999999999"


def test_mean_and_percent_of_small_cases() -> None:
    """10, 10, 11 have the mean 10.33333333333; 1 is a third of 3, exactly."""
    assert mean([Decimal(10), Decimal(10), Decimal(11)]) == Decimal("10.33333333333")
    assert percent(Decimal(1), Decimal(3)) == Fraction(100, 3)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (["145.123456789012345"], "145.123456789012345"),
        (["123456789012345678.000000000001"] * 3, "123456789012345678.000000000001"),
        (["0.000000000001", "100000000000000000"], "50000000000000000.0000000000005"),
    ],
)
def test_a_mean_is_exact_where_its_decimals_end(values: list[str], text: str) -> None:
    """One value's mean is that value, however many digits it has; only an endless mean is rounded."""
    assert str(mean(list(map(Decimal, values)))) == text


@given(st.fractions(), st.integers(min_value=-30, max_value=30))
def test_quotient_is_the_nearest_thirteen_digit_number(number: Fraction, exponent: int) -> None:
    """No quotient is farther from the truth than half a unit of its 13th digit."""
    number *= Fraction(10) ** exponent
    made = quotient(number)
    step = Fraction(10) ** (made.adjusted() - 12) if made else Fraction(0)
    assert abs(Fraction(made) - number) * 2 <= step
