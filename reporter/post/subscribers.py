"""Who receives what, and by which consent: people, their subscriptions, and how these may change.

Where a person asks themselves, the subscription waits until they confirm it from their mail (double opt-in);
an operator says where the consent was given. Who unsubscribed, bounced or was erased comes back by their own
confirmation, or because the operator says that they asked for it anew: never by a list that is read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from reporter.errors import Problem, SubscriberError
from reporter.post.addresses import check_address, check_line, clean_ip
from reporter.post.model import Format, Recipient
from reporter.post.subscriber_rows import (
    Ground,
    P,
    S,
    begin,
    change,
    find,
    is_held_back,
    load,
    may,
    move,
)
from reporter.post.subscriber_tables import SUBSCRIBERS, SUBSCRIPTIONS, SUPPRESSIONS, Entry, Person
from reporter.post.suppression import Suppression, release


@dataclass(frozen=True)
class Subscribers(Suppression):
    """The subscribers of a database. They have no clock: `now` is given wherever time counts."""

    def request(
        self,
        email: str,
        name: str,
        editions: Iterable[str],
        language: str,
        format: Format,
        wording: str,
        source: str,
        ip: str | None,
        now: datetime,
    ) -> Person:
        """Yields a person who asked for editions: each pending until confirmed, those they receive as before.

        Anybody can ask in another's name, so name, language and format of a person who ever confirmed stay.
        SubscriberError with every fault of address and name.
        """
        email, name = checked(email, name)
        ground = Ground(check_line(wording, "wording"), check_line(source, "source"), clean_ip(ip))
        with self.store.transaction() as connection:
            person = begin(connection, email, self._hash(email), name, language, format, now)
            if all(one.state == "pending" for one in person.editions.values()):
                change(connection, person.id, name=name, language=language, format=format)
            for edition in dict.fromkeys(editions):
                if may(person, edition, "pending"):
                    move(connection, person, edition, "pending", "requested", ground, now)
            return _again(connection, person)

    def confirm(self, public: str, edition: str, now: datetime) -> bool:
        """Makes a pending subscription active; tells whether it is active now, also the second time.

        It ends a suppression: who reads mail there wants it. False where nothing is pending: somebody unknown
        or erased, or who has unsubscribed since.
        """
        with self.store.transaction() as connection:
            person = find(connection, P.public == public, lock=True)
            if person is None or edition not in person.editions:
                return False
            if person.editions[edition].state == "active":
                return True
            if person.editions[edition].state != "pending":
                return False
            move(connection, person, edition, "active", "confirmed", Ground(), now)
            release(connection, self._hash(person.email))
        return True

    def add(self, entry: Entry, now: datetime, again: bool = False) -> Person:
        """Yields a person whom the operator adds: active at once, because of the consent that is stated.

        `again` says that they asked for it anew; without it, SubscriberError for who unsubscribed, bounced or
        was suppressed. Also SubscriberError with every fault of the entry.
        """
        with self.store.transaction() as connection:
            return _again(connection, self._add(connection, entry, now, again))

    def add_all(self, entries: Iterable[Entry], now: datetime) -> list[SubscriberError]:
        """Adds many in one transaction, and yields why some were not taken."""
        refused = []
        with self.store.transaction() as connection:
            for entry in entries:
                try:
                    self._add(connection, entry, now, False)
                except SubscriberError as error:
                    refused.append(error)
        return refused

    def _add(self, connection: Connection, entry: Entry, now: datetime, again: bool) -> Person:
        """Yields the person as they were before."""
        email, name = checked(entry.email, entry.name)
        ground = Ground(check_line(entry.wording, "wording"), check_line(entry.source, "source"))
        if not ground.source:
            raise _refused("no_consent", "needs the source of the consent: where and when it was given")
        address_hash = self._hash(email)
        known = find(connection, P.address_hash == address_hash, lock=True)
        held = is_held_back(connection, address_hash)
        if not again and (why := barred(known, held, entry.editions)):
            message = f"is {why}, and so not taken; if they asked for it anew, add them with --again"
            raise _refused(why, message, email)
        if again:
            release(connection, address_hash)
        person = known or begin(connection, email, address_hash, name, entry.language, entry.format, now)
        kept = {"name": name or person.name, "language": entry.language, "format": entry.format}
        change(connection, person.id, **kept)
        for edition in dict.fromkeys(entry.editions):
            if may(person, edition, "active"):
                move(connection, person, edition, "active", "added", ground, now)
        return person

    def unsubscribe(self, public: str, edition: str | None, now: datetime, source: str = "link") -> bool:
        """Ends a person's subscription to an edition, or all; tells whether they had any, also if ended.

        It counts for whatever is not claimed yet. False: nobody of that name, or never subscribed.
        """
        with self.store.transaction() as connection:
            person = find(connection, P.public == public, lock=True)
            if person is None:
                return False
            chosen = [one for one in person.editions if edition in (None, one)]
            for one in chosen:
                if may(person, one, "unsubscribed"):
                    move(connection, person, one, "unsubscribed", "unsubscribed", Ground(source=source), now)
        return bool(chosen)

    def resubscribe(self, public: str, edition: str, now: datetime) -> bool:
        """Takes an unsubscription back; tells whether the subscription is active now, also the second time.

        False for what was never confirmed, for who bounced or is suppressed: they are to ask anew.
        """
        with self.store.transaction() as connection:
            person = find(connection, P.public == public, lock=True)
            if person is None or edition not in person.editions or self._held(connection, person):
                return False
            state = person.editions[edition].state
            was = any(one.step in ("confirmed", "added") for one in person.editions[edition].history)
            if state == "unsubscribed" and was:
                move(connection, person, edition, "active", "resubscribed", Ground(source="link"), now)
                return True
        return state == "active"

    def set_preferences(
        self, public: str, language: str, format: Format, editions: Collection[str], now: datetime
    ) -> bool:
        """Sets what a person chose from a link in their mail; False where nobody has that name.

        Editions that are not chosen are unsubscribed; chosen ones become active, for who confirmed one before
        and is not suppressed.
        """
        with self.store.transaction() as connection:
            person = find(connection, P.public == public, lock=True)
            if person is None:
                return False
            change(connection, person.id, language=check_line(language, "language"), format=format)
            history = [step for one in person.editions.values() for step in one.history]
            known = any(one.step in ("confirmed", "added") for one in history)
            if known and not self._held(connection, person):
                for edition in dict.fromkeys(editions):
                    if may(person, edition, "active"):
                        move(connection, person, edition, "active", "chosen", Ground(source="link"), now)
            for edition in set(person.editions) - set(editions):
                if may(person, edition, "unsubscribed"):
                    move(
                        connection,
                        person,
                        edition,
                        "unsubscribed",
                        "unsubscribed",
                        Ground(source="link"),
                        now,
                    )
        return True

    def by_public(self, public: str) -> Person | None:
        """Yields the person of a name in links, or None: unknown, or erased."""
        with self.store.reading() as connection:
            return find(connection, P.public == public)

    def by_email(self, email: str) -> Person | None:
        """Yields the person of an address, or None; SubscriberError where it is none."""
        with self.store.reading() as connection:
            return find(connection, P.address_hash == self._hash(check_address(email)))

    def everyone(self, edition: str | None = None) -> list[Person]:
        """Yields all people, in whatever state, or those who ever had to do with an edition."""
        chosen = P.id.in_(select(S.subscriber).where(S.edition == edition))
        with self.store.reading() as connection:
            return load(connection, None if edition is None else chosen)

    def erased(self) -> int:
        """Yields how many people were erased."""
        with self.store.reading() as connection:
            rows = select(func.count()).select_from(SUBSCRIBERS).where(P.erased_at.is_not(None))
            return int(connection.execute(rows).scalar_one())

    def recipients(self, edition: str) -> list[Recipient]:
        """Yields who receives an edition now: active and not suppressed, in the order in which they came."""
        columns = (P.id, P.public, P.email, P.name, P.language, P.format)
        rows = select(*columns).join(SUBSCRIPTIONS).where(*_wanted(edition)).order_by(P.id)
        with self.store.reading() as connection:
            return [Recipient(*row) for row in connection.execute(rows)]

    def is_wanted(self, subscriber_id: int, edition: str) -> bool:
        """Tells whether a subscriber still receives an edition; asked again before each mail."""
        with self.store.reading() as connection:
            found = connection.execute(_ONE_WANTED, {"id_": subscriber_id, "edition_": edition})
            return found.first() is not None

    def _held(self, connection: Connection, person: Person) -> bool:
        return is_held_back(connection, self._hash(person.email))


def checked(email: str, name: str) -> tuple[str, str]:
    """Yields address and name as they are kept; SubscriberError with every fault of both."""
    problems: list[Problem] = []
    found = []
    for check, text, field in ((check_address, email, "email"), (check_line, name, "name")):
        try:
            found.append(check(text, field))
        except SubscriberError as fault:
            problems += fault.problems
    if problems:
        raise SubscriberError(problems)
    return found[0], found[1]


def barred(person: Person | None, held: bool, editions: Collection[str]) -> str | None:
    """Yields why a list cannot make somebody active, unsubscribed, bounced or suppressed; or None."""
    known = person.editions if person else {}
    for one in editions:
        if one in known and known[one].state != "active":
            # who ended it and was asked for anew, perhaps by a stranger, is pending
            steps = [consent.step for consent in reversed(known[one].history)]
            if ended := next((step for step in steps if step in ("unsubscribed", "bounced")), None):
                return ended
    return "suppressed" if held else None


def _wanted(edition: Any) -> tuple[Any, ...]:
    held = select(SUPPRESSIONS.c.address_hash)
    return (
        S.edition == edition,
        S.state == "active",
        P.erased_at.is_(None),
        P.address_hash.not_in(held),
    )


_ONE_WANTED = (  # made once: it is asked before each mail
    select(P.id).join(SUBSCRIPTIONS).where(*_wanted(bindparam("edition_")), P.id == bindparam("id_"))
)


def _again(connection: Connection, person: Person) -> Person:
    found = find(connection, P.id == person.id)
    assert found is not None
    return found


def _refused(code: str, message: str, email: str | None = None) -> SubscriberError:
    return SubscriberError(
        [Problem(code, message, field="consent" if email is None else "email", value=email)]
    )
