"""What is read and written of subscribers inside a transaction that another module has begun."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from reporter.post.model import Format
from reporter.post.subscriber_tables import (
    CONSENTS,
    MOVES,
    SUBSCRIBERS,
    SUBSCRIPTIONS,
    SUPPRESSIONS,
    Consent,
    Person,
    State,
    Step,
    Subscription,
)
from reporter.store import insert_if_new

P, S, C = SUBSCRIBERS.c, SUBSCRIPTIONS.c, CONSENTS.c


@dataclass(frozen=True)
class Ground:
    """What a step rests on: which text was agreed to, where, and from which address of the network."""

    wording: str = ""
    source: str = ""
    ip: str | None = None


def new_public() -> str:
    """Yields a random name for links, 22 letters."""
    return secrets.token_urlsafe(16)


def find(connection: Connection, condition: ColumnElement[bool], lock: bool = False) -> Person | None:
    """Yields the one person that meets a condition, erased ones apart; locked, who writes next waits."""
    rows = select(SUBSCRIBERS).where(condition, P.erased_at.is_(None))
    if lock:
        connection.execute(rows.with_for_update())
    return next(iter(load(connection, condition)), None)


def load(connection: Connection, condition: ColumnElement[bool] | None = None) -> list[Person]:
    """Yields the people that meet a condition, erased ones apart, in the order in which they came."""
    chosen = select(P.id).where(P.erased_at.is_(None))
    if condition is not None:
        chosen = chosen.where(condition)
    histories: dict[tuple[int, str], list[Consent]] = defaultdict(list)
    for row in connection.execute(select(CONSENTS).where(C.subscriber.in_(chosen)).order_by(C.id)):
        step = Consent(row.step, row.wording, row.source, row.ip, row.at)
        histories[row.subscriber, row.edition].append(step)
    editions: dict[int, dict[str, Subscription]] = defaultdict(dict)
    of_them = select(SUBSCRIPTIONS).where(S.subscriber.in_(chosen)).order_by(S.edition)
    for row in connection.execute(of_them):
        history = tuple(histories[row.subscriber, row.edition])
        editions[row.subscriber][row.edition] = Subscription(row.state, row.since, history)
    people = select(SUBSCRIBERS).where(P.id.in_(chosen)).order_by(P.id)
    return [_person(row, editions[row.id]) for row in connection.execute(people)]


def _person(row: Any, editions: dict[str, Subscription]) -> Person:
    return Person(row.id, row.public, row.email, row.name, row.language, row.format, row.created_at, editions)


def begin(
    connection: Connection,
    email: str,
    address_hash: str,
    name: str,
    language: str,
    format: Format,
    now: datetime,
) -> Person:
    """Yields the person of an address, locked, made where there is none; who is there stays as they are."""
    row = {
        "public": new_public(),
        "email": email,
        "address_hash": address_hash,
        "name": name,
        "language": language,
        "format": format,
        "created_at": now,
    }
    insert_if_new(connection, SUBSCRIBERS, row)
    person = find(connection, P.address_hash == address_hash, lock=True)
    assert person is not None
    return person


def change(connection: Connection, person: int, **values: object) -> None:
    """Writes columns of a person."""
    connection.execute(update(SUBSCRIBERS).where(P.id == person).values(**values))


def may(person: Person, edition: str, state: State) -> bool:
    """Tells whether a subscription may come to a state; a new one may to pending, active."""
    if edition not in person.editions:
        return state in ("pending", "active")
    return state in MOVES[person.editions[edition].state]


def move(
    connection: Connection,
    person: Person,
    edition: str,
    state: State,
    step: Step,
    ground: Ground,
    now: datetime,
) -> None:
    """Brings a subscription to a state and notes why; ValueError for a move that is not allowed."""
    if not may(person, edition, state):
        raise ValueError(f"{person.editions[edition].state} → {state} is not allowed")
    at = {"state": state, "since": now}
    if edition in person.editions:
        of_it = (S.subscriber == person.id, S.edition == edition)
        connection.execute(update(SUBSCRIPTIONS).where(*of_it).values(at))
    else:
        row = {"subscriber": person.id, "edition": edition} | at
        connection.execute(insert(SUBSCRIPTIONS).values(row))
    consent = {"subscriber": person.id, "edition": edition, "step": step, "at": now}
    told = {"wording": ground.wording, "source": ground.source, "ip": ground.ip}
    connection.execute(insert(CONSENTS).values(consent | told))


def in_state(person: Person, states: Iterable[State]) -> Sequence[str]:
    """Yields the editions to which a person stands in one of the states."""
    wanted = set(states)
    return [edition for edition, one in person.editions.items() if one.state in wanted]


def is_held_back(connection: Connection, address_hash: str) -> bool:
    """Tells whether an address is on the list of those that are not written to."""
    rows = select(SUPPRESSIONS.c.reason).where(SUPPRESSIONS.c.address_hash == address_hash)
    return connection.execute(rows).first() is not None
