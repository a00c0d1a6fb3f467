"""A year of two weekly editions, by a clock moved by hand: publishing requirements 2, 4, 5, 6, 8, 11, 12, 14."""

from __future__ import annotations

import io
import json
import logging
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from reporter.journal import LOGGER, Journal, write_log
from reporter.press.by_hand import override
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.ledger_tables import Entry
from reporter.press.rounds import Rounds
from reporter.press.settings_watch import SettingsWatch
from reporter.store import open_store
from tests.builders import folder
from tests.press.newsroom import FixedClock, no_pages, weekly_prices

SETTINGS = """timezone: Asia/Shanghai
editions:
  east:
    title: East
    headline_instruments: [latp]
    gate: {no_headline_price: hold}
    schedule: {day: monday, at: "09:00", wait_until: "11:00", calendar: MC, catch_up: all, max_age: 14d}
  west:
    title: West
    timezone: Europe/London
    week_ends: saturday
    instruments: [quartz]
    headline_instruments: [quartz]
    schedule: {day: sunday, at: "01:30", max_age: 14d}
"""
HOLIDAYS = """MC:
  holidays: [2026-02-16..2026-02-20, 2026-05-04, 2026-10-01..2026-10-08{more}]
  workdays: [2026-02-21]
"""
BEGAN = datetime(2026, 1, 1, 12, tzinfo=UTC)
AWAY = (datetime(2026, 6, 26, 12, tzinfo=UTC), datetime(2026, 7, 6, 12, tzinfo=UTC))
LATE, NEVER = "latp,2026-03-05", "latp,2026-05-14"
OVERRIDDEN = datetime(2026, 5, 20, 1, tzinfo=UTC)
CALENDAR_MENDED = datetime(2026, 11, 16, tzinfo=UTC)
WEEKS = [f"2026-W{number:02d}" for number in range(1, 54)]


@dataclass(frozen=True)
class Year:
    """What a year left: its folder, its ledger, its log as people read it, and how often there was a round."""

    home: Path
    ledger: Ledger
    log: str
    rounds: int

    def entries(self, edition: str) -> dict[str, Entry]:
        return {one.week: one for one in self.ledger.entries(edition)}

    def notices(self) -> list[tuple[str, str]]:
        from sqlalchemy import text

        with self.ledger.store.reading() as connection:
            rows = connection.execute(text("SELECT kind, text FROM notices ORDER BY id")).all()
        return [(kind, words) for kind, words in rows]


def moments() -> Iterator[datetime]:
    """Yields the moments of the rounds, some each day, less those of an outage of ten days."""
    for day in (BEGAN.date() + timedelta(days=n) for n in range(1, 370)):
        for at in {6: ("00:31", "01:31"), 0: ("00:31", "01:01", "03:05")}.get(day.weekday(), ("01:01",)):
            moment = datetime.combine(day, time.fromisoformat(at), UTC)
            if not AWAY[0] < moment < AWAY[1]:
                yield moment


def records(home: Path) -> None:
    """Writes the year's records: one price that comes late, one that never comes."""
    latp = [row for row in weekly_prices(date(2025, 12, 4), 58) if not row.startswith((LATE, NEVER))]
    latp.append(f"{LATE},,,140,assessed,0,2026-03-10T15:00+08:00")
    quartz = weekly_prices(date(2025, 12, 4), 58, "quartz")
    folder(home, "data", prices=[*latp, *quartz], calendars=HOLIDAYS.format(more=""))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    home = tmp_path_factory.mktemp("year")
    (home / "schedule.yaml").write_text(SETTINGS)
    records(home)
    clock, log, count = FixedClock(BEGAN), io.StringIO(), 0
    write_log(log, people=True)
    rounds = Rounds(SettingsWatch(home / "schedule.yaml"), clock, Journal(clock), no_pages, random.Random(7))
    ledger = open_ledger(open_store(rounds.settings.database), clock.now())
    rounds.round()
    for moment in moments():
        if clock.moment < OVERRIDDEN <= moment:
            override(ledger, "east", "2026-W20", "no_headline_price", "No trade that week", OVERRIDDEN)
        if clock.moment < CALENDAR_MENDED <= moment:
            (home / "data" / "calendars.yaml").write_text(HOLIDAYS.format(more=", 2027-01-01"))
        clock.set(moment)
        rounds.round()
        count += 1
    yield Year(home, ledger, log.getvalue(), count)
    logging.getLogger(LOGGER).handlers.clear()


def test_2_every_week_of_the_year_has_its_issue_or_the_reason_why_not(year: Year) -> None:
    """A year of 53 weeks."""
    east, west = year.entries("east"), year.entries("west")
    assert (list(east), list(west)) == (WEEKS, WEEKS)
    assert {one.state for one in east.values()} == {"published"}
    assert [week for week, one in west.items() if one.state != "published"] == ["2026-W26"]
    assert west["2026-W26"].reason == "missed, and catch_up is latest"
    assert {one.version for one in (*east.values(), *west.values())} == {1}


