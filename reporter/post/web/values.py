"""What a page is asked, and what it answers: plain values, so that pages know nothing of the web server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reporter.language import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """One request whose token, where its page has one, is known to be ours.

    `parts` is what the token holds; `form` the fields of a POST, each with all its values; `foreign` is set
    where the browser says that another site's page sent the form; `client` the address of who asks.
    """

    say: Language
    now: datetime
    client: str
    token: str = ""
    parts: tuple[str, ...] = ()
    posted: bool = False
    foreign: bool = False
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """Yields a field's value, its blanks cut off; empty where it is missing."""
        return self.form.get(name, ("",))[0].strip()


@dataclass(frozen=True, slots=True)
class Page:
    """A page to show: `templates/web/<name>.html` filled with `values`.

    `after` is done once the answer is out, so that how long it takes tells nobody anything.
    """

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    after: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file to give out."""

    content: bytes
    media: str
    name: str


def message(kind: str, status: int) -> Page:
    """Yields a page that says one thing, in the words `web.<kind>.title` and `web.<kind>.text`."""
    return Page("message", {"kind": kind}, status)
