"""The outbox's tables, as `reporter/migrations` makes them, and their rows as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import cast, get_args

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    Table,
    Text,
    UniqueConstraint,
)

from reporter.post.model import DeliveryState, Envelope, Format, Recipient
from reporter.store import Moment

# What may become of one mail. `sent`, `failed` and `suppressed` stay as they are; `unknown` waits for a hand.
MOVES: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        "queued": frozenset({"claimed", "failed", "suppressed"}),
        "claimed": frozenset({"queued", "dot", "deferred", "failed", "suppressed"}),
        "dot": frozenset({"sent", "deferred", "failed", "unknown"}),
        "deferred": frozenset({"claimed", "failed", "suppressed"}),
        "unknown": frozenset({"sent", "queued"}),
        "sent": frozenset(),
        "failed": frozenset(),
        "suppressed": frozenset(),
    }
)
WAITING: tuple[DeliveryState, ...] = ("queued", "deferred")
IN_HAND: tuple[DeliveryState, ...] = ("claimed", "dot")

METADATA = MetaData()
_STATES = ", ".join(f"'{state}'" for state in get_args(DeliveryState))

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("edition", Text, nullable=False),
    Column("week", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("frozen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("runs", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("paused", Text),
    Column("size_limit", Integer),
    UniqueConstraint("edition", "week", "version", name="one_delivery_a_version"),
)
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("delivery", Integer, ForeignKey("deliveries.id"), nullable=False),
    Column("subscriber", Integer, nullable=False),
    Column("public", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("date", Moment, nullable=False),
    Column("return_path", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("next_try", Moment),
    Column("owner", Text),
    Column("lease_until", Moment),
    Column("claims", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("reply", Text),
    Column("note", Text),
    UniqueConstraint("delivery", "subscriber", name="one_mail_a_recipient"),
    UniqueConstraint("message_id", name="one_name_a_mail"),
    UniqueConstraint("token", name="one_token_a_mail"),
    CheckConstraint(f"state IN ({_STATES})", name="known_mail_state"),
    Index("mails_to_try", "delivery", "next_try", "id"),
    Index("mails_by_state", "delivery", "state", "id"),
)


@dataclass(frozen=True)
class Delivery:
    """The sending of one issue version to those it was frozen for. Moments are in UTC.

    `runs` counts how often it was begun or gone on with, `last_at` is the latest moment it knows of; `paused`
    is why it waits for a hand, or None. `size_limit` is how many bytes a mail of it may have, None before a
    server was met.
    """

    id: int
    edition: str
    week: str
    version: int
    frozen_at: datetime
    expires_at: datetime
    runs: int
    last_at: datetime
    paused: str | None
    size_limit: int | None

    def __str__(self) -> str:
        return f"{self.edition} {self.week} v{self.version}"


@dataclass(frozen=True)
class Mail:
    """One row: a mail to one recipient, and what became of it.

    `next_try` is from when it may be claimed, None where it may not. `claims` tells a claim from every other;
    `attempts` counts those that were the recipient's own. `reply` is what the server said last.
    """

    id: int
    delivery: int
    envelope: Envelope
    token: str
    state: DeliveryState
    next_try: datetime | None
    owner: str | None
    lease_until: datetime | None
    claims: int
    attempts: int
    changed_at: datetime
    reply: str | None
    note: str | None


def mail_of(row: Row[tuple[object, ...]]) -> Mail:
    """Yields a row of OUTBOX as a value."""
    one = row._mapping
    recipient = Recipient(
        one["subscriber"],
        one["public"],
        one["email"],
        one["name"],
        one["language"],
        cast(Format, one["format"]),
    )
    envelope = Envelope(recipient, one["message_id"], one["date"], one["return_path"])
    kept = ("state", "next_try", "owner", "lease_until", "claims", "attempts", "changed_at", "reply", "note")
    return Mail(one["id"], one["delivery"], envelope, one["token"], *(one[name] for name in kept))
