"""Issue → charts: a picture, a message, an alternative text and the data as a table.

The only user of matplotlib. Every chart is drawn at the size it is printed, as SVG whose texts are texts
in the bundled fonts, and has the same bytes each time. Longer than most: it is
the one importer of its library, with a part for each kind of chart and one for the sheet they share.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from pathlib import Path

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from reporter.bulletin.chart_data import (
    BarChart,
    Line,
    PriceChart,
    SpanChart,
    Table,
    Words,
    bar_label,
    forecast_charts,
    pipeline_chart,
    price_charts,
    renamed,
)
from reporter.bulletin.fonts import EAST_ASIAN, EAST_ASIAN_FACES, FONTS, LATIN_FACES, TEXT
from reporter.bulletin.issue import Issue
from reporter.language import Language, extent

BOLD = (f"{TEXT} SemiBold", f"{EAST_ASIAN} SemiBold")  # the families' names inside the bundled files
STYLE = Path(__file__).with_name("charts.mplstyle")
PAGE_WIDTH = 499  # points: the text of an A4 page with margins of 17 mm
HALF_WIDTH = 238
COVER_WIDTHS = (302, 175)  # the price chart and the pipeline, side by side on page 1
INK, MUTED, PALE, TEAL = "#16282b", "#5a6b6e", "#cfdfdf", "#0b6e6e"
# Told apart with any colour vision (after Okabe and Ito); each line is labelled directly besides.
SERIES = (TEAL, "#d1590b", "#3d6db5", "#a07800", "#8a4a86", "#4d9ec4", "#6b7a7d", "#7a4a2b")
MARKERS = ("o", "s", "D", "^", "v", "P", "X", "o")
MOST_MARKED = 130  # above so many values only the last and the isolated ones get a marker
LETTER = 0.56  # the mean width of a letter, in units of its size
LINE_PITCH = 9.5
SPAN_PITCH = 19


@dataclass(frozen=True, slots=True)
class Chart:
    """One finished chart. `place` is where it is printed: cover, price_charts, projects or outlook.

    `svg` is one `<svg>` element, `width` and `height` are points.
    """

    id: str
    place: str
    title: str
    subtitle: str
    note: str
    svg: str
    alt: str
    table: Table
    width: int
    height: int


def draw_charts(issue: Issue, language: Language) -> tuple[Chart, ...]:
    """Yields the issue's charts in the order printed: page 1's first.

    Price charts group what is comparable (segment, currency and unit); none for a group with fewer than
    two values. Every mark is a value of the issue; a gap in the values is a gap in the line.
    """
    _use_bundled_fonts()
    prices, pipeline = price_charts(issue, language), pipeline_chart(issue, language)
    drawn = list(_cover(prices, pipeline, language))
    width, height = (PAGE_WIDTH, 130) if len(prices) < 3 else (HALF_WIDTH, 140)
    for price in prices:
        drawn.append(_draw_prices(price, "price_charts", width, height, language))
    forecasts = forecast_charts(issue, language)
    for forecast in forecasts:
        drawn.append(_draw_spans(forecast, HALF_WIDTH if len(forecasts) > 1 else PAGE_WIDTH))
    return tuple(drawn)


def _cover(prices: Sequence[PriceChart], pipeline: BarChart | None, say: Language) -> Iterator[Chart]:
    widths = COVER_WIDTHS if prices and pipeline else (PAGE_WIDTH, PAGE_WIDTH)
    height = max(112, min(150, 11 * len(pipeline.bars) + 4)) if pipeline else 150
    if prices:
        first = prices[0]
        small = PriceChart(renamed(first.words, "chart-cover"), first.lines[:4], first.end, first.decimals)
        yield _draw_prices(small, "cover", widths[0], height, say)
    if pipeline:
        yield _draw_bars(pipeline, widths[1], height)


# ── prices ──


def _draw_prices(chart: PriceChart, place: str, width: int, height: int, say: Language) -> Chart:
    alone = len(chart.lines) == 1  # then the title names it
    most = 34 if width > 400 else 24
    labels = [line.last if alone else _clipped(f"{line.last} {line.name}", most) for line in chart.lines]
    right = max(map(extent, labels)) * LETTER * 7 + 10
    with _style(chart.words.id):
        figure, axes = _panel(width, height, left=0, right=right, bottom=16, top=6)
        low, high = _ticks(axes, chart, say)
        start = min(run[0].end for line in chart.lines for run in line.runs)
        _months(axes, start, chart.end, max(3, round((width - right) / 45)), say)
        marked = sum(len(run) for line in chart.lines for run in line.runs) <= MOST_MARKED
        for number, line in enumerate(chart.lines):
            _draw_line(axes, line, number, marked=marked, shaded=len(chart.lines) < 3)
        _end_labels(axes, chart, labels, height - 22, low, high)
        return _finished(figure, chart.words, place, width, height)


def _draw_line(axes: Axes, line: Line, number: int, *, marked: bool, shaded: bool) -> None:
    colour, marker = SERIES[number], MARKERS[number]
    size = 3.8 if sum(map(len, line.runs)) < 20 else 2.6
    for run in line.runs:
        days = [_day(value.end) for value in run]
        if shaded and len(run) > 1 and all(v.low is not None and v.high is not None for v in run):
            lows = [float(value.low or 0) for value in run]
            highs = [float(value.high or 0) for value in run]
            axes.fill_between(days, lows, highs, color=colour, alpha=0.13, linewidth=0)
        values = [float(value.value) for value in run]
        lonely = marked or len(run) == 1
        axes.plot(
            days, values, color=colour, marker=marker if lonely else "", markersize=size, markeredgewidth=0
        )
    last = line.runs[-1][-1]
    axes.plot(
        [_day(last.end)], [float(last.value)], color=colour, marker=marker, markersize=4.5, markeredgewidth=0
    )
    for estimate in line.estimates:
        axes.plot(
            [_day(estimate.date)],
            [float(estimate.value)],
            color=colour,
            marker=marker,
            markersize=4,
            markerfacecolor="white",
            markeredgewidth=1,
        )


def _ticks(axes: Axes, chart: PriceChart, say: Language) -> tuple[Decimal, Decimal]:
    """Sets the horizontal grid on round numbers and yields the ends of the axis."""
    values = [
        number
        for line in chart.lines
        for run in line.runs
        for v in run
        for number in (v.value, v.low, v.high)
    ]
    values += [estimate.value for line in chart.lines for estimate in line.estimates]
    known = [value for value in values if value is not None]
    ticks = round_ticks(min(known), max(known))
    decimals = max(0, -int(_exponent(ticks[1] - ticks[0])))
    labels = [say.number(tick, decimals) for tick in ticks]
    axes.set_yticks([float(tick) for tick in ticks], labels)
    pad = (ticks[-1] - ticks[0]) / 30
    axes.set_ylim(float(ticks[0] - pad), float(ticks[-1] + pad))
    box = axes.get_position()
    figure_width = float(axes.figure.bbox.width)  # in points: a figure has 72 dots an inch
    room = (max(map(extent, labels)) * LETTER * 7 + 6) / figure_width
    axes.set_position((box.x0 + room, box.y0, box.width - room, box.height))
    return ticks[0] - pad, ticks[-1] + pad


def round_ticks(low: Decimal, high: Decimal, wanted: int = 4) -> list[Decimal]:
    """Yields ticks at multiples of 1, 2, 2.5 or 5 times a power of ten that enclose both ends."""
    if low == high:
        low, high = (low - abs(low) / 10, high + abs(high) / 10) if low else (Decimal(-1), Decimal(1))
    raw = (high - low) / wanted
    power = Decimal(1).scaleb(raw.adjusted())
    step = next(power * Decimal(m) for m in ("1", "2", "2.5", "5", "10") if power * Decimal(m) >= raw)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [step * (first + n) for n in range(int(last - first) + 1)]


def _exponent(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _months(axes: Axes, start: date, end: date, most: int, say: Language) -> None:
    """Sets the date axis: ticks on the first of a month, the year named where it begins."""
    first = start.replace(day=1)
    months = [first]
    while months[-1] <= end:
        months.append((months[-1] + timedelta(days=32)).replace(day=1))
    inside = [month for month in months if start <= month <= end]
    step = next(n for n in (1, 2, 3, 4, 6, 12, 1000) if len(inside) <= n * most)
    shown = [month for month in inside if (month.month - 1) % step == 0] or [start, end]
    if not inside:
        labels = [say.date(day, "day") for day in shown]
    else:
        labels = [say.date(m, "axis_year" if m.month == 1 else "axis_month") for m in shown]
    axes.set_xticks([_day(day) for day in shown], labels)
    axes.set_xlim(_day(start) - 4, _day(end) + 3)


def _end_labels(
    axes: Axes, chart: PriceChart, labels: Sequence[str], height: float, low: Decimal, high: Decimal
) -> None:
    """Writes each line's last value and name at the right end, spread so that none covers another."""
    scale = height / float(high - low)
    wanted = [float(line.runs[-1][-1].value - low) * scale for line in chart.lines]
    places = spread(wanted, LINE_PITCH, height)
    right = _day(chart.end) + 3
    for number, (line, label, at, place) in enumerate(zip(chart.lines, labels, wanted, places, strict=True)):
        value, _, name = label.partition(" ")
        last = _day(line.runs[-1][-1].end)
        if abs(place - at) > 3 or right - last > 14:
            axes.annotate(
                "",
                xy=(last, float(line.runs[-1][-1].value)),
                xytext=(right, float(low) + place / scale),
                arrowprops={
                    "arrowstyle": "-",
                    "color": SERIES[number],
                    "lw": 0.5,
                    "ls": (0, (1, 2)),
                    "shrinkA": 0,
                    "shrinkB": 3,
                },
                annotation_clip=False,
            )
        axes.annotate(
            value,
            xy=(right, float(low) + place / scale),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            color=SERIES[number],
            family=list(BOLD),
            annotation_clip=False,
        )
        axes.annotate(
            name,
            xy=(right, float(low) + place / scale),
            xytext=(3 + (len(value) + 0.8) * 0.62 * 7, 0),
            textcoords="offset points",
            va="center_baseline",
            color=SERIES[number],
            annotation_clip=False,
        )


