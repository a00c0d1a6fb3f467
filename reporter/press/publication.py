"""One version of one issue, from the claim in the ledger to the folder and its row.

Whoever is killed on the way leaves either nothing, or a whole folder whose row the next one completes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import MANIFEST, content_hash
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Maker, Step, make_here
from reporter.calendar import Period
from reporter.errors import (
    HeldError,
    MachineError,
    NothingToDo,
    Problem,
    RecordsError,
    UnfitError,
    VerificationError,
)
from reporter.press.clock import Clock, SystemClock
from reporter.press.gate import WAITABLE, Verdict, hold, judge
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Claim
from reporter.press.owner import this_process
from reporter.press.publish import Desk, Prepared, prepare, print_files, silent
from reporter.press.slots import Slot
from reporter.press.storage import save_folder, version_folder
from reporter.press.verify import read_manifest, verify
from reporter.records.snapshot import take_snapshot

LEASE = timedelta(minutes=15)
"""How long a claim holds without a sign of life; longer than any one step of an issue takes."""


@dataclass(frozen=True)
class Press:
    """What publishing needs beside a desk: the ledger, a clock, makers of pages.

    `ending` is set when the process breaks off what it does.
    """

    ledger: Ledger
    clock: Clock = field(default_factory=SystemClock)
    owner: str = field(default_factory=this_process)
    make: Maker = make_here
    step: Step = silent
    lease: timedelta = LEASE
    ending: Event = field(default_factory=Event)


@dataclass(frozen=True)
class Job:
    """One version to publish.

    `slot` is the slot that it fills, None for an ad-hoc issue; `as_of` the moment whose knowledge counts,
    None: the slot's, and if the gate holds the issue then, now. `reason` is a re-issue's.
    """

    period: Period
    version: int = 1
    slot: Slot | None = None
    as_of: datetime | None = None
    languages: tuple[str, ...] = ()
    output: Path | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Published:
    """A version that is published now; `completed` if another process had saved it and was killed then."""

    edition: str
    week: str
    version: int
    as_of: datetime
    folder: Path
    issue: Issue | None
    completed: bool = False


def publish_version(press: Press, desk: Desk, job: Job, claim: Claim) -> Published:
    """Yields the version, published under a claim that the caller holds and gives back if this raises.

    Raises HeldError where the gate holds it, NothingToDo where nothing is known of its week, LostClaim where
    another process took the claim over, MachineError where the machine fails.
    """
    folder = version_folder(job.output or desk.settings.output, desk.plan.id, claim.week, job.version)
    if (folder / MANIFEST).is_file():
        return _completed(press, job, claim, folder)
    prepared = _ready(press, desk, job)
    content = content_hash(prepared.issue, prepared.made_with)
    edition = desk.settings.editions[desk.plan.id]
    if edition.approval and content not in press.ledger.approved(desk.plan.id, claim.week):
        message = "nobody has approved what it would say now"
        raise held(hold("not_approved", Problem("not_approved", message)), claim)
    try:
        made = print_files(desk, prepared, _alive(press, claim), press.make)
    except UnfitError as unfit:
        raise HeldError([replace(one, code="judge", severity="hold") for one in unfit.problems]) from None
    now, deliver_after = press.clock.now(), job.slot.deliver_after if job.slot else None
    press.step(f"saving to {folder}")
    with press.ledger.fence(claim, now) as fence:
        save_folder(folder, made.files)
        fence.publish(prepared.issue.as_of, content, deliver_after)
    return Published(desk.plan.id, claim.week, job.version, prepared.issue.as_of, folder, prepared.issue)


def held(verdict: Verdict, claim: Claim) -> HeldError:
    """Yields the error that says what holds an issue, and what to do."""
    return HeldError(verdict.problems(), f"{claim.edition} {claim.week} is held")


def _ready(press: Press, desk: Desk, job: Job) -> Prepared:
    """Yields the issue as of its slot; where the gate holds that, as of now: late data may release it."""
    now = press.clock.now()
    if job.as_of is not None or job.slot is None:
        return _judged(press, desk, job, job.as_of or now)
    try:
        return _judged(press, desk, job, job.slot.at)
    except (HeldError, NothingToDo, RecordsError):
        if now <= job.slot.at:
            raise
    return _judged(press, desk, job, now)


def _judged(press: Press, desk: Desk, job: Job, as_of: datetime) -> Prepared:
    """Yields the issue as of a moment, without what the gate leaves out; HeldError where it holds it."""
    snapshot = take_snapshot(desk.records, as_of)
    week, name = str(job.period.week), desk.plan.id
    press.step(f"figures of {week}")
    overrides = {one.rule: one.reason for one in press.ledger.overrides(name, week)}
    issue = build_issue(snapshot, desk.plan, job.period, version=job.version)
    prepared = prepare(desk, snapshot, issue, job.languages)
    verdict = _verdict(press, desk, job, prepared, overrides)
    if verdict.omitted and not verdict.holds:
        issue = build_issue(snapshot, desk.plan, job.period, version=job.version, omitted=verdict.omitted)
        prepared = prepare(desk, snapshot, issue, job.languages)
        verdict = _verdict(press, desk, job, prepared, overrides)
    if verdict.holds:
        raise HeldError(verdict.problems())
    decided = {
        "overrides": verdict.overridden,
        "omitted": {one.instrument: one.rule for one in issue.omitted},
    }
    made_with = prepared.made_with | {key: value for key, value in decided.items() if value}
    return replace(prepared, made_with=made_with)


def _verdict(press: Press, desk: Desk, job: Job, prepared: Prepared, overrides: Mapping[str, str]) -> Verdict:
    snapshot = prepared.snapshot
    verdict = judge(prepared.issue, desk.gate, overrides, prepared.contradictions, snapshot.place)
    slot, schedule = job.slot, desk.settings.editions[desk.plan.id].schedule
    if slot and slot.unknown_year is not None:
        calendar = schedule.calendar if schedule else ""
        message = f"the calendar {calendar} knows no holiday of {slot.unknown_year}"
        verdict = Verdict((*hold("no_calendar", Problem("no_calendar", message)).rulings, *verdict.rulings))
    if slot and schedule and schedule.on_timeout == "publish_partial" and press.clock.now() >= slot.deadline:
        verdict = verdict.waiving(WAITABLE, "published as it was when the time to wait was over")
    return verdict


def _alive(press: Press, claim: Claim) -> Step:
    """Yields a step that also keeps the claim, once a third of its lease is over."""
    renewed = press.clock.now()

    def step(words: str) -> None:
        nonlocal renewed
        press.step(words)
        now = press.clock.now()
        if now - renewed > press.lease / 3:
            press.ledger.renew(claim, press.lease, now)
            renewed = now

    return step


def _completed(press: Press, job: Job, claim: Claim, folder: Path) -> Published:
    """Records a folder that a killed process had saved whole; MachineError where it is not whole."""
    try:
        verify(folder)
        manifest = read_manifest(folder)
        content, as_of = str(manifest["content"]), datetime.fromisoformat(manifest["as_of"])
    except (VerificationError, KeyError) as fault:
        raise MachineError(
            f"{folder} is there, and the ledger does not know it; it is not what its manifest says"
            f" ({fault}): move it away"
        ) from None
    with press.ledger.fence(claim, press.clock.now()) as fence:
        fence.publish(as_of, content, job.slot.deliver_after if job.slot else None)
    return Published(claim.edition, claim.week, job.version, as_of, folder, None, completed=True)
