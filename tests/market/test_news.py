"""Which issue tells which story, and which stories matter most."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from news_builders import (
    MONDAY_AT_NINE,
    SHANGHAI,
    VOCABULARY,
    W49,
    at,
    event,
    in_file_order,
    project,
    size,
    weeks,
)

from reporter.calendar import Period, PublicationCalendar, PublicationRule
from reporter.market.news import Story, news, rank_stories
from reporter.market.telling import Cutoff
from reporter.records.model import Event, Project

W48, W50 = W49.back(), W49.back(-1)


def told(events: list[Event], period: Period, projects: tuple[Project, ...] = ()) -> tuple[Story, ...]:
    return news(events, projects, period, MONDAY_AT_NINE)


def heads(events: list[Event], period: Period) -> list[str]:
    return [story.head.id for story in told(events, period)]


# ── which issue ──


def test_an_event_is_news_of_the_period_that_contains_its_reported_date() -> None:
    """An event reported on a day of the period, and known then, is told in it and in no other."""
    events = [event("monday", "2025-12-01"), event("sunday", "2025-12-07")]
    assert heads(events, W49) == ["monday", "sunday"]
    assert heads(events, W48) == heads(events, W50) == []
    assert not told(events, W49)[0].late


def test_what_is_known_at_the_very_cut_off_is_still_told() -> None:
    """The cut-off's own second counts; one second later it is the next issue's."""
    events = [
        event("in-time", known="2025-12-08 09:00:00"),
        event("too-late", known="2025-12-08 09:00:01"),
    ]
    assert heads(events, W49) == ["in-time"]
    assert heads(events, W50) == ["too-late"]
    assert heads([event("late", known="2025-12-15 09:00:00")], W50) == ["late"]


def test_a_story_told_a_week_after_it_was_reported_is_late() -> None:
    """A row first known after the cut-off is labelled late by the issue that tells it."""
    (story,) = told([event("slow", known="2025-12-09")], W50)
    assert story.late


@pytest.mark.parametrize(
    ("known", "issue"),
    [
        ("2025-12-29 23:59", date(2026, 1, 4)),  # 28 days after 1 December
        ("2025-12-30 00:00", None),  # 29 days
    ],
)
def test_an_event_known_more_than_28_days_late_is_told_nowhere(known: str, issue: date | None) -> None:
    """28 days after the reported date is news still; 29 days is not."""
    events = [event("old", "2025-12-01", known=known)]
    telling = [week.end for week in weeks(date(2025, 12, 1), date(2026, 3, 1)) if told(events, week)]
    assert telling == ([issue] if issue else [])


def test_the_28_days_are_counted_in_the_time_zone_of_the_cut_off() -> None:
    """29 December, 16:30 UTC is 30 December in Shanghai: the 29th day."""
    late = replace(event("old", "2025-12-01"), known_at=datetime(2025, 12, 29, 16, 30, tzinfo=UTC))
    assert not any(told([late], week) for week in weeks(date(2025, 12, 1), date(2026, 3, 1)))


def test_known_by_its_own_cut_off_is_news_however_long_that_took() -> None:
    """A slot long after its period tells what was known by then, even after 28 days."""

    def slow_desk(period: Period) -> datetime:
        return datetime.combine(period.end + timedelta(days=60), time(9), SHANGHAI)

    row = event("patient", "2025-12-01", known="2026-02-05 09:00")  # the slot itself
    assert [story.head.id for story in news([row], (), W49, slow_desk)] == ["patient"]


def test_a_corrected_row_is_not_told_again() -> None:
    """A revision of a later week changes the words, not the week that tells the story."""
    corrected = replace(event("row", known="2025-12-16"), revision=1, first_known_at=at("2025-12-04"))
    assert heads([corrected], W49) == ["row"]
    assert heads([corrected], W49.back(-2)) == []


def test_a_corrected_date_does_not_move_the_story() -> None:
    """Reported on 28 November, corrected to 2 December after that issue: told in W48, not again in W49."""
    corrected = replace(
        event("row", "2025-12-02", known="2025-12-03"),
        revision=1,
        first_known_at=at("2025-11-28"),
        first_reported_on=date(2025, 11, 28),
    )
    assert (heads([corrected], W48), heads([corrected], W49)) == (["row"], [])


def test_the_28_days_count_from_the_first_date() -> None:
    """A date corrected backwards does not make a story that was told too late to be news."""
    corrected = replace(
        event("row", "2025-10-01", known="2025-12-03"),
        first_known_at=at("2025-12-09"),  # after the issue of its own week
        first_reported_on=date(2025, 12, 4),
    )
    assert heads([corrected], W50) == ["row"]


def test_the_week_may_end_on_another_day() -> None:
    """With weeks that end on Thursday, Friday's report is the next week's."""
    thursday = Period(date(2025, 11, 28), date(2025, 12, 4))
    events = [event("thursday", "2025-12-04"), event("friday", "2025-12-05")]
    assert heads(events, thursday) == ["thursday"]
    assert heads(events, thursday.back(-1)) == ["friday"]


# ── one story, several rows ──


def test_rows_of_one_story_are_told_once_under_the_row_they_point_to() -> None:
    """`same_as` joins rows through chains; the head is the root, even if reported last."""
    events = in_file_order(
        event("third", "2025-12-03", same_as="second"),
        event("root", "2025-12-06"),
        event("second", "2025-12-05", same_as="root"),
    )
    (story,) = told(events, W49)
    assert story.head.id == "root"
    assert [row.id for row in story.rows] == ["third", "second", "root"]


def test_the_earliest_row_leads_while_the_root_is_unknown() -> None:
    """Two rows that point to an unknown third are one story, led by the earlier."""
    events = in_file_order(
        event("later", "2025-12-05", same_as="unknown"), event("earlier", "2025-12-04", same_as="unknown")
    )
    (story,) = told(events, W49)
    assert story.head.id == "earlier"


def test_another_source_a_week_later_does_not_tell_the_story_again() -> None:
    """A story belongs to the earliest period of its rows; a later row is told nowhere."""
    events = [event("first", "2025-12-04"), event("echo", "2025-12-09", same_as="first")]
    (story,) = told(events, W49)
    assert [row.id for row in story.rows] == ["first"]
    assert told(events, W50) == ()


def test_a_root_that_comes_later_does_not_tell_the_story_again() -> None:
    """The row pointed to may be reported after the row that was told."""
    events = [event("first", "2025-12-04", same_as="root"), event("root", "2025-12-09")]
    assert heads(events, W49) == ["first"]
    assert told(events, W50) == ()


def test_a_story_with_one_row_of_the_week_is_not_late() -> None:
    """Late is what no row reports within the period."""
    events = in_file_order(
        event("slow", "2025-12-04", known="2025-12-09"),
        event("fresh", "2025-12-10", same_as="slow"),
    )
    (story,) = told(events, W50)
    assert story.head.id == "slow"
    assert len(story.rows) == 2
    assert not story.late


# ── capacity and segment ──


def test_empty_capacity_fields_are_the_projects() -> None:
    """An event's value takes kind and qualifier from the project; an event without one takes all."""
    plant = project(capacity=size("10 kt/yr", "annual_output", "level"))
    events = [
        event("bigger", project="plant", capacity="20 kt/yr"),
        event("silent", "2025-12-01", project="plant"),
    ]
    silent, bigger = told(events, W49, (plant,))
    assert bigger.capacity == size("20 kt/yr", "annual_output", "level")
    assert silent.capacity == size("10 kt/yr", "annual_output", "level")


