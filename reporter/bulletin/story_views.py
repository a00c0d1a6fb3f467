"""One story as printed: its headline, one line of facts, what is claimed and by whom, its sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from reporter.bulletin.issue import Issue
from reporter.bulletin.project_tables import UNSAID
from reporter.bulletin.prose import Prose
from reporter.market.pipeline import Story
from reporter.records.model import Event


@dataclass(frozen=True, slots=True)
class Source:
    """Where a story was read: the host's name, and the address where it may be a link."""

    host: str
    url: str | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """A story in words. `details` are the sources' own, attributed where a source claims them.

    The headline and details without a claim are marked where they stay English.
    """

    headline: str
    facts: str
    details: tuple[str, ...]
    reported: str
    sources: tuple[Source, ...]


def story_view(issue: Issue, prose: Prose, story: Story) -> StoryView:
    """Yields the story in one language."""
    return StoryView(
        prose.marked(story.head.headline),
        " · ".join(dict.fromkeys(filter(None, _facts(issue, prose, story)))),
        tuple(dict.fromkeys(_details(prose, story))),
        prose.say("story.reported", date=prose.say.date(story.head.reported_on, "month_day")),
        tuple(dict.fromkeys(_sources(story))),
    )


def web_link(url: str | None) -> str | None:
    """Yields the address if it is one of the web; anything else is no link."""
    return url if url and urlsplit(url).scheme in ("http", "https") else None


def _facts(issue: Issue, prose: Prose, story: Story) -> Iterator[str]:
    say, words, head = prose.say, issue.vocabulary, story.head
    yield prose.company(head.company)
    if head.segment and head.segment not in UNSAID:
        yield say.label(words.segments, head.segment)
    if head.route and head.route not in UNSAID:
        yield say.label(words.routes, head.route)
    yield say.capacity(story.capacity)
    if head.expected:
        yield say("project.expected", date=say.partial(head.expected), what="").strip()
    if head.money is not None and head.money_currency:
        yield say.money(head.money, head.money_currency)
    if head.event_date:
        yield say("story.happened", date=_day(prose, issue, head))


def _day(prose: Prose, issue: Issue, head: Event) -> str:
    """Yields the event's date, without the year where it is near."""
    assert head.event_date is not None
    day = head.event_date.start
    if day == head.event_date.end and abs((issue.period.end - day).days) < 180:
        return prose.say.date(day, "month_day")
    return prose.say.partial(head.event_date)


def _details(prose: Prose, story: Story) -> Iterator[str]:
    for row in story.rows:
        if row.detail and row.claimed_by:
            source = prose.own(row.claimed_by)
            yield prose.say("story.claim", source=source, words=prose.own(row.detail))
        elif row.detail:
            yield prose.marked(row.detail)
        elif row.claimed_by:
            yield prose.say("story.claimed", source=prose.own(row.claimed_by))


def _sources(story: Story) -> Iterator[Source]:
    for row in story.rows:
        if row.source_url:
            url = web_link(row.source_url)
            host = (urlsplit(url).hostname or "").removeprefix("www.") if url else row.source_url
            yield Source(host or row.source_url, url)
