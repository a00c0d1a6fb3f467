"""Raw rows from a folder of CSV, Parquet and YAML files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.location import TEXTS, Location
from reporter.records.need import Need
from reporter.records.problems import Problems
from reporter.records.raw import (
    MOST_COLUMNS,
    RawRecords,
    RawTable,
    RawText,
    column,
    memo,
    without_blank_rows,
)
from reporter.records.tabular import TABULAR, as_yaml

_CHUNK = 400  # rows turned into columns at a time; more fall out of the processor's cache


def read_folder(location: Location, names: Sequence[str], need: Need | None = None) -> RawRecords:
    """Yields the files of those names in a folder: `<table>.csv`, `<table>.parquet` or a folder `<table>/` of
    Parquet files, `<text>.yaml`; others are passed over. Of a long price history in Parquet only what is
    needed is read.

    Files are named as the folder was given. Nothing is raised: unreadable files, bytes that are no UTF-8,
    NUL, broken quotes, ragged rows, faulty headers and tables that are there twice are in `problems`, with
    their line where they have one.
    """
    path = Path(location.address)
    problems = Problems()
    tables: dict[str, RawTable] = {}
    texts: dict[str, RawText] = {}
    broken = set()
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        problems.add(Problem("no_records", f"the records' folder {what}", path.as_posix()))
    for name in names:
        found = _files(path, name)
        if len(found) > 1:
            message = f"is there as {' and as '.join(file.name for file in found)}; keep one of them"
            problems.add(Problem("two_files", message, (path / name).as_posix()))
        read = _read_file(name, found[0], problems, need) if len(found) == 1 else None
        if isinstance(read, RawText):
            texts[name] = read
        elif read is not None:
            tables[name] = read
        elif found:
            broken.add(name)
    return RawRecords(path.as_posix(), tables, texts, frozenset(broken), problems)


def _files(path: Path, name: str) -> list[Path]:
    """Yields what there is of a table or text: its text file, its Parquet file, its folder of such files."""
    found = [path / f"{name}.{'yaml' if name in TEXTS else 'csv'}", path / f"{name}.parquet"]
    found = [file for file in found if file.exists()]
    if (path / name).is_dir() and any((path / name).rglob("*.parquet")):
        found.append(path / name)
    return found


def _read_file(name: str, file: Path, problems: Problems, need: Need | None) -> RawTable | RawText | None:
    """Yields what one file, or folder of Parquet files, holds; None and problems if it cannot be read."""
    shown = file.as_posix()
    if file.suffix in (".csv", ".yaml"):
        data = utf8_bytes(file, shown, problems)
        if data is None:
            return None
        if file.suffix == ".yaml":
            return RawText(shown, data.decode("utf-8-sig"))
        return read_csv(name, shown, data, problems)
    if name in TEXTS and name not in TABULAR:
        problems.add(Problem("not_tabular", f"a {name} cannot be Parquet; write {name}.yaml", shown))
        return None
    from reporter.records.sources.parquet import read_parquet  # late: few folders need it

    table = read_parquet(name, file, problems, need)
    return as_yaml(name, table) if table is not None and name in TABULAR else table


def utf8_bytes(file: Path, shown: str, problems: Problems) -> bytes | None:
    """Yields the bytes of a file that is whole UTF-8 without NUL, else None and a problem."""
    try:
        data = file.read_bytes()
    except OSError as fault:
        problems.add(Problem("unreadable", f"cannot be read: {fault.strerror or fault}", shown))
        return None
    return data if is_text(data, shown, problems) else None


def is_text(data: bytes, shown: str, problems: Problems) -> bool:
    """Tells whether bytes are whole UTF-8 without NUL; what else they are is a problem with its line."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        problems.add(Problem("not_utf8", "is UTF-16; save it as UTF-8", shown, 1))
        return False
    try:
        data.decode("utf-8-sig")
        position, code, message = data.find(b"\0"), "nul_byte", "holds a NUL byte; it is not a text file"
    except UnicodeDecodeError as fault:
        position, code = fault.start, "not_utf8"
        message = f"byte 0x{data[position]:02x} is not UTF-8; save the file as UTF-8"
    if position < 0:
        return True
    problems.add(Problem(code, message, shown, data.count(b"\n", 0, position) + 1))
    return False


