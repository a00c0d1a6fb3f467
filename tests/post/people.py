"""Subscribers of a database of the test's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reporter.post.subscriber_tables import Entry, Person
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import Signer
from reporter.store import open_store

NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
WEEKLY, MONTHLY = "weekly", "monthly"
KEY = "a key of the tests' own"
ANN = Entry("ann@example.org", "Ann Smith", (WEEKLY,), "en", "pdf", "fair 2025")


def signer() -> Signer:
    return Signer([KEY], "a key to hash with")


def subscribers(database: str) -> Subscribers:
    return Subscribers(open_store(database), signer())


def added(people: Subscribers, email: str = ANN.email, *editions: str, again: bool = False) -> Person:
    entry = replace(ANN, email=email, editions=editions or ANN.editions)
    return people.add(entry, NOW, again)


def asked(people: Subscribers, email: str = ANN.email, *editions: str, name: str = "Ann Smith") -> Person:
    wanted = editions or (WEEKLY,)
    return people.request(email, name, wanted, "en", "pdf", "v1", "web", "192.0.2.7", NOW)
