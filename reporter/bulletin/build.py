"""From a snapshot and a plan to the Issue: the figures, which story goes where, what page 1 says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from reporter.bulletin.chart_data import chartable
from reporter.bulletin.issue import Highlight, Issue, Omitted, Section
from reporter.bulletin.plan import EditionPlan, SectionPlan, StoryFilter
from reporter.bulletin.warnings import find_warnings
from reporter.calendar import Period, PublicationCalendar, PublicationRule
from reporter.errors import NothingToDo
from reporter.market.foreign import ForeignFigure, foreign_figures, rate_days
from reporter.market.news import news, rank_stories
from reporter.market.outlook import Outlook, build_outlook
from reporter.market.pipeline import Known, Pipeline, Story, build_pipeline
from reporter.market.prices import PriceFigure, corrections, price_figure
from reporter.market.specifications import Versions
from reporter.records.model import NOT_STATED, Company, Event, History, Instrument, Project
from reporter.records.snapshot import Snapshot

HEADLINE_PRICES = 4
MOST_HIGHLIGHTS = 5
STORIES_A_HIGHLIGHT = 2
PROJECTS_A_HIGHLIGHT = 4

_Row = TypeVar("_Row", Project, Event)


def build_issue(
    snapshot: Snapshot,
    plan: EditionPlan,
    period: Period,
    *,
    version: int | None = None,
    omitted: Mapping[str, str] = MappingProxyType({}),
) -> Issue:
    """Yields the issue of `period` with what `snapshot` knows.

    `omitted` are instruments to leave out, each with the rule of the gate that does so.
    Raises NothingToDo when no price record is dated in the period and no story belongs to it.
    """
    if omitted:
        plan = _without(plan, snapshot.instruments, omitted)
    as_of = snapshot.as_of.astimezone(plan.rule.zone)
    judged_on = min(as_of.date(), period.end)
    histories = snapshot.histories(period, plan.instruments)
    vocabulary = snapshot.vocabulary
    prices = _prices(snapshot, plan, histories, period, judged_on)
    told = news(snapshot.events, snapshot.projects, period, plan.rule.cutoff)
    stories = rank_stories(told, plan.event_weights, vocabulary)
    if not stories and not any(row.date in period for history in histories for row in history.assessments):
        raise NothingToDo(
            f"{plan.id} {period.week}: no price and no event of {period.start} to {period.end} is known"
            f" at {as_of.isoformat()}"
        )
    pipeline = build_pipeline(
        snapshot.projects,
        snapshot.events,
        period,
        plan.rule.cutoff,
        vocabulary,
        judged_on,
        before=_known_before(snapshot, plan.rule, period),
    )
    outlook = build_outlook(snapshot.forecasts, snapshot.statistics, vocabulary.units)
    corrected = corrections(histories, plan.rule.cutoff(period.back()), as_of)
    taken = _route_stories(stories, plan.sections, pipeline)
    headline = plan.headline_instruments or _headline_prices(prices)
    printed = {
        history.id: _version(history, figure) for history, figure in zip(histories, prices, strict=True)
    }
    foreign = _foreign(snapshot, plan, prices, printed)
    issue = Issue(
        edition=plan.id,
        title=plan.title,
        week=str(period.week),
        version=version,
        period=period,
        as_of=as_of,
        instruments=printed,
        prices=prices,
        headline_prices=headline,
        corrections=corrected,
        pipeline=pipeline,
        stories=stories,
        lead=stories[0].head.id if stories else None,
        highlights=_highlights(headline, pipeline, stories, taken),
        sections=_sections(
            snapshot, taken, bool(prices or omitted), prices, pipeline, outlook, bool(corrected)
        ),
        outlook=outlook,
        routes=snapshot.routes,
        policies=snapshot.policies,
        company_names=_company_names(snapshot.companies),
        translations=snapshot.translations,
        vocabulary=vocabulary,
        warnings=(),
        statement=plan.statement,
        contact=plan.contact,
        foreign=foreign,
        omitted=tuple(_omitted(snapshot.instruments, omitted)),
    )
    return replace(issue, warnings=find_warnings(issue, snapshot, plan, histories))


def _without(plan: EditionPlan, known: Iterable[Instrument], omitted: Collection[str]) -> EditionPlan:
    shown = plan.instruments or tuple(dict.fromkeys(one.id for one in known))
    headline = plan.headline_instruments
    return replace(
        plan,
        instruments=tuple(name for name in shown if name not in omitted),
        headline_instruments=headline and (tuple(name for name in headline if name not in omitted) or None),
    )


def _omitted(known: Iterable[Instrument], omitted: Mapping[str, str]) -> Iterator[Omitted]:
    latest = {one.id: one for one in known}
    for name, rule in sorted(omitted.items()):
        yield Omitted(name, latest[name].name, rule)


def _known_before(snapshot: Snapshot, rule: PublicationRule, period: Period) -> Known:
    """Yields the projects and events that the issue before knew, as it knew them.

    A correction that only came after this issue's own cut-off (which an issue made again may know) is no
    change of this period: such rows are given as they are now.
    """
    then, cutoff = snapshot.at(rule.cutoff(period.back())), snapshot.at(rule.cutoff(period))
    return (
        _unless_corrected(then.projects, cutoff.projects, snapshot.projects),
        _unless_corrected(then.events, cutoff.events, snapshot.events),
    )


def _unless_corrected(then: Sequence[_Row], cutoff: Sequence[_Row], now: Sequence[_Row]) -> list[_Row]:
    unchanged, current = {row.key for row in cutoff}, {row.id: row for row in now}
    return [current.get(row.id, row) if row.key in unchanged else row for row in then]


def _prices(
    snapshot: Snapshot, plan: EditionPlan, histories: Sequence[History], period: Period, judged_on: date
) -> tuple[PriceFigure, ...]:
    return tuple(
        price_figure(
            history,
            period,
            calendar=_calendar(snapshot, history, period),
            thresholds=plan.thresholds,
            units=snapshot.vocabulary.price_units,
            judged_on=judged_on,
        )
        for history in histories
    )


def _foreign(
    snapshot: Snapshot, plan: EditionPlan, prices: Sequence[PriceFigure], specs: Mapping[str, Instrument]
) -> Mapping[str, ForeignFigure]:
    if plan.foreign is None:
        return {}
    days = rate_days(prices)
    rates = snapshot.fx(plan.foreign.source, *days) if days else ()
    return foreign_figures(prices, specs, plan.foreign, rates)


def _calendar(snapshot: Snapshot, history: History, period: Period) -> PublicationCalendar | None:
    """Yields the calendar of the version valid at the period's end: a later one changes no old issue."""
    versions = Versions(history.specs, snapshot.vocabulary.price_units)
    return snapshot.calendars.get(versions.valid_on(period.end).calendar or "")


