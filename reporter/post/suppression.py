"""Addresses that are not written to, and people who are forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from reporter.post.addresses import canonical, check_address
from reporter.post.personal import rows_on, scrub
from reporter.post.subscriber_rows import (
    Ground,
    P,
    change,
    find,
    in_state,
    is_held_back,
    move,
    new_public,
)
from reporter.post.subscriber_tables import (
    CONSENTS,
    SOFT_BOUNCES,
    SUBSCRIPTIONS,
    SUPPRESSIONS,
    Person,
)
from reporter.post.tokens import Signer
from reporter.store import Store, insert_if_new

SOFT_BOUNCES_BORNE, WITHIN = 2, timedelta(days=30)


@dataclass(frozen=True)
class Suppression:
    """The part of the subscribers that keeps mail from addresses; it holds their keyed hashes alone."""

    store: Store
    signer: Signer

    def suppress(self, email: str, reason: str, now: datetime) -> None:
        """Has nothing sent to an address, in the list or not; SubscriberError where it is none."""
        with self.store.transaction() as connection:
            _hold_back(connection, self._hash(check_address(email)), reason, now)

    def is_suppressed(self, email: str) -> bool:
        """Tells whether nothing is sent to an address; SubscriberError where it is none."""
        with self.store.reading() as connection:
            return is_held_back(connection, self._hash(check_address(email)))

    def bounced(self, email: str, hard: bool, now: datetime) -> bool:
        """Notes a mail that came back, and tells whether the address is now suppressed.

        A hard bounce suppresses at once, a soft one with the third in 30 days. An address of nobody is
        ignored.
        """
        address_hash = self._hash(check_address(email))
        with self.store.transaction() as connection:
            person = find(connection, P.address_hash == address_hash, lock=True)
            if person is None:
                return is_held_back(connection, address_hash)
            if not hard and _soft(connection, person.id, now) <= SOFT_BOUNCES_BORNE:
                return is_held_back(connection, address_hash)
            for edition in in_state(person, ("active", "pending")):
                move(connection, person, edition, "bounced", "bounced", Ground(), now)
            _hold_back(connection, address_hash, "bounced", now)
        return True

    def held(self) -> frozenset[str]:
        """Yields the hashes of all addresses to which nothing is sent."""
        with self.store.reading() as connection:
            return frozenset(connection.execute(select(SUPPRESSIONS.c.address_hash)).scalars())

    def erase(self, email: str, now: datetime) -> bool:
        """Forgets a person: tells whether there was one. Their address is suppressed in any case.

        What names them goes from every table of the database; what is left is a row with a number, to which
        deliveries may point, and the keyed hash. SubscriberError where it is no address.
        """
        address = check_address(email)
        address_hash = self._hash(address)
        with self.store.transaction() as connection:
            person = find(connection, P.address_hash == address_hash, lock=True)
            _hold_back(connection, address_hash, "erased", now, anew=True)
            if person is not None:
                _blank(connection, person, now)
            scrub(connection, person.email if person else address)
        if self.store.engine.dialect.name == "sqlite":
            _empty_the_log(self.store)
        return person is not None

    def export(self, email: str) -> dict[str, object]:
        """Yields all that the database holds on an address, moments as such.

        `subscriber` and `suppressed` are None where there is nothing; `elsewhere` is rows of other tables, by
        table. SubscriberError where it is no address.
        """
        address = check_address(email)
        rows = select(SUPPRESSIONS.c.reason, SUPPRESSIONS.c.at)
        with self.store.reading() as connection:
            person = find(connection, P.address_hash == self._hash(address))
            soft = select(SOFT_BOUNCES.c.at).where(
                SOFT_BOUNCES.c.subscriber == (person.id if person else None)
            )
            bounces = connection.execute(soft).scalars().all()
            held = connection.execute(
                rows.where(SUPPRESSIONS.c.address_hash == self._hash(address))
            ).one_or_none()
            elsewhere = rows_on(
                connection, person.id if person else None, person.email if person else address
            )
        return {
            "address": address,
            "subscriber": asdict(person) | {"state": person.state} if person else None,
            "soft_bounces": list(bounces),
            "suppressed": held._asdict() if held else None,
            "elsewhere": elsewhere,
        }

    def hash_of(self, address: str) -> str:
        """Yields the keyed hash of an address as it is kept; SubscriberError where it is none."""
        return self._hash(check_address(address))

    def _hash(self, address: str) -> str:
        return self.signer.keyed_hash(canonical(address))


def _hold_back(
    connection: Connection, address_hash: str, reason: str, now: datetime, anew: bool = False
) -> None:
    row = {"address_hash": address_hash, "reason": reason, "at": now}
    if not insert_if_new(connection, SUPPRESSIONS, row) and anew:
        of_it = SUPPRESSIONS.c.address_hash == address_hash
        connection.execute(update(SUPPRESSIONS).where(of_it).values(reason=reason, at=now))


def release(connection: Connection, address_hash: str) -> None:
    """Lets an address be written to again; the person themselves asked for it."""
    connection.execute(delete(SUPPRESSIONS).where(SUPPRESSIONS.c.address_hash == address_hash))


def _soft(connection: Connection, person: int, now: datetime) -> int:
    """Notes a soft bounce and yields how many there are that count."""
    table = SOFT_BOUNCES
    connection.execute(insert(table).values(subscriber=person, at=now))
    recent = select(func.count()).where(table.c.subscriber == person, table.c.at > now - WITHIN)
    return int(connection.execute(recent).scalar_one())


def _blank(connection: Connection, person: Person, now: datetime) -> None:
    for table in (SUBSCRIPTIONS, CONSENTS, SOFT_BOUNCES):
        connection.execute(delete(table).where(table.c.subscriber == person.id))
    gone = {"email": None, "address_hash": None, "name": "", "language": "", "format": "pdf"}
    # links in mails that they still have lead nowhere
    change(connection, person.id, **gone, public=new_public(), erased_at=now)


def _empty_the_log(store: Store) -> None:
    """Has SQLite write its log into the file, so that what was deleted is in neither."""
    with store.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        checkpoint: Callable[[str], object] = driver.execute
        checkpoint("PRAGMA wal_checkpoint(TRUNCATE)")
