"""One process's work on a delivery: what it needs, and what stops it."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from reporter.clock import Clock
from reporter.owner import this_process
from reporter.post.breaker import Breaker
from reporter.post.model import DeliveryState, Envelope
from reporter.post.outbox import Outbox
from reporter.post.outbox_tables import Delivery
from reporter.post.rates import Rates
from reporter.post.smtp import Line
from reporter.post.smtp_faults import ServerFault
from reporter.publishing_settings import SmtpSettings

_MARGIN = timedelta(minutes=1)


class Builder(Protocol):
    """Makes the bytes of a mail; the same at every attempt."""

    def __call__(self, envelope: Envelope) -> bytes:
        """Yields a whole message, lines ending in CRLF."""


@dataclass(frozen=True)
class Patience:
    """How a run bears a server that is away: waits that double, `tries` in a row before it gives up."""

    first: float = 1.0
    longest: float = 30.0
    tries: int = 5


@dataclass(frozen=True)
class Job:
    """One delivery, and all that its mails need.

    `wanted` is asked after each claim; `met` is told of each new connection, before a mail for it is built.
    """

    outbox: Outbox
    delivery: Delivery
    smtp: SmtpSettings
    build: Builder
    wanted: Callable[[int], bool]
    clock: Clock
    patience: Patience = Patience()
    met: Callable[[Line], None] = lambda _: None

    @property
    def lease(self) -> timedelta:
        """Longer than one mail can take: a connection, four answers, the body, the answer to it."""
        return 12 * self.smtp.timeout + 2 * self.smtp.reply_timeout + _MARGIN


@dataclass
class Run:
    """One process's work on a delivery: what stops it, and why."""

    job: Job
    rates: Rates
    breaker: Breaker
    on_mail: Callable[[DeliveryState], None] = lambda _: None
    owner: str = field(default_factory=this_process)
    stopping: threading.Event = field(default_factory=threading.Event)
    reason: str | None = None
    pause: str | None = None
    error: BaseException | None = None
    faults: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self, reason: str, *, pause: bool = False) -> None:
        """Ends the run after the mails that are in hand; the first reason counts, a pause before others."""
        with self._lock:
            if pause and self.pause is None:
                self.pause = self.reason = reason
            self.reason = self.reason or reason
        self.stopping.set()

    def fault(self, fault: ServerFault) -> None:
        """Counts a fault of the server: stops the run, or waits a little longer each time."""
        if fault.permanent:
            self.stop(str(fault), pause=True)
            return
        patience = self.job.patience
        with self._lock:
            self.faults += 1
            count = self.faults
        if count >= patience.tries:
            self.stop(str(fault))
            return
        wait = min(patience.longest, patience.first * 2 ** (count - 1))
        self.stopping.wait(wait * random.uniform(0.75, 1.25))
