"""How projects stand at a period's end, and what changed in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from news_builders import MONDAY_AT_NINE, PLANT, SHANGHAI, VOCABULARY, W49, at, event, in_file_order, project

from reporter.calendar import PartialDate, Period
from reporter.market.pipeline import (
    CapacityChange,
    CapacityTotal,
    NewProject,
    Overdue,
    Pipeline,
    ProjectState,
    Slip,
    StageMove,
    build_pipeline,
)
from reporter.records.model import Capacity, Event, Project

D = Decimal
BEFORE, EARLY, LATE, AFTER = "2025-11-20", "2025-12-02", "2025-12-05", "2025-12-10"


def built(
    projects: Project | list[Project],
    *events: Event,
    period: Period = W49,
    judged_on: date | None = None,
) -> Pipeline:
    followed = [projects] if isinstance(projects, Project) else projects
    known = in_file_order(*events)
    return build_pipeline(followed, known, period, MONDAY_AT_NINE, VOCABULARY, judged_on or period.end)


def report(name: str, day: str, **fields: object) -> Event:
    return event(name, day, project="plant", **fields)  # type: ignore[arg-type]


def codes(pipeline: Pipeline) -> list[tuple[str, str]]:
    return [(warning.code, warning.record) for warning in pipeline.warnings]


# ── which projects there are ──


def test_a_project_is_new_in_the_period_of_its_first_event() -> None:
    """New this week, known the week after, and not there the week before."""
    events = report("first", EARLY, stage="design"), report("second", LATE)
    assert built(project(), *events).new == (NewProject("plant", "design", ("first", "second")),)
    assert built(project(), *events, period=W49.back(-1)).new == ()
    assert built(project(), *events, period=W49.back()).projects == ()


def test_a_new_project_is_not_also_a_move_a_slip_or_a_capacity_change() -> None:
    """What differs from projects.csv in the first week is the first state, not a change."""
    plant = project(stage="announced", capacity="100 MWh", expected="2026")
    first = report("first", EARLY, stage="signed", capacity="1 GWh", expected="2027")
    pipeline = built(plant, first)
    assert pipeline.projects[0].changed
    assert pipeline.projects[0].stage == "signed"
    assert (pipeline.stage_moves, pipeline.slips, pipeline.capacity_changes) == ((), (), ())


def test_a_project_that_nobody_reports_about_is_always_there() -> None:
    """Without any event a project stands as projects.csv has it, and is never new."""
    pipeline = built(project(stage="design"))
    assert [state.stage for state in pipeline.projects] == ["design"]
    assert pipeline.new == ()
    assert not pipeline.projects[0].changed


def test_a_project_published_on_its_own_is_there_before_its_first_event() -> None:
    """`published_at` lists it; its first event still makes it new."""
    plant = project(published_at=at("2025-10-01"))
    first = report("first", AFTER)
    assert len(built(plant, first).projects) == 1
    assert built(plant, first).new == ()
    assert len(built(plant, first, period=W49.back(-1)).new) == 1


def test_events_of_unknown_projects_or_of_none_change_nothing() -> None:
    """Only a project that is followed has a state."""
    pipeline = built([], report("orphan", EARLY, stage="design"), event("company", EARLY, stage="pilot"))
    assert pipeline == Pipeline((), (), (), (), (), (), (), (), (), (), 0, ())


# ── the state at a moment ──


def test_each_field_is_that_of_the_latest_event_that_states_it() -> None:
    """Stage, capacity and date may come from three events; a silent one changes none of them."""
    plant = project(stage="announced", capacity="100 MWh", expected="2026")
    pipeline = built(
        plant,
        report("date", "2025-10-01", expected="2026-H2"),
        report("stage", "2025-10-02", stage="design"),
        report("size", "2025-10-03", capacity="1 GWh"),
        report("silent", EARLY),
    )
    (state,) = pipeline.projects
    assert (state.stage, state.expected) == ("design", PartialDate.parse("2026-H2"))
    assert state.capacity == Capacity(D(1), "GWh")
    assert state.events == ("stage",)
    assert state.records == ("projects/plant/r0", "events/stage/r0", "events/size/r0", "events/date/r0")
    assert not state.changed


def test_the_later_report_wins_and_on_one_day_the_later_row() -> None:
    """By reported date, then by place in the file; not by the order of knowing."""
    pipeline = built(
        project(),
        report("newest", BEFORE, stage="design"),
        report("older", "2025-11-10", stage="eia"),
        report("same-day", BEFORE, stage="construction"),
    )
    assert pipeline.projects[0].stage == "construction"


def test_all_the_latest_rows_that_agree_state_the_stage() -> None:
    """Two sources of one connection are both named; the stage before them is not."""
    pipeline = built(
        project(),
        report("install", BEFORE, stage="equipment"),
        report("one", EARLY, stage="commissioning"),
        report("two", LATE, stage="commissioning", same_as="one"),
    )
    assert pipeline.projects[0].events == ("one", "two")


def test_a_late_report_of_an_old_stage_moves_nothing() -> None:
    """A row told this week but reported before the stage in force changes no state."""
    late = event("late", "2025-11-18", known="2025-12-03", project="plant", stage="design")
    pipeline = built(project(), report("now", BEFORE, stage="construction"), late)
    assert pipeline.projects[0].stage == "construction"
    assert pipeline.stage_moves == ()


def test_capacity_kind_and_qualifier_left_empty_are_the_projects() -> None:
    """An event replaces value and unit; what it does not say stays as projects.csv says."""
    plant = project(capacity=Capacity(D(10), "kt/yr", "annual_output", "level"))
    assert built(plant, report("size", EARLY, capacity="20 kt/yr")).projects[0].capacity == Capacity(
        D(20), "kt/yr", "annual_output", "level"
    )


def test_a_capacity_without_a_unit_goes_on_in_the_unit_stated_last() -> None:
    """projects.csv says MWh, a report 2 GWh, the next one 3: that is 3 GWh, in state and change."""
    pipeline = built(
        project(capacity="500 MWh"),
        report("unit", BEFORE, capacity="2 GWh"),
        report("bare", EARLY, capacity=D(3)),
    )
    assert pipeline.projects[0].capacity == Capacity(D(3), "GWh")
    assert pipeline.capacity_changes == (CapacityChange("plant", D(2), "GWh", D(3), "GWh", ("bare",)),)


def test_what_was_known_too_late_tells_the_state_but_is_no_change() -> None:
    """29 days late: told in no issue, said once as a warning, and the state of before and after."""
    known = report("known", "2025-10-20", stage="design")
    late = event("late", "2025-11-01", known="2025-12-03", project="plant", stage="construction")
    pipeline = built(project(), known, late)
    assert pipeline.projects[0].stage == "construction"
    assert pipeline.stage_moves == ()
    assert codes(pipeline) == [("late_dropped", "events/late/r0")]
    assert codes(built(project(), known, late, period=W49.back(-1))) == []


def test_an_old_issue_does_not_see_what_was_known_too_late_after_it() -> None:
    """Run again with later knowledge, the issue of the reported date stands as it was printed."""
    known = report("known", "2025-10-20", stage="design")
    late = event("late", "2025-11-01", known="2025-12-03", project="plant", stage="construction")
    october = Period.containing(date(2025, 11, 1))
    assert built(project(), known, late, period=october).projects[0].stage == "design"


# ── the week's changes ──


def test_a_stage_move_names_all_the_weeks_rows_that_state_a_stage() -> None:
    """From the stage before the week to the one at its end, through whatever lies between."""
    pipeline = built(
        project(),
        report("before", BEFORE, stage="design"),
        report("first", EARLY, stage="construction"),
        report("silent", EARLY),
        report("second", LATE, stage="equipment"),
        report("next-week", AFTER, stage="pilot"),
    )
    assert pipeline.stage_moves == (StageMove("plant", "design", "equipment", ("first", "second")),)
    assert pipeline.changed_by_stage == (("equipment", 1),)
    assert codes(pipeline) == []


def test_the_same_stage_again_is_no_move() -> None:
    """A repeated report leaves the project unchanged."""
    pipeline = built(
        project(), report("before", BEFORE, stage="design"), report("again", EARLY, stage="design")
    )
    assert pipeline.stage_moves == ()
    assert not pipeline.projects[0].changed


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        ("2026-Q1", "2026-Q3", 183),
        ("2026-Q3", "2026-Q1", -183),
        ("2026", "2026-06-30", -184),
    ],
)
def test_a_slip_is_the_change_of_the_expected_intervals_end(before: str, after: str, days: int) -> None:
    """Worked: end of March to end of September 2026 is 183 days; earlier is negative."""
    pipeline = built(project(), report("old", BEFORE, expected=before), report("new", EARLY, expected=after))
    dates = PartialDate.parse(before), PartialDate.parse(after)
    assert pipeline.slips == (Slip("plant", *dates, days, ("new",)),)
    assert pipeline.projects[0].changed


def test_a_date_first_stated_or_put_more_finely_is_no_slip() -> None:
    """There was nothing to slip from; and `2026` and `2026-H2` end on the same day."""
    assert built(project(), report("a", BEFORE), report("b", EARLY, expected="2026")).slips == ()
    plant = project(expected="2026")
    assert built(plant, report("a", BEFORE), report("b", EARLY, expected="2026-H2")).slips == ()


def test_a_capacity_change_is_in_the_new_unit() -> None:
    """500 MWh to 2 GWh reads 0.5 → 2 GWh; the same in another unit is no change."""
    plant = project(capacity="500 MWh")
    pipeline = built(plant, report("a", BEFORE), report("b", EARLY, capacity="2 GWh"))
    assert pipeline.capacity_changes == (CapacityChange("plant", D("0.5"), "GWh", D(2), "GWh", ("b",)),)
    assert built(plant, report("a", BEFORE), report("b", EARLY, capacity="0.5 GWh")).capacity_changes == ()


def test_a_capacity_of_another_dimension_keeps_its_old_unit() -> None:
    """800 MWh of storage is not 2 GWh a year: both are printed as they were stated."""
    pipeline = built(
        project(capacity="800 MWh"), report("a", BEFORE), report("b", EARLY, capacity="2 GWh/yr")
    )
    (change,) = pipeline.capacity_changes
    assert (change.from_value, change.from_unit) == (D(800), "MWh")
    assert (change.to_value, change.unit) == (D(2), "GWh/yr")


def test_a_capacity_first_stated_is_no_change() -> None:
    """A change has two ends."""
    pipeline = built(project(), report("a", BEFORE), report("b", EARLY, capacity="1 GWh"))
    assert pipeline.capacity_changes == ()


def test_a_cancellation_is_a_stage_move_too() -> None:
    """It stands in both lists, and no warning calls it a skip."""
    pipeline = built(project(), report("a", BEFORE, stage="design"), report("end", EARLY, stage="cancelled"))
    assert pipeline.cancellations == pipeline.stage_moves
    assert pipeline.cancellations == (StageMove("plant", "design", "cancelled", ("end",)),)
    assert codes(pipeline) == []


# ── corrections ──


def corrected(before: tuple[Project, list[Event]], now: tuple[Project, list[Event]]) -> Pipeline:
    """The issue of W49 after rows that the issue of W48 knew as `before` were corrected."""
    (then, old), (plant, new) = before, now
    return build_pipeline(
        [plant], new, W49, MONDAY_AT_NINE, VOCABULARY, W49.end, before=([then], in_file_order(*old))
    )


def test_a_corrected_project_shows_what_changed() -> None:
    """Stage, date and capacity of projects.csv corrected: move, slip and change, without an event."""
    then = project(stage="design", expected="2026-Q1", capacity="1 GWh")
    plant = replace(then, stage="construction", capacity=Capacity(D(2), "GWh"), revision=1)
    plant = replace(plant, expected=PartialDate.parse("2026-Q3"))
    told = [report("known", BEFORE)]
    pipeline = corrected((then, told), (plant, told))
    assert pipeline.stage_moves == (StageMove("plant", "design", "construction", ()),)
    assert [slip.days for slip in pipeline.slips] == [183]
    assert pipeline.capacity_changes == (CapacityChange("plant", D(1), "GWh", D(2), "GWh", ()),)
    assert pipeline.projects[0].changed
    again = corrected((plant, told), (plant, told))
    assert (again.stage_moves, again.slips, again.capacity_changes) == ((), (), ())


def test_a_corrected_event_shows_what_changed_and_names_it() -> None:
    """A report told before, corrected since: the change leads from what it said to what it says."""
    old = report("row", BEFORE, stage="design", expected="2026-Q1", capacity="1 GWh")
    new = replace(
        report("row", BEFORE, known="2025-12-03", stage="pilot", expected="2026-Q3", capacity="2 GWh"),
        revision=1,
        first_known_at=at(BEFORE),
    )
    pipeline = corrected((project(), [old]), (project(), [new]))
    assert pipeline.stage_moves == (StageMove("plant", "design", "pilot", ("row",)),)
    assert [(slip.days, slip.events) for slip in pipeline.slips] == [(183, ("row",))]
    assert [change.events for change in pipeline.capacity_changes] == [("row",)]
    assert pipeline.new == ()


def test_a_report_that_turns_out_to_be_about_another_project_makes_that_one_new() -> None:
    """The plant it was told of goes back to where it stood; the plant it is about was not listed yet."""
    one = project("one", stage="announced", published_at=at("2025-01-01"))
    other = project("other", stage="announced")
    old = event("row", BEFORE, project="one", stage="design")
    new = replace(old, project="other", revision=1, first_known_at=at(BEFORE))
    pipeline = build_pipeline(
        [one, other], [new], W49, MONDAY_AT_NINE, VOCABULARY, W49.end, before=([one], [old])
    )
    assert pipeline.stage_moves == (StageMove("one", "design", "announced", ()),)
    assert pipeline.new == (NewProject("other", "design", ("row",)),)


def test_what_was_known_too_late_is_no_change_beside_a_correction_either() -> None:
    """A dropped report counts before and after; the correction made in the same week is a change."""
    late = event("late", "2025-11-01", known="2025-12-03", project="plant", stage="construction")
    old = report("size", BEFORE, capacity="1 GWh")
    new = replace(report("size", BEFORE, capacity="2 GWh"), revision=1)
    pipeline = corrected((project(), [old]), (project(), in_file_order(new, late)))
    assert pipeline.projects[0].stage == "construction"
    assert pipeline.stage_moves == ()
    assert [change.to_value for change in pipeline.capacity_changes] == [2]


# ── overdue ──


@pytest.mark.parametrize(("judged_on", "days"), [("2026-03-31", None), ("2026-04-01", 1), ("2026-04-30", 30)])
def test_overdue_begins_the_day_after_the_expected_intervals_end(judged_on: str, days: int | None) -> None:
    """`2026-Q1` is not past on 31 March."""
    plant = project(stage="construction", expected="2026-Q1")
    overdue = built(plant, judged_on=date.fromisoformat(judged_on)).overdue
    assert overdue == ((Overdue("plant", PartialDate.parse("2026-Q1"), days),) if days else ())


@pytest.mark.parametrize(
    ("stage", "milestone", "is_overdue"),
    [
        ("construction", "commissioning", True),
        ("commissioning", "commissioning", False),
        ("pilot", "commissioning", False),
        ("pilot", "production", True),  # no stage of the ladder
        ("pilot", None, True),
        ("mass_production", None, False),
        ("paused", None, False),
        ("cancelled", "commissioning", False),
        (None, "commissioning", True),
    ],
)
def test_overdue_ends_when_what_was_expected_is_there(
    stage: str | None, milestone: str | None, is_overdue: bool
) -> None:
    """Running, stopped, or at the expected milestone: nothing is overdue any more."""
    plant = project(stage=stage, expected="2025-11", expected_milestone=milestone)
    assert bool(built(plant).overdue) is is_overdue


# ── counts and totals ──


def test_projects_are_counted_by_stage_in_the_order_of_the_ladder() -> None:
    """No zeros; a project whose stage nobody states comes last."""
    stages = ["pilot", None, "design", "cancelled", "pilot"]
    followed = [project(f"p{n}", stage=stage) for n, stage in enumerate(stages)]
    assert built(followed).by_stage == (("design", 1), ("pilot", 2), ("cancelled", 1), ("not_stated", 1))


def test_capacities_add_only_within_segment_kind_dimension_and_stage() -> None:
    """Five groups of six projects: only the two alike are added, in the larger unit."""
    output = Capacity(D(3), "GWh", "annual_output")
    followed = [
        project("a", stage="pilot", capacity="2 GWh"),
        project("b", stage="pilot", capacity="250 MWh"),
        project("c", stage="design", capacity="1 GWh"),
        project("d", stage="pilot", capacity="1 GWh/yr"),
        project("e", stage="pilot", capacity=output),
        project("f", stage="pilot", capacity="1 GWh", segment="electrolyte"),
    ]
    assert built(followed).totals == (
        CapacityTotal("cell", "not_stated", "design", D(1), "GWh", 1, 0),
        CapacityTotal("cell", "annual_output", "pilot", D(3), "GWh", 1, 0),
        CapacityTotal("cell", "not_stated", "pilot", D("2.25"), "GWh", 2, 0),
        CapacityTotal("cell", "not_stated", "pilot", D(1), "GWh/yr", 1, 0),
        CapacityTotal("electrolyte", "not_stated", "pilot", D(1), "GWh", 1, 0),
    )


def test_levels_bounds_and_the_cancelled_are_left_out_and_counted() -> None:
    """A `level` of 10 kt adds nothing to 500 mt and does not choose the unit."""
    followed = [
        project("sum", stage="pilot", capacity="500 mt/yr"),
        project("level", stage="pilot", capacity=Capacity(D(10), "kt/yr", qualifier="level")),
        project("bound", stage="pilot", capacity=Capacity(D(1), "kt/yr", qualifier="up_to")),
        project("about", stage="pilot", capacity=Capacity(D(25), "mt/yr", qualifier="approx")),
        project("dead", stage="cancelled", capacity="1 kt/yr"),
    ]
    assert built(followed).totals == (
        CapacityTotal("cell", "not_stated", "pilot", D(525), "mt/yr", 2, 2),
        CapacityTotal("cell", "not_stated", "cancelled", None, "kt/yr", 0, 1),
    )


def test_projects_without_a_capacity_are_counted_apart() -> None:
    """They are in no total, and their number is told."""
    followed = [project("a"), project("b"), project("c", capacity="1 GWh")]
    assert built(followed).no_capacity == 2


@given(st.lists(st.decimals(D("0.000001"), D("1e15"), places=6), min_size=1, max_size=20))
def test_a_total_is_exact_and_written_without_exponent_or_idle_zeros(amounts: list[D]) -> None:
    """Sums of any size come out digit for digit, in a context of any precision."""
    followed = [
        project(f"p{n}", capacity=Capacity(amount, ("MWh", "GWh")[n % 2])) for n, amount in enumerate(amounts)
    ]
    with localcontext(prec=3):
        (total,) = built(followed).totals
    in_mwh = sum(int(amount * 10**6) * (1, 1000)[n % 2] for n, amount in enumerate(amounts))
    scale = 10**9 if total.unit == "GWh" else 10**6
    assert total.value is not None
    numerator, denominator = total.value.as_integer_ratio()
    assert numerator * scale == in_mwh * denominator
    written = str(total.value)
    assert "E" not in written
    assert "." not in written or not written.endswith("0")


# ── oddities ──


def test_a_skip_and_a_step_back_are_warnings_of_the_event_that_makes_them() -> None:
    """Design → pilot skips three stages; pilot → sampling is the next; sampling → design is back."""
    pipeline = built(
        project(),
        report("before", BEFORE, stage="design"),
        report("skip", "2025-12-01", stage="pilot"),
        report("next", EARLY, stage="sampling"),
        report("back", LATE, stage="design"),
    )
    assert codes(pipeline) == [("stage_skip", "events/skip/r0"), ("stage_back", "events/back/r0")]
    assert pipeline.warnings[0].text == "plant: design → pilot skips construction, equipment, commissioning"


def test_a_warning_is_said_only_in_the_week_of_its_event() -> None:
    """Next week's issue does not repeat it."""
    events = report("before", BEFORE, stage="design"), report("skip", EARLY, stage="pilot")
    assert codes(built(project(), *events, period=W49.back(-1))) == []


