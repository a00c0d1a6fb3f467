"""What becomes of an attempt by what failed, and when it is tried again: publishing requirement 14."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import (
    HeldError,
    MachineError,
    NothingToDo,
    Problem,
    RecordsError,
    RenderError,
    SettingsError,
)
from reporter.press.attempt import FIRST_WAIT, LONGEST_WAIT, Outcome, Patience, outcome_of
from reporter.press.ledger_tables import Claim

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
POLL = timedelta(minutes=5)
BEFORE, AFTER = NOW + timedelta(hours=2), NOW
"""Deadlines: one that is still to come, one that has come."""


def claim(attempt: int = 1) -> Claim:
    lease = NOW + timedelta(minutes=15)
    return Claim("weekly", "2026-W01", 1, "desk:1:x", attempt, lease, NOW, None, None)


def outcome(error: Exception, deadline: datetime = AFTER, attempt: int = 1) -> Outcome:
    return outcome_of(error, NOW, claim(attempt), Patience(deadline, POLL, random.Random(7)))


FAULT = Problem("jump", "is 80% higher", "prices.csv", 7)


@pytest.mark.parametrize(
    ("error", "rules"),
    [
        (HeldError([FAULT, Problem("stale", "is old"), FAULT]), ("jump", "stale")),
        (RecordsError([Problem("not_a_number", "is no number", "prices.csv", 3)]), ("refused",)),
        (SettingsError([Problem("unknown_instrument", "is not there", "schedule.yaml", 5)]), ("settings",)),
        (NothingToDo("nothing is known of 2026-W01"), ("no_data",)),
    ],
)
def test_14_what_the_desk_can_mend_waits_until_the_deadline_and_is_held_then(
    error: Exception, rules: tuple[str, ...]
) -> None:
    early, late = outcome(error, BEFORE), outcome(error, AFTER)
    assert (early.state, early.rules, early.next_try) == ("waiting", rules, NOW + POLL)
    assert (late.state, late.rules, late.next_try) == ("held", rules, NOW + POLL)


def test_12_a_wait_never_passes_the_deadline() -> None:
    near = NOW + timedelta(minutes=2)
    assert outcome(HeldError([FAULT]), near).next_try == near


def test_14_a_fault_of_the_machine_is_tried_again() -> None:
    found = outcome(MachineError("cannot write output: No space left on device"))
    assert (found.state, found.reason) == ("retry", "cannot write output: No space left on device")
    assert found.next_try is not None
    assert NOW + FIRST_WAIT / 2 <= found.next_try <= NOW + FIRST_WAIT


@pytest.mark.parametrize(
    "error", [RenderError("prices.html:3: no such name"), KeyError("latp"), ZeroDivisionError()]
)
def test_14_a_bug_stays_one_and_is_not_tried_again(error: Exception) -> None:
    found = outcome(error, BEFORE)
    assert (found.state, found.next_try) == ("failed", None)
    assert found.reason.startswith(f"{type(error).__name__}: ")


@given(
    attempt=st.integers(1, 10_000),
    minutes=st.integers(-60, 600),
    seed=st.integers(0, 2**32),
)
def test_14_back_off_grows_by_chance_and_never_passes_the_deadline(
    attempt: int, minutes: int, seed: int
) -> None:
    deadline = NOW + timedelta(minutes=minutes)
    patience = Patience(deadline, POLL, random.Random(seed))
    later = outcome_of(MachineError("full"), NOW, claim(attempt), patience).next_try
    assert later is not None
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempt - 1, 10))
    assert NOW < later <= NOW + longest
    if deadline > NOW:
        assert later <= deadline
        assert later == deadline or later >= NOW + longest / 2
    else:
        assert later >= NOW + longest / 2


def test_14_two_schedulers_do_not_try_again_at_the_same_time() -> None:
    patience = [Patience(AFTER, POLL, random.Random(seed)) for seed in (1, 2)]
    tries = {outcome_of(MachineError("away"), NOW, claim(5), one).next_try for one in patience}
    assert len(tries) == 2


def test_14_the_same_fault_has_the_same_cause_and_another_one_another() -> None:
    first = outcome(HeldError([FAULT]))
    again = outcome(HeldError([Problem("jump", "is 81% higher", "prices.csv", 7)]))
    assert first.cause == again.cause
    assert first.cause != outcome(HeldError([Problem("stale", "is old")])).cause
    assert first.cause != outcome(HeldError([FAULT]), BEFORE).cause
    assert outcome(MachineError("full")).cause != outcome(MachineError("locked")).cause


def test_11_three_problems_are_told_in_words_and_the_rest_counted() -> None:
    many = [Problem("jump", f"is wrong {n}", "prices.csv", n) for n in range(5)]
    reason = outcome(HeldError(many)).reason
    assert "prices.csv:2: error [jump] is wrong 2; and 2 more" in reason
    assert "is wrong 3" not in reason


def test_19_warnings_beside_refused_records_are_not_the_cause() -> None:
    refused = RecordsError([Problem("odd", "is odd", severity="warning"), Problem("bad", "is bad")])
    assert outcome(refused).reason == "error [bad] is bad"
