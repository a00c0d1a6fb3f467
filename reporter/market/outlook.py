"""Forecasts by scope, and stated growth held against its two ends (contradictions: `conflicts`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from types import MappingProxyType

from reporter.market.conflicts import Conflict, forecast_conflicts, statistic_conflicts
from reporter.market.numbers import quotient
from reporter.records.model import Forecast, Statistic, Unit

__all__ = ["CagrCheck", "Conflict", "Outlook", "ScopeGroup", "build_outlook", "implied_cagr"]

CAGR_TOLERANCE = Fraction(1, 2)
CAGR_TOLERANCE_ABOUT = Fraction(1)
"""Percentage points between a stated CAGR and the implied one that still count as rounding."""


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """Forecasts of one metric, scope, unit and kind: what may share one line of a chart."""

    metric: str
    scope: str
    unit: str
    kind: str
    forecasts: tuple[Forecast, ...]


@dataclass(frozen=True, slots=True)
class CagrCheck:
    """A stated CAGR against the one its two ends imply, both in percent a year.

    `forecast` is the id of the row that states it; `records` are its key and those of its two ends.
    """

    forecast: str
    stated: Decimal
    implied: Decimal
    agrees: bool
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Forecasts and context known at as-of."""

    groups: tuple[ScopeGroup, ...]
    statistics: tuple[Statistic, ...]
    conflicts: tuple[Conflict, ...]
    cagr_checks: tuple[CagrCheck, ...]


def build_outlook(
    forecasts: Sequence[Forecast],
    statistics: Sequence[Statistic],
    units: Mapping[str, Unit] = MappingProxyType({}),
) -> Outlook:
    """Yields the forecasts in groups that may share a line, with what contradicts or checks them.

    `units` are those that convert, by code: figures in units of one dimension are held against each
    other. Source of the definitions: docs/figures-projects.md, "Forecasts".
    """
    return Outlook(
        groups=_groups(forecasts),
        statistics=tuple(statistics),
        conflicts=(*forecast_conflicts(forecasts, units), *statistic_conflicts(statistics, units)),
        cagr_checks=tuple(_cagr_checks(forecasts, statistics)),
    )


def _groups(forecasts: Iterable[Forecast]) -> tuple[ScopeGroup, ...]:
    """Yields the groups in order of their first forecast; within one by target year, then issuer."""
    groups: dict[tuple[str, str, str, str], list[Forecast]] = {}
    for forecast in forecasts:
        key = (forecast.metric, forecast.scope or "", forecast.unit, forecast.kind)
        groups.setdefault(key, []).append(forecast)
    return tuple(
        ScopeGroup(*key, tuple(sorted(rows, key=lambda row: (row.target_year, row.issuer))))
        for key, rows in groups.items()
    )


# ── a stated CAGR against its ends ──


@dataclass(frozen=True, slots=True)
class _Level:
    """The level of a metric in a year: an end that a CAGR may be checked against."""

    metric: str
    unit: str
    value: Decimal
    record: str


def _cagr_checks(forecasts: Sequence[Forecast], statistics: Sequence[Statistic]) -> Iterator[CagrCheck]:
    """Yields a check for every pair of ends that a stated CAGR has; two sources may give two."""
    for stated in forecasts:
        if stated.kind != "cagr" or stated.value is None or stated.base_year is None:
            continue
        years = stated.target_year - stated.base_year
        if years > 0:
            ends = _levels(stated, stated.target_year, forecasts, statistics)
            for start in _levels(stated, stated.base_year, forecasts, statistics):
                for end in ends:
                    if (start.metric, start.unit) == (end.metric, end.unit):
                        yield _cagr_check(stated, stated.value, start, end, years)


def _levels(
    stated: Forecast, year: int, forecasts: Sequence[Forecast], statistics: Sequence[Statistic]
) -> list[_Level]:
    """Yields the positive levels of what `stated` is the growth of, each value once.

    They are the issuer's own forecasts and anybody's statistics, of the same scope. The metric is the
    level's own, alone or with a word behind it: "demand growth" is the growth of "demand".
    """
    own = (
        _Level(row.metric, row.unit, row.value, row.key)
        for row in forecasts
        if row.kind == "level"
        and (row.issuer, row.scope, row.target_year) == (stated.issuer, stated.scope, year)
        and row.value is not None
    )
    known = (
        _Level(row.metric, row.unit, row.value, row.key)
        for row in statistics
        if (row.scope, row.period.text) == (stated.scope or "", str(year))
    )
    levels: dict[tuple[str, str, Decimal], _Level] = {}
    for level in (*own, *known):
        if level.value > 0 and f"{stated.metric} ".startswith(f"{level.metric} "):
            levels.setdefault((level.metric, level.unit, level.value), level)
    return list(levels.values())


def _cagr_check(stated: Forecast, percent: Decimal, start: _Level, end: _Level, years: int) -> CagrCheck:
    implied = quotient(implied_cagr(start.value, end.value, years))
    tolerance = CAGR_TOLERANCE_ABOUT if stated.qualifier == "about" else CAGR_TOLERANCE
    return CagrCheck(
        forecast=stated.id,
        stated=percent,
        implied=implied,
        agrees=abs(Fraction(percent) - Fraction(implied)) <= tolerance,
        records=(stated.key, start.record, end.record),
    )


def implied_cagr(start: Decimal, end: Decimal, years: int) -> Fraction:
    """Yields ((end / start)^(1 / years) − 1) · 100, in percent a year, to some 50 digits.

    `start` and `end` are positive amounts in one unit, `years` apart (1 or more).
    """
    context = Context(prec=60)  # far beyond the 13 digits kept, whatever the subtraction cancels
    ratio = context.divide(end, start)
    factor = context.power(ratio, context.divide(Decimal(1), Decimal(years)))
    return (Fraction(factor) - 1) * 100
