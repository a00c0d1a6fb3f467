"""One import from file to records: read, compare, check the records as they would become, write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from reporter.errors import BusyError, Problem, RecordsError, UsageError
from reporter.importing.columns import match_columns
from reporter.importing.csv_target import CsvTarget, Write
from reporter.importing.difference import UNCHANGED, Change, Difference, Row, Stamp, compare
from reporter.importing.entries import Market, read_entries
from reporter.importing.layout import KINDS, Layout
from reporter.importing.sheet import Sheet, read_sheet
from reporter.records.location import Location, Source
from reporter.records.problems import Problems
from reporter.records.raw import RawRecords, RawTable
from reporter.records.sources import read_source
from reporter.records.tables import readers
from reporter.records.validation import Records, judged_records


class Target(Protocol):
    """Where rows are appended."""

    @property
    def shown(self) -> str:
        """What people call it."""

    def extended(self, raw: RawRecords, rows: Sequence[Row]) -> RawTable:
        """Yields the table as it will be with the rows; nothing is written."""

    def held(self) -> AbstractContextManager[Write]:
        """Holds it against other processes and yields what writes rows, all or none."""


@dataclass(frozen=True)
class Order:
    """What is imported into what: a file of one kind, read by a layout, into the records of a source."""

    kind: str
    file: Path
    source: Source
    zone: ZoneInfo
    layout: Layout
    stamp: Stamp
    sheet: str | None = None


@dataclass(frozen=True)
class Plan:
    """What an import will do; `faults` forbid it."""

    order: Order
    sheet: Sheet
    difference: Difference
    target: str
    faults: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def plan_import(order: Order) -> Plan:
    """Yields what the import would change and everything that forbids it; nothing is written.

    Raises RecordsError where the file or the records cannot be read, UsageError for a kind or a place that
    is not imported to.
    """
    if order.kind not in KINDS:
        raise UsageError(f"{order.kind!r} is not imported; the kinds are: {', '.join(KINDS)}")
    location = location_of(order.source, order.kind)
    sheet = read_sheet(order.file, order.sheet or order.layout.sheet)
    raw = read_source(order.source)
    records = judged_records(raw, order.zone)
    kinds = readers(records.vocabulary, order.zone)
    target = _target(location, order.kind, raw, records, order.zone)
    problems = Problems()
    found = match_columns(sheet, order.kind, order.layout, problems)
    if errors := problems.of("error"):
        raise RecordsError((*errors, *problems.of("warning")))
    market = Market(records.instruments, records.vocabulary, order.layout.instruments)
    entries = read_entries(sheet, order.kind, found, order.layout, market, problems)
    difference = compare(entries, records, kinds, order.zone, order.stamp, problems)
    faults, warnings = _check_whole(order, raw, target, difference, entries.table)
    refused = difference.refused | {fault.line for fault in faults if fault.file == sheet.file and fault.line}
    return Plan(
        order,
        sheet,
        replace(
            difference,
            refused=frozenset(refused),
            changes=tuple(change for change in difference.changes if change.line not in refused),
        ),
        target.shown,
        tuple(_at(fault, entries.table) for fault in (*problems.of("error"), *faults)),
        (*problems.of("warning"), *warnings),
    )


def apply_import(plan: Plan) -> None:
    """Writes what a plan shows: all of it or, whatever happens, nothing.

    RecordsError with the plan's faults; BusyError where the records have changed since it was made.
    """
    if plan.faults:
        raise RecordsError(plan.faults)
    if not plan.difference.rows:
        return
    order = plan.order
    location = location_of(order.source, order.kind)
    with _target_at(location, order.kind, order.zone).held() as write:
        now = plan_import(order)
        if now.faults:
            raise RecordsError(now.faults)
        if now.difference.changes != plan.difference.changes:
            raise BusyError(f"{plan.target} has changed since the difference was shown; nothing was written")
        write(now.difference.rows)


def location_of(source: Source, kind: str) -> Location:
    """Yields where a table's records are; UsageError where they cannot be written to."""
    location = source.tables.get(kind, source.every)
    if location is None:
        raise UsageError(f"the settings name no place for {kind}")
    if location.kind not in ("folder", "database") or location.query:
        what = "a query" if location.query else f"a {location.kind}: {location.shown}"
        raise UsageError(f"{kind} come from {what}; rows are imported into a folder of CSV or a SQL table")
    return location


def _target(location: Location, kind: str, raw: RawRecords, records: Records, zone: ZoneInfo) -> Target:
    table = raw.tables.get(kind)
    if location.kind == "folder" and table is not None and not table.file.endswith(".csv"):
        raise UsageError(f"{table.file}: rows are imported into a folder of CSV or a SQL table")
    return _target_at(location, kind, zone)


def _target_at(location: Location, kind: str, zone: ZoneInfo) -> Target:
    if location.kind == "folder":
        return CsvTarget(Path(location.address), kind)
    from reporter.importing.sql_target import SqlTarget

    return SqlTarget(location, kind, readers(None, zone))


def _check_whole(
    order: Order, raw: RawRecords, target: Target, difference: Difference, entered: RawTable
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Yields the faults and warnings that the new rows bring to the records as they would become."""
    changes = [change for change in difference.changes if change.kind != UNCHANGED]
    if not changes:
        return (), ()
    table = target.extended(raw, difference.rows)
    rows = dict(zip(table.lines[-len(changes) :].tolist(), changes, strict=True))
    whole = replace(raw, tables={**raw.tables, order.kind: table}, problems=Problems())
    try:
        found = judged_records(whole, order.zone).warnings
    except RecordsError as error:
        found = error.problems
    placed = [_from_file(problem, table.file, rows, entered) for problem in found]
    errors = tuple(problem for problem in placed if problem.severity == "error")
    told = (problem for problem in placed if problem.severity == "warning" and problem.file == entered.file)
    return errors, tuple(told)


def _from_file(problem: Problem, file: str, rows: Mapping[int, Change], entered: RawTable) -> Problem:
    """Yields a problem of a new row at the place in the imported file from which it came."""
    change = rows.get(problem.line or 0) if problem.file == file else None
    if change is None:
        return problem
    return _at(replace(problem, file=entered.file, line=change.line, at=""), entered)


def _at(problem: Problem, entered: RawTable) -> Problem:
    if problem.file != entered.file or problem.line is None or problem.at:
        return problem
    return replace(problem, at=entered.placing.at(problem.line, problem.field, ""))