def test_a_silent_report_repeats_the_capacity_stated_before_it() -> None:
    """A project's capacity at a report is its latest stated one, not what a later report says."""
    plant = project(capacity="100 MWh")
    events = in_file_order(
        event("grown", "2025-11-20", project="plant", capacity="200 MWh"),
        event("silent", "2025-12-02", project="plant"),
        event("grown-again", "2025-12-05", project="plant", capacity="300 MWh"),
    )
    silent, _ = told(events, W49, (plant,))
    assert silent.capacity == size("200 MWh")


def test_no_capacity_is_invented() -> None:
    """None where neither states a value; a stated one without a project is of no stated kind."""
    silent, stated = told(
        [event("silent", project="plant"), event("stated", capacity="1 GWh")], W49, (project(),)
    )
    assert silent.capacity is None
    assert stated.capacity == size("1 GWh")


def test_the_segment_is_the_heads_else_the_projects() -> None:
    """A row that leaves its segment empty is about the project's."""
    own, empty, neither = told(
        [
            event("own", project="plant", segment="electrolyte"),
            event("empty", project="plant"),
            event("neither"),
        ],
        W49,
        (project(segment="pack_ess"),),
    )
    assert [own.segment, empty.segment, neither.segment] == ["electrolyte", "pack_ess", "not_stated"]


