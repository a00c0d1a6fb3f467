"""What a later version says of itself, in one language: a line for each thing that has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from reporter.bulletin.changes import Change, Scalar, things
from reporter.bulletin.figures import figures
from reporter.bulletin.issue import Issue
from reporter.bulletin.limits import PRINTED
from reporter.bulletin.prose import Prose
from reporter.bulletin.reissue_fields import FACTS, NAMES, Get

FIRST = 3  # changes on page 1
FIRST_FACTS = 2  # of each of these


@dataclass(frozen=True, slots=True)
class ReissueView:
    """What the page says: its title, the desk's reason, the first changes, how many more, and all of them.

    `cut` is how many changes there are where not all are printed, else 0.
    """

    title: str
    reason: str
    first: tuple[str, ...]
    more: int
    every: tuple[str, ...]
    cut: int


def reissue_view(issue: Issue, prose: Prose, most: int) -> ReissueView | None:
    """Yields the words of a later version; None for a first one. Of more than `most` some are told."""
    told = issue.reissue
    if told is None:
        return None
    say, stated = prose.say, things(figures(replace(issue, reissue=None)))
    date = say.date(told.as_of.date())
    title = say("changed.title", version=issue.version, supersedes=told.supersedes, date=date)
    listed = told.changes if len(told.changes) <= most else told.changes[:PRINTED]
    every = tuple(_line(prose, one, stated[one.kind].get(one.thing, {})) for one in listed)
    first = tuple(
        _line(prose, one, stated[one.kind].get(one.thing, {}), FIRST_FACTS) for one in listed[:FIRST]
    )
    cut = len(told.changes) if len(listed) < len(told.changes) else 0
    return ReissueView(title, told.reason, first, len(told.changes) - len(first), every, cut)


def _line(prose: Prose, change: Change, row: Mapping[str, Scalar], most: int | None = None) -> str:
    """Yields the sentence on one thing, with at most so many of its facts."""
    say = prose.say
    before, after = _get(change, row, "before"), _get(change, row, "after")
    renamed = change.kind == "event" and change.code == "changed"  # readers know a story by its old headline
    name = NAMES[change.kind](prose, change.thing, before if renamed or change.code == "removed" else after)
    if change.code != "changed":
        key, write = FACTS[change.kind][0][0], FACTS[change.kind][0][2]
        value = write(prose, change.thing, after if change.code == "added" else before)
        told = say("changed.with", name=name, value=value) if key == "value" and value else name
        return say(f"changed.{change.code}", name=told)
    facts = list(dict.fromkeys(_facts(prose, change, before, after)))[:most] or [say("changed.other")]
    return say.sentence(say("changed.line", name=name, facts=say("list.clauses").join(facts)))


def _get(change: Change, row: Mapping[str, Scalar], side: str) -> Get:
    """Yields the reader of one side: what does not differ stands in the present row."""

    def get(path: str) -> Scalar:
        one = change.field(path)
        found: Scalar = row.get(path) if one is None else getattr(one, side)
        return found

    return get


def _facts(prose: Prose, change: Change, before: Get, after: Get) -> Iterator[str]:
    """Yields what is new of a thing, each fact with what it replaces; what prints alike is left out."""
    say, none = prose.say, prose.say("page.not_assessed")
    if change.kind == "by_stage":
        for one in change.fields:
            counts = say("changed.instead", new=str(one.after or 0), old=str(one.before or 0))
            yield say("changed.fact", what=prose.stage(one.field), change=counts)
        return
    for key, paths, write in FACTS[change.kind]:
        if not change.differs(*paths):
            continue
        new, old = write(prose, change.thing, after), write(prose, change.thing, before)
        if key == "headline":
            yield say("changed.headline", new=new)
        elif new != old:
            told = say("changed.instead", new=new or none, old=old or none)
            yield told if key == "value" else say("changed.fact", what=say(f"changed.{key}"), change=told)
        elif key == "moves":
            yield say("changed.moves")
