"""The words beside prices in a foreign currency: headings, and notes with rate, date, source and VAT."""

from __future__ import annotations

from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.language import Language
from reporter.market.foreign import INCLUDED, ForeignFigure, Vat
from reporter.records.model import Rate

FEWEST_PLACES = 2  # a price of few digits in one currency may have none left in another


def places(issue: Issue, instrument: str) -> int:
    """Yields the decimals that a price abroad is printed with."""
    return max(issue.instruments[instrument].decimals, FEWEST_PLACES)


def heading(issue: Issue, key: str, say: Language) -> str:
    """Yields a column's heading with the currency's name; nothing where no price is printed abroad."""
    currency = next((figure.currency for figure in issue.foreign.values()), None)
    return say(key, currency=say.currency(currency)) if currency else ""


def value_note(figure: ForeignFigure, prose: Prose) -> str:
    """Yields how a value was made: its VAT, then its rate; or why there is none."""
    say = prose.say
    if figure.value is None:
        return _why_not(figure.reason, say)
    parts = [_vat(figure.vat, say)]
    if figure.rate is not None:
        parts.append(_rate(figure.rate, prose))
    return say.sentence(say("list.clauses").join(parts))


def change_note(figure: ForeignFigure, prose: Prose) -> str:
    """Yields the two rates of a change; or why there is no change."""
    if figure.wow.abs is None:
        return "" if figure.value is None else _why_not(figure.wow.reason, prose.say)
    if figure.rate is None or figure.base_rate is None:
        return ""
    rates = (_rate(rate, prose) for rate in dict.fromkeys((figure.base_rate, figure.rate)))
    return prose.say("note.foreign.change", rates=prose.say("list.clauses").join(rates))


def _why_not(reason: str | None, say: Language) -> str:
    return say(f"note.foreign.{reason}") if reason in ("vat_not_stated", "no_rate") else ""


def _vat(vat: Vat, say: Language) -> str:
    key = "note.foreign.assumed" if vat.assumed else "note.foreign.vat"
    if vat.basis != INCLUDED or vat.rate is None:
        return say(f"{key}.excluded")
    return say(f"{key}.included", percent=say("format.percent", number=say.number(vat.rate.scaleb(2))))


def _rate(rate: Rate, prose: Prose) -> str:
    say = prose.say
    return say(
        "note.foreign.rate",
        rate=say.number(rate.rate),
        counted=say.currency(rate.pair[3:]),
        currency=say.currency(rate.pair[:3]),
        date=say.date(rate.date, "short"),
        source=prose.own(rate.source),
    )
