"""The mail to an address that somebody entered: it asks whether that was its owner."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from reporter.language import Language
from reporter.post.subscriber_tables import Person
from reporter.post.web.reception import CONFIRM_AGE, Reception


def confirm_mail(
    desk: Reception,
    person: Person,
    waiting: tuple[str, ...],
    editions: tuple[str, ...],
    say: Language,
    now: datetime,
) -> EmailMessage:
    """Yields a mail with the link that confirms what is `waiting`; else, with that to the choices.

    Plain text: it must be readable anywhere, and is not the bulletin.
    """
    titles = say("list.names").join(desk.title(edition, say) for edition in waiting or editions)
    kind = "confirm" if waiting else "known"
    token = (
        desk.signer.sign("confirm", person.public, *waiting, now=now)
        if waiting
        else desk.signer.sign("preferences", person.public)
    )
    path = "confirm" if waiting else "preferences"
    link = f"{desk.root}/{path}/{token}?lang={say.code}"
    mail = EmailMessage()
    smtp = desk.settings.smtp
    sender = smtp.sender if smtp is not None else f"reporter@{desk.root.rpartition('/')[2]}"
    mail["From"], mail["To"] = sender, person.email
    mail["Subject"] = " ".join(say(f"web.mail.{kind}.subject", title=titles).split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        say(f"web.mail.{kind}.text", title=titles, link=link, days=CONFIRM_AGE.days), cte="quoted-printable"
    )
    return mail
