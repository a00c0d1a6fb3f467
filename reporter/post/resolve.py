"""Mails whose outcome is unknown: listed, and settled by a hand or by the relay's log; never by a guess."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update

from reporter.errors import UsageError
from reporter.post.outbox import Outbox
from reporter.post.outbox_tables import DELIVERIES, OUTBOX, Delivery, Mail, mail_of

Verdict = Literal["sent", "not_sent", "resend"]

_O, _D = OUTBOX.c, DELIVERIES.c
_BY_HAND = {
    "sent": "was sent, by hand",
    "not_sent": "was not sent, by hand; queued again",
    "resend": "resent by hand, though the first mail may have arrived",
}
_BEGUN = re.compile(r"postfix/\S*smtpd\[\d+\]: (\w+): client=")
_NAMED = re.compile(r"postfix/cleanup\[\d+\]: (\w+): (?:resent-)?message-id=(<[^>\s]+>)")
_TAKEN = re.compile(r"postfix/qmgr\[\d+\]: (\w+): from=")
_STATUS = re.compile(r"postfix/\S+\[\d+\]: (\w+): to=.*\bstatus=(\w+)")
_REFUSED = re.compile(r"postfix/cleanup\[\d+\]: (\w+): (?:milter-)?reject: ")
_REMOVED = re.compile(r"postfix/qmgr\[\d+\]: (\w+): removed")


@dataclass
class Traced:
    """What the relay's log, as far as it is read, says of a mail: whether it was taken, its last status."""

    queue_id: str
    name: str | None = None
    taken: bool | None = None
    status: str | None = None


def unknowns(outbox: Outbox, delivery: Delivery | None = None) -> list[tuple[Delivery, Mail]]:
    """Yields the mails whose outcome is unknown, of one delivery or of all, oldest first."""
    rows = select(OUTBOX).where(_O.state == "unknown").order_by(_O.id)
    if delivery is not None:
        rows = rows.where(_O.delivery == delivery.id)
    deliveries = {one.id: one for one in outbox.deliveries()}
    with outbox.store.reading() as connection:
        mails = [mail_of(row) for row in connection.execute(rows)]
    return [(deliveries[mail.delivery], mail) for mail in mails]


def choose(found: Iterable[tuple[Delivery, Mail]], names: Collection[str]) -> list[Mail]:
    """Yields the mails of some Message-IDs, or all; UsageError for an ID that is not among them."""
    mails = {mail.envelope.message_id: mail for _, mail in found}
    wanted = [f"<{name.strip('<>')}>" for name in names] or list(mails)
    for name in wanted:
        if name not in mails:
            raise UsageError(
                f"--message-id {name}: no mail of unknown outcome has it; `reporter resolve` lists them"
            )
    return [mails[name] for name in wanted]


def settle_unknown(
    outbox: Outbox, mail: Mail, verdict: Verdict, now: datetime, why: str | None = None
) -> bool:
    """Records what became of an unknown mail, and who says so; False where it was settled meanwhile."""
    told = f"{now:%Y-%m-%d %H:%M} UTC: {why or _BY_HAND[verdict]}"
    note = told if mail.note is None else f"{mail.note}; {told}"
    changes: dict[str, object] = {"state": "sent", "name": "", "next_try": None}
    if verdict != "sent":
        changes = {"state": "queued", "next_try": now}
    order = update(OUTBOX).where(_O.id == mail.id, _O.state == "unknown")
    with outbox.store.transaction() as connection:
        done = connection.execute(order.values(**changes, note=note, changed_at=now))
    return bool(done.rowcount == 1)


def trace(lines: Iterable[str], message_ids: Collection[str]) -> dict[str, Traced]:
    """Yields, by Message-ID, what a log in Postfix's style says of mails; those not in it are left out.

    A mail is taken once its queue manager has it: a name alone is logged before the final dot. A queue id
    may be another mail's before and after: what is said under it counts for the mail whose it was then. Of
    several attempts at a mail one that was taken counts, else the last.
    """
    now: dict[str, Traced] = {}
    found: dict[str, list[Traced]] = {}
    for line in lines:
        if match := _NAMED.search(line):
            one = _of(now, match[1])
            if one.name is not None:
                one = now[match[1]] = Traced(match[1])
            one.name = match[2]
            if one.name in message_ids:
                found.setdefault(one.name, []).append(one)
        elif match := _TAKEN.search(line):
            _of(now, match[1]).taken = True
        elif match := _STATUS.search(line):
            one = _of(now, match[1])
            one.taken, one.status = True, match[2]
        elif match := _REFUSED.search(line):
            one = _of(now, match[1])
            one.taken = one.taken or False
        elif match := _BEGUN.search(line) or _REMOVED.search(line):
            now.pop(match[1], None)
    return {name: max(reversed(tries), key=lambda one: one.taken is True) for name, tries in found.items()}


def _of(now: dict[str, Traced], queue_id: str) -> Traced:
    """Yields the mail that has a queue id at this point of the log."""
    return now.setdefault(queue_id, Traced(queue_id))


def settle_by_log(
    outbox: Outbox, mails: Iterable[Mail], lines: Iterable[str], now: datetime
) -> dict[str, str]:
    """Settles what a relay's log tells of; yields a line for each mail by its Message-ID."""
    by_name = {mail.envelope.message_id: mail for mail in mails}
    found, told = trace(lines, by_name), {}
    for name, mail in by_name.items():
        one = found.get(name)
        if one is None:
            told[name] = "is not in the log; if the log is whole, the relay never had it: --not-sent"
        elif one.taken is None:
            told[name] = f"{one.queue_id}: was begun; the log does not say whether the relay took it"
        else:
            verdict: Verdict = "sent" if one.taken else "not_sent"
            words = f"taken, {one.status or 'in its queue'}" if one.taken else "refused; queued again"
            told[name] = f"relay {one.queue_id}: {words}"
            settle_unknown(outbox, mail, verdict, now, told[name])
    return told
