"""Which cells of a workbook hold something, and which an error, seen while its XML or records go by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

MOST_CELLS = 5_000_000  # in the rectangles from A1 to the last row and column of each sheet
MOST_COLUMNS = 16_384

Errors = Mapping[tuple[int, int], str]
"""The errors of one sheet by row and column, both from 0."""


class BookFault(Exception):  # noqa: N818 - the caller turns it into a Problem
    """A workbook that is not read; says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Cells:
    """Takes note of cells; `errors` are those of each sheet by its name.

    Rectangles are counted because the library that reads the cells makes room for each as a whole.
    """

    def __init__(self) -> None:
        self.errors: dict[str, dict[tuple[int, int], str]] = {}
        self._errors: dict[tuple[int, int], str] = {}
        self._before = self._rows = self._columns = 0

    def begin(self, sheet: str) -> None:
        """Notes that a sheet begins."""
        self._errors = self.errors.setdefault(sheet, {})
        self._before += self._rows * self._columns
        self._rows = self._columns = 0

    def filled(self, row: int, column: int) -> None:
        """Notes a cell that holds something. BookFault once the cells are too many."""
        if row < self._rows and column < self._columns:
            return
        self._rows, self._columns = max(self._rows, row + 1), max(self._columns, column + 1)
        if self._columns > MOST_COLUMNS or self._before + self._rows * self._columns > MOST_CELLS:
            last = f"{letters(self._columns - 1)}{self._rows}"
            message = (
                f"the sheet {next(reversed(self.errors))} reaches to {last}; "
                f"more than {MOST_CELLS:,} cells are not read: delete what stands far out, "
                "or give the table as CSV or Parquet"
            )
            raise BookFault("too_large", message)

    def error(self, row: int, column: int, text: str) -> None:
        """Notes a cell with an error."""
        self._errors[row, column] = text


_CHUNK = 1 << 20
_CELL_OR_ROW = re.compile(rb'<(?:c|row)\b(?: r="([A-Z]*)([0-9]+)")?')
_UNUSUAL = (b't="e"', b"t='e'", b":c ", b":row ", b"\0")  # an error, prefixes, another encoding than UTF-8


def plain_sheet(file: IO[bytes]) -> bool:
    """Tells by a quick look at a sheet of XLSX that it needs no exact one: every cell states its place, none
    holds an error and all lie in a rectangle that may be read. Large sheets are mostly so.
    """
    names, rows, rest = {b"A"}, 1, b""
    while data := file.read(_CHUNK):
        whole, _, rest_of_it = (rest + data).rpartition(b"<")
        rest = b"<" + rest_of_it
        if len(rest) > 8 * _CHUNK:  # no cell's text is as long
            return False
        found = _CELL_OR_ROW.findall(whole)
        places = {row for _, row in found}
        if b"" in places or any(sign in whole for sign in _UNUSUAL):
            return False
        names.update({name for name, _ in found if name})
        rows = max(rows, max(map(int, places), default=1))
    columns = 1 + max(column_number(name.decode()) for name in names)
    return columns <= MOST_COLUMNS and rows * columns <= MOST_CELLS


class _Xml:
    """Feeds the elements of XML to `element` with their bare names; a subclass follows them."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self.element

    def read(self, file: IO[bytes]) -> None:
        self.parser.ParseFile(file)

    def element(self, name: str, attributes: dict[str, str]) -> None:
        raise NotImplementedError


class XlsxSheet(_Xml):
    """The XML of one sheet of XLSX."""

    def __init__(self, cells: Cells) -> None:
        super().__init__(cells)
        self._row = self._column = -1
        self._is_error = False
        self._columns: dict[str, int] = {}

    def element(self, name: str, attributes: dict[str, str]) -> None:
        """Takes a row, a cell or what is in it; places may be left out and then count on."""
        bare = name.rpartition(" ")[2]
        if bare == "c":
            self._is_error = attributes.get("t") == "e"
            if place := attributes.get("r"):
                self._go_to(place)
            else:
                self._column += 1
        elif bare == "row":
            self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
            self._column = -1
        elif bare in ("v", "is"):
            self.cells.filled(self._row, self._column)
            if self._is_error:
                self.cells.error(self._row, self._column, "")
                self.parser.CharacterDataHandler = self._error_text
                self._is_error = False

    def _go_to(self, place: str) -> None:
        name = place.rstrip("0123456789")
        if name not in self._columns:
            self._columns[name] = column_number(name)
        self._row, self._column = int(place[len(name) :]) - 1, self._columns[name]

    def _error_text(self, text: str) -> None:
        self.parser.CharacterDataHandler = None
        self.cells.error(self._row, self._column, text)


class OdsContent(_Xml):
    """The XML of all sheets of ODS."""

    def __init__(self, cells: Cells) -> None:
        super().__init__(cells)
        self._row = self._next_row = self._next_column = 0

    def element(self, name: str, attributes: dict[str, str]) -> None:
        """Takes a sheet, a row or a cell; rows and cells may stand for several."""
        bare = name.rpartition(" ")[2]
        if bare in ("table-cell", "covered-table-cell"):
            known = [(key.rpartition(" ")[2], value) for key, value in attributes.items()]
            column = self._next_column
            self._next_column += int(dict(known).get("number-columns-repeated", 1))
            kinds = [value for key, value in known if key == "value-type"]  # the format's, and an extension's
            if kinds:
                self.cells.filled(self._next_row - 1, self._next_column - 1)
            if "error" in kinds:
                self.cells.error(self._row, column, "")
        elif bare == "table-row":
            bares = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            self._row = self._next_row
            self._next_row += int(bares.get("number-rows-repeated", 1))
            self._next_column = 0
        elif bare == "table":
            bares = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            self.cells.begin(bares.get("name", ""))
            self._row = self._next_row = self._next_column = 0


def letters(column: int) -> str:
    """Yields the letters of a column counted from 0: 0 is A, 26 is AA."""
    shown = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        shown = chr(ord("A") + rest) + shown
    return shown


def column_number(name: str) -> int:
    """Yields the column, counted from 0, of its letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
