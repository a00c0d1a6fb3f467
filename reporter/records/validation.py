"""Raw rows → records, and every Problem of every file at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.calendar import PartialDate, PublicationCalendar
from reporter.errors import Problem, RecordsError
from reporter.records import rules
from reporter.records.calendars import read_calendars
from reporter.records.columns import Cells, Judged, as_series, judge
from reporter.records.instruments import Instruments, read_instruments
from reporter.records.location import Source
from reporter.records.model import Instrument, Place, Vocabulary
from reporter.records.need import Need, Window
from reporter.records.price_rules import check_prices
from reporter.records.problems import Problems
from reporter.records.raw import Placing, RawRecords
from reporter.records.sources import read_source
from reporter.records.tables import TABLES, readers
from reporter.records.vocabulary import default_vocabulary, read_vocabulary


@dataclass(frozen=True)
class Records:
    """All records of one market, valid, whenever they became known.

    `tables` hold each CSV table that is there: its contract's columns in order (decimals and codes as
    categories of exact text, days and moments as datetime64), `known_at` (UTC; NaT: always) and
    `line`, sorted by key and revision. `files` name the file of each
    table or text, `placings` tell how the rows of a table are pointed at, `windows` what was read of the
    tables of which not all was.
    """

    instruments: tuple[Instrument, ...]
    vocabulary: Vocabulary
    calendars: Mapping[str, PublicationCalendar]
    tables: Mapping[str, pd.DataFrame]
    warnings: tuple[Problem, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    instrument_places: Mapping[str, Place] = field(default_factory=dict)
    placings: Mapping[str, Placing] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)


def load_records(source: Source, zone: ZoneInfo, need: Need | None = None) -> Records:
    """Yields the records of a source; days and times without an offset are in `zone`.

    With a need, a long price history is read as far as it asks for, if the source can choose rows.
    Raises RecordsError with every problem of every file, warnings last; at most twenty of one file,
    code and field, then a count.
    """
    return judged_records(read_source(source, need), zone)


def load_calendars(source: Source) -> Mapping[str, PublicationCalendar]:
    """Yields the publication calendars of a source alone; RecordsError with every fault of them."""
    raw = read_source(source, names=("calendars",))
    calendars = _calendars(raw, raw.problems)
    if faults := raw.problems.of("error"):
        raise RecordsError(faults)
    return calendars or {}


def judged_records(raw: RawRecords, zone: ZoneInfo) -> Records:
    """Yields the records of raw rows, as `load_records` does; what is found is added to `raw.problems`."""
    problems = raw.problems
    vocabulary = _vocabulary(raw, problems)
    calendars = _calendars(raw, problems)
    instruments = _instruments(raw, vocabulary, calendars, problems)
    _check_presence(raw, problems)
    judged = _judge_tables(raw, vocabulary, zone, problems)
    raw = replace(raw, tables={name: replace(table, columns={}) for name, table in raw.tables.items()})
    _check_tables(judged, instruments, "projects" in raw.broken, problems)
    # each form of a long table takes the place of the one before: two at a time are enough
    ordered = {name: rules.sort_rows(judged.pop(name), problems) for name in list(judged)}
    if errors := problems.of("error"):
        raise RecordsError([_placed(fault, raw, ordered) for fault in (*errors, *problems.of("warning"))])
    assert vocabulary is not None
    found = instruments or Instruments()
    return Records(
        found.versions,
        vocabulary,
        MappingProxyType(dict(calendars or {})),
        MappingProxyType({name: _frame(table, zone) for name, table in ordered.items()}),
        tuple(_placed(warning, raw, ordered) for warning in problems.of("warning")),
        {name: part.file for parts in (raw.texts, raw.tables) for name, part in parts.items()},
        _instrument_places(found, raw),
        {name: table.placing for name, table in raw.tables.items()},
        {name: table.window for name, table in raw.tables.items() if table.window},
    )


def _placed(problem: Problem, raw: RawRecords, tables: Mapping[str, Judged]) -> Problem:
    """Yields a problem with its cell, key or part where its table has no lines."""
    if problem.line is None or problem.at:
        return problem
    text = next((one for one in raw.texts.values() if one.file == problem.file), None)
    if text is not None:
        return replace(problem, at=text.placing.at(problem.line, problem.field, f"row {problem.line}"))
    table = next((one for one in tables.values() if one.file == problem.file), None)
    if table is None or table.placing.kind == "line":
        return problem
    return replace(problem, at=table.placing.at(problem.line, problem.field, _key(table, problem.line)))


def _instrument_places(found: Instruments, raw: RawRecords) -> Mapping[str, Place]:
    text = raw.texts.get("instruments")
    if text is None or text.placing.kind == "line":
        return found.places
    keys = {key: key.partition("/")[2] for key in found.places}
    return {
        key: replace(one, at=text.placing.at(one.line, "id", keys[key])) for key, one in found.places.items()
    }


def _key(table: Judged, line: int) -> str:
    """Yields the key of a row, `latp/2025-12-05/r0`; where a part of it was refused, the row's number."""
    rows = np.flatnonzero(table.lines == line)
    parts = [table[name].at(row) for row in rows[:1] for name in (*table.rules.key, "revision")]
    if None in parts or not parts:
        return f"row {line}"
    return "/".join(map(str, parts[:-1])) + f"/r{parts[-1]}"


