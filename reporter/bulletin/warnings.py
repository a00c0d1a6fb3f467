"""What the analyst should look at before the issue goes out (docs/quality.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reporter.bulletin.issue import Issue, Warning
from reporter.bulletin.plan import EditionPlan
from reporter.market.event_quality import duplicate_companies, duplicate_stories, expired
from reporter.market.foreign import REACH
from reporter.market.outlook import Outlook
from reporter.market.price_oddities import price_oddities
from reporter.market.price_quality import headline_quality, price_quality
from reporter.market.prices import PriceFigure
from reporter.market.quality import OFF, OVERRIDDEN, WARNING, Finding, Quality
from reporter.market.telling import told_by
from reporter.records.model import History, Override
from reporter.records.snapshot import Snapshot


def find_warnings(
    issue: Issue, snapshot: Snapshot, plan: EditionPlan, histories: Sequence[History]
) -> tuple[Warning, ...]:
    """Yields the findings of every rule about the issue, with their severity.

    `histories` are those of its prices, in their order. Prices come first, then events, then the outlook.
    """
    found = (
        *_of_prices(issue, snapshot, plan, histories),
        *_of_foreign(issue),
        *_of_events(issue, snapshot, plan),
        *_of_outlook(issue.outlook),
        *_lost_overrides(snapshot, issue),
    )
    return tuple(judged(found, snapshot.overrides, plan.quality))


def judged(found: Iterable[Finding], overrides: Iterable[Override], quality: Quality) -> Iterator[Warning]:
    """Yields each finding with its severity: overridden by record and code, else as set; what is off, not."""
    reasons = {(one.code, one.record): one.reason for one in overrides}
    for one in found:
        severity = quality.severity.get(one.code, WARNING)
        if severity == OFF:
            continue
        reason = reasons.get((one.code, one.record))
        yield Warning(one.code, one.record, one.text, severity if reason is None else OVERRIDDEN, reason)


def _of_prices(
    issue: Issue, snapshot: Snapshot, plan: EditionPlan, histories: Sequence[History]
) -> Iterator[Finding]:
    period, units, calendars = issue.period, snapshot.vocabulary.price_units, snapshot.calendars
    since = plan.rule.cutoff(period.back())
    for history, figure in zip(histories, issue.prices, strict=True):
        yield from price_oddities(history, figure, period, units)
        yield from price_quality(history, period, since, calendars, units, plan.quality)
    yield from _stale(issue.prices)
    headline = [issue.price(name) for name in issue.headline_prices]
    named = bool(plan.headline_instruments)
    yield from headline_quality(headline, issue.instruments, calendars, period, named=named)


def _stale(prices: Iterable[PriceFigure]) -> Iterator[Finding]:
    for figure in prices:
        if figure.stale_days is not None and (figure.last or figure.records):
            record = figure.last.record if figure.last else figure.records[0]
            yield Finding("stale", record, f"{figure.stale_days} days old")


def _of_events(issue: Issue, snapshot: Snapshot, plan: EditionPlan) -> Iterator[Finding]:
    told = told_by(snapshot.events, issue.period, plan.rule.cutoff)
    yield from issue.pipeline.warnings
    yield from expired(issue.pipeline, issue.period)
    yield from duplicate_stories(told, snapshot.companies, plan.quality)
    yield from duplicate_companies(told, snapshot.projects, snapshot.companies, plan.quality)


def _of_foreign(issue: Issue) -> Iterator[Finding]:
    """Yields the prices, and the bases of their changes, that lack a rate of exchange."""
    for figure in issue.prices:
        abroad = issue.foreign.get(figure.instrument)
        if abroad is None or "no_rate" not in (abroad.reason, abroad.wow.reason):
            continue
        of_base = abroad.reason is None
        day = figure.wow.base_date if of_base else figure.date
        record = (figure.wow.records if of_base else figure.records)[0]
        yield Finding("no_rate", record, f"no rate {abroad.pair} on {day} or in the {REACH.days} days before")


def _of_outlook(outlook: Outlook) -> Iterator[Finding]:
    """Yields the growth rates that their ends contradict, then the sources that contradict each other."""
    for check in outlook.cagr_checks:
        if not check.agrees:
            text = f"stated {check.stated}%, its ends imply {check.implied}%"
            yield Finding("cagr_disagrees", check.records[0], text)
    for conflict in outlook.conflicts:
        text = f"{conflict.metric}, {conflict.scope}, {conflict.period}"
        yield Finding("conflict", conflict.records[0], text)


def _lost_overrides(snapshot: Snapshot, issue: Issue) -> Iterator[Finding]:
    for one in snapshot.overrides:
        if snapshot.judges(one.record, issue.period) and snapshot.place(one.record) is None:
            text = f"there is no record {one.record}; write it as `reporter check` prints it"
            yield Finding("lost_override", one.key, text)
