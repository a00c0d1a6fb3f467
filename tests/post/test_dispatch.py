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
from reporter.errors import DeliveryError, NothingToDo, SettingsError, SubscriberError
from reporter.post.delivery_status import delivery_status, outcomes_csv
from reporter.post.dispatch import Office, dispatch, dry_run, send_proof
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
