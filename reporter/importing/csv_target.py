"""Rows appended to a CSV file: the whole is written beside the old one and put in its place."""

from __future__ import annotations

import csv
import fcntl
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reporter.errors import BusyError, MachineError
from reporter.importing.difference import Row
from reporter.records.problems import Problems
from reporter.records.raw import RawRecords, RawTable
from reporter.records.sources.folder import read_csv
from reporter.records.tables import TABLES

Write = Callable[[Sequence[Row]], None]


@dataclass(frozen=True)
class CsvTarget:
    """The CSV file of one table in a folder."""

    folder: Path
    name: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.name}.csv"

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.path.as_posix()

    def extended(self, raw: RawRecords, rows: Sequence[Row]) -> RawTable:
        """Yields the table as it will be read once the rows are in the file."""
        table = read_csv(self.name, self.shown, appended(self._bytes(), self.name, rows), Problems())
        assert table is not None  # what was read before still is
        return table

    @contextmanager
    def held(self) -> Iterator[Write]:
        """Holds the folder for this process and yields what writes rows; BusyError where another holds it.

        The system frees the folder when the process ends, however it ends. MachineError: disk or permission.
        """
        try:
            descriptor = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise MachineError(f"cannot open {self.folder}: {error.strerror or error}") from error
        try:
            self._lock(descriptor)
            yield self._write
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(f"another process is importing into {self.folder}") from None

    def _bytes(self) -> bytes | None:
        return self.path.read_bytes() if self.path.exists() else None

    def _write(self, rows: Sequence[Row]) -> None:
        target = self.path.resolve()  # a link stays one
        beside = target.with_name(f".{target.name}.new")  # one left by a process that was killed is replaced
        try:
            with beside.open("wb") as file:
                file.write(appended(self._bytes(), self.name, rows))
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                beside.chmod(target.stat().st_mode)
            beside.replace(target)
            _sync(target.parent)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise MachineError(f"cannot write {self.path}: {error.strerror or error}") from error


def appended(old: bytes | None, name: str, rows: Sequence[Row]) -> bytes:
    """Yields a CSV file with rows after its own, whose bytes stay.

    Columns that the rows fill and the header lacks are put at its end; the old rows are empty there.
    Without an old file the header has every column of the contract.
    """
    known = TABLES[name].names
    if old is None:
        return (",".join(known) + "\n" + _lines(rows, known, "\n")).encode()
    text = old.decode("utf-8")
    header = _header(text)
    missing = [column for column in known if column not in header and any(row.get(column) for row in rows)]
    text = _widened(text, missing) if missing else text
    newline = next((end for end in ("\r\n", "\n", "\r") if end in text), "\n")
    gap = "" if text.endswith(("\n", "\r")) else newline
    return (text + gap + _lines(rows, (*header, *missing), newline)).encode()


def _header(text: str) -> list[str]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    return next([cell.strip() for cell in row] for row in reader if any(cell.strip() for cell in row))


def _widened(text: str, names: Sequence[str]) -> str:
    """Yields the text with further columns, every old cell as it was written."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines)
    made, start, ends = [], 0, "," + ",".join(names)
    for row in reader:
        whole = "".join(lines[start : reader.line_num])
        start = reader.line_num
        bare = whole.rstrip("\r\n")
        made.append(bare + (ends if row else "") + whole[len(bare) :])
        if any(cell.strip("\ufeff \t") for cell in row):
            ends = "," * len(names)
    return "".join(made)


def _lines(rows: Sequence[Row], columns: Sequence[str], newline: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline)
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return text.getvalue()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
