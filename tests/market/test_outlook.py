"""Forecasts in groups, contradictions between sources, and CAGRs against their two ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from news_builders import VOCABULARY

from reporter.calendar import PartialDate
from reporter.market.outlook import CagrCheck, Conflict, build_outlook, implied_cagr
from reporter.records.model import Forecast, Statistic

D = Decimal


def forecast(name: str, value: str | None = "1", year: int = 2030, **fields: object) -> Forecast:
    """A level of demand by SMM in GWh, unless `fields` say otherwise."""
    stated = {"issuer": "SMM", "metric": "demand", "unit": "GWh", "kind": "level", "scope": "world", **fields}
    for end in ("low", "high"):
        if end in stated:
            stated[end] = D(str(stated[end]))
    stated.setdefault("issued_on", PartialDate.parse("2025"))
    return Forecast(
        id=name,
        target_year=year,
        value=None if value is None else D(value),
        **stated,  # type: ignore[arg-type]
    )


def statistic(name: str, value: str, period: str = "2024", **fields: str) -> Statistic:
    stated = {"metric": "demand", "scope": "world", "unit": "GWh", **fields}
    return Statistic(id=name, period=PartialDate.parse(period), value=D(value), **stated)  # type: ignore[arg-type]


def growth(value: str = "20", base: int | None = 2024, **fields: object) -> Forecast:
    fields = {"metric": "demand growth", "unit": "pct", "kind": "cagr", **fields}
    return forecast("growth", value, 2030, base_year=base, **fields)


# ── groups ──


def test_only_one_metric_scope_unit_and_kind_share_a_line() -> None:
    """Any of the four apart makes another group; the groups stand as the file names them first."""
    rows = [
        forecast("a", metric="shipments"),
        forecast("b"),
        forecast("c", scope="China"),
        forecast("d", unit="pct", kind="share"),
        forecast("e", scope=None),
        forecast("f", metric="shipments", year=2028),
    ]
    outlook = build_outlook(rows, [])
    assert [[row.id for row in group.forecasts] for group in outlook.groups] == [
        ["f", "a"],
        ["b"],
        ["c"],
        ["d"],
        ["e"],
    ]
    assert outlook.groups[4].scope == ""


def test_within_a_group_by_target_year_then_issuer() -> None:
    """The nearest year first; in one year by the issuer's name."""
    rows = [forecast("a", year=2035), forecast("b", issuer="Z"), forecast("c", issuer="B")]
    (group,) = build_outlook(rows, []).groups
    assert [row.id for row in group.forecasts] == ["c", "b", "a"]


def test_statistics_are_kept_in_their_order() -> None:
    """Context is handed on as it was read."""
    rows = (statistic("b", "2"), statistic("a", "1", "2023"))
    assert build_outlook([], rows).statistics == rows


# ── conflicts ──


def test_two_figures_on_one_base_are_shown_side_by_side() -> None:
    """Worked: production of 2023 is 910 GWh in one source and 940 in another; 2024 agrees."""
    rows = [
        statistic("one", "910", "2023", source="CIAPS"),
        statistic("one-2024", "1170", source="CIAPS"),
        statistic("two", "940", "2023", source="MIIT"),
        statistic("two-2024", "1170.0", source="MIIT"),
    ]
    records = ("statistics/one/r0", "statistics/two/r0")
    assert build_outlook([], rows).conflicts == (
        Conflict("demand", "world", "2023", "GWh", (D(910), D(940)), ("CIAPS", "MIIT"), records),
    )


@pytest.mark.parametrize(
    "other",
    [
        {"scope": "China"},
        {"unit": "TWh"},
        {"metric": "shipments"},
        {"kind": "share"},
        {"year": 2031},
        {"base_year": 2024},
    ],
)
def test_figures_on_different_bases_do_not_conflict(other: dict[str, object]) -> None:
    """Another scope, unit, metric, kind, year or base year is another question."""
    rows = [forecast("a"), forecast("b", "2", issuer="EVTank", **other)]  # type: ignore[arg-type]
    assert build_outlook(rows, []).conflicts == ()


def test_another_qualifier_alone_is_no_conflict_but_a_range_is() -> None:
    """About 1 agrees with 1; 1 to 3 does not, and shows as its two ends."""
    same = [forecast("a"), forecast("b", issuer="EVTank", qualifier="about")]
    assert build_outlook(same, []).conflicts == ()
    wide = [forecast("a"), forecast("b", None, issuer="EVTank", low="1", high="3")]
    (conflict,) = build_outlook(wide, []).conflicts
    assert conflict.values == (D(1), D(1), D(3))
    assert conflict.sources == ("SMM", "EVTank", "EVTank")
    assert conflict.records == ("forecasts/a/r0", "forecasts/b/r0", "forecasts/b/r0")


def test_one_issuer_does_not_contradict_itself() -> None:
    """Two figures of one issuer are two statements of it; of statistics, two of one source."""
    assert build_outlook([forecast("a"), forecast("b", "2")], []).conflicts == ()
    rows = [statistic("a", "1", source="CIAPS"), statistic("b", "2", source="CIAPS")]
    assert build_outlook([], rows).conflicts == ()


