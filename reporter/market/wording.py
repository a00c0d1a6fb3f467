"""Words from numbers: the code of a move, by the table of thresholds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Lower bounds, in absolute percent of the mid, of each step of the wording table.

    Below `edged` a move is "inched"; from `edged` on "edged up / slipped"; and so on.
    """

    edged: Decimal = Decimal("0.5")
    rose: Decimal = Decimal("2.5")
    climbed: Decimal = Decimal("5")
    surged: Decimal = Decimal("10")
