"""Kills senders at random until an issue is out: `python -m tests.post.soak [RECIPIENTS] [KILLS] [SEED]`.

No mail is accepted twice. Those of unknown outcome are settled by the server's log; what is not in it, the
server never had: by a hand it is queued again. At the end everybody has the mail once.
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

from reporter.post.outbox_tables import Delivery
from reporter.post.resolve import settle_by_log, settle_unknown, unknowns
from tests.conftest import Racer
from tests.post.office import SENDER, Office, smtp_of
from tests.post.sink import Sink

CODE = SENDER + "print('go', flush=True)\ndeliver(run_of(office.job(begun, smtp)))"
WINDOW = 0.3


@dataclass(frozen=True)
class Soaked:
    """What came of it.

    `kills` is how often a process was killed; `states` are the rows before anything was settled; `unknown`
    the mails of unknown outcome, `known` those of them that the server had accepted, `by_log` those that its
    log settled; `accepted` counts mails by how often they were accepted, `sent` the rows, both at the end.
    """

    kills: int
    states: dict[str, int]
    unknown: frozenset[str]
    known: frozenset[str]
    by_log: frozenset[str]
    accepted: Counter[int]
    sent: int


def soak(folder: Path, recipients: int, kills: int, seed: int) -> Soaked:
    office, sink = Office(f"sqlite:///{folder}/reporter.db", folder), Sink(folder / "s")
    try:
        delivery = office.freeze(recipients)
        killed = _kill(office, sink, delivery, kills, random.Random(seed))
        office.send(delivery, smtp_of(sink.port))
        states = {str(state): number for state, number in office.outbox.counts(delivery).items()}
        unknown = _unknown(office)
        known = unknown & set(sink.message_ids)
        mails = [mail for _, mail in unknowns(office.outbox)]
        settle_by_log(office.outbox, mails, log_of(sink), office.clock.now())
        left = _unknown(office)
        for _, mail in unknowns(office.outbox):
            settle_unknown(office.outbox, mail, "not_sent", office.clock.now())
        office.send(delivery, smtp_of(sink.port))
        sent = office.outbox.counts(delivery).get("sent", 0)
        accepted = Counter(Counter(sink.accepted).values())
        return Soaked(killed, states, unknown, known, unknown - left, accepted, sent)
    finally:
        sink.end()


def _kill(office: Office, sink: Sink, delivery: Delivery, kills: int, chance: random.Random) -> int:
    """Yields how often a sender was killed; its life is as long as leaves enough mails for all kills."""
    killed, window = 0, WINDOW
    while killed < kills and (left := _left(office, delivery)):
        racer = Racer(CODE, office.database, str(office.folder), str(sink.port), "2")
        racer.heard()
        time.sleep(chance.uniform(0, window))  # the moment of the kill, not a wait for an effect
        racer.process.send_signal(signal.SIGKILL)
        racer.process.communicate()
        killed += racer.process.returncode == -signal.SIGKILL
        office.outbox.recover(delivery, office.clock.now())
        share = left / max(1, kills - killed + 1)
        window *= 0.6 if left - _left(office, delivery) > share else 1.2
    return killed


def _left(office: Office, delivery: Delivery) -> int:
    counts = office.outbox.counts(delivery)
    return counts.get("queued", 0) + counts.get("deferred", 0)


def _unknown(office: Office) -> frozenset[str]:
    return frozenset(mail.envelope.message_id for _, mail in unknowns(office.outbox))


def log_of(sink: Sink) -> list[str]:
    """What the server accepted, as Postfix would have logged it."""
    lines = []
    for n, name in enumerate(sink.message_ids):
        lines.append(f"Dec  8 09:00:00 mx postfix/cleanup[11]: {n:X}F: message-id={name}")
        lines.append(
            f"Dec  8 09:00:00 mx postfix/qmgr[12]: {n:X}F: from=<b@example.org>, nrcpt=1 (queue active)"
        )
    return lines


def check(found: Soaked, recipients: int, kills: int) -> None:
    """AssertionError unless everybody has one mail, and the log settled just those that it could."""
    assert found.kills >= kills, f"only {found.kills} were killed"
    assert set(found.states) <= {"sent", "unknown"}, f"lost: {found.states}"
    assert sum(found.states.values()) == recipients
    assert found.states.get("unknown", 0) == len(found.unknown)
    assert found.by_log == found.known
    assert found.accepted == Counter({1: recipients}), f"not once: {found.accepted}"
    assert found.sent == recipients


if __name__ == "__main__":
    people, times, seed = ([int(word) for word in sys.argv[1:]] + [300, 100, 1][len(sys.argv) - 1 :])[:3]
    with tempfile.TemporaryDirectory() as home:
        result = soak(Path(home), people, times, seed)
    print(f"{result.kills} kills; rows {result.states}; of the unknown {len(result.unknown)}, the server had")
    print(f"{len(result.known)}, its log settled {len(result.by_log)}; accepted {dict(result.accepted)}")
    check(result, people, times)