def _vocabulary(raw: RawRecords, problems: Problems) -> Vocabulary | None:
    if text := raw.texts.get("vocabulary"):
        return read_vocabulary(text.text, text.file, problems)
    return None if "vocabulary" in raw.broken else default_vocabulary()


def _calendars(raw: RawRecords, problems: Problems) -> Mapping[str, PublicationCalendar] | None:
    if text := raw.texts.get("calendars"):
        return read_calendars(text.text, text.file, problems)
    return None if "calendars" in raw.broken else {}


def _instruments(
    raw: RawRecords,
    vocabulary: Vocabulary | None,
    calendars: Mapping[str, PublicationCalendar] | None,
    problems: Problems,
) -> Instruments | None:
    if text := raw.texts.get("instruments"):
        return read_instruments(text.text, text.file, vocabulary, calendars, problems)
    return None


def _check_presence(raw: RawRecords, problems: Problems) -> None:
    """Refuses a folder that has neither of the two pairs that make a bulletin."""
    if any(problem.code == "no_records" for problem in problems.of("error")):
        return
    there = {*raw.tables, *raw.texts, *raw.broken}
    if not ({"instruments", "prices"} <= there or {"projects", "events"} <= there):
        names = ", ".join(sorted(there)) or "none of them"
        message = f"needs instruments.yaml and prices.csv, or projects.csv and events.csv; found {names}"
        problems.add(Problem("incomplete", message, raw.location))
    elif "prices" in there and "instruments" not in there:
        problems.add(Problem("incomplete", "prices.csv needs instruments.yaml", raw.location))


def _judge_tables(
    raw: RawRecords, vocabulary: Vocabulary | None, zone: ZoneInfo, problems: Problems
) -> dict[str, Judged]:
    kinds = readers(vocabulary, zone)
    return {name: judge(table, TABLES[name], kinds, problems) for name, table in raw.tables.items()}


def _check_tables(
    tables: Mapping[str, Judged], instruments: Instruments | None, projects_broken: bool, problems: Problems
) -> None:
    """Holds the rules of rows and between tables; what was refused already is not judged again."""
    projects = tables.get("projects")
    projects_broken |= projects is not None and not projects.whole
    for name, table in tables.items():
        rules.check_revisions(table, problems)
        if not table.whole:
            continue
        if name == "prices":
            check_prices(table, instruments, problems)
        elif name == "events":
            rules.check_events(table, projects, not projects_broken, problems)
            rules.check_capacity(table, projects, problems)
        elif name == "projects":
            rules.check_capacity(table, None, problems)
        elif name == "forecasts":
            rules.check_forecasts(table, problems)
        elif name == "routes":
            rules.check_range(table, "conductivity_low", "conductivity_high", problems)
        elif name == "companies":
            rules.check_companies(table, problems)


def _frame(table: Judged, zone: ZoneInfo) -> pd.DataFrame:
    columns = {column.name: as_series(table[column.name], column.kind) for column in table.rules.columns}
    columns["known_at"] = pd.Series(_known_at(table, zone)).dt.tz_localize("UTC")
    columns["line"] = pd.Series(table.lines)
    return pd.DataFrame(columns, copy=False)


def _known_at(table: Judged, zone: ZoneInfo) -> NDArray[Any]:
    """Yields when each row became known: `published_at`, else by the table's rule, in UTC."""
    published = _stamps(table["published_at"], zone)
    if table.rules.known_from is None:
        return published
    return np.where(np.isnat(published), _stamps(table[table.rules.known_from], zone), published)


def _stamps(cells: Cells, zone: ZoneInfo) -> NDArray[Any]:
    stamps = [_moment(value, zone).replace(tzinfo=None) for value in cells.values]
    return np.array([*stamps, None], dtype="datetime64[us]")[cells.codes]  # EMPTY is -1, the last


def _moment(value: datetime | date | str, zone: ZoneInfo) -> datetime:
    """Yields a moment as it is, of a day its 00:00 in `zone`, of a partial date its last day's."""
    if isinstance(value, datetime):
        return value
    day = PartialDate.parse(value).end if isinstance(value, str) else value
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