def spread(wanted: Sequence[float], pitch: float, height: float) -> list[float]:
    """Yields places as near to those wanted as may be, at least `pitch` apart, in [0, height] if they fit."""
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    places = [0.0] * len(wanted)
    floor = pitch / 2
    for n in order:
        places[n] = floor = max(wanted[n], floor)
        floor += pitch
    ceiling = max(height - pitch / 2, pitch * (len(wanted) - 0.5))
    for n in reversed(order):
        places[n] = ceiling = min(places[n], ceiling)
        ceiling -= pitch
    return places


def _day(day: date) -> float:
    return float(day.toordinal())


# ── projects ──


def _draw_bars(chart: BarChart, width: int, height: int) -> Chart:
    left = max(extent(bar.label) for bar in chart.bars) * LETTER * 7 + 4
    with _style(chart.words.id):
        figure, axes = _panel(width, height, left=left, right=30, bottom=2, top=2)
        axes.grid(visible=False)
        places = list(range(len(chart.bars)))
        axes.barh(places, [bar.count for bar in chart.bars], height=0.62, color=PALE)
        axes.barh(places, [bar.changed for bar in chart.bars], height=0.62, color=TEAL)
        axes.set_yticks(places, [bar.label for bar in chart.bars])
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        axes.spines["left"].set_visible(True)
        axes.set_ylim(len(places) - 0.4, -0.6)
        axes.set_xlim(0, max(bar.count for bar in chart.bars))
        for place, bar in zip(places, chart.bars, strict=True):
            axes.annotate(
                bar_label(bar), (bar.count, place), (3, 0), textcoords="offset points", va="center_baseline"
            )
        return _finished(figure, chart.words, "cover", width, height)


