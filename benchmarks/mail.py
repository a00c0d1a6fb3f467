"""Mails a second beside a bare loop of smtplib, and memory: `python -m benchmarks.mail`.

Both hand the same bytes (418 kB) to the same server, over one connection; ours commits three times a mail.
"""

from __future__ import annotations

import resource
import smtplib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from reporter.post.model import Envelope
from tests.post.office import Office, readers, small_mail, smtp_of
from tests.post.sink import Sink

SIZE = 418_000
BODY = (b"x" * 76 + b"\r\n") * (SIZE // 78)


def build(envelope: Envelope) -> bytes:
    return small_mail(envelope, BODY)


def ours(folder: Path, port: int, count: int) -> float:
    """Yields mails a second, of the whole way from the claim to the last commit."""
    office = Office(f"sqlite:///{folder}/ours-{count}.db", folder)
    delivery = office.freeze(count)
    began = time.perf_counter()
    assert office.send(delivery, smtp_of(port, mails_a_connection=100_000), build).complete
    return count / (time.perf_counter() - began)


def bare(port: int, count: int) -> float:
    """Yields mails a second of smtplib alone: nothing is written down."""
    people = readers(count)
    mails = [(one.email, small_mail(Envelope(one, "<1@example.org>", None, ""), BODY)) for one in people[:1]]  # type: ignore[arg-type]
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as server:
        for one in people:
            server.sendmail("desk@example.org", one.email, mails[0][1])
    return count / (time.perf_counter() - began)


def main() -> None:
    if len(sys.argv) > 1:  # the memory of a process of its own
        with tempfile.TemporaryDirectory() as home:
            sink = Sink(Path(home) / "sink")
            ours(Path(home), sink.port, int(sys.argv[1]))
            sink.end()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    with tempfile.TemporaryDirectory() as home:
        sink = Sink(Path(home) / "sink")
        for _ in range(3):
            mine, theirs = ours(Path(home), sink.port, 200), bare(sink.port, 200)
            (Path(home) / "ours-200.db").unlink()
            print(f"{mine:6.0f} mails/s, smtplib alone {theirs:6.0f}, ratio {mine / theirs:.2f}")
        sink.end()
    for count in (100, 10_000):
        words = [sys.executable, "-m", "benchmarks.mail", str(count)]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        print(f"{count:6,} recipients: at most {done.stdout.strip()} MB")


if __name__ == "__main__":
    main()
