"""The tables of outlook and context: forecasts by issuer, statistics, routes, policies, conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from reporter.bulletin.chart_data import forecast_value
from reporter.bulletin.issue import Issue
from reporter.bulletin.project_tables import short_partial
from reporter.bulletin.prose import Prose
from reporter.language import Language
from reporter.records.model import Forecast, Route, Statistic

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class ForecastRow:
    """One forecast."""

    scope: str
    metric: str
    value: str
    target: str
    issued: str


@dataclass(frozen=True, slots=True)
class StatisticRow:
    """One published figure about the past; share, source and note may be empty."""

    scope: str
    metric: str
    period: str
    value: str
    change: str
    share: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One technology route."""

    route: str
    conductivity: str
    strengths: str
    challenges: str
    stage: str
    source: str


def forecasts_by_issuer(issue: Issue, prose: Prose) -> dict[str, tuple[ForecastRow, ...]]:
    """Yields the forecasts under each issuer, in the order of the records."""
    found: dict[str, list[ForecastRow]] = {}
    for group in issue.outlook.groups:
        for row in group.forecasts:
            found.setdefault(prose.marked(row.issuer), []).append(_forecast_row(prose, row))
    return {issuer: tuple(rows) for issuer, rows in found.items()}


def _forecast_row(prose: Prose, row: Forecast) -> ForecastRow:
    say = prose.say
    value = forecast_value(prose, row)
    target = str(row.target_year)
    if row.kind == "cagr":
        value = say("forecast.cagr", value=value)
        target = f"{row.base_year}–{row.target_year}" if row.base_year else target
    return ForecastRow(
        _or_none(prose, row.scope),
        prose.marked(row.metric),
        value,
        target,
        short_partial(say, row.issued_on),
    )


def statistic_rows(issue: Issue, prose: Prose) -> tuple[StatisticRow, ...]:
    """Yields the context figures, in the order of the records."""
    return tuple(_statistic_row(prose, row) for row in issue.outlook.statistics)


def _statistic_row(prose: Prose, row: Statistic) -> StatisticRow:
    say, share = prose.say, ""
    if row.share_pct is not None:
        percent = say.percent(row.share_pct, _places(row.share_pct), signed=False)
        of = row.share_of and prose.own(row.share_of)
        share = say("statistic.share", percent=percent, of=of) if of else percent
    change = say.percent(row.yoy_pct, _places(row.yoy_pct)) if row.yoy_pct is not None else ""
    return StatisticRow(
        prose.marked(row.scope),
        prose.marked(row.metric),
        short_partial(say, row.period),
        say.quantity(row.value, prose.own(row.unit)),
        change or say("table.none"),
        share,
        prose.marked(row.source or ""),
        prose.marked(row.note or ""),
    )


def _or_none(prose: Prose, text: str | None) -> str:
    return prose.marked(text) if text else prose.say("table.none")


def _places(value: Decimal) -> int:
    """Yields as many decimals as the source printed, at most two."""
    exponent = value.normalize().as_tuple().exponent
    return min(2, max(0, -exponent)) if isinstance(exponent, int) else 0


def route_rows(issue: Issue, prose: Prose) -> tuple[RouteRow, ...]:
    """Yields the technology routes with the conductivity that is published about each."""
    return tuple(_route_row(issue, prose, row) for row in issue.routes)


def _route_row(issue: Issue, prose: Prose, row: Route) -> RouteRow:
    say = prose.say
    ends = [scientific(say, end) for end in (row.conductivity_low, row.conductivity_high) if end is not None]
    return RouteRow(
        say.label(issue.vocabulary.routes, row.route),
        say("route.span", low=ends[0], high=ends[-1], unit=prose.own(row.unit or "")).strip()
        if ends
        else say("table.none"),
        _or_none(prose, row.strengths),
        _or_none(prose, row.challenges),
        _or_none(prose, row.stage_in_china),
        _or_none(prose, row.source),
    )


def scientific(say: Language, value: Decimal) -> str:
    """Yields `10⁻⁴` of 0.0001 and `2.5 × 10⁻⁴` of 0.00025; plain digits from 0.01 up to 10,000."""
    if not value or (Decimal("0.01") <= abs(value) < 10_000 and value.normalize().as_tuple().digits != (1,)):
        return say.number(value)
    power = value.adjusted()
    mantissa = value.scaleb(-power).normalize()
    ten = f"10{str(power).translate(_SUPERSCRIPTS)}"
    return ten if mantissa == 1 else f"{say.number(mantissa)} × {ten}"


def oddities(issue: Issue, prose: Prose) -> Iterator[str]:
    """Yields a sentence for each conflict between sources, and each growth rate that its ends deny."""
    say, own = prose.say, prose.own
    for conflict in issue.outlook.conflicts:
        sides = (
            say("conflict.side", value=say.quantity(value, own(conflict.unit)), source=own(source))
            for value, source in zip(conflict.values, conflict.sources, strict=True)
        )
        yield say(
            "conflict.one",
            scope=own(conflict.scope),
            metric=own(conflict.metric),
            period=conflict.period,
            sides=say("conflict.separator").join(sides),
        )
    stated = {row.id: row for group in issue.outlook.groups for row in group.forecasts}
    for check in issue.outlook.cagr_checks:
        row = stated.get(check.forecast)
        if row is not None and not check.agrees:
            yield say(
                "conflict.cagr",
                issuer=own(row.issuer),
                scope=own(row.scope or row.metric),
                stated=say.percent(check.stated, _places(check.stated), signed=False),
                implied=say.percent(check.implied, 1, signed=False),
            )
