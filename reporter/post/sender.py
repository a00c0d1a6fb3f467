"""Delivers an issue: sends what is due, on several connections at once, and says what it came to.

Several processes may work on one issue: each mail is claimed by one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.post.breaker import Breaker
from reporter.post.carrier import carry
from reporter.post.model import DeliveryState
from reporter.post.rates import Rates
from reporter.post.run import Job, Run

Counts = dict[DeliveryState, int]
_LOOK = 0.5  # seconds between two looks whether to end


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the rows of the delivery by state, and why it stopped, where it did."""

    counts: Counts
    reason: str | None
    paused: bool
    next_try: datetime | None

    @property
    def complete(self) -> bool:
        """Whether every mail has its end, and it is known."""
        return self.reason is None and not any(
            self.counts.get(state) for state in ("queued", "claimed", "dot", "deferred", "unknown")
        )


def run_of(job: Job, on_mail: Callable[[DeliveryState], None] = lambda _: None) -> Run:
    """Yields a run of a job, at the rates and with the breaker of the settings."""
    smtp, now = job.smtp, job.clock.now()
    sent: list[float] = []
    if smtp.rate_per_hour is not None:
        ages = [now - moment for moment in job.outbox.sent_since(now - timedelta(hours=1))]
        sent = [time.monotonic() - age.total_seconds() for age in ages]
    rates = Rates(smtp.rate_per_second, smtp.rate_per_hour, sent)
    return Run(job, rates, Breaker(smtp.breaker), on_mail)


def deliver(run: Run, stopping: threading.Event | None = None) -> Outcome:
    """Sends what is due of a delivery; yields what it came to. Once `stopping` is set, nothing more is begun.

    Raises MachineError where the database cannot be used: what was in hand is taken up again by the next run.
    """
    job = run.job
    threads = [
        threading.Thread(target=carry, args=(run,), name=f"mail-{n}") for n in range(job.smtp.connections)
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(_LOOK)
                if stopping is not None and stopping.is_set():
                    run.stop("told to end")
    except BaseException:  # Ctrl-C: the mails in hand come to their end first
        run.stop("interrupted")
        for thread in threads:
            thread.join()
        raise
    if run.error is not None:
        raise run.error
    if run.pause is not None:
        job.outbox.pause(job.delivery, run.pause)
    job.outbox.recover(job.delivery, job.clock.now())
    return Outcome(
        job.outbox.counts(job.delivery),
        run.reason,
        run.pause is not None,
        job.outbox.next_try(job.delivery),
    )
