"""Mails that came back: read from a mailbox, proven ours by their token, and acted upon.

A bounce is a delivery report (RFC 3464) sent to the return path of one of our mails, whose token only we
can make. What has no such token, or is no report, changes nothing. A mail with the subject
`unsubscribe TOKEN`, which the header List-Unsubscribe names, comes to the same mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Literal, cast

from reporter.errors import BadToken
from reporter.post.bounce_notes import is_noted, note
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import Signer

Kind = Literal["hard", "soft", "unsubscribed", "delayed", "foreign", "forged", "unread", "known"]

_MOST = 1_000_000  # bytes of a mail that are read; a report comes first, the mail that came back last
_TO = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
# Full mailbox, too large a mail, refused for what it says or whom it is from: the address itself is good.
_GOOD_ADDRESS = re.compile(r"5\.(2\.[23]|3\.4|5\.\d+|6\.\d+|7\.\d+)")


@dataclass(frozen=True, slots=True)
class Returned:
    """What became of one mail of the mailbox. `detail` is the server's word, or why nothing was done."""

    kind: Kind
    detail: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a delivery report says of one recipient: for good or for now, with status and diagnostic."""

    hard: bool
    final: bool
    detail: str


@dataclass(frozen=True)
class BounceDesk:
    """Acts upon the mails of a mailbox.

    `mailbox` is the address that return paths extend by `+TOKEN`; `address_of` yields whom the mail of a
    token went to, or None.
    """

    mailbox: str
    signer: Signer
    people: Subscribers
    address_of: Callable[[str], str | None]

    def settle(self, mails: Iterable[bytes], now: datetime) -> Iterator[Returned]:
        """Yields what became of each mail, having acted upon it. The same mail again changes nothing."""
        for raw in mails:
            yield self._settle(raw, now)

    def _settle(self, raw: bytes, now: datetime) -> Returned:
        mail = cast(EmailMessage, BytesParser(policy=policy.compat32).parsebytes(raw[:_MOST]))
        if asked := re.fullmatch(r"\s*unsubscribe\s+(\S+)\s*", _header(mail, "Subject"), re.IGNORECASE):
            return self._unsubscribe(asked[1], now)
        token = self._token(mail)
        if token is None:
            return Returned("foreign", "is not addressed to a return path of ours")
        try:
            delivery = self.signer.read("bounce", token, None, now)[0]
        except BadToken:
            return Returned("forged", "its token is not ours")
        verdict = verdict_of(mail)
        if verdict is None:
            return Returned("unread", f"is no delivery report: {_header(mail, 'Subject')[:100]!r}")
        if not verdict.final:
            return Returned("delayed", verdict.detail)
        address = self.address_of(delivery)
        if address is None or is_noted(self.people.store, delivery):
            return Returned("known", "was noted before, or its mail is not known any more")
        self.people.bounced(address, verdict.hard, now)
        note(self.people.store, delivery, verdict.hard, now)
        return Returned("hard" if verdict.hard else "soft", verdict.detail, address)

    def _unsubscribe(self, token: str, now: datetime) -> Returned:
        try:
            edition, public = self.signer.read("unsubscribe", token, None, now)
        except (BadToken, ValueError):
            return Returned("forged", "its token is not ours")
        self.people.unsubscribe(public, edition, now, source="mail")
        return Returned("unsubscribed", edition)

    def _token(self, mail: Message) -> str | None:
        """Yields the token of the return path that a mail came to, wherever the server wrote it."""
        local, _, domain = self.mailbox.partition("@")
        path = re.compile(
            rf"{re.escape(local)}\+([A-Za-z0-9_.~=-]+)@{re.escape(domain)}(?![\w.-])", re.IGNORECASE
        )
        for name in _TO:
            for value in mail.get_all(name, []):
                if found := path.search(str(value)):
                    return found[1]
        return None


def verdict_of(mail: Message) -> Verdict | None:
    """Yields what a delivery report says, the worst where it says several things; None where it is none."""
    found = [
        one
        for part in mail.walk()
        if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list)
        for block in cast(list[Message], part.get_payload())
        if (one := _verdict(block)) is not None
    ]
    return max(found, key=lambda one: (one.final, one.hard)) if found else None


def _verdict(block: Message) -> Verdict | None:
    """Yields what one block says; None for one that is of no recipient, or of a mail that arrived."""
    action = _header(block, "Action").split(";")[0].strip().lower()
    stated = re.search(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b", _header(block, "Status"))
    if action not in ("failed", "delayed"):
        return None
    status = stated[0] if stated else ""
    told = _header(block, "Diagnostic-Code").partition(";")[2] or _header(block, "Diagnostic-Code")
    detail = " ".join(f"{status} {told}".split())[:300] or action
    hard = action == "failed" and status.startswith("5") and not _GOOD_ADDRESS.fullmatch(status)
    return Verdict(hard, action == "failed", detail)


def _header(mail: Message, name: str) -> str:
    """Yields a header's value in one line, or nothing; whatever bytes it has."""
    return " ".join(str(mail.get(name, "")).split())
