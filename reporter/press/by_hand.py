"""What people ask for themselves: an issue now, past weeks, an approval, a withdrawal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import MANIFEST
from reporter.calendar import Period, Week
from reporter.clock import Clock, SystemClock
from reporter.errors import HeldError, NothingToDo, UsageError
from reporter.press.attempt import Patience, settled
from reporter.press.desk import Desk
from reporter.press.index import save_index
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.publish import Press, Published, publish_version, refuse_published
from reporter.press.ready import Job
from reporter.press.slots import Slot, slot_of
from reporter.press.storage import version_folder, week_folder
from reporter.press.verify import verify
from reporter.press.versions import read_manifest, version_folders
from reporter.press.withdraw import withdraw
from reporter.publishing_settings import ALWAYS, RULES
from reporter.records.snapshot import take_snapshot
from reporter.settings import Settings
from reporter.store import open_store

_SQLITE = "sqlite:///"
_POLL = timedelta(minutes=5)
MOST_WEEKS = 530


def open_books(settings: Settings, clock: Clock) -> Ledger:
    """Yields the ledger of the settings, begun where there is none, with every edition in it."""
    ledger = open_ledger(open_store(settings.database), clock.now())
    ledger.begin(settings.editions, clock.now())
    return ledger


def books_if_begun(settings: Settings, clock: Clock) -> Ledger | None:
    """Yields the ledger, or None where none was begun: nothing is made."""
    address = settings.database
    if address.startswith(_SQLITE) and not Path(address.removeprefix(_SQLITE)).exists():
        return None
    return open_ledger(open_store(address), clock.now())


def overrides_of(settings: Settings, edition: str) -> Callable[[str], Mapping[str, str]]:
    """Yields what tells the overrides of a week, as reasons by rule; nothing is made."""

    def told(week: str) -> Mapping[str, str]:
        ledger = books_if_begun(settings, SystemClock())
        return {one.rule: one.reason for one in ledger.overrides(edition, week)} if ledger else {}

    return told


@dataclass(frozen=True)
class Wish:
    """What somebody wants published: a week as of a moment; `reason` makes it a re-issue."""

    period: Period
    as_of: datetime
    languages: tuple[str, ...] = ()
    reason: str | None = None


def publish_now(press: Press, desk: Desk, wish: Wish) -> Published:
    """Yields the version published: the first of its week, or with a reason the one after the latest.

    Raises NothingToDo where it is published already (or nothing that could be replaced), BusyError where
    another process publishes it, HeldError where the gate holds it.
    """
    edition, week = desk.plan.id, str(wish.period.week)
    if wish.reason is not None:
        _adopt(press, desk, wish)
    before = press.ledger.published(edition, week)
    if wish.reason is None and before is not None:
        refuse_published(version_folder(desk.settings.output, edition, week, before.version))
    if wish.reason is not None and before is None:
        raise NothingToDo(f"{edition} {week}: no version is published that could be replaced")
    version = before.version + 1 if before else 1
    build_issue(
        take_snapshot(desk.records, wish.as_of), desk.plan, wish.period
    )  # nothing is claimed for nothing
    slot = _slot(desk, wish.period)
    claim = press.ledger.claim(
        edition,
        week,
        version,
        press.owner,
        press.lease,
        press.clock.now(),
        slot.at if slot else None,
        before.version if before else None,
        wish.reason,
    )
    job = Job(wish.period, wish.as_of, version, slot, wish.languages, None, wish.reason)
    with settled(press, claim, Patience(press.clock.now(), _POLL)):
        try:
            return publish_version(press, desk, job, claim)
        except NothingToDo:
            press.ledger.drop(claim)
            raise


def _adopt(press: Press, desk: Desk, wish: Wish) -> None:
    """Enters versions into the ledger that stand on disk and that it does not know, as after its loss."""
    edition, week = desk.plan.id, str(wish.period.week)
    for folder in version_folders(week_folder(desk.settings.output, edition, week)):
        version = int(folder.name[1:])
        if press.ledger.entry(edition, week, version) is None:
            now = press.clock.now()
            claim = press.ledger.claim(edition, week, version, press.owner, press.lease, now)
            with settled(press, claim, Patience(now, _POLL)):
                publish_version(press, desk, Job(wish.period, wish.as_of, version), claim)


def _slot(desk: Desk, period: Period) -> Slot | None:
    """Yields the slot of a period, for its embargo; an unknown year does not hold what is asked for."""
    if desk.timetable.rule.weekday is None:
        return None
    return replace(slot_of(desk.timetable, period), unknown_year=None)


@dataclass(frozen=True)
class Filled:
    """What became of one week of a backfill: `published`, `there`, `held`, or `nothing`."""

    week: str
    state: str
    told: str


def weeks_of(text: str) -> list[Week]:
    """Yields the weeks of `2025-W40..2025-W49`, or of one week; UsageError where they are none."""
    first, dots, last = text.partition("..")
    try:
        start, end = Week.parse(first), Week.parse(last) if dots else Week.parse(first)
    except ValueError as error:
        raise UsageError(f"{error}; write 2025-W40..2025-W49") from None
    if end < start:
        raise UsageError(f"{text}: the last week is before the first")
    found, period = [start], start.period()
    while found[-1] < end:
        period = period.back(-1)
        found.append(period.week)
        if len(found) > MOST_WEEKS:
            raise UsageError(f"{text} has more than {MOST_WEEKS} weeks")
    return found


def backfill(press: Press, desk: Desk, weeks: Sequence[Week]) -> Iterator[Filled]:
    """Yields what became of each week, published as known at its own cut-off; again, it changes nothing.

    Raises UsageError where a week's cut-off has not come.
    """
    periods = [week.period(desk.plan.week_ends) for week in weeks]
    now = press.clock.now()
    for period in periods:
        if desk.plan.rule.cutoff(period) > now:
            raise UsageError(f"{period.week} is not over: its cut-off is {desk.plan.rule.cutoff(period)}")
    for period in periods:
        week = str(period.week)
        if before := press.ledger.published(desk.plan.id, week):
            yield Filled(week, "there", f"v{before.version} is published already")
            continue
        try:
            done = publish_now(press, desk, Wish(period, desk.plan.rule.cutoff(period)))
        except HeldError as held:
            yield Filled(week, "held", str(held))
        except NothingToDo as nothing:
            yield Filled(week, "nothing", str(nothing))
        else:
            yield Filled(week, "published", str(done.folder))


def override(ledger: Ledger, edition: str, week: str, rule: str, reason: str, now: datetime) -> None:
    """Records that a rule does not hold an issue; UsageError where it cannot be overridden."""
    if rule not in RULES:
        raise UsageError(f"--override {rule!r} is no rule; they are: {', '.join(sorted(RULES))}")
    if rule in ALWAYS:
        raise UsageError(f"--override {rule}: it cannot be overridden; `reporter check` says what to mend")
    ledger.add_override(edition, week, rule, reason, now)


def approve(ledger: Ledger, settings: Settings, edition: str, week: str, now: datetime) -> str:
    """Approves what the draft of a week says; yields the hash of its content.

    Raises UsageError where there is no draft, VerificationError where it is not as it was made.
    """
    folder = version_folder(settings.output, edition, week, None)
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"there is no draft of {edition} {week}; make one: reporter run {edition} --draft")
    verify(folder)
    content = str(read_manifest(folder)["content"])
    ledger.approve(edition, week, content, now)
    return content


def withdraw_version(
    ledger: Ledger | None,
    settings: Settings,
    edition: str,
    week: str,
    version: int | None,
    at: datetime,
    why: str,
) -> Path:
    """Marks a version (default: the latest) as withdrawn in manifest, index and ledger; yields its folder.

    Done twice, the first mark stands. Raises UsageError where there is no such version.
    """
    folder = withdraw(settings.output, edition, week, version, at, why)
    chosen = settings.editions[edition]
    save_index(settings.output, edition, chosen.title, chosen.languages[0], week)
    if ledger is not None and ledger.entry(edition, week, int(folder.name[1:])):
        with suppress(NothingToDo):
            ledger.withdraw(edition, week, int(folder.name[1:]), why, at)
    return folder
