"""A version above 1: the issue that says which version it replaces, why, and what has changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from reporter.bulletin.changes import Change, Difference, what_changed
from reporter.bulletin.figures import Json, figures
from reporter.bulletin.issue import Issue, Reissue, Section

SECTION = Section("what_changed", "what_changed", None, (), empty=False)
_BEHIND = ("corrections", "method")  # the section of changes stands before these


def reissued(issue: Issue, before: Json, manifest: str, reason: str) -> Issue:
    """Yields `issue` as the version after the one whose `figures.json` is `before`.

    `manifest` is the SHA-256 of that version's manifest. A section lists the changes, where there are any.
    """
    changes = what_changed(before, figures(issue))
    replaced = before["version"], datetime.fromisoformat(before["as_of"])
    again = replace(issue, version=replaced[0] + 1)
    return with_reissue(again, Reissue(*replaced, manifest, reason, changes))


def with_reissue(issue: Issue, reissue: Reissue) -> Issue:
    """Yields `issue` with what it says of itself as a later version, and the section of its changes."""
    sections = list(issue.sections)
    if reissue.changes:
        last = len(sections)
        place = next((n for n, section in enumerate(sections) if section.kind in _BEHIND), last)
        sections.insert(place, SECTION)
    return replace(issue, reissue=reissue, sections=tuple(sections))


def reissue_of(document: Json, manifest: str) -> Reissue | None:
    """Yields what a `figures.json` says of itself as a later version; None for a first one.

    `manifest` is the SHA-256 of the manifest of the version that it replaces.
    """
    told = document["reissue"]
    if told is None:
        return None
    changes = tuple(
        Change(
            row["kind"],
            row["code"],
            row["thing"],
            tuple(Difference(**one) for one in row["fields"]),
            tuple(row["records"]),
        )
        for row in told["changes"]
    )
    as_of = datetime.fromisoformat(told["as_of"])
    return Reissue(told["supersedes"], as_of, manifest, told["reason"], changes)
