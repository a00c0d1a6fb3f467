"""The analyst's Markdown, begun: the week's figures and events in the bulletin's own sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from reporter.bulletin.chart_data import forecast_title, forecast_value
from reporter.bulletin.commentary import heading_names
from reporter.bulletin.issue import Issue, Section
from reporter.bulletin.limits import PRINTED
from reporter.bulletin.project_tables import rank
from reporter.bulletin.prose import Prose
from reporter.language import Language
from reporter.market.pipeline import CapacityChange, Slip, Story
from reporter.market.prices import Correction, PriceFigure

_MARKS = re.compile(r"[\\*_\[\]<`#]|&(?=#?\w+;)")
_BLOCK = re.compile(
    r"(\d{1,9})([.)])|([>+=~-])"
)  # at the start of a line, the mark of a list, a quote, a rule


def draft_commentary(issue: Issue, say: Language) -> str:
    """Yields a Markdown text that `check_commentary` finds nothing in.

    A paragraph on the week, then under the heading of each section that has something to say a list of
    sentences, at most `PRINTED`: prices by their move, the week's changes of projects, new forecasts,
    corrections, the stories that these do not tell.
    """
    prose = Prose(issue, say)
    section_named = heading_names(prose.section_names())
    parts = [escaped(_opening(issue, prose))]
    for section in issue.sections:
        lines = [f"- {escaped(words)}" for words in _sentences(issue, prose, section)]
        if lines:
            title = prose.section_title(section.id)
            # a title that two sections have, or that is another's id, names neither
            heading = title if section_named(title) == section.id else section.id
            parts += [f"## {escaped(heading)}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def escaped(words: str) -> str:
    """Yields one line of Markdown that is printed as `words`, line breaks as spaces."""
    line = _MARKS.sub(r"\\\g<0>", " ".join(words.splitlines()).strip())
    if match := _BLOCK.match(line):
        number = match[1] or ""
        return f"{number}\\{line.removeprefix(number)}"
    return line


def _opening(issue: Issue, prose: Prose) -> str:
    """Yields what the week counts, and what the first headline price with anything to say did."""
    told = [id for id in issue.headline_prices if _speaks(issue.price(id))]
    first = next((id for id in told if issue.price(id).value is not None), told[0] if told else None)
    words = [prose.standfirst(), prose.price_sentence(first) if first else ""]
    return prose.say.gap.join(filter(None, words)) or prose.say.sentence(prose.say("cover.nothing"))


def _sentences(issue: Issue, prose: Prose, section: Section) -> Iterator[str]:
    """Yields the sentences of one section."""
    write = _BY_KIND.get(section.kind)
    if write:
        yield from write(issue, prose)
    told = _told_of_projects(issue) if section.kind == "projects" else set()
    stories = [issue.story(id) for id in section.stories]
    untold = [story for story in stories if story.head.project not in told]
    yield from (_story(prose, story) for story in untold[:PRINTED])


# ── prices ──


def _speaks(figure: PriceFigure) -> bool:
    return figure.value is not None or figure.last is not None


def _prices(issue: Issue, prose: Prose) -> Iterator[str]:
    """Yields what each price did, the biggest move first, those not assessed last."""

    def order(figure: PriceFigure) -> tuple[bool, bool, Decimal]:
        return figure.value is None, figure.wow.abs is None, -abs(figure.wow.pct or Decimal(0))

    for figure in sorted(filter(_speaks, issue.prices), key=order)[:PRINTED]:
        words = (prose.price_sentence(figure.instrument), prose.direction(figure))
        yield prose.say.gap.join(filter(None, words))


def _corrections(issue: Issue, prose: Prose) -> Iterator[str]:
    """Yields what was first published, what was last, what holds now, and the reason that is given."""
    for row in issue.corrections[:PRINTED]:
        chain = [row.first, row.new] if row.revision == 1 else [row.first, row.previous, row.new]
        words = [_corrected(prose, row, chain)]
        if row.reason:
            words.append(prose.say("draft.reason", reason=prose.own(row.reason)))
        yield prose.say.gap.join(words)


def _corrected(prose: Prose, row: Correction, chain: Sequence[Decimal | None]) -> str:
    none = prose.say("draft.no_value")
    values = [none if value is None else prose.amount(row.instrument, value) for value in chain]
    return prose.say(
        "draft.corrected",
        name=prose.instrument_name(row.instrument),
        date=prose.say.date(row.date, "short"),
        values=prose.say("draft.then").join(values),
    )


# ── projects ──


def _told_of_projects(issue: Issue) -> set[str]:
    """Yields the projects whose week a sentence tells already."""
    pipeline = issue.pipeline
    return {move.project for move in pipeline.stage_moves} | {new.project for new in pipeline.new}


def _projects(issue: Issue, prose: Prose) -> Iterator[str]:
    """Yields the stage moves and what is new, each the most important first, then the other changes."""
    pipeline, say = issue.pipeline, prose.say
    for move in sorted(pipeline.stage_moves, key=lambda move: rank(issue, move.events))[:PRINTED]:
        yield prose.move_sentence(move.project)
    for new in sorted(pipeline.new, key=lambda new: rank(issue, new.events))[:PRINTED]:
        yield say.sentence(prose.new_sentence(new.project))
    yield from (_slipped(prose, slip) for slip in pipeline.slips[:PRINTED])
    yield from (_resized(prose, change) for change in pipeline.capacity_changes[:PRINTED])


def _slipped(prose: Prose, slip: Slip) -> str:
    return prose.say(
        "draft.slip.later" if slip.days > 0 else "draft.slip.earlier",
        name=prose.project_name(slip.project),
        old=prose.say.partial(slip.from_date),
        new=prose.say.partial(slip.to_date),
        n=abs(slip.days),
    )


def _resized(prose: Prose, change: CapacityChange) -> str:
    return prose.say(
        "draft.capacity",
        name=prose.project_name(change.project),
        old=prose.say.quantity(change.from_value, change.from_unit),
        new=prose.say.quantity(change.to_value, change.unit),
    )


# ── news and forecasts ──


def _story(prose: Prose, story: Story) -> str:
    """Yields the headline, with those of company, capacity and expected date that it does not hold."""
    headline = prose.own(story.head.headline)
    facts = [fact for fact in _facts(prose, story) if fact.casefold() not in headline.casefold()]
    if not facts:
        return prose.say.sentence(headline)
    told = prose.say("list.facts").join(facts)
    return prose.say("draft.story", headline=prose.say.clause(headline), facts=told)


def _facts(prose: Prose, story: Story) -> Iterator[str]:
    say, head = prose.say, story.head
    if head.company:
        yield prose.company(head.company)
    if story.capacity:
        yield say.capacity(story.capacity)
    if head.expected:
        yield say("project.expected", date=say.partial(head.expected), what="").strip()


def _forecasts(issue: Issue, prose: Prose) -> Iterator[str]:
    """Yields the forecasts issued this week."""
    rows = (row for group in issue.outlook.groups for row in group.forecasts)
    new = [row for row in rows if row.issued_on.start in issue.period and row.issued_on.end in issue.period]
    stated = [row for row in new if forecast_value(prose, row)]
    yield from (prose.say.sentence(forecast_title(prose, row)) for row in stated[:PRINTED])


_BY_KIND: dict[str, Callable[[Issue, Prose], Iterable[str]]] = {
    "prices": _prices,
    "projects": _projects,
    "outlook": _forecasts,
    "corrections": _corrections,
}
