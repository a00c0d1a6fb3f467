"""Raw rows from a SQL database."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from reporter.database import engine_of
from reporter.errors import Problem
from reporter.records.location import Location
from reporter.records.problems import Problems
from reporter.records.raw import Placing, RawRecords, RawTable, table_of, text_of


def read_database(location: Location, names: Sequence[str]) -> RawRecords:
    """Yields the tables of those names; a fault of the database is in `problems`."""
    problems = Problems()
    tables: dict[str, RawTable] = {}
    engine = engine_of(location)
    try:
        with engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            for name in names:
                title = location.table or name
                if title in there:
                    quoted = engine.dialect.identifier_preparer.quote(title)
                    found = connection.execute(text(f"SELECT * FROM {quoted}"))
                    header, rows = list(found.keys()), found.all()
                    columns = [[text_of(row[index]) for row in rows] for index in range(len(header))]
                    file, lines = f"{location.shown}!{title}", range(1, len(rows) + 1)
                    tables[name] = table_of(name, file, header, columns, list(lines), Placing("key"))
    except SQLAlchemyError as fault:
        words = str(getattr(fault, "orig", fault)).strip().splitlines()[0]
        problems.add(Problem("database", words, location.shown))
    finally:
        engine.dispose()
    return RawRecords(location.shown, tables, {}, frozenset(), problems)
