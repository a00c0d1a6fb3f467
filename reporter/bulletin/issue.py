"""Issue: everything one bulletin says, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from reporter.bulletin.changes import Change
from reporter.calendar import Period
from reporter.market.foreign import ForeignFigure
from reporter.market.outlook import Outlook
from reporter.market.pipeline import Pipeline, Story
from reporter.market.prices import Correction, PriceFigure
from reporter.records.model import Instrument, Policy, Route, Text, Vocabulary


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the issue, with the ids of the stories it tells, most important first.

    `empty` tells that there is nothing to print but a line that says so.
    """

    id: str
    kind: str
    title: Text | None
    stories: tuple[str, ...]
    empty: bool


@dataclass(frozen=True, slots=True)
class Highlight:
    """One highlight of page 1: its kind and the things it is about, most important first.

    `prices`: instrument ids; `moves` and `new`: project ids; `section`: a section's id, then event ids.
    Its sentences are written by `prose`, in any language, from the figures these name.
    """

    kind: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warning:
    """Something the analyst should look at; `record` is a key such as `prices/latp/2025-12-05/r0`.

    `severity` is hold, warning or info; or overridden, then `reason` says why, and it counts no more.
    """

    code: str
    record: str
    text: str
    severity: str = "warning"
    reason: str | None = None

    @property
    def counts(self) -> bool:
        """Whether nobody has overridden it."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Omitted:
    """An instrument of the edition that the gate left out of this issue, and the rule that did."""

    instrument: str
    name: Text
    rule: str


@dataclass(frozen=True, slots=True)
class Reissue:
    """What a version above 1 says of itself: which version it replaces, why, and what it says differently.

    `as_of` is the moment, `manifest` the SHA-256 of the manifest, of the version replaced. `reason` is the
    desk's own words.
    """

    supersedes: int
    as_of: datetime
    manifest: str
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Issue:
    """Everything one bulletin says. Names, labels and numbers; no words of the bulletin's own.

    `commentary` is the analyst's, by language and then section id, as sanitised HTML; that before the
    sections stands under `""`.
    `instruments` are the versions printed, in the order of `prices`. `stories` are the period's, most
    important first; `lead` is the id of the one the cover line tells, or None. `company_names` maps each
    name and alias to the name printed. `translations` are by language, of exact texts of the records.
    `foreign` has by instrument the prices in the edition's other currency; it is empty where the edition
    has none, and without the prices that are in no currency. `omitted` are the instruments that the gate
    left out. `reissue` is None in version 1 and in a draft.
    """

    edition: str
    title: Text
    week: str
    version: int | None
    period: Period
    as_of: datetime
    instruments: Mapping[str, Instrument]
    prices: tuple[PriceFigure, ...]
    headline_prices: tuple[str, ...]
    corrections: tuple[Correction, ...]
    pipeline: Pipeline
    stories: tuple[Story, ...]
    lead: str | None
    highlights: tuple[Highlight, ...]
    sections: tuple[Section, ...]
    outlook: Outlook
    routes: tuple[Route, ...]
    policies: tuple[Policy, ...]
    company_names: Mapping[str, str]
    translations: Mapping[str, Mapping[str, str]]
    vocabulary: Vocabulary
    warnings: tuple[Warning, ...]
    statement: Text | None
    contact: Text | None
    foreign: Mapping[str, ForeignFigure] = field(default_factory=dict)
    commentary: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    omitted: tuple[Omitted, ...] = ()
    reissue: Reissue | None = None

    def story(self, event: str) -> Story:
        """Yields the story told under that event's id; KeyError where it is told nowhere."""
        return self._stories[event]

    @cached_property
    def _stories(self) -> Mapping[str, Story]:
        return {story.head.id: story for story in self.stories}

    def price(self, instrument: str) -> PriceFigure:
        """Yields the figures of one instrument; KeyError where it is not in the edition."""
        return self._prices[instrument]

    @cached_property
    def _prices(self) -> Mapping[str, PriceFigure]:
        return {price.instrument: price for price in self.prices}
