"""What the analyst should look at among the week's prices (docs/figures.md rules 1 and 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from reporter.calendar import Period
from reporter.market.price_types import PriceFigure
from reporter.market.quality import Finding
from reporter.market.specifications import Versions
from reporter.records.model import Assessment, History, Instrument, Unit


def price_oddities(
    history: History, figure: PriceFigure, period: Period, units: Mapping[str, Unit]
) -> Iterator[Finding]:
    """Yields the oddities of the current records dated in `period`, by date, then that of its `figure`.

    Codes: `average_off_mid`, `rolled_over_differs`.
    """
    versions = Versions(history.specs, units)
    for row in history.assessments:
        if row.date in period and is_off_mid(row, versions.valid_on(row.date)):
            text = (
                f"average {row.average} is off the mid of {row.low} and {row.high} by more than half a tick"
            )
            yield Finding("average_off_mid", row.key, text)
    before = figure.series[-2] if figure.status == "rolled_over" and len(figure.series) > 1 else None
    if before is not None and before.value != figure.value:
        text = f"rolled over at {figure.value}, but the value of {before.date} is {before.value}"
        yield Finding("rolled_over_differs", figure.records[0], text)


def is_off_mid(row: Assessment, spec: Instrument) -> bool:
    """Tells whether the stated average lies more than half a tick from the middle of the range (rule 1).

    Never without a tick. The whole table is held against the same rule when it is read.
    """
    if row.average is None or row.low is None or row.high is None or spec.tick is None:
        return False
    mid = (Fraction(row.low) + Fraction(row.high)) / 2
    return abs(Fraction(row.average) - mid) > Fraction(spec.tick) / 2
