"""Projects and news: stages, moves, slips, capacity, totals; which story belongs to which period."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from reporter.calendar import PartialDate
from reporter.records.model import Capacity, Event, Project


@dataclass(frozen=True, slots=True)
class Story:
    """One story, told once: `head` is the row whose words are printed, `rows` all its rows.

    `late` tells that it was reported before the period (labelled "reported …"). `capacity` is the
    head's, what it leaves empty inherited from the project; None where neither states a value.
    """

    head: Event
    rows: tuple[Event, ...]
    late: bool
    capacity: Capacity | None = None


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
class CapacityTotal:
    """A sum within one segment, kind, dimension and stage; None where every project was left out.

    `projects` were added, `left_out` are `level` and `up_to` figures and cancelled projects.
    """

    segment: str
    kind: str
    stage: str
    value: Decimal | None
    unit: str
    projects: int
    left_out: int


@dataclass(frozen=True, slots=True)
class PipelineWarning:
    """An oddity worth the analyst's eye: `stage_skip`, `stage_back`, `late_dropped`, …."""

    code: str
    record: str
    text: str


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
    warnings: tuple[PipelineWarning, ...]
