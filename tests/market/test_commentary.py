"""The analyst's words held against the numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.market.commentary import contradictions
from reporter.market.commentary_types import Figure, Finding, Piece, Sayable, Verdict, Words
from tests.market.test_written import CHINESE, ENGLISH

D = Decimal
FIGURES = (
    Figure(D("411.01"), "CNY/kg", "alpha.value", "411.01 yuan/kg"),
    Figure(D("408.51"), "CNY/kg", "alpha.wow", "408.51 yuan/kg"),
    Figure(D("2.50"), "CNY/kg", "alpha.wow", "+2.50"),
    Figure(D("0.6119801229"), "%", "alpha.wow", "+0.61%"),
    Figure(D("36.3636"), "%", "delta.four_week", "+36.36%", "delta"),
    Figure(D("-6.04"), "%", "beta.wow", "−6.04%"),
    Figure(D("182400000000"), "KRW", "event.plan", "182.4 billion won"),
    Figure(D("100"), "MWh", "project.line", "100 MWh"),
    Figure(D("3"), "", "projects.new", "3"),
    Figure(D("11"), "%/yr", "forecast.demand", "11% a year"),
    Figure(D("5200"), "units", "statistic.plants", "5,200 units"),
)
VERDICTS = (
    Verdict("alpha", ("alpha", "Alpha metal", "阿尔法"), True, D("2.50"), D("0.61"), "+2.50 (+0.61%)"),
    Verdict("beta", ("beta", "贝塔", "Li2CO3"), True, D("-9"), D("-6.04"), "−9.00 (−6.04%)"),
    Verdict("gamma", ("gamma", "伽马", "Li2CO3"), True, D("0.1"), D("0.1"), "+0.10 (+0.10%)"),
    Verdict("delta", ("delta",), True),
    Verdict("omega", ("omega",), False),
)
SAYABLE = Sayable(
    FIGURES,
    frozenset({"2025-12-06", "2026-Q1", "2025-W49", "2028"}),
    VERDICTS,
    frozenset({"SDI 2", "Alpha metal plant"}),
    frozenset({"Alpha “giants” fell. Gamma held", "Prices fell", "贝塔上涨。"}),
)
WORDS = Words(
    {"up": ("rose", "up", "climbed"), "down": ("fell", "down"), "stable": ("stable", "flat")},
    none=("set up", "up to"),
)
ZH_WORDS = Words({"up": ("上涨",), "down": ("下跌", "回落"), "stable": ("持稳",)})


def check(*texts: str, chinese: bool = False) -> list[Finding]:
    pieces = [Piece(line, text) for line, text in enumerate(texts, 1)]
    notation, words = (CHINESE, ZH_WORDS) if chinese else (ENGLISH, WORDS)
    return list(contradictions(pieces, SAYABLE, notation, words))


@pytest.mark.parametrize(
    "text",
    [
        "Alpha rose from 408.51 to 411.01 yuan/kg, +0.61%.",
        "It rose 2.5, or 0.6%, to 411 yuan/kg.",
        "Up 2.50 yuan.",
        "Some 11% a year, in 5,200 plants.",
        "It lost 6% and then −6.04%.",
        "182.4 billion won for 100 MWh and 3 projects.",
        "By 2028, in Q1: 2026-Q1, on 6 December 2025, 6 Dec, December 2025, 2025 and week 49.",
        "SDI 2 and Li2CO3 and 3D; see https://example.com/2031/999.",
        '“7,777 yuan/kg”, "8,888" and 「9,999」 are others\' words.',
    ],
)
def test_what_the_issue_prints_may_be_written_as_rounded_or_in_full(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "word", "told"),
    [
        ("Alpha rose 0.62%.", "0.62%", "+0.61% (alpha.wow)"),
        ("Alpha rose +0.62%.", "+0.62%", "+0.61% (alpha.wow)"),
        ("at −0.61%", "−0.61%", "+0.61% (alpha.wow)"),
        ("at 411.01 yuan/mt", "411.01 yuan/mt", "411.01 yuan/kg (alpha.value)"),
        ("at 411.01 USD/kg", "411.01 USD/kg", "411.01 yuan/kg (alpha.value)"),
        ("some 5.4%", "5.4%", "−6.04% (beta.wow)"),
        ("a share of 3%", "3%", "3 (projects.new)"),
        ("some 3.00%", "3.00%", "+0.61% (alpha.wow)"),
        ("some 11.00%", "11.00%", "11% a year (forecast.demand)"),
        ("5,200%", "5,200%", "5,200 units (statistic.plants)"),
        ("100 GWh", "100 GWh", "100 MWh (project.line)"),
        ("4 projects", "4", "3 (projects.new)"),
        ("280 billion won", "280 billion won", "182.4 billion won (event.plan)"),
        ("in 2029", "2029", "411.01 yuan/kg (alpha.value)"),
    ],
)
def test_another_number_fails_and_the_nearest_figure_is_told(text: str, word: str, told: str) -> None:
    (finding,) = check(text)
    assert (finding.code, finding.word) == ("commentary_number", word)
    assert finding.message == f"is no figure of this issue; the nearest is {told}"


@pytest.mark.parametrize("text", ["on 7 December 2025", "in May 2025", "2026-Q2", "week 50", "7 Dec"])
def test_a_date_that_the_issue_does_not_print_fails(text: str) -> None:
    assert [(finding.code, finding.message) for finding in check(text)] == [
        ("commentary_date", "is no date that the issue prints")
    ]


def test_the_line_is_that_of_the_word() -> None:
    """A paragraph over several lines begins at the piece's line; a block quote is not looked at."""
    pieces = [Piece(4, "Alpha\nrose\n9% or 8%"), Piece(9, "7%", quoted=True)]
    found = list(contradictions(pieces, SAYABLE, ENGLISH, WORDS))
    assert [(finding.line, finding.word) for finding in found] == [(6, "9%"), (6, "8%")]


