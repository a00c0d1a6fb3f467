"""The bulletin's sentences in one language, written from the figures of an Issue.

No verb stands without its number; a source's own words are quoted and attributed to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markupsafe import Markup

from reporter.bulletin.issue import Highlight, Issue
from reporter.language import Language, extent, subscripted
from reporter.market.pipeline import ProjectState
from reporter.market.prices import Change, Last, PriceFigure
from reporter.records.model import Instrument

PRICE_SENTENCES = 3
LONGEST_COVER_LINE = 100
ENGLISH = "en"  # the language that the records are written in
ARROWS = {1: "▲", -1: "▼", 0: ""}


class Prose:
    """The sentences of one issue in one language."""

    def __init__(self, issue: Issue, language: Language) -> None:
        self.issue = issue
        self.say = language
        self._translations = issue.translations.get(language.code, {})
        self._states = {state.project.id: state for state in issue.pipeline.projects}

    # ── the records' own words ──

    def own(self, text: str) -> str:
        """Yields a text of the records in this language, else as it stands."""
        return self._translations.get(text, text)

    def marked(self, text: str) -> str:
        """Yields the same for an element of the page that holds it alone: what stays English says so."""
        return self.own(text) if text in self._translations else self._in_english(text)

    def _in_english(self, text: str) -> str:
        if self.say.code == ENGLISH or not re.search("[A-Za-z]", text):
            return text
        return Markup('<span lang="{}">{}</span>').format(ENGLISH, text)

    # ── names ──

    def instrument_name(self, id: str) -> str:
        """Yields the instrument's name in this language."""
        return self.say.text(self.issue.instruments[id].name)

    def marked_instrument(self, id: str) -> str:
        """Yields the same for an element of the page, marked where it stays English."""
        name = self.instrument_name(id)
        return name if self.say.code in self.issue.instruments[id].name else self._in_english(name)

    def sources(self, ids: Iterable[str]) -> str:
        """Yields the sources of some instruments, each once, joined; or nothing."""
        named = filter(None, (self.issue.instruments[id].source for id in ids))
        return self.say("list.names").join(dict.fromkeys(map(self.own, named)))

    def omitted(self) -> str:
        """Yields the names of the instruments that the gate left out, joined."""
        return self.say("list.names").join(self.say.text(one.name) for one in self.issue.omitted)

    def formula(self, id: str) -> str:
        """Yields the instrument's formula with subscripts, or nothing."""
        formula = self.issue.instruments[id].formula
        return subscripted(formula) if formula else ""

    def unit(self, id: str) -> str:
        """Yields `yuan/kg`."""
        instrument = self.issue.instruments[id]
        return self.say.unit(instrument.currency, instrument.unit)

    def company(self, name: str | None) -> str:
        """Yields the printed name of a company entered under any of its names."""
        return self.own(self.issue.company_names.get(name, name)) if name else ""

    def companies(self, state: ProjectState) -> str:
        """Yields a project's companies, joined."""
        return " / ".join(dict.fromkeys(map(self.company, state.project.companies)))

    def project_name(self, id: str) -> str:
        """Yields `company · project`."""
        state = self._states[id]
        return f"{self.companies(state)} · {self.own(state.project.name)}"

    def marked_project(self, state: ProjectState) -> str:
        """Yields the same for an element of the page, marked where it stays English."""
        names = (self.issue.company_names.get(name, name) for name in state.project.companies)
        companies = Markup(" / ").join(dict.fromkeys(map(self.marked, names)))
        return companies + " · " + self.marked(state.project.name)

    def stage(self, code: str | None) -> str:
        """Yields a stage's label."""
        return self.say.label(self.issue.vocabulary.stages, code)

    # ── prices ──

    def value(self, id: str, figure: PriceFigure) -> str:
        """Yields `93,300 yuan/mt` of the period's value."""
        assert figure.value is not None
        return self.amount(id, figure.value)

    def amount(self, id: str, value: object) -> str:
        """Yields a price with its unit; an index has none, a percentage its sign."""
        instrument = self.issue.instruments[id]
        number = self.say.number(value, instrument.decimals)  # type: ignore[arg-type]
        if instrument.unit == "index":
            return number
        if instrument.unit == "pct":
            return self.say("format.percent", number=number)
        return self.say("quantity.plain", number=number, unit=self.unit(id))

    def last(self, figure: PriceFigure, last: Last) -> str:
        """Yields the last value in the unit it was assessed in, which may not be the present one."""
        if (last.unit, last.currency) in ((None, None), (figure.unit, figure.currency)):
            return self.amount(figure.instrument, last.value)
        number = self.say.number(last.value, self.issue.instruments[figure.instrument].decimals)
        unit = self.say.unit(last.currency, last.unit or figure.unit)
        return self.say("quantity.plain", number=number, unit=unit)

    def move(self, instrument: Instrument, change: Change) -> str:
        """Yields `+2,000 (+2.19%)`, in percentage points for an instrument in percent."""
        assert change.abs is not None
        number = self.say.number(change.abs, instrument.decimals, signed=True)
        if instrument.unit == "pct":
            return self.say("price.points", number=number)
        if change.pct is None:
            return number
        return self.say("price.move", number=number, percent=self.say.percent(change.pct))

    def arrow(self, change: Change) -> str:
        """Yields ▲ or ▼; nothing where nothing changed or no change can be told."""
        if not change.abs:
            return ""
        return ARROWS[1 if change.abs > 0 else -1]

    def base(self, change: Change) -> str:
        """Yields what a change is against where it is not simply the week before: "vs 13 Feb, 2 wk"."""
        if change.base_date is None or change.periods is None or change.periods < 2:
            return ""
        day = self.say.near_date(change.base_date, self.issue.period.end)
        return self.say("price.base", date=day, n=change.periods)

    def reason(self, reason: str | None) -> str:
        """Yields why a change is missing, in a few words."""
        key = f"reason.{reason}"
        return self.say(key) if reason and self.say.has(key) else ""

    def verdict(self, figure: PriceFigure) -> str:
        """Yields the words of the move: "edged up", "mid unchanged, range widened by 2"; or nothing."""
        if figure.wording is None:
            return ""
        words = self.say(f"wording.{figure.wording}")
        if figure.wording == "mid_unchanged" and figure.range_move and figure.range_width is not None:
            decimals = self.issue.instruments[figure.instrument].decimals
            width = self.say.number(abs(figure.range_width), decimals)
            direction = "widened" if figure.range_width > 0 else "narrowed"
            moved = self.say(f"range.{direction}_by", width=width)
            return self.say("list.facts").join((words, moved))
        return words

    def change_note(self, figure: PriceFigure) -> str:
        """Yields the small line under a headline price: its unit, and its change or why there is none."""
        instrument = self.issue.instruments[figure.instrument]
        parts = [] if instrument.unit == "index" else [self.unit(figure.instrument)]
        if figure.value is None:
            if figure.last and figure.last.unit not in (None, "index"):
                parts = [self.say.unit(figure.last.currency, figure.last.unit or "")]
            day = figure.last and self.say.near_date(figure.last.date, self.issue.period.end)
            key = "price.note.not_assessed" if day else "price.note.never"
            parts.append(self.say(key, date=day) if day else self.say(key))
        elif figure.wow.abs is None:
            parts.append(self.say("price.note.no_change", reason=self.reason(figure.wow.reason)))
        elif not figure.wow.abs:
            base = self.base(figure.wow)
            week = figure.wording == "unchanged" and not base
            parts += [self.say("price.note.unchanged") if week else self.verdict(figure), base]
        else:
            move = f"{self.arrow(figure.wow)} {self.move(instrument, figure.wow)}".strip()
            parts += [move, self.base(figure.wow)]
        return " · ".join(part for part in parts if part)

    def price_sentence(self, id: str) -> str:
        """Yields one sentence on an instrument's week, from the wording table."""
        figure, instrument = self.issue.price(id), self.issue.instruments[id]
        name = self.instrument_name(id)
        if figure.value is None:
            sentence = self._not_assessed(id, figure, name)
        elif figure.wow.abs is None:
            sentence = self.say(
                "prose.price.plain",
                name=name,
                value=self.value(id, figure),
                reason=self.reason(figure.wow.reason),
            )
        elif not figure.wow.abs or figure.wording is None:
            sentence = self._unmoved(id, figure, instrument)
        else:
            sentence = self._moved(id, figure, instrument)
        more = (self._four_weeks(figure, instrument), self._extreme(figure))
        return self.say.gap.join(filter(None, (sentence, *more)))

    def _unmoved(self, id: str, figure: PriceFigure, instrument: Instrument) -> str:
        """Says what has no verb: nothing moved, or a change without a percentage; with its base's date."""
        base = self.base(figure.wow)
        key = "prose.price.still" if figure.wording else "prose.price.unworded"
        return self.say(
            f"{key}_since" if base else key,
            name=self.instrument_name(id),
            verdict=self.verdict(figure),
            value=self.value(id, figure),
            move=self.move(instrument, figure.wow),
            base=base,
        )

    def _moved(self, id: str, figure: PriceFigure, instrument: Instrument) -> str:
        """Says the move by its verb, so that only the percentage carries a sign."""
        change, base = figure.wow, self.base(figure.wow)
        assert change.abs is not None
        move = self.say.number(abs(change.abs), instrument.decimals)
        if change.pct is not None:
            move = self.say("price.move", number=move, percent=self.say.percent(change.pct))
        return self.say(
            "prose.price.moved_since" if base else "prose.price.moved",
            name=self.instrument_name(id),
            verb=self.say(f"verb.{figure.wording}"),
            move=move,
            value=self.value(id, figure),
            base=base,
        )

    def _not_assessed(self, id: str, figure: PriceFigure, name: str) -> str:
        if figure.last is None:
            return self.say("prose.price.never", name=name)
        day = self.say.near_date(figure.last.date, self.issue.period.end)
        return self.say("prose.price.not_assessed", name=name, value=self.last(figure, figure.last), date=day)

    def _four_weeks(self, figure: PriceFigure, instrument: Instrument) -> str:
        """Says the four-week change only where the weekly one is missing."""
        if figure.value is None or figure.wow.abs is not None or figure.four_week.abs is None:
            return ""
        return self.say("prose.price.four_weeks", move=self.move(instrument, figure.four_week))

    def _extreme(self, figure: PriceFigure) -> str:
        if figure.range_52w.extreme not in ("new_high", "new_low") or figure.range_52w.n < 3:
            return ""
        window = "launch" if figure.range_52w.since_launch else "year"
        return self.say(f"prose.price.{figure.range_52w.extreme}.{window}")

    def direction(self, figure: PriceFigure) -> str:
        """Yields the source's own words, quoted and attributed: SMM: “slight decline”."""
        if not figure.direction:
            return ""
        source = self.source(figure.instrument)
        return self.say("price.direction", source=source, words=figure.direction)

    def source(self, id: str) -> str:
        """Yields who assesses the instrument."""
        source = self.issue.instruments[id].source
        return self.own(source) if source else self.say("price.the_source")

    # ── projects ──

    def move_sentence(self, id: str) -> str:
        """Yields `company · project moved from equipment to grid connected`."""
        move = next(move for move in self.issue.pipeline.stage_moves if move.project == id)
        state = self._states[id]
        name, to = self._with_capacity(state), self.stage(move.to_stage)
        if move.from_stage is None:
            return self.say("prose.entered", name=name, to=to)
        return self.say("prose.moved", name=name, from_=self.stage(move.from_stage), to=to)

    def new_sentence(self, id: str) -> str:
        """Yields `company · project, 100 MWh: construction, expected Q1 2026`."""
        state = self._states[id]
        stage = self.stage(state.stage) or self.say("project.no_stage")
        words = self.say("prose.new", name=self._with_capacity(state), stage=stage)
        if state.expected is None:
            return words
        return self.say("list.facts").join((words, self.expected(state)))

    def expected(self, state: ProjectState) -> str:
        """Yields `commissioning expected Q1 2026`."""
        assert state.expected is not None
        milestone = state.project.expected_milestone
        labels = {**self.issue.vocabulary.milestones, **self.issue.vocabulary.stages}
        what = self.say.label(labels, milestone if milestone in labels else self.own(milestone or ""))
        return self.say("project.expected", date=self.say.partial(state.expected), what=what).strip()

    def _with_capacity(self, state: ProjectState) -> str:
        """Yields `Jiugong New Energy’s pilot line (100 MWh)`; a capacity told by the name is not repeated."""
        companies, project = self.companies(state), self.own(state.project.name)
        key = "prose.project_s" if companies.endswith("s") else "prose.project"
        name = self.say(key, company=companies, project=project)
        capacity = self.say.capacity(state.capacity)
        if not capacity or capacity in project:
            return name
        return self.say("prose.with_capacity", name=name, capacity=capacity)

    # ── page 1 ──

    def cover_line(self) -> str:
        """Yields the line over page 1: the lead story, else what the first headline price did."""
        if self.issue.lead is not None:
            headline = self.own(self.issue.story(self.issue.lead).head.headline)
            both = self.say("cover.both", headline=headline, price=self._cover_price())
            return both if self._cover_price() and extent(both) <= LONGEST_COVER_LINE else headline
        for id in self.issue.headline_prices:
            figure = self.issue.price(id)
            if figure.value is not None and figure.wow.abs is None:
                return self.say("cover.price", name=self.instrument_name(id), value=self.value(id, figure))
            return self.say.clause(self.price_sentence(id))
        return self.say("cover.nothing")

    def marked_cover_line(self) -> str:
        """Yields the same for the page, its headline marked where it stays English."""
        line = self.cover_line()
        if self.issue.lead is None:
            return line
        headline = self.issue.story(self.issue.lead).head.headline
        return self.marked(headline) + line.removeprefix(self.own(headline))

    def _cover_price(self) -> str:
        """Yields `Lithium sulfide at 2,050 yuan/kg` of the first headline price that has a value."""
        for id in self.issue.headline_prices:
            figure, name = self.issue.price(id), self.instrument_name(id)
            if figure.value is not None:
                return self.say("cover.price", name=name, value=self.value(id, figure))
        return ""

    def standfirst(self) -> str:
        """Yields the line under it: what this issue counts."""
        pipeline = self.issue.pipeline
        counts = [
            self.say(f"count.{what}", n=n)
            for what, n in (
                ("assessed", sum(figure.value is not None for figure in self.issue.prices)),
                ("stories", len(self.issue.stories)),
                ("new", len(pipeline.new)),
                ("moves", len(pipeline.stage_moves)),
                ("slips", len(pipeline.slips)),
                ("corrections", len(self.issue.corrections)),
            )
            if n
        ]
        return self.say("count.all", counts=self.say("list.facts").join(counts)) if counts else ""

    def highlights(self) -> list[tuple[str, str]]:
        """Yields page 1's highlights: a lead-in and a paragraph each."""
        written = ((self._lead_in(entry), self._highlight(entry)) for entry in self.issue.highlights)
        return [(lead_in, words) for lead_in, words in written if words]

    def section_title(self, id: str) -> str:
        """Yields a section's title: the edition's own, else the catalogue's, else its id in words."""
        section = next((section for section in self.issue.sections if section.id == id), None)
        if section is not None and section.title:
            return self.say.text(section.title)
        key = f"section.{id}"
        return self.say(key) if self.say.has(key) else id.replace("_", " ").capitalize()

    def section_names(self) -> dict[str, tuple[str, ...]]:
        """Yields the title of each section printed, by its id: what a commentary may call it."""
        return {section.id: (self.section_title(section.id),) for section in self.issue.sections}

    def _lead_in(self, entry: Highlight) -> str:
        return (
            self.section_title(entry.refs[0])
            if entry.kind == "section"
            else self.say(f"highlight.{entry.kind}")
        )

    def _highlight(self, entry: Highlight) -> str:
        if entry.kind == "prices":
            return self._price_highlight(entry.refs)
        if entry.kind == "moves":
            return self.say.gap.join(map(self.move_sentence, entry.refs))
        if entry.kind == "new":
            return self.say.sentence(self.say("list.clauses").join(map(self.new_sentence, entry.refs)))
        headlines = (self.own(self.issue.story(id).head.headline) for id in entry.refs[1:])
        return self.say.gap.join(map(self.say.sentence, headlines))

    def _price_highlight(self, ids: tuple[str, ...]) -> str:
        """Says first what was assessed; what was not is left to the column beside it, unless it is all."""
        assessed = [id for id in ids if self.issue.price(id).value is not None]
        sentences = []
        for id in (assessed or list(ids))[:PRICE_SENTENCES]:
            words = self.direction(self.issue.price(id))
            sentences += [self.price_sentence(id), words] if words else [self.price_sentence(id)]
        return self.say.gap.join(sentences)
