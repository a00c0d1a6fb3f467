"""The reception: all that the public pages work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

from reporter.clock import Clock
from reporter.errors import BadToken, Problem, SettingsError
from reporter.journal import Journal
from reporter.language import Language, available_languages
from reporter.post.subscribers import Subscribers
from reporter.post.tokens import Signer
from reporter.post.web.limiter import Limiter
from reporter.settings import Settings

CONFIRM_AGE = timedelta(days=7)
FORM_AGE = timedelta(hours=2)
_MAILS, _MAILS_SPAN = 3, timedelta(days=1)  # to one address, whoever asks


class ExpiredToken(BadToken):
    """A token of ours that is over."""


@dataclass(frozen=True)
class Reception:
    """All that the pages work with.

    `send_mail` sends one mail at once and raises a ReporterError where it cannot; None: nobody can subscribe
    here. `examine` raises a ReporterError where something that the pages need is out of order.
    """

    settings: Settings
    people: Subscribers
    signer: Signer
    clock: Clock
    send_mail: Callable[[EmailMessage], None] | None = None
    examine: Callable[[], None] = lambda: None
    mails: Limiter = field(default_factory=lambda: Limiter(_MAILS, _MAILS_SPAN))

    def __post_init__(self) -> None:
        if self.settings.public_url is None:
            what = "is required: mails and pages link to it; set it to the address that readers use"
            raise SettingsError([Problem("missing", what, str(self.settings.file), field="public_url")])

    @property
    def journal(self) -> Journal:
        """Where it is written what happens."""
        return Journal(self.clock)

    @property
    def root(self) -> str:
        """The address of the pages, without a slash at its end."""
        return str(self.settings.public_url).rstrip("/")

    @property
    def prefix(self) -> str:
        """The path below which all pages are: empty, or such as `/bulletin`."""
        return urlsplit(self.root).path

    def read(self, purpose: str, token: str, now: datetime) -> tuple[str, ...]:
        """Yields what a token holds; ExpiredToken where it is over, BadToken where it is not ours."""
        parts = self.signer.read(purpose, token, None, now)
        age = self._age(purpose, parts)
        if age is not None:
            try:
                self.signer.read(purpose, token, age, now)
            except BadToken:
                raise ExpiredToken from None
        return parts

    def _age(self, purpose: str, parts: tuple[str, ...]) -> timedelta | None:
        if purpose == "confirm":
            return CONFIRM_AGE
        if purpose != "download":
            return None
        edition = self.settings.editions.get(parts[0])
        if edition is None:
            raise BadToken
        return edition.deliver.link_expires

    # ── forms ──

    def form_token(self, place: str, asked_at: datetime) -> str:
        """Yields what a form of one place (`unsubscribe`, …) must bring back within two hours."""
        return self.signer.sign("form", place, now=asked_at)

    def is_own_form(self, place: str, token: str, now: datetime) -> bool:
        """Tells whether a form was given out by that place, and lately."""
        try:
            return self.signer.read("form", token, FORM_AGE, now) == (place,)
        except BadToken:
            return False

    # ── words ──

    def title(self, edition: str, say: Language) -> str:
        """Yields an edition's title; its id where the settings no longer know it."""
        known = self.settings.editions.get(edition)
        return say.text(known.title) if known else edition

    def name(self, say: Language) -> str:
        """Yields the titles of all editions: what these pages are about."""
        return " · ".join(self.title(edition, say) for edition in self.settings.editions)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that an issue can be had in, those of the first edition first."""
        codes = (code for edition in self.settings.editions.values() for code in edition.languages)
        return tuple(dict.fromkeys(codes))

    @property
    def page_languages(self) -> tuple[str, ...]:
        """The languages of these pages: those of the issues first, then the others that are shipped."""
        return tuple(dict.fromkeys((*self.languages, *available_languages())))
