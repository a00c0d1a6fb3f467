"""The outbox: one row for each mail of an issue version, and what may become of it.

All rows are made in one transaction before the first mail. Who sends one claims it for a while (the lease),
marks it `dot` before the dot that ends the mail on the wire, and writes down what the server answered. So a
killed process loses none and repeats none; where its answer was not heard, the row says `unknown`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import Boolean, Connection, Update, and_, bindparam, case, func, insert, or_, select, update

from reporter.errors import LostClaim, NothingToDo
from reporter.owner import is_dead
from reporter.post.model import DeliveryState, IssueFolder, Recipient
from reporter.post.outbox_tables import (
    DELIVERIES,
    IN_HAND,
    MOVES,
    OUTBOX,
    WAITING,
    Delivery,
    Mail,
    mail_of,
)
from reporter.store import Moment, Store, insert_if_new

_O, _D = OUTBOX.c, DELIVERIES.c
_FREE: dict[str, object] = {"owner": None, "lease_until": None}
_FINAL = tuple(state for state, then in MOVES.items() if not then)
_SUPERSEDED = "superseded by v{version}"
_AT_ONCE = 500

# The three steps of every mail, each one statement that is made once: making it anew takes longer than it.
_AT = bindparam("at", type_=Moment)
_DUE = (
    select(_O.id)
    .where(_O.delivery == bindparam("of"), _O.next_try <= _AT)
    .order_by(_O.next_try, _O.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(OUTBOX)
    .where(_O.id == _DUE.scalar_subquery(), _O.state.in_(WAITING))
    .values(state="claimed", owner=bindparam("by"), lease_until=bindparam("until"), claims=_O.claims + 1)
    .values(next_try=None, changed_at=_AT)
    .returning(OUTBOX)
)
_OURS = update(OUTBOX).where(
    _O.id == bindparam("which"),
    _O.state == bindparam("was"),
    _O.owner == bindparam("by"),
    _O.claims == bindparam("claim"),
)
_MARK = _OURS.values(state="dot", changed_at=_AT)
_SETTLE = _OURS.values(
    state=bindparam("becomes"),
    changed_at=_AT,
    next_try=bindparam("again"),
    reply=func.coalesce(bindparam("told"), _O.reply),
    attempts=_O.attempts + bindparam("tried"),
    name=case((bindparam("ended", type_=Boolean), ""), else_=_O.name),  # kept no longer than it is needed
    **_FREE,
)


@dataclass(frozen=True)
class Stamp:
    """What mails are made with: `domain` ends a Message-ID, `return_path` is made of a mail's token."""

    domain: str
    return_path: Callable[[str], str]


