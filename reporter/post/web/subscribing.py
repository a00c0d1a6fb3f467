"""The pages on which a person subscribes: the form, and the link in the mail that confirms it."""

from __future__ import annotations

import hashlib
from functools import partial

from reporter.errors import ReporterError, SubscriberError
from reporter.language import language
from reporter.post.addresses import canonical
from reporter.post.model import Format
from reporter.post.subscribers import checked
from reporter.post.web.confirm_mail import confirm_mail
from reporter.post.web.reception import CONFIRM_AGE, Reception
from reporter.post.web.values import Asked, Page, message

FORMATS: tuple[Format, ...] = ("pdf", "link")


def subscribe(desk: Reception, asked: Asked) -> Page:
    """Yields the form, or, once it is filled in, the page that says to look into the mail.

    The answer is the same whether the address is known or not, and is given before anybody has looked.
    """
    if desk.send_mail is None:
        return message("missing", 404)
    if not asked.posted:
        return _form(desk, asked)
    faults = _faults(desk, asked)
    if faults:
        return _form(desk, asked, faults)
    days = CONFIRM_AGE.days
    return Page("asked", {"address": asked.one("email"), "days": days}, after=partial(_ask, desk, asked))


def confirm(desk: Reception, asked: Asked) -> Page:
    """Yields the page with the button that confirms, or, once it is pressed, what became of it."""
    public, *editions = asked.parts
    titles = [desk.title(edition, asked.say) for edition in editions]
    if not asked.posted:
        return Page("confirm", {"titles": titles})
    if asked.foreign or not desk.is_own_form("confirm", asked.one("form"), asked.now):
        return Page("confirm", {"titles": titles, "stale": True}, 400)
    done = [desk.people.confirm(public, edition, asked.now) for edition in editions]
    if not any(done):
        return message("link", 404)
    return Page("confirmed", {"titles": titles, "preferences": desk.signer.sign("preferences", public)})


def wording_of(code: str, words: str) -> str:
    """Yields the name of the text that was agreed to: its language, and a part of its hash."""
    return f"subscribe-{code}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"


def _form(desk: Reception, asked: Asked, faults: tuple[str, ...] = ()) -> Page:
    first = next(iter(desk.settings.editions))
    values = {
        "email": asked.one("email"),
        "name": asked.one("name"),
        "chosen": asked.form.get("edition", ()) if asked.posted else (first,),
        "code": asked.one("language") or asked.say.code,
        "format": asked.one("format") or FORMATS[0],
        "faults": faults,
    }
    return Page("subscribe", values, 400 if faults else 200)


def _faults(desk: Reception, asked: Asked) -> tuple[str, ...]:
    """Yields what is wrong with a form: the names of fields, or `form` itself."""
    found = []
    if asked.foreign or not desk.is_own_form("subscribe", asked.one("form"), asked.now):
        found.append("form")
    try:
        checked(asked.one("email"), asked.one("name"))
    except SubscriberError as error:
        found += [problem.field for problem in error.problems]
    editions = asked.form.get("edition", ())
    if not editions or not set(editions) <= set(desk.settings.editions):
        found.append("edition")
    if asked.one("language") not in desk.languages or asked.one("format") not in FORMATS:
        found.append("form")
    return tuple(dict.fromkeys(found))


def _ask(desk: Reception, asked: Asked) -> None:
    """Notes the wish and sends the mail that asks whether it is theirs: some a day to one address."""
    email, name = checked(asked.one("email"), asked.one("name"))
    if desk.send_mail is None or not desk.mails.allows(canonical(email), asked.now):
        desk.journal.warn("subscription asked for too often")
        return
    code, editions = asked.one("language"), tuple(dict.fromkeys(asked.form["edition"]))
    format: Format = "link" if asked.one("format") == "link" else "pdf"
    wording = wording_of(asked.say.code, asked.say("web.subscribe.consent"))
    try:
        person = desk.people.request(
            email, name, editions, code, format, wording, "form", asked.client, asked.now
        )
        waiting = tuple(one for one in editions if person.editions[one].state == "pending")
        desk.send_mail(confirm_mail(desk, person, waiting, editions, language(code), asked.now))
    except ReporterError as error:
        desk.journal.warn("subscription failed", why=type(error).__name__)
    else:
        desk.journal.tell("subscription asked for")
