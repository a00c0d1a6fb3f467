"""The scheduler's sign of life; publishing requirement 15."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reporter.errors import MachineError
from reporter.press.heartbeat import STALE, beat, last_beat, notify_manager

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def test_15_a_beat_says_when_who_and_what(tmp_path: Path) -> None:
    file = tmp_path / "reporter.heartbeat"
    beat(file, NOW, "weekly 2026-W01: figures")
    found = last_beat(file)
    assert found is not None
    assert (found.at, found.pid, found.doing) == (NOW, os.getpid(), "weekly 2026-W01: figures")
    assert [path.name for path in tmp_path.iterdir()] == ["reporter.heartbeat"]


def test_15_a_later_beat_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    file = tmp_path / "reporter.heartbeat"
    beat(file, NOW, "pages")
    beat(file, NOW + timedelta(seconds=30))
    found = last_beat(file)
    assert found is not None
    assert (found.at, found.doing) == (NOW + timedelta(seconds=30), "")


def test_15_a_beat_is_stale_after_five_minutes(tmp_path: Path) -> None:
    beat(tmp_path / "beat", NOW)
    found = last_beat(tmp_path / "beat")
    assert found is not None
    assert timedelta(minutes=5) == STALE
    assert not found.stale(NOW + STALE)
    assert found.stale(NOW + STALE + timedelta(seconds=1))


@pytest.mark.parametrize(
    "content", [None, "", "no json", "[]", "{}", '{"at": "soon", "pid": 1, "doing": ""}', "3"]
)
def test_15_a_file_that_says_nothing_is_no_sign_of_life(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "beat").write_text(content)
    assert last_beat(tmp_path / "beat") is None


def test_15_a_moment_without_zone_is_no_sign_of_life(tmp_path: Path) -> None:
    """It could not be compared with the present."""
    (tmp_path / "beat").write_text('{"at": "2026-01-05T01:00:00", "pid": 1, "doing": ""}')
    assert last_beat(tmp_path / "beat") is None


def test_15_a_file_that_is_no_text_is_no_sign_of_life(tmp_path: Path) -> None:
    (tmp_path / "beat").write_bytes(b"\xff\xfe\x00")
    assert last_beat(tmp_path / "beat") is None


def test_19_a_place_that_cannot_be_written_to_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"cannot write .*missing/beat"):
        beat(tmp_path / "missing" / "beat", NOW)


def test_15_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify_manager("WATCHDOG=1\nSTATUS=waiting")
        assert manager.recv(100) == b"WATCHDOG=1\nSTATUS=waiting"


def test_15_a_manager_with_an_abstract_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"reporter-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify_manager("READY=1")
        assert manager.recv(100) == b"READY=1"


@pytest.mark.parametrize("address", ["", "/nowhere/at/all"])
def test_15_without_a_manager_nothing_happens(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify_manager("READY=1")
    assert os.environ["NOTIFY_SOCKET"] == address
