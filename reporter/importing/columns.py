"""Headings of a file → columns of the contract."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from reporter.errors import Problem
from reporter.importing.layout import FILE, Layout
from reporter.importing.sheet import Sheet
from reporter.records.problems import Problems
from reporter.records.tables import TABLES, Table

EXTRA = {"prices": ("price", "unit", "currency")}
"""Columns that a file may have beside the contract's: one number or a range, and what it is stated per."""
MADE = ("revision", "import_source")
"""Columns that the import fills in itself."""
NUMBERS = ("low", "high", "average", "price")

_BRACKET = re.compile(r"(.*\S)\s*[(\[]([^()\[\]]*)[)\]]")


@dataclass(frozen=True)
class Found:
    """Which column of the file (from 0) is read as which of the contract; `units` as their headings say."""

    at: Mapping[str, int]
    units: Mapping[str, str] = field(default_factory=dict)


def match_columns(sheet: Sheet, kind: str, layout: Layout, problems: Problems) -> Found:
    """Yields which heading is which column: by imports.yaml, by its own name, or by an alias.

    Two headings for one column and missing key columns are errors, headings that are not read a warning.
    """
    names = _names(kind, layout)
    own = {bare_heading(heading): column for heading, column in layout.columns.items()}
    at: dict[str, int] = {}
    units: dict[str, str] = {}
    for index, heading in enumerate(sheet.header):
        column, unit = _column(heading, kind, own, names)
        place = Problem("", "", sheet.file, sheet.header_line, heading, at=sheet.at(sheet.header_line, index))
        if column is None or column in MADE:
            if heading:
                problems.add(_unread(place, heading, column, names))
        elif column in at:
            message = f"is read as {column}, and so is {sheet.header[at[column]]}; say in {FILE} which one"
            problems.add(_as(place, "two_columns", message))
        else:
            at[column] = index
            if unit:
                units[column] = unit
    _check_targets(kind, layout, sheet, problems)
    _check_missing(TABLES[kind], at, sheet, problems)
    return Found(at, units)


def _names(kind: str, layout: Layout) -> dict[str, str]:
    """Yields the columns by every bare heading that is known for them; own names come first."""
    known = (*TABLES[kind].names, *EXTRA.get(kind, ()))
    names = {bare_heading(alias): column for column, aliases in layout.aliases.items() for alias in aliases}
    return names | {bare_heading(column): column for column in known}


def _column(
    heading: str, kind: str, own: Mapping[str, str], names: Mapping[str, str]
) -> tuple[str | None, str]:
    """Yields the column that a heading names and the unit it states in brackets, `最低价(元/吨)`."""
    bare = bare_heading(heading)
    if bare in own or bare in names:
        return own.get(bare) or names[bare], ""
    match = _BRACKET.fullmatch(unicodedata.normalize("NFKC", heading))
    if match and (column := own.get(bare_heading(match[1])) or names.get(bare_heading(match[1]))):
        return column, match[2] if kind == "prices" and column in NUMBERS else ""
    return None, ""


def bare_heading(heading: str) -> str:
    """Yields what two spellings of a heading share: no case, blanks, hyphens, underscores."""
    return re.sub(r"[\s_-]", "", unicodedata.normalize("NFKC", heading).casefold())


def _unread(place: Problem, heading: str, column: str | None, names: Mapping[str, str]) -> Problem:
    if column is not None:
        message = "is not read; the import fills it in itself"
    else:
        near = get_close_matches(bare_heading(heading), list(names), 1, 0.8)
        hint = f"; is it {names[near[0]]}?" if near else ""
        message = f"is not read{hint} (`columns:` in {FILE} may name its column)"
    return _as(place, "unknown_column", message, "warning")


def _as(place: Problem, code: str, message: str, severity: str = "error") -> Problem:
    return Problem(code, message, place.file, place.line, place.field, None, severity, at=place.at)


def _check_targets(kind: str, layout: Layout, sheet: Sheet, problems: Problems) -> None:
    known: Sequence[str] = (*TABLES[kind].names, *EXTRA.get(kind, ()))
    for heading, column in layout.columns.items():
        if column not in known:
            problems.add(Problem("imports", f"is not a column of {kind}", FILE, None, heading, column))


def _check_missing(rules: Table, at: Mapping[str, int], sheet: Sheet, problems: Problems) -> None:
    for name in rules.key:
        if name not in at:
            shown = ", ".join(filter(None, sheet.header))[:160]
            message = (
                f"no heading is read as {name}; there are: {shown}."
                f" Name it in {FILE}, `columns: {{HEADING: {name}}}`"
            )
            problems.add(Problem("missing_column", message, sheet.file, sheet.header_line, name))
