"""The tables of projects: the week's moves, the projects followed, the capacity totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.calendar import PartialDate
from reporter.language import Language
from reporter.market.pipeline import ProjectState
from reporter.records.model import NOT_STATED

UNSAID = (NOT_STATED, "na")


@dataclass(frozen=True, slots=True)
class Move:
    """What happened to one project. `before` and `after` are stages as pills, `words` what else to say."""

    name: str
    what: str
    before: str = ""
    after: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project followed."""

    name: str
    segment: str
    route: str
    capacity: str
    stage: str
    expected: str
    changed: bool


@dataclass(frozen=True, slots=True)
class TotalRow:
    """One sum of capacities, and how many projects it adds and leaves out."""

    segment: str
    kind: str
    stage: str
    total: str
    projects: int
    left_out: int


def moves(issue: Issue, prose: Prose) -> tuple[Move, ...]:
    """Yields the week's moves: stages first, then what is new, slipped, resized, overdue.

    Stage moves (cancellations are such) and new projects come in the order of the week's stories.
    """
    return tuple(_moves(issue, prose))


def rank(issue: Issue, events: tuple[str, ...]) -> int:
    """Yields how high the first of the stories that these events belong to ranks, 0 the highest."""
    told = (n for n, story in enumerate(issue.stories) if any(row.id in events for row in story.rows))
    return next(told, len(issue.stories))


def _moves(issue: Issue, prose: Prose) -> Iterator[Move]:
    say, pipeline = prose.say, issue.pipeline
    states = {state.project.id: state for state in pipeline.projects}
    for move in sorted(pipeline.stage_moves, key=lambda move: rank(issue, move.events)):
        name = _with_capacity(prose, states[move.project])
        yield Move(name, say("move.stage"), prose.stage(move.from_stage), prose.stage(move.to_stage))
    for new in sorted(pipeline.new, key=lambda new: rank(issue, new.events)):
        state = states[new.project]
        expected = prose.expected(state) if state.expected else ""
        yield Move(_with_capacity(prose, state), say("move.new"), "", prose.stage(new.stage), expected)
    for slip in pipeline.slips:
        words = say(
            "move.slip.later" if slip.days > 0 else "move.slip.earlier",
            old=say.partial(slip.from_date),
            new=say.partial(slip.to_date),
            n=abs(slip.days),
        )
        yield Move(prose.project_name(slip.project), say("move.slip"), words=words)
    for change in pipeline.capacity_changes:
        words = say(
            "move.capacity.from_to",
            old=say.quantity(change.from_value, change.from_unit),
            new=say.quantity(change.to_value, change.unit),
        )
        yield Move(prose.project_name(change.project), say("move.capacity"), words=words)
    for overdue in pipeline.overdue:
        words = say("move.overdue.by", date=say.partial(overdue.expected), n=overdue.days)
        yield Move(prose.project_name(overdue.project), say("move.overdue"), words=words)


def _with_capacity(prose: Prose, state: ProjectState) -> str:
    """Yields `company · project, 100 MWh`; a capacity that the name states is not said twice."""
    name, capacity = prose.project_name(state.project.id), prose.say.capacity(state.capacity)
    if not capacity or capacity in name:
        return name
    return prose.say("list.facts").join((name, capacity))


def project_rows(issue: Issue, prose: Prose) -> tuple[ProjectRow, ...]:
    """Yields the projects followed, those that changed this week first."""
    states = sorted(issue.pipeline.projects, key=lambda state: not state.changed)
    return tuple(_project_row(issue, prose, state) for state in states)


def _project_row(issue: Issue, prose: Prose, state: ProjectState) -> ProjectRow:
    say, words, project = prose.say, issue.vocabulary, state.project
    route = [say.label(words.routes, project.route)] if project.route not in UNSAID else []
    kind = [say.label(words.states, project.state)] if project.state not in UNSAID else []
    return ProjectRow(
        prose.marked_project(state),
        say.label(words.segments, project.segment),
        say("list.names").join(route + kind) or say("table.none"),
        say.capacity(state.capacity) or say("table.none"),
        prose.stage(state.stage) or say("table.none"),
        short_partial(say, state.expected) if state.expected else say("table.none"),
        state.changed,
    )


def short_partial(say: Language, partial: PartialDate) -> str:
    """Yields a partial date as a table has room for it: `6 Dec 2025`, `Dec 2025`, else as everywhere."""
    if partial.start == partial.end:
        return say.date(partial.start, "short")
    whole_month = partial.start.month == partial.end.month
    return say.date(partial.start, "month_short") if whole_month else say.partial(partial)


def total_rows(issue: Issue, prose: Prose) -> tuple[TotalRow, ...]:
    """Yields the capacity totals; only what is comparable is added."""
    say, words = prose.say, issue.vocabulary
    return tuple(
        TotalRow(
            say.label(words.segments, total.segment),
            say.label(words.capacity_kinds, total.kind),
            prose.stage(total.stage),
            say.quantity(total.value, total.unit) if total.value is not None else say("table.none"),
            total.projects,
            total.left_out,
        )
        for total in issue.pipeline.totals
    )
