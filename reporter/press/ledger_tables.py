"""The ledger's tables, as `reporter/migrations` makes them, and their rows as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, Column, Integer, MetaData, Table, Text, UniqueConstraint

from reporter.store import Moment

State = Literal["due", "claimed", "held", "published", "skipped", "failed"]
Channel = Literal["mail", "webhook"]

# What may become of an issue. A published one stays as it is.
MOVES: dict[State, frozenset[State]] = {
    "due": frozenset({"claimed", "skipped"}),
    "claimed": frozenset({"claimed", "published", "due", "held", "failed", "skipped"}),
    "held": frozenset({"claimed", "skipped"}),
    "failed": frozenset({"claimed", "skipped"}),
    "skipped": frozenset({"claimed"}),
    "published": frozenset(),
}

METADATA = MetaData()
_STATES = ", ".join(f"'{state}'" for state in MOVES)

ISSUES = Table(
    "issues",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("week", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("slot", Moment),
    Column("as_of", Moment),
    Column("content_hash", Text),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("next_try", Moment),
    Column("reason", Text),
    Column("reissue_reason", Text),
    Column("supersedes", Integer),
    Column("claimed_at", Moment),
    Column("finished_at", Moment),
    Column("deliver_after", Moment),
    Column("withdrawn_at", Moment),
    Column("withdrawn_reason", Text),
    UniqueConstraint("edition", "week", "version", name="one_row_a_version"),
    CheckConstraint(f"state IN ({_STATES})", name="known_state"),
    CheckConstraint("version >= 1", name="counted_from_one"),
)
OVERRIDES = Table(
    "overrides",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("week", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
APPROVALS = Table(
    "approvals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("week", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("edition", "week", "content_hash", name="approved_once"),
)
NOTICES = Table(
    "notices",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("edition", Text),
    Column("week", Text),
    Column("text", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("mail_sent_at", Moment),
    Column("mail_attempts", Integer, nullable=False),
    Column("mail_next_try", Moment),
    Column("webhook_sent_at", Moment),
    Column("webhook_attempts", Integer, nullable=False),
    Column("webhook_next_try", Moment),
    UniqueConstraint("key", name="told_once"),
)
META = Table("meta", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))


@dataclass(frozen=True)
class Entry:
    """One version of one issue, as the ledger has it. Moments are in UTC.

    `finished_at` is when it came to be held, published, skipped or failed; `reason` why it was held, skipped
    or failed, kept until it is published; `attempts` how often it was claimed.
    """

    id: int
    edition: str
    week: str
    version: int
    state: State
    slot: datetime | None
    as_of: datetime | None
    content_hash: str | None
    owner: str | None
    lease_until: datetime | None
    attempts: int
    next_try: datetime | None
    reason: str | None
    reissue_reason: str | None
    supersedes: int | None
    claimed_at: datetime | None
    finished_at: datetime | None
    deliver_after: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


@dataclass(frozen=True)
class Claim:
    """The right to publish one version of an issue, until `lease_until` or until another takes it over.

    `attempt` tells this claim from every other one, those of the same process too.
    """

    edition: str
    week: str
    version: int
    owner: str
    attempt: int
    lease_until: datetime
    slot: datetime | None
    supersedes: int | None
    reissue_reason: str | None

    def __str__(self) -> str:
        return f"{self.edition} {self.week} v{self.version}"


@dataclass(frozen=True)
class Override:
    """A rule that the desk overrode for one issue, and why."""

    edition: str
    week: str
    rule: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Notice:
    """Something the desk is told once on each channel; `attempts` is of the channel it was asked for."""

    key: str
    kind: str
    edition: str | None
    week: str | None
    text: str
    at: datetime
    attempts: int
