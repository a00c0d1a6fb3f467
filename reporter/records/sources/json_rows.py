"""A table from a JSON text: a list of objects, one a row."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

from reporter.errors import Problem
from reporter.records.problems import Problems
from reporter.records.raw import MOST_COLUMNS, Placing, RawTable, table_of, text_of
from reporter.records.tables import TABLES

_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class _Refused:
    """A value that JSON does not know and its readers take: `NaN`, `Infinity`."""

    word: str


class _Object(dict[str, object]):
    """One object and the key that it holds twice, if any."""

    twice: str | None = None


def read_json(name: str, file: str, data: bytes, problems: Problems) -> RawTable | None:
    """Yields the table of a list of objects in UTF-8, numbers exactly as written; None where it is no list.

    Rows are counted from 1 (`item 5`). Items that are no objects or hold a list, an object, `NaN` or a key
    twice are left out, each a problem with its place. Keys that an item lacks are empty cells.
    """
    try:
        content = json.loads(
            data.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_int=str,  # not int, which refuses thousands of digits
            parse_constant=_Refused,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as fault:
        problems.add(Problem("json_syntax", f"not JSON: {fault.msg}", file, fault.lineno))
        return None
    except RecursionError:
        problems.add(Problem("json_syntax", "not a table: it is nested too deeply", file, 1))
        return None
    if not isinstance(content, list):
        problems.add(Problem("json_table", "must be a list of objects, one a row: [{…}, {…}]", file, 1))
        return None
    places, rows = [], []
    for number, item in zip(count(1), content):
        if refused := _fault(item, file, number):
            problems.add(refused)
        else:
            places.append(number)
            rows.append({key.strip(): text_of(value) for key, value in item.items()})
    header = tuple(dict.fromkeys(key for row in rows for key in row)) or TABLES[name].names
    if len(header) > MOST_COLUMNS:
        message = f"the items have {len(header):,} keys; a table has at most {MOST_COLUMNS:,} columns"
        problems.add(Problem("too_many_columns", message, file, 1))
        return None
    columns = [[row.get(key, "") for row in rows] for key in header]
    return table_of(name, file, header, columns, places, Placing("item"))


def _object(pairs: list[tuple[str, object]]) -> _Object:
    made, seen = _Object(pairs), set()
    for key, _ in pairs:
        if key.strip() in seen:
            made.twice = key.strip()
        seen.add(key.strip())
    return made


def _fault(item: object, file: str, number: int) -> Problem | None:
    def problem(code: str, message: str, key: str = "") -> Problem:
        return Problem(code, message, file, number, key, at=f"item {number}")

    if not isinstance(item, Mapping):
        return problem("json_item", "is not an object such as {…}")
    if isinstance(item, _Object) and item.twice is not None:
        return problem("duplicate_column", "the item has this key twice", item.twice)
    if "" in map(str.strip, item):
        return problem("unnamed_column", "a key of the item is empty")
    for key, value in item.items():
        if any(isinstance(text, str) and _HALF.search(text) for text in (key, value)):
            return problem(
                "not_utf8", "holds half a letter, such as \\ud83d alone; write both halves", ascii(key)[1:-1]
            )
        if isinstance(value, _Refused):
            return problem("json_number", f"{value.word} is no number; leave it out or write null", key)
        if isinstance(value, list | Mapping):
            kind = "a list" if isinstance(value, list) else "an object"
            return problem("json_nested", f"is {kind}; a cell is a text, a number or null", key)
    return None
