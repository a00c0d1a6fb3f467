"""The price records that the figures of a period need, picked from the whole table at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.calendar import Period
from reporter.records.model import Assessment, History, Instrument
from reporter.records.rows import Positions, assessments

_WINDOW_DAYS = 400  # 52 weeks and room for the base of a year ago
_BEFORE_YEAR = 7  # a period that ends on 1 January of the previous year began before it
LAST_DAYS = 6  # of a series that ended: what may belong to its last period

NEVER = 10**9  # days: later than any, and its negative earlier


def window_start(period: Period) -> date:
    """Yields the first day whose records the figures of a period may need."""
    year_before = date(period.end.year - 1, 1, 1) - timedelta(days=_BEFORE_YEAR)
    return min(period.end - timedelta(days=_WINDOW_DAYS), year_before)


def histories(
    frame: pd.DataFrame,
    known: NDArray[np.bool_],
    period: Period,
    specs: Mapping[str, Sequence[Instrument]],
) -> tuple[History, ...]:
    """Yields one History for each instrument of `specs`, in that order.

    `frame` is the price table, sorted by instrument, date and revision; `known` marks its rows that
    are known at as-of.
    """
    rows = _rows(frame, known, period.end, specs)
    first, last = rows.assessed_span()
    windows = _by_instrument(assessments(frame, rows.in_window(window_start(period), last)))
    chains = _by_instrument(assessments(frame, rows.revised()))
    names = list(frame["instrument"].cat.categories)
    begins = {name: _day(first[code]) for code, name in enumerate(names) if first[code] != NEVER}
    return tuple(
        History(
            tuple(versions),
            tuple(windows.get(name, ())),
            begins.get(name),
            tuple(tuple(chain) for _, chain in groupby(chains.get(name, ()), key=lambda one: one.date)),
        )
        for name, versions in specs.items()
    )


def basis(
    frame: pd.DataFrame, known: NDArray[np.bool_], period: Period, names: Iterable[str]
) -> NDArray[np.bool_]:
    """Marks the known rows that the figures of a period rest on: those of its window in all their revisions,
    every day with a revision above 0, each instrument's first assessed one, and the last days of a series
    that ended. What else a table holds does not change them."""
    rows = _rows(frame, known, period.end, names)
    first, last = rows.assessed_span()
    start = window_start(period)
    begins = rows.current & rows.assessed & (rows.day == first[rows.instrument])
    marked = np.zeros(len(frame), dtype=bool)
    for positions in (
        rows.positions[rows.day >= _number(start)],
        rows.revised(),
        rows.in_window(start, last),
        rows.positions[begins],
    ):
        marked[positions] = True
    return marked


@dataclass(frozen=True)
class _Rows:
    """Known rows as parallel arrays: where each stands, its instrument, day, revision, and whether it
    is the current one of its day and an assessed one."""

    positions: Positions
    instrument: NDArray[Any]
    day: NDArray[np.int64]
    revision: NDArray[np.int64]
    current: NDArray[np.bool_]
    assessed: NDArray[np.bool_]
    instruments: int

    def assessed_span(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first and last day of a current assessed record, by instrument code."""
        first = np.full(self.instruments, NEVER, dtype=np.int64)
        last = np.full(self.instruments, -NEVER, dtype=np.int64)
        chosen = self.current & self.assessed
        np.minimum.at(first, self.instrument[chosen], self.day[chosen])
        np.maximum.at(last, self.instrument[chosen], self.day[chosen])
        return first, last

    def in_window(self, start: date, last: NDArray[np.int64]) -> Positions:
        """The current rows from `start` on, and of a series that ended before it those of its last days."""
        begin = _number(start)
        ended = last[self.instrument]
        ending = (ended < begin) & (self.day <= ended) & (self.day >= ended - LAST_DAYS)
        rows: Positions = self.positions[self.current & ((self.day >= begin) | ending)]
        return rows

    def revised(self) -> Positions:
        """All rows of every day that has a revision above 0."""
        group = np.cumsum(np.concatenate([[False], self.current[:-1]])) if len(self.current) else self.day
        touched = np.zeros(int(group[-1]) + 1 if len(group) else 0, dtype=bool)
        touched[group[self.revision > 0]] = True
        rows: Positions = self.positions[touched[group]]
        return rows


def _rows(frame: pd.DataFrame, known: NDArray[np.bool_], end: date, names: Iterable[str]) -> _Rows:
    codes = frame["instrument"].cat.codes.to_numpy()
    categories = frame["instrument"].cat.categories
    days = frame["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    wanted = categories.isin(list(names))
    positions = np.flatnonzero(known & (days <= _number(end)) & wanted[codes])
    instrument, day = codes[positions], days[positions]
    changes = (instrument[1:] != instrument[:-1]) | (day[1:] != day[:-1])
    return _Rows(
        positions,
        instrument,
        day,
        frame["revision"].to_numpy()[positions],
        np.concatenate([changes, [True]]) if len(positions) else np.empty(0, dtype=bool),
        np.asarray(frame["status"] == "assessed")[positions],
        len(categories),
    )


def _by_instrument(records: Iterable[Assessment]) -> dict[str, list[Assessment]]:
    return {name: list(group) for name, group in groupby(records, key=lambda one: one.instrument)}


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _day(number: np.int64) -> date:
    day: date = np.datetime64(int(number), "D").astype(object)
    return day
