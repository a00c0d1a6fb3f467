"""Every fault that a delivery must survive: 20 recipients, a real server in a process of its own."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Racer
from tests.disks import mounted
from tests.post.office import AT_DOT, NOW, SENDER, Office, big_mail, small_mail, smtp_of
from tests.post.sink import Sink

ALL = {"sent": 20}


@pytest.fixture
def office(each_office: Office) -> Office:
    """Every fault is tried with each kind of database."""
    return each_office


def all_once(sink: Sink, count: int = 20) -> bool:
    return sorted(Counter(sink.accepted).values()) == [1] * count


@pytest.mark.parametrize(
    "fault",
    [
        ["banner", None, 9, "421 too busy"],
        ["banner", None, 9, "drop"],
        ["EHLO", None, 9, "drop"],
        ["MAIL", None, 9, "451 later"],
        ["MAIL", None, 9, "421 closing"],
        ["MAIL", None, 9, "drop"],
    ],
    ids=lambda fault: f"{fault[0]} {fault[3]}",
)
def test_a_fault_of_the_server_spends_no_attempt(
    office: Office, sink: Callable[..., Sink], fault: Any
) -> None:
    server, delivery = sink(fault), office.freeze()
    outcome = office.send(delivery, smtp_of(server.port))
    assert (outcome.counts, outcome.paused, outcome.complete) == ({"queued": 20}, False, False)
    assert str(fault[3]).replace("drop", "closed the connection") in (outcome.reason or "")
    assert {mail.attempts for mail in office.outbox.mails(delivery)} == {0}
    server.tell()
    assert office.send(delivery, smtp_of(server.port)).counts == ALL
    assert all_once(server)


def test_a_server_that_is_away_spends_no_attempt(office: Office, sink: Callable[..., Sink]) -> None:
    server, delivery = sink(), office.freeze()
    outcome = office.send(delivery, smtp_of(1))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, False)
    assert "connect: 127.0.0.1:1: Connection refused" in (outcome.reason or "")
    assert office.send(delivery, smtp_of(server.port)).counts == ALL
    assert all_once(server)


def test_a_short_fault_of_the_server_is_waited_out(office: Office, sink: Callable[..., Sink]) -> None:
    server = sink(["banner", None, 2, "421 busy"], ["MAIL", None, 1, "451 later"])
    assert office.send(office.freeze(), smtp_of(server.port)).complete
    assert all_once(server)


@pytest.mark.parametrize(
    "fault",
    [
        ["banner", None, 9, "554 no"],
        ["EHLO", None, 9, "550 no"],
        ["MAIL", None, 9, "550 sender refused"],
    ],
    ids=lambda fault: f"{fault[0]} {fault[3]}",
)
def test_a_refusal_of_the_server_pauses_the_issue(
    office: Office, sink: Callable[..., Sink], fault: Any
) -> None:
    server, delivery = sink(fault), office.freeze()
    outcome = office.send(delivery, smtp_of(server.port))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
    paused = office.outbox.find("weekly", "2025-W49", 1)
    assert paused is not None
    assert fault[3] in (paused.paused or "")
    assert server.log.count("EHLO") <= 1  # it is not asked again and again


LOGIN = {"user": "desk", "password": "hunter2hunter2"}


def refused_unheard(office: Office, server: Sink, **changes: Any) -> str:
    delivery = office.freeze()
    outcome = office.send(delivery, smtp_of(server.port, **LOGIN, **changes))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
    log = server.log
    assert "AUTH" not in log
    assert "MAIL" not in log
    assert "hunter2" not in (outcome.reason or "")
    return outcome.reason or ""


def test_without_starttls_nothing_is_said(office: Office, sink: Callable[..., Sink]) -> None:
    assert "no STARTTLS" in refused_unheard(office, sink(), security="starttls")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_to_a_certificate_that_nobody_vouches_for_nothing_is_said(
    office: Office, sink: Callable[..., Sink], certificate: Path, security: str
) -> None:
    words = (f"certificate={certificate}/both.pem", *(["tls"] if security == "tls" else []))
    assert "certificate" in refused_unheard(office, sink(words=words), security=security)


def test_no_password_goes_out_in_the_clear(office: Office, sink: Callable[..., Sink]) -> None:
    assert "without TLS" in refused_unheard(office, sink(words=("offer=AUTH PLAIN",)))


@pytest.mark.parametrize(
    ("answer", "paused"), [("454 later", False), ("535 wrong", True)], ids=["454", "535"]
)
def test_a_login_that_fails(
    office: Office, sink: Callable[..., Sink], certificate: Path, answer: str, paused: bool
) -> None:
    words = (f"certificate={certificate}/both.pem", "offer=AUTH PLAIN LOGIN")
    server, delivery = sink(["AUTH", None, 9, answer], words=words), office.freeze()
    smtp = smtp_of(server.port, **LOGIN, security="starttls", ca_file=certificate / "crt")
    outcome = office.send(delivery, smtp)
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, paused)
    assert {mail.attempts for mail in office.outbox.mails(delivery)} == {0}
    server.tell()
    assert office.send(delivery, smtp).counts == ALL  # by hand, also where it was paused
    assert all_once(server)


@pytest.mark.parametrize("phase", ["RCPT", "DATA", "dot"])
@pytest.mark.parametrize("answer", ["450 later", "421 later"])
def test_a_recipient_who_is_deferred_twice_gets_it_in_the_end(
    office: Office, sink: Callable[..., Sink], phase: str, answer: str
) -> None:
    server, delivery = sink([phase, 7, 2, answer]), office.freeze()
    for attempts in (1, 2):
        outcome = office.send(delivery, smtp_of(server.port))
        assert outcome.counts == {"sent": 19, "deferred": 1}
        assert office.outbox.mails(delivery, ["deferred"])[0].attempts == attempts
        office.later()
    assert office.send(delivery, smtp_of(server.port)).complete
    assert all_once(server)


def test_a_deferred_mail_is_not_tried_before_its_time(office: Office, sink: Callable[..., Sink]) -> None:
    server, delivery = sink(["RCPT", 7, 1, "450 later"]), office.freeze()
    for _ in range(3):
        assert office.send(delivery, smtp_of(server.port)).counts == {"sent": 19, "deferred": 1}
    assert server.log.count("reader7@") == 1


def test_a_mail_that_is_deferred_beyond_the_expiry_fails(office: Office, sink: Callable[..., Sink]) -> None:
    server, delivery = sink(["RCPT", 7, 999, "450 later"]), office.freeze()
    office.outbox.extend(delivery, NOW + timedelta(hours=2))
    for _ in range(20):
        outcome = office.send(delivery, smtp_of(server.port))
        if outcome.next_try is None:
            break
        office.clock.set(outcome.next_try)
    assert outcome.counts == {"sent": 19, "failed": 1}
    assert "expiry" in (office.outbox.mails(delivery, ["failed"])[0].reply or "")


@pytest.mark.parametrize("phase", ["RCPT", "DATA", "dot"])
def test_a_recipient_who_is_refused_fails_once(office: Office, sink: Callable[..., Sink], phase: str) -> None:
    server, delivery = sink([phase, 7, 9, "554 no such box"]), office.freeze()
    for _ in range(2):
        assert office.send(delivery, smtp_of(server.port)).counts == {"sent": 19, "failed": 1}
    failed = office.outbox.mails(delivery, ["failed"])[0]
    assert (failed.reply, failed.attempts) == (f"{phase}: 554 no such box", 1)
    assert all_once(server, 19)


def test_a_drop_in_the_body_repeats_nothing(office: Office, sink: Callable[..., Sink]) -> None:
    server = sink(["body", 7, 1, "drop"], ["body", 9, 1, "drop"], words=("small",))
    delivery = office.freeze()
    assert office.send(delivery, smtp_of(server.port), big_mail).counts == {"sent": 18, "deferred": 2}
    office.later()
    assert office.send(delivery, smtp_of(server.port), big_mail).complete
    assert all_once(server)


@pytest.mark.parametrize("what", ["drop", "accept-drop", "accept-hang"])
def test_an_answer_that_never_came_is_unknown_and_not_sent_again(
    office: Office, sink: Callable[..., Sink], what: str
) -> None:
    server, delivery = sink(["dot", 7, 1, what]), office.freeze()
    smtp = smtp_of(server.port, reply_timeout="1s")
    for _ in range(2):
        outcome = office.send(delivery, smtp)
        assert (outcome.counts, outcome.complete) == ({"sent": 19, "unknown": 1}, False)
        office.later()
    assert all_once(server, 20 if what.startswith("accept") else 19)


# ── kill −9 ──


def killed(office: Office, race: Callable[..., Racer], server: Sink, code: str) -> None:
    """Runs a sender that is killed, by itself or while the sink leaves it waiting."""
    racer = race(SENDER + code, office.database, str(office.folder), str(server.port), "1")
    if "SIGKILL" not in code:
        assert server.heard() == "hung"
        os.kill(racer.process.pid, signal.SIGKILL)
    racer.process.communicate()
    assert racer.process.returncode == -signal.SIGKILL


AT_CLAIM = """
def wanted(id):
    if id == 7: os.kill(os.getpid(), signal.SIGKILL)
    return True
