"""An issue's commentary held against what the issue prints, in one language's notation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal

from reporter.bulletin.commentary_figures import counted, issue_figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.calendar import PartialDate
from reporter.language import Language, currency_codes, language, subscripted
from reporter.market.commentary import contradictions
from reporter.market.commentary_types import (
    DOWN,
    STABLE,
    UP,
    Figure,
    Finding,
    Piece,
    Sayable,
    Verdict,
    Words,
)
from reporter.market.prices import PriceFigure
from reporter.market.written import Notation
from reporter.records.model import in_language

SHORTEST = 3  # letters of an id or a formula; a shorter one is also a word: "on", "a"
_TIMES = range(2, 16)
_MONTH_STYLES = ("month_name", "axis_month")


def check_commentary(
    pieces: Iterable[Piece], issue: Issue, say: Language, stable_below: Decimal
) -> tuple[Finding, ...]:
    """Yields what the commentary says that the issue does not; `stable_below` is in absolute percent."""
    allowed = sayable(issue, say, stable_below)
    return tuple(contradictions(pieces, allowed, notation(say, issue), movement_words(say)))


def sayable(issue: Issue, say: Language, stable_below: Decimal) -> Sayable:
    """Yields what the commentary of an issue may state; `stable_below` is in absolute percent."""
    own = Prose(issue, say).own
    texts = _both(own, _texts(issue))
    dates = {text for value in _leaves(issue) if (text := _date_text(value))}
    notations = [notation(words, issue) for words in {say, language("en")}]
    dates |= {found.date for text in texts for one in notations for found in one.dates_in(text)}
    return Sayable(
        figures=[*issue_figures(issue, say), *(figure for one in notations for figure in _told(one, texts))],
        dates=frozenset(dates),
        verdicts=[_verdict(issue, say, figure) for figure in issue.prices],
        names=frozenset(_both(own, _names(issue, say))),
        told=frozenset(_both(own, _sentences(issue))),
        stable_below=stable_below,
    )


def notation(say: Language, issue: Issue) -> Notation:
    """Yields how the language writes numbers, units (those of the issue's market) and dates."""
    units = {code: code for code in currency_codes()} | {"%": "%"}
    currencies = (key.removeprefix("currency.") for key in say.words if key.startswith("currency."))
    units |= {say.currency(code): code for code in currencies}
    for code in {*issue.vocabulary.units, *issue.vocabulary.price_units, *_units(issue)} - {"index", "pct"}:
        units |= {code: code, say.unit(None, code): code}
    units |= dict(pair.split("=", 1) for pair in _listed(say, "commentary.units"))
    powers = {power: f"commentary.times.{power}" for power in _TIMES}
    return Notation(
        *say.separators,
        units=units,
        times={word: power for power, key in powers.items() if say.has(key) for word in _listed(say, key)},
        months={say.date(date(2000, n, 1), style): n for n in range(1, 13) for style in _MONTH_STYLES},
        per=_listed(say, "commentary.per"),
        ranges=_listed(say, "commentary.ranges"),
        dates=tuple(say("commentary.dates").split(";")),
    )


def movement_words(say: Language) -> Words:
    """Yields the language's words of movement."""
    moves = {kind: _listed(say, f"commentary.words.{kind}") for kind in (UP, DOWN, STABLE)}
    return Words(moves, _listed(say, "commentary.words.none"))


def _listed(say: Language, key: str) -> tuple[str, ...]:
    return tuple(filter(None, re.split(r"\s*[,，、]\s*", say(key).strip())))


def _units(issue: Issue) -> set[str]:
    """Yields the units of the issue's figures as records write them, without `billion`."""
    groups = [group.unit for group in issue.outlook.groups] + [r.unit for r in issue.outlook.statistics]
    priced = [spec.unit for spec in issue.instruments.values()]
    sized = [state.capacity.unit or "" for state in issue.pipeline.projects]
    routes = [route.unit or "" for route in issue.routes]
    return {counted(unit)[0] for unit in (*groups, *priced, *sized, *routes) if unit}


# ── names, dates, texts ──


def _both(own: Callable[[str], str], texts: Iterable[str | None]) -> tuple[str, ...]:
    """Yields each text of the records as it stands and as it is printed, on one line."""
    every = (words for text in texts if text for words in (text, own(text)))
    return tuple(dict.fromkeys(" ".join(words.splitlines()).strip() for words in every))


def _names(issue: Issue, say: Language) -> Iterator[str | None]:
    """Yields the names in which a digit is no figure and a word no movement."""
    yield f"{issue.as_of:%H:%M}"
    yield from (story.head.company for story in issue.stories)
    yield from (forecast.issuer for group in issue.outlook.groups for forecast in group.forecasts)
    words = issue.vocabulary
    for labels in (words.stages, words.segments, words.routes, words.milestones):
        yield from (label for label in map(say.text, labels.values()) if re.search("[0-9]", label))
    yield from (word for pair in issue.company_names.items() for word in pair)
    for state in issue.pipeline.projects:
        yield from (state.project.name, *state.project.companies, *state.project.aliases)
    for spec in issue.instruments.values():
        yield from (spec.grade, spec.formula, in_language(spec.name, "en"), say.text(spec.name), spec.source)


def _date_text(value: object) -> str:
    match value:
        case datetime():
            return ""
        case date():
            return value.isoformat()
        case PartialDate():
            return value.text
        case _:
            return ""


def _leaves(issue: Issue) -> Iterator[object]:
    """Yields every value below the issue, and its week, months and target years as dates."""
    yield from (issue.as_of.date(), PartialDate.parse(str(issue.period.end.year)))
    parts = (issue.period, issue.prices, issue.corrections, issue.pipeline, issue.stories, issue.outlook)
    yield from _below((*parts, issue.policies, tuple(issue.foreign.values())))
    yield from (PartialDate(week, issue.period.start, issue.period.end) for week in (issue.week,))
    years = (year for g in issue.outlook.groups for f in g.forecasts for year in (f.target_year, f.base_year))
    yield from (PartialDate.parse(str(year)) for year in years if year)
    yield from (PartialDate.parse(figure.mom.month) for figure in issue.prices)


def _below(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        for part in value:
            yield from _below(part)
    elif is_dataclass(value) and not isinstance(value, PartialDate):
        for field in fields(value):
            yield from _below(getattr(value, field.name))
    else:
        yield value


def _sentences(issue: Issue) -> Iterator[str | None]:
    """Yields the sentences of records."""
    for event in (row for story in issue.stories for row in story.rows):
        yield from (event.headline, event.detail)


def _texts(issue: Issue) -> Iterator[str | None]:
    """Yields the words of records that the issue prints: their numbers are its own."""
    yield from _sentences(issue)
    for figure in issue.prices:
        yield figure.direction
    for group in issue.outlook.groups:
        yield from (text for f in group.forecasts for text in (f.scope, f.metric, f.source))
    yield from (
        text for row in issue.outlook.statistics for text in (row.scope, row.metric, row.source, row.note)
    )
    yield from (text for row in issue.policies for text in (row.title, row.effect, row.source))
    yield from (
        text for r in issue.routes for text in (r.strengths, r.challenges, r.stage_in_china, r.source)
    )
    yield from (row.reason for row in issue.corrections)
    yield from (state.project.expected_milestone for state in issue.pipeline.projects)


def _told(notation: Notation, texts: Iterable[str]) -> Iterator[Figure]:
    for text in texts:
        for found in notation.numbers(text):
            if found.value is not None:
                value = found.value.scaleb(found.power)
                yield Figure(-value if found.sign == "-" else value, found.unit, f"in “{text}”", found.text)


# ── verdicts ──


def _verdict(issue: Issue, say: Language, figure: PriceFigure) -> Verdict:
    spec, change = issue.instruments[figure.instrument], figure.wow
    formula = spec.formula if spec.formula and len(spec.formula) >= SHORTEST else ""
    id = spec.id if len(spec.id) >= SHORTEST else ""
    names = (id, say.text(spec.name), formula, subscripted(formula))
    return Verdict(
        spec.id,
        tuple(dict.fromkeys(filter(None, names))),
        figure.value is not None,
        change.abs,
        change.pct,
        None if change.abs is None else Prose(issue, say).move(spec, change),
    )
