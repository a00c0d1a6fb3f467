"""Raw rows from the tables of a SQL database, all as of one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Inspector, Select, inspect, select, types
from sqlalchemy import column as named
from sqlalchemy import table as table_named
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reporter.database import DatabaseFault, begin_reading, check_whole, engine_of, fault_of
from reporter.errors import Problem
from reporter.records.location import Location
from reporter.records.need import Need
from reporter.records.problems import Problems
from reporter.records.raw import RawColumn, RawRecords, RawTable, RawText
from reporter.records.sources.sql_rows import CHUNK, KEYS, ORDER, raw_table, with_languages
from reporter.records.sources.sql_window import rows_needed
from reporter.records.tables import TABLES
from reporter.records.tabular import as_yaml

_STREAMED = {"stream_results": True, "yield_per": CHUNK}

Kinds = Mapping[str, types.TypeEngine[Any]]


@dataclass
class _Found:
    """What has been read so far."""

    tables: dict[str, RawTable] = field(default_factory=dict)
    texts: dict[str, RawText] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    problems: Problems = field(default_factory=Problems)

    def fault(self, fault: DatabaseFault, place: str, *names: str) -> None:
        self.broken.update(names)
        self.problems.add(Problem(fault.code, fault.message, place))

    def take(self, name: str, raw: RawTable | None) -> None:
        if raw is None:
            self.broken.add(name)
        elif name in TABLES:
            self.tables[name] = raw
        else:
            self.texts[name] = as_yaml(name, with_languages(raw))


def read_tables(
    wanted: Mapping[str, Location], optional: Collection[str] = (), need: Need | None = None
) -> RawRecords:
    """Yields the tables wanted, by name, of one database (their addresses are the same) and of one moment.

    Rows stand in the order of the column `row_number`, else of the primary key, else (SQLite) as they were
    entered, else of the contract's key; those of a query as it orders them. Lines count them from 1.
    Nothing is raised: what cannot be read, cells that are no text, and tables that are not there unless
    `optional`, are in `problems`. MachineError where the driver is missing.
    """
    found = _Found()
    first = next(iter(wanted.values()))
    try:
        engine = engine_of(first.address, read_only=True)
        with engine.connect() as connection:
            begin_reading(connection)
            check_whole(connection)
            for name, location in wanted.items():
                if name in KEYS:
                    _read(connection, name, location, name in optional, need, found)
                elif name not in optional:
                    fault = DatabaseFault("no_table", f"{name} cannot stand in a database; name its folder")
                    found.fault(fault, first.shown, name)
    except DatabaseFault as fault:
        found.fault(fault, first.shown, *wanted)
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        found.fault(fault_of(error), first.shown, *(set(wanted) - set(found.tables) - set(found.texts)))
    return RawRecords(first.shown, found.tables, found.texts, frozenset(found.broken), found.problems)


def stored_tables(address: str, patience: int) -> list[str]:
    """Yields the names of a database's tables and views, after a look into it; DatabaseFault where it fails.

    It waits `patience` seconds for a connection. MachineError where the driver is missing.
    """
    try:
        engine = engine_of(address, read_only=True, patience=patience)
        with engine.connect() as connection:
            begin_reading(connection)
            inspector = inspect(connection)
            return [*inspector.get_table_names(), *inspector.get_view_names()]
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        raise fault_of(error) from None


def _read(
    connection: Connection, name: str, location: Location, optional: bool, need: Need | None, found: _Found
) -> None:
    """Reads one table; its faults leave the others readable, unless the connection is lost."""
    place = f"{location.shown}!{location.table or name}"
    try:
        with connection.begin_nested():
            if location.query:
                found.take(name, _queried(connection, name, place, location.query, found.problems))
            else:
                stored = location.table or name
                needed = need if name == "prices" else None
                found.take(name, _stored(connection, name, place, stored, needed, found.problems))
    except DatabaseFault as fault:
        if fault.code != "no_table" or not optional:
            found.fault(fault, place, name)
    except (SQLAlchemyError, UnicodeDecodeError) as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        found.fault(fault_of(error), place, name)


def _queried(
    connection: Connection, name: str, place: str, query: str, problems: Problems
) -> RawTable | None:
    options = {**_STREAMED, "no_parameters": True}  # a % or a : in it is the query's own
    result = connection.exec_driver_sql(query, execution_options=options)
    if not result.returns_rows:
        problems.add(Problem("bad_query", "the query yields no rows; name a SELECT", place))
        return None
    return raw_table(name, place, result, {}, problems)


def _stored(
    connection: Connection, name: str, place: str, stored: str, need: Need | None, problems: Problems
) -> RawTable | None:
    """Yields a table or view, of a long one what is needed; DatabaseFault where there is none."""
    schema, _, bare = stored.rpartition(".")
    inspector = inspect(connection)
    if not inspector.has_table(bare, schema or None):
        there = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
        message = f"there is no such table; there are: {', '.join(sorted(there))[:200] or 'none'}"
        raise DatabaseFault("no_table", message)
    kinds = {one["name"]: one["type"] for one in inspector.get_columns(bare, schema or None)}
    statement, unread = _statement(inspector, name, bare, schema or None, kinds)
    window = None
    if need is not None:
        quote = connection.dialect.identifier_preparer.quote_identifier
        quoted = ".".join(quote(part) for part in (schema, bare) if part)
        if chosen := rows_needed(connection, quoted, kinds, need):
            statement, window = statement.where(chosen[0]), chosen[1]
    result = connection.execute(statement, execution_options=_STREAMED)
    raw = raw_table(name, place, result, kinds, problems)
    if raw is None:
        return None
    codes = raw.lines.astype("int32") * 0
    columns = {**raw.columns, **{title: RawColumn(codes, ("",)) for title in unread}}  # warned of by name
    return RawTable(name, place, columns, raw.lines, raw.placing, None, window)


def _statement(
    inspector: Inspector, name: str, bare: str, schema: str | None, kinds: Kinds
) -> tuple[Select[Any], list[str]]:
    """Yields the SELECT of the columns that the contract knows, and the names of the others."""
    known = {column.name for column in TABLES[name].columns} if name in TABLES else set(kinds)
    read = [title for title in kinds if title in known and title != ORDER]
    unread = [title for title in kinds if title not in known and title != ORDER]
    order = _order(inspector, name, bare, schema, kinds)
    # columns without their types: the driver's own values, none read through a float or refused
    chosen: Select[*tuple[Any, ...]] = select(*(named(title) for title in read or list(kinds)))
    return chosen.select_from(table_named(bare, schema=schema)).order_by(*order), unread


def _order(
    inspector: Inspector, name: str, bare: str, schema: str | None, kinds: Kinds
) -> list[ColumnElement[Any]]:
    server = inspector.dialect.name == "postgresql"
    is_table = bare in inspector.get_table_names(schema)
    primary = inspector.get_pk_constraint(bare, schema)["constrained_columns"] if is_table else []
    if ORDER in kinds:
        return [named(ORDER)]
    if not primary and is_table and not server:
        return [named("rowid")]
    titles = primary or [title for title in KEYS[name] if title in kinds]
    # letters by their code, whatever the server's language
    texts = {title for title in titles if server and isinstance(kinds[title], types.String)}
    return [named(title).collate("C") if title in texts else named(title) for title in titles]
