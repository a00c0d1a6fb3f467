"""One issue → one mail: composed once for a language and a format, then completed for each recipient.

Whatever differs between recipients stands in slots: To, Date, Message-ID and the links. A name is nowhere
in a mail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from reporter.errors import SettingsError, UsageError
from reporter.language import language as language_of
from reporter.post.headers import fixed_head, joined, mail_address, mail_link, message_id
from reporter.post.issues import Json, Links, pdf_name, read_file, read_front
from reporter.post.mail_html import mail_html
from reporter.post.mail_text import mail_text
from reporter.post.mail_words import MEGABYTE, MailWords, subject_of
from reporter.post.mime import Slots, file_part, multipart, quoted_link, text_part
from reporter.post.model import Envelope, Format, IssueFolder
from reporter.post_settings import DeliverSettings
from reporter.publishing_settings import SmtpSettings
from reporter.settings import Settings

_ROOM = 6_000  # bytes, more than what fills the slots of a mail, and a signature, take


@dataclass(frozen=True)
class Letter:
    """A mail without its recipient. `pieces` stand between `slots`, one more of them.

    `size` is the most bytes that a mail of it has. `attached` tells whether the PDF is in it; `too_large` is
    what the size would be with it, where that is why it is not.
    """

    edition: str
    week: str
    version: int
    language: str
    subject: str
    attached: bool
    pieces: tuple[bytes, ...]
    slots: tuple[str, ...]
    size: int
    too_large: int | None = None

    def mail(self, envelope: Envelope, links: Links) -> bytes:
        """Yields the whole mail to one recipient, lines ended by CRLF, the same bytes at every attempt.

        MailError where the address, the Message-ID or a link would begin another line or is none.
        """
        filled = {
            "to": mail_address(envelope.recipient.email).encode(),
            "date": _date(envelope.date),
            "message_id": message_id(envelope.message_id),
            "list_unsubscribe": _unsubscribe(links),
            "unsubscribe": _in_body(links.unsubscribe),
            "preferences": _in_body(links.preferences),
            "download": _in_body(links.download),
        }
        parts = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            parts += (filled[slot], piece)
        return b"".join(parts)


@lru_cache(maxsize=64)  # the mails of an issue are of few moments
def _date(moment: datetime) -> bytes:
    return format_datetime(moment).encode("ascii")


def _unsubscribe(links: Links) -> bytes:
    both = (mail_link(link) for link in (links.unsubscribe, links.unsubscribe_mail) if link)
    return b",\r\n ".join(b"<%b>" % link for link in both)


def _in_body(link: str) -> bytes:
    return quoted_link(mail_link(link))


def compose(
    issue: IssueFolder,
    language: str,
    format: Format,
    settings: Settings,
    *,
    proof: bool = False,
    limit: int | None = None,
) -> Letter:
    """Yields the issue's mail in one of its languages, with the PDF or with a link to it.

    The link stands in for the PDF where the edition attaches none, or the mail would be larger than
    `deliver.size_limit_mb` or than `limit` in bytes. Raises UsageError for a language that the issue has
    not, SettingsError without a mail server or for a wrong subject, VerificationError for a damaged file,
    MailError for a text that no header can hold.
    """
    if settings.smtp is None:
        raise SettingsError([settings.problem("no_smtp", "mails need a server and a sender; set it", "smtp")])
    if language not in issue.languages:
        raise UsageError(f"{issue.folder}: is not in {language!r}; it is in {', '.join(issue.languages)}")
    deliver = settings.editions[issue.edition].deliver
    draft = _Draft(issue, language, settings, settings.smtp, proof)
    if not (format == "pdf" and deliver.attach):
        return draft.letter(attach=False)
    whole = draft.letter(attach=True)
    if whole.size <= least_limit(deliver, limit):
        return whole
    return replace(draft.letter(attach=False), too_large=whole.size)


def least_limit(deliver: DeliverSettings, limit: int | None) -> int:
    """Yields how many bytes a mail may have: as the edition says, or `limit` where that is less."""
    own = int(deliver.size_limit_mb * MEGABYTE)
    return own if limit is None else min(own, limit)


@dataclass(frozen=True)
class _Draft:
    """What a letter is made of."""

    issue: IssueFolder
    language: str
    settings: Settings
    smtp: SmtpSettings
    proof: bool

    def letter(self, *, attach: bool) -> Letter:
        front, name = read_front(self.issue, self.language), pdf_name(self.issue, self.language)
        pdf, deliver = read_file(self.issue, name), self.settings.editions[self.issue.edition].deliver
        slots = Slots(repr(front).encode())
        marks = Links(slots["unsubscribe"], "", slots["preferences"], slots["download"])
        say = language_of(self.language)
        words = MailWords(front, say, marks, len(pdf), attach, deliver.link_expires, self.proof)
        page = mail_html(words, self.settings.templates)
        body = multipart(
            "alternative",
            [
                text_part("plain", slots.printable(mail_text(words))),
                text_part("html", slots.printable(page)),
            ],
        )
        if attach:
            body = multipart("mixed", [body, file_part(name, "application/pdf", pdf)])
        subject = subject_of(front, say, self.settings, proof=self.proof)
        pieces, names = slots.split(self._head(front, subject, slots) + body)
        size = sum(map(len, pieces)) + _ROOM
        one = self.issue
        return Letter(one.edition, one.week, one.version, self.language, subject, attach, pieces, names, size)

    def _head(self, front: Json, subject: str, slots: Slots) -> bytes:
        reply_to = self.settings.editions[self.issue.edition].deliver.reply_to
        head = fixed_head(front["title"], self.smtp.sender, subject, self.issue.edition, reply_to)
        own = {
            "To": slots["to"],
            "Date": slots["date"],
            "Message-ID": slots["message_id"],
            "List-Unsubscribe": slots["list_unsubscribe"],
        }
        return joined({name: mark.encode("ascii") for name, mark in own.items()}) + head
