"""What a file would change in the records: new, unchanged, revised and refused rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from reporter.errors import Problem
from reporter.importing.entries import Entries
from reporter.records.columns import REFUSED, Judged, judge
from reporter.records.problems import Problems
from reporter.records.tables import TABLES, Reader, Table
from reporter.records.validation import Records

NEW, UNCHANGED, REVISED = "new", "unchanged", "revised"
_ABOUT_THE_ROW = ("published_at", "revision", "reason", "import_source")
_RANGE = ("low", "high", "average")

Key = tuple[str, ...]
Row = Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """What one row of the file is to the records.

    `fields` are the columns that differ with their old and new texts (of a new row: those it fills), `row`
    is what is to be appended.
    """

    kind: str
    key: Key
    line: int
    fields: tuple[tuple[str, str, str], ...] = ()
    row: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """The changes in the file's order, and every problem of it."""

    changes: tuple[Change, ...]
    problems: Problems
    refused: frozenset[int] = frozenset()

    def of(self, kind: str) -> tuple[Change, ...]:
        """Yields the changes of one kind."""
        return tuple(change for change in self.changes if change.kind == kind)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that are to be appended."""
        return tuple(change.row for change in self.changes if change.kind != UNCHANGED)


@dataclass(frozen=True)
class Stamp:
    """What every row that is written says of itself: known from when, why revised, from which file, when."""

    published_at: datetime
    reason: str | None
    imported_at: datetime


def compare(
    entries: Entries,
    records: Records,
    readers: Mapping[str, Reader],
    zone: ZoneInfo,
    stamp: Stamp,
    problems: Problems,
) -> Difference:
    """Yields what the entries are to the records as they stand.

    A row is compared with the highest revision of its key, in the columns that the file has; one that
    states a `published_at` which a revision of its key has already, with that revision.
    """
    name = entries.table.name
    rules = TABLES[name]
    lenient = replace(rules, columns=tuple(replace(c, required=False) for c in rules.columns))
    table = judge(entries.table, lenient, readers, problems)
    given = tuple(column for column in rules.names if column in entries.table.columns)
    known = _History(records.tables.get(name), rules, _keys(table, rules))
    compared = _Comparison(table, rules, given, zone, stamp, known, problems)
    refused = set(entries.refused)
    changes = []
    for row in _in_time(table):
        line = int(table.lines[row])
        wrong = any(table[column].codes[row] == REFUSED for column in given)
        if wrong or line in refused or compared.lacks_key(row):
            refused.add(line)
            continue
        change = compared.change(row)
        if change is None:
            refused.add(line)
        else:
            changes.append(change)
    return Difference(tuple(sorted(changes, key=lambda one: one.line)), problems, frozenset(refused))


def _in_time(table: Judged) -> Iterator[int]:
    """Yields the rows in the order in which they were published; those that do not say come last."""
    moments = [table["published_at"].at(row) for row in range(len(table.lines))]
    yield from sorted(range(len(moments)), key=lambda row: (moments[row] is None, moments[row] or 0))


def _keys(table: Judged, rules: Table) -> set[Key]:
    return {tuple(_text(table[part].at(row)) for part in rules.key) for row in range(len(table.lines))}


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass
class _Revision:
    """One row of a key, of the records or of the file before."""

    number: int
    texts: dict[str, str]
    known_at: datetime | None
    line: int | None = None  # of the file, where it came from there
    stated: bool = False


class _History:
    """The revisions of the keys asked for, lowest first."""

    def __init__(self, frame: pd.DataFrame | None, rules: Table, keys: set[Key]) -> None:
        self.of: dict[Key, list[_Revision]] = {}
        if frame is None or not keys:
            return
        mask = np.ones(len(frame), dtype=bool)
        for index, name in enumerate(rules.key):
            wanted = {key[index] for key in keys}
            mask &= np.asarray(_texts(frame[name]).isin(wanted))
        chosen = frame[mask]
        columns = {column.name: _texts(chosen[column.name]).tolist() for column in rules.columns}
        moments = chosen["known_at"].tolist()
        for row, revision in enumerate(chosen["revision"].tolist()):
            texts = {name: values[row] for name, values in columns.items()}
            key = tuple(texts[part] for part in rules.key)
            moment = None if pd.isna(moments[row]) else moments[row].to_pydatetime()
            self.of.setdefault(key, []).append(_Revision(int(revision), texts, moment))


def _texts(column: pd.Series[Any]) -> pd.Series[Any]:
    """Yields a column's canonical texts, empty where there is no value."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(object).where(column.notna(), "").astype(str)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return pd.Series(
            ["" if pd.isna(one) else one.isoformat() for one in column], column.index, dtype=object
        )
    if column.dtype.kind == "M":
        days: pd.Series[Any] = column.dt.strftime("%Y-%m-%d")
        return days.fillna("").astype(object)
    return column.astype(str)