def test_what_an_issuer_said_last_counts() -> None:
    """SMM said 1 in June and 2 in 2025 as a whole (known in December): EVTank's 1 contradicts the 2."""
    rows = [
        forecast("june", issued_on=PartialDate.parse("2025-06")),
        forecast("year", "2"),
        forecast("other", "2", issuer="EVTank", issued_on=PartialDate.parse("2024-01-31")),
    ]
    assert build_outlook(rows, []).conflicts == ()
    (conflict,) = build_outlook([*rows[:2], replace(rows[2], value=D(1))], []).conflicts
    assert (conflict.values, conflict.sources) == ((D(2), D(1)), ("SMM", "EVTank"))


def test_units_of_one_dimension_are_held_against_each_other() -> None:
    """2 GWh is 2,000 MWh: no conflict; 3 GWh is one, told in the unit that comes first."""
    first = forecast("a", "2000", unit="MWh")
    same = forecast("b", "2", issuer="EVTank")
    units = VOCABULARY.units
    assert build_outlook([first, same], [], units).conflicts == ()
    (conflict,) = build_outlook([first, replace(same, value=D(3))], [], units).conflicts
    assert (conflict.unit, conflict.values) == ("MWh", (D(2000), D(3000)))
    (conflict,) = build_outlook(
        [], [statistic("a", "2"), statistic("b", "1", unit="MWh", source="B")], units
    ).conflicts
    assert (conflict.unit, conflict.values) == ("GWh", (D(2), D("0.001")))


def test_conflicting_growth_names_both_its_years() -> None:
    """A CAGR's base is its span."""
    rows = [growth(), growth("25", issuer="EVTank")]
    assert build_outlook(rows, []).conflicts[0].period == "2024–2030"


# ── CAGR ──


def test_a_stated_cagr_is_checked_against_its_two_ends() -> None:
    """Worked: 823 → 2,450 in six years is 19.94% a year; a stated 20% agrees."""
    outlook = build_outlook([growth(), forecast("end", "2450")], [statistic("start", "823")])
    assert outlook.cagr_checks == (
        CagrCheck(
            "growth",
            D(20),
            D("19.93917066471"),
            True,
            ("forecasts/growth/r0", "statistics/start/r0", "forecasts/end/r0"),
        ),
    )


@pytest.mark.parametrize(
    ("stated", "qualifier", "agrees"),
    [
        ("100.5", None, True),
        ("99.5", None, True),
        ("100.51", None, False),
        ("101", "about", True),
        ("98.99", "about", False),
        ("101", "at_least", False),
    ],
)
def test_half_a_point_is_rounding_and_a_whole_one_if_it_is_about(
    stated: str, qualifier: str | None, agrees: bool
) -> None:
    """100 → 6,400 in six years doubles every year: 100% exactly."""
    rows = [growth(stated, qualifier=qualifier), forecast("end", "6400"), forecast("start", "100", 2024)]
    (check,) = build_outlook(rows, []).cagr_checks
    assert check.implied == 100
    assert check.agrees is agrees


@pytest.mark.parametrize(
    ("stated", "end", "start"),
    [
        (growth(base=None), forecast("end", "2450"), statistic("start", "823")),
        (growth(base=2030), forecast("end", "2450"), statistic("start", "823", "2030")),
        (growth(), forecast("end", "2450", issuer="EVTank"), statistic("start", "823")),
        (growth(), forecast("end", "2450", scope="China"), statistic("start", "823")),
        (growth(), forecast("end", "2450"), statistic("start", "823", scope="China")),
        (growth(), forecast("end", "2.45", unit="TWh"), statistic("start", "823")),
        (growth(), forecast("end", "2450"), statistic("start", "823", "2024-H1")),
        (growth(), forecast("end", "2450", kind="share"), statistic("start", "823")),
        (growth(), forecast("end", None, low="2000", high="2450"), statistic("start", "823")),
        (growth(), forecast("end", "2450"), statistic("start", "0")),
        (
            growth(),
            forecast("end", "2450", metric="shipments"),
            statistic("start", "823", metric="shipments"),
        ),
        (growth(metric="demanding"), forecast("end", "2450"), statistic("start", "823")),
    ],
)
def test_a_cagr_without_both_its_ends_is_not_checked(
    stated: Forecast, end: Forecast, start: Statistic
) -> None:
    """Another issuer, scope, unit, metric or period is no end of it; nor is a range or nothing."""
    assert build_outlook([stated, end], [start]).cagr_checks == ()


def test_two_sources_of_one_end_give_two_checks_and_the_same_value_one() -> None:
    """From 910 the growth is what was stated, from 940 it is not: both are said."""
    starts = [statistic("a", "910"), statistic("b", "940"), statistic("c", "910")]
    checks = build_outlook([growth("100"), forecast("end", "58240")], starts).cagr_checks
    assert [(check.records[1], check.agrees) for check in checks] == [
        ("statistics/a/r0", True),
        ("statistics/b/r0", False),
    ]


@given(
    st.decimals(D("0.001"), D("1e9"), places=3),
    st.decimals(D("0.001"), D("1e9"), places=3),
    st.integers(1, 40),
)
def test_growth_at_the_implied_rate_leads_from_one_end_to_the_other(
    start: Decimal, end: Decimal, years: int
) -> None:
    """start · (1 + rate)^years is the end, in a context of any precision."""
    with localcontext(prec=3):
        rate = implied_cagr(start, end, years) / 100
    reached = Fraction(start) * (1 + rate) ** years
    assert abs(reached / Fraction(end) - 1) < Fraction(1, 10**40)
