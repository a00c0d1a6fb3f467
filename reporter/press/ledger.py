"""The ledger: which issue of which edition is due, in the making, held, published, skipped.

One row a version. Who publishes an issue claims it first, for a while (the lease), and publishes inside a
fence: one transaction that proves the claim still good. So a version is published once, whoever is killed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, select, update

from reporter.errors import BusyError, LostClaim, NothingToDo
from reporter.owner import is_dead
from reporter.press.decisions import Decisions
from reporter.press.ledger_tables import ISSUES, META, MOVES, Claim, Entry, State
from reporter.press.notices import Notices
from reporter.store import Store, insert_if_new, moment_text

_I = ISSUES.c
_BEGUN = "began/"
_NO_LEASE = {"owner": None, "lease_until": None}


@dataclass(frozen=True)
class Fence:
    """One issue, locked, in the transaction that publishes it."""

    connection: Connection
    entry: Entry
    now: datetime

    def publish(self, as_of: datetime, content_hash: str, deliver_after: datetime | None = None) -> None:
        """Records the version as published; kept when the fence is left without an exception."""
        _move(
            self.connection,
            self.entry,
            "published",
            as_of=as_of,
            content_hash=content_hash,
            deliver_after=deliver_after,
            finished_at=self.now,
            reason=None,
            next_try=None,
            **_NO_LEASE,
        )


@dataclass(frozen=True)
class Ledger(Notices, Decisions):
    """The ledger of a database. It has no clock: `now` is given wherever time counts."""

    created_at: datetime

    def entries(self, edition: str | None = None, states: Collection[State] | None = None) -> list[Entry]:
        """Yields the entries, by edition, week and version: of one edition, in some states, or all."""
        rows = select(ISSUES).order_by(_I.edition, _I.week, _I.version)
        if edition is not None:
            rows = rows.where(_I.edition == edition)
        if states is not None:
            rows = rows.where(_I.state.in_(states))
        with self.store.reading() as connection:
            return [Entry(*row) for row in connection.execute(rows)]

    def entry(self, edition: str, week: str, version: int) -> Entry | None:
        """Yields the entry of one version, or None."""
        with self.store.reading() as connection:
            return _find(connection, edition, week, version)

    def published(self, edition: str, week: str) -> Entry | None:
        """Yields the highest published version of a week, withdrawn or not, or None."""
        rows = select(ISSUES).where(_I.edition == edition, _I.week == week, _I.state == "published")
        with self.store.reading() as connection:
            row = connection.execute(rows.order_by(_I.version.desc()).limit(1)).one_or_none()
        return None if row is None else Entry(*row)

    def claim(
        self,
        edition: str,
        week: str,
        version: int,
        owner: str,
        lease: timedelta,
        now: datetime,
        slot: datetime | None = None,
        supersedes: int | None = None,
        reissue_reason: str | None = None,
    ) -> Claim:
        """Yields the right to publish a version, taken in one step; its row is made where there is none.

        Raises BusyError where another process holds it and its lease is not over, NothingToDo where it is
        published.
        """
        with self.store.transaction() as connection:
            entry = _made(connection, edition, week, version)
            if entry.state == "published":
                raise NothingToDo(f"{_name(entry)} is published already")
            if entry.owner != owner and not _is_free(entry, now):
                raise BusyError(
                    f"{_name(entry)} is being published by another process ({entry.owner}, until"
                    f" {entry.lease_until:%Y-%m-%d %H:%M:%S} UTC)"
                )
            claim = Claim(
                edition,
                week,
                version,
                owner,
                entry.attempts + 1,
                now + lease,
                slot or entry.slot,
                supersedes or entry.supersedes,
                reissue_reason or entry.reissue_reason,
            )
            _move(
                connection,
                entry,
                "claimed",
                owner=owner,
                lease_until=claim.lease_until,
                attempts=claim.attempt,
                claimed_at=now,
                finished_at=None,
                next_try=None,
                slot=claim.slot,
                supersedes=claim.supersedes,
                reissue_reason=claim.reissue_reason,
            )
        return claim

    def renew(self, claim: Claim, lease: timedelta, now: datetime) -> Claim:
        """Yields the claim with its lease counted from `now`; LostClaim where another process took it."""
        renewed = replace(claim, lease_until=now + lease)
        with self.store.transaction() as connection:
            _move(connection, _own(connection, claim), "claimed", lease_until=renewed.lease_until)
        return renewed

    def release(
        self,
        claim: Claim,
        state: Literal["due", "held", "failed"],
        reason: str | None,
        now: datetime,
        next_try: datetime | None = None,
    ) -> None:
        """Gives a claim back: due again, held or failed; LostClaim where another process took it."""
        if state not in ("due", "held", "failed"):
            raise ValueError(f"a claim is not released as {state}")
        finished = None if state == "due" else now
        with self.store.transaction() as connection:
            entry = _own(connection, claim)
            kept = entry.reason if reason is None else reason
            changes = {"reason": kept, "next_try": next_try, "finished_at": finished}
            _move(connection, entry, state, **changes, **_NO_LEASE)

    def drop(self, claim: Claim) -> None:
        """Forgets an issue that was claimed and turned out to be nothing; LostClaim where it is not ours."""
        with self.store.transaction() as connection:
            entry = _own(connection, claim)
            connection.execute(delete(ISSUES).where(_I.id == entry.id))

    @contextmanager
    def fence(self, claim: Claim, now: datetime) -> Iterator[Fence]:
        """Yields the issue locked, in one transaction, kept at the end and undone by an exception.

        Inside, the caller renames the folder into place and calls `publish`. Raises LostClaim where another
        process took the claim, NothingToDo where a later version has no published one to follow.
        """
        with self.store.transaction() as connection:
            entry = _own(connection, claim)
            if entry.version > 1:
                for needed in {1, entry.supersedes or 1}:
                    before = _find(connection, entry.edition, entry.week, needed)
                    if before is None or before.state != "published":
                        raise NothingToDo(f"{_name(entry)} cannot go out: v{needed} is not published")
            yield Fence(connection, entry, now)

    def skip(self, edition: str, week: str, slot: datetime | None, reason: str, now: datetime) -> bool:
        """Records that the first version of a week will not be made; tells whether it did.

        Not where it is published, skipped already, or claimed by a process that may still publish it.
        """
        with self.store.transaction() as connection:
            entry = _made(connection, edition, week, 1)
            if "skipped" not in MOVES[entry.state] or not _is_free(entry, now):
                return False
            changes = {"slot": slot or entry.slot, "reason": reason, "finished_at": now, "next_try": None}
            _move(connection, entry, "skipped", **changes, **_NO_LEASE)
            return True

    def begin(self, editions: Iterable[str], now: datetime) -> None:
        """Records since when editions are published, of those that are new: `now`."""
        known = set(self._begun())
        if new := [edition for edition in editions if edition not in known]:
            with self.store.transaction() as connection:
                for edition in new:
                    row = {"name": f"{_BEGUN}{edition}", "value": moment_text(now)}
                    insert_if_new(connection, META, row)

    def began(self, edition: str) -> datetime | None:
        """Yields since when an edition is published; None of one that `begin` was never told of."""
        return self._begun().get(edition)

    def _begun(self) -> dict[str, datetime]:
        rows = select(META.c.name, META.c.value).where(META.c.name.startswith(_BEGUN))
        with self.store.reading() as connection:
            found = connection.execute(rows).all()
        return {name.removeprefix(_BEGUN): datetime.fromisoformat(value) for name, value in found}

    def withdraw(self, edition: str, week: str, version: int, reason: str, now: datetime) -> None:
        """Marks a published version as withdrawn; it stays published.

        Raises NothingToDo where it is not published, or withdrawn already.
        """
        with self.store.transaction() as connection:
            entry = _find(connection, edition, week, version, lock=True)
            if entry is None or entry.state != "published":
                raise NothingToDo(f"{edition} {week} v{version} is not published")
            if entry.withdrawn_at is not None:
                raise NothingToDo(f"{_name(entry)} is withdrawn already")
            changes = {"withdrawn_at": now, "withdrawn_reason": reason}
            connection.execute(update(ISSUES).where(_I.id == entry.id).values(changes))


def open_ledger(store: Store, now: datetime) -> Ledger:
    """Yields the ledger of a database; the first time, `now` becomes its beginning."""
    begun = select(META.c.value).where(META.c.name == "created_at")
    with store.reading() as connection:
        found = connection.execute(begun).scalar()
    if found is None:
        with store.transaction() as connection:
            insert_if_new(connection, META, {"name": "created_at", "value": moment_text(now)})
            found = connection.execute(begun).scalar_one()
    return Ledger(store, datetime.fromisoformat(found))


def _name(entry: Entry) -> str:
    return f"{entry.edition} {entry.week} v{entry.version}"


def _find(
    connection: Connection, edition: str, week: str, version: int, *, lock: bool = False
) -> Entry | None:
    """Yields an entry; locked, nobody else changes it before the transaction ends."""
    rows = select(ISSUES).where(_I.edition == edition, _I.week == week, _I.version == version)
    row = connection.execute(rows.with_for_update() if lock else rows).one_or_none()
    return None if row is None else Entry(*row)


def _made(connection: Connection, edition: str, week: str, version: int) -> Entry:
    """Yields the entry, locked, made where there was none.

    Where two make it at once, the key lets one in; the other waits for it and finds its row.
    """
    entry = _find(connection, edition, week, version, lock=True)
    if entry is None:
        fresh = {"edition": edition, "week": week, "version": version, "state": "due", "attempts": 0}
        insert_if_new(connection, ISSUES, fresh)
        entry = _find(connection, edition, week, version, lock=True)
    assert entry is not None  # rows are never removed
    return entry


def _own(connection: Connection, claim: Claim) -> Entry:
    """Yields the entry of a claim, locked; LostClaim where it is no longer ours."""
    entry = _find(connection, claim.edition, claim.week, claim.version, lock=True)
    mine = (claim.owner, claim.attempt, "claimed")
    if entry is None or (entry.owner, entry.attempts, entry.state) != mine:
        raise LostClaim(f"{claim}: another process took it over; nothing was published here")
    return entry


def _is_free(entry: Entry, now: datetime) -> bool:
    if entry.state != "claimed" or entry.owner is None or entry.lease_until is None:
        return True
    return entry.lease_until <= now or is_dead(entry.owner)


def _move(connection: Connection, entry: Entry, state: State, **changes: object) -> None:
    if state not in MOVES[entry.state]:
        raise ValueError(f"{_name(entry)} is {entry.state}: it cannot become {state}")
    connection.execute(update(ISSUES).where(_I.id == entry.id).values(state=state, **changes))
