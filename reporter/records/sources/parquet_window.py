"""The rows of a long price history in Parquet that an issue needs, one row group at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reporter.records.need import Keys, Need, contained, day_of, kept_keys, key, number, split
from reporter.records.price_history import NEVER
from reporter.records.raw import Placing, RawColumn, RawTable, column, without_blank_rows
from reporter.records.sources.parquet_light import LightColumns, Unfit
from reporter.records.sources.parquet_parts import Numbers, Part, titles_of
from reporter.records.tables import TABLES

_BATCH = 2**19  # rows held at a time

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Group:
    """One row group: its file, its number there, the table's row it begins with, its days by its statistics
    (widest where it has none), and whether one of its revisions may be above 0."""

    part: Part
    index: int
    start: int
    first: int
    last: int
    revised: bool


@dataclass
class _History:
    """The table being looked through: its groups and the instruments met so far, with the first and the last
    assessed day of each."""

    groups: Sequence[_Group]
    light: LightColumns
    need: Need
    first: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    last: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def batches(self, group: _Group, titles: Collection[str]) -> Iterator[tuple[int, dict[str, pa.Array]]]:
        """Yields the group's columns in pieces, each with the table's row it begins with."""
        own = {title: name for title in titles if (name := group.part.own(title)) is not None}
        start = group.start
        for batch in group.part.file.iter_batches(_BATCH, [group.index], list(own.values())):
            columns = {title: batch.column(name) for title, name in own.items()}
            for title in set(titles) - set(own):
                columns[title] = pa.repeat(
                    pa.scalar(group.part.fixed.get(title, ""), pa.string()), len(batch)
                )
            yield start, columns
            start += len(batch)

    def widened(self) -> None:
        """Makes room for instruments met since."""
        more = len(self.light.instruments) - len(self.first)
        self.first = np.concatenate([self.first, np.full(more, NEVER, np.int64)])
        self.last = np.concatenate([self.last, np.full(more, -NEVER, np.int64)])


def read_window(
    name: str, shown: str, parts: Sequence[Part], placing: Placing, need: Need
) -> RawTable | None:
    """Yields what an issue needs of a table; None where a column does not let rows be chosen by it.

    Lines are the rows' numbers in the whole table. Not one row outside is judged.
    """
    try:
        history = _History(_groups([_by_code(part) for part in parts]), LightColumns(need), need)
        latest = None if need.period else _latest(history)
        window = need.window(None if latest is None else day_of(latest), sum(part.rows for part in parts))
        begin, end = number(window.begin), number(window.last)
        revised = _revised(history, end)
        _span(history, revised, begin)
        keys = kept_keys(revised, history.first, history.last, begin)
        columns, lines = _rows(history, titles_of(parts), keys, begin, end)
    except (Unfit, pa.ArrowException, OSError, ValueError):
        return None
    return without_blank_rows(RawTable(name, shown, columns, lines, placing, None, window))


def _by_code(part: Part) -> Part:
    """Yields the file opened so that the texts by which rows are chosen come as codes."""
    own = [name for title in ("instrument", "status") if (name := part.own(title)) is not None]
    file = pq.ParquetFile(part.path, metadata=part.file.metadata, read_dictionary=own)
    return replace(part, file=file)


def _groups(parts: Sequence[Part]) -> list[_Group]:
    found, start = [], 0
    for part in parts:
        for index in range(part.file.metadata.num_row_groups):
            group = part.file.metadata.row_group(index)
            first, last = _statistics(part, index, "date")
            first, last = (_number(first, -NEVER), _number(last, NEVER))
            found.append(_Group(part, index, start, first, last, _may_be_revised(part, index)))
            start += group.num_rows
    return found


def _statistics(part: Part, index: int, title: str) -> tuple[Any, Any]:
    """Yields the least and the greatest value of a column in a group; None where the file does not say."""
    group, own = part.file.metadata.row_group(index), part.own(title)
    for position in range(group.num_columns):
        chunk = group.column(position)
        if chunk.path_in_schema == own and chunk.is_stats_set and chunk.statistics.has_min_max:
            return chunk.statistics.min, chunk.statistics.max
    return None, None


def _number(day: object, unknown: int) -> int:
    """Yields the day of a statistic; texts and moments are not used."""
    return number(day) if type(day).__name__ == "date" else unknown  # type: ignore[arg-type]


def _may_be_revised(part: Part, index: int) -> bool:
    if part.own("revision") is None and "revision" not in part.fixed:
        return False
    _, most = _statistics(part, index, "revision")
    return not isinstance(most, int) or most > 0


def _latest(history: _History) -> int | None:
    """Yields the latest known day up to `today` of an instrument that counts, the last groups first."""
    light, today = history.light, number(history.need.today)
    best = -NEVER
    for group in sorted(history.groups, key=lambda one: -one.last):
        if group.last <= best or group.first > today:
            continue
        for _, columns in history.batches(group, ("instrument", "date", "published_at")):
            days = light.days(columns["date"])
            counts = light.counts(light.codes(columns["instrument"]))
            maybe = counts & (days <= today) & (days > best)
            maybe[maybe] = light.known(columns["published_at"].filter(pa.array(maybe)), days[maybe])
            best = max(best, int(days[maybe].max(initial=-NEVER)))
    return None if best == -NEVER else best


def _revised(history: _History, end: int) -> Keys:
    """Yields the days with a revision above 0, known or not."""
    light, found = history.light, [np.empty(0, np.int64)]
    for group in history.groups:
        if not group.revised or group.first > end:
            continue
        for _, columns in history.batches(group, ("instrument", "date", "revision")):
            rows = light.above_zero(columns["revision"])
            if rows.any():
                chosen = pa.array(rows)
                codes = light.codes(columns["instrument"].filter(chosen))
                days = light.days(columns["date"].filter(chosen))
                taken = light.counts(codes) & (days <= end)
                found.append(key(codes[taken], days[taken]))
    return np.unique(np.concatenate(found))


def _span(history: _History, revised: Keys, begin: int) -> None:
    """Finds each instrument's first and last assessed day before `begin` among days without a revision."""
    light = history.light
    for group in history.groups:
        if group.first >= begin:
            continue
        for _, columns in history.batches(group, ("instrument", "date", "status", "published_at")):
            days, codes = light.days(columns["date"]), light.codes(columns["instrument"])
            history.widened()
            maybe = light.counts(codes) & (days < begin) & light.assessed(columns["status"])
            # only what would change something is looked at further
            maybe &= (days < history.first[codes]) | (days > history.last[codes])
            rows = np.flatnonzero(maybe)
            rows = rows[light.known(columns["published_at"].take(pa.array(rows)), days[rows])]
            rows = rows[_unrevised(codes[rows], days[rows], revised)]
            np.minimum.at(history.first, codes[rows], days[rows])
            np.maximum.at(history.last, codes[rows], days[rows])
    history.widened()


