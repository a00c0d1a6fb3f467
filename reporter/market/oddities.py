"""What the analyst should look at among the week's events: odd steps, contradictions, late reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reporter.calendar import Period
from reporter.market.quality import Finding
from reporter.market.telling import LATEST_DAYS, Cutoff, Told, by_project, first_known, in_order
from reporter.records.model import Event, Project, Vocabulary


def pipeline_warnings(
    projects: Sequence[Project], told: Told, period: Period, cutoff: Cutoff, vocabulary: Vocabulary
) -> tuple[Finding, ...]:
    """Yields the oddities of `period`'s events: those known too late by file, then stages by project.

    Codes: `late_dropped`, `stage_skip`, `stage_back`, `stage_conflict`.
    """
    previous_issue = cutoff(period.back())
    odd = [
        Finding("late_dropped", event.key, _late_text(event))
        for event in told.dropped
        if first_known(event) > previous_issue  # said once: in the issue after it became known
    ]
    reports = by_project((*told.earlier, *told.dropped, *told.now))
    now = {event.id for event in told.now}
    for project in projects:
        odd.extend(_stage_warnings(project, reports.get(project.id, []), now, vocabulary))
    return tuple(odd)


def _late_text(event: Event) -> str:
    return (
        f"{event.id}, reported {event.reported_on}, became known more than {LATEST_DAYS} days later: "
        "no issue tells it, its project's state counts it"
    )


def _stage_warnings(
    project: Project, events: Sequence[Event], now: set[str], vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Yields what is odd about each stage that one of the events `now` states, against the one before."""
    before: Event | None = None
    for event in sorted(events, key=in_order):
        if event.stage is None:
            continue
        stage = before.stage if before else project.stage
        if before and before.reported_on == event.reported_on:
            if stage != event.stage and now & {before.id, event.id}:
                odd = event if event.id in now else before
                text = f"{project.id}: {stage} and {event.stage} on the same day"
                yield Finding("stage_conflict", odd.key, text)
        elif stage is not None and event.id in now:
            yield from _step_warning(project, stage, event, event.stage, vocabulary)
        before = event


def _step_warning(
    project: Project, stage: str, event: Event, to_stage: str, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """Yields a skip or a step back; a stage off the project's ladder can be entered from anywhere."""
    ladder = vocabulary.ladder(project.segment)
    if stage not in ladder or to_stage not in ladder:
        return
    start, end = ladder.index(stage), ladder.index(to_stage)
    step = f"{project.id}: {stage} → {to_stage}"
    if end < start:
        yield Finding("stage_back", event.key, f"{step} is a step back")
    elif end > start + 1:
        skipped = ", ".join(ladder[start + 1 : end])
        yield Finding("stage_skip", event.key, f"{step} skips {skipped}")
