"""A desk with two instruments, and the databases its prices may stand in."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders import folder
from import_desk import Desk, open_engine
from sqlalchemy import create_engine, text

from tests.conftest import needs

INSTRUMENTS = (
    "- {id: latp, name: {en: Oxide electrolyte, zh: 氧化物电解质}, unit: kg, currency: CNY}\n"
    "- {id: sulfide, name: {en: Sulfide, zh: 硫化物}, unit: mt, currency: CNY}\n"
)
PRICES = (
    "instrument,date,low,high,average,status,revision,published_at,reason,direction,note,source_url,import_source\n"
    "latp,2025-12-01,185,195,,assessed,0,,,,a note,,\n"
)
_TABLE = (
    "CREATE TABLE prices (instrument text, date {date}, low {number}, high {number}, average {number}, status text,"
    " revision integer, published_at {moment}, reason text, direction text, note text, source_url text,"
    " import_source text)"
)
_ROW = (
    "INSERT INTO prices (instrument, date, low, high, status, revision, note)"
    " VALUES ('latp', '2025-12-01', 185, 195, 'assessed', 0, 'a note')"
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[str], str]]:
    """Makes empty databases in a server of its own, on a socket only, and yields their URLs."""
    needs("initdb", "postgresql")
    needs("pg_ctl", "postgresql")
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(home, user)

    def pg(*words: str) -> None:
        subprocess.run(words, user=user, cwd=home, stdout=subprocess.DEVNULL, check=True)

    pg("initdb", "-D", str(home / "data"), "-A", "trust", "-U", "postgres", "-N")
    options = f"-c listen_addresses='' -k {home}"
    pg("pg_ctl", "-D", str(home / "data"), "-w", "-l", str(home / "log"), "-o", options, "start")

    def made(name: str) -> str:
        address = f"postgresql+psycopg:///postgres?host={home}&user=postgres"
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return f"postgresql:///{name}?host={home}&user=postgres"

    yield made
    pg("pg_ctl", "-D", str(home / "data"), "-w", "-m", "immediate", "stop")
    shutil.rmtree(home)


@pytest.fixture(params=["folder", "sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """The same desk over each kind of records that can be written to."""
    kind = request.param
    if kind == "folder":
        folder(tmp_path, "data", instruments=INSTRUMENTS, prices=PRICES.encode())
        return Desk(tmp_path, None)
    folder(tmp_path, "data", instruments=INSTRUMENTS)
    if kind == "sqlite":
        address, types = (
            f"sqlite:///{tmp_path}/records.db",
            {"date": "text", "number": "numeric", "moment": "text"},
        )
    else:
        name = "d" + os.urandom(6).hex()
        address = request.getfixturevalue("postgres")(name)
        types = {"date": "date", "number": "numeric", "moment": "timestamptz"}
    engine = open_engine(address)
    with engine.begin() as connection:
        connection.execute(text(_TABLE.format(**types)))
        connection.execute(text(_ROW))
    engine.dispose()
    return Desk(tmp_path, address)
