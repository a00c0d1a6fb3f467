"""A file to be imported as headings and rows of text with their places; nothing here knows what they mean."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporter.errors import Problem, RecordsError, UsageError
from reporter.records.location import BOOKS
from reporter.records.problems import Problems
from reporter.records.raw import text_of
from reporter.records.sources.folder import utf8_bytes


@dataclass(frozen=True)
class Sheet:
    """The headings and rows of a CSV file or of one sheet; `lines` are those of `rows`, from 1.

    `in_cells` tells that a place is a cell, not a line; `separator` is that of a CSV file.
    """

    file: str
    header: tuple[str, ...]
    header_line: int
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    in_cells: bool = False
    separator: str = ","

    def at(self, line: int, index: int) -> str:
        """Yields the cell of a row and a column, `C12`; nothing in a CSV file."""
        return f"{letters(index)}{line}" if self.in_cells else ""

    def place(self, line: int) -> str:
        """Yields the place of a row, `offers.xlsx!Prices!A12` or `offers.csv:12`."""
        return f"{self.file}!{self.at(line, 0)}" if self.in_cells else f"{self.file}:{line}"


def read_sheet(path: Path, sheet: str | None = None) -> Sheet:
    """Yields the rows of a CSV file (commas, semicolons, tabs) or of a workbook's sheet (default: the first).

    The headings are the first row with two filled cells or more. Raises RecordsError for a file that is
    no such thing, UsageError for a sheet or a file that is not there.
    """
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    if path.suffix.lower() in BOOKS:
        return _read_book(path, sheet)
    if sheet is not None:
        raise UsageError(f"{path}: --sheet is for workbooks")
    return _read_csv(path)


def letters(index: int) -> str:
    """Yields the letters of a sheet's column, from 0: A, B, …, Z, AA."""
    index, rest = divmod(index, 26)
    return (letters(index - 1) if index else "") + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest]


def _read_csv(path: Path) -> Sheet:
    problems = Problems()
    data = utf8_bytes(path, path.as_posix(), problems)
    if data is None:
        raise RecordsError(problems.of("error"))
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    head = next((line for line in text.split("\n") if line.strip()), "")
    separator = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
    rows, lines, line = [], [], 1
    try:
        for row in reader:
            rows.append(tuple(cell.strip() for cell in row))
            lines.append(line)
            line = reader.line_num + 1
    except csv.Error as fault:
        raise RecordsError([Problem("csv_syntax", f"not CSV: {fault}", path.as_posix(), line)]) from None
    return _sheet(path.as_posix(), rows, lines, False, separator)


def _read_book(path: Path, wanted: str | None) -> Sheet:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            names = book.sheet_names
            if wanted is not None and wanted not in names:
                raise UsageError(f"{path}: there is no sheet {wanted!r}; there are: {', '.join(names)}")
            name = names[0] if wanted is None else wanted
            cells: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (CalamineError, OSError, IndexError) as fault:
        problem = Problem("unreadable", f"cannot be read as a workbook: {fault}", path.as_posix())
        raise RecordsError([problem]) from None
    rows = [tuple(text_of(cell).strip() for cell in row) for row in cells]
    return _sheet(f"{path.as_posix()}!{name}", rows, range(1, len(rows) + 1), True)


def _sheet(
    file: str, rows: list[tuple[str, ...]], lines: Iterable[int], in_cells: bool, separator: str = ","
) -> Sheet:
    filled = [(row, line) for row, line in zip(rows, lines, strict=True) if any(row)]
    start = next((index for index, (row, _) in enumerate(filled) if sum(map(bool, row)) > 1), None)
    if start is None:
        message = "has no row with headings: a first row that names the columns"
        raise RecordsError([Problem("empty_file", message, file, 1)])
    (header, header_line), body = filled[start], filled[start + 1 :]
    ragged = [
        Problem("ragged_row", f"the row has {len(row)} cells, the header {len(header)}", file, line)
        for row, line in body
        if len(row) != len(header)
    ]
    if ragged:
        raise RecordsError(Problems(ragged).of("error"))
    return Sheet(
        file, header, header_line, tuple(r for r, _ in body), tuple(n for _, n in body), in_cells, separator
    )
