"""What charts show and say, and how they are drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.bulletin.chart_data import (
    bar_label,
    forecast_charts,
    pipeline_chart,
    price_charts,
    runs,
    short_names,
)
from reporter.bulletin.charts import SERIES, Chart, draw_charts, round_ticks, spread
from reporter.bulletin.sparks import range_bar, sparkline
from reporter.language import language
from reporter.market.prices import Estimate, Range
from tests.bulletin import sample

EN = language("en")
D = Decimal


@lru_cache
def drawn(name: str) -> dict[str, Chart]:
    return {chart.id: chart for chart in draw_charts(getattr(sample, name)(), EN)}


# ── what they say ──


def test_a_price_charts_title_states_the_change_over_its_span_and_a_gap_at_its_end() -> None:
    """60,200 on 5 June to 93,300 on 27 November is +54.98…%, printed 55%."""
    chart = price_charts(sample.w49(), EN)[0]
    assert chart.words.title == "Lithium carbonate, battery grade up 55% since June, not assessed this week"


def test_comparable_instruments_share_a_chart_and_a_single_value_makes_none() -> None:
    """Lithium sulfide and LATP have one value each; both carbonates share segment, currency and unit."""
    charts = price_charts(sample.w49(), EN)
    assert [[line.name for line in chart.lines] for chart in charts] == [
        ["battery grade", "industrial grade"]
    ]


def test_a_small_base_or_a_change_of_sign_gives_a_title_without_a_percentage() -> None:
    """A price that was zero has no percentage; the title states both ends."""
    issue = sample.crude()
    series = (replace(issue.prices[0].series[0], value=D(0)), *issue.prices[0].series[1:])
    changed = replace(issue, prices=(replace(issue.prices[0], series=series), *issue.prices[1:]))
    assert price_charts(changed, EN)[0].words.title.startswith("Brent, dated from 0.00 to 71.68 since ")


def test_a_value_across_a_change_of_specification_is_charted_nowhere() -> None:
    """The first value is not comparable: neither the line nor the table has it."""
    issue = sample.crude()
    first, *rest = issue.prices[0].series
    figure = replace(issue.prices[0], series=(replace(first, comparable=False, value=D(9999)), *rest))
    chart = price_charts(replace(issue, prices=(figure,)), EN)[0]
    assert "9,999" not in str(chart)
    assert sum(map(len, chart.lines[0].runs)) == len(rest)


def test_neighbours_are_joined_and_a_missing_week_breaks_the_line() -> None:
    """Of the eight battery-grade values only 6 and 13 July, 23 and 30 November are neighbours."""
    stretches = runs(sample.BATTERY_SERIES, "weekly")
    assert [len(run) for run in stretches] == [1, 1, 2, 1, 1, 2]
    assert [len(run) for run in runs(sample.BATTERY_SERIES, "biweekly")] == [4, 1, 1, 2]


@given(
    st.sets(st.integers(0, 60), min_size=1), st.sampled_from([("weekly", 1), ("biweekly", 2), ("monthly", 5)])
)
def test_runs_keep_every_value_and_break_exactly_at_the_gaps(weeks: set[int], rule: tuple[str, int]) -> None:
    """Within a run all steps are at most the reach; between two runs the step is greater."""
    frequency, reach = rule
    values = [sample.value(date(2025, 1, 5) + timedelta(weeks=n), "1") for n in sorted(weeks)]
    found = runs(values, frequency)
    assert [value for run in found for value in run] == values
    for run in found:
        assert all((b.end - a.end).days <= 7 * reach for a, b in pairwise(run))
    for run, following in pairwise(found):
        assert (following[0].end - run[-1].end).days > 7 * reach


def test_names_that_share_their_head_are_told_apart_by_the_rest() -> None:
    """ "Lithium carbonate, battery grade" beside its sister is "battery grade"; other names stay."""
    names = ["Lithium carbonate, battery grade", "Lithium carbonate, industrial grade"]
    assert short_names(names) == ["battery grade", "industrial grade"]
    assert short_names(["Brent, dated", "Dubai"]) == ["Brent, dated", "Dubai"]
    assert short_names(names[:1]) == names[:1]


def test_the_pipeline_chart_counts_projects_and_those_new_or_moved() -> None:
    """Twenty projects, eight of them new or moved; stages keep the order of the ladder."""
    chart = pipeline_chart(sample.w49(), EN)
    assert chart is not None
    assert chart.words.title == "8 of 20 projects are new or moved"
    assert [bar.label for bar in chart.bars][:3] == ["announced", "signed", "environmental review"]
    assert {bar.label: bar_label(bar) for bar in chart.bars}["construction"] == "6 (+2)"


def test_forecasts_of_different_units_and_kinds_never_share_a_chart_and_scopes_never_a_row() -> None:
    """Levels in GWh, growth rates and shares are three charts; every row names scope, year and issuer."""
    charts = forecast_charts(sample.w49(), EN)
    assert [len(chart.spans) for chart in charts] == [8, 2, 3]
    labels = [span.label for chart in charts for span in chart.spans]
    assert len(set(labels)) == len(labels)
    shown = {span.label: span.shown for span in charts[0].spans}
    assert shown["all-solid-state batteries, 2028 · SMM"] == "13.5 GWh"
    assert shown["China small batteries, 2030 · CIAPS"] == "at least 126 GWh"
    assert shown["China lithium-ion batteries, 2030 · CIAPS"] == "3,600–3,900 GWh"


def test_at_most_eight_lines_are_drawn_those_of_the_headlines_first_and_the_subtitle_says_so() -> None:
    """Of eleven instruments of one group eight are drawn, the headline one among them."""
    issue = sample.crude()
    spec, figure = issue.instruments["brent"], issue.prices[0]
    many = {f"oil-{n}": replace(spec, id=f"oil-{n}", name=sample.text(f"Oil {n}")) for n in range(11)}
    crowded = replace(
        issue,
        instruments=many,
        prices=tuple(replace(figure, instrument=id) for id in many),
        headline_prices=("oil-10",),
    )
    chart = price_charts(crowded, EN)[0]
    assert len(chart.lines) == 8
    assert chart.lines[0].name == "Oil 10"
    assert "8 of 11 instruments" in chart.words.subtitle


# ── how they are drawn ──


@pytest.mark.parametrize("name", ["w49", "crude", "large"])
def test_every_chart_is_one_small_picture_with_words_a_source_and_its_data(name: str) -> None:
    """Well-formed SVG in the bundled family only, under 1,000 marks, with alternative text and a table."""
    for chart in drawn(name).values():
        root = ElementTree.fromstring(chart.svg)
        marks = [element for element in root.iter() if element.tag.endswith(("path", "use", "text"))]
        assert len(marks) < 1000
        assert set(re.findall(r"font-family: '([^']+)'", chart.svg)) == {"Inter"}
        assert chart.title in chart.alt
        assert "As of 6 December 2025" in chart.note
        assert chart.table.rows
        assert {len(row) for row in chart.table.rows} == {len(chart.table.header)}


def test_two_drawings_have_the_same_bytes_and_no_date() -> None:
    """Drawn anew, every chart is the same text; nothing in it names a moment or a program."""
    again = {chart.id: chart for chart in draw_charts(sample.w49(), EN)}
    assert again == drawn("w49")
    for chart in again.values():
        assert "<metadata" not in chart.svg
        assert "<!--" not in chart.svg


def test_a_line_is_drawn_for_each_stretch_of_two_or_more_and_none_across_a_gap() -> None:
    """Battery grade has two such stretches of the six; each line's path has two points."""
    svg = drawn("w49")["chart-prices-1"].svg
    paths = [
        p for p in re.findall(r'<path d="([^"]*)"[^>]*style="([^"]*)"', svg) if f"stroke: {SERIES[0]}" in p[1]
    ]
    lines = [
        d for d, style in paths if "fill: none" in style and "stroke-dasharray" not in style and "C" not in d
    ]
    assert [d.count("L") for d in lines if "L" in d] == [1, 1]


