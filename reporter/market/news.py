"""The week's stories: the rows of one story joined, each told once, and which matter most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from reporter.calendar import Period
from reporter.market.states import project_state, stated_capacity
from reporter.market.telling import Cutoff, by_project, in_order, told_by
from reporter.market.totals import base_amount, unit_of
from reporter.records.model import NOT_STATED, Capacity, Event, Project, Vocabulary

PROJECT_SCORE = 3
SOURCE_SCORE = 2


@dataclass(frozen=True, slots=True)
class Story:
    """One story, told once: `head` is the row whose words are printed, `rows` all its rows.

    `late` tells that it was reported before the period (labelled "reported …"). `capacity` is the
    head's, what it leaves empty inherited from the project; None where neither states a value.
    `segment` is the head's, else its project's.
    """

    head: Event
    rows: tuple[Event, ...]
    late: bool
    capacity: Capacity | None = None
    segment: str = NOT_STATED


def news(
    events: Sequence[Event], projects: Sequence[Project], period: Period, cutoff: Cutoff
) -> tuple[Story, ...]:
    """Yields the stories that `period`'s issue tells, by the head's reported date, then file order.

    `events` are the current revisions known at as-of, in file order; `cutoff` gives the moment whose
    knowledge a period's issue prints. Source of the rules: docs/figures-projects.md, "News".
    """
    told = told_by(events, period, cutoff)
    seen = (*told.earlier, *told.dropped, *told.now)
    links = {event.id: event.same_as for event in seen if event.same_as}
    told_before = {story_root(event.id, links) for event in told.earlier}
    groups: dict[str, list[Event]] = {}
    for event in sorted(told.now, key=in_order):
        groups.setdefault(story_root(event.id, links), []).append(event)
    companions, by_id = by_project(seen), {project.id: project for project in projects}
    stories = []
    for root, rows in groups.items():
        if root not in told_before:
            head = next((row for row in rows if row.id == root), rows[0])
            project = by_id.get(head.project or "")
            stories.append(_story(head, rows, period, project, companions.get(head.project or "", [])))
    return tuple(sorted(stories, key=lambda story: in_order(story.head)))


def story_root(row: str, links: Mapping[str, str]) -> str:
    """Yields the event that a row's story hangs on, through chains; it need not be known itself."""
    passed = {row}
    while (target := links.get(row)) is not None and target not in passed:
        passed.add(target)
        row = target
    return row


def _story(
    head: Event, rows: Sequence[Event], period: Period, project: Project | None, reports: Sequence[Event]
) -> Story:
    """Yields the story; `reports` are the project's events, of which those up to the head count."""
    if project is None:
        capacity = stated_capacity(head)
    else:
        until = [event for event in reports if in_order(event) <= in_order(head)]
        capacity = project_state(project, until).capacity
    return Story(
        head=head,
        rows=tuple(rows),
        late=all(row.reported_on < period.start for row in rows),
        capacity=None if capacity.value is None else capacity,
        segment=head.segment or (project.segment if project else NOT_STATED),
    )


def rank_stories(
    stories: Sequence[Story], weights: Mapping[str, int], vocabulary: Vocabulary
) -> tuple[Story, ...]:
    """Yields the stories, most important first; `weights` give what each event type is worth.

    Source of the rule: docs/figures-projects.md, "The most important news".
    """
    tied: dict[int, list[Story]] = {}
    for story in stories:
        tied.setdefault(_score(story, weights, vocabulary), []).append(story)
    return tuple(
        story for score in sorted(tied, reverse=True) for story in _order_tied(tied[score], vocabulary)
    )


def _score(story: Story, weights: Mapping[str, int], vocabulary: Vocabulary) -> int:
    head = story.head
    score = weights.get(head.type, 0) + SOURCE_SCORE * (len(story.rows) - 1)
    if head.project is not None:
        score += PROJECT_SCORE
    if head.stage is not None:
        ladder = vocabulary.ladder(story.segment)
        score += ladder.index(head.stage) if head.stage in ladder else len(ladder)
    return score


def _order_tied(stories: Sequence[Story], vocabulary: Vocabulary) -> list[Story]:
    """Yields stories of one score: the larger capacity, the later report, then the id.

    Capacities count only where all that are stated have one dimension: compared in pairs, three stories
    could each come before the next.
    """
    units = vocabulary.units
    stated = [story.capacity for story in stories if story.capacity]
    one_dimension = len({unit_of(capacity.unit, units).dimension for capacity in stated}) == 1

    def place(story: Story) -> tuple[Fraction, int, str]:
        size = Fraction(0)
        if one_dimension and story.capacity and story.capacity.value is not None:
            size = base_amount(story.capacity.value, story.capacity.unit, units)
        return -size, -story.head.reported_on.toordinal(), story.head.id

    return sorted(stories, key=place)
