"""The scheduler's part in the post: what was published is mailed, where the edition says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from reporter.clock import Clock
from reporter.errors import MachineError, NothingToDo, ReporterError
from reporter.journal import Journal
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
from reporter.press.notifier import Told, notifier
from reporter.press.settings_watch import SettingsWatch


@dataclass
class Mailing:
    """Mails, in rounds of its own, every issue that is published and not delivered yet.

    An issue is begun within `expires` of its publication, and not before its embargo. `stopping` is set when
    the process is told to end: no further issue is begun then.
    """

    watch: SettingsWatch
    clock: Clock
    journal: Journal
    stopping: Event = field(default_factory=Event)

    def round(self) -> list[tuple[str, Outcome]]:
        """Yields the issues that were mailed, or gone on with, and what that came to; faults are told."""
        settings = self.watch.settings
        if not any(edition.deliver.automatic for edition in settings.editions.values()):
            return []
        bell, done = Bell(self.journal, self.clock, notifier(settings)), []
        try:
            ledger = open_books(settings, self.clock)
            signer = signer_of(settings, ledger.store, self.clock.now())
            office = Office(settings, ledger.store, signer, self.clock)
            for entry in self._waiting(office, ledger):
                if self.stopping.is_set():
                    break
                if outcome := self._mail(office, ledger, bell, entry):
                    done.append((f"{entry.edition} {entry.week} v{entry.version}", outcome))
            bell.deliver(ledger)
        except MachineError as error:
            self.journal.warn("post", cause=str(error))
        return done

    def _waiting(self, office: Office, ledger: Ledger) -> Iterator[Entry]:
        """Yields what is published and may be mailed now, oldest first."""
        outbox, now = Outbox(office.store), self.clock.now()
        for entry in ledger.entries():
            if entry.state != "published":
                continue
            edition = office.settings.editions.get(entry.edition)
            if edition is None or not edition.deliver.automatic or entry.withdrawn_at is not None:
                continue
            if entry.deliver_after is not None and now < entry.deliver_after:
                continue
            if entry.finished_at is None or now - entry.finished_at > edition.deliver.expires:
                continue
            delivery = outbox.find(entry.edition, entry.week, entry.version)
            next_try = outbox.next_try(delivery) if delivery else now
            if next_try is not None and next_try <= now:
                yield entry

    def _mail(self, office: Office, ledger: Ledger, bell: Bell, entry: Entry) -> Outcome | None:
        """Yields what a delivery came to; None where there was nothing to deliver, or a hand must decide."""
        edition, week, version = entry.edition, entry.week, entry.version
        fields: dict[str, Any] = {"edition": edition, "week": week, "version": version}

        def linked(letter: Letter) -> None:
            self.journal.tell("linked", **fields, language=letter.language, bytes=letter.too_large)

        with self.journal.timed() as seconds:
            try:
                issue = read_issue(office.settings.output, edition, week, version)
                outcome = dispatch(office, issue, by_hand=False, on_link=linked)
            except NothingToDo:
                return None
            except ReporterError as error:
                self._tell(bell, ledger, entry, str(error))
                return None
        counts = ", ".join(f"{number} {state}" for state, number in outcome.counts.items() if number)
        self.journal.tell("mailed", **fields, seconds=seconds(), mails=counts)
        if outcome.paused or outcome.counts.get("unknown"):
            unknown = outcome.counts.get("unknown")
            cause = outcome.reason or f"{unknown} mails of unknown outcome: `reporter resolve`"
            self._tell(bell, ledger, entry, cause)
        return outcome

    def _tell(self, bell: Bell, ledger: Ledger, entry: Entry, cause: str) -> None:
        edition, week = entry.edition, entry.week
        text = f"{edition} {week} v{entry.version} is not delivered to everybody: {cause}"
        if bell.ring(
            ledger, f"post/{edition}/{week}/{entry.version}/{cause}", Told("post", text, edition, week)
        ):
            self.journal.warn("post", edition=edition, week=week, version=entry.version, cause=cause)