def test_a_first_stage_and_a_stage_off_the_ladder_never_warn() -> None:
    """A project may begin anywhere, pause, and go on from where it likes."""
    pipeline = built(
        project(),
        report("first", "2025-12-01", stage="pilot"),
        report("pause", EARLY, stage="paused"),
        report("on", LATE, stage="design"),
    )
    assert codes(pipeline) == []


def test_each_segment_climbs_its_own_ladder() -> None:
    """Commissioning → grid connected is a storage plant's next step; installing → connected skips one."""
    plant = project(segment="pack_ess")
    events = report("before", BEFORE, stage="commissioning"), report("grid", EARLY, stage="grid_connected")
    assert codes(built(plant, *events)) == []
    events = report("before", BEFORE, stage="equipment"), report("grid", EARLY, stage="grid_connected")
    assert codes(built(plant, *events)) == [("stage_skip", "events/grid/r0")]


def test_two_stages_of_one_project_on_one_day_conflict() -> None:
    """Sources that contradict each other are shown to the analyst, once, and as no skip."""
    pipeline = built(
        project(),
        report("before", BEFORE, stage="design"),
        report("one", EARLY, stage="construction"),
        report("other", EARLY, stage="pilot"),
    )
    assert codes(pipeline) == [("stage_conflict", "events/other/r0")]


