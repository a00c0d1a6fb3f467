"""Mails a second beside a bare loop of smtplib, and memory: `python -m benchmarks.mail`.

Both hand mails of the same size (412 kB, with a PDF) to the same server, over one connection. Ours is the
whole way of `reporter send`: subscribers frozen, each asked for again, mails made, three durable commits a
mail. The bare loop sends ready bytes and writes nothing down.
"""

from __future__ import annotations

import json
import resource
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from reporter.clock import FixedClock
from reporter.post.dispatch import Office, dispatch, dry_run
from reporter.post.issues import read_issue
from reporter.post.model import IssueFolder
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.store import open_store
from tests.post.mails import published, settings
from tests.post.people import signer
from tests.post.sink import Sink

MAILS, TURNS = 200, 5
EDITION, WEEK = "solid-state-weekly", "2025-W49"


@contextmanager
def newsroom(count: int) -> Iterator[tuple[Path, Sink]]:
    """Yields a folder with a published issue and `count` subscribers in its database, and a mail server."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        sink = Sink(folder / "sink")
        try:
            published(folder)
            office, _ = desk(folder, sink)
            people = Subscribers(office.store, office.signer)
            for n in range(count):
                one = Entry(f"reader{n}@example.com", "", (EDITION,), "en", "pdf", "a fair")
                people.add(one, office.clock.now())
            yield folder, sink
        finally:
            sink.end()


def desk(folder: Path, sink: Sink) -> tuple[Office, IssueFolder]:
    """Yields what `dispatch` needs."""
    issue = read_issue(folder / "output", EDITION, WEEK)
    made = datetime.fromisoformat(json.loads((issue.folder / "manifest.json").read_bytes())["as_of"])
    server = {"host": "127.0.0.1", "port": sink.port, "mails_a_connection": 100_000, "connection_lasts": "1h"}
    store = open_store(f"sqlite:///{folder}/reporter.db")
    clock = FixedClock(made + timedelta(hours=1))
    return Office(settings(folder, server), store, signer(), clock), issue


def ours() -> float:
    """Yields mails a second, from the freezing of recipients to the last commit."""
    with newsroom(MAILS) as (folder, sink):
        office, issue = desk(folder, sink)
        began = time.perf_counter()
        assert dispatch(office, issue).counts == {"sent": MAILS}
        return MAILS / (time.perf_counter() - began)


def bare() -> float:
    """Yields mails a second of smtplib alone."""
    with newsroom(1) as (folder, sink):
        office, issue = desk(folder, sink)
        written, _ = dry_run(office, issue)
        mail = next(written.iterdir()).read_bytes()
        began = time.perf_counter()
        with smtplib.SMTP("127.0.0.1", sink.port) as server:
            for n in range(MAILS):
                server.sendmail("desk@example.org", f"reader{n}@example.com", mail)
        return MAILS / (time.perf_counter() - began)


def peak(count: int) -> int:
    """Yields the peak memory, in MB, of a process of its own that mails to so many."""
    with newsroom(count) as (folder, sink):
        words = [sys.executable, "-m", "benchmarks.mail", str(folder), str(sink.port)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        return int(done.stdout)


class Elsewhere(Sink):
    """A server that another process started."""

    def __init__(self, port: int) -> None:
        self.port = port


def main() -> None:
    """Runs all, or in a process of its own one delivery, whose memory it prints."""
    if len(sys.argv) > 1:
        office, issue = desk(Path(sys.argv[1]), Elsewhere(int(sys.argv[2])))
        assert set(dispatch(office, issue).counts) == {"sent"}
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    pairs = [(ours(), bare()) for _ in range(TURNS)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print("| mails a second | smtplib alone | ratio |\n|---|---|---|")
    print(f"| {mine:.0f} | {theirs:.0f} | {ratio:.2f} |\n")
    print("| recipients | peak MB |\n|---|---|")
    for count in (100, 10_000):
        print(f"| {count:,} | {peak(count)} |", flush=True)


if __name__ == "__main__":
    main()
