"""Exact arithmetic for printed numbers: no float, and no reliance on the ambient decimal context."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_UP, Context, Decimal, Inexact
from fractions import Fraction

_QUOTIENT = Context(prec=13, rounding=ROUND_HALF_UP)
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)  # a difference always ends
_ENDS = Context(prec=200, traps=[Inexact])


def quotient(number: Fraction) -> Decimal:
    """Yields `number` to 13 significant digits, half away from zero: how every quotient is kept."""
    return _QUOTIENT.divide(Decimal(number.numerator), Decimal(number.denominator))


def plain(number: Fraction) -> Decimal:
    """Yields `number` exactly where its decimal notation ends, without trailing zeros; else its `quotient`.

    A whole number has no exponent: `1000`, not `1E+3`.
    """
    try:
        return _ENDS.divide(Decimal(number.numerator), Decimal(number.denominator))
    except Inexact:
        return quotient(number)


def difference(new: Decimal, old: Decimal) -> Decimal:
    """Yields `new - old` with every digit."""
    return _EXACT.subtract(new, old)


def mean(values: Sequence[Decimal]) -> Decimal:
    """Yields the arithmetic mean, `plain`; ZeroDivisionError where there are no values."""
    return plain(sum(map(Fraction, values), Fraction()) / len(values))


def percent(part: Decimal, whole: Decimal) -> Fraction:
    """Yields `part` as a percentage of `whole`, exact; ZeroDivisionError where `whole` is 0."""
    return Fraction(part) / Fraction(whole) * 100