def _unrevised(codes: NDArray[np.int32], days: NDArray[np.int64], revised: Keys) -> Mask:
    """Tells which days have no revision; looks up only instruments that have one among these days."""
    free = np.ones(len(codes), dtype=bool)
    if not len(codes):
        return free
    instruments, dates = split(revised)
    near = instruments[(dates >= days.min()) & (dates <= days.max())]
    touched = np.zeros(int(max(codes.max(), near.max(initial=0))) + 1, dtype=bool)
    touched[near] = True
    asked = np.flatnonzero(touched[codes])
    free[asked] = ~contained(key(codes[asked], days[asked]), revised)
    return free


def _rows(
    history: _History, titles: Sequence[str], keys: Keys, begin: int, end: int
) -> tuple[dict[str, RawColumn], NDArray[np.int64]]:
    """Yields the columns of the rows to keep, and their lines; a column that no contract knows is empty."""
    read = [title for title in titles if title in TABLES["prices"].names]
    known = {title: Numbers() for title in read}
    codes: dict[str, list[NDArray[np.int32]]] = {title: [] for title in read}
    lines = [np.empty(0, np.int64)]
    dates = np.unique(split(keys)[1])
    for group in history.groups:
        first, last = np.searchsorted(dates, [group.first, group.last + 1])
        if group.first > end or (group.last < begin and first == last):
            continue
        for start, batch in history.batches(group, {*read, "instrument", "date"}):
            days = history.light.days(batch["date"])
            of_date = history.light.codes(batch["instrument"])
            rows = (days >= begin) & (days <= end) & history.light.counts(of_date)
            before = np.flatnonzero(days < begin)
            rows[before] = contained(key(of_date[before], days[before]), keys)
            lines.append(start + 1 + np.flatnonzero(rows))
            for title, parts in codes.items():
                parts.append(known[title].codes(batch[title].filter(pa.array(rows))))
    columns = {title: column(known[title].texts, codes[title]) for title in read}
    places = np.concatenate(lines)
    nothing = RawColumn(np.zeros(len(places), np.int32), ("",))  # of unknown columns only the name is told
    return {title: columns.get(title, nothing) for title in titles}, places
