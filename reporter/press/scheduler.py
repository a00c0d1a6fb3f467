"""The clockwork: a round every half minute, until the process is told to end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event, Thread

from apscheduler.schedulers.background import BackgroundScheduler

from reporter.press.heartbeat import notify_manager
from reporter.press.pagemakers import end_makers
from reporter.press.rounds import Rounds

EVERY = 30
"""Seconds between two rounds."""


def run_rounds(rounds: Rounds, *, every: float = EVERY, beside: Sequence[Callable[[], object]] = ()) -> None:
    """Makes rounds until SIGTERM or SIGINT; what is being made then has `grace_seconds` to be finished.

    `beside` are done as often, each in a thread of its own. Nothing more is claimed after the signal. What
    takes longer is broken off, and its issue is due again.
    """
    told = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    clockwork = BackgroundScheduler(timezone=UTC)
    for job in (rounds.round, *beside):
        clockwork.add_job(
            job,
            "interval",
            seconds=every,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    clockwork.start()
    editions = ", ".join(rounds.settings.editions)
    rounds.journal.tell("started", cause=f"{editions}; settings {rounds.watch.file}")
    notify_manager("READY=1")
    told.wait()
    notify_manager("STOPPING=1")
    grace = rounds.settings.grace_seconds
    rounds.journal.tell("stopping", cause=f"nothing more is begun; {grace} seconds for what is being made")
    rounds.stopping.set()
    ending = Thread(target=clockwork.shutdown, daemon=True)
    ending.start()
    ending.join(grace)
    if ending.is_alive():
        rounds.ending.set()
        end_makers()
        ending.join(grace)
    rounds.say_goodbye()
    rounds.journal.tell("stopped")
