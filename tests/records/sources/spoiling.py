"""A small market in every kind of source, to be spoiled, and what must come of it.

Whatever a source holds, there are right figures or a refusal with its place, and nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from reporter.bulletin.build import build_issue
from reporter.bulletin.figures import canonical_json, figures
from reporter.calendar import Week
from reporter.database import engine_of
from reporter.errors import Problem, RecordsError
from reporter.press.plans import edition_plan
from reporter.records.location import Location, Source
from reporter.records.snapshot import take_snapshot
from reporter.records.validation import load_records
from reporter.settings import Settings
from tests.records.sources.test_workbook import write_ods, write_xls, write_xlsx
from tests.records.sources.webserver import Site, page

SHANGHAI = ZoneInfo("Asia/Shanghai")
AS_OF = datetime(2025, 12, 7, 12, tzinfo=SHANGHAI)
Table = Sequence[Sequence[str]]
Tables = Mapping[str, Table]

INSTRUMENTS: Table = [
    ["id", "name", "unit", "currency"],
    ["quartz", "Quartz", "kg", "CNY"],
    ["sulfur", "Sulfur", "kg", "CNY"],
]
PRICES: Table = [
    ["instrument", "date", "average", "note"],
    ["sulfur", "2025-11-27", "50", "quiet"],
    ["quartz", "2025-12-04", "110", "busy"],
    ["quartz", "2025-11-27", "100", "quiet"],
    ["sulfur", "2025-12-04", "55", "busy"],
]
MARKET: Tables = {"instruments": INSTRUMENTS, "prices": PRICES}
SPOILED = 2  # the row of PRICES in which a cell is spoiled, counted from the header's 0
KINDS = ("csv", "web json", "xlsx", "xls", "ods", "parquet", "sqlite", "postgresql")
PLACES = {  # how the spoiled row is named; a database names its key, or its number where the key is at fault
    "csv": r"prices\.csv:3$",
    "web json": r"prices\.json!item 2$",
    "xlsx": r"!prices!([A-Z]3|row 3)$",
    "xls": r"!prices!([A-Z]3|row 3)$",
    "ods": r"!prices!([A-Z]3|row 3)$",
    "parquet": r"prices\.parquet:2$",
    "sqlite": r"!prices!([^/]+/.*/r0|row \d)$",
    "postgresql": r"!prices!([^/]+/.*/r0|row \d)$",
}


def with_cell(column: str, text: str) -> Tables:
    """Yields the market with another text in one cell."""
    rows = [list(row) for row in PRICES]
    rows[SPOILED][rows[0].index(column)] = text
    return {**MARKET, "prices": rows}


# ── writing it ──


def as_csv(rows: Table) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogateescape")


def as_json(rows: Table) -> bytes:
    header, *others = rows
    return json.dumps([dict(zip(header, row, strict=True)) for row in others]).encode()


def as_yaml(rows: Table) -> bytes:
    header, *others = rows
    return as_json([header, *others])  # which is YAML, too


def write_folder(place: Path, tables: Tables = MARKET) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        data, ending = (as_yaml(rows), "yaml") if name == "instruments" else (as_csv(rows), "csv")
        (place / f"{name}.{ending}").write_bytes(data)
    return place


def write_parquet(place: Path, tables: Tables = MARKET) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for name, (header, *rows) in tables.items():
        columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
        pq.write_table(pa.table(columns), place / f"{name}.parquet")
    return place


def write_database(url: str, tables: Tables = MARKET) -> str:
    with engine_of(url).begin() as connection:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        for name, (header, *rows) in tables.items():
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name} CASCADE" if mark == "%s" else "SELECT 1")
            connection.exec_driver_sql(f"CREATE TABLE {name} ({', '.join(f'{one} TEXT' for one in header)})")
            statement = f"INSERT INTO {name} VALUES ({', '.join([mark] * len(header))})"
            connection.exec_driver_sql(statement, [tuple(row) for row in rows])
    return url


def sqlite_url(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "records.db")):
        return f"sqlite:///{(folder / 'records.db').as_posix()}"


def serve(site: Site, tables: Tables, kind: str = "csv") -> Source:
    """Yields the market at the address of a site."""
    site.pages.clear()
    for name, rows in tables.items():
        if name == "instruments":
            site.pages[f"/{name}.yaml"] = page(as_yaml(rows))
        else:
            site.pages[f"/{name}.{kind}"] = page(as_csv(rows) if kind == "csv" else as_json(rows))
    return Source(Location(f"{site.address}/", private=True))


def write(kind: str, tables: Tables, folder: Path, site: Site, server: str) -> Source:
    """Yields the market in a kind of source."""
    if kind in ("xlsx", "xls", "ods"):
        book = {"xlsx": write_xlsx, "xls": write_xls, "ods": write_ods}[kind]
        return at(book(folder / f"book.{kind}", tables))
    if kind.startswith("web"):
        return serve(site, tables, kind.removeprefix("web "))
    if kind == "csv":
        return at(write_folder(folder, tables))
    if kind == "parquet":
        return at(write_parquet(folder, tables))
    return Source(Location(write_database(server if kind == "postgresql" else sqlite_url(folder), tables)))


def at(place: Path) -> Source:
    return Source(Location(place.as_posix()))


# ── what must come of it ──


@lru_cache(maxsize=1)
def _settings() -> Settings:
    edition = {"title": "Weekly", "sections": [{"id": "prices", "kind": "prices"}], "event_weights": {}}
    return Settings.model_validate({"editions": {"weekly": {**edition, "wording": {}}}})


def figures_of(source: Source) -> bytes:
    """Yields figures.json of 2025-W49 from a source; RecordsError where it is refused."""
    records = load_records(source, SHANGHAI)
    plan = edition_plan(_settings(), "weekly", records)
    return canonical_json(
        figures(build_issue(take_snapshot(records, AS_OF), plan, Week.parse("2025-W49").period()))
    )


def refusal(source: Source) -> list[Problem] | None:
    """Yields the faults for which a source is refused, each with a place; None where it is not."""
    try:
        figures_of(source)
    except RecordsError as refused:
        errors = [one for one in refused.problems if one.severity == "error"]
        assert errors
        assert all(one.file and len(str(one)) < 1000 for one in errors)
        return errors
    return None


def prices_of(made: bytes) -> dict[str, Any]:
    """Yields the price figures by instrument."""
    return {one["instrument"]: one for one in json.loads(made)["prices"]}