@dataclass(frozen=True)
class Outbox:
    """The outbox of a database. It has no clock: `now` is given wherever time counts."""

    store: Store

    # ── freezing ──

    def freeze(
        self,
        issue: IssueFolder,
        recipients: Iterable[Recipient],
        stamp: Stamp,
        expires: timedelta,
        now: datetime,
    ) -> Delivery:
        """Yields the delivery of a version; the first time, a row is made for each recipient, all or none.

        A correction goes to those whom an earlier version reached or may have reached, and to those who still
        waited for it: they get this one instead. Raises NothingToDo where nobody is to receive it, or a later
        version was frozen.
        """
        with self.store.transaction() as connection:
            known = _delivery(connection, issue.edition, issue.week, issue.version)
            if known is not None:
                return known
            if (later := _later(connection, issue)) is not None:
                raise NothingToDo(
                    f"{issue.edition} {issue.week}: v{later} was mailed already, which replaces it"
                )
            chosen = _chosen(connection, issue, recipients)
            if not chosen:
                raise NothingToDo(f"{issue.edition} {issue.week} v{issue.version}: nobody is to receive it")
            row = {"edition": issue.edition, "week": issue.week, "version": issue.version, "runs": 0}
            row |= {"frozen_at": now, "last_at": now, "expires_at": now + expires}
            ours = insert_if_new(connection, DELIVERIES, row)
            delivery = _delivery(connection, issue.edition, issue.week, issue.version)
            assert delivery is not None
            if not ours:
                return delivery
            rows = [_fresh(delivery, one, stamp, now) for one in chosen]
            for start in range(0, len(rows), _AT_ONCE):
                connection.execute(insert(OUTBOX), rows[start : start + _AT_ONCE])
            _supersede(connection, delivery, now)
        return delivery

    def chosen(self, issue: IssueFolder, recipients: Iterable[Recipient]) -> list[Recipient]:
        """Yields to whom of the recipients a version goes that is not frozen yet."""
        with self.store.reading() as connection:
            return _chosen(connection, issue, recipients)

    def find(self, edition: str, week: str, version: int) -> Delivery | None:
        """Yields the delivery of a version, or None where none was begun."""
        with self.store.reading() as connection:
            return _delivery(connection, edition, week, version)

    def begin(self, delivery: Delivery, now: datetime) -> Delivery:
        """Yields the delivery as it is gone on with: counted, no longer paused, left claims taken back.

        What still waits of an older version is suppressed.
        """
        with self.store.transaction() as connection:
            _recover(connection, delivery.id, now)
            _supersede(connection, delivery, now)
            changes = {"runs": _D.runs + 1, "paused": None, "last_at": max(now, delivery.last_at)}
            connection.execute(update(DELIVERIES).where(_D.id == delivery.id).values(changes))
            begun = _delivery(connection, delivery.edition, delivery.week, delivery.version)
        assert begun is not None
        return begun

    def pause(self, delivery: Delivery, reason: str) -> None:
        """Keeps a delivery from being gone on with by itself."""
        with self.store.transaction() as connection:
            connection.execute(update(DELIVERIES).where(_D.id == delivery.id).values(paused=reason))

    def call_off(self, delivery: Delivery, note: str, now: datetime) -> None:
        """Suppresses what still waits of a delivery, and says why."""
        with self.store.transaction() as connection:
            _suppress(connection, [delivery.id], note, now)

    def extend(self, delivery: Delivery, expires_at: datetime) -> None:
        """Lets a delivery go on for longer; and forgets that its clock was ahead."""
        changes = {"expires_at": expires_at, "last_at": delivery.frozen_at}
        with self.store.transaction() as connection:
            connection.execute(update(DELIVERIES).where(_D.id == delivery.id).values(changes))

    # ── one mail ──

    def claim(self, delivery: Delivery, owner: str, lease: timedelta, now: datetime) -> Mail | None:
        """Yields a mail that is due, claimed in one step by `owner`; None where none is."""
        values = {"of": delivery.id, "by": owner, "until": now + lease, "at": now}
        with self.store.transaction() as connection:
            row = connection.execute(_CLAIM, values).one_or_none()
        return None if row is None else mail_of(row)

    def mark_dot(self, mail: Mail, now: datetime) -> Mail:
        """Yields the mail as `dot`: kept, before the dot goes out, as one that the server may have.

        Raises LostClaim where another process took the mail over: then the dot must not go out.
        """
        self._move(_MARK, mail, "dot", {"at": now})
        return replace(mail, state="dot")

    def settle(
        self,
        mail: Mail,
        state: DeliveryState,
        now: datetime,
        reply: str | None = None,
        next_try: datetime | None = None,
        tried: bool = True,
    ) -> None:
        """Records what became of a claimed mail and gives the claim back; LostClaim where it is not ours.

        `tried`: the attempt was the recipient's own. ValueError for a transition that MOVES does not have.
        """
        if (state in WAITING) != (next_try is not None):
            raise ValueError(f"a mail that is {state} has {'no' if state in WAITING else 'a'} next try")
        values = {"at": now, "becomes": state, "again": next_try, "told": reply, "tried": int(tried)}
        self._move(_SETTLE, mail, state, values | {"ended": state in _FINAL})

    def _move(self, order: Update, mail: Mail, state: DeliveryState, values: Mapping[str, object]) -> None:
        if state not in MOVES[mail.state]:
            raise ValueError(f"a mail that is {mail.state} cannot become {state}")
        ours = {"which": mail.id, "was": mail.state, "by": mail.owner, "claim": mail.claims}
        with self.store.transaction() as connection:
            done = connection.execute(order, {**ours, **values})
        if done.rowcount != 1:
            raise LostClaim(f"{mail.envelope.message_id}: another process took it over")

    def recover(self, delivery: Delivery, now: datetime) -> None:
        """Takes back what dead processes and leases that are over left: claimed → queued, dot → unknown."""
        with self.store.transaction() as connection:
            _recover(connection, delivery.id, now)

    def fix_size(self, delivery: Delivery, limit: int) -> int:
        """Yields how many bytes a mail of the delivery may have: what was said first counts, whoever asks.

        So a mail is the same at every attempt, though servers and settings change.
        """
        with self.store.transaction() as connection:
            unsaid = (_D.id == delivery.id, _D.size_limit.is_(None))
            connection.execute(update(DELIVERIES).where(*unsaid).values(size_limit=limit))
            kept = connection.execute(select(_D.size_limit).where(_D.id == delivery.id)).scalar_one()
        return int(kept)

    # ── looking ──

    def deliveries(self, *, unfinished: bool = False) -> list[Delivery]:
        """Yields every delivery, oldest first; or those only of which a mail has not come to its end."""
        rows = select(DELIVERIES).order_by(_D.frozen_at, _D.id)
        if unfinished:
            rows = rows.where(_D.id.in_(select(_O.delivery).where(_O.state.not_in(_FINAL))))
        with self.store.reading() as connection:
            return [Delivery(*row) for row in connection.execute(rows)]

    def counts(self, delivery: Delivery) -> dict[DeliveryState, int]:
        """Yields how many rows are in each state; states without any are left out."""
        rows = select(_O.state, func.count()).where(_O.delivery == delivery.id).group_by(_O.state)
        with self.store.reading() as connection:
            found: dict[DeliveryState, int] = {row[0]: row[1] for row in connection.execute(rows)}
        return {state: found[state] for state in get_args(DeliveryState) if state in found}

    def mails(self, delivery: Delivery, states: Collection[DeliveryState] | None = None) -> list[Mail]:
        """Yields the rows of a delivery, in their order: in some states, or all."""
        rows = select(OUTBOX).where(_O.delivery == delivery.id).order_by(_O.id)
        if states is not None:
            rows = rows.where(_O.state.in_(states))
        with self.store.reading() as connection:
            return [mail_of(row) for row in connection.execute(rows)]

    def next_try(self, delivery: Delivery) -> datetime | None:
        """Yields when the next mail is due, or None where none waits."""
        with self.store.reading() as connection:
            found = connection.execute(
                select(func.min(_O.next_try)).where(_O.delivery == delivery.id)
            ).scalar()
        return datetime.fromisoformat(found) if isinstance(found, str) else found

    def by_token(self, token: str) -> Mail | None:
        """Yields the mail of a return path's token, or None."""
        with self.store.reading() as connection:
            row = connection.execute(select(OUTBOX).where(_O.token == token)).one_or_none()
        return None if row is None else mail_of(row)

    def sent_since(self, moment: datetime) -> list[datetime]:
        """Yields when mails were sent, of any issue, from `moment` on."""
        rows = (
            select(_O.changed_at).where(_O.state == "sent", _O.changed_at >= moment).order_by(_O.changed_at)
        )
        with self.store.reading() as connection:
            return list(connection.execute(rows).scalars())


