"""Rules of the price table, held against all rows at once on exact whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reporter.records.cells import unknown
from reporter.records.columns import EMPTY, Cells, Judged, whole
from reporter.records.instruments import Instruments
from reporter.records.model import Instrument
from reporter.records.problems import Problems
from reporter.records.rules import check_whole_range

_NEED_NUMBERS = ("assessed", "estimated")
_MAY_HAVE_NUMBERS = (*_NEED_NUMBERS, "rolled_over")  # without any, the last value is carried over
_ALWAYS: np.datetime64[Any] = np.datetime64("0001-01-01", "D")


def check_prices(table: Judged, instruments: Instruments | None, problems: Problems) -> None:
    """Refuses impossible prices and warns of averages off the mid (docs/figures.md rule 1)."""
    _check_numbers(table, problems)
    if instruments is not None:
        _check_instruments(table, instruments, problems)
    ticks = _ticks(table, instruments or Instruments())
    numbers = whole([table["low"], table["high"], table["average"], ticks])
    check_whole_range(table, "low", "high", numbers, problems)
    _check_averages(table, ticks, numbers, problems)


def _check_numbers(table: Judged, problems: Problems) -> None:
    low, high, average = table["low"], table["high"], table["average"]
    none = low.empty & high.empty & average.empty
    needs = table["status"].where(lambda status: status in _NEED_NUMBERS)
    message = "needs low and high, or average; a row that states only a direction has status not_assessed"
    table.report(problems, needs & none, "no_number", "status", message)
    barred = table["status"].where(lambda status: status not in _MAY_HAVE_NUMBERS)
    some = low.given | high.given | average.given
    message = "must not come with numbers; leave low, high and average empty"
    table.report(problems, barred & some, "number_not_assessed", "status", message)


def _check_averages(table: Judged, ticks: Cells, numbers: Sequence[NDArray[Any]], problems: Problems) -> None:
    low, high, average = table["low"], table["high"], table["average"]
    lows, highs, averages, tick = numbers
    stated = low.given & high.given & average.given & (lows <= highs)
    outside = stated & ((averages < lows) | (averages > highs))
    message = "lies outside low and high, {low} to {high}"
    table.report(problems, outside, "average_outside", "average", message)
    # |average − (low + high) / 2| > tick / 2, doubled
    off = stated & ~outside & ticks.given & (np.abs(2 * averages - lows - highs) > tick)
    message = "differs from the mid of {low} and {high} by more than half a tick"
    table.report(problems, off, "average_off_mid", "average", message, "warning")


def _check_instruments(table: Judged, instruments: Instruments, problems: Problems) -> None:
    """Refuses unknown instruments and prices dated before the first version of theirs."""
    column = table["instrument"]

    def not_found(row: int) -> str:
        return unknown(column.at(row), "an id of instruments.yaml", instruments.ids)

    lost = column.where(lambda name: name not in instruments.ids)
    table.report(problems, lost, "unknown_instrument", "instrument", not_found)
    first = {name: _valid_from(versions[0]) for name, versions in _versions(instruments)}
    begins = _days([first.get(name, _ALWAYS) for name in column.values], column)

    def too_early(row: int) -> str:
        return f"lies before the first version of {column.at(row)}, valid from {begins[row]}"

    early = table["date"].given & (_days(table["date"].values, table["date"]) < begins)
    table.report(problems, early, "before_version", "date", too_early)


def _ticks(table: Judged, instruments: Instruments) -> Cells:
    """Yields the tick of the instrument version that is valid on each row's date."""
    column, days = table["instrument"], _days(table["date"].values, table["date"])
    ticks: list[str] = []
    codes = np.full(len(table.lines), EMPTY, dtype=np.int32)
    for name, versions in _versions(instruments):
        if all(version.tick is None for version in versions):
            continue
        rows = column.equals(name)
        for version in versions:
            valid = rows & (days >= _valid_from(version)) if version.valid_from else rows
            codes[valid] = EMPTY if version.tick is None else len(ticks)
            ticks += [] if version.tick is None else [f"{version.tick:f}"]
    return Cells(codes, ticks)


def _versions(instruments: Instruments) -> list[tuple[str, list[Instrument]]]:
    ordered = sorted(instruments.versions, key=lambda one: (one.id, one.spec_version))
    return [(name, list(group)) for name, group in groupby(ordered, key=lambda one: one.id)]


def _valid_from(version: Instrument) -> np.datetime64[Any]:
    return _ALWAYS if version.valid_from is None else np.datetime64(version.valid_from, "D")


def _days(days: Sequence[Any], cells: Cells) -> NDArray[Any]:
    """Yields a day for each row of a column, given those of its values; far past where there is none."""
    return np.array([*days, _ALWAYS, _ALWAYS], dtype="datetime64[D]")[cells.codes]
