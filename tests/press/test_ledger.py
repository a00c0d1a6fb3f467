"""The ledger: a version is claimed by one, published once, and never lost, whoever is killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporter.errors import BusyError, LostClaim, NothingToDo
from reporter.owner import this_process
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.ledger_tables import MOVES, Claim
from reporter.store import open_store
from tests.conftest import Racer

NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
LATER = NOW + LEASE
WEEK = ("weekly", "2025-W49")
V1 = (*WEEK, 1)
V2 = (*WEEK, 2)

PROCESS = """
from datetime import UTC, datetime, timedelta
from reporter.errors import BusyError, NothingToDo
from reporter.press.ledger import open_ledger
from reporter.owner import this_process
from reporter.store import open_store
NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
LEASE = timedelta(minutes=10)
ledger = open_ledger(open_store(sys.argv[1]), NOW)
def claim(week="2025-W49"):
    return ledger.claim("weekly", week, 1, this_process(), LEASE, NOW)
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def ledger(database: str) -> Ledger:
    return open_ledger(open_store(database), NOW)


def claimed(
    ledger: Ledger,
    version: int = 1,
    owner: str = "desk-a:1:x",
    now: datetime = NOW,
    supersedes: int | None = None,
) -> Claim:
    return ledger.claim(*WEEK, version, owner, LEASE, now, supersedes=supersedes)


def published(ledger: Ledger, version: int = 1) -> None:
    with ledger.fence(claimed(ledger, version), NOW) as fence:
        fence.publish(NOW, f"hash of v{version}")


def test_a_ledger_begins_once(database: str) -> None:
    assert open_ledger(open_store(database), NOW).created_at == NOW
    assert open_ledger(open_store(database), LATER).created_at == NOW


def test_eight_processes_claim_one_issue_and_one_gets_it(database: str, race: Callable[..., Racer]) -> None:
    """They all live until all have answered: a dead one's claim would be free."""
    code = PROCESS + (
        "try: claim(); print('won', flush=True)\n"
        "except BusyError: print('busy', flush=True)\n"
        "sys.stdin.readline()"
    )
    racers = [race(code, database) for _ in range(8)]
    assert [racer.heard() for racer in racers] == ["ready"] * 8
    for racer in racers:
        racer.go()
    assert Counter(racer.heard() for racer in racers) == {"won": 1, "busy": 7}


def test_four_processes_publish_two_hundred_issues_once_each(
    database: str, race: Callable[..., Racer]
) -> None:
    """Each looks every ten weeks at what is out, then goes for the rest in the same order as the others."""
    code = PROCESS + (
        "for n in range(200):\n"
        "    week = f'{2000 + n // 50}-W{n % 50 + 1:02}'\n"
        "    if n % 10 == 0: out = {one.week for one in ledger.entries()}\n"
        "    if week in out: continue\n"
        "    try: held = claim(week)\n"
        "    except (BusyError, NothingToDo): continue\n"
        "    with ledger.fence(held, NOW) as fence: fence.publish(NOW, sys.argv[2])\n"
        "    print(week, flush=True)\n"
    )
    racers = [race(code, database, str(seed)) for seed in range(4)]
    assert [racer.heard() for racer in racers] == ["ready"] * 4
    for racer in racers:
        racer.go()
    told = Counter(week for racer in racers for week in racer.end())
    assert len(told) == 200
    assert set(told.values()) == {1}
    entries = open_ledger(open_store(database), NOW).entries("weekly", ["published"])
    assert len(entries) == 200
    assert {entry.attempts for entry in entries} == {1}


