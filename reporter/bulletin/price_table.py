"""The price tables: rows grouped by what is comparable, cells with their marks, the notes under them.

Longer than most: both tables share one maker of cells, which must see every note to number it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from reporter.bulletin.chart_data import NEIGHBOURS, charted
from reporter.bulletin.foreign_words import change_note, heading, places, value_note
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.bulletin.sparks import Spark, range_bar, sparkline
from reporter.language import Language, extent
from reporter.market.prices import Change, MonthChange, PriceFigure
from reporter.records.model import Instrument

BY_SEGMENT = 13  # instruments from which on the rows of one unit are told apart by segment
FULL_AVERAGE = 4  # an average of fewer values says of how many
PAGE_WIDTH = 499  # points
# Points that a figure takes in the table's size and in the dense one's, and what pads a column.
_DIGIT, _DENSE_DIGIT, _PADDING = 4.75, 3.6, 7
_LONG = 9.5  # characters; a longer figure may be broken
_MOST, _DENSE_MOST = 0.56, 0.62  # of the width may go to figures; above the first the table is set dense
_SPARSE_MOST = 0.72  # may go to them in a table that has no pictures


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure as printed. `tone`: strong, absent, up, down or plain; `places`: its decimals."""

    text: str
    tone: str = "plain"
    places: int = 0
    notes: tuple[int, ...] = ()
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One instrument: its name and formula, small lines under the name, the figures, the two pictures."""

    id: str
    name: str
    formula: str
    lines: tuple[str, ...]
    cells: tuple[Cell, ...]
    range_bar: Spark | None = None
    trend: Spark | None = None
    extreme: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one segment, currency and unit under their own heading."""

    heading: str
    unit: str
    rows: tuple[Row, ...]
    places: int

    @property
    def size(self) -> int:
        """How many rows."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class PriceTable:
    """A table: its groups, the width of each figure column in percent, notes numbered from 1.

    `foreign` heads the last figures, those in the edition's other currency; empty where it has none.
    """

    groups: tuple[Group, ...]
    widths: tuple[str, ...]
    dense: bool
    notes: tuple[str, ...]
    letters: tuple[tuple[str, str], ...] = ()
    estimates: str = ""
    foreign: str = ""


@dataclass
class _Notes:
    """The notes under one table, each once, numbered in the order met."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> tuple[int, ...]:
        if not text:
            return ()
        if text not in self.texts:
            self.texts.append(text)
        return (self.texts.index(text) + 1,)


def price_table(issue: Issue, prose: Prose) -> PriceTable:
    """Yields the week's table: low, high, value, changes, average, year to date, range and trend."""
    maker = _Maker(issue, prose)
    groups = maker.groups(issue.prices, maker.row)
    return PriceTable(
        groups,
        *_widths(groups, 34),
        tuple(maker.notes.texts),
        maker.letters(groups),
        maker.estimates(),
        heading(issue, "table.foreign", prose.say),
    )


def longer_table(issue: Issue, prose: Prose) -> PriceTable | None:
    """Yields the table of averages and longer comparisons, of the instruments that have any; else None.

    The week's change in the edition's other currency stands there too.
    """
    maker = _Maker(issue, prose)
    abroad = {id for id, figure in issue.foreign.items() if figure.wow.abs is not None}
    chosen = [figure for figure in issue.prices if _has_longer(figure) or figure.instrument in abroad]
    if not chosen:
        return None
    groups = maker.groups(chosen, maker.longer_row)
    return PriceTable(
        groups,
        *_widths(groups, 36 if issue.foreign else 48, pictures=False),
        tuple(maker.notes.texts),
        foreign=heading(issue, "table.foreign_wow", prose.say),
    )


def _has_longer(figure: PriceFigure) -> bool:
    months = (figure.mom, figure.month_to_date)
    return (
        figure.four_week.abs is not None
        or figure.yoy.abs is not None
        or any(month is not None and month.abs is not None for month in months)
    )


