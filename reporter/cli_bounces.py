"""The command that reads what came back."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reporter.cli_shared import Config, Json, count, print_json, say, settings_of
from reporter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reporter.post.bounces import BounceDesk, Returned
    from reporter.settings import Settings

bounces_app = typer.Typer()
_TOLD = ("hard", "soft", "unread", "forged")  # each of these is worth a line


@bounces_app.command()
def bounces(
    mailbox: Annotated[
        str, typer.Argument(metavar="FILE|-", help="An mbox file, a Maildir, or - for a pipe.")
    ],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Read the mails that came back: suppress bad addresses, count full ones, unsubscribe by mail."""
    from reporter.post.mailbox import mails_from, mails_in

    settings = settings_of(config)
    desk = _desk(settings)
    mails = mails_from(sys.stdin.buffer) if mailbox == "-" else mails_in(Path(mailbox))
    _tell(list(desk.settle(mails, datetime.now(UTC))), as_json)


def _desk(settings: Settings) -> BounceDesk:
    from reporter.post.bounces import BounceDesk
    from reporter.post.outbox import Outbox
    from reporter.post.subscribers import Subscribers
    from reporter.post.tokens import signer_of
    from reporter.store import open_store

    if settings.smtp is None or settings.smtp.bounces is None:
        message = "is where mails come back to; without it none can be told to be ours"
        raise SettingsError([settings.problem("no_bounces", message, "smtp", "bounces")])
    store = open_store(settings.database)
    signer = signer_of(settings, store, datetime.now(UTC))
    outbox = Outbox(store)

    def address_of(token: str) -> str | None:
        mail = outbox.by_token(token)
        return None if mail is None else mail.envelope.recipient.email

    return BounceDesk(settings.smtp.bounces, signer, Subscribers(store, signer), address_of)


def _tell(found: Iterable[Returned], as_json: bool) -> None:
    found = list(found)
    kinds = Counter(one.kind for one in found)
    if as_json:
        mails = [{"kind": one.kind, "address": one.address, "detail": one.detail} for one in found]
        print_json({"counts": dict(kinds), "mails": mails})
        return
    for one in found:
        if one.kind in _TOLD:
            say(": ".join(filter(None, (one.kind, one.address, one.detail))))
    told = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
    say(f"{count(len(found), 'mail')} read{': ' if told else ''}{told}")
