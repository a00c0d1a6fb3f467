"""Which records hold letters that the bundled fonts cannot print."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporter.bulletin.figures import Json
from reporter.bulletin.issue import Issue
from reporter.records.model import in_language

TEXT_FONT = Path(__file__).parent.parent / "fonts" / "Inter-Regular.ttf"
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # set as space or nothing
ELSEWHERE = ("record", "records", "refs", "events", "sources", "members")  # keys, not words of the record


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


def missing_letters(text: str) -> list[str]:
    """Yields the letters of a text that no bundled font has, each once."""
    if text.isascii():
        return []
    letters = dict.fromkeys(text)
    return [
        letter for letter in letters if unicodedata.category(letter) not in INVISIBLE and not _has(letter)
    ]


def _has(letter: str) -> bool:
    return ord(letter) in _covered()


@lru_cache(maxsize=1)
def _covered() -> Iterable[int]:
    from fontTools.ttLib import TTFont  # only where a letter is in doubt

    with TTFont(TEXT_FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())
