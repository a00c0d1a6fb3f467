"""Notices are told once on each channel; the desk's decisions are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reporter.press.ledger import Ledger, open_ledger
from reporter.store import open_store

NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
HOLD = timedelta(minutes=2)
WEEK = ("weekly", "2025-W49")


@pytest.fixture
def ledger(database: str) -> Ledger:
    return open_ledger(open_store(database), NOW)


def note(ledger: Ledger, key: str = "held/weekly/2025-W49") -> bool:
    return ledger.note(key, "held", "a price jumped", *WEEK, NOW)


def test_a_notice_is_recorded_once(ledger: Ledger) -> None:
    assert note(ledger)
    assert not note(ledger)
    (notice,) = ledger.unsent("mail", NOW)
    assert (notice.kind, notice.edition, notice.week) == ("held", *WEEK)
    assert (notice.text, notice.at, notice.attempts) == ("a price jumped", NOW, 0)


def test_each_channel_is_told_by_itself(ledger: Ledger) -> None:
    note(ledger)
    ledger.mark_sent("held/weekly/2025-W49", "mail", NOW)
    assert ledger.unsent("mail", NOW + HOLD) == []
    assert len(ledger.unsent("webhook", NOW)) == 1
    assert not note(ledger)


def test_a_notice_that_could_not_be_told_is_tried_later(ledger: Ledger) -> None:
    note(ledger)
    ledger.mark_unsent("held/weekly/2025-W49", "webhook", NOW + HOLD)
    assert ledger.unsent("webhook", NOW) == []
    assert [notice.attempts for notice in ledger.unsent("webhook", NOW + HOLD)] == [1]
    assert len(ledger.unsent("mail", NOW)) == 1


def test_a_notice_is_taken_by_one_and_comes_back_if_that_one_dies(ledger: Ledger) -> None:
    note(ledger, "first")
    note(ledger, "second")
    assert [notice.key for notice in ledger.take_unsent("mail", NOW, HOLD)] == ["first", "second"]
    assert ledger.take_unsent("mail", NOW, HOLD) == []
    assert len(ledger.take_unsent("webhook", NOW, HOLD)) == 2
    assert len(ledger.take_unsent("mail", NOW + HOLD, HOLD)) == 2


def test_a_fault_that_was_mended_and_comes_again_is_told_again(ledger: Ledger) -> None:
    note(ledger)
    ledger.mark_sent("held/weekly/2025-W49", "mail", NOW)
    ledger.clear_note("held/weekly/2025-W49")
    assert ledger.unsent("webhook", NOW) == []
    assert note(ledger)
    assert len(ledger.unsent("mail", NOW)) == 1


def test_overrides_are_kept_with_their_reasons(ledger: Ledger) -> None:
    ledger.add_override(*WEEK, "jump", "confirmed by phone", NOW)
    ledger.add_override(*WEEK, "freshness", "a holiday", NOW)
    ledger.add_override("weekly", "2025-W50", "jump", "other", NOW)
    kept = [(one.rule, one.reason, one.at) for one in ledger.overrides(*WEEK)]
    assert kept == [("jump", "confirmed by phone", NOW), ("freshness", "a holiday", NOW)]


def test_an_approval_is_of_one_content(ledger: Ledger) -> None:
    ledger.approve(*WEEK, "hash", NOW)
    ledger.approve(*WEEK, "hash", NOW)
    ledger.approve(*WEEK, "other", NOW)
    assert ledger.approved(*WEEK) == {"hash", "other"}
    assert ledger.approved("weekly", "2025-W50") == set()