def read_csv(name: str, file: str, data: bytes, problems: Problems) -> RawTable | None:
    """Yields the table of a CSV text in UTF-8, or None and a problem with its line."""
    reader = csv.reader(_lines(data), strict=True)
    try:
        header = _header(reader, file, problems)
        if header is None:
            return None
        memos = [memo() for _ in header]
        codes: list[list[NDArray[np.int32]]] = [[] for _ in header]
        lines: list[NDArray[np.int64]] = []
        start = reader.line_num
        while rows := list(islice(reader, _CHUNK)):
            rows, places = _even_rows(rows, start, reader.line_num, len(header), file, problems)
            start = reader.line_num
            lines.append(places)
            for known, part, texts in zip(memos, codes, zip(*rows, strict=True), strict=False):
                part.append(np.fromiter(map(known.__getitem__, texts), np.int32, len(texts)))
    except csv.Error as fault:
        problems.add(_csv_fault(fault, file, data))
        return None
    joined = {name: column(known, parts) for name, known, parts in zip(header, memos, codes, strict=True)}
    places = np.concatenate(lines) if lines else np.empty(0, np.int64)
    return without_blank_rows(RawTable(name, file, joined, places))


def _lines(data: bytes) -> io.TextIOWrapper:
    """Yields the lines; each line end, in a quoted cell too, is one line feed however it was written."""
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=None)


def _header(reader: Iterator[list[str]], file: str, problems: Problems) -> list[str] | None:
    """Yields the column names, or None and a problem; blank lines before them are passed over."""
    header = next((row for row in reader if any(cell.strip() for cell in row)), None)
    if header is None:
        problems.add(Problem("empty_file", "is empty; its first line must name the columns", file, 1))
        return None
    line = getattr(reader, "line_num", 1)
    names = [cell.strip() for cell in header]
    if len(names) == 1 and (found := re.search(r"[;\t|]", names[0])):
        message = f"the columns are separated by {found[0]!r}; separate them by commas"
        problems.add(Problem("not_comma", message, file, line))
        return None
    if len(names) > MOST_COLUMNS:
        message = f"the header names {len(names):,} columns; a table has at most {MOST_COLUMNS:,}"
        problems.add(Problem("too_many_columns", message, file, line))
        return None
    faults = [
        Problem("duplicate_column", "the header names this column twice", file, line, name)
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    faults += [
        Problem("unnamed_column", f"column {number} has no name in the header", file, line)
        for number, name in enumerate(names, 1)
        if not name
    ]
    problems.extend(faults)
    return None if faults else names


def _even_rows(
    rows: list[list[str]], start: int, end: int, width: int, file: str, problems: Problems
) -> tuple[list[list[str]], NDArray[np.int64]]:
    """Yields the rows that have as many cells as the header and the line each begins on.

    `start` and `end` are the last lines before and in this chunk. Rows without a line break in a
    cell take one line each; only otherwise are the breaks counted.
    """
    places = np.arange(start + 1, start + 1 + len(rows), dtype=np.int64)
    if end - start != len(rows):
        breaks = [sum(cell.count("\n") for cell in row) for row in rows]
        places[1:] += np.cumsum(breaks[:-1], dtype=np.int64)
    if set(map(len, rows)) == {width}:
        return rows, places
    kept = [index for index, row in enumerate(rows) if len(row) == width]
    for row, line in zip(rows, places, strict=True):
        if row and len(row) != width:
            message = f"the row has {len(row)} cells, the header {width}"
            problems.add(Problem("ragged_row", message, file, int(line)))
    return [rows[index] for index in kept], places[kept]


def _csv_fault(fault: csv.Error, file: str, data: bytes) -> Problem:
    """Yields the problem with the line on which the faulty row begins, by reading once more."""
    reader = csv.reader(_lines(data), strict=True)
    line = 0
    try:
        for _ in reader:
            line = reader.line_num
    except csv.Error:
        line += 1
    reason = "a quote is opened and never closed" if "unexpected end" in str(fault) else str(fault)
    return Problem("csv_syntax", f"not CSV in the row that begins here: {reason}", file, line)
