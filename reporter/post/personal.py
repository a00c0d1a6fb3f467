"""What else the database holds on a person: found in whatever tables there are, to be told or taken out.

The tables are looked up in the database itself, so that one added later is not forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, MetaData, RowMapping, String, Table, func, or_, select, update

from reporter.post.subscriber_tables import METADATA

ERASED = "(erased)"
OWNER = "subscriber"
"""The column that says, in whatever table, whose row it is."""
NAMING = ("email", "name", "public")
"""The columns of such a table that name the person."""


def rows_on(connection: Connection, person: int | None, address: str) -> dict[str, list[dict[str, Any]]]:
    """Yields the rows outside the subscribers' own tables that are a person's or quote their address."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in _tables(connection):
        if table.name in METADATA.tables:
            continue
        rows = [row for row in _domain_rows(connection, table, address) if _fits(row, address)]
        if OWNER in table.columns:
            theirs = select(table).where(table.columns[OWNER] == person)
            rows += connection.execute(theirs).mappings().all()
        if rows:
            found[table.name] = list({repr(row): dict(row) for row in rows}.values())
    return found


def scrub(connection: Connection, person: int | None, address: str) -> None:
    """Takes a person out of all other tables: what is theirs, and the address wherever a text quotes it."""
    fitting = _pattern(address)
    for table in _tables(connection):
        if table.name not in METADATA.tables and OWNER in table.columns:
            naming = {name: ERASED for name in NAMING if name in table.columns}
            if naming:
                connection.execute(update(table).where(table.columns[OWNER] == person).values(naming))
        keys = list(table.primary_key)
        for row in _domain_rows(connection, table, address):
            texts = {name: text for name, text in row.items() if isinstance(text, str)}
            values = {name: fitting.sub(ERASED, text) for name, text in texts.items() if fitting.search(text)}
            if values:
                this = [key == row[key.name] for key in keys]
                connection.execute(update(table).where(*this).values(values))


def _tables(connection: Connection) -> list[Table]:
    tables = MetaData()
    tables.reflect(connection)
    return [table for table in tables.sorted_tables if table.primary_key]


def _domain_rows(connection: Connection, table: Table, address: str) -> Iterator[RowMapping]:
    """Yields the rows that hold the address's domain.

    A database folds letters beyond ASCII in its own way, and a domain has none.
    """
    texts = [column for column in table.columns if isinstance(column.type, String)]
    if texts:
        domain = "@" + address.rpartition("@")[2]
        holding = or_(*(func.lower(text).contains(domain, autoescape=True) for text in texts))
        yield from connection.execute(select(table).where(holding)).mappings().all()


def _fits(row: RowMapping, address: str) -> bool:
    return any(isinstance(text, str) and _pattern(address).search(text) for text in row.values())


def _pattern(address: str) -> re.Pattern[str]:
    """Finds the address, but not as the end of a longer one."""
    return re.compile(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", re.IGNORECASE)
