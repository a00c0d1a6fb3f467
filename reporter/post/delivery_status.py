"""What became of deliveries, for people and programs."""

from __future__ import annotations

import csv
from datetime import datetime
from io import StringIO
from typing import Any

from reporter.post.outbox import Outbox
from reporter.post.outbox_tables import Delivery
from reporter.store import Store

COLUMNS = ("email", "language", "state", "attempts", "changed_at", "message_id", "reply", "note")


def delivery_status(store: Store, now: datetime, *, unfinished: bool = False) -> list[dict[str, Any]]:
    """Yields each delivery, or each `unfinished` one, oldest first: its rows by state, what is wrong with it.

    `fault` is None, or why somebody should look: paused, unknown outcomes, waiting beyond its expiry.
    """
    outbox = Outbox(store)
    found = []
    for one in outbox.deliveries(unfinished=unfinished):
        counts, next_try = outbox.counts(one), outbox.next_try(one)
        fault = f"paused: {one.paused}" if one.paused else None
        if fault is None and counts.get("unknown"):
            fault = f"{counts['unknown']} of unknown outcome; `reporter resolve` settles them"
        if fault is None and next_try is not None and now >= one.expires_at:
            fault = f"not done by {one.expires_at:%Y-%m-%d %H:%M} UTC; `reporter send --yes` goes on"
        found.append(
            {
                "edition": one.edition,
                "week": one.week,
                "version": one.version,
                "frozen_at": one.frozen_at.isoformat(),
                "mails": sum(counts.values()),
                "states": dict(counts),
                "next_try": None if next_try is None else next_try.isoformat(),
                "fault": fault,
            }
        )
    return found


def outcomes_csv(outbox: Outbox, delivery: Delivery) -> str:
    """Yields what became of each mail as CSV, with the server's last reply."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for mail in outbox.mails(delivery):
        one = mail.envelope
        row = (one.recipient.email, one.recipient.language, mail.state, mail.attempts)
        told = (mail.changed_at.isoformat(), one.message_id, mail.reply or "", mail.note or "")
        writer.writerow(tuple(_safe(word) for word in (*row, *told)))
    return text.getvalue()


def _safe(word: object) -> object:
    """Yields a text that no spreadsheet takes for a formula."""
    return f"'{word}" if isinstance(word, str) and word[:1] in ("=", "+", "-", "@", "\t") else word