def test_an_estimate_is_a_hollow_mark_and_the_subtitle_says_so() -> None:
    """A mark filled with white appears once the figure has an estimate in its span."""
    issue = sample.crude()
    estimate = Estimate(D(65), date(2025, 9, 3), "prices/brent/2025-09-03/r0")
    guessed = replace(issue, prices=(replace(issue.prices[0], estimates=(estimate,)), *issue.prices[1:]))
    chart = next(chart for chart in draw_charts(guessed, EN) if chart.place == "price_charts")
    assert "hollow: estimate" in chart.subtitle
    assert "fill: #ffffff" in chart.svg
    assert "fill: #ffffff" not in drawn("crude")["chart-prices-1"].svg


def test_an_issue_without_series_projects_and_forecasts_has_no_chart() -> None:
    """One price with one value draws nothing."""
    assert draw_charts(sample.one_price(), EN) == ()


@given(st.lists(st.floats(-50, 250), min_size=1, max_size=8), st.floats(5, 12))
def test_spread_labels_never_overlap_and_stay_inside_when_they_fit(wanted: list[float], pitch: float) -> None:
    """Neighbouring places are a pitch apart; with room for all none leaves the panel; the order holds."""
    height = 200.0
    places = spread(wanted, pitch, height)
    ordered = sorted(places)
    assert all(b - a >= pitch - 1e-6 for a, b in pairwise(ordered))
    assert ordered[0] >= pitch / 2 - 1e-6
    assert ordered[-1] <= height - pitch / 2 + 1e-6
    by_wish = [places[n] for n in sorted(range(len(wanted)), key=lambda n: wanted[n])]
    assert by_wish == ordered