def test_a_conflict_is_said_in_the_week_that_tells_its_second_row() -> None:
    """Not again later; and a row that comes in late conflicts with what was told, wherever it stands."""
    late = event("late", EARLY, known="2025-12-09", project="plant", stage="construction")
    events = late, report("told", EARLY, stage="pilot")
    in_week = [codes(built(project(), *events, period=W49.back(-week))) for week in range(3)]
    assert in_week == [[], [("stage_conflict", "events/late/r0")], []]


# ── properties ──

START = date(2025, 9, 1)


@st.composite
def courses(draw: st.DrawFn) -> list[Event]:
    """Events of three plants over nine weeks, any delay up to 40 days, any stage and date."""
    events = []
    for n in range(draw(st.integers(0, 10))):
        day = START + timedelta(days=draw(st.integers(0, 62)))
        delay = timedelta(minutes=draw(st.integers(0, 40 * 24 * 60)))
        row = event(
            f"e{n}",
            str(day),
            project=draw(st.sampled_from(["a", "b", "c"])),
            stage=draw(st.none() | st.sampled_from([*PLANT, "paused", "cancelled"])),
            expected=draw(st.none() | st.sampled_from(["2025-Q4", "2026", "2026-H1", "2027"])),
            capacity=draw(st.none() | st.sampled_from(["1 GWh", "500 MWh", "2 GWh/yr"])),
        )
        events.append(replace(row, known_at=datetime.combine(day, time(0), SHANGHAI) + delay))
    return in_file_order(*events)


