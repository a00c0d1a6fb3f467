"""Raw rows from a workbook: XLSX, XLSM, XLS or ODS, a sheet a table."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.location import TABLES, Location
from reporter.records.problems import Problems
from reporter.records.raw import (
    Placing,
    RawColumn,
    RawRecords,
    RawTable,
    RawText,
    column,
    memo,
    text_of,
    without_blank_rows,
)
from reporter.records.sources.workbook_cells import BookFault, Errors, letters
from reporter.records.sources.workbook_checks import ErrorsOf, checked
from reporter.records.tabular import TABULAR, as_yaml

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MOST_FILE_BYTES = 200_000_000
_CHUNK = 1000  # rows turned into columns at a time
_ERROR = re.compile(r"#(?:REF!|DIV/0!|N/A|NAME\?|VALUE!|NUM!|NULL!|SPILL!|CALC!)")

_ONE_AT_A_TIME = threading.Lock()

_T = TypeVar("_T")


def read_workbook(location: Location, names: Sequence[str]) -> RawRecords:
    """Yields the tables of those names: of each the sheet of its name, case and outer blanks aside; of a
    single table the sheet `location.table`. Other sheets are passed over.

    Nothing is raised: what cannot be read, cells with an error and faulty headers are in `problems` with
    their cell.
    """
    path = Path(location.address)
    shown = path.as_posix()
    problems = Problems()
    tables: dict[str, RawTable] = {}
    texts: dict[str, RawText] = {}
    broken = set()
    try:
        book, errors = _opened(path)
        for name, title in _wanted(book.sheet_names, names, location.table, shown, problems):
            file = f"{shown}!{title.strip()}"
            table = _table(name, file, book, title, errors, problems) if title else None
            if table is None:
                broken.add(name)
            elif name in TABULAR:
                texts[name] = as_yaml(name, table)
            else:
                tables[name] = table
    except BookFault as fault:
        problems.add(Problem(fault.code, str(fault), shown))
        broken.update(names)
    return RawRecords(shown, tables, texts, frozenset(broken), problems)


def _opened(path: Path) -> tuple[CalamineWorkbook, ErrorsOf]:
    """Yields the workbook and what tells the errors of a sheet. BookFault where it is none."""
    from python_calamine import CalamineWorkbook  # late: a folder of records needs none of it

    try:
        if path.stat().st_size > MOST_FILE_BYTES:
            raise BookFault("too_large", f"is larger than {MOST_FILE_BYTES // 1_000_000} MB")
        data = path.read_bytes()
    except FileNotFoundError:
        raise BookFault("no_records", "the workbook does not exist") from None
    except OSError as fault:
        raise BookFault("unreadable", f"cannot be read: {fault.strerror or fault}") from None
    errors = checked(path.suffix.lower(), data)
    return _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data))), errors


def _guarded(read: Callable[[], _T]) -> _T:
    """Yields what the library reads; whatever it stumbles over becomes a BookFault."""
    try:
        with _quiet():
            return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as fault:  # where the library panics, it raises a BaseException of its own
        if "password" in str(fault).lower():
            raise BookFault("encrypted", "is encrypted; save it without a password") from None
        raise BookFault("workbook", f"is damaged: {str(fault)[:200]}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what the library writes of a panic, which is told as a fault, off the error output."""
    with _ONE_AT_A_TIME:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


def _wanted(
    sheets: Sequence[str], names: Sequence[str], named: str | None, file: str, problems: Problems
) -> Iterator[tuple[str, str]]:
    """Yields the names of tables with their sheets; "" and a problem where that cannot be told."""
    for name in names:
        title = named or name
        found = [sheet for sheet in sheets if sheet.strip().casefold() == title.strip().casefold()]
        problem = None
        if len(found) > 1:
            problem = Problem("duplicate_sheet", f"there are {len(found)} sheets of this name; keep one")
        elif found and name not in (*TABLES, *TABULAR):
            message = f"a {name} cannot be a sheet; name a folder with {name}.yaml for it in `records:`"
            problem = Problem("not_tabular", message)
        elif not found and (named or len(names) == 1):
            message = f"there is no such sheet; there are {', '.join(sheets)}; say which with `table:`"
            problem = Problem("no_sheet", message)
        if problem is not None:
            problems.add(replace(problem, file=f"{file}!{title}"))
        if found or problem is not None:
            yield name, "" if problem else found[0]


