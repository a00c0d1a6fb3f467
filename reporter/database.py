"""Databases by their URL: SQLite files and PostgreSQL servers. Nothing here knows what they hold."""

from __future__ import annotations

import importlib.util
import re
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from reporter.errors import MachineError

STATEMENT_SECONDS = 60
_CONNECT_SECONDS = 10
_SCHEMES = ("sqlite", "postgresql", "postgresql+psycopg")
_EXAMPLES = "sqlite:///records.db or postgresql://user:password@host/database"


class DatabaseFault(Exception):  # noqa: N818 - the caller turns it into its own error
    """A database cannot be used: a code, and what is wrong and how to mend it."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def engine_of(
    address: str, *, read_only: bool = False, patience: int = _CONNECT_SECONDS, keep: int = 0
) -> Engine:
    """Yields the engine of a URL, `sqlite:///records.db` or `postgresql://user:password@host/database`.

    It holds `keep` connections open between uses, and waits `patience` seconds for one. Read-only, no SQLite
    file is created or changed. Raises DatabaseFault for a URL that is none of the two and, read-only, for
    a SQLite file that is not there; MachineError where the driver of PostgreSQL is not installed.
    """
    url = _url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, read_only, patience, keep)
    if importlib.util.find_spec("psycopg") is None:
        raise MachineError("PostgreSQL needs the package psycopg: pip install 'reporter[postgresql]'")
    known = {"connect_timeout": patience, "application_name": "reporter", "client_encoding": "utf8"}
    wishes = {name: value for name, value in known.items() if name not in url.query}
    return create_engine(url.set(drivername="postgresql+psycopg"), connect_args=wishes, **_pool(keep))


def _pool(keep: int) -> dict[str, Any]:
    return {"poolclass": QueuePool, "pool_size": keep} if keep else {"poolclass": NullPool}


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # their texts may hold the password
        raise DatabaseFault("bad_url", f"is not the URL of a database, such as {_EXAMPLES}") from None
    if url.drivername not in _SCHEMES:
        message = f"{url.drivername} is not a kind of database that is read here; name {_EXAMPLES}"
        raise DatabaseFault("bad_url", message)
    if url.get_backend_name() != "sqlite" and "@" in f"{url.host}{url.database}":
        raise DatabaseFault("bad_url", "has an @ in the password; write it as %40")
    return url


def _sqlite(url: URL, read_only: bool, patience: int, keep: int) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise DatabaseFault("bad_url", "names no file; write sqlite:///records.db")
    path = Path(str(url.database)).absolute()
    wishes: dict[str, object] = {"timeout": patience}
    if read_only:
        if not path.is_file():
            what = "is no file" if path.exists() else "does not exist"
            raise DatabaseFault("no_records", f"the database file {what}; check its path")
        _undo_half_done(path)
        url = url.set(database=path.as_uri(), query={"uri": "true", "mode": "ro"})
    return create_engine(url, connect_args=wishes, **_pool(keep))


def _undo_half_done(path: Path) -> None:
    """Lets SQLite take back what a killed writer left half done: a connection that only reads may not."""
    if path.with_name(f"{path.name}-journal").exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=_CONNECT_SECONDS)) as connection:
            connection.execute("SELECT 1 FROM sqlite_master")


def begin_reading(connection: Connection) -> Connection:
    """Yields the connection in a transaction that sees one moment of all tables and writes nothing.

    On PostgreSQL a statement that takes longer than STATEMENT_SECONDS is ended. Bytes of a SQLite text that
    are no UTF-8 come as lone surrogates: the reader tells in which row.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
        connection.exec_driver_sql("PRAGMA query_only = ON")
        _end_in_time(driver)
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master")  # the moment is that of the first reading
        return connection
    connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
    return connection


def _end_in_time(driver: sqlite3.Connection) -> None:
    """Ends what is read after STATEMENT_SECONDS in all: a view may have no end."""
    end = time.monotonic() + STATEMENT_SECONDS
    driver.set_progress_handler(lambda: time.monotonic() > end, 100_000)


def check_whole(connection: Connection) -> None:
    """Raises DatabaseFault for a SQLite file with a damaged page, whose rows might be read as empty ones."""
    if connection.dialect.name == "sqlite":
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        if found != "ok":
            words = found.replace("*** in database main ***", "").strip().splitlines()[0][:200]
            raise DatabaseFault("not_a_database", f"is damaged: {words}; take it from a backup")


_KINDS = (  # what the driver says (by its SQLSTATE or in words), our code, and what to do
    ("28P01|28000|password authentication failed|no password supplied", "refused_user",
     "check user and password"),
    ("3D000|database .* does not exist", "no_database", "check the database's name"),
    ("42501|permission denied", "no_permission", "grant SELECT to this user"),
    ("57014|interrupted", "timeout",
     f"it took longer than {STATEMENT_SECONDS} s; make the query or table smaller"),
    ("25006|readonly database", "not_read_only", "records are only read; name a SELECT"),
    ("42[0-9A-Z]{3}|syntax error|no such (?:table|column)|one statement at a time", "bad_query",
     "check the query or the view"),
    ("database is locked", "locked", "another program is writing; try again when it is done"),
    ("file is not a database|malformed", "not_a_database", "check the file, or take it from a backup"),
    ("refused|resolve|timeout|timed out|unreachable|closed the connection|connection .* failed|No such file",
     "no_connection", "check host and port, and that the server runs"),
)  # fmt: skip


def fault_of(error: Exception, kinds: Sequence[tuple[str, str, str]] = _KINDS) -> DatabaseFault:
    """Yields an error of the driver as a fault of one line, with what to do; no password is in it.

    `kinds` are patterns, each with our code and what to do, of which the first that fits is taken.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = next((line.strip() for line in str(cause).splitlines() if line.strip()), type(cause).__name__)
    told = f"{getattr(cause, 'sqlstate', None) or ''} {words}"
    for pattern, code, mend in kinds:
        if re.search(pattern, told):
            return DatabaseFault(code, f"{words}; {mend}")
    return DatabaseFault("unreadable", f"cannot be read: {words}")
