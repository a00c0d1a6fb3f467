"""A small newsroom for tests: a folder with records and settings, a clock moved by hand, a real ledger."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reporter.bulletin.pages import Maker, Order, Step, make_here
from reporter.clock import FixedClock
from reporter.journal import Journal
from reporter.press.attempt import Outcome
from reporter.press.ledger import Ledger, open_ledger
from reporter.press.rounds import Rounds
from reporter.press.settings_watch import SettingsWatch
from reporter.press.slots import Slot
from reporter.store import open_store
from tests.builders import folder

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGAN = datetime(2026, 1, 2, 12, tzinfo=SHANGHAI)  # a Friday


def moment(text: str) -> datetime:
    """Yields a local moment, `2026-01-05 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def weekly_prices(first: date, weeks: int, instrument: str = "latp") -> list[str]:
    """Yields a price for each Thursday from `first` on, known in the afternoon."""
    days = [first + timedelta(weeks=n) for n in range(weeks)]
    return [f"{instrument},{day},,,{100 + n},assessed,0,{day}T15:00+08:00" for n, day in enumerate(days)]


@contextmanager
def pages_here(_: int) -> Iterator[Maker]:
    """Yields the real maker of pages, in this process."""
    yield make_here


@contextmanager
def no_pages(_: int) -> Iterator[Maker]:
    """Yields a maker of pages that are a line each, for tests of what happens around them."""

    def make(orders: list[Order], step: Step) -> dict[str, bytes]:
        step("pages")
        return {f"{one.name}.{kind}": one.issue.week.encode() for one in orders for kind in ("html", "pdf")}

    yield make  # type: ignore[misc]


@dataclass
class Newsroom:
    """A desk in a folder; `schedule` are its edition's lines in schedule.yaml."""

    home: Path
    schedule: str = 'schedule: {day: monday, at: "09:00"}'
    more: str = ""
    prices: list[str] = field(default_factory=lambda: weekly_prices(date(2025, 12, 4), 60))
    tables: dict[str, Any] = field(default_factory=dict)
    makers: Any = no_pages
    clock: FixedClock = field(default_factory=lambda: FixedClock(BEGAN))

    def __post_init__(self) -> None:
        """Writes the folder; the ledger begins as the clock stands."""
        self.write()
        folder(self.home, "data", prices=self.prices, **self.tables)
        self.rounds = self.scheduler()
        self.rounds.round()

    def write(self, schedule: str | None = None, more: str | None = None) -> None:
        """Writes the settings, as they were but for what is given."""
        self.schedule = self.schedule if schedule is None else schedule
        self.more = self.more if more is None else more
        lines = "\n".join(f"    {line}" for line in self.schedule.splitlines())
        text = f"timezone: Asia/Shanghai\n{self.more}\neditions:\n  weekly:\n    title: Weekly\n{lines}\n"
        (self.home / "schedule.yaml").write_text(text)

    def scheduler(self) -> Rounds:
        """Yields another scheduler on the same ledger, as after a restart."""
        watch = SettingsWatch(self.home / "schedule.yaml")
        return Rounds(watch, self.clock, Journal(self.clock), self.makers, random.Random(7))

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened anew."""
        return open_ledger(open_store(self.rounds.settings.database), self.clock.now())

    def at(self, text: str) -> list[tuple[str, str]]:
        """Sets the clock and makes a round; yields the weeks tried, and how that ended."""
        self.clock.set(moment(text))
        return told(self.rounds.round())

    def states(self) -> dict[str, str]:
        """The states of the ledger's first versions, by week."""
        return {one.week: one.state for one in self.ledger.entries() if one.version == 1}

    def notices(self) -> list[tuple[str, str]]:
        """The notices so far, as kind and text."""
        from sqlalchemy import text

        with self.ledger.store.reading() as connection:
            rows = connection.execute(text("SELECT kind, text FROM notices ORDER BY id")).all()
        return [(kind, words) for kind, words in rows]

    def kinds(self) -> list[str]:
        """The kinds of the notices so far."""
        return [kind for kind, _ in self.notices()]

    def manifest(self, week: str, version: int = 1) -> dict[str, Any]:
        """The manifest of a published version."""
        path = self.home / "output" / "weekly" / week / f"v{version}" / "manifest.json"
        found: dict[str, Any] = json.loads(path.read_text())
        return found


def told(done: list[tuple[Slot, Outcome]]) -> list[tuple[str, str]]:
    """Yields what a round did, as weeks and states."""
    return [(str(slot.week), outcome.state) for slot, outcome in done]
