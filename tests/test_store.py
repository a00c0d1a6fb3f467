"""The project's database: made, brought up to date, and what is said where it cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from reporter.database import engine_of
from reporter.errors import MachineError, SettingsError
from reporter.post import bounce_notes, outbox_tables, subscriber_tables
from reporter.press.ledger_tables import ISSUES, METADATA, OVERRIDES
from reporter.store import MIGRATIONS, Store, moment_text, open_store, revisions
from tests.conftest import Racer

NOW = datetime(2025, 12, 8, 1, 0, tzinfo=UTC)
OPEN = """
from reporter.store import open_store
print("ready", flush=True)
sys.stdin.readline()
open_store(sys.argv[1])
print("alembic" in sys.modules, flush=True)
"""


def add(store: Store, reason: str = "why") -> None:
    row = {"edition": "weekly", "week": "2025-W49", "rule": "jump", "reason": reason, "at": NOW}
    with store.transaction() as connection:
        connection.execute(insert(OVERRIDES).values(row))


def reasons(store: Store) -> list[str]:
    with store.reading() as connection:
        return list(connection.execute(select(OVERRIDES.c.reason)).scalars())


@contextmanager
def refused(*words: str) -> Iterator[None]:
    """One clear line, without a traceback's remains or SQL."""
    with pytest.raises(MachineError) as caught:
        yield
    said = str(caught.value)
    assert "\n" not in said
    assert "INSERT" not in said
    for word in words:
        assert word in said


def test_a_database_is_made_once_and_keeps_its_rows(database: str) -> None:
    add(open_store(database))
    assert reasons(open_store(database)) == ["why"]


def test_an_up_to_date_schema_is_recognised_without_alembic(
    database: str, race: Callable[..., Racer]
) -> None:
    open_store(database)
    racer = race(OPEN, database)
    racer.go()
    assert racer.end() == ["ready", "False"]


def test_several_processes_may_make_it_at_once(database: str, race: Callable[..., Racer]) -> None:
    racers = [race(OPEN, database) for _ in range(6)]
    assert [racer.heard() for racer in racers] == ["ready"] * 6
    for racer in racers:
        racer.go()
    assert all(racer.end() in (["True"], ["False"]) for racer in racers)
    add(open_store(database))


def test_the_migrations_make_the_tables_that_the_code_names(database: str) -> None:
    known = [METADATA, subscriber_tables.METADATA, outbox_tables.METADATA, bounce_notes.BOUNCES.metadata]
    with open_store(database).reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), known) == []


def test_alembic_ends_at_the_step_that_is_taken_for_the_newest() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == revisions()[-1]


def test_a_schema_of_a_newer_version_is_refused_and_left_alone(database: str) -> None:
    store = open_store(database)
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_later'")
    with refused("newer version of reporter", "9999_later"):
        open_store(database)
    with store.reading() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    assert found == "9999_later"


@pytest.mark.parametrize("change", [{"state": "lost"}, {"version": 0}])
def test_the_database_itself_refuses_what_no_issue_can_be(database: str, change: dict[str, object]) -> None:
    row = {"edition": "weekly", "week": "2025-W49", "version": 1, "state": "due", "attempts": 0}
    store = open_store(database)
    with pytest.raises(IntegrityError), store.transaction() as connection:
        connection.execute(insert(ISSUES).values(row | change))


def test_the_database_itself_refuses_a_second_row_of_one_version(database: str) -> None:
    row = {"edition": "weekly", "week": "2025-W49", "version": 1, "state": "published", "attempts": 0}
    store = open_store(database)
    with store.transaction() as connection:
        connection.execute(insert(ISSUES).values(row))
    with pytest.raises(IntegrityError), store.transaction() as connection:
        connection.execute(insert(ISSUES).values(row))


def test_an_exception_undoes_a_transaction(database: str) -> None:
    store = open_store(database)
    row = {"edition": "weekly", "week": "2025-W49", "rule": "jump", "reason": "why", "at": NOW}

    def fail() -> None:
        with store.transaction() as connection:
            connection.execute(insert(OVERRIDES).values(row))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert reasons(store) == []