FOLLOWED = [
    project("a"),
    project("b", stage="design", expected="2026", capacity="1 GWh"),
    project("c", published_at=at("2025-01-01")),
]


def at_week(events: list[Event], period: Period, projects: list[Project] = FOLLOWED) -> Pipeline:
    known = [one for one in events if one.known_at <= MONDAY_AT_NINE(period)]
    return build_pipeline(projects, known, period, MONDAY_AT_NINE, VOCABULARY, period.end)


@settings(max_examples=60, deadline=None)
@given(courses(), st.integers(0, 12))
def test_what_an_issue_counts_is_what_it_lists(events: list[Event], week: int) -> None:
    """Counts by stage add up to the projects; changed ones are new, moved, slipped or resized."""
    pipeline = at_week(events, Period.containing(START).back(-week))
    assert sum(count for _, count in pipeline.by_stage) == len(pipeline.projects)
    counted = sum(total.projects + total.left_out for total in pipeline.totals)
    assert counted + pipeline.no_capacity == len(pipeline.projects)
    new = {one.project for one in pipeline.new}
    others = {one.project for one in (*pipeline.stage_moves, *pipeline.slips, *pipeline.capacity_changes)}
    assert not new & others
    assert {state.project.id for state in pipeline.projects if state.changed} == new | others


