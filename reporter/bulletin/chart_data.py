"""What each chart of an issue shows and says: its lines or rows, its message, its data as a table.

Nothing is drawn here (see `charts`), so that a message can be read and tested without a picture. Longer than
most: three kinds of chart, each in a part of its own, share one shape of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.language import Language, subscripted
from reporter.market.changes import percent_change, periods_between
from reporter.market.prices import Estimate, PeriodValue, PriceFigure
from reporter.records.model import Forecast, Instrument

MOST_PRICE_CHARTS = 6
MOST_LINES = 8
MOST_FORECASTS = 14
LITTLE = Decimal("0.5")  # percent; below it a title says "little changed"
# how many periods apart two values may lie and still be joined by a line
LEAST_VALUES = 3
NEIGHBOURS = {"biweekly": 2, "monthly": 5}


@dataclass(frozen=True, slots=True)
class Table:
    """A chart's data in words and numbers: header cells, and rows whose first cell names the row."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart says: one finding as `title`, what is drawn, the source, and the finding at length."""

    id: str
    title: str
    subtitle: str
    note: str
    alt: str
    table: Table


@dataclass(frozen=True, slots=True)
class Line:
    """One series. `runs` are the stretches of neighbouring values, oldest first; a gap lies between two."""

    name: str
    last: str
    runs: tuple[tuple[PeriodValue, ...], ...]
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class PriceChart:
    """Instruments of one segment, currency and unit; `decimals` of the axis."""

    words: Words
    lines: tuple[Line, ...]
    end: date
    decimals: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage: how many projects stand there, how many of them are new or moved."""

    label: str
    count: int
    changed: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """The projects followed by stage, in ladder order."""

    words: Words
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """One forecast: a value, or a range where `low` differs from `high`. `heading` opens a metric."""

    heading: str
    label: str
    low: Decimal
    high: Decimal
    shown: str


@dataclass(frozen=True, slots=True)
class SpanChart:
    """Forecasts of one unit and kind, one row each: scopes never share a line."""

    words: Words
    spans: tuple[Span, ...]


# ── prices ──


def price_charts(issue: Issue, language: Language) -> tuple[PriceChart, ...]:
    """Yields a chart for each group of comparable instruments in which one has values enough."""
    groups: dict[tuple[str | None, str | None, str], list[PriceFigure]] = {}
    for figure in issue.prices:
        if charted(figure):
            key = (issue.instruments[figure.instrument].segment, figure.currency, figure.unit)
            groups.setdefault(key, []).append(figure)
    drawn = [group for group in groups.values() if any(map(chartable, group))]
    drawn.sort(key=lambda group: min(map(_rank(issue), group)))
    return tuple(
        _price_chart(issue, language, number, group)
        for number, group in enumerate(drawn[:MOST_PRICE_CHARTS], 1)
    )


def chartable(figure: PriceFigure) -> bool:
    """Tells whether an instrument has values enough for a chart; two would only draw what the table says."""
    return len(charted(figure)) >= LEAST_VALUES


def charted(figure: PriceFigure) -> tuple[PeriodValue, ...]:
    """Yields the values that may be drawn: those in the terms of the present specification."""
    return tuple(value for value in figure.series if value.comparable)


def runs(values: Sequence[PeriodValue], frequency: str) -> tuple[tuple[PeriodValue, ...], ...]:
    """Yields the values in stretches of neighbours; between two stretches the line is broken."""
    found: list[list[PeriodValue]] = []
    for value in values:
        near = found and periods_between(found[-1][-1].end, value.end) <= NEIGHBOURS.get(frequency, 1)
        if near:
            found[-1].append(value)
        else:
            found.append([value])
    return tuple(map(tuple, found))


def _rank(issue: Issue) -> Callable[[PriceFigure], int]:
    """Yields the order in which figures are drawn: the headline list's, then all others."""
    order = {id: place for place, id in enumerate(issue.headline_prices)}
    return lambda figure: order.get(figure.instrument, len(order))


def _price_chart(issue: Issue, say: Language, number: int, group: Sequence[PriceFigure]) -> PriceChart:
    rank = _rank(issue)
    chosen = sorted(group, key=lambda figure: (rank(figure), len(charted(figure)) < 2))[:MOST_LINES]
    names = short_names([say.text(issue.instruments[figure.instrument].name) for figure in chosen])
    lines = tuple(_line(issue, say, figure, name) for figure, name in zip(chosen, names, strict=True))
    lead = next(figure for figure in chosen if len(charted(figure)) > 1)
    instrument = issue.instruments[lead.instrument]
    unit = say.unit(lead.currency, lead.unit)
    title = _price_title(issue, say, lead)
    words = Words(
        id=f"chart-prices-{number}",
        title=title,
        subtitle=_price_subtitle(issue, say, unit, lines, len(group)),
        note=_source(issue, say, [issue.instruments[figure.instrument].source for figure in chosen]),
        alt=say(
            "chart.price.alt",
            title=title,
            unit=unit,
            lines=say("list.clauses").join(_spoken(say, issue, figure) for figure in chosen),
        ),
        table=_price_table(issue, say, chosen),
    )
    return PriceChart(words, lines, issue.period.end, instrument.decimals)


