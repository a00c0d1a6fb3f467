"""What the scheduler says: to the log, and to the desk what it must know, each thing once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reporter.clock import Clock
from reporter.journal import Journal
from reporter.press.attempt import Outcome
from reporter.press.due import Due, Missed
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Entry
from reporter.press.notifier import Notifier, Told
from reporter.press.slots import Slot

_WORDS = {"held": "held", "failed": "failed", "retry": "not published yet"}
_KINDS = {"held": "held", "failed": "failed", "retry": "failing"}


@dataclass
class Bell:
    """Rings for holds, failures, misses, lateness, recovery, and for faults of the surroundings."""

    journal: Journal
    clock: Clock
    notifier: Notifier = field(default_factory=lambda: Notifier({}))
    _troubles: dict[str, str] = field(default_factory=dict)

    def ring(self, ledger: Ledger, key: str, told: Told) -> bool:
        """Records a notice; False where that key was told before."""
        return self.notifier.note(ledger, key, told, self.clock.now())

    def deliver(self, ledger: Ledger) -> None:
        """Sends the notices that wait."""
        for fault in self.notifier.deliver(ledger, self.clock.now()):
            self.journal.warn("a notice could not be sent", cause=fault)

    # ── issues ──

    def skipped(self, ledger: Ledger, missed: Missed) -> None:
        """Tells of a slot that is published no more."""
        edition, week = _name(missed.slot)
        self.journal.tell("skipped", edition=edition, week=week, cause=missed.reason)
        if not missed.planned:
            text = (
                f"{edition} {week} was due on {_local(missed.slot)} and was not published: {missed.reason}."
                f" To publish it now: reporter backfill {edition} {week}"
            )
            self.ring(ledger, f"missed/{edition}/{week}", Told("missed", text, edition, week))

    def not_yet(self, ledger: Ledger, due: Due) -> None:
        """Tells of an issue that should be out, if it is late."""
        if not due.late:
            return
        edition, week = _name(due.slot)
        cause = f": {due.entry.reason}" if due.entry and due.entry.reason else ""
        text = f"{edition} {week} was due on {_local(due.slot)} and is not published yet{cause}"
        if self.ring(ledger, f"late/{edition}/{week}", Told("late", text, edition, week)):
            self.journal.warn("late", edition=edition, week=week)

    def tried(self, ledger: Ledger, due: Due, outcome: Outcome, seconds: float) -> None:
        """Tells how an attempt ended."""
        edition, week = _name(due.slot)
        fields: dict[str, Any] = {"edition": edition, "week": week, "version": 1, "seconds": seconds}
        if done := outcome.published:
            step = "published" if done.issue else "completed"
            late = f"late: it was due on {_local(due.slot)}" if due.late else None
            fields |= {"folder": str(done.folder), "as_of": done.as_of.isoformat()}
            self.journal.tell(step, **fields, why=due.slot.shift or None, late=late)
            if due.late and (due.entry is None or not due.entry.reason):
                text = f"{edition} {week}, due on {_local(due.slot)}, is published late: {done.folder}"
                self.ring(ledger, f"late/{edition}/{week}", Told("late", text, edition, week))
            elif due.entry is not None and due.entry.reason:
                text = f"{edition} {week} is published now: {done.folder}"
                self.ring(ledger, f"recovered/{edition}/{week}", Told("recovered", text, edition, week))
            return
        if outcome.state == "failed" or _is_news(due.entry, outcome):
            self.journal.warn(outcome.state, **fields, cause=outcome.reason)
        if outcome.state in _KINDS:
            kind = _KINDS[outcome.state]
            text = (
                f"{edition} {week}, due on {_local(due.slot)}, is {_WORDS[outcome.state]}: {outcome.reason}."
            )
            text += _next_step(outcome, edition, week)
            self.ring(ledger, f"{kind}/{edition}/{week}/{outcome.cause}", Told(kind, text, edition, week))
        self.not_yet(ledger, due)

    # ── the surroundings ──

    def trouble(self, what: str, text: str, ledger: Ledger | None = None) -> None:
        """Tells of a fault once, until it is over or another; without the ledger at once."""
        if self._troubles.get(what) == text:
            return
        self._troubles[what] = text
        self.journal.warn(what, cause=text)
        if ledger is not None:
            self.ring(ledger, f"{what}/{self._stamp()}", Told(what, text))
            return
        for fault in self.notifier.tell_now(what, text, self.clock.now()):
            self.journal.warn("a notice could not be sent", cause=fault)

    def calm(self, what: str, ledger: Ledger) -> None:
        """Tells that a fault is over, if there was one."""
        if self._troubles.pop(what, None) is not None:
            self.journal.tell("recovered", cause=what)
            self.ring(ledger, f"recovered/{what}/{self._stamp()}", Told("recovered", f"{what}: it is over"))

    def _stamp(self) -> str:
        return self.clock.now().isoformat()

    def went_back(self, ledger: Ledger, before: datetime) -> None:
        """Tells that the clock went back from a moment."""
        now = self.clock.now()
        text = (
            f"The clock of this machine went back by {before - now}, to {now:%Y-%m-%d %H:%M} UTC. Check it."
        )
        self.journal.warn("the clock went back", by=str(before - now))
        self.ring(ledger, f"clock/{before.isoformat()}", Told("clock", text))

    def unknown_year(self, ledger: Ledger, edition: str, calendar: str, year: int) -> None:
        """Tells that a calendar does not know a year that is near."""
        text = (
            f"The calendar {calendar} knows no holiday of {year}: from then on {edition} is held."
            " Add the year to calendars.yaml."
        )
        if self.ring(ledger, f"calendar/{edition}/{calendar}/{year}", Told("calendar", text, edition)):
            self.journal.warn("a year without calendar data", edition=edition, cause=f"{calendar} {year}")


def _is_news(entry: Entry | None, outcome: Outcome) -> bool:
    """Tells whether the ledger did not hold that already: the same reason, and held as before."""
    if entry is None or entry.reason != outcome.reason:
        return True
    return (outcome.state == "held") != (entry.state == "held")


def _name(slot: Slot) -> tuple[str, str]:
    return slot.edition, str(slot.week)


def _next_step(outcome: Outcome, edition: str, week: str) -> str:
    if outcome.state == "failed":
        return f" It is not tried again by itself: mend it, then reporter run {edition} --week {week}."
    return f" It is tried again at {outcome.next_try:%H:%M} UTC." if outcome.next_try else ""


def _local(slot: Slot) -> str:
    return f"{slot.at:%Y-%m-%d at %H:%M}"