# ── forecasts ──


def _draw_spans(chart: SpanChart, width: int) -> Chart:
    headings = sum(bool(span.heading) for span in chart.spans)
    height = SPAN_PITCH * len(chart.spans) + 12 * headings + 2
    shown = max(extent(span.shown) for span in chart.spans) * LETTER * 7 + 10
    with _style(chart.words.id):
        figure, axes = _panel(width, height, left=0, right=0, bottom=0, top=0)
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        x = _scale(chart, 3, width - shown)
        y = 0.0
        for span in chart.spans:
            if span.heading:
                y += 9
                axes.text(0, y, span.heading, color=TEAL, family=list(BOLD))
                y += 3
            axes.text(0, y + 7, _clipped(span.label, int(width / (LETTER * 6.6))), color=MUTED, size=6.6)
            track = y + 13.5
            low, high = x(span.low), x(span.high)
            axes.plot([0, high], [track, track], color=PALE, linewidth=1.2, zorder=1)
            if high > low:
                axes.plot([low, high], [track, track], color=TEAL, linewidth=4, solid_capstyle="butt")
            else:
                axes.plot([high], [track], color=TEAL, marker="o", markersize=5, markeredgewidth=0)
            axes.text(high + 7, track, span.shown, va="center_baseline", family=list(BOLD))
            y += SPAN_PITCH
        return _finished(figure, chart.words, "outlook", width, height)


