"""An issue is delivered by the command: to subscribers, once, and only where nothing speaks against it."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reporter.clock import FixedClock
from reporter.errors import (
    DeliveryError,
    MailError,
    NothingToDo,
    SettingsError,
    SubscriberError,
    VerificationError,
)
from reporter.post.delivery_status import delivery_status, outcomes_csv
from reporter.post.dispatch import Office, dispatch, dry_run, send_proof
from reporter.post.message import Letter
from reporter.post.model import IssueFolder
from reporter.post.outbox import Outbox
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.post.witness import Witness, read_witness, write_witness
from reporter.store import open_store
from tests.conftest import reporter
from tests.post.mails import published, settings
from tests.post.people import signer
from tests.post.sink import Sink
from tests.post.test_addresses import INJECTIONS

EDITION, WEEK = "solid-state-weekly", "2025-W49"


@dataclass
class Desk:
    """A published issue, its subscribers, and a server."""

    home: Path
    sink: Sink
    issue: IssueFolder
    office: Office
    clock: FixedClock
    people: Subscribers

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.office.store)

    def states(self) -> Any:
        return [one["states"] for one in delivery_status(self.office.store, self.clock.now())]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    sink = Sink(tmp_path / "sink")
    issue = published(tmp_path)
    made = datetime.fromisoformat(json.loads((issue.folder / "manifest.json").read_bytes())["as_of"])
    store, clock = open_store(f"sqlite:///{tmp_path}/reporter.db"), FixedClock(made + timedelta(hours=3))
    people = Subscribers(store, signer())
    for n in range(4):
        entry = Entry(
            f"reader{n}@example.com", f"Reader {n}", (EDITION,), "zh" if n % 2 else "en", "pdf", "fair"
        )
        people.add(entry, clock.now())
    own = settings(tmp_path, {"host": "127.0.0.1", "port": sink.port})
    yield Desk(tmp_path, sink, issue, Office(own, store, signer(), clock), clock, people)
    sink.end()


def test_every_subscriber_gets_the_issue_once(desk: Desk) -> None:
    for _ in range(2):
        assert dispatch(desk.office, desk.issue).complete
    assert sorted(desk.sink.accepted) == [f"reader{n}@example.com" for n in range(4)]
    assert desk.states() == [{"sent": 4}]
    delivery = desk.outbox.find(EDITION, WEEK, 1)
    assert delivery is not None
    lines = outcomes_csv(desk.outbox, delivery).splitlines()
    assert len(lines) == 5
    assert "reader0@example.com,en,sent,1," in lines[1]
    assert lines[1].endswith(",250 taken,")


def test_who_unsubscribed_after_the_freezing_gets_nothing(desk: Desk) -> None:
    desk.sink.tell(["EHLO", None, 1, "550 no"])
    assert dispatch(desk.office, desk.issue).paused
    person = desk.people.by_email("reader2@example.com")
    assert person is not None
    desk.people.unsubscribe(person.public, EDITION, desk.clock.now())
    assert dispatch(desk.office, desk.issue).counts == {"sent": 3, "suppressed": 1}
    assert "reader2@example.com" not in desk.sink.accepted


def test_a_paused_issue_waits_for_a_hand(desk: Desk) -> None:
    desk.sink.tell(["MAIL", None, 1, "550 no"])
    assert dispatch(desk.office, desk.issue, by_hand=False).paused
    again = dispatch(desk.office, desk.issue, by_hand=False)
    assert (again.paused, again.counts) == (True, {"queued": 4})
    fault = delivery_status(desk.office.store, desk.clock.now())[0]["fault"]
    assert fault == "paused: MAIL: 550 no"
    assert dispatch(desk.office, desk.issue).complete


def test_an_old_issue_asks(desk: Desk) -> None:
    desk.clock.advance(timedelta(days=5))
    with pytest.raises(DeliveryError, match=r"is old.*--yes"):
        dispatch(desk.office, desk.issue)
    assert desk.outbox.deliveries() == []
    assert dispatch(desk.office, desk.issue, sure=True).complete


def test_a_database_that_went_back_in_time_asks(desk: Desk) -> None:
    """The file beside the issue remembers; a copy of the database from before the delivery does not."""
    assert dispatch(desk.office, desk.issue).complete
    assert read_witness(desk.issue) == Witness(1, 4)
    old = open_store(f"sqlite:///{desk.home}/old.db")
    office = replace(desk.office, store=old)
    with pytest.raises(DeliveryError, match="went back in time"):
        dispatch(office, desk.issue)
    assert len(desk.sink.accepted) == 4


def test_a_database_that_lost_some_mails_asks(desk: Desk) -> None:
    assert dispatch(desk.office, desk.issue).complete
    write_witness(desk.issue, Witness(1, 5), durably=True)
    with pytest.raises(DeliveryError, match="knows of 4 mails that are done, and 5 were"):
        dispatch(desk.office, desk.issue)


def test_a_clock_that_went_back_asks(desk: Desk) -> None:
    dispatch(desk.office, desk.issue)
    desk.clock.advance(-timedelta(hours=2))
    with pytest.raises(DeliveryError, match="check the clock"):
        dispatch(desk.office, desk.issue)


def test_a_withdrawn_issue_is_not_mailed(desk: Desk) -> None:
    with pytest.raises(NothingToDo, match="withdrawn"):
        dispatch(desk.office, replace(desk.issue, withdrawn=True))


def test_without_an_address_to_unsubscribe_at_nothing_is_sent(desk: Desk) -> None:
    bare = desk.office.settings.model_copy(update={"public_url": None})
    with pytest.raises(SettingsError, match="public_url"):
        dispatch(replace(desk.office, settings=bare), desk.issue)
    assert desk.outbox.deliveries() == []


@pytest.mark.parametrize("text", ["\nBcc: evil@example.net", "{edition}\r\n\r\nEvil", "\u2028X: y", "{wek}"])
def test_a_subject_that_no_mail_can_have_is_refused_before_anything_is_queued(desk: Desk, text: str) -> None:
    own = settings(
        desk.home, {"port": desk.sink.port}, subject={"en": "{edition}", "zh": f"{{edition}}{text}"}
    )
    with pytest.raises((MailError, SettingsError), match="subject"):
        dispatch(replace(desk.office, settings=own), desk.issue)
    assert (desk.outbox.deliveries(), desk.sink.log) == ([], "")


def test_a_damaged_pdf_is_found_before_anything_is_queued(desk: Desk) -> None:
    (pdf,) = desk.issue.folder.glob("*.zh.pdf")
    pdf.write_bytes(pdf.read_bytes()[:-1])
    with pytest.raises(VerificationError, match="differs from the manifest"):
        dispatch(desk.office, desk.issue)
    assert (desk.outbox.deliveries(), desk.sink.log) == ([], "")


def test_an_address_that_would_add_a_line_never_gets_into_the_outbox(desk: Desk) -> None:
    """By any way in: an operator, a reader's own request, a name; and the others get their issue."""
    now = desk.clock.now()
    assert len(INJECTIONS) >= 20
    for text in INJECTIONS:
        with pytest.raises(SubscriberError):
            desk.people.add(Entry(text, "Evil", (EDITION,), "en", "pdf", "fair"), now)
        with pytest.raises(SubscriberError):
            desk.people.request(text, "", [EDITION], "en", "pdf", "v1", "web", None, now)
        with pytest.raises(SubscriberError):
            desk.people.add(Entry("evil@example.com", text, (EDITION,), "en", "pdf", "fair"), now)
    assert dispatch(desk.office, desk.issue).counts == {"sent": 4}
    assert "evil" not in desk.sink.log


