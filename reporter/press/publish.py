"""Read → build → gate → save → record: the one place that joins disk, clock and ledger with the core.

Whoever is killed on the way leaves either nothing, or a whole folder whose row the next one completes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import MANIFEST, content_hash
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Maker, Step, make_here
from reporter.clock import Clock, SystemClock
from reporter.errors import (
    HeldError,
    MachineError,
    NothingToDo,
    Problem,
    UnfitError,
    VerificationError,
)
from reporter.owner import this_process
from reporter.press.desk import Desk, Prepared, choose_period, prepare, print_files, silent
from reporter.press.gate import hold
from reporter.press.index import save_index
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Claim
from reporter.press.ready import Job, ready
from reporter.press.storage import publishing, save_folder, version_folder
from reporter.press.verify import verify
from reporter.press.versions import latest_version, read_manifest
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
class Published:
    """A version that is published now; without its issue, if another process saved it and was killed then."""

    edition: str
    week: str
    version: int
    as_of: datetime
    folder: Path
    issue: Issue | None = None


def publish_version(press: Press, desk: Desk, job: Job, claim: Claim) -> Published:
    """Yields the version, published under a claim that the caller holds and gives back if this raises.

    Raises HeldError where the gate holds it, NothingToDo where nothing is known of its week, LostClaim where
    another process took the claim over, MachineError where the machine fails.
    """
    output = job.output or desk.settings.output
    folder = version_folder(output, desk.plan.id, claim.week, job.version)
    if (folder / MANIFEST).is_file():
        return _completed(press, desk, job, claim, folder)
    overrides = {one.rule: one.reason for one in press.ledger.overrides(desk.plan.id, claim.week)}
    prepared = ready(desk, job, overrides, press.clock.now(), press.step)
    content = content_hash(prepared.issue, prepared.made_with)
    approved = press.ledger.approved(desk.plan.id, claim.week)
    if desk.settings.editions[desk.plan.id].approval and content not in approved:
        message = "nobody has approved what it would say now"
        raise HeldError(hold("not_approved", Problem("not_approved", message)).problems())
    files = _printed(desk, prepared, _alive(press, claim), press.make)
    press.step(f"saving to {folder}")
    with press.ledger.fence(claim, press.clock.now()) as fence:
        save_folder(folder, files)
        _index(desk, output, claim.week)
        fence.publish(prepared.issue.as_of, content, _embargo(job))
    return Published(desk.plan.id, claim.week, job.version, prepared.issue.as_of, folder, prepared.issue)


def publish(
    desk: Desk,
    as_of: datetime,
    week: str | None = None,
    *,
    draft: bool = False,
    reissue: str | None = None,
    languages: tuple[str, ...] = (),
    output: Path | None = None,
    step: Step = silent,
    make: Maker = make_here,
) -> tuple[Issue, Path]:
    """Builds and saves one issue without the ledger; yields it and its folder.

    So a draft is made, which is replaced each time and which no gate holds; and an issue in a folder of
    one's own, of which a version is never changed: NothingToDo where there is one. `reissue` is the reason
    for publishing the week once more, as the version after the latest. Raises HeldError, too.
    """
    target = output or desk.settings.output
    snapshot = take_snapshot(desk.records, as_of)
    period = choose_period(desk, snapshot, week)
    with publishing(target, desk.plan.id, str(period.week)):
        if draft:
            step(f"figures of {period.week}")
            issue = build_issue(snapshot, desk.plan, period)
            prepared = prepare(desk, snapshot, issue, languages)
        else:
            before = latest_version(target, desk.plan.id, str(period.week))
            refuse_published(before.folder if before and reissue is None else None)
            version = before.version + 1 if before else 1
            job = Job(period, as_of, version, None, languages, target, reissue)
            prepared = ready(desk, job, {}, as_of, step)
        issue = prepared.issue
        folder = version_folder(target, desk.plan.id, issue.week, issue.version)
        files = _printed(desk, prepared, step, make)
        step(f"saving to {folder}")
        save_folder(folder, files)
        if not draft:
            _index(desk, target, issue.week)
    return issue, folder


def refuse_published(folder: Path | None) -> None:
    """Raises NothingToDo where a version stands already."""
    if folder is not None:
        raise NothingToDo(
            f"{folder.parent.parent.name} {folder.parent.name} is published already: {folder};"
            " `--draft` makes a draft beside it, `--reissue --reason TEXT` a corrected version"
        )


def _printed(desk: Desk, prepared: Prepared, step: Step, make: Maker) -> dict[str, bytes]:
    try:
        return print_files(desk, prepared, step, make).files
    except UnfitError as unfit:
        if prepared.issue.version is None:
            raise
        raise HeldError([replace(one, code="judge", severity="hold") for one in unfit.problems]) from None


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


def _completed(press: Press, desk: Desk, job: Job, claim: Claim, folder: Path) -> Published:
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
        _index(desk, job.output or desk.settings.output, claim.week)
        fence.publish(as_of, content, _embargo(job))
    return Published(claim.edition, claim.week, job.version, as_of, folder)


def _index(desk: Desk, output: Path, week: str) -> None:
    save_index(output, desk.plan.id, desk.plan.title, desk.languages[0], week)


def _embargo(job: Job) -> datetime | None:
    return job.slot.deliver_after if job.slot else None