class _Maker:
    """Makes cells and rows in one language and collects their notes."""

    def __init__(self, issue: Issue, prose: Prose) -> None:
        self.issue, self.prose = issue, prose
        self.say: Language = prose.say
        self.notes = _Notes()

    def groups(self, figures: Iterable[PriceFigure], make: Callable[[PriceFigure], Row]) -> tuple[Group, ...]:
        """Yields the rows by currency and unit, in a long table by segment too, in the order of the issue."""
        found: dict[tuple[str, str], list[PriceFigure]] = {}
        for figure in figures:
            spec = self.issue.instruments[figure.instrument]
            segment = self.say.label(self.issue.vocabulary.segments, spec.segment)
            if len(self.issue.prices) < BY_SEGMENT:
                segment = ""
            found.setdefault((segment, self.prose.unit(figure.instrument)), []).append(figure)
        return tuple(
            Group(
                segment[:1].upper() + segment[1:],
                unit,
                tuple(make(figure) for figure in members),
                max(map(self._places, members)),
            )
            for (segment, unit), members in found.items()
        )

    def _places(self, figure: PriceFigure) -> int:
        """Yields the decimals that an instrument prints; one without any number asks for no room."""
        printed = figure.value is not None or figure.average_4w.value is not None
        printed = printed or figure.range_52w.low is not None
        return self.issue.instruments[figure.instrument].decimals if printed else 0

    def row(self, figure: PriceFigure) -> Row:
        """Yields one instrument's week."""
        spec = self.issue.instruments[figure.instrument]
        value = self._amount(figure.value, spec, "strong")
        if figure.value is None:
            value = Cell(self.say("table.not_assessed"), "absent")
        elif figure.status == "rolled_over":
            value = self._with(value, "R")
        elif figure.corrected:
            value = self._with(value, "c")
        wow = self._change(figure.wow, spec)
        since = self._base_note(figure.ytd, "note.ytd")
        told = figure.ytd.pct is not None or figure.ytd.abs is None  # else the change itself is all there is
        ytd = self._percent(figure.ytd, spec, since) if told else self._change(figure.ytd, spec, since)
        return Row(
            figure.instrument,
            self.prose.marked_instrument(spec.id),
            self.prose.formula(figure.instrument),
            tuple(self._lines(figure, spec)),
            (
                self._bound(figure.low, spec, figure),
                self._bound(figure.high, spec, figure),
                value,
                wow,
                self._percent(figure.wow, spec, ()),
                self._average(figure, spec),
                ytd,
                *self._foreign(figure),
            ),
            range_bar(figure.range_52w, self._range_text(figure, spec)),
            sparkline(
                charted(figure),
                self.issue.period.end,
                self._trend_text(figure, spec),
                reach=NEIGHBOURS.get(spec.frequency, 1),
            ),
            self._extreme(figure),
        )

    def longer_row(self, figure: PriceFigure) -> Row:
        """Yields one instrument's longer comparisons."""
        spec = self.issue.instruments[figure.instrument]
        month = figure.mom if figure.mom.abs is not None else figure.month_to_date
        year = figure.range_52w
        cells = (
            self._change(figure.four_week, spec, self._base_note(figure.four_week, "note.base")),
            self._percent(figure.four_week, spec, ()),
            self._month(month, spec, "note.month" if month is figure.mom else "note.month_to_date"),
            self._change(figure.yoy, spec, self._base_note(figure.yoy, "note.base")),
            self._percent(figure.yoy, spec, ()),
            self._amount(year.low, spec),
            self._amount(year.high, spec),
            *self._foreign_change(figure, spec),
        )
        return Row(figure.instrument, self.prose.marked_instrument(spec.id), "", (), cells)

    # ── the lines under a name ──

    def _lines(self, figure: PriceFigure, spec: Instrument) -> Iterable[str]:
        if figure.value is None and figure.last is not None:
            restated = figure.last.spec_version in (None, figure.spec_version)
            number = self.say.number(figure.last.value, spec.decimals)
            yield self.say(
                "table.last",
                value=number if restated else self.prose.last(figure, figure.last),
                date=self.say.near_date(figure.last.date, self.issue.period.end),
                n=figure.last.periods_old,
            )
        elif figure.value is None:
            yield self.say("price.note.never")
        elif figure.wow.reason == "new":
            yield self.prose.reason("new")
        if figure.direction:
            source = self.prose.source(spec.id)
            yield self.say("table.direction", source=source, words=figure.direction)

    # ── cells ──

    def _amount(self, value: Decimal | None, spec: Instrument, tone: str = "plain") -> Cell:
        if value is None:
            return Cell(self.say("table.none"), "absent")
        return Cell(self.say.number(value, spec.decimals), tone, spec.decimals)

    def _bound(self, value: Decimal | None, spec: Instrument, figure: PriceFigure) -> Cell:
        return Cell("–", "absent") if value is None else self._amount(value, spec)

    def _with(self, cell: Cell, letter: str) -> Cell:
        return Cell(cell.text, cell.tone, cell.places, cell.notes, letter)

    def _change(self, change: Change, spec: Instrument, notes: tuple[int, ...] | None = None) -> Cell:
        """Yields an absolute change with its arrow; without one, why in a word or `n/a`."""
        if change.abs is None:
            return self._absent(change)
        if notes is None:
            notes = self.notes.number(self.prose.base(change))
        number = self.say.number(change.abs, spec.decimals, signed=True)
        arrow = self.prose.arrow(change)
        tone = {"▲": "up", "▼": "down"}.get(arrow, "plain")
        text = f"{arrow}\u00a0{number}".strip()  # never apart
        return Cell(text, tone, spec.decimals, notes, "c" if change.corrected else "")

    def _percent(self, change: Change, spec: Instrument, notes: tuple[int, ...]) -> Cell:
        if change.pct is not None:
            tone = "up" if change.pct > 0 else "down" if change.pct < 0 else "plain"
            return Cell(self.say.percent(change.pct), tone, 2, notes)
        if change.abs is not None and spec.unit == "pct":
            return Cell(self.say("table.points"), "plain", 2, notes)
        if change.reason == "undefined_base":
            return Cell(
                self.say("table.no_change"), "absent", 2, self.notes.number(self.say("note.undefined_base"))
            )
        return self._absent(change)

    def _absent(self, change: Change) -> Cell:
        note = self.say("note.spec_change") if change.reason == "spec_change" else ""
        return Cell(self.say("table.no_change"), "absent", 0, self.notes.number(note))

    def _average(self, figure: PriceFigure, spec: Instrument) -> Cell:
        average = figure.average_4w
        if average.value is None:
            return Cell(self.say("table.no_change"), "absent")
        note = self.say("note.average", n=average.n) if average.n < FULL_AVERAGE else ""
        return Cell(
            self.say.number(average.value, spec.decimals), "plain", spec.decimals, self.notes.number(note)
        )

    def _month(self, month: MonthChange | None, spec: Instrument, key: str) -> Cell:
        if month is None or month.abs is None:
            return Cell(self.say("table.no_change"), "absent")
        notes = self.notes.number(self.say(key, month=self._month_name(month.month)))
        if month.pct is None:
            return Cell(self.say.number(month.abs, spec.decimals, signed=True), "plain", spec.decimals, notes)
        tone = "up" if month.pct > 0 else "down" if month.pct < 0 else "plain"
        return Cell(self.say.percent(month.pct), tone, 2, notes)

    def _month_name(self, month: str) -> str:
        year, _, number = month.partition("-")
        return self.say.date(date(int(year), int(number), 1), "month")

    def _foreign(self, figure: PriceFigure) -> tuple[Cell, ...]:
        """Yields the value in the edition's other currency; nothing where it has none."""
        if not self.issue.foreign:
            return ()
        abroad = self.issue.foreign.get(figure.instrument)
        if abroad is None:
            return (Cell(self.say("table.none"), "absent"),)
        notes = self.notes.number(value_note(abroad, self.prose))
        if abroad.value is None:
            return (Cell(self.say("table.no_change"), "absent", 0, notes),)
        decimals = places(self.issue, figure.instrument)
        letter = "c" if abroad.corrected else ""
        return (Cell(self.say.number(abroad.value, decimals), "plain", decimals, notes, letter),)

    def _foreign_change(self, figure: PriceFigure, spec: Instrument) -> tuple[Cell, ...]:
        """Yields the change of that value, absolute and in percent."""
        if not self.issue.foreign:
            return ()
        abroad = self.issue.foreign.get(figure.instrument)
        if abroad is None:
            return (Cell(self.say("table.none"), "absent"),) * 2
        notes = self.notes.number(change_note(abroad, self.prose))
        if abroad.wow.abs is None:
            none = Cell(self.say("table.no_change"), "absent", 0, notes)
            return none, replace(none, notes=())
        spec = replace(spec, decimals=places(self.issue, figure.instrument))
        return self._change(abroad.wow, spec, notes), self._percent(abroad.wow, spec, ())

    def _base_note(self, change: Change, key: str) -> tuple[int, ...]:
        """Yields the number of the note that prints the base's date."""
        if change.base_date is None or (change.pct is None and change.abs is None):
            return ()
        since = ".launch" if change.reason == "since_launch" else ""
        return self.notes.number(self.say(key + since, date=self.say.date(change.base_date, "short")))

    # ── words for the pictures ──

    def _range_text(self, figure: PriceFigure, spec: Instrument) -> str:
        year = figure.range_52w
        if year.low is None or year.high is None:
            return ""
        facts = {
            "low": self.say.number(year.low, spec.decimals),
            "high": self.say.number(year.high, spec.decimals),
        }
        if year.position is None:
            return self.say("spark.range", **facts)
        percent = self.say.percent(year.position * 100, 0, signed=False)
        return self.say("spark.range.position", position=percent, **facts)

    def _trend_text(self, figure: PriceFigure, spec: Instrument) -> str:
        values = charted(figure)
        if len(values) < 2:
            return ""
        return self.say(
            "spark.trend",
            n=len(values),
            first=self.say.number(values[0].value, spec.decimals),
            last=self.say.number(values[-1].value, spec.decimals),
        )

    def _extreme(self, figure: PriceFigure) -> str:
        """Yields `new high`, or with fewer than two values nothing; young series are labelled so."""
        year = figure.range_52w
        words = self.say(f"extreme.{year.extreme}") if year.extreme else ""
        launch = self.say("table.since_launch") if year.since_launch and year.low != year.high else ""
        return self.say("list.facts").join(filter(None, (words, launch)))

    # ── under the table ──

    def letters(self, groups: Sequence[Group]) -> tuple[tuple[str, str], ...]:
        """Yields the marks that the table uses, each with its meaning."""
        cells = [cell for group in groups for row in group.rows for cell in row.cells]
        used = {cell.letter for cell in cells}
        absent = (self.say("table.not_assessed"), "not_assessed"), (self.say("table.no_change"), "no_change")
        used |= {cell.text for cell in cells if cell.tone == "absent"}
        known = (*absent, ("R", "rolled_over"), ("c", "corrected"))
        return tuple((letter, self.say(f"mark.{key}")) for letter, key in known if letter in used)

    def estimates(self) -> str:
        """Yields the estimates of the window, which no figure counts, as one sentence; or nothing."""
        told = [
            self.say(
                "estimate.one",
                name=self.say.text(spec.name),
                value=self.prose.amount(figure.instrument, estimate.value),
                date=self.say.date(estimate.date, "short"),
                source=self.prose.source(spec.id),
            )
            for figure in self.issue.prices
            for estimate in figure.estimates
            if (spec := self.issue.instruments[figure.instrument])
        ]
        return self.say("estimate.all", list=self.say("list.clauses").join(told)) if told else ""


