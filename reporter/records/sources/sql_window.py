"""Which rows of a long price history in a database an issue needs, asked in SQL.

The database does the looking through; what a cell means is said by the same readers as for a whole table.
A table that does not let its rows be chosen (its days are no dates, its revisions no whole numbers) is
unfit, and read whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from json import dumps
from typing import Any

import numpy as np
from sqlalchemy import Connection, TextClause, text, types
from sqlalchemy.exc import SQLAlchemyError

from reporter.records import cells
from reporter.records.need import Need, Window, day_of, kept_keys, key, number, split
from reporter.records.price_history import NEVER
from reporter.records.sources.sql_rows import CHUNK, cell_text

_LOOKS = 40  # days looked at for one that is known, before the table is read whole
_MOST_NAMES = 1000  # instruments named in a statement; of more, all are read

Kinds = Mapping[str, types.TypeEngine[Any]]


class Unfit(Exception):  # noqa: N818 - it says why a table is read whole, and is never shown
    """Rows cannot be chosen by a column."""


@dataclass(frozen=True)
class _Table:
    """A table being asked: `name` is quoted, `counts` the condition that names the instruments."""

    connection: Connection
    name: str
    kinds: Kinds
    need: Need
    counts: str
    names: Mapping[str, str]

    def rows(self, sql: str, **values: object) -> Iterator[Any]:
        result = self.connection.execute(
            text(sql),
            {**self.names, **values},
            execution_options={"stream_results": True, "yield_per": CHUNK},
        )
        for part in result.partitions(CHUNK):
            yield from part

    def day(self, day: date) -> object:
        """Yields a day as the column holds it."""
        return day.isoformat() if self.text_days else day

    @property
    def text_days(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    @property
    def bytewise(self) -> str:
        """The collation that tells all texts apart."""
        return "BINARY" if self.text_days else '"C"'

    def optional(self, title: str) -> str:
        return f'p."{title}"' if title in self.kinds else "CAST(NULL AS text)"

    def is_known(self, published: object, day: date) -> bool:
        """Tells whether a row is known at as-of."""
        moment = cell_text(published, self.kinds.get("published_at")).strip()
        if not moment:
            return day <= self.need.known_until
        try:
            return cells.moment(self.need.zone)(moment) <= self.need.as_of
        except ValueError:
            raise Unfit from None


def rows_needed(
    connection: Connection, quoted: str, kinds: Kinds, need: Need
) -> tuple[TextClause, Window] | None:
    """Yields the condition that the rows needed of a table fulfil; None where it is to be read whole: it is
    short, or a column does not let rows be chosen by it."""
    if not {"instrument", "date"} <= set(kinds):
        return None
    try:
        with connection.begin_nested():
            total = connection.execute(text(f"SELECT count(*) FROM {quoted}")).scalar_one()
            if total < need.whole_below:
                return None
            table = _table(connection, quoted, kinds, need)
            return _condition(table, total)
    except (Unfit, SQLAlchemyError):
        return None


def _table(connection: Connection, quoted: str, kinds: Kinds, need: Need) -> _Table:
    names = sorted(need.instruments or ())
    named = {f"name{n}": name for n, name in enumerate(names)} if len(names) <= _MOST_NAMES else {}
    counts = f'p."instrument" IN ({", ".join(f":{one}" for one in named)})' if named else "TRUE"
    table = _Table(connection, quoted, kinds, need, counts, named)
    _refuse_unfit(table)
    return table


def _refuse_unfit(table: _Table) -> None:
    """Raises Unfit where instruments, days or revisions may not be what they are compared as."""
    wrong = ['p."instrument" IS NULL', 'p."date" IS NULL']
    if table.text_days:
        wrong += ["typeof(p.\"instrument\") <> 'text'", "typeof(p.\"date\") <> 'text'"]
        wrong.append("p.\"date\" NOT GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'")
        if "revision" in table.kinds:
            wrong.append("typeof(p.\"revision\") NOT IN ('integer', 'null')")
    else:
        revision = table.kinds.get("revision", types.Integer())
        plain = type(table.kinds["instrument"]) in (types.TEXT, types.VARCHAR)
        if (
            not plain
            or not isinstance(table.kinds["date"], types.Date)
            or not isinstance(revision, types.Integer)
        ):
            raise Unfit
    if next(table.rows(f"SELECT 1 FROM {table.name} p WHERE {' OR '.join(wrong)} LIMIT 1"), None):
        raise Unfit
    distinct = f'SELECT DISTINCT p."instrument" COLLATE {table.bytewise} FROM {table.name} p'
    if any(not name or name != name.strip() for (name,) in table.rows(distinct)):
        raise Unfit


def _condition(table: _Table, total: int) -> tuple[TextClause, Window]:
    need = table.need
    window = need.window(None if need.period else _latest(table), total)
    codes: dict[str, int] = {}
    revised = _revised(table, window, codes)
    first, last = _span(table, window, codes)
    begin = number(window.begin)
    instruments, days = split(kept_keys(revised, first, last, begin))
    old = days < begin
    names = list(codes)
    kept = [
        (names[code], day_of(day).isoformat())
        for code, day in zip(instruments[old].tolist(), days[old].tolist(), strict=True)
    ]
    return _kept(table, kept, window), window


def _kept(table: _Table, kept: Sequence[tuple[str, str]], window: Window) -> TextClause:
    """Yields the condition: days of the window, or one of these instruments' days."""
    if table.text_days:
        pairs = "SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(:kept)"
        bound: dict[str, object] = {"kept": dumps(kept)}
    else:
        pairs = "SELECT * FROM unnest(CAST(:kept AS text[]), CAST(:kept_days AS date[]))"
        bound = {"kept": [name for name, _ in kept], "kept_days": [day for _, day in kept]}
    counts = table.counts.replace("p.", "")
    condition = f'{counts} AND "date" BETWEEN :begin AND :last OR ("instrument", "date") IN ({pairs})'
    days = {"begin": table.day(window.begin), "last": table.day(window.last)}
    return text(condition).bindparams(**bound, **days, **table.names)


