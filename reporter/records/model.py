"""The records as frozen values. What is *valid* is judged in `validation`; these only hold it.

Moments are timezone-aware; `known_at` is the moment from which a record counts (None: always).
A `key` names one row for ever: `prices/<instrument>/<date>/r<revision>`, `events/<id>/r<revision>`, ….
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal

from reporter.calendar import PartialDate

NOT_STATED = "not_stated"
_EXACT = Context(prec=80)  # more digits than any record may have: the ambient context could round
Text = Mapping[str, str]
"""Words by language code; a plain text of a record is `{"": text}`."""


def in_language(text: Text, language: str) -> str:
    """Yields the words in `language`, else the language-less ones, else English, else any."""
    for key in (language, "", "en"):
        if key in text:
            return text[key]
    return next(iter(text.values()), "")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: a file (or sheet, table, address) and its line, cell or key."""

    file: str
    line: int
    at: str = ""  # a cell or a key, where there are no lines

    def __str__(self) -> str:
        return f"{self.file}!{self.at}" if self.at else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of what is assessed: a material, its grade, unit and terms."""

    id: str
    name: Text
    unit: str
    currency: str | None = None
    formula: str | None = None
    segment: str | None = None
    route: str | None = None
    grade: str | None = None
    tax_basis: str | None = None
    vat_rate: Decimal | None = None
    delivery: str | None = None
    price_type: str | None = None
    frequency: str = "weekly"  # daily, weekly, biweekly, monthly
    weekly_rule: str = "last"  # or mean
    ytd_base: str = "prev_year_last"  # or first_of_year
    calendar: str | None = None
    tick: Decimal | None = None
    decimals: int = 2
    source: str | None = None
    methodology_url: str | None = None
    spec_version: int = 1
    valid_from: date | None = None
    continues: bool = False
    factor: Decimal | None = None
    status: str | None = None
    freshness_days: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One price record, in the unit and currency of the instrument's version valid on its date."""

    instrument: str
    date: date
    low: Decimal | None = None
    high: Decimal | None = None
    average: Decimal | None = None
    status: str = "assessed"
    revision: int = 0
    known_at: datetime | None = None
    reason: str | None = None
    direction: str | None = None
    liquidity: str | None = None
    note: str | None = None
    source_url: str | None = None

    @property
    def mid(self) -> Decimal | None:
        """The source's average, else (low + high) / 2; None where the row states no number."""
        if self.average is not None:
            return self.average
        if self.low is None or self.high is None:
            return None
        return _EXACT.multiply(_EXACT.add(self.low, self.high), Decimal("0.5"))

    @property
    def key(self) -> str:
        """`prices/<instrument>/<date>/r<revision>`."""
        return f"prices/{self.instrument}/{self.date}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class History:
    """One instrument's records as an issue's windows need them.

    `specs` are its versions by `valid_from`; `assessments` the current records (highest revision
    known) in order of date: all of the windows, and where the last assessed date lies before them,
    the records of the six days before it too. `first_assessed` is the date of the first assessed
    record ever known. `chains` are all known revisions, lowest first, of every date whose record was
    revised; not only those of the windows.
    """

    specs: tuple[Instrument, ...]
    assessments: tuple[Assessment, ...] = ()
    first_assessed: date | None = None
    chains: tuple[tuple[Assessment, ...], ...] = ()

    @property
    def id(self) -> str:
        """The instrument's id."""
        return self.specs[-1].id


@dataclass(frozen=True, slots=True)
class Capacity:
    """How large a project is: `value` in `unit`, of a kind, with the source's qualifier."""

    value: Decimal | None = None
    unit: str | None = None
    kind: str = NOT_STATED
    qualifier: str = "exact"


