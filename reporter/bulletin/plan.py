"""What an edition wants printed, as plain values: the settings, freed of YAML and defaults."""

from __future__ import annotations

from dataclasses import dataclass, field

from reporter.calendar import SUNDAY, PublicationRule
from reporter.market.foreign import ForeignTerms
from reporter.market.quality import Quality
from reporter.market.wording import Thresholds
from reporter.records.model import Text


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """Which stories a section takes: those that match every list given (an empty one takes all)."""

    types: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """One section: its kind decides the template, its filters the stories.

    Kinds: prices, price_charts, projects, news, policy, outlook, corrections, method. `when_empty`:
    `say` prints one line, `leave_out` prints nothing. A story goes to the first section that takes it.
    """

    id: str
    kind: str
    title: Text | None = None  # None: the catalogue's word for the id
    stories: tuple[StoryFilter, ...] = ()
    when_empty: str = "say"


@dataclass(frozen=True, slots=True)
class Layout:
    """How pages look. `paper` is A4 or Letter; a table of more than `most_rows` rows is shortened."""

    paper: str = "A4"
    most_rows: int = 1000


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """Everything `build_issue` must know of an edition."""

    id: str
    title: Text
    rule: PublicationRule
    sections: tuple[SectionPlan, ...]
    instruments: tuple[str, ...] | None = None  # None: all
    headline_instruments: tuple[str, ...] | None = None  # None: the first with something to say
    week_ends: int = SUNDAY
    thresholds: Thresholds = field(default_factory=Thresholds)
    event_weights: dict[str, int] = field(default_factory=dict)
    statement: Text | None = None  # the data statement; None: the catalogue's
    contact: Text | None = None
    foreign: ForeignTerms | None = None  # a currency to print beside the prices' own
    layout: Layout = field(default_factory=Layout)
    quality: Quality = field(default_factory=Quality)
