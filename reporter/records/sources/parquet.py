"""Raw rows from Parquet: one file a table, or a folder of files that may be partitioned by `year=2025/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.problems import Problems
from reporter.records.raw import Placing, RawColumn, RawTable, column, memo, text_of, without_blank_rows

MOST_ROWS = 20_000_000
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class _Part:
    """One file: `name` is its path within the table's folder, `fixed` what the folders' names say."""

    name: str
    shown: str
    file: pq.ParquetFile
    fixed: Mapping[str, str]

    @property
    def rows(self) -> int:
        return int(self.file.metadata.num_rows)


def parquet_files(path: Path) -> list[Path]:
    """Yields the Parquet files of a table's folder, in order; those hidden or marked by `_` do not count."""
    found = (file for file in path.rglob("*.parquet") if file.is_file())
    return sorted(file for file in found if not _marked(file.relative_to(path)))


def _marked(path: Path) -> bool:
    return any(part.startswith(("_", ".")) for part in path.parts)


def read_parquet(name: str, path: Path, problems: Problems) -> RawTable | None:
    """Yields the table of a Parquet file, or of all such files in a folder, as one.

    A row is named by its number from 1, in a folder behind the name of its file. None, and problems,
    if a file cannot be read or its columns cannot be those of a table.
    """
    shown = path.as_posix()
    files = parquet_files(path) if path.is_dir() else [path]
    parts = [part for file in files if (part := _part(file, path, problems)) is not None]
    if len(parts) < len(files) or _too_long(parts, shown, problems):
        return None
    columns = {}
    for title in _titles(parts):
        texts = _column(title, parts, problems)
        if texts is not None:
            columns[title] = texts
    lines = np.arange(1, sum(part.rows for part in parts) + 1, dtype=np.int64)
    placing = Placing()
    if path.is_dir():
        ends = accumulate(part.rows for part in parts)
        placing = Placing("part", parts=tuple(zip((part.name for part in parts), ends, strict=True)))
    return without_blank_rows(RawTable(name, shown, columns, lines, placing, header=None))


def _part(file: Path, folder: Path, problems: Problems) -> _Part | None:
    """Yields one file opened; None and a problem if it is no Parquet file or its column names are faulty."""
    shown = file.as_posix()
    within = file.relative_to(folder)
    try:
        opened = pq.ParquetFile(file)
        words = [one.name for one in opened.schema_arrow if _is_text(one.type)]
        # kept as its distinct texts: a file of some kilobytes may repeat one of megabytes in every row
        opened = pq.ParquetFile(file, metadata=opened.metadata, read_dictionary=words)
    except (pa.ArrowException, OSError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else _first_line(fault)
        problems.add(Problem("parquet", f"cannot be read as Parquet: {reason}", shown))
        return None
    titles = [title.strip() for title in opened.schema_arrow.names]
    faults = [
        Problem("duplicate_column", "the file has this column twice", shown, field=title)
        for title in dict.fromkeys(titles)
        if titles.count(title) > 1
    ]
    faults += [
        Problem("unnamed_column", f"column {number} has no name", shown)
        for number, title in enumerate(titles, 1)
        if not title
    ]
    problems.extend(faults)
    return None if faults else _Part(within.as_posix(), shown, opened, _partition(within))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


def _partition(within: Path) -> dict[str, str]:
    """Yields what folders such as `year=2025` say of every row below them."""
    pairs = (unquote(part).partition("=") for part in within.parts[:-1] if "=" in part)
    return {title: "" if text == _NO_VALUE else text for title, _, text in pairs}


def _too_long(parts: Sequence[_Part], file: str, problems: Problems) -> bool:
    rows = sum(part.rows for part in parts)
    if rows > MOST_ROWS:
        message = f"has {rows:,} rows; more than {MOST_ROWS:,} are not read"
        problems.add(Problem("too_large", message, file))
    return rows > MOST_ROWS


def _titles(parts: Sequence[_Part]) -> list[str]:
    """Yields every column that any file has, in order of appearance; those of folders' names last."""
    own = dict.fromkeys(title.strip() for part in parts for title in part.file.schema_arrow.names)
    return list(own | dict.fromkeys(title for part in parts for title in part.fixed))


def _column(title: str, parts: Sequence[_Part], problems: Problems) -> RawColumn | None:
    """Yields one column of all files; where a file lacks it, its rows are empty."""
    known = memo()
    codes: list[NDArray[np.int32]] = []
    for part in parts:
        own = next((one for one in part.file.schema_arrow.names if one.strip() == title), None)
        if own is None:
            codes.append(np.full(part.rows, known[part.fixed.get(title, "")], np.int32))
            continue
        try:
            found = _codes(part.file.read(columns=[own]).column(0), known)
            if sum(map(len, found)) != part.rows:
                raise ValueError(f"it has {sum(map(len, found)):,} rows, the file {part.rows:,}")
            codes += found
        # not only Arrow's own: a day that no calendar has is an OverflowError, no UTF-8 a ValueError
        except (pa.ArrowException, OSError, ValueError, OverflowError) as fault:
            message = f"cannot be read as texts, numbers or dates: {_first_line(fault)}"
            problems.add(Problem("parquet", message, part.shown, field=title))
            return None
    return column(known, codes)


def _codes(values: pa.ChunkedArray, known: dict[str, int]) -> list[NDArray[np.int32]]:
    """Yields the numbers of a column's texts; only its distinct values become texts."""
    if pa.types.is_nested(values.type):
        raise pa.ArrowNotImplementedError(f"the column holds {values.type}")
    if pa.types.is_timestamp(values.type):  # Python has no nanoseconds
        values = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
    if pa.types.is_null(values.type):
        return [np.full(len(values), known[""], np.int32)]
    encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    codes: list[NDArray[np.int32]] = []
    for chunk in encoded.chunks:
        numbers = [known[text] for text in _texts(chunk.dictionary)]
        table = np.array([*numbers, known[""] if chunk.null_count else -1], np.int32)
        indices = pc.fill_null(chunk.indices.cast(pa.int64()), len(numbers))
        codes.append(table[indices.to_numpy(zero_copy_only=False)])
    return codes


def _texts(values: pa.Array) -> Iterator[str]:
    """Yields the texts of distinct values; floats of 32 bits are not widened, or 0.1 would grow digits."""
    if pa.types.is_float16(values.type) or pa.types.is_float32(values.type):
        return map(text_of, values.to_numpy(zero_copy_only=False))
    plain = values.to_pylist()
    return (text_of(one.decode() if isinstance(one, bytes) else one) for one in plain)


def _first_line(fault: BaseException) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0]
