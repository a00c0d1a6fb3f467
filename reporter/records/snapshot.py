"""The records as they were known at a moment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.calendar import Period, PublicationCalendar
from reporter.errors import Problem, RecordsError
from reporter.records import rows as make
from reporter.records.canonical import table_hash, value_hash
from reporter.records.model import (
    Company,
    Event,
    Forecast,
    History,
    Instrument,
    Override,
    Place,
    Policy,
    Project,
    Rate,
    Route,
    Statistic,
    Vocabulary,
)
from reporter.records.price_history import basis, histories, window_start
from reporter.records.tables import TABLES
from reporter.records.validation import Records

Mask = NDArray[np.bool_]


def take_snapshot(records: Records, as_of: datetime) -> Snapshot:
    """Yields what was known of the records at a moment, which must have a time zone."""
    if as_of.tzinfo is None:
        raise ValueError("a snapshot needs a moment with a time zone")
    return Snapshot(records, as_of)


@dataclass(frozen=True)
class Snapshot:
    """The records as known at `as_of`: of each key the highest revision known by then.

    Values are made when first asked for, and once.
    """

    records: Records
    as_of: datetime

    def at(self, moment: datetime) -> Snapshot:
        """Yields what was known at an earlier moment; itself where that is not earlier than `as_of`."""
        return self if moment >= self.as_of else take_snapshot(self.records, moment)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Every version of every instrument, in the file's order."""
        return self.records.instruments

    @property
    def vocabulary(self) -> Vocabulary:
        """The market's words."""
        return self.records.vocabulary

    @property
    def calendars(self) -> Mapping[str, PublicationCalendar]:
        """The publication calendars by name."""
        return self.records.calendars

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """The projects known, in the file's order.

        One without `published_at` is known from its first known event; if no event names it at all, always.
        A correction changes neither: `published_at` is the lowest known revision's.
        """
        projects = self._projects()
        table = self.records.tables.get("events")
        named = set() if table is None or "project" not in table else set(table["project"].dropna())
        untold = named - {event.project for event in self.events}
        return tuple(one for one in projects if one.published_at is not None or one.id not in untold)

    def _projects(self) -> tuple[Project, ...]:
        if "projects" not in self.records.tables:
            return ()
        firsts = make.values(self._frame("projects"), "published_at", "moment", self._groups("projects")[0])
        return make.projects(self._dicts("projects"), firsts)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Events in the file's order: an event keeps the place of its lowest known revision."""
        if "events" not in self.records.tables:
            return ()
        firsts, frame = self._groups("events")[0], self._frame("events")
        first = {
            "order": make.values(frame, "line", "whole", firsts),
            "first_known_at": make.values(frame, "known_at", "moment", firsts),
            "first_reported_on": make.values(frame, "reported_on", "date", firsts),
        }
        rows = [dict(zip(first, row, strict=True)) for row in zip(*first.values(), strict=True)]
        return make.events(self._dicts("events"), rows)

    @cached_property
    def forecasts(self) -> tuple[Forecast, ...]:
        """Forecasts in the file's order."""
        return make.plain(Forecast, self._dicts("forecasts"))

    @cached_property
    def statistics(self) -> tuple[Statistic, ...]:
        """Statistics in the file's order."""
        return make.plain(Statistic, self._dicts("statistics"))

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Routes in the file's order."""
        return make.plain(Route, self._dicts("routes"))

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """Policies in the file's order."""
        return make.plain(Policy, self._dicts("policies"))

    @cached_property
    def companies(self) -> tuple[Company, ...]:
        """Companies in the file's order."""
        return make.plain(Company, self._dicts("companies"))

    @cached_property
    def overrides(self) -> tuple[Override, ...]:
        """Overrides of findings in the file's order."""
        return make.plain(Override, self._dicts("overrides"))

    @cached_property
    def translations(self) -> Mapping[str, Mapping[str, str]]:
        """By language, how the exact texts of the records read in it."""
        found: dict[str, dict[str, str]] = {}
        for row in self._dicts("translations"):
            found.setdefault(row["language"], {})[row["text"]] = row["translation"]
        return found

    def has_table(self, name: str) -> bool:
        """Tells whether there was a file of that table at all, however empty at as-of."""
        return name in self.records.tables or name in self.records.files

    def histories(self, period: Period, ids: Sequence[str] | None = None) -> tuple[History, ...]:
        """Yields the price histories that the figures of a period need, in the order of `ids`.

        Default: all, in the order of instruments.yaml. Nothing dated after the period is in them.
        RecordsError where an id is not in instruments.yaml; ValueError where the prices were read for
        another period or moment.
        """
        known: dict[str, list[Instrument]] = {}
        for instrument in self.instruments:
            known.setdefault(instrument.id, []).append(instrument)
        chosen = list(known) if ids is None else list(ids)
        if lost := [name for name in chosen if name not in known]:
            file = self.records.files.get("instruments", "instruments.yaml")
            raise RecordsError(
                [Problem("unknown_instrument", "is not an id here", file, value=name) for name in lost]
            )
        specs = {name: sorted(known[name], key=lambda one: one.spec_version) for name in chosen}
        if "prices" not in self.records.tables:
            return tuple(History(tuple(versions)) for versions in specs.values())
        self._refuse_unread(period, chosen)
        return histories(self._frame("prices"), self._known("prices"), period, specs)

    def _refuse_unread(self, period: Period, ids: Sequence[str]) -> None:
        window = self.records.windows.get("prices")
        if window is None:
            return
        lost = window.instruments is not None and not window.instruments.issuperset(ids)
        if lost or not window.bears(period, self.as_of):
            raise ValueError(f"the prices were not read for {period.week} as of {self.as_of.isoformat()}")

    def judges(self, key: str, period: Period) -> bool:
        """Tells whether the record of a key, `prices/latp/2025-12-05/r0`, would have been read: of a table
        read for a period only rows of its window and its instruments are sure to be there."""
        name, _, rest = key.partition("/")
        window = self.records.windows.get(name)
        instrument, _, day = rest.removesuffix("/").partition("/")
        try:
            dated = date.fromisoformat(day[:10])
        except ValueError:
            return True
        if window is None:
            return True
        counts = window.instruments is None or instrument in window.instruments
        return counts and window_start(period) <= dated <= period.end

    def fx(self, source: str, first: date, last: date) -> tuple[Rate, ...]:
        """Yields the current exchange rates of a source from `first` to `last`, in the file's order."""
        if "fx" not in self.records.tables:
            return ()
        frame, rows = self._frame("fx"), self._groups("fx")[1]
        days = frame["date"].to_numpy()[rows].astype("datetime64[D]")
        chosen = (days >= np.datetime64(first, "D")) & (days <= np.datetime64(last, "D"))
        chosen &= np.asarray(frame["source"] == source)[rows]
        return make.plain(Rate, make.dicts(frame, "fx", rows[chosen]))

    def latest_day(self, zone: tzinfo, instruments: Sequence[str] | None = None) -> date | None:
        """Yields the latest date of a known price or reported event that is not after as-of's day in `zone`.

        Of the prices only those of `instruments` count; default: all. An event counts with the date of its
        first known row, whose week tells it.
        """
        today = self.as_of.astimezone(zone).date()
        found = [event.first_reported_on or event.reported_on for event in self.events]
        if "prices" in self.records.tables:
            frame, rows = self._frame("prices"), self._known("prices")
            if instruments is not None:
                rows &= np.asarray(frame["instrument"].isin(list(instruments)))
            days = frame["date"].to_numpy()[rows].astype("datetime64[D]")
            days = days[days <= np.datetime64(today, "D")]
            found += [days.max().astype(object)] if len(days) else []
        return max((day for day in found if day <= today), default=None)

    def place(self, key: str) -> Place | None:
        """Yields where the record of a key stands, `prices/latp/2025-12-05/r0`; None if nowhere.

        A key without its revision stands for the current row.
        """
        if key in self.records.instrument_places:
            return self.records.instrument_places[key]
        name, _, rest = key.partition("/")
        if name not in self.records.tables:
            return None
        match = re.fullmatch(r"(?s)(.*)/r([0-9]+)", rest)
        frame, columns = self._frame(name), TABLES[name].key
        rows = frame["revision"].to_numpy() == int(match[2]) if match else self._known(name)
        parts = (match[1] if match else rest).split("/", len(columns) - 1)  # the last may be any text
        if len(parts) != len(columns):
            return None
        for column, part in zip(columns, parts, strict=True):
            rows &= _equal(frame[column], part)
        lines = frame["line"].to_numpy()[rows]
        if not len(lines):
            return None
        at = self.records.placings[name].at(int(lines[-1]), "", rest)
        return Place(self.records.files[name], int(lines[-1]), at)

    def table_hashes(self, period: Period) -> dict[str, str]:
        """Yields the SHA-256 of every table's rows known at as-of, all their revisions, and of the
        instruments, calendars and vocabulary, by name (`canonical` tells the form).

        Of a table that was not read whole, those rows that the figures of the period rest on.
        """
        hashes = {
            name: table_hash(frame, TABLES[name], self._hashed(name, period))
            for name, frame in self.records.tables.items()
        }
        hashes["instruments"] = value_hash(self.instruments)
        hashes["calendars"] = value_hash(dict(sorted(self.calendars.items())))
        hashes["vocabulary"] = value_hash(self.vocabulary)
        return dict(sorted(hashes.items()))

    def windows(self, period: Period) -> dict[str, date]:
        """Yields the first day of the period's window for every table that was not read whole."""
        return dict.fromkeys(sorted(self.records.windows), window_start(period))

    def _hashed(self, name: str, period: Period) -> Mask:
        window = self.records.windows.get(name)
        if window is None:
            return self._known(name)
        frame = self._frame(name)
        there = list(frame["instrument"].cat.categories)
        names = there if window.instruments is None else window.instruments
        return basis(frame, self._known(name), period, names)

    def _frame(self, name: str) -> pd.DataFrame:
        return self.records.tables[name]

    def _known(self, name: str) -> Mask:
        """The rows of a table that were known at as-of; NaT is always known."""
        moments = self._frame(name)["known_at"].dt.tz_localize(None).to_numpy()
        as_of = np.datetime64(self.as_of.astimezone(UTC).replace(tzinfo=None), "us")
        return np.asarray(np.isnat(moments) | (moments <= as_of))

    def _groups(self, name: str) -> tuple[make.Positions, make.Positions]:
        """The first and the last known row of every key: its lowest and its highest revision, in the
        file's order of the first."""
        frame = self._frame(name)
        known = np.flatnonzero(self._known(name))
        changes = np.zeros(max(len(known) - 1, 0), dtype=bool)
        for column in TABLES[name].key:
            cells = _comparable(frame[column])[known]
            changes |= cells[1:] != cells[:-1]
        firsts = known[np.concatenate([[True], changes])] if len(known) else known
        lasts = known[np.concatenate([changes, [True]])] if len(known) else known
        order = np.argsort(frame["line"].to_numpy()[firsts], kind="stable")
        return firsts[order], lasts[order]

    def _dicts(self, name: str) -> list[dict[str, Any]]:
        """The current rows of a table in the file's order; none where there is no such table."""
        if name not in self.records.tables:
            return []
        return make.dicts(self._frame(name), name, self._groups(name)[1])


def _comparable(column: pd.Series[Any]) -> NDArray[Any]:
    return column.cat.codes.to_numpy() if isinstance(column.dtype, pd.CategoricalDtype) else column.to_numpy()


def _equal(column: pd.Series[Any], text: str) -> Mask:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column == text)
    try:
        return np.asarray(column.to_numpy() == np.datetime64(date.fromisoformat(text)))
    except ValueError:
        return np.zeros(len(column), dtype=bool)