def test_2_the_index_lists_what_is_published_and_nothing_is_left_over(year: Year) -> None:
    for edition in ("east", "west"):
        index = json.loads((year.home / "output" / edition / "index.json").read_text())
        known = [one.week for one in year.entries(edition).values() if one.state == "published"]
        assert [one["week"] for one in index["issues"]] == known[::-1]
    assert list((year.home / "output").rglob(".*")) == []


def test_8_slots_on_holidays_came_when_the_calendar_says(year: Year) -> None:
    moved = {
        week: one.slot.strftime("%m-%d %H:%M")
        for week, one in year.entries("east").items()
        if one.slot is not None and one.slot.weekday() != 0
    }
    assert moved == {
        "2026-W07": "02-21 01:00",  # a make-up workday
        "2026-W18": "05-05 01:00",
        "2026-W40": "10-09 01:00",
    }


def test_5_each_night_of_the_year_has_one_slot_whatever_the_clock_does(year: Year) -> None:
    west = year.entries("west")
    told = {week: one.slot.strftime("%m-%d %H:%M") for week, one in west.items() if one.slot}
    assert told["2026-W12"] == "03-22 01:30"
    assert told["2026-W13"] == "03-29 01:30"  # 01:30 in London does not exist: 02:30 summer time
    assert told["2026-W14"] == "04-05 00:30"
    assert told["2026-W43"] == "10-25 00:30"  # the first of two
    assert told["2026-W44"] == "11-01 01:30"
    assert sorted(Counter(at[6:] for at in told.values()).items()) == [("00:30", 30), ("01:30", 23)]


def test_12_an_issue_is_as_of_its_slot_unless_it_had_to_wait(year: Year) -> None:
    later = {
        week: one.as_of.strftime("%m-%d %H:%M")
        for week, one in year.entries("east").items()
        if one.slot != one.as_of and one.as_of is not None
    }
    assert later == {"2026-W10": "03-11 01:01"}
    manifest = year.home / "output" / "east" / "2026-W20" / "v1" / "manifest.json"
    assert json.loads(manifest.read_text())["overrides"] == {"no_headline_price": "No trade that week"}


def test_14_the_desk_is_told_everything_once(year: Year) -> None:
    found = year.notices()
    assert len(set(found)) == len(found)
    assert [(kind, next(word for word in text.split() if "2026-W" in word)) for kind, text in found[:-1]] == [
        ("held", "2026-W10,"),
        ("late", "2026-W10"),
        ("recovered", "2026-W10"),
        ("held", "2026-W20,"),
        ("late", "2026-W20"),
        ("recovered", "2026-W20"),
        ("late", "2026-W26,"),
        ("late", "2026-W27,"),
        ("missed", "2026-W26"),
        ("late", "2026-W27,"),
    ]
    assert found[-1] == (
        "calendar",
        "The calendar MC knows no holiday of 2027: from then on east is held. Add the year to calendars.yaml.",
    )


STORY = """
2026-01-04 01:31:00  west  2026-W01  v1  published
2026-01-05 01:01:00  east  2026-W01  v1  published
2026-02-21 01:01:00  east  2026-W07  v1  published … is a holiday of MC: the next workday, Saturday 2026-02-21
2026-03-09 01:01:00  east  2026-W10  v1  WAITING … [no_headline_price]
2026-03-09 03:05:00  east  2026-W10  v1  HELD … [no_headline_price]
2026-03-10 01:01:00  east  2026-W10  LATE
2026-03-11 01:01:00  east  2026-W10  v1  published … late: it was due on 2026-03-09 at 09:00
2026-03-29 01:31:00  west  2026-W13  v1  published … the clock skips 01:30 on 2026-03-29: 02:30
2026-05-18 03:05:00  east  2026-W20  v1  HELD … [no_headline_price]
2026-05-20 01:01:00  east  2026-W20  v1  published
2026-07-07 01:01:00  east  2026-W26  v1  published … late: it was due on 2026-06-29 at 09:00
2026-07-07 01:01:00  east  2026-W27  v1  published … late: it was due on 2026-07-06 at 09:00
2026-07-07 01:01:00  west  2026-W26  skipped  missed, and catch_up is latest
2026-07-07 01:01:00  west  2026-W27  v1  published … late: it was due on 2026-07-05 at 01:30
2026-10-09 01:01:00  east  2026-W40  v1  published … the next workday, Friday 2026-10-09
2026-10-25 00:31:00  west  2026-W43  v1  published … 01:30 comes twice on 2026-10-25
2026-11-02 00:31:00  east  A YEAR WITHOUT CALENDAR DATA  MC 2027
2027-01-03 01:31:00  west  2026-W53  v1  published
2027-01-04 01:01:00  east  2026-W53  v1  published
"""


def test_17_the_log_of_the_year_reads_like_a_story(year: Year) -> None:
    """Its turning points in order; besides them there are only issues that went out as they should."""
    lines = year.log.splitlines()
    at = 0
    for wanted in STORY.strip().splitlines():
        begins, _, has = wanted.partition(" … ")
        at = next(n for n, line in enumerate(lines[at:], at + 1) if line.startswith(begins) and has in line)
    assert len([line for line in lines if "  published  " in line]) == 105
    assert len(lines) == 105 + 8
