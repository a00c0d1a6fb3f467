"""The numbers that an issue prints, each with its unit: what a commentary may state."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from reporter.bulletin.foreign_words import places
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.language import Language
from reporter.market.commentary_types import Figure
from reporter.market.foreign import ForeignFigure
from reporter.market.prices import PriceFigure

_ZEROS = {"billion": 9, "million": 6}  # of the words by which units of records count: "billion CNY"
_CHANGES = ("wow", "four_week", "yoy", "ytd")


def issue_figures(issue: Issue, say: Language) -> Iterator[Figure]:
    """Yields every number of the issue with its unit, the figure's name and how it is printed."""
    prose = Prose(issue, say)
    for figure in issue.prices:
        yield from _price_figures(prose, figure)
    for id, abroad in issue.foreign.items():
        yield from _foreign(prose, id, abroad)
    yield from _counts(issue, say)
    yield from _capacities(issue, say)
    yield from _outlook(issue, say)
    for row in issue.corrections:
        values = (row.first, row.first_low, row.first_high, row.previous, row.previous_low, row.previous_high)
        for value in (*values, row.new, row.new_low, row.new_high):
            yield from _price(prose, issue.price(row.instrument), "corrected", value)


def counted(unit: str) -> tuple[str, int]:
    """Yields a record's unit and its power of ten: `billion CNY` is (`CNY`, 9)."""
    word, _, rest = unit.partition(" ")
    return (rest, _ZEROS[word]) if rest and word in _ZEROS else (unit, 0)


def _price(prose: Prose, figure: PriceFigure, name: str, *values: Decimal | None) -> Iterator[Figure]:
    unit = _price_unit(figure.currency, figure.unit)
    for value in values:
        if value is not None:
            shown = prose.amount(figure.instrument, value)
            yield Figure(value, unit, f"{figure.instrument}.{name}", shown)


def _price_unit(currency: str | None, unit: str) -> str:
    if currency is None:
        return {"index": "", "pct": "%"}.get(unit, unit)
    return f"{currency}/{unit}"


def _price_figures(prose: Prose, figure: PriceFigure) -> Iterator[Figure]:
    id, say = figure.instrument, prose.say
    yield from _price(prose, figure, "value", figure.value, figure.low, figure.high)
    if last := figure.last:
        unit = (
            _price_unit(last.currency, last.unit) if last.unit else _price_unit(figure.currency, figure.unit)
        )
        yield Figure(last.value, unit, f"{id}.value", prose.last(figure, last))
        yield from _count(say, f"{id}.value", last.periods_old)
    yield from _price(prose, figure, "estimate", *(estimate.value for estimate in figure.estimates))
    for name in _CHANGES:
        change = getattr(figure, name)
        yield from _price(prose, figure, name, change.base)
        yield from _count(say, f"{id}.{name}", change.periods)
        yield from _change(prose, figure, name, change.abs, change.pct)
    for name in ("mom", "month_to_date"):
        if (month := getattr(figure, name)) is not None:
            yield from _price(prose, figure, name, month.value, month.base)
            yield from _change(prose, figure, name, month.abs, month.pct)
    yield from _price(prose, figure, "average_4w", figure.average_4w.value)
    yield from _price(prose, figure, "range_52w", figure.range_52w.low, figure.range_52w.high)
    yield from _price(prose, figure, "range_width", figure.range_width)
    yield from _price(prose, figure, "series", *(entry.value for entry in figure.series))
    counts = (figure.average_4w.n, figure.range_52w.n, figure.mom.n, figure.stale_days)
    yield from _count(say, f"{id}.n", *counts)


def _change(
    prose: Prose, figure: PriceFigure, name: str, amount: Decimal | None, percent: Decimal | None
) -> Iterator[Figure]:
    """Yields a change in the price's unit and in percent; in points for a price in percent."""
    id, say = figure.instrument, prose.say
    longer = id if name != "wow" else None
    if amount is not None:
        unit = "pp" if figure.unit == "pct" else _price_unit(figure.currency, figure.unit)
        shown = say.number(amount, prose.issue.instruments[id].decimals, signed=True)
        yield Figure(amount, unit, f"{id}.{name}", shown, longer)
    if percent is not None:
        yield Figure(percent, "%", f"{id}.{name}", say.percent(percent), longer)