import dataclasses
deliver(run_of(dataclasses.replace(office.job(begun, smtp), wanted=wanted)))
"""
PLAIN = "deliver(run_of(office.job(begun, smtp, big_mail)))"


@pytest.mark.parametrize("phase", ["claim", "MAIL", "RCPT", "DATA", "body"])
def test_a_sender_killed_before_the_marker_loses_and_repeats_none(
    office: Office, sink: Callable[..., Sink], race: Callable[..., Racer], phase: str
) -> None:
    script = [] if phase == "claim" else [[phase, None if phase == "MAIL" else 7, 1, "hang"]]
    server, delivery = sink(*script, words=("small",)), office.freeze()
    killed(office, race, server, AT_CLAIM if phase == "claim" else PLAIN)
    assert office.outbox.counts(delivery)["claimed"] == 1
    outcome = office.send(delivery, smtp_of(server.port))
    assert outcome.counts == ALL
    assert all_once(server)


@pytest.mark.parametrize(("moment", "accepted"), [("before", 19), ("answered", 20), ("waiting", 20)])
def test_a_sender_killed_after_the_marker_leaves_one_unknown(
    office: Office, sink: Callable[..., Sink], race: Callable[..., Racer], moment: str, accepted: int
) -> None:
    script = [["dot", 7, 1, "accept-hang"]] if moment == "waiting" else []
    server, delivery = sink(*script), office.freeze()
    killed(office, race, server, PLAIN if moment == "waiting" else f"WHEN = {moment!r}\n{AT_DOT}")
    assert office.outbox.counts(delivery) == {"queued": 13, "dot": 1, "sent": 6}
    for _ in range(2):
        assert office.send(delivery, smtp_of(server.port)).counts == {"sent": 19, "unknown": 1}
    assert all_once(server, accepted)


# ── disk, rivals, subscribers ──


FILLING = (
    SENDER
    + """
