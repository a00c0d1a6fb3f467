"""What one issue needs of a long price history: the days of its windows, and single days before them.

A source that can choose rows keeps every row from the window's first day to its last and, before it, the
days that `kept_keys` names. What `price_history` then yields is what the whole table would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from reporter.calendar import SUNDAY, Period
from reporter.records.price_history import LAST_DAYS, NEVER, window_start

Keys = NDArray[np.int64]
"""Instruments and days in one number each: `key`."""

WHOLE_BELOW = 500_000
_DAYS = 2**20  # room for every day of a calendar, half of it before 1970
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Need:
    """What an issue is made for.

    `zone` is that of days without a time, `today` as-of's day where the edition is published. Without a
    `period` it is that of the latest known day up to `today`. Without `instruments` all count. Tables of
    fewer than `whole_below` rows are read whole.
    """

    as_of: datetime
    zone: ZoneInfo
    today: date
    period: Period | None = None
    week_ends: int = SUNDAY
    instruments: frozenset[str] | None = None
    whole_below: int = WHOLE_BELOW

    @property
    def last_day(self) -> date:
        """The last day that may count."""
        return (self.period or Period.containing(self.today, self.week_ends)).end

    @property
    def known_until(self) -> date:
        """The last day whose rows without `published_at` are known."""
        after = self.as_of.astimezone(self.zone).date() + timedelta(days=1)
        begins = datetime(after.year, after.month, after.day, tzinfo=self.zone)
        return after if begins.astimezone(UTC) <= self.as_of else after - timedelta(days=1)

    def counts(self, instrument: str) -> bool:
        """Tells whether the edition prints an instrument."""
        return self.instruments is None or instrument in self.instruments

    def window(self, latest: date | None, rows: int) -> Window:
        """Yields the window of a table of `rows` rows whose latest known day up to `today` is `latest`."""
        period = self.period or Period.containing(latest or self.today, self.week_ends)
        # nothing known: no earlier row counts for any period
        first = window_start(period) if self.period or latest else date.min
        return Window(self.as_of, first, self.last_day, window_start(period), rows, self.instruments)


@dataclass(frozen=True)
class Window:
    """What was read of a table of `rows` rows: enough for every period whose records lie from `first` to
    `last`, as known at `as_of`; all rows from `begin` on."""

    as_of: datetime
    first: date
    last: date
    begin: date
    rows: int
    instruments: frozenset[str] | None = None

    def bears(self, period: Period, as_of: datetime) -> bool:
        """Tells whether the figures of a period can be made of it."""
        return as_of == self.as_of and self.first <= window_start(period) and period.end <= self.last


def number(day: date) -> int:
    """Yields a day as days since 1970."""
    return (day - _EPOCH).days


def day_of(days: int) -> date:
    """Yields the day of a number of days since 1970."""
    return _EPOCH + timedelta(days=days)


def key(instruments: NDArray[np.integer], days: NDArray[np.integer]) -> Keys:
    """Yields instruments (as codes) and days since 1970 as one number each, which sorts as they do."""
    return instruments.astype(np.int64) * _DAYS + days + _DAYS // 2


def split(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Yields the codes and the days of keys."""
    return keys // _DAYS, keys % _DAYS - _DAYS // 2


def contained(keys: Keys, known: Keys) -> NDArray[np.bool_]:
    """Tells of each key whether it is among `known`, which are sorted."""
    if not len(known):
        return np.zeros(len(keys), dtype=bool)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[places] == keys)


def kept_keys(revised: Keys, first: NDArray[np.int64], last: NDArray[np.int64], begin: int) -> Keys:
    """Yields the instruments and days to keep whatever the window, sorted: those with a revision above 0,
    each instrument's first assessed day, and the last days of what may have ended before `begin`.

    `revised` are sorted keys; `first` and `last` are, by instrument, the first and the last day before
    `begin` with an assessed row known at as-of among days without a revision (NEVER, -NEVER: none). Whether
    a revised day is assessed only its rows tell: each from `last` on may be the series' last.
    """
    there = np.flatnonzero(first != NEVER)
    instruments, days = split(revised)
    maybe = revised[(days < begin) & (days >= last[instruments])]
    ends = np.concatenate([key(there, last[there]), maybe])
    runs = (ends[:, None] - np.arange(LAST_DAYS + 1)).ravel()
    return np.unique(np.concatenate([revised, key(there, first[there]), runs]))
