"""What an issue prints may be written in its commentary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.bulletin.commentary_check import check_commentary, movement_words, notation, sayable
from reporter.bulletin.commentary_figures import issue_figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.language import language
from reporter.market.commentary import contradictions
from reporter.market.commentary_types import Piece, Sayable
from reporter.market.written import Notation
from tests.bulletin import sample

EN = language("en")
ISSUES = ("w49", "crude", "large")


def check(issue: Issue, text: str) -> list[str]:
    found = check_commentary([Piece(1, text)], issue, EN, Decimal("0.5"))
    return [f"{finding.word}: {finding.message}" for finding in found]


@pytest.mark.parametrize("name", ISSUES)
def test_every_figure_may_be_written_as_it_is_printed(name: str) -> None:
    """As the bulletin prints numbers, units and signs."""
    known, how = allowed(name)
    texts = {figure.shown for figure in issue_figures(getattr(sample, name)(), EN)}
    pieces = [Piece(line, text) for line, text in enumerate(sorted(texts), 1)]
    assert list(contradictions(pieces, known, how, movement_words(EN))) == []


@pytest.mark.parametrize("name", ISSUES)
def test_the_bulletins_own_sentences_pass(name: str) -> None:
    """Page 1 says nothing that an analyst may not say."""
    issue: Issue = getattr(sample, name)()
    prose = Prose(issue, EN)
    own = [prose.cover_line(), prose.standfirst(), *(words for _, words in prose.highlights())]
    own += [EN.period(issue.period), EN.moment(issue.as_of).partition("(")[0]]
    for words in own:
        assert check(issue, words) == []


@lru_cache
def allowed(name: str) -> tuple[Sayable, Notation]:
    issue: Issue = getattr(sample, name)()
    return sayable(issue, EN, Decimal("0.5")), notation(EN, issue)


@settings(deadline=None)  # the first example builds the issue
@given(st.sampled_from(ISSUES), st.data())
def test_a_rounded_figure_passes_too(name: str, data: st.DataObject) -> None:
    """A percentage with fewer decimals than are printed."""
    known, how = allowed(name)
    value = data.draw(st.sampled_from([figure.value for figure in known.figures if figure.unit == "%"]))
    decimals = data.draw(st.integers(0, 2))
    for text in (EN.percent(value, decimals), EN.percent(abs(value), decimals, signed=False)):
        assert list(contradictions([Piece(1, f"about {text}")], known, how, movement_words(EN))) == []


WORKED = (
    "Lithium sulfide at 2,050 yuan/kg and LATP at 145 yuan/kg were first assessed on 5 December 2025.",
    "Jiugong’s 100 MWh line is due in Q1 2026; South Korea spends 280 billion won.",
    "SMM expects 13.5 GWh in 2028, and 4% by 2030.",
)


@pytest.mark.parametrize("text", WORKED)
def test_true_sentences_of_the_week_pass(text: str) -> None:
    assert check(sample.w49(), text) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Lithium sulfide at 2,050 yuan/mt.",
            "2,050 yuan/mt: is no figure of this issue; the nearest is 2,050 yuan/kg",
        ),
        ("Jiugong’s 110 MWh line.", "110 MWh: is no figure of this issue; the nearest is 100 MWh"),
        ("LATP rose.", "rose: latp has no week-on-week change this week"),
        ("Due on 9 May 2027.", "9 May 2027: is no date that the issue prints"),
    ],
)
def test_untrue_ones_are_told_with_what_is_so(text: str, told: str) -> None:
    (finding,) = check(sample.w49(), text)
    assert finding.startswith(told)


def test_a_name_with_a_digit_is_no_figure() -> None:
    """The name of a project, company or instrument that the issue prints."""
    base = sample.w49()
    state = base.pipeline.projects[0]
    named = replace(state, project=replace(state.project, name="Base 7714 line"))
    issue = replace(base, pipeline=replace(base.pipeline, projects=(named, *base.pipeline.projects[1:])))
    assert check(issue, "Work at Base 7714 line goes on.") == []
    assert len(check(base, "Work at Base 7714 line goes on.")) == 1


def test_every_day_of_the_week_may_be_named() -> None:
    issue = sample.w49()
    for day in (issue.period.start, issue.period.end):
        for style in ("long", "short", "day", "month_day", "month"):
            assert check(issue, EN.date(day, style)) == []
    assert check(issue, EN.date(date(2031, 3, 3)))
