"""Projects and the week's changes: what is new, moved, slipped, changed its size or is overdue.

The values come first, then `build_pipeline` and what it is made of. How a project stands at a moment is
in `states`, what is added to what in `totals`, which week an event belongs to in `telling`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from reporter.calendar import PartialDate, Period
from reporter.market.news import Story
from reporter.market.numbers import plain
from reporter.market.oddities import pipeline_warnings
from reporter.market.quality import Finding
from reporter.market.states import ProjectState, project_state
from reporter.market.telling import Cutoff, Told, by_project, told_by
from reporter.market.totals import CapacityTotal, base_amount, capacity_totals, in_unit, unit_of
from reporter.records.model import NOT_STATED, Event, Project, Vocabulary

__all__ = [
    "CapacityChange",
    "CapacityTotal",
    "Known",
    "NewProject",
    "Overdue",
    "Pipeline",
    "ProjectState",
    "Slip",
    "StageMove",
    "Story",
    "build_pipeline",
]


Known = tuple[Sequence[Project], Sequence[Event]]
"""The projects and events that some issue knew, in the revisions that it knew."""


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project whose first event is this period's."""

    project: str
    stage: str | None
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageMove:
    """A project that changed its stage this period."""

    project: str
    from_stage: str | None
    to_stage: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """An expected date that moved; `days` is the change of the interval's end, negative if earlier."""

    project: str
    from_date: PartialDate
    to_date: PartialDate
    days: int
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CapacityChange:
    """A capacity that changed, both values in `unit` (`from_unit` differs only in another dimension)."""

    project: str
    from_value: Decimal
    from_unit: str
    to_value: Decimal
    unit: str
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """A project whose expected date is past while it does not run yet; `days` past its end."""

    project: str
    expected: PartialDate
    days: int


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The projects followed and the week's changes. `by_stage` is in ladder order, no zeros.

    `changed_by_stage` counts those of `by_stage` that are new or moved this period;
    `no_capacity` the projects whose capacity nobody states.
    """

    projects: tuple[ProjectState, ...]
    new: tuple[NewProject, ...]
    stage_moves: tuple[StageMove, ...]
    slips: tuple[Slip, ...]
    capacity_changes: tuple[CapacityChange, ...]
    cancellations: tuple[StageMove, ...]
    overdue: tuple[Overdue, ...]
    by_stage: tuple[tuple[str, int], ...]
    changed_by_stage: tuple[tuple[str, int], ...]
    totals: tuple[CapacityTotal, ...]
    no_capacity: int
    warnings: tuple[Finding, ...]


def build_pipeline(
    projects: Sequence[Project],
    events: Sequence[Event],
    period: Period,
    cutoff: Cutoff,
    vocabulary: Vocabulary,
    judged_on: date,
    *,
    before: Known | None = None,
) -> Pipeline:
    """Yields the projects as they stand after `period`'s issue, and what changed in that period.

    `events` are the current revisions known at as-of, in file order; `projects` those that as-of may
    know: without a `published_at` of its own and without any of these events, a project is taken to be
    one that nobody reports about, and is listed always. `before` are the rows that the issue before knew,
    as it knew them (default: no row was corrected since). What is overdue is judged on `judged_on`.
    Source of the definitions: docs/figures-projects.md.
    """
    told = told_by(events, period, cutoff)
    then_projects, then_events = before or (projects, events)
    weeks = _weeks(projects, events, told, then_projects, told_by(then_events, period, cutoff))
    new = _each(weeks, _new)
    known = [week for week in weeks if not week.is_new]  # what is new has not also moved
    moves, slips = _each(known, _move), _each(known, _slip)
    capacity_changes = _each(known, lambda week: _capacity_change(week, vocabulary))
    started = {one.project for one in new} | {move.project for move in moves}
    changed = started | {slip.project for slip in slips} | {one.project for one in capacity_changes}
    states = tuple(replace(week.after, changed=week.after.project.id in changed) for week in weeks)
    return Pipeline(
        projects=states,
        new=new,
        stage_moves=moves,
        slips=slips,
        capacity_changes=capacity_changes,
        cancellations=tuple(move for move in moves if move.to_stage in vocabulary.dead),
        overdue=_each(states, lambda state: _overdue(state, vocabulary, judged_on)),
        by_stage=_by_stage(states, vocabulary),
        changed_by_stage=_by_stage((one for one in states if one.project.id in started), vocabulary),
        totals=capacity_totals(states, vocabulary),
        no_capacity=sum(state.capacity.value is None for state in states),
        warnings=pipeline_warnings(projects, told, period, cutoff, vocabulary),
    )


@dataclass(frozen=True, slots=True)
class _ProjectWeek:
    """One project before and after the period. `reports` are the events it owes to it: told or corrected."""

    before: ProjectState
    after: ProjectState
    reports: tuple[Event, ...]
    is_new: bool

    @property
    def id(self) -> str:
        return self.after.project.id

    def events(self, states: Callable[[Event], object]) -> tuple[str, ...]:
        """Yields the ids of the period's events that state something."""
        return tuple(event.id for event in self.reports if states(event) is not None)


