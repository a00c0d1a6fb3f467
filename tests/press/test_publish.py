"""Read → build → save."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reporter.errors import NothingToDo, UsageError
from reporter.press.desk import Desk, choose_period, open_desk, parse_as_of, published_as_of
from reporter.press.publish import publish
from reporter.records.snapshot import take_snapshot
from reporter.settings import load_settings
from tests.builders import folder

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SETTINGS = "timezone: Asia/Shanghai\nrecords: records\neditions: {weekly: {title: Weekly}}\n"


def desk_of(tmp_path: Path, prices: str | list[str]) -> Desk:
    (tmp_path / "schedule.yaml").write_text(SETTINGS)
    folder(tmp_path, prices=prices)
    return open_desk(load_settings(tmp_path / "schedule.yaml"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-06T21:47+08:00", "2025-12-06T21:47:00+08:00"),
        ("2025-12-06T21:47", "2025-12-06T21:47:00+08:00"),
        ("2025-12-06", "2025-12-06T23:59:59+08:00"),
        ("2025-12-06T13:47:00Z", "2025-12-06T13:47:00+00:00"),
        ("2025-12-06 21:47:30.5", "2025-12-06T21:47:30.500000+08:00"),
        (None, "2026-01-10T20:00:00+08:00"),
    ],
)
def test_an_as_of_means_its_moment(text: str | None, moment: str) -> None:
    assert parse_as_of(text, SHANGHAI, NOW.replace(microsecond=123456)).isoformat() == moment


@pytest.mark.parametrize(
    "text", ["yesterday", "2025-13-01", "2025-12-06T25:00", "", "20251206", "2025-W49-5", "2025-12-06T"]
)
def test_an_as_of_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a moment such as"):
        parse_as_of(text, SHANGHAI, NOW)


def test_the_latest_week_with_a_known_record_is_the_default(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, ["latp,2025-11-28,,,140", "latp,2025-12-05,,,145"])
    snapshot = take_snapshot(desk.records, NOW)
    assert str(choose_period(desk, snapshot, None).week) == "2025-W49"
    earlier = take_snapshot(desk.records, datetime(2025, 12, 1, tzinfo=SHANGHAI))
    assert str(choose_period(desk, earlier, None).week) == "2025-W48"


def test_a_week_of_which_nothing_is_known_is_nothing_to_do(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "latp,2025-12-05,,,145")
    with pytest.raises(NothingToDo, match="no price and no event of 2025-10-06 to 2025-10-12 is known"):
        publish(desk, NOW, "2025-W41")
    assert not list((tmp_path / "output").rglob("*.json"))


def test_a_published_version_is_never_changed(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "latp,2025-12-05,,,145")
    issue, folder_ = publish(desk, NOW)
    assert (issue.version, folder_.name) == (1, "v1")
    before = {path.name: path.read_bytes() for path in folder_.iterdir()}
    with pytest.raises(NothingToDo, match="is published already"):
        publish(desk, NOW)
    assert {path.name: path.read_bytes() for path in folder_.iterdir()} == before


def test_a_draft_stands_beside_what_is_published(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "latp,2025-12-05,,,145")
    assert published_as_of(tmp_path / "output", "weekly", "2025-W49") is None
    publish(desk, NOW)
    issue, draft = publish(desk, NOW, draft=True)
    assert (issue.version, draft.name) == (None, "draft")
    moment = published_as_of(tmp_path / "output", "weekly", "2025-W49")
    assert moment == NOW


def test_the_same_moment_in_another_zone_gives_the_same_files(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, "latp,2025-12-05,,,145")
    made = []
    for zone in (UTC, SHANGHAI):
        moment = datetime(2025, 12, 8, tzinfo=UTC).astimezone(zone)
        _, draft = publish(desk, moment, draft=True)
        made.append((draft / "figures.json").read_bytes() + (draft / "manifest.json").read_bytes())
    assert made[0] == made[1]
