"""Which records hold letters that the bundled fonts cannot print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reporter.bulletin.figures import Json
from reporter.bulletin.fonts import missing_letters
from reporter.bulletin.issue import Issue
from reporter.records.model import in_language

# keys, and words that are looked at elsewhere
ELSEWHERE = ("record", "records", "refs", "events", "sources", "members", "names", "reissue")


@dataclass(frozen=True, slots=True)
class Unprintable:
    """A text of a record, the field it stands in, and its letters that no font has."""

    record: str
    field: str
    text: str
    letters: str


def unprintable(issue: Issue, document: Json, languages: Sequence[str]) -> Iterator[Unprintable]:
    """Yields every text of the issue's records that cannot be printed in these languages, each once.

    System fonts do not count: the same records must make the same page on every machine.
    """
    seen: set[tuple[str, str, str]] = set()
    for record, field, text in (*_names(issue, languages), *_texts(document, "")):
        missing = missing_letters(text)
        if missing and (record, field, text) not in seen:
            seen.add((record, field, text))
            yield Unprintable(record, field, text, " ".join(missing))


def _names(issue: Issue, languages: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for language in languages:
        for text, translation in issue.translations.get(language, {}).items():
            yield f"translations/{language}/{text}", "translation", translation
    for spec in issue.instruments.values():
        for language in languages:
            yield f"instruments/{spec.id}/v{spec.spec_version}", "name", in_language(spec.name, language)
        for field in ("formula", "source"):
            yield f"instruments/{spec.id}/v{spec.spec_version}", field, getattr(spec, field) or ""
    for route in issue.routes:
        for field in ("strengths", "challenges"):
            yield route.key, field, getattr(route, field) or ""


def _texts(value: Any, record: str) -> Iterator[tuple[str, str, str]]:
    """Yields (record, field, text) of every text below a part of figures.json that names a record."""
    if isinstance(value, Mapping):
        own = value.get("record") or next(iter(value.get("records") or ()), record)
        for field, part in value.items():
            if isinstance(part, str) and field not in ELSEWHERE:
                yield own, field, part
            elif field not in ELSEWHERE or field == "events":
                yield from ((r, f or field, t) for r, f, t in _texts(part, own))
    elif isinstance(value, list):
        for part in value:
            if isinstance(part, str):
                yield record, "", part
            else:
                yield from _texts(part, record)