def _latest(table: _Table) -> date | None:
    """Yields the latest known day up to `today` of an instrument that counts."""
    until = table.need.today
    greatest = f'SELECT max(p."date") FROM {table.name} p WHERE p."date" <= :until AND {table.counts}'
    found = f'SELECT DISTINCT p."instrument", {table.optional("published_at")} FROM {table.name} p'
    found += f' WHERE p."date" = :day AND {table.counts}'
    for _ in range(_LOOKS):
        [(stored,)] = table.rows(greatest, until=table.day(until))
        if stored is None:
            return None
        day = _day(stored)
        for name, published in list(table.rows(found, day=stored)):
            if table.need.counts(name) and table.is_known(published, day):
                return day
        until = day - timedelta(days=1)
    raise Unfit


def _revised(table: _Table, window: Window, codes: dict[str, int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Yields the days with a revision above 0, known or not."""
    if "revision" not in table.kinds:
        return np.empty(0, np.int64)
    sql = f'SELECT p."instrument", p."date" FROM {table.name} p'
    sql += f' WHERE p."revision" > 0 AND p."date" <= :last AND {table.counts}'
    numbers = [
        (codes.setdefault(name, len(codes)), number(_day(day)))
        for name, day in table.rows(sql, last=table.day(window.last))
        if table.need.counts(name)
    ]
    pairs = np.array(numbers, dtype=np.int64).reshape(-1, 2)
    return np.unique(key(pairs[:, 0], pairs[:, 1]))


def _span(
    table: _Table, window: Window, codes: dict[str, int]
) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]:
    """Yields, by instrument, the first and the last assessed day before the window among days without a
    revision."""
    status, published = table.optional("status"), table.optional("published_at")
    name = f'p."instrument" COLLATE {table.bytewise}'
    sql = f'SELECT {name}, {status}, {published}, min(p."date"), max(p."date") FROM {table.name} p'
    free = ""
    if "revision" in table.kinds:
        sql += f' LEFT JOIN (SELECT DISTINCT q."instrument", q."date" FROM {table.name} q'
        sql += f' WHERE q."revision" > 0) r ON {name} = r."instrument" AND p."date" = r."date"'
        free = ' AND r."date" IS NULL'
    sql += f' WHERE p."date" < :begin AND ({published} IS NOT NULL OR p."date" <= :until)'
    sql += f" AND {table.counts}{free} GROUP BY 1, 2, 3"
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    days = {"begin": table.day(window.begin), "until": table.day(table.need.known_until)}
    for instrument, stated, published_at, least, most in table.rows(sql, **days):
        low, high = _day(least), _day(most)
        assessed = cell_text(stated, None).strip() in ("", "assessed")
        if not assessed or not table.need.counts(instrument):
            continue
        known = table.is_known(published_at, low)
        if known != table.is_known(published_at, high):  # a blank that is not NULL: some are known
            raise Unfit
        if known:
            code = codes.setdefault(instrument, len(codes))
            first[code] = min(first.get(code, NEVER), number(low))
            last[code] = max(last.get(code, -NEVER), number(high))
    count = range(len(codes))
    return (
        np.array([first.get(code, NEVER) for code in count], dtype=np.int64),
        np.array([last.get(code, -NEVER) for code in count], dtype=np.int64),
    )


def _day(stored: object) -> date:
    if isinstance(stored, date):
        return stored
    try:
        return date.fromisoformat(str(stored))
    except ValueError:
        raise Unfit from None