def _table(
    name: str, file: str, book: CalamineWorkbook, title: str, errors: ErrorsOf, problems: Problems
) -> RawTable | None:
    """Yields one sheet as a table; None and problems where its header is faulty."""
    found = errors(title)
    sheet = _guarded(lambda: book.get_sheet_by_name(title))
    first = sheet.start[1] if sheet.start else 0
    rows = enumerate(_texts(sheet), 1)
    line, header = next((row for row in rows if any(map(str.strip, row[1]))), (1, []))
    columns, lines = _columns(rows, len(header))
    titles = [cell.strip() for cell in header]
    if _header_faults(titles, columns, lines, line, first, found, file, problems):
        return None
    named = {title: index for index, title in enumerate(titles) if title}
    placing = Placing("cell", {title: letters(first + index) for title, index in named.items()})
    kept = {title: columns[index] for title, index in named.items()}
    table = RawTable(name, file, kept, lines, placing, line)
    return without_blank_rows(_without_errors(table, first, found, problems))


def _texts(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yields every row from the sheet's first on, its cells from the first column that holds anything."""
    for row in sheet.iter_rows():
        yield [cell if type(cell) is str else text_of(cell) for cell in row]


def _columns(rows: Iterator[tuple[int, list[str]]], width: int) -> tuple[list[RawColumn], NDArray[np.int64]]:
    memos = [memo() for _ in range(width)]
    codes: list[list[NDArray[np.int32]]] = [[] for _ in range(width)]
    lines: list[int] = []
    while chunk := list(islice(rows, _CHUNK)):
        lines += [line for line, _ in chunk]
        cells = zip(*(row for _, row in chunk), strict=True)
        for known, part, texts in zip(memos, codes, cells, strict=True):
            part.append(np.fromiter(map(known.__getitem__, texts), np.int32, len(chunk)))
    return list(map(column, memos, codes)), np.array(lines, np.int64)


def _header_faults(
    titles: list[str],
    columns: list[RawColumn],
    lines: NDArray[np.int64],
    line: int,
    first: int,
    errors: Errors,
    file: str,
    problems: Problems,
) -> bool:
    """Notes what is wrong with the column names, each at its cell; a nameless column may be empty."""

    def fault(code: str, message: str, index: int = 0, field: str = "") -> Problem:
        return Problem(code, message, file, line, field, at=f"{letters(first + index)}{line}")

    if not titles:
        problems.add(fault("empty_file", "the sheet is empty; its first row must name the columns"))
        return True
    faults = []
    for index, title in enumerate(titles):
        if (line - 1, first + index) in errors:
            faults.append(fault("cell_error", "a column's name is an error", index))
        elif title and title in titles[:index]:
            faults.append(fault("duplicate_column", "the header names this column twice", index, title))
        elif not title and len(filled := _filled(columns[index])):
            message = f"the column has no name in the header; row {lines[filled[0]]} fills it"
            faults.append(fault("unnamed_column", message, index))
    problems.extend(faults)
    return bool(faults)


def _filled(column: RawColumn) -> NDArray[np.intp]:
    """Yields the rows that hold something."""
    given = np.array([bool(text) for text in column.values], dtype=bool)
    return np.flatnonzero(given[column.codes])


def _without_errors(table: RawTable, first: int, errors: Errors, problems: Problems) -> RawTable:
    """Yields the table without the rows that hold an error; each is a problem at its cell.

    An error may also have been kept as a text, `#N/A`.
    """
    indexes = {letter: title for title, letter in table.placing.letters.items()}
    found = {
        (row + 1, indexes[letter]): text
        for (row, index), text in errors.items()
        if row + 1 > (table.header or 0) and (letter := letters(index)) in indexes
    }
    for title, one in table.columns.items():
        texts = [bool(_ERROR.fullmatch(text)) for text in one.values]
        if any(texts):
            for row in np.flatnonzero(np.array(texts)[one.codes]):
                found[int(table.lines[row]), title] = one.values[one.codes[row]]
    for (line, title), text in sorted(found.items()):
        at = table.placing.at(line, title, "")
        message = "the cell holds an error; mend its formula or empty it"
        problems.add(Problem("cell_error", message, table.file, line, title, text or None, at=at))
    if not found:
        return table
    kept = ~np.isin(table.lines, [line for line, _ in found])
    columns = {title: RawColumn(one.codes[kept], one.values) for title, one in table.columns.items()}
    return replace(table, columns=columns, lines=table.lines[kept])