@dataclass
class _Comparison:
    table: Judged
    rules: Table
    given: tuple[str, ...]
    zone: ZoneInfo
    stamp: Stamp
    known: _History
    problems: Problems

    def lacks_key(self, row: int) -> bool:
        """Tells whether a row does not say what it is of, and notes it as a problem."""
        missing = [part for part in self.rules.key if self.table[part].at(row) is None]
        line = int(self.table.lines[row])
        for part in missing:
            at = self.table.placing.at(line, part, "")
            self.problems.add(Problem("required", "is required", self.table.file, line, part, at=at))
        return bool(missing)

    def change(self, row: int) -> Change | None:
        """Yields what one row is to the records; None, and a problem, where it is refused."""
        key = tuple(_text(self.table[part].at(row)) for part in self.rules.key)
        line, stated = int(self.table.lines[row]), self.table["published_at"].at(row)
        revisions = self.known.of.setdefault(key, [])
        before = revisions[-1] if revisions else None
        if before is None:
            return self._new(key, row, line, stated, revisions)
        same = next((one for one in revisions if stated is not None and one.known_at == stated), None)
        compared = same or before
        texts = self._merged(row, compared.texts)
        fields = tuple(
            (name, compared.texts[name], texts[name])
            for name in self.rules.names
            if name not in (*_ABOUT_THE_ROW, *self.rules.key) and texts[name] != compared.texts[name]
        )
        if not fields:
            return Change(UNCHANGED, key, line)
        if before.line is not None and not (before.stated and stated is not None and same is None):
            self._refuse(line, "twice", f"stands on line {before.line} with another {fields[0][0]}")
            return None
        return self._revised(key, row, line, stated, revisions, texts, fields)

    def _new(
        self, key: Key, row: int, line: int, stated: datetime | None, revisions: list[_Revision]
    ) -> Change:
        texts = {name: _text(self.table[name].at(row)) for name in self.rules.names}
        if "status" in texts and "status" not in self.given:
            texts["status"] = ""
        moment = stated or self.stamp.published_at
        written = self._row(texts, line, moment, 0, _text(self.table["reason"].at(row)))
        compared = {**texts, "status": texts.get("status") or "assessed"} if "status" in texts else texts
        revisions.append(_Revision(0, dict(compared), moment, line, stated is not None))
        shown = ((name, "", text) for name, text in texts.items() if text)
        fields = tuple(one for one in shown if one[0] not in (*_ABOUT_THE_ROW, *self.rules.key))
        return Change(NEW, key, line, fields, written)

    def _revised(
        self,
        key: Key,
        row: int,
        line: int,
        stated: datetime | None,
        revisions: list[_Revision],
        texts: dict[str, str],
        fields: tuple[tuple[str, str, str], ...],
    ) -> Change | None:
        before, moment = revisions[-1], stated or self.stamp.published_at
        reason = _text(self.table["reason"].at(row)) or self.stamp.reason or ""
        if not reason:
            what = ", ".join(f"{name} {old or 'empty'} → {new or 'empty'}" for name, old, new in fields)
            message = f"revises what is known ({what}); say why with --reason TEXT, or in a column reason"
            self._refuse(line, "no_reason", message)
            return None
        if before.known_at is not None and moment <= before.known_at:
            known = before.known_at.astimezone(self.zone).isoformat()
            message = f"must be known later than revision {before.number}, which is known from {known}"
            self._refuse(line, "published_before", message)
            return None
        number = before.number + 1
        written = self._row(texts, line, moment, number, reason)
        revisions.append(_Revision(number, texts, moment, line, stated is not None))
        return Change(REVISED, key, line, fields, written)

    def _merged(self, row: int, old: Mapping[str, str]) -> dict[str, str]:
        """Yields the row with the old texts of columns that the file does not have.

        Numbers of a price belong together: where one changes, those the file does not have are emptied.
        """
        texts = dict(old) | {name: _text(self.table[name].at(row)) for name in self.given}
        if self.rules.name == "prices" and any(texts[name] != old[name] for name in _RANGE):
            missing = {name: "" for name in _RANGE if name not in self.given}
            texts |= missing
            texts["status"] = texts["status"] if "status" in self.given else "assessed"
        return texts

    def _row(self, texts: Mapping[str, str], line: int, moment: datetime, revision: int, reason: str) -> Row:
        source = f"{self._place(line)}, {self.stamp.imported_at.astimezone(self.zone).isoformat()}"
        return {
            **texts,
            "reason": reason,
            "published_at": moment.astimezone(self.zone).isoformat(),
            "revision": str(revision),
            "import_source": source,
        }

    def _place(self, line: int) -> str:
        file = self.table.file.rpartition("/")[2]
        at = self.table.placing.at(line, "", "")
        return f"{file}!{at}" if at else f"{file}:{line}"

    def _refuse(self, line: int, code: str, message: str) -> None:
        name = self.rules.key[0]
        row = int(np.flatnonzero(self.table.lines == line)[0])
        at = self.table.placing.at(line, name, "")
        value = _text(self.table[name].at(row))
        self.problems.add(Problem(code, message, self.table.file, line, name, value, at=at))
