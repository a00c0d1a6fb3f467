"""The corners of SMTP at a real server: letters beyond ASCII, domains of any script, the size of a mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reporter.post.addresses import check_address
from reporter.post.model import Recipient
from reporter.post.outbox import Stamp
from reporter.post.smtp import connect
from reporter.post.smtp_faults import Refused
from tests.post.mails import LINKS, envelope, letter
from tests.post.office import EXPIRES, STAMP, Office, big_mail, issue, readers, small_mail, smtp_of
from tests.post.sink import Sink

Start = Callable[..., Sink]
WIDE = ("offer=8BITMIME", "offer=SMTPUTF8")


def to_all(office: Office, *written: str, stamp: Stamp = STAMP) -> object:
    """Freezes a delivery to addresses as people write them."""
    people: list[Recipient] = [
        replace(one, email=check_address(text))
        for one, text in zip(readers(len(written)), written, strict=True)
    ]
    return office.outbox.freeze(issue(office.folder), people, stamp, EXPIRES, office.clock.now())


def test_a_name_beyond_ascii_goes_where_the_server_offers_it(office: Office, sink: Start) -> None:
    """And only that mail is announced so: a server may hand others on to servers that know no SMTPUTF8."""
    server = sink(words=WIDE)
    delivery = to_all(office, "用户@例子.中国", "ann@example.org", "zoë@bücher.example")
    assert office.send(delivery, smtp_of(server.port)).complete  # type: ignore[arg-type]
    sent = ["用户@xn--fsqu00a.xn--fiqs8s", "ann@example.org", "zoë@xn--bcher-kva.example"]
    assert server.accepted == sent
    announced = [line.endswith(" SMTPUTF8") for line in server.log.splitlines() if line.startswith("MAIL")]
    assert announced == [True, False, True]


def test_where_it_is_not_offered_that_recipient_fails_and_the_others_get_theirs(
    office: Office, sink: Start
) -> None:
    server = sink(words=("offer=8BITMIME",))
    delivery = to_all(office, "ann@example.org", "用户@example.org", "bob@example.org")
    for _ in range(2):
        outcome = office.send(delivery, smtp_of(server.port))  # type: ignore[arg-type]
        assert (outcome.counts, outcome.paused) == ({"sent": 2, "failed": 1}, False)
    (failed,) = office.outbox.mails(delivery, ["failed"])  # type: ignore[arg-type]
    assert failed.reply == "RCPT: 553 the server takes no address beyond ASCII (SMTPUTF8)"
    assert server.accepted == ["ann@example.org", "bob@example.org"]
    assert server.log.isascii()


def test_a_domain_of_any_script_is_written_in_ascii(office: Office, sink: Start) -> None:
    """Of readers and of the desk itself: no server needs to know more than ASCII for it."""
    server = sink()
    smtp = smtp_of(server.port, sender="desk@bücher.example", bounces="back@例子.中国")
    assert (smtp.sender, smtp.bounces) == ("desk@xn--bcher-kva.example", "back@xn--fsqu00a.xn--fiqs8s")
    delivery = to_all(office, "ann@BÜCHER.example", "bob@straße.example", stamp=STAMP)
    assert office.send(delivery, smtp).complete  # type: ignore[arg-type]
    assert server.accepted == ["ann@xn--bcher-kva.example", "bob@xn--strae-oqa.example"]
    assert server.log.isascii()


def test_the_whole_mail_to_a_name_beyond_ascii_arrives_as_it_was_built(tmp_path: Path, sink: Start) -> None:
    server = sink(words=(*WIDE, "keep"))
    mail = letter(tmp_path).mail(envelope("用户@bücher.example"), LINKS)
    line = connect(smtp_of(server.port))
    line.deliver(mail, "desk@example.org", "用户@xn--bcher-kva.example", lambda: None)
    line.quit()
    assert server.mails == [mail]
    assert "\r\nTo: 用户@xn--bcher-kva.example\r\n".encode() in b"\r\n" + server.mails[0]


@pytest.mark.parametrize("word", ["a@b.c> SIZE=1", "a@b.c>\r\nRCPT TO:<evil@x.example", "a\0@b.c", "a b@c.d"])
def test_what_is_no_address_is_not_written_to_the_wire(sink: Start, word: str) -> None:
    """The last gate, behind those of the settings, the list and the letter."""
    server = sink()
    line = connect(smtp_of(server.port))
    for sender, recipient in (("desk@example.org", word), (word, "ann@example.org")):
        with pytest.raises(Refused, match="nothing was sent"):
            line.deliver(b"Message-ID: <1@b>\r\n\r\n\r\n", sender, recipient, lambda: None)
    line.quit()
    assert "MAIL" not in server.log


def test_a_mail_larger_than_the_server_takes_is_not_begun(office: Office, sink: Start) -> None:
    """Where even the mail with a link is: the issue waits for a hand, and is told by how much."""
    server, delivery = sink(words=("offer=SIZE 100000",)), office.freeze()
    outcome = office.send(delivery, smtp_of(server.port), big_mail)
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
    assert "the server takes 100,000" in (outcome.reason or "")
    assert "MAIL" not in server.log
    assert office.send(delivery, smtp_of(server.port), small_mail).complete


@pytest.mark.parametrize(("offer", "limit"), [("SIZE 5000", 5000), ("SIZE 0", None), ("SIZE", None)])
def test_a_server_may_say_what_it_takes_or_not(sink: Start, offer: str, limit: int | None) -> None:
    line = connect(smtp_of(sink(words=(f"offer={offer}",)).port))
    assert line.size_limit == limit
    line.quit()


def test_a_mail_that_the_server_finds_too_large_though_it_did_not_say_so_pauses(
    office: Office, sink: Start
) -> None:
    server, delivery = sink(["MAIL", None, 1, "552 message size exceeds fixed limit"]), office.freeze()
    outcome = office.send(delivery, smtp_of(server.port))
    assert (outcome.counts, outcome.paused) == ({"queued": 20}, True)
