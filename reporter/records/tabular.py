"""Instruments and calendars that came as a table, as the YAML text that their readers take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from reporter.records.raw import Placing, RawTable, RawText

TABULAR = ("instruments", "calendars")
"""The texts that a table can give."""

_NUMBERS = ("vat_rate", "tick", "decimals", "spec_version", "factor", "freshness_days")
_FLAGS = {"true": "true", "1": "true", "false": "false", "0": "false"}  # some databases know only 1 and 0
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,18})?")
_NAME = "name_"  # name_en, name_zh
# JSON takes these as they are, YAML as line ends or faults
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def as_yaml(name: str, table: RawTable) -> RawText:
    """Yields instruments or calendars as YAML in which the entry of row r of the table stands on line r.

    Empty cells are left out. Instruments: a column a field, names by language in `name_en`, `name_zh`, …
    Calendars: `calendar`, `holidays`, `workdays`; days and ranges are separated by `;`.
    """
    entry = _instrument if name == "instruments" else _calendar
    lines: list[str] = []
    for line, row in _rows(table):
        lines += [""] * (line - 1 - len(lines))
        lines.append(entry(row))
    if not lines and name == "calendars":
        lines = ["{}"]
    return RawText(table.file, "\n".join(lines) + "\n", _placing(table))


def _rows(table: RawTable) -> Iterator[tuple[int, dict[str, str]]]:
    for index, line in enumerate(table.lines):
        cells = ((name, column.values[column.codes[index]]) for name, column in table.columns.items())
        yield int(line), {name: text for name, text in cells if text}


def _placing(table: RawTable) -> Placing:
    """Yields the table's placing; a fault of the names by language points at the first of them."""
    letters = table.placing.letters
    first = next((letter for name, letter in letters.items() if name.startswith(_NAME)), None)
    return table.placing if first is None else replace(table.placing, letters={"name": first, **letters})


def _instrument(row: Mapping[str, str]) -> str:
    names = {column.removeprefix(_NAME): text for column, text in row.items() if column.startswith(_NAME)}
    entry = {column: _value(column, text) for column, text in row.items() if not column.startswith(_NAME)}
    if names:
        entry["name"] = _json(names)
    return "- {" + ", ".join(f"{_json(field)}: {value}" for field, value in entry.items()) + "}"


def _calendar(row: Mapping[str, str]) -> str:
    days = {
        column: [day.strip() for day in text.split(";") if day.strip()]
        for column, text in row.items()
        if column != "calendar"
    }
    return f"{_json(row.get('calendar', ''))}: {_json(days)}"


def _value(field: str, text: str) -> str:
    """Yields what stands behind `field:`; a number goes digit by digit as it was entered."""
    if field in _NUMBERS and _NUMBER.fullmatch(text):
        return text
    return _FLAGS.get(text.lower(), _json(text)) if field == "continues" else _json(text)


def _json(value: object) -> str:
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
