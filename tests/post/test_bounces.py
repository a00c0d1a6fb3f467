"""What came back: read, proven ours, and acted upon once."""

from __future__ import annotations

import io
import json
import mailbox
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import yaml

from reporter.errors import UsageError
from reporter.post.bounces import BounceDesk, Returned, verdict_of
from reporter.post.mailbox import mails_from, mails_in
from reporter.post.subscribers import Subscribers
from tests.conftest import ROOT
from tests.post.people import ANN, NOW, added, signer, subscribers

BOX = "bounces@example.org"
FULL = "smtp; 452 4.2.2 mailbox full"


def report(
    token: str = "t1",
    status: str = "5.1.1",
    action: str = "failed",
    told: str = "smtp; 550 5.1.1 no such user",
    to: str | None = None,
) -> bytes:
    """A delivery report as Postfix writes it."""
    path = to or f"bounces+{signer().sign('bounce', token)}@example.org"
    return f"""\
Return-Path: <>
Delivered-To: {path}
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {path}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon, 8 Dec 2025 01:30:00 +0000 (UTC)

Final-Recipient: rfc822; ann@example.org
Original-Recipient: rfc822;ann@example.org
Action: {action}
Status: {status}
Diagnostic-Code: {told}

--b1
Content-Type: text/rfc822-headers

Message-ID: <20251208.1@example.org>

--b1--
""".encode()


SENT = {f"t{n}": ANN.email for n in range(10)}


@pytest.fixture
def people(database: str) -> Subscribers:
    found = subscribers(database)
    added(found)
    return found


def settled(people: Subscribers, *mails: bytes, days: int = 0) -> list[Returned]:
    desk = BounceDesk(BOX, people.signer, people, SENT.get)
    return list(desk.settle(mails, NOW + timedelta(days=days)))


def kinds(found: Iterable[Returned]) -> list[str]:
    return [one.kind for one in found]


def receives(people: Subscribers) -> bool:
    return ANN.email in [one.email for one in people.recipients("weekly")]


def test_a_bad_address_is_suppressed_at_once_and_the_same_report_counts_once(people: Subscribers) -> None:
    found = settled(people, report())
    assert found == [Returned("hard", "5.1.1 550 5.1.1 no such user", ANN.email)]
    assert people.is_suppressed(ANN.email)
    assert not receives(people)
    assert kinds(settled(people, report())) == ["known"]


def test_the_third_full_mailbox_in_30_days_suppresses(people: Subscribers) -> None:
    """Three reports of one mail are one; a fourth mail 31 days later would not have counted the first."""
    full = {"status": "4.2.2", "told": FULL}
    assert kinds(settled(people, *(report("t1", **full) for _ in range(3)))) == ["soft", "known", "known"]
    settled(people, report("t2", **full), days=31)
    settled(people, report("t3", **full), days=32)
    assert receives(people)
    assert kinds(settled(people, report("t4", **full), days=33)) == ["soft"]
    assert not receives(people)


@pytest.mark.parametrize(
    ("status", "action", "kind"),
    [
        ("5.1.1", "failed", "hard"),
        ("5.1.2", "failed", "hard"),
        ("5.2.1", "failed", "hard"),
        ("5.0.0", "failed (final)", "unread"),
        ("5.0.0", "Failed", "hard"),
        ("5.2.2", "failed", "soft"),
        ("5.2.3", "failed", "soft"),
        ("5.3.4", "failed", "soft"),
        ("5.7.1", "failed", "soft"),
        ("4.4.7", "failed", "soft"),
        ("", "failed", "soft"),
        ("4.4.1", "delayed", "delayed"),
        ("2.0.0", "delivered", "unread"),
        ("2.0.0", "relayed", "unread"),
    ],
)
def test_only_what_says_that_the_address_is_bad_is_hard(
    tmp_path: Path, status: str, action: str, kind: str
) -> None:
    people = subscribers(f"sqlite:///{tmp_path}/reporter.db")
    added(people)
    assert kinds(settled(people, report(status=status, action=action))) == [kind]
    assert people.is_suppressed(ANN.email) == (kind == "hard")