def _fresh(delivery: Delivery, one: Recipient, stamp: Stamp, now: datetime) -> dict[str, object]:
    token = secrets.token_hex(12)
    return {
        "delivery": delivery.id,
        "subscriber": one.id,
        "public": one.public,
        "email": one.email,
        "name": one.name,
        "language": one.language,
        "format": one.format,
        "token": token,
        "message_id": f"<{secrets.token_hex(16)}@{stamp.domain}>",
        "date": now,
        "return_path": stamp.return_path(token),
        "state": "queued",
        "next_try": now,
        "claims": 0,
        "attempts": 0,
        "changed_at": now,
    }


def _delivery(connection: Connection, edition: str, week: str, version: int) -> Delivery | None:
    rows = select(DELIVERIES).where(_D.edition == edition, _D.week == week, _D.version == version)
    row = connection.execute(rows).one_or_none()
    return None if row is None else Delivery(*row)


def _later(connection: Connection, issue: IssueFolder) -> int | None:
    rows = select(func.max(_D.version)).where(_D.edition == issue.edition, _D.week == issue.week)
    found: int | None = connection.execute(rows.where(_D.version > issue.version)).scalar()
    return found


def _earlier(edition: str, week: str, version: int) -> Any:
    return select(_D.id).where(_D.edition == edition, _D.week == week, _D.version < version)


def _chosen(connection: Connection, issue: IssueFolder, recipients: Iterable[Recipient]) -> list[Recipient]:
    reached = _reached(connection, issue)
    return [one for one in recipients if reached is None or one.id in reached]


def _reached(connection: Connection, issue: IssueFolder) -> set[int] | None:
    """Yields whom earlier versions reached or would have; None where none was delivered."""
    earlier = _earlier(issue.edition, issue.week, issue.version)
    if connection.execute(earlier.limit(1)).first() is None:
        return None
    gone = or_(
        _O.state.in_(("sent", "unknown", *WAITING, *IN_HAND)),
        and_(_O.state == "suppressed", _O.note.startswith(_SUPERSEDED.format(version=""))),
    )
    return set(connection.execute(select(_O.subscriber).where(_O.delivery.in_(earlier), gone)).scalars())


def _supersede(connection: Connection, delivery: Delivery, now: datetime) -> None:
    """Suppresses what waits of earlier versions: those people get the later one."""
    earlier = _earlier(delivery.edition, delivery.week, delivery.version)
    _suppress(connection, earlier, _SUPERSEDED.format(version=delivery.version), now)


def _suppress(connection: Connection, deliveries: Any, note: str, now: datetime) -> None:
    changes = {"state": "suppressed", "next_try": None, "changed_at": now, "name": "", "note": note}
    waiting = (_O.delivery.in_(deliveries), _O.state.in_(WAITING))
    connection.execute(update(OUTBOX).where(*waiting).values(changes))


def _recover(connection: Connection, delivery: int, now: datetime) -> None:
    rows = select(_O.id, _O.state, _O.owner, _O.lease_until).where(
        _O.delivery == delivery, _O.state.in_(IN_HAND)
    )
    for id, state, owner, lease_until in connection.execute(rows.with_for_update(skip_locked=True)).all():
        if lease_until > now and not is_dead(owner):
            continue
        changes: dict[str, object] = {"state": "queued", "next_try": now}
        if state == "dot":
            changes = {"state": "unknown", "reply": "the process ended before the answer was written down"}
        connection.execute(update(OUTBOX).where(_O.id == id).values(**changes, changed_at=now, **_FREE))