@dataclass(frozen=True, slots=True)
class Project:
    """One plant, line or installation of one or more companies, as `projects.csv` states it.

    `published_at` is that of the lowest known revision: it lists the project, a correction does not.
    """

    id: str
    name: str
    companies: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    segment: str = NOT_STATED
    route: str = NOT_STATED
    state: str = NOT_STATED
    country: str | None = None
    location: str | None = None
    capacity: Capacity = Capacity()
    stage: str | None = None
    expected: PartialDate | None = None
    expected_milestone: str | None = None
    revision: int = 0
    published_at: datetime | None = None  # None: known from its first known event, or always

    @property
    def key(self) -> str:
        """`projects/<id>/r<revision>`."""
        return f"projects/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Event:
    """A dated report about a project or a company. `order` is its place in the file, for ties.

    Capacity fields are None where the row leaves them empty (then the project's count). `known_at` is
    this revision's moment, `first_known_at` and `first_reported_on` are the lowest known revision's
    (None: the same): a corrected row stays the news of the week that told it first.
    """

    id: str
    reported_on: date
    type: str
    headline: str
    known_at: datetime
    company: str | None = None
    project: str | None = None
    event_date: PartialDate | None = None
    stage: str | None = None
    route: str | None = None
    segment: str | None = None
    capacity: Decimal | None = None
    capacity_unit: str | None = None
    capacity_kind: str | None = None
    capacity_qualifier: str | None = None
    expected: PartialDate | None = None
    region: str | None = None
    same_as: str | None = None
    money: Decimal | None = None
    money_currency: str | None = None
    claimed_by: str | None = None
    detail: str | None = None
    source_url: str | None = None
    revision: int = 0
    order: int = 0
    first_known_at: datetime | None = None
    first_reported_on: date | None = None

    @property
    def key(self) -> str:
        """`events/<id>/r<revision>`."""
        return f"events/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an issuer expects of a metric in a target year: a level, a share or a CAGR."""

    id: str
    issuer: str
    metric: str
    unit: str
    target_year: int
    kind: str  # level, share, cagr
    issued_on: PartialDate
    scope: str | None = None
    segment: str | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    base_year: int | None = None
    qualifier: str | None = None
    source: str | None = None
    source_url: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`forecasts/<id>/r<revision>`."""
        return f"forecasts/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Statistic:
    """A published figure about the past: context, labelled so."""

    id: str
    metric: str
    scope: str
    period: PartialDate
    value: Decimal
    unit: str
    yoy_pct: Decimal | None = None
    share_pct: Decimal | None = None
    share_of: str | None = None
    source: str | None = None
    note: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`statistics/<id>/r<revision>`."""
        return f"statistics/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Route:
    """A technology route and what is published about it: context, labelled so."""

    route: str
    conductivity_low: Decimal | None = None
    conductivity_high: Decimal | None = None
    unit: str | None = None
    strengths: str | None = None
    challenges: str | None = None
    stage_in_china: str | None = None
    source: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`routes/<route>/r<revision>`."""
        return f"routes/{self.route}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule or programme of a jurisdiction: context, labelled so."""

    id: str
    date: PartialDate
    jurisdiction: str
    title: str
    effect: str | None = None
    source: str | None = None
    source_url: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`policies/<id>/r<revision>`."""
        return f"policies/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Rate:
    """What a source says that one unit of a pair's first currency costs in its second: USDCNY is yuan per
    dollar."""

    pair: str
    date: date
    rate: Decimal
    source: str
    revision: int = 0

    @property
    def key(self) -> str:
        """`fx/<pair>/<date>/<source>/r<revision>`."""
        return f"fx/{self.pair}/{self.date}/{self.source}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Company:
    """A firm and the other names it is reported under."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    country: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`companies/<id>/r<revision>`."""
        return f"companies/{self.id}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Override:
    """A finding that somebody looked at and lets stand: its code, the record it names, and why."""

    code: str
    record: str
    reason: str
    by: str | None = None
    revision: int = 0

    @property
    def key(self) -> str:
        """`overrides/<code>/<record>/r<revision>`."""
        return f"overrides/{self.code}/{self.record}/r{self.revision}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's dimension and its size in that dimension's base unit (GWh: energy, 1000 MWh)."""

    dimension: str
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Ladder:
    """An order of stages; `segments` that climb it (none: every segment without one of its own)."""

    stages: tuple[str, ...]
    segments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """The market's words: codes of every descriptive field with their labels, stages and units.

    Each mapping goes from code to label, in the file's order. `spellings` maps an entered word to
    its code ("sulphide" → "sulfide").
    """

    segments: Mapping[str, Text]
    routes: Mapping[str, Text]
    states: Mapping[str, Text]
    stages: Mapping[str, Text]  # every stage in advisory order, the off-ladder ones last
    ladders: tuple[Ladder, ...]
    off_ladder: frozenset[str]  # paused, shelved, cancelled
    dead: frozenset[str]  # cancelled: left out of totals
    running: frozenset[str]  # stages at which a plant runs: nothing is overdue any more
    event_types: Mapping[str, Text]
    regions: Mapping[str, Text]
    capacity_kinds: Mapping[str, Text]
    capacity_qualifiers: Mapping[str, Text]
    units: Mapping[str, Unit]  # of capacities
    price_units: Mapping[str, Unit]  # what a price is per; one dimension converts exactly
    milestones: Mapping[str, Text] = field(default_factory=dict)  # what is expected and is no stage
    spellings: Mapping[str, str] = field(default_factory=dict)

    def ladder(self, segment: str) -> tuple[str, ...]:
        """Yields the stages that a project of `segment` climbs, first to last."""
        special = (ladder for ladder in self.ladders if segment in ladder.segments)
        plain = (ladder for ladder in self.ladders if not ladder.segments)
        chosen = next(special, None) or next(plain, None)
        return chosen.stages if chosen else ()
