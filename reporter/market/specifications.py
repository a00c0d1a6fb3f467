"""What a price of one specification is worth in the terms of a later one (docs/figures.md rule 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from reporter.market.numbers import plain
from reporter.market.price_types import PeriodValue
from reporter.records.model import Instrument, Unit


@dataclass(frozen=True, slots=True)
class Versions:
    """An instrument's versions in order of `valid_from`, and the units that prices are stated per."""

    specs: tuple[Instrument, ...]
    units: Mapping[str, Unit]

    def valid_on(self, day: date) -> Instrument:
        """Yields the version that a price of `day` is stated in; before all of them, the first."""
        return self.specs[self._index(day)]

    def factor(self, earlier: date, later: date) -> Fraction | None:
        """Yields what a price of `earlier` is multiplied by to be compared with one of `later`.

        None where no published link leads there.
        """
        return self._factor(self._index(earlier), self._index(later))

    def restated(self, value: PeriodValue, day: date) -> PeriodValue:
        """Yields `value` in the terms of the version valid on `day`, not before the value's own date.

        Where no published link leads there, the numbers stay as they are and `comparable` is False.
        """
        old, new = self._index(value.date), self._index(day)
        if old == new:  # nearly always
            return value
        factor = self._factor(old, new)
        if factor is None:
            return replace(value, comparable=False)

        def times(number: Decimal) -> Decimal:
            return plain(Fraction(number) * factor)

        return replace(
            value,
            value=times(value.value),
            low=None if value.low is None else times(value.low),
            high=None if value.high is None else times(value.high),
        )

    def _index(self, day: date) -> int:
        started = [
            n for n, spec in enumerate(self.specs) if spec.valid_from is None or spec.valid_from <= day
        ]
        return started[-1] if started else 0

    def _factor(self, old: int, new: int) -> Fraction | None:
        product = Fraction(1)
        for n in range(old, new):
            step = _step(self.specs[n], self.specs[n + 1], self.units)
            if step is None:
                return None
            product *= step
        return product


def _step(old: Instrument, new: Instrument, units: Mapping[str, Unit]) -> Fraction | None:
    """Yields what a price of `old` is multiplied by to become one of its successor `new`."""
    if new.factor is not None:
        return Fraction(new.factor)
    conversion = _conversion(old, new, units)
    if conversion is not None and (new.continues or _same_but_for_unit(old, new)):
        return conversion
    # The source says that the series goes on as it is.
    return Fraction(1) if new.continues else None


def _conversion(old: Instrument, new: Instrument, units: Mapping[str, Unit]) -> Fraction | None:
    """A price per kg is a thousandth of the price per mt: factors multiply as the units do."""
    before, after = units.get(old.unit), units.get(new.unit)
    if old.unit == new.unit or old.currency != new.currency or before is None or after is None:
        return None
    if before.dimension != after.dimension:
        return None
    return Fraction(after.factor) / Fraction(before.factor)


def _same_but_for_unit(old: Instrument, new: Instrument) -> bool:
    """Tells whether what is assessed stayed the same: only how it is stated or described differs."""
    return new == replace(
        old,
        unit=new.unit,
        decimals=new.decimals,
        tick=new.tick,
        valid_from=new.valid_from,
        spec_version=new.spec_version,
        continues=new.continues,
        factor=new.factor,
        name=new.name,
        methodology_url=new.methodology_url,
        freshness_days=new.freshness_days,
    )