from reporter.errors import MachineError
from tests.disks import fill
def build(envelope):
    if envelope.recipient.id == 7:
        fill(Path(sys.argv[2]))
    return small_mail(envelope)
try:
    deliver(run_of(office.job(begun, smtp, build)))
except MachineError as error:
    print(error, flush=True)
"""
)


def test_a_full_disk_stops_the_run_cleanly_and_repeats_nothing(
    tmp_path: Path, sink: Callable[..., Sink], race: Callable[..., Racer]
) -> None:
    """A real one; with SQLite, for the disk of PostgreSQL is another machine's."""
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=2m", "tmpfs") as disk:
        office = Office(f"sqlite:///{disk}/reporter.db", disk)
        server, delivery = sink(), office.freeze()
        racer = race(FILLING, office.database, str(disk), str(server.port), "1")
        assert "make room on" in racer.heard()
        racer.end()
        done = len(server.accepted)
        assert 6 <= done < 20
        (disk / "filler").unlink()
        assert office.send(delivery, smtp_of(server.port)).counts == ALL
        assert all_once(server)


def test_two_processes_send_each_mail_once(
    office: Office, sink: Callable[..., Sink], race: Callable[..., Racer]
) -> None:
    server, delivery = sink(), office.freeze(400)
    words = (office.database, str(office.folder), str(server.port), "2")
    code = SENDER + "print(deliver(run_of(office.job(begun, smtp))).counts['sent'], flush=True)"
    racers = [race(code, *words) for _ in range(2)]
    assert all(racer.end() for racer in racers)
    assert office.outbox.counts(delivery) == {"sent": 400}
    assert all_once(server, 400)
    assert len(set(server.message_ids)) == 400


def test_who_unsubscribes_during_the_run_gets_no_mail_that_is_claimed_later(
    office: Office, sink: Callable[..., Sink]
) -> None:
    server, delivery = sink(), office.freeze()

    def build(envelope: Any) -> bytes:
        if envelope.recipient.id == 7:
            office.unwanted |= {12, 13}
        return small_mail(envelope)

    outcome = office.send(delivery, smtp_of(server.port), build)
    assert outcome.counts == {"sent": 18, "suppressed": 2}
    assert not {"reader12@example.com", "reader13@example.com"} & set(server.accepted)


def test_an_issue_whose_mails_fail_is_paused(office: Office, sink: Callable[..., Sink]) -> None:
    server, delivery = sink(["RCPT", None, 999, "550 blocked"]), office.freeze()
    smtp = smtp_of(server.port, breaker={"share": 0.5, "of": 5})
    outcome = office.send(delivery, smtp)
    assert (outcome.counts, outcome.paused) == ({"queued": 15, "failed": 5}, True)
    assert "550 blocked" in (outcome.reason or "")


def test_a_connection_is_used_again_and_recycled(office: Office, sink: Callable[..., Sink]) -> None:
    server = sink()
    assert office.send(office.freeze(), smtp_of(server.port, mails_a_connection=7)).complete
    assert server.log.count("EHLO") == 3
