"""doctor tries what the settings name: servers and databases, each with what mends it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reporter import doctor
from reporter.doctor import Finding, examine
from tests.records.sources.webserver import Site, Visit, page, serving

LEAST = "editions: {weekly: {title: Weekly}}\n"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as made:
        yield made


def findings(folder: Path, text: str, check: str) -> list[Finding]:
    file = folder / "schedule.yaml"
    file.write_text(f"{text}\n{LEAST}")
    return [one for one in examine(file) if one.check == check]


def on_the_web(site: Site, folder: Path, table: str = "default") -> Finding:
    place = f"{{address: '{site.address}/', private: true}}"
    [found] = findings(folder, f"records: {{{table}: {place}}}", "records")
    return found


def test_a_server_that_has_tables_is_well(site: Site, tmp_path: Path) -> None:
    """The files are asked for, not read: one may be as long as it likes."""
    site.pages["/prices.csv"] = _endless
    site.pages["/fx.json"] = page(b"[]")
    found = on_the_web(site, tmp_path)
    assert found.good
    assert found.found == f"{site.address}/: found prices, fx"


def _endless(visit: Visit) -> None:
    visit.send_response(200)
    visit.end_headers()
    visit.wfile.write(b"instrument,date\n")


def test_a_server_without_the_table_lacks_it(site: Site, tmp_path: Path) -> None:
    found = on_the_web(site, tmp_path, "prices")
    assert (found.good, found.found) == (False, f"{site.address}/: no table is there")
    assert found.mend == "put prices there, or mend the address in `records:`"


def test_a_server_that_refuses_is_told_with_its_reason(site: Site, tmp_path: Path) -> None:
    site.pages["/instruments.yaml"] = page(b"no", 403)
    found = on_the_web(site, tmp_path)
    assert not found.good
    assert "answers 403 Forbidden; does the address need a key" in found.found


def test_a_server_that_is_not_there_is_told(site: Site, tmp_path: Path) -> None:
    with serving(Site()) as gone:
        pass
    found = on_the_web(gone, tmp_path)
    assert not found.good
    assert "127.0.0.1 cannot be reached" in found.found
    assert found.mend.startswith("mend the network or the server")


def test_a_server_that_does_not_answer_is_not_waited_for(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PATIENCE", 1)
    site.pages["/instruments.yaml"] = lambda _: site.closing.wait(60) and None
    began = time.monotonic()
    found = on_the_web(site, tmp_path)
    assert not found.good
    assert "1 seconds" in found.found
    assert time.monotonic() - began < 30


def sqlite_file(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "records.db")) as made:
        made.execute("CREATE TABLE prices (instrument, date)")
        made.execute("CREATE VIEW fx AS SELECT 1 AS pair")
        made.execute("CREATE TABLE other (x)")
    return folder / "records.db"


def test_a_database_is_opened_and_its_tables_are_named(tmp_path: Path) -> None:
    file = sqlite_file(tmp_path)
    [found] = findings(tmp_path, "records: sqlite:///records.db", "records")
    assert (found.good, found.found) == (True, f"sqlite:///{file}: found prices, fx")
    [lost] = findings(
        tmp_path, "records: {prices: {address: 'sqlite:///records.db', table: quotes}}", "records"
    )
    assert not lost.good
    assert lost.mend == "make the table quotes there, or name another in `records:`"


@pytest.mark.parametrize("setting", ["records", "database"])
def test_a_database_that_fails_is_told_without_its_password(
    setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "PATIENCE", 2)
    with serving(Site()) as gone:
        pass
    address = f"postgresql://desk:s3cret@127.0.0.1:{gone.port}/market"
    [found] = findings(tmp_path, f"{setting}: {address}", setting)
    assert not found.good
    assert "refused" in found.found
    assert "s3cret" not in found.found + found.mend
    assert found.mend.startswith("mend the database")


def test_a_server_of_databases_is_opened(postgres: str, tmp_path: Path) -> None:
    [found] = findings(tmp_path, f"database: '{postgres}'", "database")
    assert found.good, found.found


def test_the_file_of_the_database_need_not_be_there_yet(tmp_path: Path) -> None:
    """Its folder must be; without the setting it stands beside the settings."""
    [made] = findings(tmp_path, "database: sqlite:///reporter.db", "database")
    assert (made.good, made.found) == (True, f"sqlite:///{tmp_path}/reporter.db: will be made")
    [lost] = findings(tmp_path, "database: sqlite:///no/reporter.db", "database")
    assert (lost.good, lost.mend) == (False, f"mkdir -p {tmp_path}/no")
    [beside] = findings(tmp_path, "", "database")
    assert (beside.good, beside.found) == (True, f"sqlite:///{tmp_path}/reporter.db: will be made")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "reporter.db").write_bytes(b"not a database" * 100)
    [found] = findings(tmp_path, "database: sqlite:///reporter.db", "database")
    assert not found.good
    assert "file is not a database" in found.found