def _widths(groups: Sequence[Group], least: float, *, pictures: bool = True) -> tuple[tuple[str, ...], bool]:
    """Yields the width of each figure column in percent, by its longest figure; and whether it is dense.

    `least` are the points that a heading needs; no column is squeezed below them.
    """
    columns = list(zip(*(row.cells for group in groups for row in group.rows), strict=True))
    longest = [max(map(_length, column)) for column in columns]
    dense = sum(_DIGIT * length + _PADDING for length in longest) > _MOST * PAGE_WIDTH
    digit = _DENSE_DIGIT if dense else _DIGIT
    points = [max(digit * length + _PADDING, least) for length in longest]
    room = (_DENSE_MOST if dense and pictures else _SPARSE_MOST) * PAGE_WIDTH
    long = [width for width, length in zip(points, longest, strict=True) if length > _LONG]
    squeeze = min(1.0, (room - (sum(points) - sum(long))) / sum(long)) if long else 1.0
    points = [
        max(width * squeeze, least) if length > _LONG else width  # longer figures may be broken over lines
        for width, length in zip(points, longest, strict=True)
    ]
    return tuple(f"{width / PAGE_WIDTH * 100:.1f}%" for width in points), dense


def _length(cell: Cell) -> float:
    return extent(cell.text) + 0.8 * len(cell.notes) + 0.8 * len(cell.letter)