def _scale(chart: SpanChart, left: float, right: float) -> Callable[[Decimal], float]:
    """Yields the horizontal place of a value, from 0 at the left."""
    most = float(max(span.high for span in chart.spans)) or 1.0
    least = min(0.0, float(min(span.low for span in chart.spans)))
    return lambda value: left + (float(value) - least) / (most - least) * (right - left)


# ── the sheet ──


def _use_bundled_fonts() -> None:
    known = {Path(entry.fname) for entry in font_manager.fontManager.ttflist}
    for path in (FONTS / face.file for face in (*LATIN_FACES, *EAST_ASIAN_FACES)):
        if path not in known:
            font_manager.fontManager.addfont(path)


def _style(salt: str) -> AbstractContextManager[None]:
    """Yields a context in which the house style holds; `salt` makes the ids inside a picture its own."""
    return matplotlib.rc_context({"svg.hashsalt": salt}, fname=STYLE)


def _panel(
    width: int, height: int, *, left: float, right: float, bottom: float, top: float
) -> tuple[Figure, Axes]:
    """Yields a sheet of `width` × `height` points with axes inside the margins given in points."""
    figure = Figure(figsize=(width / 72, height / 72), dpi=72)
    FigureCanvasSVG(figure)
    box = (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    return figure, figure.add_axes(box)


def _clipped(words: str, most: int) -> str:
    if extent(words) <= most:
        return words
    kept = words
    while extent(kept) > most - 1:
        kept = kept[:-1]
    return kept.rstrip(" ,，") + "…"


def _finished(figure: Figure, words: Words, place: str, width: int, height: int) -> Chart:
    sheet = io.StringIO()
    figure.savefig(
        sheet, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    return Chart(
        words.id,
        place,
        words.title,
        words.subtitle,
        words.note,
        _plain_svg(sheet.getvalue()),
        words.alt,
        words.table,
        width,
        height,
    )


def _plain_svg(svg: str) -> str:
    """Yields only the `<svg>` element; its bold is a weight of the one family, as on the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    named, weighted = (", ".join(f"'{family}'" for family in each) for each in (BOLD, (TEXT, EAST_ASIAN)))
    return svg.replace(f"font-family: {named}", f"font-family: {weighted}; font-weight: 600").strip()
