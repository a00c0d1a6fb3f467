"""The pages behind the links of each mail: unsubscribe, and change what one receives."""

from __future__ import annotations

from reporter.post.model import Format
from reporter.post.subscriber_tables import Person
from reporter.post.web.reception import Reception
from reporter.post.web.subscribing import FORMATS
from reporter.post.web.values import Asked, Page, message

ONE_CLICK = "List-Unsubscribe", ("One-Click",)  # the body by which mail programs unsubscribe, RFC 8058


def unsubscribe(desk: Reception, asked: Asked) -> Page:
    """Yields the page with the button that unsubscribes, or what became of it.

    A mail program's own button posts without having seen the page: that counts at once, as often as it comes.
    """
    edition, public = asked.parts
    values = {"title": desk.title(edition, asked.say), "preferences": desk.signer.sign("preferences", public)}
    if asked.posted and asked.form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        desk.people.unsubscribe(public, edition, asked.now)
        return Page("unsubscribed", values)
    own = not asked.foreign and desk.is_own_form("unsubscribe", asked.one("form"), asked.now)
    if not asked.posted or not own:
        shown = "unsubscribe" if _receives(desk, public, edition) else "unsubscribed"
        return Page(shown, values | {"stale": asked.posted}, 400 if asked.posted else 200)
    if asked.one("do") == "resubscribe":
        if desk.people.resubscribe(public, edition, asked.now):
            return Page("confirmed", values | {"titles": [values["title"]]})
        return message("ask_anew", 409)
    desk.people.unsubscribe(public, edition, asked.now)
    return Page("unsubscribed", values)


def preferences(desk: Reception, asked: Asked) -> Page:
    """Yields what a person receives as a form, and saves it once that is sent."""
    (public,) = asked.parts
    person = desk.people.by_public(public)
    if person is None:
        return message("link", 404)
    if not asked.posted:
        return _choices(desk, person)
    editions = asked.form.get("edition", ())
    known = asked.one("language") in desk.languages and asked.one("format") in FORMATS
    own = not asked.foreign and desk.is_own_form("preferences", asked.one("form"), asked.now)
    if not own or not known or not set(editions) <= set(desk.settings.editions):
        return _choices(desk, person, stale=True, status=400)
    if asked.one("do") == "stop":
        desk.people.unsubscribe(public, None, asked.now)
    else:
        format: Format = "link" if asked.one("format") == "link" else "pdf"
        desk.people.set_preferences(public, asked.one("language"), format, editions, asked.now)
    saved = desk.people.by_public(public)
    if saved is None:
        return message("link", 404)
    missing = asked.one("do") != "stop" and not set(editions) <= set(_received(saved))
    return _choices(desk, saved, saved=not missing, missing=missing)


def _choices(
    desk: Reception,
    person: Person,
    *,
    saved: bool = False,
    missing: bool = False,
    stale: bool = False,
    status: int = 200,
) -> Page:
    values = {
        "address": veiled(person.email),
        "chosen": _received(person),
        "code": person.language if person.language in desk.languages else desk.languages[0],
        "format": person.format,
        "saved": saved,
        "missing": missing,
        "stale": stale,
    }
    return Page("preferences", values, status)


def veiled(email: str) -> str:
    """Yields `a…@example.org`: enough for its owner, too little for who was forwarded a mail."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _received(person: Person) -> tuple[str, ...]:
    return tuple(edition for edition, one in person.editions.items() if one.state == "active")


def _receives(desk: Reception, public: str, edition: str) -> bool:
    person = desk.people.by_public(public)
    return person is not None and edition in _received(person)
