"""Tiny pictures inside a table row, written by hand: the year's range and the trend.

Both are SVG without ids, with coordinates of at most two decimals, so that the bytes are the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from reporter.market.changes import periods_between
from reporter.market.prices import PeriodValue, Range

WIDTH, HEIGHT = 54, 13
INSET = 2.5  # room for the dot
LINE, TRACK = "#0b6e6e", "#c3d3d3"


@dataclass(frozen=True, slots=True)
class Spark:
    """A tiny picture: one `<svg>` element with the words that stand for it."""

    svg: str
    text: str
    width: int = WIDTH
    height: int = HEIGHT


def range_bar(year: Range, text: str) -> Spark | None:
    """Yields the range as a bar with a dot at the position; no dot without one, nothing where it is flat."""
    if year.low is None or year.high is None or year.low == year.high:
        return None
    y = f"{HEIGHT / 2:.1f}"
    drawn = (
        f'<line x1="1.5" y1="{y}" x2="{WIDTH - 1.5:.1f}" y2="{y}" stroke="{TRACK}" stroke-width="3" '
        'stroke-linecap="round"/>'
    )
    if year.position is not None:
        x = _place(Fraction(year.position), WIDTH)
        drawn += f'<circle cx="{x}" cy="{y}" r="2.6" fill="{LINE}"/>'
    return Spark(_svg(drawn), text)


def sparkline(values: Sequence[PeriodValue], end: date, text: str, *, reach: int = 1) -> Spark | None:
    """Yields the values up to `end` as a line with its last value marked; nothing for fewer than two.

    Values more than `reach` periods apart are not joined; a lonely one is a dot.
    """
    shown = [value for value in values if value.comparable]
    if len(shown) < 2:
        return None
    low, high = min(v.value for v in shown), max(v.value for v in shown)
    first, days = shown[0].end, max(1, (end - shown[0].end).days)
    points = [
        (
            _place(Fraction((value.end - first).days, days), WIDTH),
            _place(1 - _share(value.value, low, high), HEIGHT),
        )
        for value in shown
    ]
    drawn, run = "", [points[0]]
    for before, value, point in zip(shown, shown[1:], points[1:], strict=False):
        if periods_between(before.end, value.end) > reach:
            drawn += _run(run)
            run = []
        run.append(point)
    x, y = points[-1]
    return Spark(_svg(f'{drawn}{_run(run)}<circle cx="{x}" cy="{y}" r="1.9" fill="{LINE}"/>'), text)


def _run(points: Sequence[tuple[str, str]]) -> str:
    if len(points) == 1:
        return f'<circle cx="{points[0][0]}" cy="{points[0][1]}" r="1" fill="{LINE}"/>'
    joined = " ".join(f"{x},{y}" for x, y in points)
    style = f'fill="none" stroke="{LINE}" stroke-width="1.2" stroke-linejoin="round"'
    return f'<polyline points="{joined}" {style}/>'


def _share(value: Decimal, low: Decimal, high: Decimal) -> Fraction:
    return (
        Fraction(1, 2)
        if high == low
        else (Fraction(value) - Fraction(low)) / (Fraction(high) - Fraction(low))
    )


def _place(share: Fraction, length: int) -> str:
    """Yields a coordinate between the insets, with two decimals."""
    inset = Fraction(INSET)
    at = inset + share * (length - 2 * inset)
    return str((Decimal(at.numerator) / at.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _svg(drawn: str) -> str:
    size = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{drawn}</svg>'