def _version(history: History, figure: PriceFigure) -> Instrument:
    return next(spec for spec in history.specs if spec.spec_version == figure.spec_version)


def _headline_prices(prices: Sequence[PriceFigure]) -> tuple[str, ...]:
    """Yields the first instruments that have anything to say: those with a value or a last one."""
    speaking = (figure for figure in prices if figure.value is not None or figure.last is not None)
    return tuple(figure.instrument for figure in speaking)[:HEADLINE_PRICES]


def _company_names(companies: Iterable[Company]) -> dict[str, str]:
    names: dict[str, str] = {}
    for company in companies:
        for name in (company.name, *company.aliases):
            names.setdefault(name, company.name)
    return names


# ── which section tells a story ──


def _route_stories(
    stories: Sequence[Story], plans: Sequence[SectionPlan], pipeline: Pipeline
) -> list[tuple[SectionPlan, tuple[str, ...]]]:
    """Yields every section with its stories; each story goes to the first that takes it.

    What no section takes is told in a section `other` behind the last that takes any: nothing is lost
    by a filter.
    """
    segments = {state.project.id: state.project.segment for state in pipeline.projects}
    untold = list(stories)
    taken: list[tuple[SectionPlan, tuple[str, ...]]] = []
    for plan in plans:
        mine = [story for story in untold if any(_takes(rule, story, segments) for rule in plan.stories)]
        untold = [story for story in untold if story not in mine]
        taken.append((plan, tuple(story.head.id for story in mine)))
    if untold:
        last = max((n for n, (plan, _) in enumerate(taken) if plan.stories), default=len(taken) - 1)
        other = SectionPlan("other", "news", when_empty="leave_out")
        taken.insert(last + 1, (other, tuple(story.head.id for story in untold)))
    return taken


