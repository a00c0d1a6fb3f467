"""What a real Postfix makes of our mails, and we of its answers, its log and its bounces."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from reporter.clock import FixedClock
from reporter.post.delivery_status import delivery_status
from reporter.post.dispatch import Office, dispatch, stamp_of
from reporter.post.issues import read_issue
from reporter.post.letters import Letters
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import signer_of
from reporter.store import open_store
from tests.conftest import Racer, reporter
from tests.post import office as small
from tests.post.certificates import issued, self_signed
from tests.post.mails import published, settings
from tests.post.people import signer
from tests.post.postfix import Postfix, postfix
from tests.post.sink import Sink

EDITION, WEEK, BOUNCES = "solid-state-weekly", "2025-W49", "bounces@example.org"
PDF = b"%PDF-1.7\n" + random.Random(49).randbytes(5_000) + b"\n%%EOF\n"

Start = Callable[..., Postfix]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, and stops them at the end."""
    with ExitStack() as servers:
        yield lambda people, **settings: servers.enter_context(postfix(people, **settings))


def office_in(home: Path) -> small.Office:
    return small.Office(f"sqlite:///{home}/reporter.db", home)


def desk(home: Path, count: int, smtp: Mapping[str, Any]) -> Office:
    """A published issue with subscribers, and settings beside it that name a server: what commands work on."""
    issue = published(home, pdf=PDF)
    made = datetime.fromisoformat(json.loads((issue.folder / "manifest.json").read_bytes())["as_of"])
    now = made + timedelta(hours=3)
    own, store = settings(home, smtp), open_store(f"sqlite:///{home}/reporter.db")
    office = Office(own, store, signer_of(own, store, now), FixedClock(now))
    entries = [Entry(one.email, one.name, (EDITION,), "en", "pdf", "fair") for one in small.readers(count)]
    Subscribers(store, office.signer).add_all(entries, now)
    return office


def attached(raw: bytes) -> bytes:
    parts = [one for one in message_from_bytes(raw).walk() if one.get_content_type() == "application/pdf"]
    found = parts[0].get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def test_an_issue_to_2_000_readers_is_taken_once_and_delivered_once_to_each(
    tmp_path: Path, start: Start
) -> None:
    """Both sides agree mail by mail: the outbox has the queue id under which the server's log has the mail."""
    people = small.readers(2_000)
    emails = [one.email for one in people]
    server = start(emails)
    own = settings(tmp_path, {"host": "127.0.0.1", "port": server.port, "connections": 3})
    assert own.smtp is not None
    issue, office = published(tmp_path, pdf=PDF), office_in(tmp_path)
    stamp = stamp_of(own.smtp, signer())
    delivery = office.outbox.freeze(issue, people, stamp, small.EXPIRES, small.NOW)
    outcome = office.send(delivery, own.smtp, Letters(issue, own, signer()))
    assert (outcome.counts, outcome.complete) == ({"sent": 2_000}, True)
    server.said(r"qmgr\[\d+\]: \w+: removed", 2_000)

    taken = server.said(r"cleanup\[\d+\]: (\w+): message-id=(<.+>)")
    mails = office.outbox.mails(delivery)
    answers = [((mail.reply or "").rpartition(" ")[2], mail.envelope.message_id) for mail in mails]
    assert sorted(answers) == sorted(taken)
    assert len({name for _, name in taken}) == 2_000
    delivered = server.said(r"virtual\[\d+\]: \w+: to=<(.+?)>.* status=(\w+)")
    assert sorted(delivered) == sorted((email, "sent") for email in emails)
    boxes = [server.box(email) for email in emails]
    assert {len(box) for box in boxes} == {1}
    assert [message_from_bytes(box[0])["Message-ID"] for box in boxes] == [
        mail.envelope.message_id for mail in mails
    ]
    assert attached(boxes[6][0]) == PDF


def test_the_log_settles_what_killed_senders_left(
    tmp_path: Path, start: Start, race: Callable[..., Racer]
) -> None:
    """Three die at a dot: one mail was taken, one refused; of one that was only begun the log says nothing."""
    emails = [one.email for one in small.readers(24)]
    server = start(emails, header_checks="regexp:{{/^To: reader14@/ REJECT not here}}")
    settings(tmp_path, {"host": "127.0.0.1", "port": server.port})
    office = office_in(tmp_path)
    delivery = office.freeze(24)
    words = (office.database, str(tmp_path), str(server.port), "1")
    for moment in ("answered", "answered", "before"):
        race(f"{small.SENDER}WHEN = {moment!r}\n{small.AT_DOT}", *words).end()
    smtp = small.smtp_of(server.port)
    assert office.send(delivery, smtp).counts == {"sent": 21, "unknown": 3}
    unknown = office.outbox.mails(delivery, ["unknown"])
    assert [mail.envelope.recipient.email for mail in unknown] == [emails[6], emails[13], emails[20]]

    server.said("removed", 22)
    told = reporter("resolve", "--log", str(server.home / "log"), cwd=tmp_path)
    assert told.returncode == 4, told.stderr
    for mail, words in zip(unknown, ("taken, sent", "refused; queued again", "was begun;"), strict=True):
        assert re.search(rf"{mail.envelope.message_id} .*{words}", told.stderr)
    assert office.outbox.counts(delivery) == {"queued": 1, "sent": 22, "unknown": 1}
    assert [len(server.box(emails[n])) for n in (6, 13, 20)] == [1, 0, 0]
    office.clock.set(datetime.now(UTC))  # that of the command, which queued it again
    assert office.send(delivery, smtp).counts == {"sent": 22, "failed": 1, "unknown": 1}


