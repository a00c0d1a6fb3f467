"""Page 1 as plain text: the same content as the HTML of the mail, for who reads no HTML."""

from __future__ import annotations

from collections.abc import Iterator

from reporter.language import Language
from reporter.post.mail_words import MailWords


def mail_text(words: MailWords) -> str:
    """Yields the text part: paragraphs with an empty line between them, ended by a newline."""
    return "\n\n".join(filter(None, _paragraphs(words))) + "\n"


def _paragraphs(words: MailWords) -> Iterator[str]:
    front, say = words.front, words.say
    yield words.proof
    yield "\n".join((front["title"], front["issue"], front["as_of"]))
    if front["reissue"]:
        yield _reissue(words)
    yield _wrapped(front["headline"])
    yield front["standfirst"]
    yield _file(words)
    if front["highlights"]:
        yield _heading(say("page.highlights"))
        for one in front["highlights"]:
            yield say("page.lead_in", words=one["lead_in"]) + say.gap + one["words"]
    if front["prices"]:
        yield _heading(say("page.glance"))
        yield "\n".join(_price(say, one) for one in front["prices"])
        yield words.more_prices
        yield words.sources
    yield "--------"
    yield "\n".join(filter(None, (words.why, words.contact)))
    yield "\n".join(
        say("mail.labelled", label=label, text=link)
        for label, link in (
            (say("mail.preferences"), words.links.preferences),
            (say("mail.unsubscribe"), words.links.unsubscribe),
        )
    )


def _reissue(words: MailWords) -> str:
    told, say = words.front["reissue"], words.say
    reason = say("mail.labelled", label=say("changed.reason"), text=told["reason"])
    return "\n".join((told["title"], reason, *(f"- {one}" for one in told["changes"]), *words.more_changes))


def _file(words: MailWords) -> str:
    if words.attached:
        return words.file
    return words.say("mail.labelled", label=words.file, text=words.links.download) + f"\n{words.lasts}"


def _price(say: Language, one: dict[str, str]) -> str:
    return f"{say('mail.labelled', label=one['name'], text=one['amount'])}  ({one['note']})"


def _heading(words: str) -> str:
    return words.upper()


def _wrapped(words: str) -> str:
    return f"* {words}"
