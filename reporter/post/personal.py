"""What else the database holds on a person: found in whatever tables there are, to be told or taken out.

The tables are looked up in the database itself, so that one added later is not forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, MetaData, RowMapping, Table, Text, func, or_, select, update

from reporter.post.subscriber_tables import METADATA, SUBSCRIBERS

ERASED = "(erased)"


def rows_on(connection: Connection, person: int | None, address: str) -> dict[str, list[dict[str, Any]]]:
    """Yields the rows outside the subscribers' own tables that point to a person or quote their address."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in _tables(connection):
        if table.name in METADATA.tables:
            continue
        pointing = [key.parent for key in table.foreign_keys if key.column.table.name == SUBSCRIBERS.name]
        rows = [row for row in _domain_rows(connection, table, address) if _fits(row, address)]
        for column in pointing:
            rows += connection.execute(select(table).where(column == person)).mappings().all()
        if rows:
            found[table.name] = list({repr(row): dict(row) for row in rows}.values())
    return found


def scrub(connection: Connection, address: str) -> None:
    """Takes an address out of all texts of the database: servers' replies quote it, notices may."""
    fitting = _pattern(address)
    for table in _tables(connection):
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
    texts = [column for column in table.columns if isinstance(column.type, Text)]
    if texts:
        domain = "@" + address.rpartition("@")[2]
        holding = or_(*(func.lower(text).contains(domain, autoescape=True) for text in texts))
        yield from connection.execute(select(table).where(holding)).mappings().all()


def _fits(row: RowMapping, address: str) -> bool:
    return any(isinstance(text, str) and _pattern(address).search(text) for text in row.values())


def _pattern(address: str) -> re.Pattern[str]:
    """Finds the address, but not as the end of a longer one."""
    return re.compile(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", re.IGNORECASE)
