"""Words from numbers: the code of a move, by the table of thresholds (docs/figures.md, Wording)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reporter.market.numbers import percent
from reporter.market.price_types import Change


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lower bounds, in absolute percent of the mid, of each step of the wording table.

    Below `edged` a move is "inched"; from `edged` on "edged up / slipped"; and so on.
    """

    edged: Decimal = Decimal("0.5")
    rose: Decimal = Decimal("2.5")
    climbed: Decimal = Decimal("5")
    surged: Decimal = Decimal("10")


_RANGE_MOVES = {
    (0, 0): "unchanged",
    (1, 1): "up",
    (-1, -1): "down",
    (0, 1): "widened_up",
    (-1, 0): "widened_down",
    (1, 0): "narrowed_up",
    (0, -1): "narrowed_down",
    (-1, 1): "widened",
    (1, -1): "narrowed",
}


def price_wording(change: Change, range_move: str | None, thresholds: Thresholds) -> str | None:
    """Yields the code of a week-on-week change, or None where no verb may stand.

    `range_move` is the code of rule 5 between the same two values, None where a range is not known.
    A verb needs a percentage: a price in percent has only `unchanged` and `mid_unchanged`.
    """
    if change.reason == "rolled_over":
        return "rolled_over"
    if change.abs is None or change.base is None or change.reason == "undefined_base":
        return None
    if change.abs == 0:
        return "unchanged" if range_move in (None, "unchanged") else "mid_unchanged"
    if change.pct is None:
        return None
    # `change.pct` is rounded to 13 digits; a threshold is met by the unrounded percentage or not at all.
    return _verb(percent(change.abs, change.base), thresholds)


def _verb(exact: Fraction, thresholds: Thresholds) -> str:
    steps = (
        (thresholds.surged, "surged", "plunged"),
        (thresholds.climbed, "climbed", "dropped"),
        (thresholds.rose, "rose", "fell"),
        (thresholds.edged, "edged_up", "slipped"),
    )
    for bound, up, down in steps:
        if abs(exact) >= Fraction(bound):
            return up if exact > 0 else down
    return "inched_up" if exact > 0 else "inched_down"


def range_move(
    low0: Decimal | None, high0: Decimal | None, low1: Decimal | None, high1: Decimal | None
) -> str | None:
    """Yields how a range moved from `low0`–`high0` to `low1`–`high1` (rule 5), None if a bound is missing."""
    if low0 is None or high0 is None or low1 is None or high1 is None:
        return None
    return _RANGE_MOVES[_sign(low0, low1), _sign(high0, high1)]


def _sign(old: Decimal, new: Decimal) -> int:
    return (new > old) - (new < old)
