"""Spoiled databases: right figures or a refusal, in a time that is set."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reporter import database
from reporter.records.location import Location, Source
from reporter.records.sources import sql_rows
from tests.records.sources.spoiling import at, figures_of, refusal, sqlite_url, write_database, write_folder

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS instrument FROM n"
REFUSED = {
    "a view of itself": ("DROP TABLE prices; CREATE VIEW prices AS SELECT * FROM prices", "circular"),
    "two views of each other": (
        "DROP TABLE prices; CREATE VIEW prices AS SELECT * FROM q; CREATE VIEW q AS SELECT * FROM prices",
        "circular",
    ),
    "a view of nothing": ("DROP TABLE prices; CREATE VIEW prices AS SELECT * FROM gone", "no such table"),
    "infinity": ("UPDATE prices SET average = 9e999 WHERE rowid = 2", "'Inf'"),
    "bytes": ("UPDATE prices SET average = x'ff' WHERE rowid = 2", "quartz/2025-12-04/r0: .*bytes"),
    "NUL": ("UPDATE prices SET note = 'a' || char(0) WHERE rowid = 2", "quartz/2025-12-04/r0: .*NUL"),
    "no UTF-8": ("UPDATE prices SET note = CAST(x'fffe' AS TEXT) WHERE rowid = 2", "r0: .*UTF-8"),
    "half a letter": ("UPDATE prices SET note = CAST(x'eda080' AS TEXT) WHERE rowid = 2", "r0: .*UTF-8"),
    "a column that cannot be computed": (
        "ALTER TABLE prices ADD COLUMN status TEXT AS (abs(-9223372036854775808))", "integer overflow",
    ),
    "no key": ("UPDATE prices SET instrument = NULL WHERE rowid = 2", "row 2: .*required"),
    "a missing column": ("ALTER TABLE prices DROP COLUMN date", "date: the column is missing"),
    "a row twice": ("INSERT INTO prices VALUES ('quartz', '2025-12-04', '7', '')", "duplicate"),
}  # fmt: skip


def spoiled(folder: Path, script: str) -> Source:
    url = write_database(sqlite_url(folder))
    with closing(sqlite3.connect(folder / "records.db")) as connection:
        connection.executescript(script)
    return Source(Location(url))


@pytest.mark.parametrize("name", REFUSED)
def test_a_spoiled_database_is_refused_at_its_place(name: str, tmp_path: Path) -> None:
    script, place = REFUSED[name]
    faults = refusal(spoiled(tmp_path, script))
    assert faults is not None
    assert any(re.search(place, str(fault)) for fault in faults), faults
    assert all("records.db" in fault.place for fault in faults)


@pytest.mark.parametrize("name", ['{"a":' * 100_000, '{"en": [1', '{"en": NaN}'], ids=["deep", "open", "NaN"])
def test_a_name_that_is_no_json_changes_no_figure(name: str, tmp_path: Path) -> None:
    source = spoiled(tmp_path, f"UPDATE instruments SET name = '{name}' WHERE id = 'quartz'")
    assert unnamed(figures_of(source)) == unnamed(figures_of(at(write_folder(tmp_path / "right"))))


def unnamed(figures: bytes) -> Any:
    """The figures without the instruments' names."""
    document = json.loads(figures)
    for price in document["prices"]:
        del price["names"]
    return document


def test_a_view_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By time where its rows are put in order first, by their number where they are not."""
    source = spoiled(tmp_path, f"DROP TABLE prices; CREATE VIEW prices AS {ENDLESS}")
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 1)
    began = time.monotonic()
    [fault, *_] = refusal(source) or []
    assert fault.code == "timeout"
    assert time.monotonic() - began < 30
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 60)
    monkeypatch.setattr(sql_rows, "MOST_ROWS", 5000)
    assert source.every is not None
    query = {"prices": Location(source.every.address, query=ENDLESS)}
    [fault, *_] = refusal(Source(source.every, query)) or []
    assert fault.code == "too_large"
    assert "more than 5,000 rows" in fault.message


@pytest.mark.parametrize("seed", range(24))
def test_broken_bytes_end_in_figures_or_a_refusal(seed: int, tmp_path: Path) -> None:
    """A file that was cut off is always refused: its lost rows might be read as empty ones."""
    write_database(sqlite_url(tmp_path))
    file = tmp_path / "records.db"
    data, chance = bytearray(file.read_bytes()), random.Random(seed)
    for _ in range(chance.choice((1, 3, 20, 200))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = seed % 3 == 0
    file.write_bytes(data[: chance.randrange(1, len(data))] if cut else data)
    faults = refusal(Source(Location(f"sqlite:///{file}")))
    assert faults is None or all("records.db" in fault.file for fault in faults)
    assert faults is not None or not cut


@pytest.mark.parametrize("page", [1, 2])
def test_an_emptied_page_is_refused(page: int, tmp_path: Path) -> None:
    write_database(sqlite_url(tmp_path))
    file = tmp_path / "records.db"
    data = file.read_bytes()
    file.write_bytes(data[: page * 4096] + b"\0" * 4096 + data[(page + 1) * 4096 :])
    [fault, *_] = refusal(Source(Location(f"sqlite:///{file}"))) or []
    assert fault.code == "not_a_database"
    assert fault.message.endswith("take it from a backup")