def test_tls_passes_where_a_private_authority_vouches(tmp_path: Path, start: Start) -> None:
    chain = issued(tmp_path)
    people = [one.email for one in small.readers(20)]
    server = start(people, **tls(chain))
    office = office_in(tmp_path)
    smtp = small.smtp_of(server.port, security="starttls", ca_file=chain / "authority" / "crt")
    assert office.send(office.freeze(), smtp).counts == {"sent": 20}
    assert server.said(r"disconnect .* starttls=1 mail=20 rcpt=20 data=20 ")
    assert server.said(r"TLS connection established from \S+: (TLSv1\.[23])")


def tls(chain: Path) -> dict[str, str]:
    """Settings to speak TLS with; Postfix reads the key as root, also in a folder closed to others."""
    keys = f"{chain}/both.pem"
    return {"smtpd_tls_security_level": "may", "smtpd_tls_chain_files": keys, "smtpd_tls_loglevel": "1"}


@pytest.mark.parametrize(
    ("name", "vouched", "why"),
    [("IP:127.0.0.1", False, "self.signed"), ("DNS:mail.example.net", True, "IP address mismatch")],
    ids=["self-signed", "of another name"],
)
def test_to_a_certificate_that_does_not_hold_no_mail_is_offered(
    tmp_path: Path, start: Start, name: str, vouched: bool, why: str
) -> None:
    """The server itself says what it was told: EHLO and STARTTLS, and nothing after."""
    chain = issued(tmp_path, name) if vouched else self_signed(tmp_path, name)
    smtp = {"host": "127.0.0.1", "security": "starttls", "user": "desk", "password": "hunter2hunter2"}
    smtp |= {"ca_file": str(chain / "authority" / "crt")} if vouched else {}
    server = start([one.email for one in small.readers(4)], **tls(chain))
    office = desk(tmp_path, 4, smtp | {"port": server.port})
    done = reporter("send", EDITION, WEEK, "--yes", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert re.search(rf"certificate: .*{why}", done.stderr)
    assert "hunter2" not in done.stderr
    (status,) = delivery_status(office.store, office.clock.now())
    assert status["states"] == {"queued": 4}
    (heard,) = server.said(r"disconnect from \S+ (.*)")
    assert re.fullmatch(r"ehlo=1 starttls=\S+ commands=\S+", heard)


def test_who_is_not_known_there_fails_once_and_the_others_get_theirs(tmp_path: Path, start: Start) -> None:
    people = [one.email for one in small.readers(20)]
    server = start([email for email in people if email != "reader7@example.com"])
    office = office_in(tmp_path)
    delivery = office.freeze()
    for _ in range(2):
        assert office.send(delivery, small.smtp_of(server.port)).counts == {"sent": 19, "failed": 1}
    (mail,) = office.outbox.mails(delivery, ["failed"])
    assert mail.envelope.recipient.email == "reader7@example.com"
    assert "550 5.1.1" in (mail.reply or "")
    assert len(server.said(r"NOQUEUE: reject: RCPT .* to=<reader7@")) == 1
    server.said("removed", 19)
    assert [len(server.box(email)) for email in people] == [
        email != "reader7@example.com" for email in people
    ]


def test_what_a_server_further_on_refuses_comes_back_and_suppresses(tmp_path: Path, start: Start) -> None:
    """Postfix takes the mails and hands them on; what it then reports to the return path is read."""
    beyond = Sink(
        tmp_path / "sink",
        ["RCPT", 2, 9, "550 5.1.1 no such user"],
        ["RCPT", 3, 9, "552 5.2.2 mailbox full"],
    )
    try:
        there = f"inline:{{example.com=smtp:[127.0.0.1]:{beyond.port}}}"
        server = start([BOUNCES], transport_maps=there)
        office = desk(tmp_path, 4, {"host": "127.0.0.1", "port": server.port, "bounces": BOUNCES})
        issue = read_issue(tmp_path / "output", EDITION, WEEK)
        assert dispatch(office, issue).counts == {"sent": 4}
        server.said(r"to=<bounces\+\S+>, .*status=sent", 2)
    finally:
        beyond.end()
    told = reporter("bounces", str(server.box_file(BOUNCES)), "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    found = {one["address"]: (one["kind"], one["detail"]) for one in json.loads(told.stdout)["mails"]}
    assert set(found) == {"reader2@example.com", "reader3@example.com"}, told.stdout
    assert found["reader2@example.com"][0] == "hard"
    assert "550 5.1.1 no such user" in found["reader2@example.com"][1]
    assert found["reader3@example.com"][0] == "soft"
    people = Subscribers(office.store, office.signer)
    left = [one.email for one in people.recipients(EDITION)]
    assert left == ["reader1@example.com", "reader3@example.com", "reader4@example.com"]
    assert sorted(beyond.accepted) == ["reader1@example.com", "reader4@example.com"]
