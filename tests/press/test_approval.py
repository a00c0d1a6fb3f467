"""A draft is approved by what it says, and what is changed later voids that: publishing requirement 13."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reporter.press.by_hand import approve
from reporter.press.desk import open_desk
from reporter.press.publish import publish
from reporter.settings import load_settings
from tests.press.newsroom import Newsroom, moment, no_pages

SETTINGS = 'schedule: {day: monday, at: "09:00"}\napproval: true'
WEEK = "2026-W01"


@pytest.fixture
def room(tmp_path: Path) -> Newsroom:
    """A newsroom that publishes only what was approved, with a template of its own."""
    own = tmp_path / "own" / "bulletin" / "note.html"
    own.parent.mkdir(parents=True)
    own.write_text("a note")
    return Newsroom(tmp_path, SETTINGS, "templates: own")


def approved(room: Newsroom, at: str) -> str:
    """Makes a draft as of a moment and approves it; yields the hash of its content."""
    room.clock.set(moment(at))
    settings = load_settings(room.home / "schedule.yaml")
    with no_pages(1) as make:
        publish(open_desk(settings, "weekly"), room.clock.now(), WEEK, draft=True, make=make)
    return approve(room.ledger, settings, "weekly", WEEK, room.clock.now())


def test_13_without_an_approval_the_issue_is_held_and_says_so(room: Newsroom) -> None:
    assert room.at("2026-01-05 09:00") == [(WEEK, "held")]
    assert "[not_approved]" in room.notices()[0][1]
    approved(room, "2026-01-05 09:02")
    assert room.at("2026-01-05 09:05") == [(WEEK, "published")]


def test_13_what_says_the_same_as_of_another_moment_is_approved(room: Newsroom) -> None:
    content = approved(room, "2026-01-05 07:30")
    assert room.at("2026-01-05 09:00") == [(WEEK, "published")]
    manifest = room.manifest(WEEK)
    assert (manifest["as_of"], manifest["content"]) == ("2026-01-05T09:00:00+08:00", content)


def changed_price(room: Newsroom) -> None:
    with (room.home / "data" / "prices.csv").open("a") as file:
        file.write("latp,2026-01-01,,,150,assessed,1,2026-01-05T08:30+08:00,A slip,,,\n")


def commented(room: Newsroom) -> None:
    file = room.home / "data" / "commentary" / "weekly" / f"{WEEK}.en.md"
    file.parent.mkdir(parents=True)
    file.write_text("Nobody bought.\n")


def other_template(room: Newsroom) -> None:
    (room.home / "own" / "bulletin" / "note.html").write_text("another note")


def other_settings(room: Newsroom) -> None:
    room.write(f"{SETTINGS}\nheadline_instruments: [latp]")


@pytest.mark.parametrize("change", [changed_price, commented, other_template, other_settings])
def test_13_any_later_change_voids_the_approval(room: Newsroom, change: Callable[[Newsroom], None]) -> None:
    """A new draft, approved, goes out."""
    before = approved(room, "2026-01-05 07:30")
    change(room)
    assert room.at("2026-01-05 09:00") == [(WEEK, "held")]
    assert "[not_approved]" in room.notices()[-1][1]
    assert approved(room, "2026-01-05 09:02") != before
    assert room.at("2026-01-05 09:05") == [(WEEK, "published")]


def test_13_a_change_that_the_issue_does_not_print_leaves_the_approval(room: Newsroom) -> None:
    approved(room, "2026-01-05 07:30")
    with (room.home / "data" / "prices.csv").open("a") as file:
        file.write("latp,2026-01-06,,,150,assessed,0,2026-01-06T15:00+08:00,,,,\n")
    assert room.at("2026-01-05 09:00") == [(WEEK, "published")]
