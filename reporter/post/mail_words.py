"""What a mail says, in one language: the words of page 1, and those that the mail adds to them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reporter.errors import SettingsError
from reporter.language import Language
from reporter.post.issues import Links
from reporter.settings import Settings

_PLACE = re.compile(r"\{([^{}]*)\}")
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class MailWords:
    """The content of a mail. `links` are marks that each recipient's own links take the place of.

    `size` is that of the PDF in bytes; without `attached` there is a link to it, which holds for `expires`.
    """

    front: Mapping[str, Any]
    say: Language
    links: Links
    size: int
    attached: bool
    expires: timedelta
    is_proof: bool

    @property
    def proof(self) -> str:
        """That this is a proof, or nothing."""
        return self.say("mail.proof") if self.is_proof else ""

    @property
    def file(self) -> str:
        """That the bulletin is attached, or the words of the link to it."""
        number = self.say.number(max(Decimal(self.size) / MEGABYTE, Decimal("0.1")), 1)
        return self.say("mail.attached" if self.attached else "mail.download", size=number)

    @property
    def lasts(self) -> str:
        """How long the link holds."""
        return self.say("mail.download.days", n=self.expires.days)

    @property
    def more_prices(self) -> str:
        """How many prices the bulletin has besides, or nothing."""
        more = self.front["more_prices"]
        return self.say("mail.more_prices", n=more) if more else ""

    @property
    def more_changes(self) -> tuple[str, ...]:
        """How many changes a later version has besides those told; or that it has none."""
        told = self.front["reissue"]
        if not told["changes"]:
            return (self.say("changed.none"),)
        return (self.say("mail.more_changes", n=told["more"]),) if told["more"] else ()

    @property
    def sources(self) -> str:
        """Who assessed the prices, or nothing."""
        sources = self.front["sources"]
        return self.say("page.glance.source", source=sources) if sources else ""

    @property
    def why(self) -> str:
        """Why the reader gets this."""
        return self.say("mail.why", edition=self.front["title"])

    @property
    def contact(self) -> str:
        """Whom to ask, or nothing."""
        contact = self.front["contact"]
        return self.say("mail.labelled", label=self.say("method.contact"), text=contact) if contact else ""


def subject_of(front: Mapping[str, Any], say: Language, settings: Settings, *, proof: bool) -> str:
    """Yields the subject: the edition's own or the catalogue's, marked where it is a correction or a proof.

    SettingsError where the edition's own names a place that is not filled in.
    """
    values = {"edition": front["title"], "week": front["week"], "headline": front["headline"]}
    own = settings.editions[front["edition"]].deliver.subject
    subject = (
        say("mail.subject", **values) if own is None else _filled(say.text(own), values, settings, front)
    )
    if front["reissue"]:
        subject = say("mail.subject.correction", version=front["version"], subject=subject)
    return say("mail.subject.proof", subject=subject) if proof else subject


def _filled(text: str, values: Mapping[str, str], settings: Settings, front: Mapping[str, Any]) -> str:
    for place in _PLACE.findall(text):
        if place not in values:
            message = "has a place that is not filled in; there are {edition}, {week} and {headline}"
            path = ("editions", front["edition"], "deliver", "subject")
            raise SettingsError([settings.problem("subject", message, *path, value=f"{{{place}}}")])
    return _PLACE.sub(lambda match: values[match[1]], text)
