"""The scheduler's part in the post: what it writes into the log."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from reporter.journal import LOGGER
from reporter.mailing import Mailing
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import signer_of
from tests.post.sink import Sink
from tests.press.newsroom import Newsroom

SMTP = "{{host: 127.0.0.1, port: {port}, security: none, sender: desk@example.org}}"
DELIVERED = "deliver: {automatic: true, size_limit_mb: 0.01}"


def test_that_a_link_stands_in_for_the_pdf_is_written_down_once(tmp_path: Path) -> None:
    sink, lines = Sink(tmp_path / "sink"), list[Any]()
    handler, logger = logging.Handler(), logging.getLogger(LOGGER)
    handler.emit = lines.append  # type: ignore[method-assign]
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        schedule = f'schedule: {{day: monday, at: "09:00"}}\n{DELIVERED}'
        more = f"public_url: https://bulletin.example.org\nsmtp: {SMTP.format(port=sink.port)}"
        room = Newsroom(tmp_path, schedule, more)
        store = room.ledger.store
        people = Subscribers(store, signer_of(room.rounds.settings, store, room.clock.now()))
        for n in range(3):
            entry = Entry(f"reader{n}@example.com", "", ("weekly",), "en", "pdf", "a fair")
            people.add(entry, room.clock.now())
        assert room.at("2026-01-05 09:00") == [("2026-W01", "published")]
        Mailing(room.rounds.watch, room.clock, room.rounds.journal).round()
        assert len(sink.accepted) == 3
        (linked,) = [line.fields for line in lines if line.getMessage() == "linked"]
        assert (linked["edition"], linked["week"], linked["language"]) == ("weekly", "2026-W01", "en")
        assert linked["bytes"] > 10_000
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        sink.end()
