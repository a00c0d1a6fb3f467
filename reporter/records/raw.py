"""Raw rows with their place, as every kind of source yields them; nothing here judges what they mean.

A column keeps each distinct text once and a whole number a row that points to it, so that a million
rows stay small and whoever judges them judges every distinct text once.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import count

import numpy as np
from numpy.typing import NDArray

from reporter.records.need import Window
from reporter.records.problems import Problems

_LONGEST = 40  # places written out; a number with more is left as it is, for the validation to refuse
MOST_COLUMNS = 1000  # of a table of text


@dataclass(frozen=True)
class RawColumn:
    """The texts of one column: row `i` holds `values[codes[i]]`, without outer blanks."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]


@dataclass(frozen=True)
class Placing:
    """How the rows of a table are pointed at: by `line`, `cell` of a sheet, `item` of a list, their `key`, or
    the line in one `part` of a table of several files.

    `letters` are the sheet's columns by name: `{"low": "C"}`; `parts` the files in order, each with the
    last of the table's lines that lies in it.
    """

    kind: str = "line"
    letters: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[tuple[str, int]] = ()

    def at(self, line: int, field: str, key: str) -> str:
        """Yields what stands behind the file's name for one row: `C12`, `item 12`, `2025.parquet:12`, its
        key, or nothing."""
        if self.kind == "cell":
            return f"{self._letter(field)}{line}"
        if self.kind == "item":
            return f"item {line}"
        if self.kind == "part":
            index = bisect_left(self.parts, line, key=lambda part: part[1])
            before = self.parts[index - 1][1] if index else 0
            return f"{self.parts[index][0]}:{line - before}"
        return key if self.kind == "key" else ""

    def _letter(self, field: str) -> str:
        """Yields the letter of a column, or of the first that a dotted path such as `CN.holidays` names."""
        known = (self.letters[part] for part in (field, *field.split(".")) if part in self.letters)
        return next(known, next(iter(self.letters.values()), "A"))


@dataclass(frozen=True)
class RawTable:
    """The rows of one table: its columns as texts, and the line (of a sheet: the row) each begins on.

    `file` is a path, `book.xlsx!prices`, an address without its password and a table's name. `header` is
    the line that names the columns, None where no line does. `window` tells what was read of a table of
    which not all was.
    """

    name: str
    file: str
    columns: Mapping[str, RawColumn]
    lines: NDArray[np.int64]
    placing: Placing = field(default_factory=Placing)
    header: int | None = 1
    window: Window | None = None


@dataclass(frozen=True)
class RawText:
    """A whole text, such as instruments.yaml; `placing` tells what its lines are where a table gave it."""

    file: str
    text: str
    placing: Placing = field(default_factory=Placing)


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


def text_of(value: object) -> str:
    """Yields the text that a CSV file would hold for a value of a workbook, a Parquet file or a database.

    Floats are read by their shortest representation, numbers have no exponent (but one of more than
    `_LONGEST` digits); a midnight without a zone is a day; None and NaN are empty. Texts stay as they are,
    but for the kind of their line ends.
    """
    if type(value) is float and value == value:  # by far the most frequent
        return _float_text(repr(value))
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value
    if value is None or value != value:  # NaN, NaT
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return _float_text(float.__repr__(value) if isinstance(value, float) else str(value))
    if isinstance(value, Decimal):
        short = value.is_finite() and abs(value.adjusted()) <= _LONGEST
        return f"{value:f}" if short else str(value)
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and value.time() == time.min
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _float_text(shortest: str) -> str:
    plain = f"{Decimal(shortest):f}" if "e" in shortest else shortest
    return plain.removesuffix(".0")


def memo() -> defaultdict[str, int]:
    """Yields a mapping that numbers the texts it is asked for, in order of appearance."""
    return defaultdict(count().__next__)


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
    header_line: int | None = 1,
) -> RawTable:
    """Yields a table from whole columns of texts; rows without any text are left out."""
    made = {}
    for title, texts in zip(header, columns, strict=True):
        known = memo()
        codes = np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))
        made[title] = column(known, [codes])
    places = np.asarray(lines, np.int64)
    return without_blank_rows(RawTable(name, file, made, places, placing or Placing(), header_line))
