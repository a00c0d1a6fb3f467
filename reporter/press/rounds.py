"""One round of the scheduler: what is due of every edition is published, held or skipped, and told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event

from reporter.bulletin.bundle import MANIFEST
from reporter.bulletin.pages import Maker, Step
from reporter.calendar import PublicationCalendar
from reporter.clock import Clock
from reporter.errors import BusyError, MachineError, NothingToDo, ReporterError
from reporter.journal import Journal
from reporter.owner import this_process
from reporter.press.attempt import Outcome, Patience, attempt
from reporter.press.bell import Bell
from reporter.press.desk import Desk, open_desk
from reporter.press.due import Due, Missed, due_of
from reporter.press.heartbeat import STOPPED, beat, notify_manager
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.notifier import notifier, ping
from reporter.press.pagemakers import page_makers
from reporter.press.plans import timetable
from reporter.press.publish import Press
from reporter.press.ready import Job
from reporter.press.settings_watch import SettingsWatch
from reporter.press.slots import Slot, missing_years
from reporter.press.storage import version_folder
from reporter.records.location import near
from reporter.records.validation import load_calendars
from reporter.settings import Settings
from reporter.store import Store, open_store

CALENDARS_KEPT = timedelta(minutes=5)
Makers = Callable[[int], AbstractContextManager[Maker]]


@dataclass
class Rounds:
    """The scheduler without its clockwork: `round` does everything that is due, once.

    `stopping` is set when the process is told to end: nothing more is claimed then; `ending` when it can wait
    no longer: what fails then, fails because of that. An `impatient` one tries what was put off, too.
    """

    watch: SettingsWatch
    clock: Clock
    journal: Journal
    makers: Makers = page_makers
    chance: random.Random = field(default_factory=random.Random)
    stopping: Event = field(default_factory=Event)
    ending: Event = field(default_factory=Event)
    impatient: bool = False
    owner: str = field(default_factory=this_process)
    opened: Callable[[str], Store] = open_store
    bell: Bell = field(init=False)
    _ledger: tuple[str, Ledger] | None = None
    _calendars: tuple[str, datetime, Mapping[str, PublicationCalendar]] | None = None
    _given_up: dict[tuple[str, str], str] = field(default_factory=dict)
    _before: datetime | None = None
    _at_work: ExitStack = field(default_factory=ExitStack)
    _kept: dict[int, Maker] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Hangs the bell."""
        self.bell = Bell(self.journal, self.clock, notifier(self.settings))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.watch.settings

    def round(self) -> list[tuple[Slot, Outcome]]:
        """Yields what was tried and how it ended; what the machine or the desk lacks is told, not raised."""
        done: list[tuple[Slot, Outcome]] = []
        alive = self._sign_of_life()
        news = self.watch.look()
        self.bell.notifier = notifier(self.settings)
        try:
            ledger = self._open()
            self._look_around(ledger, news)
            if alive:
                self.bell.calm("heartbeat", ledger)
            with self._at_work:  # makers of pages last as long as the round
                for edition in self.settings.editions:
                    done += self._edition(ledger, edition)
            self.bell.calm("machine", ledger)
            self.bell.deliver(ledger)
        except MachineError as error:
            self.bell.trouble("machine", str(error))
        except Exception as error:  # a bug must be told, too, and the next round tries again
            self.bell.trouble("machine", f"{type(error).__name__}: {error}")
        finally:
            self._kept.clear()
        self._before = self.clock.now()
        return done

    def say_goodbye(self) -> None:
        """Leaves word that the scheduler was stopped, and did not die."""
        with suppress(MachineError):
            beat(self.settings.heartbeat.file, self.clock.now(), STOPPED)

    # ── what is due ──

    def _edition(self, ledger: Ledger, edition: str) -> Iterator[tuple[Slot, Outcome]]:
        now, schedule = self.clock.now(), self.settings.editions[edition].schedule
        if schedule is None:
            return
        table = timetable(self.settings, edition, self._known_calendars(ledger, now))
        for year in missing_years(table, now):
            self.bell.unknown_year(ledger, edition, schedule.calendar or "", year)
        for one in due_of(table, schedule, ledger, now):
            if self.stopping.is_set():
                return
            if isinstance(one, Missed) and self._stands(one.slot):  # saved by a process killed just then
                one = Due(one.slot, ledger.entry(edition, str(one.slot.week), 1), late=True)
            if isinstance(one, Missed):
                if ledger.skip(edition, str(one.slot.week), one.slot.at, one.reason, now):
                    self.bell.skipped(ledger, one)
            elif outcome := self._try(ledger, one):
                yield one.slot, outcome

    def _try(self, ledger: Ledger, due: Due) -> Outcome | None:
        """Yields how an attempt ended; None where none was made."""
        slot, entry, now = due.slot, due.entry, self.clock.now()
        edition, week = slot.edition, str(slot.week)
        schedule = self.settings.editions[edition].schedule
        put_off = entry is not None and _later(entry.next_try, now) and not self.impatient
        if put_off or (entry is not None and entry.state == "failed" and self._given_up_on(edition, week)):
            self.bell.not_yet(ledger, due)
            return None
        press = Press(
            ledger,
            self.clock,
            self.owner,
            step=lambda words: self._step(edition, week, words),
            ending=self.ending,
        )
        try:
            claim = ledger.claim(edition, week, 1, self.owner, press.lease, now, slot.at)
        except (BusyError, NothingToDo):  # another process was quicker
            return None
        assert schedule is not None
        patience = Patience(slot.deadline, schedule.poll, self.chance)
        with self.journal.timed() as seconds:
            outcome = attempt(
                replace(press, make=self._maker(len(self.settings.editions[edition].languages))),
                claim,
                [Job(slot.period, moment, slot=slot) for moment in _moments(slot, now)],
                partial(self._desk, edition, press.step),
                patience,
            )
        if outcome.state == "failed":
            self._given_up[edition, week] = self.watch.digest
        if outcome.state != "busy":
            self.bell.tried(ledger, due, outcome, seconds())
        return outcome

    def _maker(self, languages: int) -> Maker:
        """Yields a maker of pages, at work already while the records are read."""
        if languages not in self._kept:
            self._kept[languages] = self._at_work.enter_context(self.makers(languages))
        return self._kept[languages]

    def _stands(self, slot: Slot) -> bool:
        """Tells whether the issue is on disk, published but for its row in the ledger."""
        folder = version_folder(self.settings.output, slot.edition, str(slot.week), 1)
        return (folder / MANIFEST).is_file()

    def _desk(self, edition: str, step: Step, job: Job) -> Desk:
        week = str(job.period.week)
        return open_desk(self.settings, edition, step=step, moment=job.as_of, week=week)

    def _given_up_on(self, edition: str, week: str) -> bool:
        """Tells whether an issue failed here under the settings in force: a bug stays one."""
        return self._given_up.get((edition, week)) == self.watch.digest

    def _step(self, edition: str, week: str, words: str) -> None:
        self._sign_of_life(f"{edition} {week}: {words}")

    # ── the surroundings ──

    def _open(self) -> Ledger:
        address = self.settings.database
        if self._ledger is None or self._ledger[0] != address:
            self._ledger = (address, open_ledger(self.opened(address), self.clock.now()))
        return self._ledger[1]

    def _look_around(self, ledger: Ledger, news: bool) -> None:
        """Tells of changed settings and of a clock that went back, and begins new editions."""
        now = self.clock.now()
        if self.watch.fault is not None:
            text = f"{self.watch.fault}\nThe last good settings stay in force until it is mended."
            self.bell.trouble("settings", text, ledger)
        else:
            self.bell.calm("settings", ledger)
            if news:
                self.journal.tell("settings taken up", cause=str(self.watch.file))
        ledger.begin(self.settings.editions, now)
        if self._before is not None and now < self._before:
            self.bell.went_back(ledger, self._before)

    def _known_calendars(self, ledger: Ledger, now: datetime) -> Mapping[str, PublicationCalendar]:
        """Yields the calendars of the records, read every few minutes; the last good ones if that fails."""
        kept = self._calendars
        if kept and kept[0] == self.watch.digest and timedelta(0) <= now - kept[1] < CALENDARS_KEPT:
            return kept[2]
        try:
            calendars = load_calendars(near(self.settings.source))
        except ReporterError as error:
            self.bell.trouble("calendars", f"The publication calendars cannot be read: {error}", ledger)
            return kept[2] if kept else {}
        self.bell.calm("calendars", ledger)
        self._calendars = (self.watch.digest, now, calendars)
        return calendars

    def _sign_of_life(self, doing: str = "") -> bool:
        """Writes the heartbeat, and at the beginning of a round asks the address that watches, too.

        Tells whether both could be done.
        """
        notify_manager(f"WATCHDOG=1\nSTATUS={doing or 'waiting for what is due'}")
        heartbeat = self.settings.heartbeat
        try:
            beat(heartbeat.file, self.clock.now(), doing)
            if heartbeat.ping and not doing:
                ping(heartbeat.ping)
        except MachineError as error:
            self.bell.trouble("heartbeat", str(error))
            return False
        return True


def _moments(slot: Slot, now: datetime) -> list[datetime]:
    """Yields the moments whose knowledge may be printed: the slot's, then the present one if it is later."""
    return [slot.at, now.astimezone(slot.at.tzinfo)] if now > slot.at else [slot.at]


def _later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now
