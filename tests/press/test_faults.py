"""Faults of the machine, the real ones: publishing requirement 19.

Each gives one clear line and one notice, leaves nothing half-written, and once it is over the issue is
published, once.
"""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reporter.journal import LOGGER, write_log
from reporter.press.verify import verify
from reporter.store import open_store
from tests.disks import fill, mounted
from tests.press.newsroom import Newsroom, moment, no_pages
from tests.press.servers import WebServer, web_server

SLOT = "2026-01-05 09:00"
LATER = [f"2026-01-05 09:{minute:02d}" for minute in range(1, 30, 4)]
OUT = [("2026-W01", "published")]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the log says, as JSON lines."""
    logger = logging.getLogger(LOGGER)
    before = logger.handlers, logger.level, logger.propagate
    stream = io.StringIO()
    write_log(stream, people=False)
    yield stream
    logger.handlers, logger.propagate = before[0], before[2]
    logger.setLevel(before[1])


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The desk's webhook."""
    with web_server() as server:
        yield server


def newsroom(home: Path, web: WebServer, more: str = "") -> Newsroom:
    """A newsroom that tells the webhook, and waits for a locked database only for a moment."""
    desk = Newsroom(home, more=f"notify: {{webhook: '{web.address}'}}\n{more}")
    return restarted(desk, desk.makers)


def restarted(desk: Newsroom, makers: Any) -> Newsroom:
    """The same newsroom with a new scheduler that makes its pages otherwise."""
    desk.makers = makers
    desk.rounds = desk.scheduler()
    desk.rounds.opened = partial(open_store, busy=0.2)
    return desk


def warnings(log: io.StringIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in lines if line["level"] != "info"]


def kinds(web: WebServer) -> list[str]:
    return [body["kind"] for _, body in web.posted]


def published_once(desk: Newsroom) -> None:
    """Makes rounds until nothing is due; the issue is whole, and nothing lies beside it."""
    done = [one for minute in LATER for one in desk.at(minute)]
    assert done == OUT
    output = desk.rounds.settings.output
    week = output / "weekly" / "2026-W01"
    assert verify(week / "v1")
    assert [path.name for path in week.iterdir()] == ["v1"]
    assert desk.states() == {"2026-W01": "published"}


def test_19_a_disk_that_is_full(tmp_path: Path, web: WebServer, log: io.StringIO) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=512k", "tmpfs") as disk:
        desk = newsroom(tmp_path, web, "output: disk/output")
        filler = fill(disk)
        assert desk.at(SLOT) == [("2026-W01", "retry")]
        (warning,) = warnings(log)
        assert warning["step"] == "retry"
        assert "cannot write" in warning["cause"]
        assert "No space left on device" in warning["cause"]
        assert (warning["edition"], warning["week"]) == ("weekly", "2026-W01")
        assert kinds(web) == ["failing"]
        assert "is not published yet: cannot write" in web.posted[0][1]["text"]
        assert not list(disk.rglob("*.json"))
        assert not list(disk.rglob(".*"))
        assert desk.at("2026-01-05 09:01") == [("2026-W01", "retry")]
        assert len(warnings(log)) == 1
        filler.unlink()
        published_once(desk)
        assert kinds(web) == ["failing", "recovered"]