def short_names(names: Sequence[str]) -> list[str]:
    """Yields names without the words before the comma where all share them: "battery grade"."""
    heads = {name.partition(", ")[0] for name in names}
    if len(names) > 1 and len(heads) == 1 and all(", " in name for name in names):
        return [name.partition(", ")[2] for name in names]
    return list(names)


def _line(issue: Issue, say: Language, figure: PriceFigure, name: str) -> Line:
    instrument, values = issue.instruments[figure.instrument], charted(figure)
    first = values[0].end
    return Line(
        name,
        say.number(values[-1].value, instrument.decimals),
        runs(values, instrument.frequency),
        tuple(estimate for estimate in figure.estimates if estimate.date >= first),
    )


def _price_title(issue: Issue, say: Language, figure: PriceFigure) -> str:
    instrument, values = issue.instruments[figure.instrument], charted(figure)
    first, last = values[0], values[-1]
    month = say.date(first.date, "month_name" if first.date.year == last.date.year else "month")
    pct, _ = percent_change(last.value, first.value, instrument)
    facts: dict[str, object] = {"name": say.text(instrument.name), "month": month}
    if pct is None:
        key = "chart.price.from_to"
        facts |= {
            "first": say.number(first.value, instrument.decimals),
            "last": say.number(last.value, instrument.decimals),
        }
    else:
        key = "flat" if abs(pct) < LITTLE else "up" if pct > 0 else "down"
        key = f"chart.price.{key}"
        facts["percent"] = say.percent(abs(pct), 1 if abs(pct) < 10 else 0, signed=False)
    title = say(key, **facts)
    return title if figure.value is not None else say("chart.price.gap", title=title)


def _price_subtitle(issue: Issue, say: Language, unit: str, lines: Sequence[Line], group: int) -> str:
    parts = [say("chart.price.what", unit=unit)]
    if any(len(line.runs) > 1 for line in lines):
        parts.append(say("chart.price.gaps"))
    if any(line.estimates for line in lines):
        parts.append(say("chart.price.estimates"))
    if group > len(lines):
        parts.append(say("chart.price.some", shown=len(lines), all=group))
    return say("list.clauses").join(parts)


def _spoken(say: Language, issue: Issue, figure: PriceFigure) -> str:
    instrument, values = issue.instruments[figure.instrument], charted(figure)
    return say(
        "chart.price.spoken",
        name=say.text(instrument.name),
        first=say.number(values[0].value, instrument.decimals),
        first_date=say.date(values[0].date, "short"),
        last=say.number(values[-1].value, instrument.decimals),
        last_date=say.date(values[-1].date, "short"),
    )


def _price_table(issue: Issue, say: Language, figures: Sequence[PriceFigure]) -> Table:
    columns = [{value.end: value for value in charted(figure)} for figure in figures]
    ends = sorted({end for column in columns for end in column})
    specs = [issue.instruments[figure.instrument] for figure in figures]
    header = (say("chart.table.week"), *(say.text(spec.name) for spec in specs))
    rows = (
        (
            say.date(end, "short"),
            *(_cell(say, spec, c.get(end)) for spec, c in zip(specs, columns, strict=True)),
        )
        for end in ends
    )
    return Table(header, tuple(rows))


def _cell(say: Language, spec: Instrument, value: PeriodValue | None) -> str:
    return "–" if value is None else say.number(value.value, spec.decimals)


def _source(issue: Issue, say: Language, sources: Iterable[str | None]) -> str:
    own = Prose(issue, say).own
    named = say("list.names").join(dict.fromkeys(map(own, filter(None, sources))))
    day = say.date(issue.as_of.date())
    return say("chart.source", source=named, date=day) if named else say("chart.source.none", date=day)


# ── projects ──


def pipeline_chart(issue: Issue, language: Language) -> BarChart | None:
    """Yields the chart of projects by stage; None where no project has a stage."""
    say, pipeline = language, issue.pipeline
    if not pipeline.by_stage:
        return None
    changed = dict(pipeline.changed_by_stage)
    bars = tuple(
        Bar(say.label(issue.vocabulary.stages, stage), count, changed.get(stage, 0))
        for stage, count in pipeline.by_stage
    )
    total, moved = sum(bar.count for bar in bars), sum(bar.changed for bar in bars)
    fullest = max(bars, key=lambda bar: bar.count)
    key = "chart.pipeline.moved" if moved else "chart.pipeline.still"
    title = say(key, n=moved, total=total, stage=fullest.label)
    rows = tuple((bar.label, str(bar.count), str(bar.changed)) for bar in bars)
    words = Words(
        id="chart-pipeline",
        title=title,
        subtitle=say("chart.pipeline.what"),
        note=say("chart.source.none", date=say.date(issue.as_of.date())),
        alt=say(
            "chart.pipeline.alt",
            title=title,
            bars=say("list.clauses").join(f"{bar.label} {bar_label(bar)}" for bar in bars),
        ),
        table=Table(
            (say("chart.table.stage"), say("chart.table.projects"), say("chart.table.changed")),
            rows,
        ),
    )
    return BarChart(words, bars)


