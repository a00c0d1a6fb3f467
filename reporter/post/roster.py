"""A list of subscribers in a file: read, compared with who is there, taken over; and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from reporter.errors import Problem, RecordsError, SubscriberError
from reporter.importing.sheet import read_sheet
from reporter.post.addresses import canonical
from reporter.post.roster_rows import COLUMNS, Seen, Wishes, entry_of, match_headings, placed, row_faults
from reporter.post.subscriber_tables import Entry, Person
from reporter.post.subscribers import Subscribers, barred
from reporter.records.problems import Problems
from reporter.store import moment_text

Kind = Literal["new", "changed", "unchanged", "not_taken"]
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True)
class Change:
    """What one row does: whom it is about, what it changes, or why it is not taken."""

    kind: Kind
    email: str
    words: str
    place: str
    entry: Entry


@dataclass(frozen=True)
class Roster:
    """A file compared with the subscribers; nothing is written yet."""

    file: str
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...] = ()
    faults: tuple[Problem, ...] = ()

    def of(self, *kinds: Kind) -> tuple[Change, ...]:
        """Yields the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)


def plan_roster(people: Subscribers, path: Path, sheet: str | None, wishes: Wishes) -> Roster:
    """Yields what a file's rows would change, with every fault, its file and line.

    Raises RecordsError for a file that cannot be read, UsageError for one that is not there.
    """
    read = read_sheet(path, sheet)
    problems = Problems()
    at = match_headings(read, problems)
    known = {canonical(person.email): person for person in people.everyone()}
    held, seen, changes = people.held(), Seen(), []
    for row, line in zip(read.rows, read.lines, strict=True):
        cells = {column: _plain(row[index]) for column, index in at.items() if row[index]}
        found = [] if "email" not in at else row_faults(cells, wishes, seen, line)
        problems.extend(placed(one, read, line, at) for one in found)
        if found or "email" not in at:
            continue
        person = known.get(canonical(entry_of(cells, wishes).email))
        entry = entry_of(cells, wishes, person)
        change = _compare(person, people.hash_of(entry.email) in held, entry, cells.get("state", "active"))
        changes.append(replace(change, place=read.place(line)))
    return Roster(read.file, tuple(changes), problems.of("warning"), problems.of("error"))


def apply_roster(people: Subscribers, roster: Roster, now: datetime) -> list[SubscriberError]:
    """Takes the rows over in one transaction; yields those that meanwhile cannot be taken, each with why.

    Raises RecordsError, and writes nothing, where the file has faults.
    """
    if roster.faults:
        raise RecordsError(roster.faults)
    return people.add_all((change.entry for change in roster.of("new", "changed")), now)


def write_roster(people: Iterable[Person]) -> str:
    """Yields the subscriptions as CSV, one row each; a person without any has one row, too.

    A cell that a spreadsheet would take for a formula begins with an apostrophe; reading takes it off.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for person in people:
        for edition, one in person.editions.items() or [("", None)]:
            last = next((step for step in reversed(one.history) if step.source), None) if one else None
            wording = (
                next((step.wording for step in reversed(one.history) if step.wording), "") if one else ""
            )
            state, since = (one.state, moment_text(one.since)) if one else ("", "")
            source = last.source if last else ""
            mine = (person.email, person.name, edition, state, since, person.language, person.format)
            writer.writerow(map(_guarded, (*mine, source, wording)))
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _compare(person: Person | None, held: bool, entry: Entry, state: str) -> Change:
    editions = ", ".join(entry.editions)
    if why := barred(person, held, entry.editions):
        return Change("not_taken", entry.email, why, "", entry)
    if state != "active":
        return Change("not_taken", entry.email, f"{state} in the file", "", entry)
    if person is None:
        return Change("new", entry.email, editions, "", entry)
    words = [
        f"{name}: {was!r} → {now!r}"
        for name, was, now in (
            ("name", person.name, entry.name),
            ("language", person.language, entry.language),
            ("format", person.format, entry.format),
        )
        if was != now
    ]
    active = {one for one, of in person.editions.items() if of.state == "active"}
    words += [f"edition: + {one}" for one in entry.editions if one not in active]
    return Change("changed" if words else "unchanged", entry.email, "; ".join(words), "", entry)
