"""Forecasts by scope, the checks between them, and conflicts between sources."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from reporter.records.model import Forecast, Statistic


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """Forecasts of one metric, scope, unit and kind: what may share one line of a chart."""

    metric: str
    scope: str
    unit: str
    kind: str
    forecasts: tuple[Forecast, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Figures of different sources on the same base: shown side by side, never averaged."""

    metric: str
    scope: str
    period: str
    unit: str
    values: tuple[Decimal, ...]
    sources: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CagrCheck:
    """A stated CAGR against the one its two ends imply, both in percent a year."""

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
