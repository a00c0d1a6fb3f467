"""The records' own words in another language: every printed one is translated, marked or warned of."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from reporter.bulletin.build import build_issue
from reporter.bulletin.charts import draw_charts
from reporter.bulletin.figures import figures
from reporter.bulletin.glyphs import unprintable
from reporter.bulletin.html import render_html
from reporter.bulletin.issue import Issue
from reporter.bulletin.outlook_tables import forecasts_by_issuer
from reporter.bulletin.prose import Prose
from reporter.bulletin.record_texts import untranslated
from reporter.calendar import Week
from reporter.language import Language, language
from reporter.market.outlook import CagrCheck
from reporter.market.prices import Correction
from tests.builders import snapshot
from tests.bulletin import sample
from tests.bulletin.test_build import PLAN

EN = language("en")
DE = replace(EN, code="de")  # any language but English will do
CODES = {
    "id", "type", "stage", "route", "segment", "region", "same_as", "project", "state", "kind", "qualifier",
    "capacity_unit", "capacity_kind", "capacity_qualifier", "money_currency", "source_url", "unit",
    "instrument", "record", "period",
}  # fmt: skip
PRINTED = {
    "Event.headline", "Event.company", "Event.claimed_by", "Event.detail",
    "Project.name", "Project.companies", "Project.expected_milestone",
    "Forecast.issuer", "Forecast.metric", "Forecast.scope",
    "Statistic.metric", "Statistic.scope", "Statistic.share_of", "Statistic.source", "Statistic.note",
    "Conflict.metric", "Conflict.scope", "Conflict.sources",
    "Route.strengths", "Route.challenges", "Route.stage_in_china", "Route.source",
    "Policy.jurisdiction", "Policy.title", "Policy.effect", "Policy.source",
    "Correction.reason", "Instrument.source",
}  # fmt: skip
ALONE = PRINTED - {
    "Event.company", "Event.claimed_by", "Project.expected_milestone", "Statistic.share_of",
    "Conflict.metric", "Conflict.scope", "Conflict.sources", "Instrument.source",
}  # fmt: skip
"""The fields that some element of the page holds alone."""


class Filled:
    """Sets every free text of records to a word that stands nowhere else, and remembers whose it is."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def word(self, field: str) -> str:
        word = f"Qwerty{len(self.fields)}x"
        self.fields[word] = field
        return word

    def record(self, record: Any) -> Any:
        changes: dict[str, object] = {}
        for field in fields(record):
            name = f"{type(record).__name__}.{field.name}"
            if field.name in CODES:
                continue
            if field.type in ("str", "str | None"):
                changes[field.name] = self.word(name)
            elif field.type == "tuple[str, ...]" and field.name not in ("records", "events"):
                changes[field.name] = tuple(self.word(name) for _ in getattr(record, field.name))
        return replace(record, **changes)

    def records(self, records: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(map(self.record, records))


@lru_cache
def filled() -> tuple[Issue, dict[str, str]]:
    """The issue of the week with such words in all its records, and whose each word is."""
    base, fill = sample.w49(), Filled()
    stories = []
    for number, told in enumerate(base.stories):
        rows = fill.records(told.rows)
        if number % 2:  # details of its own, not only claims
            rows = tuple(replace(row, claimed_by=None) for row in rows)
        elif number % 4:  # a claim of the headline alone
            rows = tuple(replace(row, detail=None) for row in rows)
        stories.append(replace(told, head=next(r for r in rows if r.id == told.head.id), rows=rows))
    states = tuple(replace(state, project=fill.record(state.project)) for state in base.pipeline.projects)
    groups = tuple(replace(group, forecasts=fill.records(group.forecasts)) for group in base.outlook.groups)
    five = Decimal(5)
    corrected = Correction(
        "latp",
        date(2025, 11, 27),
        five,
        None,
        None,
        five,
        None,
        None,
        five,
        None,
        None,
        1,
        "late",
        "prices/x",
    )
    issue = replace(
        base,
        instruments={
            id: replace(spec, source=fill.word("Instrument.source")) for id, spec in base.instruments.items()
        },
        stories=tuple(stories),
        pipeline=replace(base.pipeline, projects=states),
        outlook=replace(
            base.outlook,
            groups=groups,
            statistics=fill.records(base.outlook.statistics),
            conflicts=fill.records(base.outlook.conflicts),
            cagr_checks=(CagrCheck(groups[0].forecasts[0].id, five, five + 1, False, ()),),
        ),
        routes=fill.records(base.routes),
        policies=fill.records(base.policies),
        corrections=(fill.record(corrected),),
        sections=tuple(replace(section, empty=False) for section in base.sections),
        company_names={},
    )
    return issue, fill.fields


def translation(word: str) -> str:
    return f"Слово{word.removeprefix('Qwerty').removesuffix('x')}ю"


def rendered(issue: Issue, words: Language, medium: str) -> str:
    """The page with the pictures' own text in place of their code."""
    html = render_html(issue, words, draw_charts(issue, words), medium=medium)
    html = re.sub(r"url\([^)]*\)", "", html)
    return re.sub(r"data:image/svg\+xml;base64,([^\"]+)", lambda match: b64decode(match[1]).decode(), html)


@lru_cache
def english(medium: str) -> str:
    return rendered(filled()[0], EN, medium)


@pytest.mark.parametrize("medium", ["print", "screen"])
def test_every_text_of_a_record_is_printed_in_the_pages_language(medium: str) -> None:
    """What an English page says of the records, a page of another language says by its translations: in
    sentences, tables, charts and their alternative texts; not one word stays English."""
    issue, whose = filled()
    issue = replace(issue, translations={"de": {word: translation(word) for word in whose}})
    page = rendered(issue, DE, medium)
    printed = {word for word in whose if word in english(medium)}
    assert {whose[word] for word in printed} == PRINTED
    assert "Qwer" not in page
    assert not [(word, whose[word]) for word in printed if translation(word) not in page]
    assert "“stable with a slight downward trend”" in page  # a quotation stays


@pytest.mark.parametrize("medium", ["print", "screen"])
def test_a_text_that_stays_english_says_so_where_it_stands_alone(medium: str) -> None:
    """For screen readers; an instrument without a name in the language, too."""
    issue, whose = filled()
    page = rendered(issue, DE, medium)
    marked = set(re.findall(r'<span lang="en">([^<]*)</span>', page))
    assert {whose[word] for word in marked if word in whose} == ALONE
    assert "LATP oxide electrolyte" in marked
    headline = issue.story(issue.lead or "").head.headline
    assert f'<p class="cover-line"><span lang="en">{headline}</span> · ' in page


def test_a_translated_text_is_not_marked_and_an_english_page_marks_nothing() -> None:
    """Nor is a text without a Latin letter; what a record says is escaped inside the mark."""
    prose = Prose(replace(filled()[0], translations={"de": {"SMM": "SMM"}}), DE)
    assert (prose.marked("SMM"), prose.marked("2025"), prose.marked("铜")) == ("SMM", "2025", "铜")
    assert prose.marked("A<b>") == '<span lang="en">A&lt;b&gt;</span>'
    assert "<span lang=" not in english("print")


def test_a_stale_translation_is_not_printed() -> None:
    """The English was changed by one letter: the English is printed."""
    told = Prose(replace(sample.w49(), translations={"de": {"Plant grow": "长"}}), DE)
    assert (told.own("Plant grows"), told.own("Plant grow")) == ("Plant grows", "长")


def test_a_unit_in_words_is_translated_and_issuers_of_one_name_are_one_group() -> None:
    base = sample.w49()
    group = base.outlook.groups[0]
    rows = tuple(replace(group.forecasts[0], issuer=name, unit="billion USD") for name in ("One", "Uno"))
    known = {"de": {"billion USD": "十亿美元", "One": "一", "Uno": "一"}}
    outlook = replace(base.outlook, groups=(replace(group, forecasts=rows),))
    issue = replace(base, outlook=outlook, translations=known)
    table = forecasts_by_issuer(issue, Prose(issue, DE))
    assert [(issuer, len(rows)) for issuer, rows in table.items()] == [("一", 2)]
    assert all(row.value.endswith(" 十亿美元") for row in table["一"])


# ── what is missing ──

TABLES: dict[str, Any] = {
    "instruments": "- {id: a, name: {en: Alpha, zh: 甲}, unit: kg, currency: CNY, source: SMM}\n"
    "- {id: b, name: Beta, unit: kg, currency: CNY}\n",
    "prices": ["a,2025-12-05,,,145", "b,2025-12-05,,,5"],
    "projects": ["plant,north line,Firm", "other,south line,Firm"],
    "events": [
        "e1,2025-12-02,other,Plant grows,plant",
        "e2,2025-12-03,financing,Round closed",
        "e3,2025-12-04,award,Round closed",
    ],
    "policies": "p,2025-10,China,Law",
    "companies": "f,Firm,Firma,China",
}


def missing(tmp_path: Path, *languages: str, **tables: Any) -> list[tuple[str, str, str, str, int]]:
    """What is untranslated in the issue of these tables, each with the place of the first."""
    known = snapshot(tmp_path, "2025-12-08T00:00+08:00", **{**TABLES, **tables})
    issue = build_issue(known, PLAN, Week.parse("2025-W49").period())
    found = []
    for one in untranslated(issue, languages):
        place = known.place(one.first.record)
        assert place is not None
        where = f"{Path(place.file).name}:{place.line}"
        found.append((one.language, where, one.first.field, one.first.text, one.count))
    return found


def test_what_has_no_translation_is_told_by_table_with_its_first_place(tmp_path: Path) -> None:
    """One entry a language and table; a text counts once; no company, no source, no section left out."""
    assert missing(tmp_path, "en", "zh") == [
        ("zh", "instruments.yaml:2", "name", "Beta", 1),
        ("zh", "projects.csv:2", "name", "north line", 2),
        ("zh", "events.csv:2", "headline", "Plant grows", 2),
    ]


def test_what_is_translated_or_not_asked_for_is_not_missing(tmp_path: Path) -> None:
    """One headline is left, at the row that is printed first; an English edition lacks nothing."""
    rows = ["zh,Plant grows,长", "zh,north line,北", "zh,south line,南", "ja,Round closed,済"]
    assert missing(tmp_path, "zh", translations=rows)[1:] == [
        ("zh", "events.csv:4", "headline", "Round closed", 1)
    ]
    assert missing(tmp_path / "en", "en") == []


# ── where translations do not go ──


def test_figures_and_their_json_know_no_translation() -> None:
    """The figures are of no language."""
    base = sample.w49()
    assert figures(base) == figures(replace(base, translations={"zh": {"SMM": "某"}}))


def test_a_translation_that_no_font_has_is_found_in_its_language_only(tmp_path: Path) -> None:
    tables = {**TABLES, "translations": ["ko,Plant grows,ꙮ𐌰", "zh,Round closed,长"]}
    known = snapshot(tmp_path, "2025-12-08T00:00+08:00", **tables)
    issue = build_issue(known, PLAN, Week.parse("2025-W49").period())
    (found,) = unprintable(issue, figures(issue), ["ko"])
    place = known.place(found.record)
    assert place is not None
    assert (place.line, found.field, "𐌰" in found.letters) == (2, "translation", True)
    assert not list(unprintable(issue, figures(issue), ["en"]))
