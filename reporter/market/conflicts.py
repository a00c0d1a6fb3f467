"""Where sources contradict each other (docs/figures-projects.md, "Forecasts")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reporter.market.totals import base_amount, in_unit, unit_of
from reporter.records.model import Forecast, Statistic, Unit


@dataclass(frozen=True, slots=True)
class Conflict:
    """Figures of different sources on the same base: shown side by side, never averaged.

    `values`, `sources` and `records` are parallel; a range stands as two values, its low and its high.
    """

    metric: str
    scope: str
    period: str
    unit: str
    values: tuple[Decimal, ...]
    sources: tuple[str, ...]
    records: tuple[str, ...]


def forecast_conflicts(forecasts: Iterable[Forecast], units: Mapping[str, Unit]) -> tuple[Conflict, ...]:
    """Yields every base on which what the issuers said last differs; `units` are those that convert."""
    return _conflicts(list(map(_forecast_claim, forecasts)), units)


def statistic_conflicts(statistics: Iterable[Statistic], units: Mapping[str, Unit]) -> tuple[Conflict, ...]:
    """Yields every base on which the figures of different sources differ; `units` are those that convert."""
    return _conflicts(list(map(_statistic_claim, statistics)), units)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What one row says: a number or a range (`values`), on what base, who says it and since when."""

    metric: str
    scope: str
    period: str
    unit: str
    kind: str
    values: tuple[Decimal, ...]
    source: str
    record: str
    issued: date = date.min

    def base(self, units: Mapping[str, Unit]) -> tuple[str, ...]:
        """Yields what two claims must share to contradict each other; of the unit, its dimension."""
        return self.metric, self.scope, self.period, self.kind, unit_of(self.unit, units).dimension

    def values_in(self, unit: str, units: Mapping[str, Unit]) -> tuple[Decimal, ...]:
        """Yields the numbers in a unit of the same dimension; in their own exactly as stated."""
        if unit == self.unit:
            return self.values
        return tuple(in_unit(base_amount(value, self.unit, units), unit, units) for value in self.values)


def _forecast_claim(row: Forecast) -> _Claim:
    period = str(row.target_year) if row.base_year is None else f"{row.base_year}–{row.target_year}"
    values = tuple(number for number in (row.value, row.low, row.high) if number is not None)
    base = (row.metric, row.scope or "", period, row.unit, row.kind)
    return _Claim(*base, values, row.issuer, row.key, row.issued_on.end)


def _statistic_claim(row: Statistic) -> _Claim:
    base = (row.metric, row.scope, row.period.text, row.unit, "statistic")
    return _Claim(*base, (row.value,), row.source or "", row.key)


def _conflicts(claims: Sequence[_Claim], units: Mapping[str, Unit]) -> tuple[Conflict, ...]:
    """Yields every base on which sources differ, with all that they say, in the order given.

    The numbers are in the unit of the first claim.
    """
    bases: dict[tuple[str, ...], list[_Claim]] = {}
    for claim in _latest(claims, units):
        bases.setdefault(claim.base(units), []).append(claim)
    conflicts = []
    for rows in bases.values():
        first = rows[0]
        said = [(row, row.values_in(first.unit, units)) for row in rows]
        if len({row.source for row in rows}) > 1 and len({values for _, values in said}) > 1:
            told = [(value, row.source, row.record) for row, values in said for value in values]
            values, sources, records = (tuple(column) for column in zip(*told, strict=True))
            base = (first.metric, first.scope, first.period, first.unit)
            conflicts.append(Conflict(*base, values, sources, records))
    return tuple(conflicts)


def _latest(claims: Sequence[_Claim], units: Mapping[str, Unit]) -> list[_Claim]:
    """Yields, of each source on each base, what it issued last: that replaces what it said before."""
    latest: dict[tuple[str, ...], date] = {}
    for claim in claims:
        key = (*claim.base(units), claim.source)
        latest[key] = max(claim.issued, latest.get(key, date.min))
    return [claim for claim in claims if claim.issued == latest[*claim.base(units), claim.source]]
