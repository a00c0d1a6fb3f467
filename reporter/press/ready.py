"""Is an issue ready to go out? Built as of a moment, judged by the gate, without what that leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from reporter.bulletin.build import build_issue
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Step
from reporter.calendar import Period
from reporter.errors import HeldError, NothingToDo, Problem
from reporter.press.desk import Desk, Prepared, prepare, silent
from reporter.press.gate import WAITABLE, Verdict, hold, judge
from reporter.press.reissue import replaced_version, says_the_same
from reporter.press.slots import Slot
from reporter.press.versions import Replaced
from reporter.records.snapshot import Snapshot, take_snapshot

_WAITED = "published as it was when the time to wait was over"


@dataclass(frozen=True)
class Job:
    """One version to publish.

    `as_of` is the moment whose knowledge counts, `slot` the slot that it fills, None for an ad-hoc issue;
    `reason` is a re-issue's.
    """

    period: Period
    as_of: datetime
    version: int = 1
    slot: Slot | None = None
    languages: tuple[str, ...] = ()
    output: Path | None = None
    reason: str | None = None


def ready(desk: Desk, job: Job, overrides: Mapping[str, str], now: datetime, step: Step = silent) -> Prepared:
    """Yields the issue, ready to be printed.

    `overrides` are reasons by rule. Raises HeldError with every rule that holds it, RecordsError where a
    record cannot be printed, NothingToDo where nothing is known of the week, or a re-issue says nothing new.
    """
    snapshot = take_snapshot(desk.records, job.as_of)
    step(f"figures of {job.period.week}")
    prepared, replaced = _built(desk, job, snapshot, {})
    verdict = _verdict(desk, job, prepared, overrides, now)
    if verdict.omitted and not verdict.holds:
        prepared, replaced = _built(desk, job, snapshot, verdict.omitted)
        verdict = _verdict(desk, job, prepared, overrides, now)
    if verdict.holds:
        raise HeldError(verdict.problems())
    issue = prepared.issue
    decided = {
        "overrides": verdict.overridden,
        "omitted": {one.instrument: one.rule for one in issue.omitted},
    }
    made_with = prepared.made_with | {name: value for name, value in decided.items() if value}
    if replaced is not None:
        _refuse_unchanged(desk, issue, replaced, prepared)
    return replace(prepared, made_with=made_with)


def _built(
    desk: Desk, job: Job, snapshot: Snapshot, omitted: Mapping[str, str]
) -> tuple[Prepared, Replaced | None]:
    issue = build_issue(snapshot, desk.plan, job.period, version=job.version, omitted=omitted)
    replaced = None
    if job.reason is not None:
        replaced = replaced_version(job.output or desk.settings.output, issue, job.reason)
        issue = replaced.reissued(issue)
    return prepare(desk, snapshot, issue, job.languages), replaced


def _verdict(
    desk: Desk, job: Job, prepared: Prepared, overrides: Mapping[str, str], now: datetime
) -> Verdict:
    verdict = judge(prepared.issue, desk.gate, overrides, prepared.contradictions, prepared.snapshot.place)
    slot, schedule = job.slot, desk.settings.editions[desk.plan.id].schedule
    if slot is None or schedule is None:
        return verdict
    if slot.unknown_year is not None:
        message = f"the calendar {schedule.calendar} knows no holiday of {slot.unknown_year}"
        unknown = hold("no_calendar", Problem("no_calendar", message))
        verdict = Verdict((*unknown.rulings, *verdict.rulings))
    if schedule.on_timeout == "publish_partial" and now >= slot.deadline:
        verdict = verdict.waiving(WAITABLE, _WAITED)
    return verdict


def _refuse_unchanged(desk: Desk, issue: Issue, replaced: Replaced, prepared: Prepared) -> None:
    """Raises NothingToDo where the later version would say what the one before says already."""
    layout, own = desk.plan.layout, desk.settings.templates
    if says_the_same(issue, replaced.before, prepared.made_with, layout, own):
        raise NothingToDo(
            f"{issue.edition} {issue.week}: nothing has changed since {replaced.before.folder};"
            " nothing was written"
        )
