"""The readers of records: a folder, a workbook, Parquet files, a database or a web address.

All yield the same raw tables with the places of their rows. Several may be combined: a source for all
tables, and others for some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial

from reporter.records.location import TABLES, TEXTS, Location, Source
from reporter.records.need import Need
from reporter.records.problems import Problems
from reporter.records.raw import RawRecords

Reader = Callable[[Location, Sequence[str]], RawRecords]


def read_source(
    source: Source, need: Need | None = None, names: Collection[str] = (*TEXTS, *TABLES)
) -> RawRecords:
    """Yields what a source holds of some tables and texts (default: all).

    Of long tables it yields what is needed, where rows can be chosen.

    Nothing is raised for what the source says: all its faults are in `problems` with their places.
    MachineError where a library that its kind needs is missing.
    """
    left = [name for name in (*TEXTS, *TABLES) if name not in source.tables and name in names]
    parts, databases = [], dict[str, dict[str, Location]]()
    if source.every is None or not left:
        pass
    elif source.every.kind == "database":
        databases[source.every.address] = dict.fromkeys(left, source.every)
    else:
        parts.append(_reader(source.every, need)(source.every, left))
    for name, location in source.tables.items():
        if name not in names:
            continue
        if location.kind == "database":  # one reading of each: all its tables as of one moment
            databases.setdefault(location.address, {})[name] = location
        else:
            parts.append(_reader(location, need)(location, [name]))
    for wanted in databases.values():
        from reporter.records.sources.database import read_tables

        parts.append(read_tables(wanted, set(wanted) - set(source.tables), need))
    return _joined(parts) if parts else RawRecords("")


def _reader(location: Location, need: Need | None) -> Reader:
    """Yields the reader of a kind; what it needs is imported only where it is used."""
    match location.kind:
        case "workbook":
            from reporter.records.sources.workbook import read_workbook

            return read_workbook
        case "web":
            from reporter.records.sources.web import read_web

            return read_web
    from reporter.records.sources.folder import read_folder

    return partial(read_folder, need=need)


def _joined(parts: Sequence[RawRecords]) -> RawRecords:
    joined, problems = parts[0], Problems()
    for part in parts[1:]:
        joined = replace(
            joined,
            location=", ".join(dict.fromkeys((joined.location, part.location))),
            tables={**joined.tables, **part.tables},
            texts={**joined.texts, **part.texts},
            broken=joined.broken | part.broken,
        )
    for part in parts:
        problems.extend((*part.problems.of("error"), *part.problems.of("warning")))
    return joined if len(parts) == 1 else replace(joined, problems=problems)
