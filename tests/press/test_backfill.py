"""Past weeks published afterwards, each as known at its own time, and corrected: publishing requirement 7."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reporter.calendar import Week
from reporter.press.by_hand import Wish, backfill, publish_now, weeks_of
from reporter.press.desk import Desk, open_desk
from reporter.press.publish import Press
from reporter.settings import load_settings
from tests.press.newsroom import Newsroom, no_pages, weekly_prices

SPAN = [f"2025-W{number}" for number in range(40, 50)]
CORRECTED = "latp,2025-10-09,,,105,assessed,1,2025-11-20T10:00+08:00"


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    """A newsroom that began in January 2026; a price of 2025-W41 was corrected six weeks later."""
    return Newsroom(tmp_path, prices=[*weekly_prices(date(2025, 9, 18), 17), CORRECTED])


def desk_of(room: Newsroom) -> Desk:
    return open_desk(load_settings(room.home / "schedule.yaml"), "weekly")


def filled(room: Newsroom) -> list[tuple[str, str]]:
    with no_pages(1) as make:
        done = backfill(
            Press(room.ledger, room.clock, make=make), desk_of(room), weeks_of("2025-W40..2025-W49")
        )
        return [(one.week, one.state) for one in done]


def files(room: Newsroom) -> dict[str, bytes]:
    """The bytes of every file of the issues, and of their index."""
    output = room.home / "output"
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


def price(room: Newsroom, week: str, version: int = 1) -> str:
    path = room.home / "output" / "weekly" / week / f"v{version}" / "prices.csv"
    return path.read_text().splitlines()[1]


def versions(room: Newsroom, week: str) -> list[dict[str, Any]]:
    index = json.loads((room.home / "output" / "weekly" / "index.json").read_text())
    found: list[dict[str, Any]] = next(one for one in index["issues"] if one["week"] == week)["versions"]
    return found


def test_7_a_backfill_publishes_each_week_once_however_often_it_is_asked_for(room: Newsroom) -> None:
    assert filled(room) == [(week, "published") for week in SPAN]
    before = files(room)
    assert filled(room) == [(week, "there") for week in SPAN]
    assert files(room) == before
    assert room.states() == dict.fromkeys(SPAN, "published")
    assert {one.attempts for one in room.ledger.entries()} == {1}


def test_7_each_week_is_printed_as_known_at_its_own_slot(room: Newsroom) -> None:
    filled(room)
    mondays = [str(Week.parse(week).period().back(-1).start) for week in SPAN]
    assert [room.manifest(week)["as_of"] for week in SPAN] == [f"{day}T09:00:00+08:00" for day in mondays]
    assert ",103," in price(room, "2025-W41")


def test_7_a_reissue_supersedes_and_overwrites_nothing(room: Newsroom) -> None:
    filled(room)
    before = files(room)
    wish = Wish(Week.parse("2025-W41").period(), room.clock.now(), reason="A price was wrong")
    with no_pages(1) as make:
        done = publish_now(Press(room.ledger, room.clock, make=make), desk_of(room), wish)
    assert done.version == 2
    assert ",105," in price(room, "2025-W41", 2)
    after = files(room)
    assert all(after[name] == content for name, content in before.items() if "index" not in name)
    told = [(one["version"], one["supersedes"], one["superseded_by"]) for one in versions(room, "2025-W41")]
    assert told == [(2, 1, None), (1, None, 2)]
    assert room.manifest("2025-W41", 2)["supersedes"]["reason"] == "A price was wrong"
    entry = room.ledger.entry("weekly", "2025-W41", 2)
    assert entry is not None
    assert (entry.state, entry.supersedes, entry.reissue_reason) == ("published", 1, "A price was wrong")
    assert filled(room) == [(week, "there") for week in SPAN]
