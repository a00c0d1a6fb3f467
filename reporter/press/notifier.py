"""Tells the desk what it must know, by mail and to a webhook: each thing once, and again if it fails."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from http.client import HTTPException
from urllib.error import HTTPError, URLError

from reporter.errors import MachineError
from reporter.mailer import send_one
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Channel, Notice
from reporter.publishing_settings import SmtpSettings
from reporter.settings import Settings

_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_HOLD = timedelta(minutes=5)
_SECONDS = 10

Send = Callable[[Notice], None]


@dataclass(frozen=True)
class Told:
    """What to tell: of which kind, in words, and about which issue."""

    kind: str
    text: str
    edition: str | None = None
    week: str | None = None


@dataclass(frozen=True)
class Notifier:
    """The channels that are set, each with what sends a notice on it; MachineError where that fails."""

    channels: Mapping[Channel, Send]

    def note(self, ledger: Ledger, key: str, told: Told, now: datetime) -> bool:
        """Records a notice for the channels that are set; False where that key was told before."""
        if not ledger.note(key, told.kind, told.text, told.edition, told.week, now):
            return False
        for channel in ("mail", "webhook"):
            if channel not in self.channels:  # set later, it must not tell of old troubles
                ledger.mark_sent(key, channel, now)
        return True

    def deliver(self, ledger: Ledger, now: datetime) -> list[str]:
        """Sends what waits on each channel; yields a line for each that could not be sent now.

        After a failure the rest of that channel waits, too: a server that is away must not hold up a round.
        """
        faults = []
        for channel, send in self.channels.items():
            for notice in ledger.take_unsent(channel, now, _HOLD):
                try:
                    send(notice)
                except MachineError as error:
                    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(notice.attempts, 10))
                    ledger.mark_unsent(notice.key, channel, now + wait)
                    faults.append(f"{channel}: {error}")
                    break
                else:
                    ledger.mark_sent(notice.key, channel, now)
        return faults

    def tell_now(self, kind: str, text: str, now: datetime) -> list[str]:
        """Sends a notice past the ledger, which cannot be written to; yields a line for each failure."""
        faults = []
        for channel, send in self.channels.items():
            try:
                send(Notice(f"{kind}/now", kind, None, None, text, now, 0))
            except MachineError as error:
                faults.append(f"{channel}: {error}")
        return faults


def notifier(settings: Settings) -> Notifier:
    """Yields the channels that `notify:` names."""
    channels: dict[Channel, Send] = {}
    smtp, told = settings.smtp, settings.notify
    if smtp is not None and told.email:
        channels["mail"] = lambda notice: _mail(smtp, told.email, notice)
    if told.webhook:
        address = told.webhook
        channels["webhook"] = lambda notice: _post(address, notice)
    return Notifier(channels)


def subject(notice: Notice) -> str:
    """Yields `[reporter] held: weekly 2026-W07`, in one line whatever it is about."""
    about = " ".join(part for part in (notice.edition, notice.week) if part)
    return " ".join(f"[reporter] {notice.kind}{': ' if about else ''}{about}".split())


def _mail(smtp: SmtpSettings, to: tuple[str, ...], notice: Notice) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = smtp.sender, ", ".join(to), subject(notice)
    message["Date"] = format_datetime(notice.at)
    message["Message-ID"] = make_msgid(domain=smtp.sender.partition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{notice.text}\n\n{notice.at:%Y-%m-%d %H:%M} UTC\n")
    send_one(smtp, message)


def _post(address: str, notice: Notice) -> None:
    body = {
        "kind": notice.kind,
        "edition": notice.edition,
        "week": notice.week,
        "text": notice.text,
        "at": notice.at.isoformat(),
    }
    _ask(address, json.dumps(body, ensure_ascii=False).encode())


def ping(address: str) -> None:
    """Asks an address once, so that who watches knows that the scheduler lives; MachineError if it fails."""
    _ask(address)


def _ask(address: str, body: bytes | None = None) -> None:
    """Asks an address, or posts JSON to it."""
    host = "the address"
    try:
        request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
        host = request.host.rpartition("@")[2]  # its path and its password may be secret
        with urllib.request.urlopen(request, timeout=_SECONDS):
            pass
    except (HTTPException, OSError, ValueError) as error:
        raise MachineError(f"{host}: {_told(error)}") from None


def _told(error: Exception) -> str:
    """Yields an error in words that cannot hold the address."""
    if isinstance(error, HTTPError):
        return f"it answered {error.code}"
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        return error.reason.strerror or str(error.reason)
    if isinstance(error, OSError) and not isinstance(error, URLError):
        return error.strerror or type(error).__name__
    return type(error).__name__
