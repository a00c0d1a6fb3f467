"""The tables of who receives what, as `reporter/migrations` makes them, and their rows as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from reporter.post.model import Format
from reporter.store import Moment

State = Literal["pending", "active", "unsubscribed", "bounced"]
Step = Literal["requested", "confirmed", "added", "chosen", "resubscribed", "unsubscribed", "bounced"]

# What may become of a subscription. Only `requested` leads to pending; an erased person has none left.
MOVES: dict[State, frozenset[State]] = {
    "pending": frozenset({"pending", "active", "unsubscribed", "bounced"}),
    "active": frozenset({"unsubscribed", "bounced"}),
    "unsubscribed": frozenset({"pending", "active"}),
    "bounced": frozenset({"pending", "active", "unsubscribed"}),
}

METADATA = MetaData()
_STATES = ", ".join(f"'{state}'" for state in MOVES)

SUBSCRIBERS = Table(
    "subscribers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("public", Text, nullable=False),
    Column("email", Text),
    Column("address_hash", Text),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("erased_at", Moment),
    UniqueConstraint("public", name="one_subscriber_a_name"),
    UniqueConstraint("address_hash", name="one_subscriber_an_address"),
    CheckConstraint("format IN ('pdf', 'link')", name="known_format"),
)
SUBSCRIPTIONS = Table(
    "subscriptions",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subscriber", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("edition", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Moment, nullable=False),
    UniqueConstraint("subscriber", "edition", name="one_subscription_an_edition"),
    CheckConstraint(f"state IN ({_STATES})", name="known_subscription"),
)
CONSENTS = Table(
    "consents",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subscriber", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("edition", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("wording", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("ip", Text),
    Column("at", Moment, nullable=False),
    Index("consents_of_one", "subscriber"),
)
SOFT_BOUNCES = Table(
    "soft_bounces",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subscriber", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("at", Moment, nullable=False),
    Index("soft_bounces_of_one", "subscriber"),
)
SUPPRESSIONS = Table(
    "suppressions",
    METADATA,
    Column("address_hash", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
)
POST_KEYS = Table(
    "post_keys",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)


@dataclass(frozen=True)
class Consent:
    """One thing a person, or the operator for them, did about a subscription, and what it rests on.

    `wording` is the version of the text that was agreed to, `source` where: a page, a list, a conversation.
    """

    step: Step
    wording: str
    source: str
    ip: str | None
    at: datetime


@dataclass(frozen=True)
class Subscription:
    """How a person stands to one edition, since when, and all that led there, oldest first."""

    state: State
    since: datetime
    history: tuple[Consent, ...] = ()


@dataclass(frozen=True)
class Person:
    """A subscriber. `public` is the random name in links; `email` has its domain in ASCII."""

    id: int
    public: str
    email: str
    name: str
    language: str
    format: Format
    created_at: datetime
    editions: Mapping[str, Subscription] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """How they stand to all editions together: active where they are to one."""
        states = {one.state for one in self.editions.values()}
        order: tuple[State, ...] = ("active", "bounced", "pending")
        return next((state for state in order if state in states), "unsubscribed")


@dataclass(frozen=True)
class Entry:
    """What an operator says of a person: active at once, because of a consent given elsewhere."""

    email: str
    name: str
    editions: tuple[str, ...]
    language: str
    format: Format
    source: str
    wording: str = ""
