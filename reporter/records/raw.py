"""Raw rows with their place, as every kind of source yields them; nothing here judges what they mean.

A column keeps each distinct text once and a whole number a row that points to it, so that a million
rows stay small and whoever judges them judges every distinct text once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count

import numpy as np
from numpy.typing import NDArray

from reporter.records.problems import Problems


@dataclass(frozen=True)
class RawColumn:
    """The texts of one column: row `i` holds `values[codes[i]]`, without outer blanks."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Placing:
    """How the rows of a table are pointed at: by `line`, by `cell` of a sheet, or by their `key`.

    `letters` are the sheet's columns by name: `{"low": "C"}`.
    """

    kind: str = "line"
    letters: Mapping[str, str] = field(default_factory=dict)

    def at(self, line: int, field: str, key: str) -> str:
        """Yields what stands behind the file's name for one row: `C12`, `latp/2025-12-05/r0`, or nothing."""
        if self.kind == "cell":
            return f"{self.letters.get(field) or next(iter(self.letters.values()), 'A')}{line}"
        return key if self.kind == "key" else ""


@dataclass(frozen=True)
class RawTable:
    """The rows of one table: its columns as texts, and the line (of a sheet: the row) each begins on.

    `file` is a path, `book.xlsx!prices`, an address without its password and a table's name.
    """

    name: str
    file: str
    columns: Mapping[str, RawColumn]
    lines: NDArray[np.int64]
    placing: Placing = field(default_factory=Placing)


@dataclass(frozen=True)
class RawText:
    """A whole text, such as instruments.yaml."""

    file: str
    text: str


@dataclass(frozen=True)
class RawRecords:
    """Everything that came in, by table name, and what could not be read.

    `broken` names the tables and texts that are there and could not be read at all.
    """

    location: str
    tables: Mapping[str, RawTable] = field(default_factory=dict)
    texts: Mapping[str, RawText] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    problems: Problems = field(default_factory=Problems)


def memo() -> defaultdict[str, int]:
    """Yields a mapping that numbers the texts it is asked for, in order of appearance."""
    return defaultdict(count().__next__)


def text_of(value: object) -> str:
    """Yields a value of a binary source as the text that a CSV file would hold; nothing and NaN are empty.

    Numbers are written out in their shortest form, without exponent and needless zeros; a moment at
    midnight without a time zone is its day. A text stays as it is.
    """
    if value is None or value != value:  # only NaN differs from itself
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating | Decimal):
        return _plain(Decimal(repr(float(value))) if not isinstance(value, Decimal) else value)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(number: Decimal) -> str:
    if not number.is_finite():
        return str(number)
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def column(texts: Mapping[str, int], parts: list[NDArray[np.int32]]) -> RawColumn:
    """Yields the column of numbered texts; those that differ only in outer blanks become one."""
    codes = np.concatenate(parts) if parts else np.empty(0, np.int32)
    bare = tuple(map(str.strip, texts))
    if bare == tuple(texts):
        return RawColumn(codes, bare)
    merged = memo()
    translated = np.fromiter(map(merged.__getitem__, bare), np.int32, len(bare))
    return RawColumn(translated[codes], tuple(merged))


def without_blank_rows(table: RawTable) -> RawTable:
    """Yields the table without rows whose cells are all empty (a spreadsheet's last ones)."""
    blank = np.ones(len(table.lines), dtype=bool)
    for column in table.columns.values():
        empty = column.values.index("") if "" in column.values else -1
        blank &= column.codes == empty
        if not blank.any():
            return table
    columns = {name: RawColumn(column.codes[~blank], column.values) for name, column in table.columns.items()}
    return replace(table, columns=columns, lines=table.lines[~blank])


def table_of(
    name: str,
    file: str,
    header: Sequence[str],
    columns: Sequence[Sequence[str]],
    lines: Sequence[int] | NDArray[np.int64],
    placing: Placing | None = None,
) -> RawTable:
    """Yields a table from whole columns of texts; rows without any text are left out."""
    made = {}
    for title, texts in zip(header, columns, strict=True):
        known = memo()
        codes = np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))
        made[title] = column(known, [codes])
    places = np.asarray(lines, np.int64)
    return without_blank_rows(RawTable(name, file, made, places, placing or Placing()))
