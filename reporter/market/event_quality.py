"""Events, companies and projects that look wrong: told twice, named twice, overdue (docs/quality.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from reporter.calendar import Period
from reporter.market.names import Firms, alike, folded, same_words
from reporter.market.news import story_root
from reporter.market.pipeline import Pipeline
from reporter.market.quality import Finding, Quality
from reporter.market.telling import Told, in_order
from reporter.records.model import Company, Event, Project


def duplicate_stories(told: Told, companies: Iterable[Company], quality: Quality) -> Iterator[Finding]:
    """Yields `duplicate_story` for each of the issue's events that seems to tell an earlier one again.

    Earlier is by reported date, then file order; of what was told before, anything. The nearest is named.
    """
    seen = (*told.earlier, *told.dropped, *told.now)
    reach = timedelta(quality.story_days)
    links = {event.id: event.same_as for event in seen if event.same_as}
    firms, now = Firms(companies), {event.id for event in told.now}
    for event in told.now:
        near = [
            other
            for other in seen
            if abs(event.reported_on - other.reported_on) <= reach
            and (other.id not in now or in_order(other) < in_order(event))
            and _same_story(event, other, firms, quality.story_alike)
            and story_root(other.id, links) != story_root(event.id, links)
        ]
        if near:
            first = min(near, key=lambda other: abs(event.reported_on - other.reported_on))
            text = (
                f"may be the story of {first.id}, reported {first.reported_on}: "
                "if so, same_as in one of the two rows joins them"
            )
            yield Finding("duplicate_story", event.key, text)


def _same_story(event: Event, other: Event, firms: Firms, limit: int) -> bool:
    """A project reaches a stage once; of a company's other reports the headlines must be alike."""
    if event.id == other.id or event.type != other.type:
        return False
    if event.project and other.project:
        if event.project != other.project:
            return False
        if event.stage and event.stage == other.stage:
            return True
    if event.stage and other.stage and event.stage != other.stage:
        return False
    if event.company is None or other.company is None or firms.id(event.company) != firms.id(other.company):
        return False
    return same_words(event.headline, other.headline, limit)


def duplicate_companies(
    told: Told, projects: Sequence[Project], companies: Sequence[Company], quality: Quality
) -> Iterator[Finding]:
    """Yields `duplicate_company` for each company that the issue's events name and another one nearly is.

    Names are compared folded (`names.folded`). The record is that of the company in companies.csv, of either
    of the two, else the event: what is overridden for a company stays so.
    """
    firms = Firms(companies)
    known: dict[tuple[str, str], str] = {}  # by folded name and firm the first that is written so
    names = [name for company in companies for name in (company.name, *company.aliases)]
    names += [name for project in projects for name in project.companies]
    names += [event.company for event in (*told.earlier, *told.dropped, *told.now) if event.company]
    for name in dict.fromkeys(names):
        known.setdefault((folded(name), firms.id(name)), name)
    said: set[frozenset[str]] = set()
    for event in told.now:
        for name in _names(event, firms):
            for (written, firm), other in known.items():
                pair = frozenset((firms.id(name), firm))
                if len(pair) == 1 or pair in said:
                    continue
                if alike(folded(name), written, quality.company_alike):
                    said.add(pair)
                    yield _two_names(event, name, other, firms)


def _names(event: Event, firms: Firms) -> tuple[str, ...]:
    if event.company is None:
        return ()
    company = firms.of(event.company)
    return (company.name, *company.aliases) if company else (event.company,)


def _two_names(event: Event, name: str, other: str, firms: Firms) -> Finding:
    company = firms.of(name) or firms.of(other)
    text = (
        f"{name!r} and {other!r} are written nearly alike: if they are one company, "
        "aliases in companies.csv join them"
    )
    return Finding("duplicate_company", company.key if company else event.key, text)


def expired(pipeline: Pipeline, period: Period) -> Iterator[Finding]:
    """Yields `expired` for overdue projects in the period that their date passes, or in which they change.

    The bulletin itself prints what is overdue every week; the analyst is told when there is news of it.
    """
    states = {state.project.id: state for state in pipeline.projects}
    for overdue in pipeline.overdue:
        state = states[overdue.project]
        if overdue.expected.end + timedelta(days=1) in period or state.changed:
            stage = f"the project is still at {state.stage}" if state.stage else "no stage is known"
            text = f"{overdue.project}: expected {overdue.expected}, {overdue.days} days past; {stage}"
            yield Finding("expired", state.project.key, text)