def test_a_process_killed_inside_the_fence_leaves_the_issue_to_the_next(
    database: str, race: Callable[..., Racer]
) -> None:
    """Nothing it wrote is kept, and nobody waits for the lease of a dead process."""
    code = PROCESS + (
        "with ledger.fence(claim(), NOW) as fence:\n"
        "    fence.publish(NOW, 'lost')\n"
        "    print('inside', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    racer = race(code, database)
    racer.heard()
    racer.go()
    assert racer.heard() == "inside"
    racer.process.kill()
    racer.process.wait()
    ledger = open_ledger(open_store(database), NOW)
    entry = ledger.entry(*V1)
    assert entry is not None
    assert (entry.state, entry.content_hash, entry.attempts) == ("claimed", None, 1)
    assert claimed(ledger, owner=this_process()).attempt == 2


def test_a_claim_says_who_has_what_until_when(ledger: Ledger) -> None:
    slot = NOW - timedelta(hours=1)
    claim = ledger.claim(*V1, this_process(), LEASE, NOW, slot=slot)
    entry = ledger.entry(*V1)
    assert entry is not None
    assert (entry.state, entry.owner, entry.lease_until) == ("claimed", this_process(), LATER)
    assert (entry.slot, entry.claimed_at, entry.attempts) == (slot, NOW, claim.attempt)


def test_a_live_lease_of_another_keeps_everybody_out(ledger: Ledger) -> None:
    claimed(ledger)
    with pytest.raises(BusyError, match=r"weekly 2025-W49 v1 .*desk-a:1:x, until 2025-12-08 01:10:00 UTC"):
        claimed(ledger, owner="desk-b:1:x", now=LATER - timedelta(seconds=1))
    assert not ledger.skip(*WEEK, None, "too old", NOW)


def test_a_lease_that_is_over_frees_the_issue(ledger: Ledger) -> None:
    claimed(ledger)
    assert claimed(ledger, owner="desk-b:1:x", now=LATER).attempt == 2


def test_a_renewed_lease_holds_longer(ledger: Ledger) -> None:
    renewed = ledger.renew(claimed(ledger), LEASE, NOW + timedelta(minutes=9))
    assert renewed.lease_until == NOW + timedelta(minutes=19)
    with pytest.raises(BusyError):
        claimed(ledger, owner="desk-b:1:x", now=LATER)


def test_who_lost_an_issue_can_do_nothing_to_it(ledger: Ledger) -> None:
    old = claimed(ledger)
    new = claimed(ledger, owner="desk-b:1:x", now=LATER)
    with pytest.raises(LostClaim), ledger.fence(old, LATER):
        pytest.fail("the fence let a lost claim in")
    with pytest.raises(LostClaim):
        ledger.renew(old, LEASE, LATER)
    with pytest.raises(LostClaim):
        ledger.release(old, "failed", "late", LATER)
    with ledger.fence(new, LATER) as fence:
        fence.publish(NOW, "new")
    with pytest.raises(LostClaim):
        ledger.release(new, "failed", "late", LATER)


def test_a_process_that_claims_again_loses_its_first_claim(ledger: Ledger) -> None:
    first, second = claimed(ledger), claimed(ledger)
    with pytest.raises(LostClaim), ledger.fence(first, NOW):
        pytest.fail("the fence let a lost claim in")
    with ledger.fence(second, NOW) as fence:
        fence.publish(NOW, "hash")


def test_a_published_issue_says_what_was_published(ledger: Ledger) -> None:
    embargo = NOW + timedelta(hours=2)
    with ledger.fence(claimed(ledger), LATER) as fence:
        fence.publish(NOW, "hash", embargo)
    entry = ledger.published(*WEEK)
    assert entry is not None
    assert (entry.state, entry.as_of, entry.content_hash) == ("published", NOW, "hash")
    assert (entry.deliver_after, entry.finished_at, entry.owner, entry.lease_until) == (
        embargo,
        LATER,
        None,
        None,
    )


def test_a_version_is_never_published_twice(ledger: Ledger) -> None:
    published(ledger)
    with pytest.raises(NothingToDo, match="v1 is published already"):
        claimed(ledger, now=LATER)
    assert not ledger.skip(*WEEK, None, "too old", LATER)
    forged = replace(claimed(ledger, 2), version=1)
    with pytest.raises(LostClaim), ledger.fence(forged, NOW) as fence:
        fence.publish(NOW, "other")
    entry = ledger.entry(*V1)
    assert entry is not None
    assert entry.content_hash == "hash of v1"


def test_an_exception_inside_the_fence_publishes_nothing(ledger: Ledger) -> None:
    claim = claimed(ledger)

    def publish() -> None:
        with ledger.fence(claim, NOW) as fence:
            fence.publish(NOW, "hash")
            raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        publish()
    assert ledger.published(*WEEK) is None
    ledger.release(claim, "failed", "no room", NOW)


def test_a_second_version_needs_the_first(ledger: Ledger) -> None:
    with pytest.raises(NothingToDo, match="v1 is not published"), ledger.fence(claimed(ledger, 2), NOW):
        pytest.fail("the fence let a second version in")
    published(ledger)
    published(ledger, 2)
    with (
        pytest.raises(NothingToDo, match="v3 is not published"),
        ledger.fence(claimed(ledger, 4, supersedes=3), NOW),
    ):
        pytest.fail("the fence let a version in that supersedes none")
    highest = ledger.published(*WEEK)
    assert highest is not None
    assert highest.version == 2


def test_a_reissue_keeps_what_it_supersedes_and_why_over_a_kill(ledger: Ledger) -> None:
    published(ledger)
    ledger.claim(*V2, "desk-a:1:x", LEASE, NOW, supersedes=1, reissue_reason="a price was wrong")
    again = claimed(ledger, 2, "desk-b:1:x", LATER)
    assert (again.supersedes, again.reissue_reason) == (1, "a price was wrong")


@pytest.mark.parametrize("state", ["due", "held", "failed"])
def test_a_released_issue_can_be_claimed_at_once(ledger: Ledger, state: str) -> None:
    slot = NOW - timedelta(hours=1)
    claim = ledger.claim(*V1, "desk-a:1:x", LEASE, NOW, slot=slot)
    ledger.release(claim, state, "jump", NOW, next_try=LATER)  # type: ignore[arg-type]
    entry = ledger.entry(*V1)
    assert entry is not None
    assert (entry.state, entry.reason, entry.next_try) == (state, "jump", LATER)
    assert (entry.owner, entry.slot, entry.finished_at) == (None, slot, None if state == "due" else NOW)
    again = claimed(ledger, owner="desk-b:1:x")
    assert (again.attempt, again.slot) == (2, slot)


def test_a_claim_is_not_released_as_published(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not released as published"):
        ledger.release(claimed(ledger), "published", None, NOW)  # type: ignore[arg-type]


def test_a_skipped_issue_says_why_and_may_still_be_made(ledger: Ledger) -> None:
    assert ledger.skip(*WEEK, NOW, "older than 10d", LATER)
    assert not ledger.skip(*WEEK, NOW, "older than 10d", LATER)
    entry = ledger.entry(*V1)
    assert entry is not None
    assert (entry.state, entry.slot, entry.reason, entry.finished_at) == (
        "skipped",
        NOW,
        "older than 10d",
        LATER,
    )
    published(ledger)


def test_an_issue_whose_lease_is_over_may_be_skipped(ledger: Ledger) -> None:
    claim = claimed(ledger)
    assert ledger.skip(*WEEK, None, "too old", LATER)
    with pytest.raises(LostClaim), ledger.fence(claim, LATER):
        pytest.fail("the fence let a skipped issue in")


def test_a_withdrawn_issue_stays_published(ledger: Ledger) -> None:
    with pytest.raises(NothingToDo, match="is not published"):
        ledger.withdraw(*V1, "wrong", NOW)
    published(ledger)
    ledger.withdraw(*V1, "wrong", LATER)
    with pytest.raises(NothingToDo, match="withdrawn already"):
        ledger.withdraw(*V1, "again", LATER)
    entry = ledger.entry(*V1)
    assert entry is not None
    assert (entry.state, entry.withdrawn_at, entry.withdrawn_reason) == ("published", LATER, "wrong")


def test_entries_are_found_by_edition_and_state(ledger: Ledger) -> None:
    published(ledger)
    claimed(ledger, 2)
    ledger.skip("monthly", "2025-W48", None, "a holiday", NOW)
    assert [(one.edition, one.version) for one in ledger.entries()] == [
        ("monthly", 1),
        ("weekly", 1),
        ("weekly", 2),
    ]
    assert [one.version for one in ledger.entries("weekly", ["claimed"])] == [2]
    assert ledger.entries(states=[]) == []
    assert ledger.entry("monthly", "2025-W49", 1) is None


EDITIONS = count()
ACTS = ("claim", "renew", "publish", "due", "held", "failed", "skip", "wait")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from("ab")), max_size=14))
def test_whatever_two_desks_do_states_follow_the_table_and_one_publishes(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, str]]
) -> None:
    """Each desk acts on the last claim it got, good or lost; time goes on only when they wait."""
    file = tmp_path_factory.getbasetemp() / "two-desks.db"
    ledger = open_ledger(open_store(f"sqlite:///{file}"), NOW)
    edition, now = f"edition-{next(EDITIONS)}", NOW
    claims: dict[str, Claim] = {}
    state, wins = "due", 0
    for act, desk in acts:
        claim = claims.get(desk)
        try:
            if act == "wait":
                now += LEASE
            elif act == "claim":
                claims[desk] = ledger.claim(edition, "2025-W49", 1, f"{desk}:1:x", LEASE, now)
            elif act == "skip":
                ledger.skip(edition, "2025-W49", None, "why", now)
            elif claim is not None and act == "renew":
                ledger.renew(claim, LEASE, now)
            elif claim is not None and act == "publish":
                with ledger.fence(claim, now) as fence:
                    fence.publish(now, f"{desk}{wins}")
                wins += 1
            elif claim is not None:
                ledger.release(claim, act, "why", now)  # type: ignore[arg-type]
        except (BusyError, LostClaim, NothingToDo):
            pass
        entry = ledger.entry(edition, "2025-W49", 1)
        after = "due" if entry is None else entry.state
        assert after == state or after in MOVES[state]  # type: ignore[index]
        assert entry is None or (entry.owner is None) == (after != "claimed")
        state = after
    assert wins == (state == "published")