def test_moments_come_back_in_utc_and_in_their_order(database: str) -> None:
    store = open_store(database)
    shanghai = timezone(timedelta(hours=8))
    moments = [NOW + timedelta(microseconds=n) for n in (0, 1, 999_999, 1_000_000, 3_600_000_000)]
    with store.transaction() as connection:
        for moment in reversed(moments):
            row = {
                "edition": "weekly",
                "week": "w",
                "rule": "jump",
                "reason": "",
                "at": moment.astimezone(shanghai),
            }
            connection.execute(insert(OVERRIDES).values(row))
    with store.reading() as connection:
        kept = list(connection.execute(select(OVERRIDES.c.at).order_by(OVERRIDES.c.at)).scalars())
    assert kept == moments
    assert all(moment.utcoffset() == timedelta(0) for moment in kept)


def test_a_moment_without_a_zone_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        moment_text(datetime(2025, 12, 8))


def test_a_commit_to_sqlite_outlives_a_loss_of_power(tmp_path: Path) -> None:
    """Write-ahead logging, synced at every commit; foreign keys are held too."""
    with open_store(f"sqlite:///{tmp_path}/reporter.db").reading() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys")
        told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert told == ["wal", 2, 1]


def test_readers_of_sqlite_do_not_wait_for_the_writer(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/reporter.db", busy=0)
    with store.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM overrides")
        assert reasons(store) == []


@pytest.mark.parametrize("made", [True, False], ids=["made before", "empty"])
def test_a_locked_sqlite_database_is_told_in_one_line(tmp_path: Path, made: bool) -> None:
    address = f"sqlite:///{tmp_path}/reporter.db"
    if made:
        open_store(address)
    with closing(sqlite3.connect(tmp_path / "reporter.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with refused("reporter.db", "locked", "try again"):
            add(open_store(address, busy=0.1))
        other.execute("ROLLBACK")
    store = open_store(address)
    assert reasons(store) == []
    add(store)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_locked_table_of_a_server_is_told_in_one_line(database: str) -> None:
    store = open_store(database, busy=0.1)
    with engine_of(database).begin() as other:
        other.exec_driver_sql("LOCK TABLE overrides IN ACCESS EXCLUSIVE MODE")
        with refused("lock timeout", "try again"):
            add(store)
        with refused("lock timeout", "try again"):
            reasons(store)


def test_a_full_disk_is_told_in_one_line_and_changes_nothing(tmp_path: Path) -> None:
    """A limit of pages stands in for the disk: SQLite answers both alike."""
    store = open_store(f"sqlite:///{tmp_path}/reporter.db")
    add(store)

    @event.listens_for(store.engine, "connect")
    def limit(driver: sqlite3.Connection, _: object) -> None:
        driver.execute("PRAGMA max_page_count = 1")  # SQLite takes what there is, if that is more

    with refused("full", "make room"):
        add(store, "long" * 10_000)
    assert reasons(store) == ["why"]


@contextmanager
def as_another_user() -> Iterator[None]:
    """Root may write anywhere: who runs the tests as root becomes nobody for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_database_that_may_not_be_written_to_is_told_in_one_line() -> None:
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    try:
        file = folder / "reporter.db"
        store = open_store(f"sqlite:///{file}")
        file.chmod(0o444)
        folder.chmod(0o555)
        with as_another_user(), refused("reporter.db", "readonly", "let this user write"):
            add(store)
        assert reasons(open_store(f"sqlite:///{file}")) == []
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_is_missing_is_told_with_what_makes_it(tmp_path: Path) -> None:
    with refused("mkdir -p", str(tmp_path / "none")):
        open_store(f"sqlite:///{tmp_path}/none/reporter.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "reporter.db").write_text("not a database " * 100)
    with refused("not a database", "check the file"):
        open_store(f"sqlite:///{tmp_path}/reporter.db")
    assert (tmp_path / "reporter.db").read_text() == "not a database " * 100


def test_a_server_that_is_away_is_told_without_the_password() -> None:
    with refused("postgresql://me:***@127.0.0.1:1/db", "check host and port"):
        open_store("postgresql://me:secret@127.0.0.1:1/db")
    with pytest.raises(MachineError) as caught:
        open_store("postgresql://me:secret@127.0.0.1:1/db")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["reporter.db", "mysql://me:secret@host/db", "sqlite://", "postgresql://a:secret@b@c/d"]
)
def test_a_url_that_is_none_is_a_fault_of_the_settings(address: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_store(address)
    assert "database" in str(caught.value)
    assert "secret" not in str(caught.value)
