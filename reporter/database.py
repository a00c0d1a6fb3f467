"""The one way to a database: an engine for a SQL URL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from reporter.errors import UsageError
from reporter.records.location import Location


def engine_of(location: Location) -> Engine:
    """Yields the engine of a SQL URL; PostgreSQL is spoken to by psycopg.

    Raises UsageError where the SQLite file does not exist: it would be made empty.
    """
    url = make_url(location.address)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername.startswith("sqlite") and not Path(url.database or "").is_file():
        raise UsageError(f"{location.shown}: there is no such file")
    return create_engine(url)