def _takes(rule: StoryFilter, story: Story, segments: dict[str, str]) -> bool:
    event = story.head
    segment = event.segment or segments.get(event.project or "") or NOT_STATED
    return all(
        not allowed or value in allowed
        for value, allowed in (
            (event.type, rule.types),
            (segment, rule.segments),
            (event.region or NOT_STATED, rule.regions),
        )
    )


def _sections(
    snapshot: Snapshot,
    taken: Sequence[tuple[SectionPlan, tuple[str, ...]]],
    any_price: bool,
    prices: Sequence[PriceFigure],
    pipeline: Pipeline,
    outlook: Outlook,
    corrected: bool,
) -> tuple[Section, ...]:
    """Yields the sections printed: those with something to say, or that say that they have nothing.

    A section whose tables the desk does not keep at all is left out.
    """
    filled = {
        "prices": any_price,
        "price_charts": any(map(chartable, prices)),
        "projects": bool(pipeline.projects),
        "policy": bool(snapshot.policies),
        "outlook": bool(outlook.groups or outlook.statistics or snapshot.routes),
        "corrections": corrected,
        "method": True,
    }
    tables = {
        "prices": ("prices",),
        "price_charts": ("prices",),
        "projects": ("projects", "events"),
        "news": ("events",),
        "policy": ("policies", "events"),
        "outlook": ("forecasts", "statistics", "routes"),
    }
    sections = []
    for plan, stories in taken:
        empty = not stories and not filled.get(plan.kind, False)
        kept = any(map(snapshot.has_table, tables.get(plan.kind, ("prices", "events"))))
        if not empty or (kept and plan.when_empty == "say"):
            sections.append(Section(plan.id, plan.kind, plan.title, stories, empty))
    return tuple(sections)


# ── page 1 ──


def _highlights(
    headline: Sequence[str],
    pipeline: Pipeline,
    stories: Sequence[Story],
    taken: Sequence[tuple[SectionPlan, tuple[str, ...]]],
) -> tuple[Highlight, ...]:
    """Yields at most five highlights: prices, stage moves, new projects, then the best sections' news.

    Projects are named in the order of their best story. Of the sections, those that tell anything but
    these projects are candidates; those whose best untold story
    ranks highest are chosen, and printed in the order of the bulletin.
    """
    rank = {story.head.id: n for n, story in enumerate(stories)}
    best: dict[str, int] = {}
    for story in stories:
        if story.head.project:
            best.setdefault(story.head.project, rank[story.head.id])
    moved = sorted((move.project for move in pipeline.stage_moves), key=lambda id: best.get(id, len(rank)))
    new = sorted((entry.project for entry in pipeline.new), key=lambda id: best.get(id, len(rank)))
    found = [
        Highlight(kind, tuple(refs))
        for kind, refs in (
            ("prices", headline),
            ("moves", moved[:PROJECTS_A_HIGHLIGHT]),
            ("new", new[:PROJECTS_A_HIGHLIGHT]),
        )
        if refs
    ]
    projects = {story.head.id: story.head.project for story in stories}
    candidates = []
    for order, (plan, events) in enumerate(taken):
        untold = [id for id in events if projects[id] not in {*moved, *new}][:STORIES_A_HIGHLIGHT]
        if untold:
            candidates.append((rank[untold[0]], order, Highlight("section", (plan.id, *untold))))
    chosen = sorted(candidates, key=lambda entry: entry[0])[: MOST_HIGHLIGHTS - len(found)]
    return (*found, *(entry[2] for entry in sorted(chosen, key=lambda entry: entry[1])))
