"""The project's own database: opened, brought up to date, read and written in transactions.

It knows no table; each room that keeps rows names its own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Table, Text, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.types import TypeDecorator

from reporter.database import DatabaseFault, engine_of, fault_of
from reporter.errors import MachineError, Problem, SettingsError
from reporter.records.location import Location

MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_SECONDS = 10.0
_UPGRADE_LOCK = 7_265_707  # of PostgreSQL's advisory locks; any number that is ours alone
_SAFE = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = FULL",  # a commit outlives a loss of power
    "PRAGMA secure_delete = ON",  # what is deleted leaves no letters behind in the file
)

_KINDS = (  # as in reporter.database, but of a database that is written to
    ("55P03|database is locked", "locked", "another program holds it; try again when that is done"),
    ("53100|disk is full|No space", "disk_full", "make room on its disk"),
    ("disk I/O error", "disk_fault", "its disk is full or failing; make room on it, or check it"),
    ("25006|readonly database", "read_only", "let this user write to the file and its folder"),
    ("unable to open database file", "no_file", "check that its folder is there and may be written to"),
    ("28P01|28000|password authentication failed|no password supplied", "refused_user",
     "check user and password"),
    ("3D000|database .* does not exist", "no_database", "make it with `createdb`, or check its name"),
    ("42501|permission denied", "no_permission", "let this user create and change tables"),
    ("file is not a database|malformed", "not_a_database", "check the file, or take it from a backup"),
    ("57P0|refused|resolve|timeout|timed out|unreachable|closed the connection|connection .* failed",
     "no_connection", "check host and port, and that the server runs"),
    ("", "fault", "check the database with its own tools"),
)  # fmt: skip


class Moment(TypeDecorator[datetime]):
    """A moment, kept as text of one length in UTC, so that both databases order it alike."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Yields the text of an aware moment; ValueError for one without a zone."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Yields the moment, aware and in UTC."""
        return None if value is None else datetime.fromisoformat(value)


def moment_text(moment: datetime) -> str:
    """Yields `2025-12-06T13:47:00.000000Z`; ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class Store:
    """An open database whose schema is up to date. It holds no connection between uses."""

    engine: Engine
    shown: str
    busy: float

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Yields a connection in a transaction that writes: kept whole at the end, or not at all.

        SQLite lets one writer in at a time, from the first line on; PostgreSQL locks what is asked for.
        Raises MachineError where the database is locked longer than `busy` seconds, full, read-only or away.
        """
        with self._border(), self.engine.connect() as connection, connection.begin():
            self._be_patient(connection)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yields a connection that sees one moment of all tables; MachineError as in `transaction`."""
        options: dict[str, Any] = {"reading": True}
        if self.engine.dialect.name != "sqlite":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._border(), self.engine.connect().execution_options(**options) as connection:
            self._be_patient(connection)
            yield connection

    def _be_patient(self, connection: Connection) -> None:
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(self.busy * 1000)}")

    @contextmanager
    def _border(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:  # a fault of this program, not of the machine
            raise
        except DBAPIError as error:
            message = fault_of(error, _KINDS).message
            raise MachineError(f"the database {self.shown}: {message}") from None


def insert_if_new(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Inserts a row unless one with its key is there; tells whether it did."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    order = insert(table).values(dict(values)).on_conflict_do_nothing().inline()
    done = connection.execute(order, execution_options={"preserve_rowcount": True})
    return done.rowcount == 1


def open_store(address: str, *, busy: float = _BUSY_SECONDS) -> Store:
    """Yields the database of a URL as `database:` names it, made or brought up to date where it must be.

    `busy` is how many seconds to wait for another writer. Several processes may open it at once.
    Raises SettingsError for a URL that is none, MachineError where the database cannot be used or was made
    by a newer version of this program.
    """
    shown = Location(address).shown
    try:
        engine = engine_of(address)
    except DatabaseFault as fault:
        raise SettingsError([Problem(fault.code, fault.message, field="database", value=shown)]) from None
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).absolute().parent
        if not folder.is_dir():
            raise MachineError(f"the database {shown}: its folder is missing; mkdir -p {folder}")
        _prepare(engine, busy)
    store = Store(engine, shown, busy)
    with store.reading() as connection:
        current = _is_current(connection, shown)
    if not current:
        _upgrade(store)
    return store


@contextmanager
def kept_open(store: Store, connections: int) -> Iterator[Store]:
    """Yields the store with connections that stay open between uses, for many small transactions."""
    engine = engine_of(store.engine.url.render_as_string(hide_password=False), keep=connections)
    if engine.dialect.name == "sqlite":
        _prepare(engine, store.busy)
    try:
        yield Store(engine, store.shown, store.busy)
    finally:
        engine.dispose()


def _prepare(engine: Engine, busy: float) -> None:
    """Has every connection to a SQLite file wait for others, and every transaction say what it is."""

    @event.listens_for(engine, "connect")
    def opened(driver: Any, _: object) -> None:
        driver.isolation_level = None  # sqlite3 begins nothing by itself
        for pragma in (*_SAFE, f"PRAGMA busy_timeout = {round(busy * 1000)}"):
            driver.execute(pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def revisions() -> list[str]:
    """Yields the names of the schema's steps, oldest first."""
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _is_current(connection: Connection, shown: str) -> bool:
    """Tells whether the schema is up to date, without Alembic, whose import takes longer than a claim."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    known = revisions()
    if found is not None and found not in known:
        raise MachineError(
            f"the database {shown} was made by a newer version of reporter (schema {found}, known here up to"
            f" {known[-1]}); install that version, or set another `database:`"
        )
    return bool(found == known[-1])


def _upgrade(store: Store) -> None:
    """Carries out the steps that are missing; who comes second waits, then finds nothing to do."""
    from alembic import command
    from alembic.config import Config

    if store.engine.dialect.name == "sqlite":
        _write_ahead(store)
    with store.transaction() as connection:
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
        if _is_current(connection, store.shown):
            return
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _write_ahead(store: Store) -> None:
    """Turns the file to write-ahead logging, once for all: readers and the writer do not wait for each other.

    SQLite does not wait for others by itself here, so we do.
    """
    end = time.monotonic() + store.busy
    while True:
        try:
            with store._border(), store.engine.connect() as connection:
                driver: Any = connection.connection.driver_connection
                driver.execute("PRAGMA journal_mode = WAL")
            return
        except store.engine.dialect.loaded_dbapi.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                fault = fault_of(error, _KINDS)
                raise MachineError(f"the database {store.shown}: {fault.message}") from None
            time.sleep(0.02)