@given(
    st.decimals(-(10**9), 10**9, places=3, allow_nan=False), st.decimals(0, 10**9, places=3, allow_nan=False)
)
def test_ticks_are_even_round_and_enclose_the_values(low: Decimal, width: Decimal) -> None:
    """From three to eight ticks at multiples of one step, none inside which an end would lie outside."""
    ticks = round_ticks(low, low + width)
    assert ticks[0] <= low
    assert ticks[-1] >= low + width
    steps = {b - a for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert steps.pop().normalize().as_tuple().digits in ((1,), (2,), (2, 5), (5,))
    assert 2 <= len(ticks) <= 8


# ── the tiny ones ──


def test_a_range_bar_marks_the_position_and_a_flat_range_draws_nothing() -> None:
    """At a quarter of the range the dot stands a quarter between the insets: 2.5 + 49 / 4 = 14.75."""
    bar = range_bar(Range(D(100), D(200), 9, D("0.25"), True, None), "range")
    assert bar is not None
    assert '<circle cx="14.75"' in bar.svg
    without = range_bar(Range(D(100), D(200), 9, None, True, None), "range")
    assert without is not None
    assert "<circle" not in without.svg
    assert range_bar(Range(D(100), D(100), 9, None, True, None), "range") is None
    assert range_bar(Range(None, None, 0, None, True, None), "range") is None


def test_a_sparkline_breaks_at_gaps_and_needs_two_values() -> None:
    """Two stretches of two are lines, four lonely values dots, and the last value has a dot of its own."""
    spark = sparkline(sample.BATTERY_SERIES, sample.W49.end, "trend")
    assert spark is not None
    assert spark.svg.count("<polyline") == 2
    assert spark.svg.count("<circle") == 5
    assert sparkline(sample.BATTERY_SERIES[:1], sample.W49.end, "trend") is None


@given(st.lists(st.decimals(-1000, 1000, places=2, allow_nan=False), min_size=2, max_size=52))
def test_a_sparkline_stays_inside_its_box_with_two_decimals(values: list[Decimal]) -> None:
    """Every coordinate lies in the box and is written with two decimals."""
    series = [
        sample.value(sample.W49.end - timedelta(weeks=len(values) - n), v) for n, v in enumerate(values)
    ]
    spark = sparkline(series, sample.W49.end, "trend")
    assert spark is not None
    for points in re.findall(r'points="([^"]+)"', spark.svg):
        for x, y in (pair.split(",") for pair in points.split()):
            assert re.fullmatch(r"\d+\.\d\d", x)
            assert 0 <= D(x) <= spark.width
            assert 0 <= D(y) <= spark.height
