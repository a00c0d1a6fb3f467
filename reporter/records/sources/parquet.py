"""Raw rows from Parquet: one file a table, or a folder of files that may be partitioned by `year=2025/`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.need import Need
from reporter.records.problems import Problems
from reporter.records.raw import Placing, RawColumn, RawTable, column, without_blank_rows
from reporter.records.sources.parquet_parts import (
    Numbers,
    Part,
    first_line,
    open_part,
    parquet_files,
    titles_of,
)
from reporter.records.sources.parquet_window import read_window

MOST_ROWS = 20_000_000


def read_parquet(name: str, path: Path, problems: Problems, need: Need | None = None) -> RawTable | None:
    """Yields the table of a Parquet file, or of all such files in a folder, as one; of a long price history
    only what is needed.

    A row is named by its number from 1, in a folder behind the name of its file. None, and problems,
    if a file cannot be read or its columns cannot be those of a table.
    """
    shown = path.as_posix()
    files = parquet_files(path) if path.is_dir() else [path]
    parts = [part for file in files if (part := open_part(file, path, problems)) is not None]
    if len(parts) < len(files):
        return None
    placing = Placing()
    if path.is_dir():
        ends = accumulate(part.rows for part in parts)
        placing = Placing("part", parts=tuple(zip((part.name for part in parts), ends, strict=True)))
    table = None
    if name == "prices" and need is not None and sum(part.rows for part in parts) >= need.whole_below:
        table = read_window(name, shown, parts, placing, need)
    if _too_long(parts, table, shown, problems):
        return None
    return table or _whole(name, shown, parts, placing, problems)


def _whole(name: str, shown: str, parts: Sequence[Part], placing: Placing, problems: Problems) -> RawTable:
    columns = {}
    for title in titles_of(parts):
        texts = _column(title, parts, problems)
        if texts is not None:
            columns[title] = texts
    lines = np.arange(1, sum(part.rows for part in parts) + 1, dtype=np.int64)
    return without_blank_rows(RawTable(name, shown, columns, lines, placing, header=None))


def _too_long(parts: Sequence[Part], table: RawTable | None, file: str, problems: Problems) -> bool:
    rows = sum(part.rows for part in parts) if table is None else len(table.lines)
    if rows > MOST_ROWS:
        message = f"has {rows:,} rows; more than {MOST_ROWS:,} are not read"
        problems.add(Problem("too_large", message, file))
    return rows > MOST_ROWS


def _column(title: str, parts: Sequence[Part], problems: Problems) -> RawColumn | None:
    """Yields one column of all files; where a file lacks it, its rows are empty."""
    known = Numbers()
    codes: list[NDArray[np.int32]] = []
    for part in parts:
        own = part.own(title)
        if own is None:
            codes.append(np.full(part.rows, known.texts[part.fixed.get(title, "")], np.int32))
            continue
        try:
            found = known.codes(part.file.read(columns=[own]).column(0))
            if len(found) != part.rows:
                raise ValueError(f"it has {len(found):,} rows, the file {part.rows:,}")
            codes.append(found)
        # not only Arrow's own: a day that no calendar has is an OverflowError, no UTF-8 a ValueError
        except (pa.ArrowException, OSError, ValueError, OverflowError) as fault:
            message = f"cannot be read as texts, numbers or dates: {first_line(fault)}"
            problems.add(Problem("parquet", message, part.shown, field=title))
            return None
    return column(known.texts, codes)