@settings(max_examples=60, deadline=None)
@given(courses())
def test_the_weekly_moves_lead_from_each_issues_stages_to_the_nexts(events: list[Event]) -> None:
    """A stage differs from the issue before only by a move, unless what changed it came too late."""
    timely = [one for one in events if (one.known_at.date() - one.reported_on).days <= 28]
    stages: dict[str, str | None] = {}
    for week in range(14):
        pipeline = at_week(timely, Period.containing(START).back(-week))
        moves = {move.project: (move.from_stage, move.to_stage) for move in pipeline.stage_moves}
        new = {one.project for one in pipeline.new}
        for state in pipeline.projects:
            one = state.project.id
            if one in stages and one not in new and stages[one] != state.stage:
                assert moves.pop(one) == (stages[one], state.stage)
            stages[one] = state.stage
        assert not moves


@settings(max_examples=60, deadline=None)
@given(courses(), st.integers(0, 12))
def test_later_knowledge_changes_no_old_issue(events: list[Event], week: int) -> None:
    """What becomes known after the cut-off is in no state and no change of the period."""
    period = Period.containing(START).back(-week)
    published = [replace(one, published_at=at("2025-01-01")) for one in FOLLOWED]
    again = build_pipeline(published, events, period, MONDAY_AT_NINE, VOCABULARY, period.end)
    assert again == at_week(events, period, published)


