"""The rows of a SQL result as a raw table: what is no text is a problem at its row's key."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import CursorResult, types

from reporter.database import DatabaseFault
from reporter.errors import Problem
from reporter.records.problems import SHOWN, Problems
from reporter.records.raw import Placing, RawColumn, RawTable, memo, text_of, without_blank_rows
from reporter.records.tables import TABLES

ORDER = "row_number"  # a column that only says in what order the rows stand
KEYS: Mapping[str, tuple[str, ...]] = {
    **{name: (*table.key, "revision") for name, table in TABLES.items()},
    "instruments": ("id", "spec_version"),
    "calendars": ("calendar",),
}
CHUNK = 1000  # rows held at a time
MOST_ROWS = 3_000_000  # of one table; a view may have no end
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?\Z")

Codes = NDArray[np.int32]


def raw_table(
    name: str,
    place: str,
    result: CursorResult[Any],
    kinds: Mapping[str, types.TypeEngine[Any]],
    problems: Problems,
) -> RawTable | None:
    """Yields the rows of a result, lines counted from 1; None, and problems, if a cell is no text.

    `kinds` are the declared types by column: SQLite stores days as text and truths as numbers.
    """
    header = list(result.keys())
    if twice := [title for title in dict.fromkeys(header) if header.count(title) > 1]:
        for title in twice:
            problems.add(Problem("duplicate_column", "the query names this column twice", place, None, title))
        result.close()
        return None
    known, codes = _numbered(result, len(header))
    columns, faulty = {}, {}
    for title, values, numbers in zip(header, known, codes, strict=True):
        if title != ORDER:
            columns[title], faulty[title] = _column(list(values), numbers, kinds.get(title))
    lines = np.arange(1, len(codes[0]) + 1, dtype=np.int64)
    table = RawTable(name, place, columns, lines, Placing("key"), header=None)
    for title, faults in faulty.items():
        _report(table, title, faults, problems)
    return None if any(faulty.values()) else without_blank_rows(table)


def _numbered(result: CursorResult[Any], width: int) -> tuple[list[dict[Any, int]], list[Codes]]:
    """Yields the distinct values of each column, numbered, and the numbers of the rows."""
    known: list[dict[Any, int]] = [defaultdict(count().__next__) for _ in range(width)]
    parts: list[list[Codes]] = [[np.empty(0, np.int32)] for _ in range(width)]
    read = 0
    for rows in result.partitions(CHUNK):
        if (read := read + len(rows)) > MOST_ROWS:
            message = f"there are more than {MOST_ROWS:,} rows, which are not read; give them as Parquet"
            raise DatabaseFault("too_large", message)
        for numbers, part, values in zip(known, parts, zip(*rows, strict=True), strict=True):
            if not {list, dict}.isdisjoint(map(type, values)):
                values = tuple(map(_plain, values))
            part.append(np.fromiter(map(numbers.__getitem__, values), np.int32, len(values)))
    return known, [np.concatenate(part) for part in parts]


def _plain(value: object) -> object:
    """Yields an array as a list of the contract, `a;b`, and a JSON object as its text."""
    if isinstance(value, list):
        return ";".join(map(text_of, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _column(
    values: Sequence[object], codes: Codes, kind: types.TypeEngine[Any] | None
) -> tuple[RawColumn, dict[int, str]]:
    """Yields the column, and the rows whose cell is no text, each with what is wrong."""
    wrong = {code: fault for code, value in enumerate(values) if (fault := _fault(value))}
    texts = ["" if code in wrong else cell_text(value, kind).strip() for code, value in enumerate(values)]
    rows = np.flatnonzero(np.isin(codes, list(wrong))) if wrong else ()
    merged = memo()
    translated = np.fromiter(map(merged.__getitem__, texts), np.int32, len(texts))
    column = RawColumn(translated[codes] if len(codes) else codes, tuple(merged))
    return column, {int(row): wrong[int(codes[row])] for row in rows}


def _fault(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return "holds bytes, not text; store it as text"
    if isinstance(value, str) and "\0" in value:
        return "holds a NUL byte; remove it"
    if isinstance(value, str) and not value.isascii() and re.search("[\ud800-\udfff]", value):
        return "is not UTF-8; store it as UTF-8"
    return ""


def cell_text(value: object, kind: types.TypeEngine[Any] | None) -> str:
    """Yields the text of a cell of a column of that declared type."""
    if isinstance(kind, types.Date | types.DateTime) and isinstance(value, str):
        return _MIDNIGHT.sub("", value)
    if isinstance(kind, types.Boolean) and value in (0, 1):
        return text_of(bool(value))
    return text_of(value)


def _report(table: RawTable, title: str, faults: Mapping[int, str], problems: Problems) -> None:
    for row, message in list(faults.items())[:SHOWN]:
        line = int(table.lines[row])
        problems.add(Problem("not_text", message, table.file, line, title, at=_key(table, row)))
    problems.add_more((table.file, "not_text", title), len(faults) - SHOWN)


def _key(table: RawTable, row: int) -> str:
    """Yields the key of a row, `latp/2025-12-05/r0`; where a part is missing, its number."""
    cells = {title: column.values[column.codes[row]] for title, column in table.columns.items()}
    *parts, last = (cells.get(title, "") for title in KEYS[table.name])
    if table.name not in TABLES:
        parts, last = [*parts, last], ""
    if not all(parts):
        return f"row {row + 1}"
    return "/".join(parts) + (f"/r{last or 0}" if table.name in TABLES else "")


def with_languages(table: RawTable) -> RawTable:
    """Yields the table with names that are JSON objects, `{"en": …, "zh": …}`, as columns by language."""
    if "name" not in table.columns:
        return table
    column = table.columns["name"]
    spoken = [_languages(text) for text in column.values]
    columns = dict(table.columns)
    plain = ["" if one else text for one, text in zip(spoken, column.values, strict=True)]
    columns["name"] = _translated(column, plain)
    for language in dict.fromkeys(code for one in spoken for code in one):
        columns[f"name_{language}"] = _translated(column, [one.get(language, "") for one in spoken])
    return replace(table, columns=columns)


def _languages(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return {str(code): str(words) for code, words in found.items()}


def _translated(column: RawColumn, texts: Sequence[str]) -> RawColumn:
    merged = memo()
    numbers = np.fromiter(map(merged.__getitem__, texts), np.int32, len(texts))
    return RawColumn(numbers[column.codes], tuple(merged))