# ── the most important ──


def ranked(*events: Event, weights: dict[str, int] | None = None) -> list[str]:
    projects = (project("plant"), project("store", segment="pack_ess"))
    stories = told(in_file_order(*events), W49, projects)
    return [story.head.id for story in rank_stories(stories, weights or {}, VOCABULARY)]


def test_the_score_adds_type_stage_project_and_sources() -> None:
    """Worked: 5 for the type · 10 + 3 of a running plant · 3 of a project · 2 of a second source · 0."""
    events = (
        event("nothing"),
        event("sources"),
        event("echo", same_as="sources"),
        event("project", project="plant"),
        event("typed", type="policy"),
        event("running", project="plant", stage="mass_production"),
    )
    expected = ["running", "typed", "project", "sources", "nothing"]
    assert ranked(*events, weights={"policy": 5}) == expected


def test_a_stage_counts_by_its_step_on_its_segments_ladder() -> None:
    """Storage in commercial operation (9) is below mass production (10), that below an end (11)."""
    events = (
        event("store", stage="commercial_operation", segment="pack_ess"),
        event("plant", stage="mass_production", segment="cell"),
        event("end", stage="cancelled", segment="cell"),
    )
    assert ranked(*events) == ["end", "plant", "store"]


def test_ties_go_to_the_larger_then_the_later_then_the_id() -> None:
    """2 GWh before 100 MWh before the silent; of these the later, then by id."""
    events = (
        event("b-silent", "2025-12-03"),
        event("a-silent", "2025-12-03"),
        event("later", "2025-12-05"),
        event("small", "2025-12-06", capacity="100 MWh"),
        event("large", "2025-12-01", capacity="2 GWh"),
    )
    assert ranked(*events) == ["large", "small", "later", "a-silent", "b-silent"]


def test_capacities_of_different_dimensions_decide_nothing() -> None:
    """1,000 mt/yr is neither more nor less than 2 GWh: the later report leads."""
    events = (
        event("energy", "2025-12-03", capacity="2 GWh"),
        event("mass", "2025-12-05", capacity="1000 mt/yr"),
    )
    assert ranked(*events) == ["mass", "energy"]


# ── properties ──

FIRST = date(2025, 9, 1)
SPAN_DAYS = 60
HOLIDAYS = frozenset(date(2025, 10, 1) + timedelta(days=n) for n in range(8))
CALENDAR = PublicationCalendar("CN", HOLIDAYS, frozenset({date(2025, 10, 11)}))

cutoffs = st.builds(
    PublicationRule,
    zone=st.just(SHANGHAI),
    weekday=st.none() | st.integers(0, 6),
    at=st.sampled_from([time(0), time(9), time(23, 30)]),
    calendar=st.none() | st.just(CALENDAR),
    on_holiday=st.sampled_from(["next", "previous", "skip"]),
).map(lambda rule: rule.cutoff)


@st.composite
def reports(draw: st.DrawFn, linked: bool = False) -> list[Event]:
    """Up to eight events with any delay up to 40 days; some `same_as` an earlier one of the list."""
    events = []
    for n in range(draw(st.integers(1, 8))):
        day = FIRST + timedelta(days=draw(st.integers(0, SPAN_DAYS)))
        delay = timedelta(minutes=draw(st.integers(0, 40 * 24 * 60)))
        known = datetime.combine(day, time(0), SHANGHAI) + delay
        target = draw(st.none() | st.integers(0, n - 1)) if linked and n else None
        same_as = None if target is None else f"e{target}"
        events.append(replace(event(f"e{n}", str(day), same_as=same_as), known_at=known))
    return in_file_order(*draw(st.permutations(events)))