Chain = list[tuple[datetime, Event]]


@st.composite
def chains(draw: st.DrawFn) -> list[Chain]:
    """Timely events of three plants, each with up to two corrections of any of its statements."""
    made = []
    for row in draw(courses()):
        known = min(row.known_at, datetime.combine(row.reported_on, time(0), SHANGHAI) + timedelta(days=27))
        first = replace(row, known_at=known, first_known_at=known, first_reported_on=row.reported_on)
        chain = [(known, first)]
        for revision in range(1, draw(st.integers(1, 3))):
            known += timedelta(minutes=draw(st.integers(1, 30 * 24 * 60)))
            other = replace(
                first,
                revision=revision,
                known_at=known,
                reported_on=row.reported_on + timedelta(days=draw(st.integers(-9, 9))),
                stage=draw(st.none() | st.sampled_from([*PLANT, "paused"])),
                expected=draw(st.none() | st.builds(PartialDate.parse, st.sampled_from(["2026", "2027"]))),
                capacity=draw(st.none() | st.sampled_from([D(1), D(2)])),
                capacity_unit="GWh",
            )
            chain.append((known, other))
        made.append(chain)
    return made


def known_by(chains: list[Chain], moment: datetime) -> list[Event]:
    """The current revision of every event, as a snapshot of that moment holds it."""
    known = [[row for since, row in chain if since <= moment] for chain in chains]
    return [rows[-1] for rows in known if rows]


