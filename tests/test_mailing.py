"""The scheduler's mailing: what goes out by itself, what waits, and what the desk is told."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reporter.errors import SettingsError
from reporter.journal import LOGGER
from reporter.mailing import REST, Mailing
from reporter.post.outbox import Outbox
from reporter.post.subscriber_tables import Entry
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import signer_of
from reporter.press.by_hand import backfill, weeks_of, withdraw_version
from reporter.press.desk import open_desk
from reporter.press.publish import Press
from reporter.settings import load_settings
from tests.conftest import reporter
from tests.post.sink import Sink
from tests.press.newsroom import Newsroom, moment, no_pages

MONDAY = 'schedule: {day: monday, at: "09:00"}\ndeliver: {automatic: true}'
POST = """public_url: https://bulletin.example.org
smtp: {{host: 127.0.0.1, port: {port}, security: none, sender: desk@example.org{more}}}"""


class Desk:
    """A newsroom that mails, two readers, and a mail server."""

    def __init__(self, home: Path, schedule: str = MONDAY, more: str = "", **others: Any) -> None:
        self.sink = Sink(home / "sink")
        self.room = Newsroom(home, schedule, POST.format(port=self.sink.port, more=more), **others)
        self.store = self.room.ledger.store
        now = self.room.clock.now()
        self.people = Subscribers(self.store, signer_of(self.room.rounds.settings, self.store, now))
        for n in range(2):
            one = Entry(f"reader{n}@example.com", "", ("weekly",), "en", "pdf", "a fair")
            self.people.add(one, now)
        self.mailing = Mailing(self.room.rounds.watch, self.room.clock, self.room.rounds.journal)

    def mailed(self) -> list[tuple[str, dict[str, int]]]:
        """What a round mailed: issues, and their mails by state."""
        return [(name, {**outcome.counts}) for name, outcome in self.mailing.round()]

    def told(self) -> list[str]:
        """The notices of the post so far."""
        return [text for _, text in self.room.notices() if "mails of" in text or "delivered" in text]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(*arguments: Any, **others: Any) -> Desk:
        desks.append(Desk(tmp_path, *arguments, **others))
        return desks[-1]

    yield make
    for one in desks:
        one.sink.end()


BOTH = {"sent": 2}


def test_nothing_is_mailed_before_its_embargo(begin: Callable[..., Desk]) -> None:
    desk = begin(MONDAY.replace('"09:00"', '"09:00", embargo: "12:00"'))
    assert desk.room.at("2026-01-05 09:00") == [("2026-W01", "published")]
    desk.room.clock.set(moment("2026-01-05 11:59"))
    assert desk.mailed() == []
    desk.room.clock.set(moment("2026-01-05 12:00"))
    assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]
    assert desk.mailed() == []


def test_by_hand_nothing_is_mailed_before_its_embargo_either(begin: Callable[..., Desk]) -> None:
    """The command has the clock of this machine: the slot is far ahead of it."""
    desk = begin(MONDAY.replace('"09:00"', '"09:00", embargo: "12:00"'))
    desk.room.at("2026-01-05 09:00")
    order = text("UPDATE issues SET deliver_after = '2999-01-05T04:00:00.000000Z'")
    with desk.store.transaction() as connection:
        assert connection.execute(order).rowcount == 1
    done = reporter("send", "weekly", "2026-W01", "--yes", cwd=desk.room.home)
    assert (done.returncode, desk.sink.accepted) == (4, [])
    assert "weekly 2026-W01 v1: nothing is delivered before its embargo, 2999-01-05 04:00 UTC" in done.stderr
    assert reporter("send", "weekly", "2026-W01", "--dry-run", cwd=desk.room.home).returncode == 0


def test_an_edition_that_does_not_say_so_is_not_mailed(begin: Callable[..., Desk]) -> None:
    desk = begin(MONDAY.replace("true", "false"))
    desk.room.at("2026-01-05 09:00")
    assert desk.mailed() == []
    assert Outbox(desk.store).deliveries() == []


def test_automatic_mails_need_a_server_and_an_address(tmp_path: Path) -> None:
    (tmp_path / "schedule.yaml").write_text("editions: {weekly: {title: W, deliver: {automatic: true}}}\n")
    with pytest.raises(SettingsError, match=r"deliver\.automatic: needs a mail server and an address"):
        load_settings(tmp_path / "schedule.yaml")


def test_nothing_is_begun_once_the_process_is_told_to_end(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.room.at("2026-01-05 09:00")
    desk.mailing.stopping.set()
    assert desk.mailed() == []
    desk.mailing.stopping.clear()
    assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]


def test_only_the_latest_version_is_mailed_and_a_withdrawn_one_not_at_all(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.room.at("2026-01-05 09:00")
    settings, now = desk.room.rounds.settings, desk.room.clock.now()
    withdraw_version(desk.room.ledger, settings, "weekly", "2026-W01", 1, now, "a wrong price")
    assert desk.mailed() == []
    assert desk.room.at("2026-01-12 09:00") == [("2026-W02", "published")]
    assert desk.mailed() == [("weekly 2026-W02 v1", BOTH)]
    assert len(desk.sink.accepted) == 2


def test_a_refusal_pauses_is_told_once_and_its_end_too(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.sink.tell(["MAIL", None, 9, "550 sender refused"])
    desk.room.at("2026-01-05 09:00")
    assert desk.mailed() == [("weekly 2026-W01 v1", {"queued": 2})]
    for _ in range(3):
        desk.room.clock.set(desk.room.clock.now() + REST)
        assert desk.mailed() == []
    [told] = desk.told()
    assert "weekly 2026-W01 v1 is not delivered to everybody: paused: MAIL: 550 sender refused" in told
    desk.sink.tell()
    [delivery] = Outbox(desk.store).deliveries()
    Outbox(desk.store).begin(delivery, desk.room.clock.now())  # as `reporter send` does
    assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]
    assert desk.told()[1:] == ["mails of weekly 2026-W01 v1: it is over"]


def test_a_mail_of_unknown_outcome_is_told(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.sink.tell(["dot", 1, 1, "accept drop"])
    desk.room.at("2026-01-05 09:00")
    assert desk.mailed() == [("weekly 2026-W01 v1", {"sent": 1, "unknown": 1})]
    [told] = desk.told()
    assert "1 of unknown outcome; `reporter resolve` settles them" in told
    assert desk.mailed() == []
    seen = reporter("status", "--json", cwd=desk.room.home)
    [delivery] = json.loads(seen.stdout)["deliveries"]
    assert delivery["states"] == {"sent": 1, "unknown": 1}
    assert f"mails of weekly 2026-W01 v1: {delivery['fault']}" in json.loads(seen.stdout)["faults"]
    assert seen.returncode == 3


def test_what_a_killed_process_had_in_hand_is_taken_up_again(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.sink.tell(["RCPT", None, 9, "450 later"])
    desk.room.at("2026-01-05 09:00")
    assert desk.mailed() == [("weekly 2026-W01 v1", {"deferred": 2})]
    desk.sink.tell()
    outbox, now = Outbox(desk.store), moment("2026-01-05 11:00")
    [delivery] = outbox.deliveries()
    for _ in range(2):  # both are in the hands of a process whose lease ends
        assert outbox.claim(delivery, "another machine", REST, now)
    assert outbox.next_try(delivery) is None
    desk.room.clock.set(now + REST)
    assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]


def test_a_deferred_mail_is_gone_on_with_when_it_is_due(begin: Callable[..., Desk]) -> None:
    desk = begin()
    desk.sink.tell(["RCPT", 1, 1, "450 later"])
    desk.room.at("2026-01-05 09:00")
    assert desk.mailed() == [("weekly 2026-W01 v1", {"sent": 1, "deferred": 1})]
    assert desk.mailed() == []
    desk.room.clock.set(moment("2026-01-05 09:06"))
    assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]


def test_an_old_week_that_is_caught_up_asks_and_one_of_the_archive_says_nothing(
    begin: Callable[..., Desk],
) -> None:
    desk = begin(MONDAY.replace('"09:00"', '"09:00", max_age: 20d'))
    assert desk.room.at("2026-01-11 12:00") == [("2026-W01", "published")]
    assert desk.mailed() == []
    [told] = desk.told()
    assert told == (
        "weekly 2026-W01 v1 is not delivered to everybody: it is old; its delivery was to end at"
        " 2026-01-10 01:00 UTC; `reporter send --yes` sends it all the same"
    )
    with no_pages(1) as make:
        press = Press(desk.room.ledger, desk.room.clock, make=make)
        [done] = backfill(press, open_desk(desk.room.rounds.settings), weeks_of("2025-W51"))
    assert done.state == "published"
    assert desk.mailed() == []
    assert desk.told() == [told]


def test_that_a_link_stands_in_for_the_pdf_is_written_down_once(
    begin: Callable[..., Desk], caplog: pytest.LogCaptureFixture
) -> None:
    desk = begin(MONDAY.replace("true", "true, size_limit_mb: 0.01"))
    desk.room.at("2026-01-05 09:00")
    with caplog.at_level(logging.INFO, LOGGER):
        assert desk.mailed() == [("weekly 2026-W01 v1", BOTH)]
    [linked] = [vars(line)["fields"] for line in caplog.records if line.getMessage() == "linked"]
    assert (linked["edition"], linked["week"], linked["language"]) == ("weekly", "2026-W01", "en")
    assert linked["bytes"] > 10_000