def test_a_correction_goes_to_those_who_had_the_first_version(desk: Desk) -> None:
    dispatch(desk.office, desk.issue)
    newcomer = Entry("new@example.com", "New", (EDITION,), "en", "pdf", "fair")
    desk.people.add(newcomer, desk.clock.now())
    second = published(desk.home, reason="a price was wrong")
    assert second.version == 2
    assert dispatch(desk.office, second).counts == {"sent": 4}
    assert "new@example.com" not in desk.sink.accepted


def test_a_dry_run_writes_mails_and_opens_no_socket(desk: Desk) -> None:
    for _ in range(2):
        folder, number = dry_run(desk.office, desk.issue)
        assert number == 4
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"{n:05}.eml" for n in range(1, 5)]
    mail = email.message_from_bytes(files[0].read_bytes())
    assert mail["To"] == "reader0@example.com"
    assert desk.sink.log == ""
    assert desk.outbox.deliveries() == []


def test_a_proof_goes_to_one_address_outside_the_outbox(desk: Desk) -> None:
    answers = send_proof(desk.office, desk.issue, ["me@example.org"])
    assert answers == ["me@example.org: 250 taken"]
    assert desk.sink.accepted == ["me@example.org"]
    assert desk.outbox.deliveries() == []
    with pytest.raises(SubscriberError):
        send_proof(desk.office, desk.issue, ["me@example.org>\r\nRCPT TO:<evil@example.com"])
    desk.sink.tell(["RCPT", None, 1, "550 no"])
    with pytest.raises(DeliveryError, match="550 no"):
        send_proof(desk.office, desk.issue, ["me@example.org"])


# ── the size that the server takes ──


def moved(desk: Desk, server: Sink, **deliver: Any) -> Office:
    """The office with another mail server."""
    return replace(desk.office, settings=settings(desk.home, {"port": server.port}, **deliver))


def of(server: Sink, reader: str) -> list[bytes]:
    """What came for a reader, at each attempt."""
    return [mail for mail in server.mails if f"\r\nTo: {reader}".encode() in b"\r\n" + mail]


@pytest.fixture
def narrow(desk: Desk) -> Iterator[Sink]:
    """A server that takes less than a mail with its PDF has."""
    sink = Sink(desk.home / "narrow", words=("offer=SIZE 200000", "keep"))
    yield sink
    sink.end()


