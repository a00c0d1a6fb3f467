"""The outbox: each mail is claimed by one, ends once, and never by an illegal step."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from reporter.errors import LostClaim, NothingToDo, UsageError
from reporter.post.outbox import Outbox
from reporter.post.outbox_tables import MOVES, Delivery, Mail
from reporter.post.resolve import choose, settle_by_log, settle_unknown, unknowns
from reporter.store import open_store
from tests.post.office import EXPIRES, NOW, STAMP, Office, issue, readers

LEASE = timedelta(minutes=10)
LATER = NOW + timedelta(hours=2)
A, B = "desk-a:1:1", "desk-b:2:2"


@pytest.fixture
def office(database: str, tmp_path: Path) -> Office:
    return Office(database, tmp_path)


def claimed(office: Office, delivery: Delivery, owner: str = A) -> Mail:
    mail = office.outbox.claim(delivery, owner, LEASE, office.clock.now())
    assert mail is not None
    return mail


def test_all_rows_are_frozen_at_once_and_only_once(office: Office) -> None:
    first = office.freeze(20)
    assert office.outbox.counts(first) == {"queued": 20}
    office.clock.advance(timedelta(hours=1))
    assert office.freeze(30) == first  # who subscribes later gets the next issue
    assert office.outbox.counts(first) == {"queued": 20}


def test_a_row_that_cannot_be_made_freezes_none(office: Office) -> None:
    people = [*readers(5), readers(1)[0]]
    with pytest.raises(Exception, match=r"UNIQUE|unique"):
        office.outbox.freeze(issue(office.folder), people, STAMP, EXPIRES, NOW)
    assert office.outbox.deliveries() == []


def test_nobody_to_write_to_is_said(office: Office) -> None:
    with pytest.raises(NothingToDo, match="nobody"):
        office.freeze(0)


def test_a_claimed_mail_is_the_same_at_every_attempt(office: Office) -> None:
    delivery = office.freeze(1)
    first = claimed(office, delivery)
    office.outbox.settle(first, "deferred", NOW, "450 later", NOW + LEASE)
    assert office.outbox.claim(delivery, A, LEASE, NOW) is None
    office.clock.advance(LEASE)
    again = claimed(office, delivery)
    assert again.envelope == first.envelope
    assert (again.attempts, again.claims) == (1, 2)


def test_the_size_that_was_said_first_counts(office: Office) -> None:
    """Of two processes at servers that take more or less, both build mails of one size, and so do later ones."""
    delivery = office.freeze(1)
    assert delivery.size_limit is None
    assert office.outbox.fix_size(delivery, 300_000) == 300_000
    assert office.outbox.fix_size(delivery, 200_000) == 300_000
    assert office.outbox.begin(delivery, NOW).size_limit == 300_000


def test_no_two_claims_get_one_mail(office: Office) -> None:
    delivery = office.freeze(3)
    assert len({claimed(office, delivery, owner).id for owner in (A, B, A)}) == 3
    assert office.outbox.claim(delivery, B, LEASE, NOW) is None


def test_who_lost_a_mail_may_neither_mark_nor_settle_it(office: Office) -> None:
    delivery = office.freeze(1)
    old = claimed(office, delivery)
    office.clock.advance(LEASE)
    office.outbox.recover(delivery, office.clock.now())
    new = claimed(office, delivery, A)
    with pytest.raises(LostClaim):
        office.outbox.mark_dot(old, LATER)
    with pytest.raises(LostClaim):
        office.outbox.settle(old, "failed", LATER)
    office.outbox.settle(office.outbox.mark_dot(new, LATER), "sent", LATER, "250 ok")


def test_a_lease_that_is_over_frees_a_claim_and_a_marked_mail_becomes_unknown(office: Office) -> None:
    delivery = office.freeze(3)
    claimed(office, delivery, B)
    office.outbox.mark_dot(claimed(office, delivery, B), NOW)
    office.outbox.recover(delivery, NOW + LEASE - timedelta(seconds=1))
    assert office.outbox.counts(delivery) == {"queued": 1, "claimed": 1, "dot": 1}
    office.outbox.recover(delivery, NOW + LEASE)
    assert office.outbox.counts(delivery) == {"queued": 2, "unknown": 1}


@pytest.mark.parametrize("state", ["sent", "unknown", "queued"])
def test_an_illegal_step_is_refused(office: Office, state: Any) -> None:
    delivery = office.freeze(1)
    mail = claimed(office, delivery)
    if state == "queued":
        mail = office.outbox.mark_dot(mail, NOW)  # marked, it may not simply be queued again
    with pytest.raises(ValueError, match="cannot become"):
        office.outbox.settle(mail, state, NOW, next_try=NOW if state == "queued" else None)


def test_names_are_kept_no_longer_than_they_are_needed(office: Office) -> None:
    delivery = office.freeze(2)
    mail = office.outbox.mark_dot(claimed(office, delivery), NOW)
    office.outbox.settle(mail, "sent", NOW, "250 ok")
    names = {one.state: one.envelope.recipient.name for one in office.outbox.mails(delivery)}
    assert names == {"sent": "", "queued": "Reader 2"}


def test_a_correction_goes_to_those_whom_the_first_version_reached_or_was_to_reach(office: Office) -> None:
    first = office.freeze(5)
    for state in ("sent", "unknown", "failed"):
        mail = claimed(office, first)
        if state != "failed":
            mail = office.outbox.mark_dot(mail, NOW)
        office.outbox.settle(mail, state, NOW)  # type: ignore[arg-type]
    second = office.freeze(8, version=2)
    assert [one.envelope.recipient.id for one in office.outbox.mails(second)] == [1, 2, 4, 5]
    assert office.outbox.counts(first) == {"sent": 1, "failed": 1, "unknown": 1, "suppressed": 2}
    third = office.freeze(8, version=3)
    assert [one.envelope.recipient.id for one in office.outbox.mails(third)] == [1, 2, 4, 5]


def unknown(office: Office, number: int) -> list[Mail]:
    delivery = office.freeze(number)
    for _ in range(number):
        mail = office.outbox.mark_dot(claimed(office, delivery), NOW)
        office.outbox.settle(mail, "unknown", NOW, "after the dot: silence")
    return [mail for _, mail in unknowns(office.outbox, delivery)]


@pytest.mark.parametrize(
    ("verdict", "state"), [("sent", "sent"), ("not_sent", "queued"), ("resend", "queued")]
)
def test_an_unknown_mail_is_settled_once_by_hand_and_says_so(
    office: Office, verdict: Any, state: str
) -> None:
    mail = unknown(office, 1)[0]
    assert settle_unknown(office.outbox, mail, verdict, LATER)
    assert not settle_unknown(office.outbox, mail, "sent", LATER)
    settled = office.outbox.by_token(mail.token)
    assert settled is not None
    assert settled.state == state
    assert settled.note is not None
    assert settled.note.startswith("2025-12-08 03:00 UTC: ")
    assert settled.envelope.message_id == mail.envelope.message_id


def test_a_message_id_that_is_not_unknown_is_refused(office: Office) -> None:
    unknown(office, 1)
    with pytest.raises(UsageError, match=r"--message-id <none@example\.org>"):
        choose(unknowns(office.outbox), ["none@example.org"])


def test_the_relays_log_settles_what_it_tells_and_nothing_else(office: Office) -> None:
    mails = unknown(office, 5)
    names = [mail.envelope.message_id for mail in mails]
    head = "Dec  8 09:00:01 relay postfix"
    log = [
        f"{head}/cleanup[11]: 4AAA: message-id={names[0]}",
        f"{head}/qmgr[12]: 4AAA: from=<bounces@example.org>, size=400, nrcpt=1 (queue active)",
        f"{head}/smtp[13]: 4AAA: to=<reader1@example.com>, relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)",
        f"{head}/cleanup[11]: 4BBB: message-id={names[1]}",
        f"{head}/qmgr[12]: 4BBB: from=<bounces@example.org>, size=400, nrcpt=1 (queue active)",
        f"{head}/cleanup[11]: 4CCC: message-id={names[2]}",  # a name, but no queue
        f"{head}/cleanup[11]: 4DDD: message-id={names[3]}",
        f"{head}/cleanup[11]: 4DDD: milter-reject: END-OF-MESSAGE from desk[192.0.2.9]: 5.7.1 no",
        f"{head}/qmgr[12]: 4EEE: from=<someone@example.net>, size=400, nrcpt=1 (queue active)",
    ]
    told = settle_by_log(office.outbox, mails, log, LATER)
    states = [mail.state for mail in (office.outbox.by_token(one.token) for one in mails) if mail]
    assert states == ["sent", "sent", "unknown", "queued", "unknown"]
    assert told[names[0]] == "relay 4AAA: taken, sent"
    assert "not in the log" in told[names[4]]


def test_a_mail_that_was_taken_once_is_not_queued_again_for_what_came_after(office: Office) -> None:
    """A relay that hands a mail to a filter, and gets it back, names it twice."""
    (mail,) = unknown(office, 1)
    name, head = mail.envelope.message_id, "Dec  8 09:00:01 relay postfix"
    log = [
        f"{head}/cleanup[11]: 4AAA: message-id={name}",
        f"{head}/qmgr[12]: 4AAA: from=<bounces@example.org>, size=400, nrcpt=1 (queue active)",
        f"{head}/cleanup[11]: 4BBB: message-id={name}",
        f"{head}/cleanup[11]: 4BBB: reject: header Subject: x from localhost[127.0.0.1]: 5.7.1 no",
    ]
    assert settle_by_log(office.outbox, [mail], log, LATER) == {name: "relay 4AAA: taken, in its queue"}


def test_what_the_log_says_of_another_mail_of_the_same_queue_id_does_not_count(office: Office) -> None:
    """Postfix gives a queue id again: to a mail that it took before ours, and to one that it refused after."""
    mails = unknown(office, 2)
    begun, taken = (mail.envelope.message_id for mail in mails)
    head = "Dec  8 09:00:01 relay postfix"
    queued = f"{head}/qmgr[12]: 4AAA: from=<someone@example.net>, size=400, nrcpt=1 (queue active)"
    log = [
        f"{head}/cleanup[11]: 4AAA: message-id=<another@example.net>",
        queued,
        f"{head}/qmgr[12]: 4AAA: removed",
        f"{head}/submission/smtpd[10]: 4AAA: client=desk[192.0.2.9]",
        f"{head}/cleanup[11]: 4AAA: message-id={begun}",  # it comes no further
        f"{head}/smtpd[10]: 4AAA: client=desk[192.0.2.9]",
        f"{head}/cleanup[11]: 4AAA: message-id={taken}",
        queued,
        f"{head}/qmgr[12]: 4AAA: removed",
        f"{head}/smtpd[10]: 4AAA: client=desk[192.0.2.9]",
        f"{head}/cleanup[11]: 4AAA: reject: header Subject: x from desk[192.0.2.9]: 5.7.1 no",
        f"{head}/cleanup[11]: 4AAA: message-id=<refused@example.net>",
    ]
    told = settle_by_log(office.outbox, mails, log, LATER)
    assert "does not say" in told[begun]
    assert told[taken] == "relay 4AAA: taken, in its queue"
    states = [mail.state for mail in (office.outbox.by_token(one.token) for one in mails) if mail]
    assert states == ["unknown", "sent"]


_NUMBER = count()


class Steps(RuleBasedStateMachine):
    """Any order of steps by two owners: none is sent twice, none is lost, no step is illegal."""

    folder: Path

    @initialize(people=st.integers(1, 4))
    def begin(self, people: int) -> None:
        self.office = Office(f"sqlite:///{self.folder}/{next(_NUMBER)}.db", self.folder)
        self.delivery, self.people = self.office.freeze(people), people
        self.held: list[Mail] = []
        self.accepted: Counter[int] = Counter()
        self.resent: Counter[int] = Counter()
        self.before = {mail.id: mail for mail in self.office.outbox.mails(self.delivery)}

    @rule(owner=st.sampled_from([A, B]))
    def claim(self, owner: str) -> None:
        now = self.office.clock.now()
        if mail := self.office.outbox.claim(self.delivery, owner, LEASE, now):
            self.held.append(mail)

    @rule(data=st.data(), accepts=st.booleans(), heard=st.booleans(), dies=st.booleans())
    def carry(self, data: st.DataObject, accepts: bool, heard: bool, dies: bool) -> None:
        if not self.held:
            return
        mail = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        now = self.office.clock.now()
        try:
            marked = self.office.outbox.mark_dot(mail, now)
        except LostClaim:
            return
        self.accepted[mail.id] += accepts
        if dies:
            return
        ends: dict[tuple[bool, bool], Any] = {(True, True): "sent", (False, True): "deferred"}
        state = ends.get((accepts, heard), "unknown")
        next_try = now + LEASE if state == "deferred" else None
        self.office.outbox.settle(marked, state, now, "reply", next_try)

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if self.held:
            mail, now = self.held.pop(), self.office.clock.now()
            try:
                self.office.outbox.settle(mail, "queued", now, next_try=now, tried=False)
            except LostClaim:
                return

    @rule(minutes=st.integers(1, 30))
    def pass_time(self, minutes: int) -> None:
        self.office.clock.advance(timedelta(minutes=minutes))
        self.office.outbox.recover(self.delivery, self.office.clock.now())

    @rule()
    def resolve(self) -> None:
        """The operator knows the truth."""
        for _, mail in unknowns(self.office.outbox, self.delivery):
            verdict: Any = "sent" if self.accepted[mail.id] else "not_sent"
            settle_unknown(self.office.outbox, mail, verdict, self.office.clock.now())

    @invariant()
    def holds(self) -> None:
        mails = {mail.id: mail for mail in self.office.outbox.mails(self.delivery)}
        assert len(mails) == self.people
        for id, mail in mails.items():
            assert self.accepted[id] <= 1
            assert (mail.state == "sent") <= (self.accepted[id] == 1)
            assert mail.envelope.message_id == self.before[id].envelope.message_id
            if not MOVES[self.before[id].state]:
                assert mail.state == self.before[id].state
        self.before = mails


def test_no_order_of_steps_sends_twice_or_loses(tmp_path: Path) -> None:
    class Here(Steps):
        folder = tmp_path

    case: Any = Here.TestCase
    case.settings = settings(
        max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case().runTest()


def test_the_outbox_of_another_process_is_the_same(office: Office) -> None:
    delivery = office.freeze(1)
    mail = claimed(office, delivery)
    other = Outbox(open_store(office.database))
    assert other.find("weekly", "2025-W49", 1) == delivery
    assert other.by_token(mail.token) == replace(mail)
