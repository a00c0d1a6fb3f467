"""How much page 1 holds: which moves it lists, and whether it is a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from reporter.bulletin.issue import Issue
from reporter.bulletin.project_tables import Move
from reporter.bulletin.prose import Prose
from reporter.bulletin.reissue_words import ReissueView
from reporter.language import extent

if TYPE_CHECKING:
    from reporter.bulletin.charts import Chart

MOST_MOVES, FEWEST_MOVES = 6, 2
FEW_PRICES = 6  # an issue of so few prices and nothing else needs no page in front
# Points on paper, as the style sets them; a little generous, so that page 1 never runs over.
PAGES = {"A4": 755, "Letter": 705}
MASTHEAD, GAP, LABEL = 62, 13, 17
MOVE, CONTENTS_ROW, PRICE_ROW, NAME_LINE, CAPTION, MORE = 18.4, 14.7, 31, 11, 62, 13
COVER_LINE, COVER_LINE_LETTERS = 21.5, 50
STANDFIRST_LINE, STANDFIRST_LETTERS = 15, 92
HIGHLIGHT_LINE, HIGHLIGHT_LETTERS = 12.3, 72
HIGHLIGHTS = 238  # what they may take together
NAME_LETTERS, MOVE_LETTERS = 24, 70
REISSUE_LINE, REISSUE_LETTERS, REISSUE_FRAME = 12, 112, 62


@dataclass(frozen=True, slots=True)
class Cover:
    """What page 1 holds besides what it always holds. `highlights` are lead-ins with their words."""

    highlights: tuple[tuple[str, str], ...]
    moves: tuple[Move, ...]
    charts: bool
    contents: bool
    own_page: bool


def plan_cover(
    issue: Issue,
    prose: Prose,
    moves: Sequence[Move],
    charts: Sequence[Chart],
    medium: str,
    paper: str,
    reissue: ReissueView | None = None,
) -> Cover:
    """Yields the cover of an issue: as many moves as there is room for, from the heights that its words take.

    A short issue (few prices, nothing else) has no contents, and its sections follow on page 1. A screen has
    room for all; its charts stand in their sections.
    """
    highlights = tuple(_fitting(prose.highlights()))
    if medium == "screen":
        listed = tuple(moves[:MOST_MOVES])
        return Cover(tuple(prose.highlights()), listed, charts=False, contents=True, own_page=False)
    if not issue.pipeline.projects and not issue.stories and len(issue.prices) <= FEW_PRICES:
        return Cover(highlights, (), charts=False, contents=False, own_page=False)
    room = PAGES[paper] - _height(issue, prose, highlights) - _reissue_height(reissue)
    pictures = max((chart.height + CAPTION + GAP for chart in charts), default=0)
    drawn = 0 < pictures <= room
    room -= pictures * drawn + LABEL + GAP
    listed = tuple(_first(moves, room - MORE))
    if len(listed) < min(FEWEST_MOVES, len(moves)):
        listed = ()
    return Cover(highlights, listed, charts=drawn, contents=True, own_page=True)


def _first(moves: Sequence[Move], room: float) -> Iterator[Move]:
    """Yields the first moves, as many as there is room for."""
    for move in moves[:MOST_MOVES]:
        room -= MOVE + (_lines(move.name, MOVE_LETTERS) - 1) * NAME_LINE
        if room < 0:
            return
        yield move


def _fitting(highlights: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yields the highlights that there is room for, the first in any case."""
    used = 0.0
    for highlight in highlights:
        height = _highlight_height(highlight)
        if not used or used + height <= HIGHLIGHTS:
            yield highlight
            used += height


def _highlight_height(highlight: tuple[str, str]) -> float:
    return _lines(". ".join(highlight), HIGHLIGHT_LETTERS) * HIGHLIGHT_LINE + 5


def _height(issue: Issue, prose: Prose, highlights: Sequence[tuple[str, str]]) -> float:
    """Yields the height of page 1 without its charts and moves, in points."""
    top = _lines(prose.cover_line(), COVER_LINE_LETTERS) * COVER_LINE
    top += _lines(prose.standfirst(), STANDFIRST_LETTERS) * STANDFIRST_LINE + 4
    names = map(prose.instrument_name, issue.headline_prices)
    prices = sum(PRICE_ROW + (_lines(name, NAME_LETTERS) - 1) * NAME_LINE for name in names) + CONTENTS_ROW
    listed = len(issue.sections) + ("" in issue.commentary.get(prose.say.code, {}))
    contents = ceil(listed / 3) * CONTENTS_ROW + LABEL + GAP
    return MASTHEAD + top + GAP + LABEL + max(sum(map(_highlight_height, highlights)), prices) + contents


def _reissue_height(told: ReissueView | None) -> float:
    if told is None:
        return 0
    lines = sum(_lines(words, REISSUE_LETTERS) for words in (told.reason, *told.first, "more"))
    return REISSUE_FRAME + lines * REISSUE_LINE


def _lines(words: str, letters: int) -> int:
    return ceil(extent(words) / letters)