def bar_label(bar: Bar) -> str:
    """Yields `6 (+2)`: how many stand there, and how many of them are new or moved."""
    return f"{bar.count} (+{bar.changed})" if bar.changed else str(bar.count)


# ── forecasts ──


def forecast_charts(issue: Issue, language: Language) -> tuple[SpanChart, ...]:
    """Yields a chart for each unit and kind of at least two forecasts; one row a forecast."""
    groups: dict[tuple[str, str], list[Forecast]] = {}
    for group in issue.outlook.groups:
        rows = [row for row in group.forecasts if row.value is not None or None not in (row.low, row.high)]
        groups.setdefault((group.unit, group.kind), []).extend(rows)
    drawn = [(key, _by_metric(rows)) for key, rows in groups.items() if len(rows) > 1]
    return tuple(
        _forecast_chart(issue, language, number, kind, rows[:MOST_FORECASTS])
        for number, ((_, kind), rows) in enumerate(drawn, 1)
    )


def _by_metric(rows: Sequence[Forecast]) -> list[Forecast]:
    """Yields the rows of one metric together, metrics in the order met."""
    order = list(dict.fromkeys(row.metric for row in rows))
    return sorted(rows, key=lambda row: order.index(row.metric))


def forecast_value(prose: Prose, row: Forecast) -> str:
    """Yields `about 2,800 GWh`, `3,600–3,900 GWh`, `up to 4%`; the qualifier is the source's."""
    say, unit = prose.say, subscripted(prose.own(row.unit))
    if row.value is not None:
        words = say.quantity(row.value, unit)
    elif row.low is not None and row.high is not None:
        words = say.quantity(row.low, unit, row.high)
    else:
        return ""
    key = f"qualifier.{row.qualifier}"
    return say(key, value=words) if row.qualifier and say.has(key) else words


def forecast_title(prose: Prose, row: Forecast) -> str:
    """Yields `All-solid-state batteries: 13.5 GWh in 2028 (SMM)`."""
    say, key = prose.say, f"chart.forecast.{row.kind}"
    return say(
        key if say.has(key) else "chart.forecast.level",
        scope=_sentence_case(prose.own(row.scope or row.metric)),
        value=forecast_value(prose, row),
        year=row.target_year,
        issuer=short_issuer(prose.own(row.issuer)),
    )


def _forecast_chart(
    issue: Issue, say: Language, number: int, kind: str, rows: Sequence[Forecast]
) -> SpanChart:
    prose = Prose(issue, say)
    spans = tuple(_with_headings(prose, rows))
    title = forecast_title(prose, rows[0])
    known = [say("chart.forecast.spoken", label=s.label, value=s.shown) for s in spans]
    words = Words(
        id=f"chart-forecasts-{number}",
        title=title,
        subtitle=say(
            f"chart.forecast.what.{kind}" if say.has(f"chart.forecast.what.{kind}") else "chart.forecast.what"
        ),
        note=_source(issue, say, [row.issuer for row in rows]),
        alt=say("chart.forecast.alt", title=title, rows=say("list.clauses").join(known)),
        table=Table(
            (say("chart.table.scope"), say("chart.table.value")),
            tuple((span.label, span.shown) for span in spans),
        ),
    )
    return SpanChart(words, spans)


def _with_headings(prose: Prose, rows: Sequence[Forecast]) -> Iterable[Span]:
    own, metric = prose.own, None
    for row in rows:
        low = row.value if row.value is not None else row.low
        high = row.value if row.value is not None else row.high
        if low is None or high is None:
            continue
        label = prose.say(
            "chart.forecast.row",
            scope=own(row.scope or row.metric),
            year=row.target_year,
            issuer=short_issuer(own(row.issuer)),
        )
        heading = _sentence_case(own(row.metric)) if row.metric != metric else ""
        metric = row.metric
        yield Span(heading, label, low, high, forecast_value(prose, row))


def short_issuer(name: str) -> str:
    """Yields the initials of a name of four words or more (CIAPS), else the name."""
    words = [word for word in name.split() if word[:1].isupper()]
    return "".join(word[0] for word in words) if len(words) > 3 else name


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]


def renamed(words: Words, id: str) -> Words:
    """Yields the words under another id, for a second drawing of the same chart."""
    return replace(words, id=id)