def test_where_the_server_takes_less_than_the_pdf_every_mail_has_a_link(desk: Desk, narrow: Sink) -> None:
    """It is asked before a mail is built; told once a language, and kept with the delivery."""
    told: list[Letter] = []
    assert dispatch(moved(desk, narrow), desk.issue, on_link=told.append).complete
    assert sorted((one.language, one.attached) for one in told) == [("en", False), ("zh", False)]
    assert all((one.too_large or 0) > 400_000 for one in told)
    assert len(narrow.mails) == 4
    for mail in narrow.mails:
        assert b"application/pdf" not in mail
        assert b"https://desk.example.org/issues/" in mail.replace(b"=\r\n", b"")
    delivery = desk.outbox.find(EDITION, WEEK, 1)
    assert delivery is not None
    assert delivery.size_limit == 200_000


def test_where_it_takes_more_or_says_nothing_the_pdf_goes_along(desk: Desk, narrow: Sink) -> None:
    told: list[Letter] = []
    for number, offer in enumerate((("offer=SIZE 50000000",), ())):
        wide = Sink(desk.home / f"wide{number}", words=(*offer, "keep"))
        try:
            issue = desk.issue if number == 0 else published(desk.home, reason="a price was wrong")
            assert dispatch(moved(desk, wide), issue, on_link=told.append).complete
            assert all(b"application/pdf" in mail for mail in wide.mails)
            assert len(wide.mails) == 4
        finally:
            wide.end()
    assert told == []


def test_what_was_decided_holds_at_every_attempt(desk: Desk, narrow: Sink) -> None:
    """A server that takes more, or a setting that allows more, changes no byte of a mail tried before."""
    narrow.tell(["dot", 1, 1, "450 later"], ["dot", 2, 1, "450 later"])
    assert dispatch(moved(desk, narrow, size_limit_mb=4), desk.issue).counts == {"sent": 2, "deferred": 2}
    desk.clock.advance(timedelta(minutes=10))
    wide = Sink(desk.home / "wide", words=("offer=SIZE 90000000", "keep"))
    try:
        assert dispatch(moved(desk, wide, size_limit_mb=9), desk.issue).complete
        for reader in ("reader1@example.com", "reader2@example.com"):
            (first,), (second,) = of(narrow, reader), of(wide, reader)
            assert first == second
    finally:
        wide.end()


def test_a_server_that_was_never_met_decides_nothing(desk: Desk, narrow: Sink) -> None:
    narrow.tell(["EHLO", None, 1, "550 no"])
    assert dispatch(moved(desk, narrow), desk.issue).paused
    delivery = desk.outbox.find(EDITION, WEEK, 1)
    assert delivery is not None
    assert delivery.size_limit is None
    assert dispatch(moved(desk, narrow), desk.issue).complete
    assert not any(b"application/pdf" in mail for mail in narrow.mails)


def test_a_proof_and_a_dry_run_are_as_the_mails_will_be(desk: Desk, narrow: Sink) -> None:
    """A dry run opens no socket: it knows of the server's size once the delivery met it."""
    office = moved(desk, narrow)
    send_proof(office, desk.issue, ["me@example.org"])
    assert b"application/pdf" not in narrow.mails[0]
    narrow.tell(["dot", 1, 1, "450 later"])
    assert not dispatch(office, desk.issue).complete
    folder, number = dry_run(office, desk.issue)
    assert number == 1
    assert (folder / "00001.eml").read_bytes() == of(narrow, "reader1@example.com")[0]


def test_the_command_tells_that_a_link_stands_in(desk: Desk, narrow: Sink) -> None:
    moved(desk, narrow)
    done = reporter("send", EDITION, WEEK, "--yes", cwd=desk.home)
    assert done.returncode == 0, done.stderr
    for code in ("en", "zh"):
        assert f"{EDITION} {WEEK} v1 in {code}: with its PDF a mail would have 0.4 MB" in done.stderr


def test_the_command_tells_what_it_came_to(desk: Desk) -> None:
    """Sent but one, whose answer never came; listed, settled by a hand, then all is done."""
    desk.sink.tell(["dot", 3, 1, "accept-drop"])
    words = ["send", EDITION, WEEK, "--yes"]
    done = reporter(*words, cwd=desk.home)
    assert (done.returncode, done.stdout) == (4, "")
    assert "3 sent, 1 unknown" in done.stderr
    assert "reporter resolve" in done.stderr
    listed = reporter("resolve", "--json", cwd=desk.home)
    assert listed.returncode == 4
    assert [row["email"] for row in json.loads(listed.stdout)] == ["reader3@example.com"]
    name = json.loads(listed.stdout)[0]["message_id"]
    assert name in desk.sink.message_ids
    assert reporter("resolve", "--sent", "--message-id", name, cwd=desk.home).returncode == 0
    again = reporter(*words, "--json", cwd=desk.home)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["states"] == {"sent": 4}
    assert "was sent, by hand" in reporter("outcomes", EDITION, WEEK, cwd=desk.home).stdout