def _foreign(prose: Prose, id: str, abroad: ForeignFigure) -> Iterator[Figure]:
    """Yields a price in the edition's other currency, its change, its rates and its VAT."""
    say, name, decimals = prose.say, f"{id}.foreign", places(prose.issue, id)
    unit = _price_unit(abroad.currency, prose.issue.instruments[id].unit)
    printed = say.unit(abroad.currency, prose.issue.instruments[id].unit)
    for value in (abroad.value, abroad.wow.base):
        if value is not None:
            shown = say("quantity.plain", number=say.number(value, decimals), unit=printed)
            yield Figure(value, unit, name, shown)
    if abroad.wow.abs is not None:
        yield Figure(abroad.wow.abs, unit, name, say.number(abroad.wow.abs, decimals, signed=True), id)
    if abroad.wow.pct is not None:
        yield Figure(abroad.wow.pct, "%", name, say.percent(abroad.wow.pct), id)
    for rate in filter(None, (abroad.rate, abroad.base_rate)):
        yield Figure(rate.rate, f"{rate.pair[3:]}/{rate.pair[:3]}", name, say.number(rate.rate))
    if abroad.vat.rate is not None:
        yield from _sized(say, abroad.vat.rate.scaleb(2), "pct", name)


def _count(say: Language, name: str, *counts: int | None) -> Iterator[Figure]:
    yield from (Figure(Decimal(n), "", name, say.number(Decimal(n))) for n in counts if n is not None)


def _counts(issue: Issue, say: Language) -> Iterator[Figure]:
    pipeline = issue.pipeline
    yield from _count(say, "prices", len(issue.prices), sum(p.value is not None for p in issue.prices))
    yield from _count(say, "stories", len(issue.stories))
    yield from _count(say, "corrections", len(issue.corrections))
    yield from _count(say, "projects", len(pipeline.projects), pipeline.no_capacity)
    for name in ("new", "stage_moves", "slips", "capacity_changes", "cancellations", "overdue"):
        yield from _count(say, f"projects.{name}", len(getattr(pipeline, name)))
    for stage, n in pipeline.by_stage:
        yield from _count(say, f"projects.{stage}", n)
    yield from _count(say, "slip", *(abs(slip.days) for slip in pipeline.slips))
    yield from _count(say, "overdue", *(overdue.days for overdue in pipeline.overdue))
    for section in issue.sections:
        yield from _count(say, f"stories.{section.id}", len(section.stories))
    if issue.prices:
        yield from _count(say, "weeks of average_4w and range_52w", 4, 52)


def _capacities(issue: Issue, say: Language) -> Iterator[Figure]:
    for total in issue.pipeline.totals:
        name = f"total.{total.segment}.{total.kind}.{total.stage}.{total.unit}"
        yield from _sized(say, total.value, total.unit, name)
        yield from _count(say, name, total.projects, total.left_out)
    for state in issue.pipeline.projects:
        yield from _sized(say, state.capacity.value, state.capacity.unit, f"project.{state.project.id}")
    for change in issue.pipeline.capacity_changes:
        yield from _sized(say, change.from_value, change.from_unit, f"project.{change.project}")
        yield from _sized(say, change.to_value, change.unit, f"project.{change.project}")
    for story in issue.stories:
        name = f"event.{story.head.id}"
        for capacity in filter(None, (story.capacity,)):
            yield from _sized(say, capacity.value, capacity.unit, name)
        if story.head.money is not None and (currency := story.head.money_currency):
            yield Figure(story.head.money, currency, name, say.money(story.head.money, currency))


def _sized(say: Language, value: Decimal | None, unit: str | None, name: str) -> Iterator[Figure]:
    """Yields a value in a record's own unit, `pct` as a percentage."""
    if value is None:
        return
    code, power = counted(unit or "")
    if code == "pct":
        yield Figure(value, "%", name, say("format.percent", number=say.number(value)))
    else:
        yield Figure(value.scaleb(power), code, name, f"{say.number(value)} {unit or ''}".strip())


def _outlook(issue: Issue, say: Language) -> Iterator[Figure]:
    for forecast in (row for group in issue.outlook.groups for row in group.forecasts):
        for value in (forecast.value, forecast.low, forecast.high):
            yield from _sized(say, value, forecast.unit, f"forecast.{forecast.id}")
            if forecast.kind == "cagr" and value is not None:
                shown = say("forecast.cagr", value=say("format.percent", number=say.number(value)))
                yield Figure(value, "%/yr", f"forecast.{forecast.id}", shown)
    for row in issue.outlook.statistics:
        yield from _sized(say, row.value, row.unit, f"statistic.{row.id}")
        for percent in (row.yoy_pct, row.share_pct):
            yield from _sized(say, percent, "pct", f"statistic.{row.id}")
    for conflict in issue.outlook.conflicts:
        for value in conflict.values:
            yield from _sized(say, value, conflict.unit, f"{conflict.scope}, {conflict.metric}")
    for check in issue.outlook.cagr_checks:
        for value in (check.stated, check.implied):
            yield from _sized(say, value, "pct", f"forecast.{check.forecast}")
    for route in issue.routes:
        for value in (route.conductivity_low, route.conductivity_high):
            yield from _sized(say, value, route.unit, f"route.{route.route}")
