"""Parquet files opened: the files of a table, their columns' names, and values as numbered texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.problems import Problems
from reporter.records.raw import memo, text_of

_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True)
class Part:
    """One file: `name` is its path within the table's folder, `shown` as messages say it, `fixed` what the
    folders' names say."""

    name: str
    shown: str
    path: Path
    file: pq.ParquetFile
    fixed: Mapping[str, str]

    @property
    def rows(self) -> int:
        """How many rows the file has."""
        return int(self.file.metadata.num_rows)

    def own(self, title: str) -> str | None:
        """Yields how the file spells a column, None where it lacks it."""
        return next((one for one in self.file.schema_arrow.names if one.strip() == title), None)


def parquet_files(path: Path) -> list[Path]:
    """Yields the Parquet files of a table's folder, in order; those hidden or marked by `_` do not count."""
    found = (file for file in path.rglob("*.parquet") if file.is_file())
    return sorted(file for file in found if not _marked(file.relative_to(path)))


def _marked(path: Path) -> bool:
    return any(part.startswith(("_", ".")) for part in path.parts)


def open_part(file: Path, folder: Path, problems: Problems) -> Part | None:
    """Yields one file opened; None and a problem if it is no Parquet file or its column names are faulty."""
    shown = file.as_posix()
    within = file.relative_to(folder)
    try:
        opened = pq.ParquetFile(file)
        words = [one.name for one in opened.schema_arrow if _is_text(one.type)]
        # kept as its distinct texts: a file of some kilobytes may repeat one of megabytes in every row
        opened = pq.ParquetFile(file, metadata=opened.metadata, read_dictionary=words)
    except (pa.ArrowException, OSError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else first_line(fault)
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
    return None if faults else Part(within.as_posix(), shown, file, opened, _partition(within))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind))


def _partition(within: Path) -> dict[str, str]:
    """Yields what folders such as `year=2025` say of every row below them."""
    pairs = (unquote(part).partition("=") for part in within.parts[:-1] if "=" in part)
    return {title: "" if text == _NO_VALUE else text for title, _, text in pairs}


def titles_of(parts: Sequence[Part]) -> list[str]:
    """Yields every column that any file has, in order of appearance; those of folders' names last."""
    own = dict.fromkeys(title.strip() for part in parts for title in part.file.schema_arrow.names)
    return list(own | dict.fromkeys(title for part in parts for title in part.fixed))


class Numbers:
    """Numbers the texts of a column, met in any number of pieces; each distinct value becomes a text once."""

    def __init__(self) -> None:
        self.texts = memo()
        self._values: dict[str, _Values] = {}
        self._last: tuple[pa.Array, list[int]] | None = None

    def codes(self, values: pa.ChunkedArray | pa.Array) -> NDArray[np.int32]:
        """Yields the numbers of a piece's texts. Raises ArrowNotImplementedError for values that are none."""
        if pa.types.is_nested(values.type):
            raise pa.ArrowNotImplementedError(f"the column holds {values.type}")
        if pa.types.is_timestamp(values.type):  # Python has no nanoseconds
            values = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
        if pa.types.is_null(values.type):
            return np.full(len(values), self.texts[""], np.int32)
        encoded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
        chunks = encoded.chunks if isinstance(encoded, pa.ChunkedArray) else [encoded]
        return np.concatenate([np.empty(0, np.int32), *map(self._chunk, chunks)])

    def _chunk(self, chunk: pa.DictionaryArray) -> NDArray[np.int32]:
        numbers = self._numbers(chunk.dictionary)
        table = np.array([*numbers, self.texts[""] if chunk.null_count else -1], np.int32)
        indices = pc.fill_null(chunk.indices.cast(pa.int64()), len(numbers))
        return np.asarray(table[indices.to_numpy(zero_copy_only=False)])

    def _numbers(self, values: pa.Array) -> list[int]:
        if self._last is None or not self._last[0].equals(values):  # pieces of a column often share theirs
            known = self._values.setdefault(str(values.type), _Values(self.texts))
            self._last = values, list(map(known.__getitem__, _plain(values)))
        return self._last[1]


class _Values(dict[object, int]):
    """The number of a value's text; of one type, because 1 and true are equal and read differently."""

    def __init__(self, texts: dict[str, int]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, value: object) -> int:
        number = self[value] = self._texts[text_of(value)]
        return number


def _plain(values: pa.Array) -> Iterable[object]:
    """Yields distinct values; floats of 32 bits are not widened, or 0.1 would grow digits."""
    if pa.types.is_float16(values.type) or pa.types.is_float32(values.type):
        return values.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]
    return (one.decode() if isinstance(one, bytes) else one for one in values.to_pylist())


def first_line(fault: BaseException) -> str:
    """Yields the first line of what an error says."""
    return (str(fault).splitlines() or [type(fault).__name__])[0]
