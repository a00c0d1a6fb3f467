"""What people ask for themselves: a re-issue without a ledger, an override, an approval."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.errors import HeldError, NothingToDo, UsageError
from reporter.press.by_hand import Wish, approve, open_books, override, publish_now, weeks_of
from reporter.press.desk import Desk, open_desk
from reporter.press.publish import Press, publish
from reporter.settings import load_settings
from tests.press.newsroom import Newsroom, moment, no_pages, pages_here

LATER = moment("2026-01-20 12:00")


def press_of(room: Newsroom) -> Press:
    with no_pages(1) as make:
        return Press(room.ledger, room.clock, make=make)


def desk_of(room: Newsroom) -> Desk:
    return open_desk(load_settings(room.home / "schedule.yaml"))


def wish(room: Newsroom, reason: str | None = None) -> Wish:
    return Wish(weeks_of("2026-W01")[0].period(), room.clock.now(), reason=reason)


def correct(room: Newsroom) -> None:
    """Corrects the price of week 1."""
    with (room.home / "data" / "prices.csv").open("a") as file:
        file.write("latp,2026-01-01,,,110,assessed,1,2026-01-15T09:00+08:00,misread,,,\n")


def test_a_reissue_follows_what_is_published_and_names_it(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    room.at("2026-01-05 09:00")
    with pytest.raises(NothingToDo, match="is published already"):
        publish_now(press_of(room), desk_of(room), wish(room))
    room.clock.set(LATER)
    correct(room)
    done = publish_now(press_of(room), desk_of(room), wish(room, "misread"))
    assert (done.version, done.folder.name) == (2, "v2")
    entry = room.ledger.entry("weekly", "2026-W01", 2)
    assert entry is not None
    assert (entry.state, entry.supersedes, entry.reissue_reason) == ("published", 1, "misread")
    assert room.manifest("2026-W01", 2)["supersedes"]["version"] == 1


def test_a_reissue_that_says_nothing_new_leaves_nothing_behind(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, makers=pages_here)
    room.at("2026-01-05 09:00")
    room.clock.set(LATER)
    with pytest.raises(NothingToDo, match="nothing has changed"):
        publish_now(Press(room.ledger, room.clock), desk_of(room), wish(room, "misread"))
    assert [one.version for one in room.ledger.entries()] == [1]


def test_a_lost_ledger_learns_from_the_folders(tmp_path: Path) -> None:
    room = Newsroom(tmp_path)
    room.at("2026-01-05 09:00")
    for file in tmp_path.glob("reporter.db*"):
        file.unlink()
    room.clock.set(LATER)
    open_books(load_settings(tmp_path / "schedule.yaml"), room.clock)
    correct(room)
    done = publish_now(press_of(room), desk_of(room), wish(room, "misread"))
    assert done.version == 2
    assert [(one.version, one.state) for one in room.ledger.entries()] == [
        (1, "published"),
        (2, "published"),
    ]


def test_11_an_override_is_in_the_ledger_and_in_the_manifest(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, 'schedule: {day: monday, at: "09:00"}\ngate: {few_events: {least: 1}}')
    assert room.at("2026-01-05 09:00") == [("2026-W01", "held")]
    with pytest.raises(HeldError, match=r"few_events.*`--override few_events --reason TEXT`"):
        publish_now(press_of(room), desk_of(room), wish(room))
    override(room.ledger, "weekly", "2026-W01", "few_events", "a quiet week", room.clock.now())
    assert publish_now(press_of(room), desk_of(room), wish(room)).version == 1
    assert room.manifest("2026-W01")["overrides"] == {"few_events": "a quiet week"}
    assert [(one.rule, one.reason) for one in room.ledger.overrides("weekly", "2026-W01")] == [
        ("few_events", "a quiet week")
    ]


@pytest.mark.parametrize(("rule", "words"), [("jumps", "is no rule"), ("refused", "cannot be overridden")])
def test_what_cannot_be_overridden_is_refused(tmp_path: Path, rule: str, words: str) -> None:
    room = Newsroom(tmp_path)
    with pytest.raises(UsageError, match=words):
        override(room.ledger, "weekly", "2026-W01", rule, "why", room.clock.now())


def test_13_an_approval_is_of_what_the_draft_says_and_later_changes_void_it(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, 'schedule: {day: monday, at: "09:00"}\napproval: true')
    settings = load_settings(tmp_path / "schedule.yaml")
    with pytest.raises(UsageError, match="there is no draft"):
        approve(room.ledger, settings, "weekly", "2026-W01", room.clock.now())
    assert room.at("2026-01-05 09:00") == [("2026-W01", "held")]
    assert "nobody has approved" in room.notices()[0][1]
    with no_pages(1) as make:
        publish(desk_of(room), moment("2026-01-05 09:02"), "2026-W01", draft=True, make=make)
    approve(room.ledger, settings, "weekly", "2026-W01", room.clock.now())
    prices = tmp_path / "data" / "prices.csv"
    good = prices.read_text()
    prices.write_text(good.replace("latp,2026-01-01,,,104", "latp,2026-01-01,,,105"))
    assert room.at("2026-01-05 09:05") == [("2026-W01", "held")]
    prices.write_text(good)
    assert room.at("2026-01-05 09:10") == [("2026-W01", "published")]
    draft = room.home / "output" / "weekly" / "2026-W01" / "draft" / "manifest.json"
    assert f'"content": "{room.manifest("2026-W01")["content"]}"' in draft.read_text()


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("2025-W40", ["2025-W40"]),
        ("2025-W51..2026-W02", ["2025-W51", "2025-W52", "2026-W01", "2026-W02"]),
        ("2026-W52..2027-W01", ["2026-W52", "2026-W53", "2027-W01"]),
    ],
)
def test_weeks_from_and_to(text: str, weeks: list[str]) -> None:
    assert [str(week) for week in weeks_of(text)] == weeks


@pytest.mark.parametrize(
    "text", ["2025-W54", "2025-W40..", "..2025-W40", "2025-W40..2025-W39", "2010-W01..2026-W01"]
)
def test_weeks_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        weeks_of(text)
