"""Events, companies and projects that look wrong: told twice, named twice, overdue."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from news_builders import MONDAY_AT_NINE, VOCABULARY, W49, event, in_file_order, project

from reporter.calendar import Period
from reporter.market.event_quality import duplicate_companies, duplicate_stories, expired
from reporter.market.pipeline import build_pipeline
from reporter.market.quality import Quality
from reporter.market.telling import told_by
from reporter.records.model import Company, Event, Project

COMPANIES = (Company("firm", "Firm", ("Old Firm",)),)
OPENS = "Firm opens its second plant in Lyon"


def repeated(*events: Event, quality: Quality | None = None) -> list[tuple[str, str]]:
    """Which events of W49 seem to tell which other again."""
    told = told_by(in_file_order(*events), W49, MONDAY_AT_NINE)
    found = duplicate_stories(told, COMPANIES, quality or Quality())
    return [(one.record.split("/")[1], one.text.split()[5].rstrip(",")) for one in found]


def test_a_story_told_twice_names_the_earlier_row_and_the_remedy() -> None:
    told = told_by(
        in_file_order(
            event("a", "2025-11-27", company="Firm", headline=OPENS),
            event("b", company="Old Firm", headline="Second plant in Lyon: Firm opens its"),
        ),
        W49,
        MONDAY_AT_NINE,
    )
    (found,) = duplicate_stories(told, COMPANIES, Quality())
    assert (found.code, found.record) == ("duplicate_story", "events/b/r0")
    assert found.text == (
        "may be the story of a, reported 2025-11-27: if so, same_as in one of the two rows joins them"
    )


A = event("a", "2025-12-02", company="Firm", headline=OPENS)
B = event("b", "2025-12-04", company="Firm", headline=f"{OPENS} today")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (A, replace(B, same_as="a")),
        (A, replace(B, company="Other")),
        (A, replace(B, company=None)),
        (A, replace(B, type="order")),
        (replace(A, stage="pilot"), replace(B, stage="design")),
        (replace(A, project="plant"), replace(B, project="line")),
        (A, replace(B, headline="Firm signs a supply deal")),
        (replace(A, reported_on=date(2025, 11, 23)), B),  # eleven days
    ],
)
def test_what_differs_in_company_kind_project_words_or_time_is_another_story(
    first: Event, second: Event
) -> None:
    assert repeated(A, B) == [("b", "a")]
    assert repeated(first, second) == []


def test_rows_joined_through_a_third_are_one_story() -> None:
    third = event("c", "2025-12-03", headline="Else", same_as="a")
    assert repeated(A, third, replace(B, same_as="c")) == []


def test_a_project_reaches_a_stage_once_whatever_the_words() -> None:
    """Another name of the firm, other words: the same plant at the same stage two days later."""
    first = event("a", "2025-12-02", project="plant", stage="pilot", headline="Trial run begins", company="X")
    second = event(
        "b", project="plant", stage="pilot", headline="Firm starts testing in Lyon", company="Firm"
    )
    assert repeated(first, second) == [("b", "a")]
    assert repeated(first, replace(second, stage="sampling")) == []


def test_only_the_issues_own_rows_are_told() -> None:
    """What was told twice in November is not told in December again; a late row is, though dated earlier."""
    old = event("x", "2025-11-25", company="Firm", headline=OPENS)
    again = event("y", "2025-11-26", company="Firm", headline=OPENS)
    assert repeated(old, again) == []
    late = event("z", "2025-11-24", company="Firm", headline=OPENS, known="2025-12-03")
    assert repeated(old, late) == [("z", "x")]


def test_days_and_likeness_are_settings() -> None:
    assert repeated(A, B, quality=Quality(story_days=1)) == []
    assert repeated(A, B, quality=Quality(story_alike=100)) == []


# ── companies ──


def named(
    *events: Event, projects: tuple[Project, ...] = (), companies: tuple[Company, ...] = COMPANIES
) -> list[tuple[str, str]]:
    told = told_by(in_file_order(*events), W49, MONDAY_AT_NINE)
    return [(one.record, one.text) for one in duplicate_companies(told, projects, companies, Quality())]


def test_two_spellings_of_a_company_are_told_with_the_remedy() -> None:
    """The event before writes it in two words; companies.csv knows neither."""
    before = event("a", "2025-11-25", company="Guneng Power Co., Ltd.")
    assert named(before, event("b", company="Gu Neng Power")) == [
        (
            "events/b/r0",
            "'Gu Neng Power' and 'Guneng Power Co., Ltd.' are written nearly alike: "
            "if they are one company, aliases in companies.csv join them",
        )
    ]


def test_the_record_is_that_of_companies_csv_where_either_is_there() -> None:
    companies = (Company("guneng", "Guneng Power", revision=2),)
    found = named(event("b", company="Gu-Neng Power"), companies=companies)
    assert [record for record, _ in found] == ["companies/guneng/r2"]


def test_names_that_companies_csv_joins_and_names_that_differ_are_not_told() -> None:
    joined = (Company("guneng", "Guneng Power", ("Gu Neng Power",)),)
    events = (
        event("a", company="Gu Neng Power"),
        event("b", company="Guneng Power"),
        event("c", company="Else"),
    )
    assert named(*events, companies=joined) == []
    assert named(event("a", company="Welan Energy"), event("b", company="Wuling Motors")) == []


def test_a_pair_is_told_once_and_only_when_the_week_names_one_of_it() -> None:
    line = replace(project("line"), companies=("Gu Neng",))
    twice = event("a", company="Guneng"), event("b", company="Guneng")
    assert len(named(*twice, projects=(line,))) == 1
    assert named(event("a", "2025-11-25", company="Guneng"), projects=(line,)) == []


# ── expected dates ──


def overdue(period: Period, *events: Event, plant: Project) -> list[tuple[str, str]]:
    pipeline = build_pipeline([plant], events, period, MONDAY_AT_NINE, VOCABULARY, period.end)
    return [(one.record, one.text) for one in expired(pipeline, period)]


def test_an_expected_date_is_told_in_the_week_it_passes_and_not_in_the_next() -> None:
    plant = project("plant", expected="2025-11", stage="design")
    begun = event("e", "2025-10-06", project="plant")
    assert overdue(W49, begun, plant=plant) == [
        ("projects/plant/r0", "plant: expected 2025-11, 7 days past; the project is still at design")
    ]
    assert overdue(W49.back(1), begun, plant=plant) == []
    assert overdue(W49.back(-1), begun, plant=plant) == []


def test_an_overdue_project_is_told_again_when_it_changes() -> None:
    plant = project("plant", expected="2025-06", stage="design")
    moved = event("e2", project="plant", stage="construction")
    assert [
        text for _, text in overdue(W49, event("e", "2025-10-06", project="plant"), moved, plant=plant)
    ] == ["plant: expected 2025-06, 160 days past; the project is still at construction"]