def _weeks(
    projects: Sequence[Project],
    events: Sequence[Event],
    told: Told,
    then_projects: Sequence[Project],
    then_told: Told,
) -> list[_ProjectWeek]:
    """Yields every project that exists at the period's end, in the order of `projects`.

    What became known too late for any issue counts before the period as after it: it is no change.
    """
    then = (*then_told.earlier, *then_told.dropped)
    ids = {event.id for event in then}
    too_late = [event for event in told.dropped if event.id not in ids]
    before, now = by_project((*then, *too_late)), by_project((*told.earlier, *told.dropped, *told.now))
    was = {project.id: project for project in then_projects}
    reported = {event.project for event in events}
    weeks = []
    for project in projects:
        past, present = before.get(project.id, []), now.get(project.id, [])
        if present or project.published_at is not None or project.id not in reported:
            old = project_state(was.get(project.id, project), past)
            known = {event.key for event in past}
            reports = tuple(event for event in present if event.key not in known)
            is_new = bool(present) and not past
            weeks.append(_ProjectWeek(old, project_state(project, present), reports, is_new))
    return weeks


_T = TypeVar("_T")
_Found = TypeVar("_Found")


def _each(things: Iterable[_T], find: Callable[[_T], _Found | None]) -> tuple[_Found, ...]:
    return tuple(found for thing in things if (found := find(thing)) is not None)


def _new(week: _ProjectWeek) -> NewProject | None:
    if not week.is_new:
        return None
    return NewProject(week.id, week.after.stage, tuple(event.id for event in week.reports))


def _move(week: _ProjectWeek) -> StageMove | None:
    before, after = week.before.stage, week.after.stage
    if after is None or after == before:
        return None
    return StageMove(week.id, before, after, week.events(lambda event: event.stage))


def _slip(week: _ProjectWeek) -> Slip | None:
    """Yields the move of the expected date's end; a date first stated has not slipped."""
    before, after = week.before.expected, week.after.expected
    if before is None or after is None or before.end == after.end:
        return None
    days = (after.end - before.end).days
    return Slip(week.id, before, after, days, week.events(lambda event: event.expected))


def _capacity_change(week: _ProjectWeek, vocabulary: Vocabulary) -> CapacityChange | None:
    """Yields the change in the new figure's unit; across dimensions both units stay as they are."""
    before, after, units = week.before.capacity, week.after.capacity, vocabulary.units
    if before.value is None or after.value is None:
        return None
    value, unit = before.value, before.unit or ""
    to_unit = after.unit or ""
    if unit_of(unit, units).dimension == unit_of(to_unit, units).dimension:
        amount = base_amount(value, unit, units)
        if amount == base_amount(after.value, to_unit, units):
            return None
        value, unit = in_unit(amount, to_unit, units), to_unit
    events = week.events(lambda event: event.capacity)
    return CapacityChange(
        week.id,
        plain(Fraction(value)),
        unit,
        plain(Fraction(after.value)),
        to_unit,
        events,
    )


def _overdue(state: ProjectState, vocabulary: Vocabulary, judged_on: date) -> Overdue | None:
    """Yields by how long the expected date is past, while what was expected has not come."""
    if state.expected is None or state.expected.end >= judged_on:
        return None
    if state.stage in vocabulary.running or state.stage in vocabulary.off_ladder:
        return None
    ladder, milestone = vocabulary.ladder(state.project.segment), state.project.expected_milestone
    if state.stage in ladder and milestone in ladder and ladder.index(state.stage) >= ladder.index(milestone):
        return None
    return Overdue(state.project.id, state.expected, (judged_on - state.expected.end).days)


def _by_stage(states: Iterable[ProjectState], vocabulary: Vocabulary) -> tuple[tuple[str, int], ...]:
    counts = Counter(state.stage or NOT_STATED for state in states)
    order = dict.fromkeys((*vocabulary.stages, NOT_STATED))
    return tuple((stage, counts[stage]) for stage in order if counts[stage])