def test_19_a_disk_that_is_full_with_the_database_on_it(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=1m", "tmpfs") as disk:
        desk = newsroom(tmp_path, web, "output: disk/output\ndatabase: sqlite:///disk/reporter.db")
        filler = fill(disk)
        assert desk.at(SLOT) == []
        (warning,) = warnings(log)
        assert warning["step"] == "machine"
        assert "make room on" in warning["cause"]
        assert kinds(web) == ["machine"]
        assert desk.at("2026-01-05 09:01") == []
        assert len(warnings(log)) == 1
        filler.unlink()
        published_once(desk)
        assert kinds(web) == ["machine", "recovered"]


def test_19_an_output_folder_that_cannot_be_written_to(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    place = tmp_path / "output"
    place.mkdir()
    desk = newsroom(tmp_path, web)
    with mounted(place, "--bind", str(place)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        assert desk.at(SLOT) == [("2026-W01", "retry")]
        (warning,) = warnings(log)
        assert "cannot write" in warning["cause"]
        assert "Read-only file system" in warning["cause"]
        assert kinds(web) == ["failing"]
    assert list(place.iterdir()) == []
    published_once(desk)
    assert kinds(web) == ["failing", "recovered"]


def test_19_a_file_where_the_output_folder_should_be(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    desk = newsroom(tmp_path, web)
    (tmp_path / "output").write_text("in the way")
    assert desk.at(SLOT) == [("2026-W01", "retry")]
    (warning,) = warnings(log)
    assert "cannot write" in warning["cause"]
    assert kinds(web) == ["failing"]
    (tmp_path / "output").unlink()
    published_once(desk)
    assert kinds(web) == ["failing", "recovered"]


def test_19_a_database_that_another_program_holds(tmp_path: Path, web: WebServer, log: io.StringIO) -> None:
    desk = newsroom(tmp_path, web)
    with closing(sqlite3.connect(tmp_path / "reporter.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert desk.at(SLOT) == []
        (warning,) = warnings(log)
        assert warning["step"] == "machine"
        assert "database is locked; another program holds it" in warning["cause"]
        assert kinds(web) == ["machine"]
        other.execute("ROLLBACK")
    assert not (tmp_path / "output").exists()
    published_once(desk)
    assert kinds(web) == ["machine", "recovered"]


def test_19_a_database_that_is_taken_away_while_the_pages_are_made(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    """The folder is not renamed into place; the claim is this process's own and is taken up again."""
    with closing(sqlite3.connect(tmp_path / "held.db", isolation_level=None)) as other:
        desk = newsroom(tmp_path, web, "database: sqlite:///held.db")
        other.execute("PRAGMA busy_timeout = 0")

        @contextmanager
        def makers(_: int) -> Iterator[Any]:
            def make(orders: list[Any], step: Any) -> dict[str, bytes]:
                other.execute("BEGIN IMMEDIATE")
                return {f"{one.name}.pdf": b"page" for one in orders}

            yield make

        restarted(desk, makers)
        assert desk.at(SLOT) == []
        other.execute("ROLLBACK")
    assert not (tmp_path / "output").exists()
    assert [one["step"] for one in warnings(log)] == ["retry", "machine"]
    assert kinds(web) == ["machine"]
    published_once(restarted(desk, no_pages))


def test_19_a_clock_that_goes_back_an_hour(tmp_path: Path, web: WebServer, log: io.StringIO) -> None:
    desk = newsroom(tmp_path, web)
    assert desk.at(SLOT) == OUT
    assert desk.at("2026-01-05 08:00") == []
    (warning,) = warnings(log)
    assert (warning["step"], warning["by"]) == ("the clock went back", "1:00:00")
    assert kinds(web) == ["clock"]
    assert "Check it." in web.posted[0][1]["text"]
    for minute in ("08:30", "09:00", "09:01"):
        assert desk.at(f"2026-01-05 {minute}") == []
    assert len(warnings(log)) == 1
    assert kinds(web) == ["clock"]
    assert desk.at("2026-01-12 09:00") == [("2026-W02", "published")]


def test_19_a_clock_that_goes_back_before_the_slot_is_tried(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    desk = newsroom(tmp_path, web)
    desk.at("2026-01-05 08:59")
    desk.at("2026-01-05 07:59")
    assert [one["step"] for one in warnings(log)] == ["the clock went back"]
    assert desk.at(SLOT) == OUT
    assert desk.at(SLOT) == []


def test_19_settings_that_are_not_valid_while_it_runs(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    desk = newsroom(tmp_path, web)
    good = (tmp_path / "schedule.yaml").read_text()
    (tmp_path / "schedule.yaml").write_text(good.replace("monday", "mornday"))
    assert desk.at("2026-01-05 08:59") == []
    (warning,) = warnings(log)
    assert warning["step"] == "settings"
    assert "editions.weekly.schedule.day" in warning["cause"]
    assert "The last good settings stay in force until it is mended." in warning["cause"]
    assert kinds(web) == ["settings"]
    assert desk.at(SLOT) == OUT
    (tmp_path / "schedule.yaml").write_text(good)
    assert desk.at("2026-01-05 09:01") == []
    assert kinds(web) == ["settings", "recovered"]


def test_19_records_that_are_away(tmp_path: Path, web: WebServer, log: io.StringIO) -> None:
    desk = newsroom(tmp_path, web)
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert desk.at(SLOT) == [("2026-W01", "held")]
    assert not (tmp_path / "output").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "data")
    published_once(desk)
    assert kinds(web) == ["calendars", "held", "recovered", "recovered"]


def test_19_a_bug_in_a_round_is_told_and_the_next_round_tries_again(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    desk = newsroom(tmp_path, web)

    @contextmanager
    def broken(_: int) -> Iterator[Any]:
        raise ZeroDivisionError("a bug")
        yield

    restarted(desk, broken)
    assert desk.at(SLOT) == []
    (warning,) = warnings(log)
    assert "ZeroDivisionError: a bug" in warning["cause"]
    assert kinds(web) == ["machine"]
    published_once(restarted(desk, no_pages))


def test_19_a_folder_that_is_not_whole_is_named_and_left_alone(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    """Somebody put it there: a folder of ours appears whole or not at all."""
    desk = newsroom(tmp_path, web)
    desk.at(SLOT)
    whole = tmp_path / "output" / "weekly" / "2026-W01" / "v1"
    copy = tmp_path / "output" / "weekly" / "2026-W02" / "v1"
    copy.mkdir(parents=True)
    (copy / "manifest.json").write_bytes((whole / "manifest.json").read_bytes())
    assert desk.at("2026-01-12 09:00") == [("2026-W02", "retry")]
    (warning,) = warnings(log)
    assert "the ledger does not know it" in warning["cause"]
    assert "move it away" in warning["cause"]
    assert [path.name for path in copy.iterdir()] == ["manifest.json"]
    assert desk.clock.now() == moment("2026-01-12 09:00")
    (copy / "manifest.json").unlink()
    copy.rmdir()
    assert desk.at("2026-01-12 09:05") == [("2026-W02", "published")]


def test_19_an_older_ledger_takes_over_what_was_published_since(
    tmp_path: Path, web: WebServer, log: io.StringIO
) -> None:
    desk = newsroom(tmp_path, web)
    with (
        closing(sqlite3.connect(tmp_path / "reporter.db")) as live,
        closing(sqlite3.connect(":memory:")) as kept,
    ):
        live.backup(kept)
        assert desk.at(SLOT) == OUT
        made = {path.name: path.read_bytes() for path in (tmp_path / "output/weekly/2026-W01/v1").iterdir()}
        kept.backup(live)
    assert desk.states() == {}
    published_once(restarted(desk, no_pages))
    again = {path.name: path.read_bytes() for path in (tmp_path / "output/weekly/2026-W01/v1").iterdir()}
    assert again == made
    assert "completed" in [json.loads(line)["step"] for line in log.getvalue().splitlines()]
