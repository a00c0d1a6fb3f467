"""From the slot to the reader: published, mailed once, and next week to those who still want it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

from reporter.mailing import Mailing
from reporter.post.bounces import BounceDesk
from reporter.post.outbox import Outbox
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import signer_of
from tests.post.sink import Sink
from tests.press.newsroom import Newsroom, pages_here

REPORT = """\
Return-Path: <>
To: {path}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

It could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1--
"""


def settings_of(port: int) -> str:
    return f"""public_url: https://bulletin.example.org
smtp: {{host: 127.0.0.1, port: {port}, security: none, sender: desk@example.org, bounces: bo@example.org}}"""


def envelopes(sink: Sink) -> dict[str, str]:
    """The last return path of each recipient, from what the server was told."""
    found = re.findall(r"MAIL FROM:<([^>]*)>[^\n]*\n(?:[^\n]*\n)*?RCPT TO:<([^>]*)>", sink.log)
    return {to: path for path, to in found}


def test_fifty_readers_have_the_issue_once_and_a_week_later_those_who_are_left(tmp_path: Path) -> None:
    sink = Sink(tmp_path / "sink")
    try:
        room = Newsroom(
            tmp_path,
            'languages: [en, zh]\nschedule: {day: monday, at: "09:00"}\ndeliver: {automatic: true}',
            settings_of(sink.port),
            makers=pages_here,
        )
        settings, store = room.rounds.settings, room.ledger.store
        people = Subscribers(store, signer_of(settings, store, room.clock.now()))
        for n in range(50):
            language = "zh" if n % 2 else "en"
            people.add(
                Entry(f"reader{n}@example.com", f"Reader {n}", ("weekly",), language, "pdf", "a fair"),
                room.clock.now(),
            )
        mailing = Mailing(room.rounds.watch, room.clock, room.rounds.journal)
        assert mailing.round() == []

        assert room.at("2026-01-05 09:00") == [("2026-W01", "published")]
        [(name, outcome)] = mailing.round()
        assert (name, outcome.counts) == ("weekly 2026-W01 v1", {"sent": 50})
        assert mailing.round() == []
        assert sorted(sink.accepted) == sorted(f"reader{n}@example.com" for n in range(50))
        assert len(set(sink.message_ids)) == 50

        paths = envelopes(sink)
        lost = [f"reader{n}@example.com" for n in (3, 14, 15)]
        outbox = Outbox(store)

        def address_of(token: str) -> str | None:
            found = outbox.by_token(token)
            return found.envelope.recipient.email if found else None

        desk = BounceDesk("bo@example.org", people.signer, people, address_of)
        reports = [REPORT.format(path=paths[one], address=one).encode() for one in lost]
        kinds = Counter(one.kind for one in desk.settle(reports, room.clock.now() + timedelta(hours=1)))
        assert kinds == {"hard": 3}
        leaving = people.by_email("reader26@example.com")
        assert leaving is not None
        assert people.unsubscribe(leaving.public, "weekly", room.clock.now())

        assert room.at("2026-01-12 09:00") == [("2026-W02", "published")]
        [(name, outcome)] = mailing.round()
        assert (name, outcome.counts) == ("weekly 2026-W02 v1", {"sent": 46})
        second = sink.accepted[50:]
        assert len(second) == len(set(second)) == 46
        assert not {*lost, "reader26@example.com"} & set(second)
    finally:
        sink.end()
