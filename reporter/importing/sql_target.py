"""Rows inserted into a table of a SQL database, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from reporter.database import DatabaseFault, engine_of
from reporter.errors import BusyError, MachineError, Problem, RecordsError
from reporter.importing.csv_target import Write
from reporter.importing.difference import Row
from reporter.records.location import Location
from reporter.records.raw import RawRecords, RawTable, table_of, text_of
from reporter.records.tables import TABLES, Reader

_LOCKED = ("55P03", "database is locked")
_TYPES = {"revision": "integer"}  # of columns to be added; others are text


@dataclass(frozen=True)
class SqlTarget:
    """The table of a database."""

    location: Location
    name: str
    readers: Mapping[str, Reader]

    @property
    def table(self) -> str:
        """The table's name in the database."""
        return self.location.table or self.name

    @property
    def shown(self) -> str:
        """What people call it."""
        return f"{self.location.shown}!{self.table}"

    def extended(self, raw: RawRecords, rows: Sequence[Row]) -> RawTable:
        """Yields the table with the rows after its own; RecordsError where it lacks columns they fill."""
        old = raw.tables.get(self.name)
        if old is None:
            raise RecordsError([Problem("no_table", "there is no such table; create it first", self.shown)])
        needed = [name for name in TABLES[self.name].names if any(row.get(name) for row in rows)]
        if missing := [name for name in needed if name not in old.columns]:
            raise RecordsError([self._missing(name) for name in missing])
        before = len(old.lines)
        columns = [
            [column.values[code] for code in column.codes] + [row.get(name, "") for row in rows]
            for name, column in old.columns.items()
        ]
        last = int(old.lines.max()) if before else 0
        lines = [*old.lines.tolist(), *range(last + 1, last + 1 + len(rows))]
        return table_of(self.name, old.file, list(old.columns), columns, lines, old.placing)

    def _missing(self, name: str) -> Problem:
        order = f"ALTER TABLE {self.table} ADD COLUMN {name} {_TYPES.get(name, 'text')}"
        return Problem(
            "missing_column", f"the table lacks a column that is filled: {order}", self.shown, None, name
        )

    @contextmanager
    def held(self) -> Iterator[Write]:
        """Holds the table against other writers and yields what inserts rows; all are kept, or none.

        BusyError where another process holds it, MachineError for any other fault of the database.
        """
        try:
            engine = engine_of(self.location.address)
        except DatabaseFault as fault:
            raise MachineError(f"cannot write {self.shown}: {fault.message}") from None
        try:
            with engine.connect() as connection, _transaction(engine, connection, self._quoted(engine)):
                yield lambda rows: self._insert(engine, connection, rows)
        except SQLAlchemyError as error:
            original = getattr(error, "orig", None) or error
            words = str(original).strip().splitlines()[0]
            if any(sign in (getattr(original, "sqlstate", None), words) for sign in _LOCKED):
                raise BusyError(f"another process is writing to {self.shown}") from None
            raise MachineError(f"cannot write {self.shown}: {words}") from None
        finally:
            engine.dispose()

    def _quoted(self, engine: Engine) -> str:
        quote = engine.dialect.identifier_preparer.quote
        return ".".join(quote(part) for part in self.table.split("."))

    def _insert(self, engine: Engine, connection: Connection, rows: Sequence[Row]) -> None:
        names = [name for name in TABLES[self.name].names if any(row.get(name) for row in rows)]
        quote = engine.dialect.identifier_preparer.quote
        columns, places = ", ".join(map(quote, names)), ", ".join(f":{name}" for name in names)
        order = text(f"INSERT INTO {self._quoted(engine)} ({columns}) VALUES ({places})")
        # as texts: the database turns them into its own types, no binary number stands in between
        connection.execute(order, [{name: row.get(name) or None for name in names} for row in rows])
        self._check_kept(engine, connection, rows, names)

    def _check_kept(
        self, engine: Engine, connection: Connection, rows: Sequence[Row], names: Sequence[str]
    ) -> None:
        """Refuses rows that a column's type has changed (numeric(10, 1) rounds): nothing is kept then."""
        rules = TABLES[self.name]
        kinds = {column.name: self.readers[column.kind] for column in rules.columns}
        quote = engine.dialect.identifier_preparer.quote
        where = " AND ".join(f"{quote(name)} = :{name}" for name in (*rules.key, "revision"))
        shown = ", ".join(map(quote, names))
        order = text(f"SELECT {shown} FROM {self._quoted(engine)} WHERE {where}")
        for row in rows:
            kept = connection.execute(order, {name: row[name] for name in (*rules.key, "revision")}).one()
            for name, value in zip(names, kept, strict=True):
                was, read = row.get(name, ""), text_of(value)
                if _meaning(kinds[name], read) != _meaning(kinds[name], was):
                    message = f"the column keeps {read or 'nothing'} instead; give it a wider type"
                    raise RecordsError([Problem("not_kept", message, self.shown, None, name, was)])


def _meaning(read: Callable[[str], object], words: str) -> object:
    return read(words) if words else None


@contextmanager
def _transaction(engine: Engine, connection: Connection, table: str) -> Iterator[None]:
    """Holds a transaction in which nobody else writes to the table."""
    if engine.dialect.name != "sqlite":
        with connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"LOCK TABLE {table} IN EXCLUSIVE MODE NOWAIT"))
            yield
        return
    connection = connection.execution_options(isolation_level="AUTOCOMMIT")  # we begin and end it ourselves
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
