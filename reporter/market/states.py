"""How a project stands at a moment: its stage, capacity and expected date, and what says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reporter.calendar import PartialDate
from reporter.market.telling import in_order
from reporter.records.model import NOT_STATED, Capacity, Event, Project


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project as it stands at the period's end. `events` are the ids that state its stage.

    `changed` tells that it is new, moved, slipped or changed its capacity this period.
    """

    project: Project
    stage: str | None
    capacity: Capacity
    expected: PartialDate | None
    events: tuple[str, ...]
    records: tuple[str, ...]
    changed: bool = False


def project_state(project: Project, events: Iterable[Event]) -> ProjectState:
    """Yields how `project` stands after its `events`, given in any order.

    Each of stage, capacity and expected date is that of the latest event that states it, else that of
    `projects.csv`. `events` of the state are the latest ones that agree on the stage; `records` are the
    keys of the project and of every event that the state rests on.
    """
    stage, capacity, expected = project.stage, project.capacity, project.expected
    stage_events: list[Event] = []
    capacity_event = expected_event = None
    for event in sorted(events, key=in_order):
        if event.stage is not None:
            stage_events = [*stage_events, event] if event.stage == stage else [event]
            stage = event.stage
        if event.capacity is not None:
            # A bare number goes on in the unit of the statement before it.
            inherited = replace(project.capacity, unit=capacity.unit)
            capacity, capacity_event = stated_capacity(event, inherited), event
        if event.expected is not None:
            expected, expected_event = event.expected, event
    basis = (project, *stage_events, capacity_event, expected_event)
    return ProjectState(
        project=project,
        stage=stage,
        capacity=capacity,
        expected=expected,
        events=tuple(event.id for event in stage_events),
        records=tuple(dict.fromkeys(record.key for record in basis if record)),
    )


def stated_capacity(event: Event, inherited: Capacity = Capacity()) -> Capacity:  # noqa: B008 - frozen
    """Yields the capacity that `event` states: its value and unit, the empty fields `inherited`.

    An event without a value states none and inherits the whole.
    """
    if event.capacity is None:
        return inherited
    return Capacity(
        value=event.capacity,
        unit=event.capacity_unit or inherited.unit,
        kind=event.capacity_kind or inherited.kind or NOT_STATED,
        qualifier=event.capacity_qualifier or inherited.qualifier,
    )