FORGED = {
    "another address": report(to="bounces@example.org"),
    "another domain": report(to=f"bounces+{signer().sign('bounce', 't1')}@example.org.evil.example"),
    "a token that nobody signed": report(to="bounces+t1.AAAAAAAAAAAAAAAAAAAAAAAAAAA@example.org"),
    "a token for something else": report(to=f"bounces+{signer().sign('preferences', 't1')}@example.org"),
    "an answering machine": b"To: bounces+%s@example.org\nSubject: Out of office\n\nBack on Monday.\n"
    % signer().sign("bounce", "t1").encode(),
    "a text that looks like one": b"To: bounces+%s@example.org\nSubject: failure\n\nAction: failed\nStatus: 5.1.1\n"
    % signer().sign("bounce", "t1").encode(),
    "a mail that is not known": report("t99"),
    "unsubscribe without a token": b"To: bounces@example.org\nSubject: unsubscribe me\n\n",
    "unsubscribe with another's token": b"To: bounces@example.org\nSubject: unsubscribe %s\n\n"
    % signer().sign("preferences", "p1").encode(),
    "nothing": b"",
    "no mail": bytes(range(256)) * 40,
    "a broken report": report().partition(b"Action")[0],
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
def test_what_is_not_ours_changes_nothing(tmp_path: Path, raw: bytes) -> None:
    people = subscribers(f"sqlite:///{tmp_path}/reporter.db")
    added(people)
    assert kinds(settled(people, raw))[0] in ("foreign", "forged", "unread", "known")
    assert receives(people)


def test_a_mail_unsubscribes_as_its_header_says(people: Subscribers) -> None:
    person = people.by_email(ANN.email)
    assert person is not None
    token = signer().sign("unsubscribe", "weekly", person.public)
    mail = f"From: ann@example.org\nTo: {BOX}\nSubject: unsubscribe {token}\n\n".encode()
    assert kinds(settled(people, mail, mail)) == ["unsubscribed", "unsubscribed"]
    assert not receives(people)


def test_of_a_report_on_several_the_worst_counts() -> None:
    raw = report(status="4.2.2").replace(
        b"\n--b1\nContent-Type: text/rfc822-headers",
        b"\nFinal-Recipient: rfc822; x@example.org\nAction: failed\nStatus: 5.1.1\n\n--b1\nContent-Type: text/x",
    )
    verdict = verdict_of(message_from_bytes(raw))
    assert verdict is not None
    assert verdict.hard


# ── mailboxes ──


def test_an_mbox_a_maildir_and_a_pipe_hold_the_same_mails(tmp_path: Path) -> None:
    """Written by the standard library; a line that begins with From is part of its mail."""
    wanted = [report(), report("t2"), b"Subject: x\n\none\n>From here\n"]
    box, folder = mailbox.mbox(tmp_path / "mbox"), mailbox.Maildir(tmp_path / "maildir")
    for raw in wanted:
        box.add(raw)
        folder.add(raw)
    box.close()
    read = list(mails_in(tmp_path / "mbox"))
    assert [one.strip() for one in read] == [one.strip() for one in wanted]
    assert sorted(one.strip() for one in mails_in(tmp_path / "maildir")) == sorted(
        one.strip() for one in wanted
    )
    assert list(mails_from(io.BytesIO(report()))) == [report()]
    assert list(mails_from(io.BytesIO(b""))) == []


def test_a_mailbox_that_is_not_there_is_told(tmp_path: Path) -> None:
    for place in (tmp_path / "nothing", tmp_path):
        with pytest.raises(UsageError, match=str(place)):
            list(mails_in(place))


def bounces(home: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "reporter", "bounces", *words]
    return subprocess.run(
        command, cwd=home, input=given, capture_output=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )


def test_the_command_reads_a_pipe_and_tells_what_it_found(tmp_path: Path) -> None:
    smtp = {"host": "localhost", "security": "none", "sender": "desk@example.org", "bounces": BOX}
    document = {"editions": {"weekly": {"title": {"en": "W"}}}, "smtp": smtp}
    (tmp_path / "schedule.yaml").write_text(yaml.safe_dump(document))
    told = bounces(tmp_path, "-", "--json", given=report(to="bounces+t1.AAAA@example.org"))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["counts"] == {"forged": 1}
    del smtp["bounces"]
    (tmp_path / "schedule.yaml").write_text(yaml.safe_dump(document))
    told = bounces(tmp_path, "-")
    assert told.returncode == 2
    assert b"smtp.bounces" in told.stderr
