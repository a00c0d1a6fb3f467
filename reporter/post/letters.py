"""The letters of an issue, each composed once, and the mail of one recipient made from them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from reporter.post.dkim import dkim_signer
from reporter.post.issues import language_for, links_for
from reporter.post.message import Letter, compose
from reporter.post.model import Envelope, Format, IssueFolder
from reporter.post.tokens import Signer
from reporter.settings import Settings


@dataclass
class Letters:
    """Makes the bytes of mails; one letter of each language and format is held, whatever their number.

    `limit` is how many bytes a mail may have, beside the edition's own limit; `on_link` is told of each
    letter whose PDF was too large.
    """

    issue: IssueFolder
    settings: Settings
    signer: Signer
    proof: bool = False
    limit: int | None = None
    on_link: Callable[[Letter], None] = lambda _: None
    _made: dict[tuple[str, Format], Letter] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        smtp = self.settings.smtp
        self._sign: Callable[[bytes], bytes] | None = None
        if smtp is not None and smtp.dkim is not None:
            self._sign = dkim_signer(smtp.dkim)

    def __call__(self, envelope: Envelope) -> bytes:
        """Yields the mail of an envelope, signed where DKIM is set; MailError where it cannot be written."""
        one = envelope.recipient
        smtp, url = self.settings.smtp, self.settings.public_url or ""
        mailbox = (smtp.bounces or "") if smtp is not None else ""
        links = links_for(self.signer, url, self.issue, one, mailbox, envelope.date)
        mail = self._letter(language_for(self.issue, one.language), one.format).mail(envelope, links)
        return mail if self._sign is None else self._sign(mail)

    def check(self) -> None:
        """Composes what needs no mail server to be asked; raises what `compose` does."""
        for language in self.issue.languages:
            self._letter(language, "link")

    def _letter(self, language: str, format: Format) -> Letter:
        with self._lock:
            if (language, format) not in self._made:
                letter = compose(
                    self.issue, language, format, self.settings, proof=self.proof, limit=self.limit
                )
                self._made[language, format] = letter
                if letter.too_large is not None:
                    self.on_link(letter)
            return self._made[language, format]