def every_issue(
    events: list[Event], cutoff: Cutoff, week_ends: int
) -> list[tuple[Period, tuple[Story, ...]]]:
    """Every weekly issue of the span with what was known at its cut-off."""
    periods = weeks(FIRST, FIRST + timedelta(days=SPAN_DAYS + 90), week_ends)
    return [
        (period, news([one for one in events if one.known_at <= cutoff(period)], (), period, cutoff))
        for period in periods
    ]


def is_timely(row: Event, cutoff: Cutoff, week_ends: int) -> bool:
    if row.known_at <= cutoff(Period.containing(row.reported_on, week_ends)):
        return True
    return (row.known_at.date() - row.reported_on).days <= 28


@settings(max_examples=60, deadline=None)
@given(reports(), cutoffs, st.integers(0, 6))
def test_nothing_is_lost_between_two_issues_or_told_twice(
    events: list[Event], cutoff: Cutoff, week_ends: int
) -> None:
    """Every event known within 28 days is told in exactly one weekly issue; every other in none."""
    issues = every_issue(events, cutoff, week_ends)
    tellings = Counter(row.id for _, stories in issues for story in stories for row in story.rows)
    assert tellings == Counter(row.id for row in events if is_timely(row, cutoff, week_ends))


@settings(max_examples=60, deadline=None)
@given(reports(linked=True), cutoffs, st.integers(0, 6))
def test_a_story_of_several_rows_is_told_and_no_row_twice(
    events: list[Event], cutoff: Cutoff, week_ends: int
) -> None:
    """Of every set of joined rows with a timely one at least one is told, and none in two issues."""
    issues = every_issue(events, cutoff, week_ends)
    tellings = Counter(row.id for _, stories in issues for story in stories for row in story.rows)
    assert set(tellings.values()) <= {1}
    links = {row.id: row.same_as for row in events}

    def root(row: str) -> str:
        target = links[row]
        return row if target is None else root(target)

    timely = {root(row.id) for row in events if is_timely(row, cutoff, week_ends)}
    assert {root(row) for row in tellings} == timely


@settings(max_examples=60, deadline=None)
@given(reports(linked=True), cutoffs, st.integers(0, 6))
def test_nothing_is_told_before_it_was_known(events: list[Event], cutoff: Cutoff, week_ends: int) -> None:
    """An issue tells only what its cut-off knew, and a late row in the first issue that knew it."""
    for period, stories in every_issue(events, cutoff, week_ends):
        for row in (row for story in stories for row in story.rows):
            assert row.known_at <= cutoff(period)
            assert row.reported_on in period or row.known_at > cutoff(period.back())


@settings(max_examples=60, deadline=None)
@given(reports(linked=True), cutoffs, st.integers(0, 6))
def test_an_old_issue_run_with_later_knowledge_tells_the_same(
    events: list[Event], cutoff: Cutoff, week_ends: int
) -> None:
    """What becomes known after a period's cut-off changes none of its stories."""
    for period, stories in every_issue(events, cutoff, week_ends):
        assert news(events, (), period, cutoff) == stories


@settings(max_examples=60, deadline=None)
@given(reports(linked=True), cutoffs, st.randoms(use_true_random=False))
def test_the_order_of_rows_of_different_days_does_not_matter(
    events: list[Event], cutoff: Cutoff, random: object
) -> None:
    """Only rows of one day depend on their place in the file."""
    days = sorted({row.reported_on for row in events})
    random.shuffle(days)  # type: ignore[attr-defined]
    shuffled = in_file_order(*(row for day in days for row in events if row.reported_on == day))
    for period in weeks(FIRST, FIRST + timedelta(days=SPAN_DAYS + 30)):
        assert outline(news(shuffled, (), period, cutoff)) == outline(news(events, (), period, cutoff))


def outline(stories: tuple[Story, ...]) -> list[tuple[str, list[str], bool]]:
    return [(story.head.id, [row.id for row in story.rows], story.late) for story in stories]
