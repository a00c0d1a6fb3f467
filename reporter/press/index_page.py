"""The page of an edition's index: every issue, newest first, with a search that needs no network."""

from __future__ import annotations

from datetime import date, datetime

from reporter.bulletin.figures import Json
from reporter.calendar import Period
from reporter.language import Language, language
from reporter.templating import template_border, template_environment


def index_page(index: Json, code: str) -> str:
    """Yields the page of an `index.json` in one language; it needs no other file and no script."""
    say = language(code)
    with template_border(None):
        return (
            template_environment()
            .get_template("index/page.html")
            .render(
                say=say,
                index=index,
                period=lambda issue: _period(say, issue["period"]),
                moment=lambda text: say.moment(datetime.fromisoformat(text)),
                language_name=lambda other: language(other).own_name,
            )
        )


def _period(say: Language, period: Json) -> str:
    return say.period(Period(date.fromisoformat(period["start"]), date.fromisoformat(period["end"])))
