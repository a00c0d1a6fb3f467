"""One attempt at an issue, and what becomes of its claim: published, held, to be tried again, or failed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from reporter.errors import (
    BusyError,
    HeldError,
    LostClaim,
    MachineError,
    NothingToDo,
    Problem,
    ProblemsError,
    RecordsError,
    SettingsError,
)
from reporter.press.desk import Desk
from reporter.press.ledger_tables import Claim
from reporter.press.publish import Press, Published, publish_version
from reporter.press.ready import Job

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=10)
NO_DATA, REFUSED, SETTINGS = "no_data", "refused", "settings"


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended: `published`, `waiting`, `held`, `retry`, `failed`, or `busy`, and why.

    `rules` hold it; `reason` is in words, for the ledger and the desk; `next_try` when it is tried again.
    """

    state: Literal["published", "waiting", "held", "retry", "failed", "busy"]
    reason: str = ""
    rules: tuple[str, ...] = ()
    next_try: datetime | None = None
    published: Published | None = None

    @property
    def cause(self) -> str:
        """A short name of the cause: the same fault again has the same."""
        told = ",".join(self.rules) or self.reason
        return hashlib.sha256(f"{self.state} {told}".encode()).hexdigest()[:16]


_ENDED = Outcome("retry", "the process was told to end")


@dataclass(frozen=True)
class Patience:
    """When an issue that cannot go out yet is tried again: every `poll`, until `deadline` as waiting."""

    deadline: datetime
    poll: timedelta
    chance: random.Random = field(default_factory=random.Random)


def attempt(
    press: Press, claim: Claim, jobs: Sequence[Job], desk: Callable[[Job], Desk], patience: Patience
) -> Outcome:
    """Yields how an attempt under a claim ended; the claim is given back unless it is published.

    `jobs` are the same version as of several moments, tried in turn until one is not held; `desk` reads the
    records that one needs. Nothing is raised but what ends the process.
    """
    try:
        with settled(press, claim, patience) as outcomes:
            for job in jobs[:-1]:
                with suppress(HeldError, NothingToDo, RecordsError):  # late data may release it
                    return Outcome("published", published=publish_version(press, desk(job), job, claim))
            return Outcome("published", published=publish_version(press, desk(jobs[-1]), jobs[-1], claim))
    except Exception as error:
        return outcomes[0] if outcomes else Outcome("busy", str(error))


@contextmanager
def settled(press: Press, claim: Claim, patience: Patience) -> Iterator[list[Outcome]]:
    """Gives the claim back when the body raises, and raises on; yields a list that then holds the outcome."""
    outcomes: list[Outcome] = []
    try:
        yield outcomes
    except (BusyError, LostClaim):
        raise
    except Exception as error:
        outcome = outcome_of(error, press.clock.now(), claim, patience)
        outcomes.append(_ENDED if press.ending.is_set() else outcome)
        _give_back(press, claim, outcomes[0])
        raise
    except BaseException:  # the process is told to end
        _give_back(press, claim, _ENDED)
        raise


def outcome_of(error: Exception, now: datetime, claim: Claim, patience: Patience) -> Outcome:
    """Yields what an error means for the issue, by its kind."""
    match error:
        case HeldError() | RecordsError() | SettingsError() | NothingToDo():
            rules, reason = _why(error)
            if now < patience.deadline:
                return Outcome("waiting", reason, rules, min(now + patience.poll, patience.deadline))
            return Outcome("held", reason, rules, now + patience.poll)
        case MachineError():
            return Outcome("retry", str(error), next_try=_later(now, claim.attempt, patience))
        case _:
            return Outcome("failed", f"{type(error).__name__}: {error}")


def _why(error: Exception) -> tuple[tuple[str, ...], str]:
    """Yields the rules that hold an issue, and all problems in words."""
    if isinstance(error, HeldError):
        return tuple(dict.fromkeys(one.code for one in error.problems)), _words(error.problems)
    if isinstance(error, ProblemsError):
        rule = SETTINGS if isinstance(error, SettingsError) else REFUSED
        return (rule,), _words([one for one in error.problems if one.severity == "error"] or error.problems)
    return (NO_DATA,), f"{error}; enter the week's records"


def _words(problems: tuple[Problem, ...] | list[Problem]) -> str:
    shown = "; ".join(map(str, problems[:3]))
    return shown if len(problems) <= 3 else f"{shown}; and {len(problems) - 3} more"


def _later(now: datetime, attempts: int, patience: Patience) -> datetime:
    """Yields when to try again: later each time, by chance, but at the deadline if that comes first."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 10))
    later: datetime = now + longest * patience.chance.uniform(0.5, 1)
    return min(later, patience.deadline) if now < patience.deadline else later


def _give_back(press: Press, claim: Claim, outcome: Outcome) -> None:
    """Releases the claim; a database that cannot be written to leaves it to its lease."""
    state: Literal["due", "held", "failed"] = "due"
    if outcome.state == "held" or outcome.state == "failed":
        state = outcome.state
    with suppress(LostClaim, MachineError):
        press.ledger.release(claim, state, outcome.reason, press.clock.now(), outcome.next_try)
