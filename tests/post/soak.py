"""Kills senders at random until an issue is out: `python -m tests.post.soak [RECIPIENTS] [KILLS] [SEED]`.

At the end every mail was accepted at most once, and each that was not is told as unknown.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import Racer
from tests.post.office import SENDER, Office, smtp_of
from tests.post.sink import Sink

CODE = SENDER + "print('go', flush=True)\ndeliver(run_of(office.job(begun, smtp)))"


@dataclass(frozen=True)
class Soaked:
    """What came of it: rows by state, how often processes were killed, mails by how often they were accepted."""

    states: dict[str, int]
    kills: int
    accepted: Counter[int]


def soak(folder: Path, recipients: int, kills: int, seed: int) -> Soaked:
    chance, office, sink = (
        random.Random(seed),
        Office(f"sqlite:///{folder}/reporter.db", folder),
        Sink(folder / "s"),
    )
    try:
        delivery, killed = office.freeze(recipients), 0
        while killed < kills and office.outbox.next_try(delivery) is not None:
            racer = Racer(CODE, office.database, str(folder), str(sink.port), "2")
            racer.heard()
            time.sleep(chance.uniform(0.01, 0.3))  # the moment of the kill, not a wait for an effect
            racer.process.send_signal(signal.SIGKILL)
            racer.process.communicate()
            killed += racer.process.returncode == -signal.SIGKILL
            office.outbox.recover(delivery, office.clock.now())
        office.send(delivery, smtp_of(sink.port))
        states = {str(state): number for state, number in office.outbox.counts(delivery).items()}
        return Soaked(states, killed, Counter(Counter(sink.accepted).values()))
    finally:
        sink.end()


def check(found: Soaked, recipients: int) -> None:
    assert set(found.accepted) == {1}, f"accepted more than once: {found.accepted}"
    sent, unknown = found.states.get("sent", 0), found.states.get("unknown", 0)
    assert sent + unknown == recipients, f"lost: {found.states}"
    assert sent <= found.accepted[1] <= recipients


if __name__ == "__main__":
    people, times, seed = ([int(word) for word in sys.argv[1:]] + [300, 100, 1][len(sys.argv) - 1 :])[:3]
    with tempfile.TemporaryDirectory() as home:
        result = soak(Path(home), people, times, seed)
    print(result)
    check(result, people)