@pytest.mark.parametrize(
    "text",
    [
        "Alpha metal rose.",
        "Beta fell while alpha climbed.",
        "Beta and its kin fell, alpha rose.",
        "Up: alpha. Down: beta.",
        "gamma was stable.",
        "Gamma was flat but up a little.",
        "Li2CO3 fell.",  # right of one of the two that bear the name
        "Li2CO3 was stable.",
        "The mood was stable and everything else fell.",
        "Alpha metal plant fell silent.",  # the name of something else
        "Beta makers set up lines of up to 100 MWh.",
        "Over four weeks delta climbed 36.36%.",
        "“Alpha fell”, one trader said.",
        "Alpha “giants” fell. Gamma held (alpha, 3 projects).",  # a record's words, told as they stand
        "It was said: so. Alpha “giants”\nfell. Gamma held",
        "Prices fell, alpha said.",
    ],
)
def test_a_word_that_agrees_with_its_instrument_passes(text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("text", "word", "message"),
    [
        ("Beta was stable.", "stable", "beta is −9.00 (−6.04%) week on week; below 0.5% counts as stable"),
        ("alpha fell", "fell", "alpha is +2.50 (+0.61%) week on week"),
        ("Alpha and beta rose", "rose", "beta is −9.00 (−6.04%) week on week"),
        ("Down was alpha.", "Down", "alpha is +2.50 (+0.61%) week on week"),
        ("Omega was flat", "flat", "omega was not assessed this week"),
        ("delta rose", "rose", "delta has no week-on-week change this week"),
        ("Over four weeks delta fell 36.36%.", "fell", "delta has no week-on-week change this week"),
        ("Li2CO3 climbed 6%", "climbed", ""),
        ("Alpha prices fell.", "fell", "alpha is +2.50 (+0.61%) week on week"),  # not the record's sentence
        ("Prices fell for alpha.", "fell", "alpha is +2.50 (+0.61%) week on week"),
        ("Alpha giants fell.", "fell", "alpha is +2.50 (+0.61%) week on week"),
    ],
)
def test_a_word_that_disagrees_fails(text: str, word: str, message: str) -> None:
    found = check(text)
    if not message:  # up is right of gamma, by 0.1%
        assert found == []
        return
    assert [(finding.code, finding.word, finding.message) for finding in found] == [
        ("commentary_word", word, message)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("阿尔法上涨0.61%至411.01元/公斤，计划投入1824亿韩元。", []),
        ("阿尔法下跌0.61%。", ["下跌"]),
        ("贝塔持稳，阿尔法上涨。", ["持稳"]),
        ("阿尔法上涨。贝塔上涨。", []),  # the second is a record's sentence
        ("周三贝塔上涨。", ["上涨"]),
        ("贝塔回落6.04%，为４１１元/公斤；12月6日。", []),
        ("贝塔报411.01元/吨，12月7日", ["411.01元/吨", "12月7日"]),
    ],
)
def test_chinese_is_held_against_the_same_figures(text: str, words: list[str]) -> None:
    assert [finding.word for finding in check(text, chinese=True)] == words


@given(st.text(max_size=80), st.booleans())
def test_no_text_makes_the_check_fail(text: str, chinese: bool) -> None:
    for finding in check(text, chinese=chinese):
        assert finding.line >= 1


@given(st.integers(1, 10**9), st.integers(0, 4))
def test_a_number_passes_only_where_rounding_gives_a_figure(digits: int, decimals: int) -> None:
    """Beside the figures as rounded to the written decimals there is none that passes."""
    value = D(digits).scaleb(-decimals)
    figures = [figure.value for figure in FIGURES if figure.unit == "%"]
    right = any(abs(abs(figure) - value) <= D("0.5").scaleb(-decimals) for figure in figures)
    assert (check(f"{value}%") == []) == right
