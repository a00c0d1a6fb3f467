"""The records' own words that an issue prints, and which of them have no translation.

Names of companies, issuers and sources are not among them: they may stay as they are in any language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import ENGLISH
from reporter.records.model import Event, Forecast, Policy, Route, Statistic, in_language


@dataclass(frozen=True, slots=True)
class RecordText:
    """One text as it stands in the records: its record's key, its field, and the words."""

    record: str
    field: str
    text: str

    @property
    def table(self) -> str:
        """The table that it stands in."""
        return self.record.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Untranslated:
    """The texts of one table without a translation into `language`: the first, and how many they are."""

    language: str
    first: RecordText
    count: int


def untranslated(issue: Issue, languages: Iterable[str]) -> list[Untranslated]:
    """Yields what would be printed in English on pages of other languages, by language and table.

    A text that stands in several records counts once; one without any Latin letter needs no translation.
    """
    found = []
    for language in languages:
        if language == ENGLISH:
            continue
        known = issue.translations.get(language, {})
        missing: dict[str, dict[str, RecordText]] = {}
        for one in (*_names(issue, language), *_texts(issue)):
            if one.text not in known and re.search("[A-Za-z]", one.text):
                missing.setdefault(one.table, {}).setdefault(one.text, one)
        for texts in missing.values():
            found.append(Untranslated(language, next(iter(texts.values())), len(texts)))
    return found


def _names(issue: Issue, language: str) -> Iterator[RecordText]:
    """Yields the names of the instruments that have none in this language."""
    for spec in issue.instruments.values():
        if language not in spec.name:
            key = f"instruments/{spec.id}/v{spec.spec_version}"
            yield RecordText(key, "name", in_language(spec.name, language))


def _texts(issue: Issue) -> Iterator[RecordText]:
    kinds = {section.kind for section in issue.sections}
    yield from _project_texts(issue)
    for story in issue.stories:
        yield RecordText(story.head.key, "headline", story.head.headline)
        for row in story.rows:
            yield from _fields(row, ("detail",))
    if "outlook" in kinds:
        for group in issue.outlook.groups:
            for forecast in group.forecasts:
                yield from _fields(forecast, ("scope", "metric"))
        for statistic in issue.outlook.statistics:
            yield from _fields(statistic, ("scope", "metric", "share_of", "note"))
        for route in issue.routes:
            yield from _fields(route, ("strengths", "challenges", "stage_in_china"))
    if "policy" in kinds:
        for policy in issue.policies:
            yield from _fields(policy, ("title", "jurisdiction", "effect"))
    if "corrections" in kinds:
        for correction in issue.corrections:
            if correction.reason:
                yield RecordText(correction.record, "reason", correction.reason)


def _project_texts(issue: Issue) -> Iterator[RecordText]:
    """Yields the names of the projects; of the new ones what is expected, too, where it is not a stage."""
    new = {entry.project for entry in issue.pipeline.new}
    for state in issue.pipeline.projects:
        project = state.project
        yield RecordText(project.key, "name", project.name)
        awaited = project.expected_milestone if project.id in new and state.expected else None
        if awaited and awaited not in issue.vocabulary.stages:
            yield RecordText(project.key, "expected_milestone", awaited)


def _fields(row: Event | Forecast | Statistic | Route | Policy, names: Sequence[str]) -> Iterator[RecordText]:
    for name in names:
        if text := getattr(row, name):
            yield RecordText(row.key, name, text)