@settings(max_examples=60, deadline=None)
@given(chains(), st.lists(st.tuples(st.integers(0, 90), st.sampled_from(PLANT)), max_size=2))
def test_corrections_are_told_once_each_in_the_week_that_learns_of_them(
    events: list[Chain], restated: list[tuple[int, str]]
) -> None:
    """With rows of both tables corrected at any time, what is printed leads from issue to issue."""

    def plants(moment: datetime) -> list[Project]:
        said = [stage for days, stage in sorted(restated) if START + timedelta(days=days) <= moment.date()]
        return [FOLLOWED[0], replace(FOLLOWED[1], stage=[None, *said][-1]), FOLLOWED[2]]

    before: dict[str, ProjectState] = {}
    for week in range(-2, 16):
        period = Period.containing(START).back(-week)
        now, then = MONDAY_AT_NINE(period), MONDAY_AT_NINE(period.back())
        pipeline = build_pipeline(
            plants(now), known_by(events, now), period, MONDAY_AT_NINE, VOCABULARY, period.end,
            before=(plants(then), known_by(events, then)),
        )  # fmt: skip
        moves = {move.project: (move.from_stage, move.to_stage) for move in pipeline.stage_moves}
        slips = {slip.project: (slip.from_date, slip.to_date) for slip in pipeline.slips}
        sizes = {one.project for one in pipeline.capacity_changes}
        new = {one.project for one in pipeline.new}
        for state in pipeline.projects:
            id, old = state.project.id, before.get(state.project.id)
            before[id] = state
            if old is None or id in new:
                continue
            if state.stage is not None and state.stage != old.stage:
                assert moves.pop(id) == (old.stage, state.stage)
            if old.expected and state.expected and old.expected.end != state.expected.end:
                assert slips.pop(id) == (old.expected, state.expected)
            if old.capacity.value and state.capacity.value and amount(old) != amount(state):
                sizes.remove(id)
        assert (moves, slips, sizes) == ({}, {}, set())


def amount(state: ProjectState) -> tuple[str, D]:
    assert state.capacity.value is not None
    unit = VOCABULARY.units[state.capacity.unit or ""]
    return unit.dimension, state.capacity.value * unit.factor
