"""Issue → the words of its first page as JSON, one file a language, for what tells of an issue: the mail.

They are written when the issue is made, so that a mail says what was published, whatever has changed since.
"""

from __future__ import annotations

from collections.abc import Iterator

from reporter.bulletin.figures import Json
from reporter.bulletin.issue import Issue
from reporter.bulletin.plan import Layout
from reporter.bulletin.prose import Prose
from reporter.bulletin.reissue_words import reissue_view
from reporter.language import Language

SCHEMA = "reporter/front/1"
MOST_PRICES = 30


def front_file(name: str) -> str:
    """Yields the file's name: that of the language's pages, with its own ending."""
    return f"{name}.json"


def front_page(issue: Issue, language: Language, layout: Layout) -> Json:
    """Yields the `reporter/front/1` document: title, headline, highlights, prices, and why a later version.

    All values are texts as page 1 prints them. `prices` are the headline instruments, then the others, at
    most 30; `more_prices` is how many are left out. A price's `amount` is the last one known where `current`
    is false; `direction` is up, down or flat.
    """
    prose, say = Prose(issue, language), language
    shown = _shown(issue)
    return {
        "schema": SCHEMA,
        "edition": issue.edition,
        "week": issue.week,
        "version": issue.version,
        "language": say.code,
        "title": say.text(issue.title),
        "issue": say("page.issue", week=issue.week, period=say.period(issue.period)),
        "as_of": say("page.as_of", moment=say.moment(issue.as_of)),
        "headline": prose.cover_line(),
        "standfirst": prose.standfirst(),
        "reissue": _reissue(issue, prose, layout),
        "highlights": [{"lead_in": lead_in, "words": str(words)} for lead_in, words in prose.highlights()],
        "prices": list(_prices(issue, prose, shown)),
        "more_prices": len(issue.prices) - len(shown),
        "sources": prose.sources(shown),
        "contact": say.text(issue.contact) if issue.contact else None,
    }


def _shown(issue: Issue) -> tuple[str, ...]:
    every = (*issue.headline_prices, *(figure.instrument for figure in issue.prices))
    return tuple(dict.fromkeys(every))[:MOST_PRICES]


def _reissue(issue: Issue, prose: Prose, layout: Layout) -> Json | None:
    told = reissue_view(issue, prose, layout.most_rows)
    if told is None:
        return None
    changes = list(map(str, told.first))
    return {"title": told.title, "reason": prose.own(told.reason), "changes": changes, "more": told.more}


def _prices(issue: Issue, prose: Prose, shown: tuple[str, ...]) -> Iterator[Json]:
    say = prose.say
    for id in shown:
        figure = issue.price(id)
        last = None if figure.last is None else figure.last.value
        known = last if figure.value is None else figure.value
        decimals = issue.instruments[id].decimals
        move = figure.wow.abs or 0
        yield {
            "instrument": id,
            "name": prose.instrument_name(id),
            "amount": say("page.not_assessed") if known is None else say.number(known, decimals),
            "current": figure.value is not None,
            "direction": "up" if move > 0 else "down" if move < 0 else "flat",
            "note": prose.change_note(figure),
        }
