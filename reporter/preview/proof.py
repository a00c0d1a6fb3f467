"""What a preview shows: the pages of one issue, or the faults that prevent them."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from reporter.bulletin.build import build_issue
from reporter.bulletin.bundle import data_files
from reporter.bulletin.figures import figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Order, make_here, screen_page
from reporter.errors import Problem, ProblemsError, ReporterError
from reporter.language import available_languages, language
from reporter.press.desk import choose_period, open_desk, parse_as_of, refuse_unprintable, silent
from reporter.records.snapshot import take_snapshot
from reporter.settings import Settings
from reporter.templating import template_environment


@dataclass(frozen=True)
class Wanted:
    """Which issue the user asked for; None is the default of `run`, no language means the edition's."""

    config: Path
    edition: str | None = None
    week: str | None = None
    as_of: str | None = None
    records: str | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)  # one proof is never another
class Proof:
    """An issue that is whole and can be printed: an order of its pages for each language.

    `contradictions` are what keeps it from being published all the same.
    """

    issue: Issue
    orders: Mapping[str, Order]
    contradictions: tuple[Problem, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of its pages."""
        return tuple(self.orders)

    def page(self, code: str) -> str:
        """Yields the page for browsers in one language, the same as `run` would write."""
        return screen_page(self.orders[code])

    def pdf(self, code: str) -> bytes:
        """Yields the PDF in one language, the same as `run --draft` would write."""
        files = make_here([self.orders[code]], silent)
        return next(content for name, content in files.items() if name.endswith(".pdf"))


def make_proof(settings: Settings, wanted: Wanted, now: datetime) -> Proof:
    """Yields the draft of the issue wanted; nothing is written. Raises what `run` would end with."""
    moment = parse_as_of(wanted.as_of, ZoneInfo(settings.timezone), now)
    desk = open_desk(settings, wanted.edition, records=wanted.records, moment=moment, week=wanted.week)
    snapshot = take_snapshot(desk.records, moment)
    issue = build_issue(snapshot, desk.plan, choose_period(desk, snapshot, wanted.week))
    languages = wanted.languages or desk.languages
    refuse_unprintable(issue, snapshot, figures(issue), languages)
    commented = desk.commented(issue, languages).printable()
    issue, layout = commented.issue, desk.plan.layout
    data = data_files(issue, layout)
    orders = {code: Order(issue, code, layout, data, settings.templates) for code in languages}
    return Proof(issue, orders, commented.contradictions)


def faults(error: Exception) -> tuple[Problem, ...]:
    """Yields an error as faults with their places; a bug has the place where it showed itself."""
    if isinstance(error, ProblemsError):
        return error.problems
    if isinstance(error, ReporterError):
        return (Problem("", str(error)),)
    frames = traceback.extract_tb(error.__traceback__)
    # a template's own line says more than the line of the library that stumbled over it
    place = next((frame for frame in reversed(frames) if frame.filename.endswith(".html")), frames[-1])
    return (Problem("bug", f"{type(error).__name__}: {error}", place.filename, place.lineno),)


# ── what only a preview adds ──


def with_bar(page: str, proof: Proof, code: str, number: str, *, past: bool = False) -> str:
    """Yields a page with the bar of links and the script that loads it again when `number` is past.

    `past` tells that faults have come up since it was made.
    """
    bar = template_environment().get_template("preview/bar.html")
    names = {one: language(one).own_name for one in proof.languages}
    added = bar.render(say=language(code), proof=proof, names=names, number=number, past=past)
    body = re.search(r"<body\b[^>]*>", page)
    place = body.end() if body else 0  # a desk's own page may be without
    return page[:place] + added + page[place:]


def fault_page(problems: Sequence[Problem], code: str, number: str, last: str | None) -> str:
    """Yields the page that lists faults, all escaped; `last` is the address of the last good page."""
    say = language(code if code in available_languages() else "en")
    template = template_environment().get_template("preview/fault.html")
    return template.render(say=say, problems=problems, number=number, last=last)
