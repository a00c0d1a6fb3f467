"""A small post office for tests: an outbox, recipients, a sink, and mails that are a few lines each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reporter.clock import FixedClock
from reporter.post.model import Envelope, IssueFolder, Recipient
from reporter.post.outbox import Outbox, Stamp
from reporter.post.outbox_tables import Delivery
from reporter.post.run import Job, Patience
from reporter.post.sender import Outcome, deliver, run_of
from reporter.publishing_settings import SmtpSettings
from reporter.store import kept_open, open_store

NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
EXPIRES = timedelta(days=5)
STAMP = Stamp("example.org", lambda token: f"bounces+{token}@example.org")
QUICK = Patience(first=0.005, longest=0.01, tries=4)


def issue(folder: Path, version: int = 1) -> IssueFolder:
    supersedes = version - 1 or None
    return IssueFolder(folder / f"v{version}", "weekly", "2025-W49", version, ("en",), supersedes, False)


def readers(count: int, first: int = 1) -> list[Recipient]:
    return [
        Recipient(n, f"public{n}", f"reader{n}@example.com", f"Reader {n}", "en", "pdf")
        for n in range(first, first + count)
    ]


def small_mail(envelope: Envelope, body: bytes = b".stuffed\r\nwords\r\n") -> bytes:
    """Stands in for the real letter: what the wire and the outbox look at is there."""
    head = f"Message-ID: {envelope.message_id}\r\nTo: {envelope.recipient.email}\r\n\r\n"
    return head.encode() + body


def big_mail(envelope: Envelope) -> bytes:
    return small_mail(envelope, b"0123456789\r\n" * 50_000)


def smtp_of(port: int, **changes: Any) -> SmtpSettings:
    values = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "desk@example.org"}
    values |= {"timeout": "5s", "reply_timeout": "10s"}
    return SmtpSettings.model_validate(values | changes)


@dataclass
class Office:
    """An outbox in a database, and what sends it."""

    database: str
    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    unwanted: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outbox = Outbox(open_store(self.database))

    def freeze(self, count: int = 20, version: int = 1, first: int = 1) -> Delivery:
        people = readers(count, first)
        return self.outbox.freeze(issue(self.folder, version), people, STAMP, EXPIRES, self.clock.now())

    def job(self, delivery: Delivery, smtp: SmtpSettings, build: Any = small_mail) -> Job:
        wanted = lambda id: id not in self.unwanted  # noqa: E731
        return Job(self.outbox, delivery, smtp, build, wanted, self.clock, QUICK)

    def send(self, delivery: Delivery, smtp: SmtpSettings, build: Any = small_mail) -> Outcome:
        begun = self.outbox.begin(delivery, self.clock.now())
        with kept_open(self.outbox.store, smtp.connections) as store:
            return deliver(run_of(replace(self.job(begun, smtp, build), outbox=Outbox(store))))

    def later(self) -> None:
        """Moves the clock beyond every wait of a first or second deferral."""
        self.clock.advance(timedelta(minutes=15))


SENDER = """
import os, signal
from pathlib import Path
from reporter.clock import SystemClock
from reporter.post.sender import deliver, run_of
from tests.post.office import Office, small_mail, big_mail, smtp_of, QUICK
office = Office(sys.argv[1], Path(sys.argv[2]))
office.clock = SystemClock()
delivery = office.outbox.find("weekly", "2025-W49", 1)
begun = office.outbox.begin(delivery, office.clock.now())
smtp = smtp_of(int(sys.argv[3]), connections=int(sys.argv[4]))
"""

# Dies at its seventh mail, WHEN told: before the dot goes out, or once it is answered.
AT_DOT = """
import reporter.post.smtp_wire as wire, reporter.post.smtp as smtp_client
class Dying(wire.Wire):
    dots = 0
    def send(self, data, seconds, in_all=None):
        if data == b".\\r\\n":
            Dying.dots += 1
            if Dying.dots == 7 and WHEN == "before": os.kill(os.getpid(), signal.SIGKILL)
        super().send(data, seconds, in_all)
    def reply(self, *words):
        answer = super().reply(*words)
        if Dying.dots == 7 and WHEN == "answered": os.kill(os.getpid(), signal.SIGKILL)
        return answer
smtp_client.Wire = Dying
deliver(run_of(office.job(begun, smtp)))
"""
