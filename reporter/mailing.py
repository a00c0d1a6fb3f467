"""The scheduler's part in the post: what was published is mailed, where the edition says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from reporter.clock import Clock
from reporter.errors import DeliveryError, MachineError, NothingToDo, ReporterError
from reporter.journal import Journal
from reporter.post.delivery_status import delivery_status
from reporter.post.dispatch import Office, dispatch
from reporter.post.issues import read_issue
from reporter.post.message import Letter
from reporter.post.outbox import Outbox
from reporter.post.sender import Outcome
from reporter.post.tokens import signer_of
from reporter.press.bell import Bell
from reporter.press.by_hand import open_books
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Entry
from reporter.press.notifier import notifier
from reporter.press.settings_watch import SettingsWatch

REST = timedelta(minutes=5)
"""For how long an issue rests whose mails nobody took."""


@dataclass
class Mailing:
    """Mails, in rounds of its own, every issue that is published and not delivered yet.

    An issue is begun within `expires` of its as-of moment, and not before its embargo; a scheduled one that
    is older asks. `stopping` is set when the process is told to end: the mails in hand are then the last.
    """

    watch: SettingsWatch
    clock: Clock
    journal: Journal
    stopping: Event = field(default_factory=Event)
    bell: Bell = field(init=False)
    _resting: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Hangs the bell."""
        self.bell = Bell(self.journal, self.clock)

    def round(self) -> list[tuple[str, Outcome]]:
        """Yields the issues that were mailed, or gone on with, and what that came to; faults are told."""
        settings = self.watch.settings
        automatic = {id for id, edition in settings.editions.items() if edition.deliver.automatic}
        if not automatic:
            return []
        self.bell.notifier, done = notifier(settings), []
        try:
            ledger = open_books(settings, self.clock)
            signer = signer_of(settings, ledger.store, self.clock.now())
            office = Office(settings, ledger.store, signer, self.clock)
            due = [one for one in _latest(ledger) if one.edition in automatic]
            for entry in self._due(office, ledger, due):
                if self.stopping.is_set():
                    break
                if outcome := self._mail(office, entry):
                    done.append((_name(entry), outcome))
            self._tell(ledger, due)
            self.bell.calm("post", ledger)
            self.bell.deliver(ledger)
        except MachineError as error:
            self.bell.trouble("post", str(error))
        except Exception as error:  # a bug must be told, too, and the next round tries again
            self.bell.trouble("post", f"{type(error).__name__}: {error}")
        return done

    def _due(self, office: Office, ledger: Ledger, entries: list[Entry]) -> Iterator[Entry]:
        """Yields what has mails to send now; what a killed process left in hand is taken back first."""
        outbox, now = Outbox(office.store), self.clock.now()
        begun = {str(one): one for one in outbox.deliveries(unfinished=True)}
        for entry in entries:
            rests_until, _ = self._resting.get(_name(entry), (now, ""))
            if rests_until > now or _embargoed(entry, now):
                continue
            self._resting.pop(_name(entry), None)
            if delivery := begun.get(_name(entry)):
                outbox.recover(delivery, now)
                next_try = outbox.next_try(delivery)
                if delivery.paused is None and next_try is not None and next_try <= now:
                    yield entry
            elif _to_begin(office, ledger, entry, now):
                yield entry

    def _mail(self, office: Office, entry: Entry) -> Outcome | None:
        """Yields what a delivery came to; None where there was nothing to deliver, or a hand must decide."""
        fields: dict[str, Any] = {"edition": entry.edition, "week": entry.week, "version": entry.version}
        reason: str | None

        def linked(letter: Letter) -> None:
            self.journal.tell("linked", **fields, language=letter.language, bytes=letter.too_large)

        with self.journal.timed() as seconds:
            try:
                issue = read_issue(office.settings.output, entry.edition, entry.week, entry.version)
                outcome = dispatch(office, issue, by_hand=False, on_link=linked, stopping=self.stopping)
                reason = outcome.reason
            except NothingToDo:
                outcome, reason = None, None
            except MachineError:
                raise
            except ReporterError as error:
                outcome, reason = None, str(error).removeprefix(f"{_name(entry)}: ")
        if outcome is not None:
            counts = ", ".join(f"{number} {state}" for state, number in outcome.counts.items())
            self.journal.tell("mailed", **fields, seconds=seconds(), mails=counts, cause=reason)
        if reason is not None and not self.stopping.is_set():
            self._resting[_name(entry)] = self.clock.now() + REST, reason
        return outcome

    def _tell(self, ledger: Ledger, entries: list[Entry]) -> None:
        """Tells once why an issue is not with everybody, and when that is over."""
        names = {_name(one) for one in entries}
        faults = {name: reason for name, (_, reason) in self._resting.items() if name in names}
        for one in delivery_status(ledger.store, self.clock.now(), unfinished=True):
            name = f"{one['edition']} {one['week']} v{one['version']}"
            if one["fault"] and name in names:
                faults[name] = one["fault"]
        for name, fault in faults.items():
            text = f"{name} is not delivered to everybody: {fault}"
            self.bell.trouble(f"mails of {name}", text, ledger)
        for name in self._told - set(faults):
            self.bell.calm(f"mails of {name}", ledger)
        self._told = set(faults)


def refuse_embargoed(ledger: Ledger | None, edition: str, week: str, version: int, now: datetime) -> None:
    """DeliveryError where the ledger says that a version may not be delivered yet."""
    entry = ledger.entry(edition, week, version) if ledger else None
    if entry is not None and entry.deliver_after is not None and _embargoed(entry, now):
        until = entry.deliver_after.astimezone(UTC)
        raise DeliveryError(
            f"{_name(entry)}: nothing is delivered before its embargo, {until:%Y-%m-%d %H:%M} UTC"
        )


def _embargoed(entry: Entry, now: datetime) -> bool:
    return entry.deliver_after is not None and now < entry.deliver_after


def _latest(ledger: Ledger) -> list[Entry]:
    """Yields the latest published version of each week."""
    return list({(one.edition, one.week): one for one in ledger.entries(states=["published"])}.values())


def _to_begin(office: Office, ledger: Ledger, entry: Entry, now: datetime) -> bool:
    """Tells whether the mails of an issue are to be made: it is fresh, or was scheduled and asks."""
    expires = office.settings.editions[entry.edition].deliver.expires
    if entry.finished_at is None or entry.as_of is None or entry.withdrawn_at is not None:
        return False
    if now - entry.finished_at > expires:
        return False
    if Outbox(office.store).find(entry.edition, entry.week, entry.version) is not None:
        return False  # finished
    began = ledger.began(entry.edition)
    scheduled = entry.slot is not None and began is not None and entry.slot >= began
    return scheduled or now - entry.as_of <= expires


def _name(entry: Entry) -> str:
    return f"{entry.edition} {entry.week} v{entry.version}"
