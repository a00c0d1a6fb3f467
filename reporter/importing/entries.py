"""Rows of a file → rows of the contract: dates, numbers, ranges, units and names as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from reporter.errors import Problem
from reporter.importing.columns import NUMBERS, Found
from reporter.importing.layout import FILE, Layout
from reporter.importing.sheet import Sheet, letters
from reporter.importing.units import PriceUnit, converted, price_unit
from reporter.importing.values import plain, read_date, read_moment, read_number, read_partial, read_range
from reporter.records.cells import unknown
from reporter.records.model import Instrument, Vocabulary
from reporter.records.problems import Problems
from reporter.records.raw import Placing, RawTable, table_of
from reporter.records.tables import TABLES

_NUMBER_KINDS = ("decimal", "amount", "positive")


@dataclass(frozen=True)
class Entries:
    """The rows of a file in the contract's words; `refused` are the lines of rows that could not be read."""

    table: RawTable
    refused: frozenset[int]


@dataclass(frozen=True)
class Market:
    """What names and units are read against."""

    instruments: Sequence[Instrument]
    vocabulary: Vocabulary
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str:
        """Yields the id of an instrument by its id or a name of any language; ValueError for none or two."""
        ids = list(dict.fromkeys(one.id for one in self.instruments))
        wanted = plain(text).casefold()
        if text in ids:
            return text
        if text in self.names:
            return self.names[text]
        named = {
            one.id
            for one in self.instruments
            if wanted in (one.id.casefold(), *(plain(name).casefold() for name in one.name.values()))
        }
        if len(named) > 1:
            raise ValueError(f"is a name of {', '.join(sorted(named))}; write the id")
        if not named:
            hint = unknown(text, "an instrument's id or name", ids)
            raise ValueError(f"{hint} (`instruments:` in {FILE} may name its id)")
        return named.pop()

    def version(self, id: str, day: str) -> Instrument | None:
        """Yields the version of an instrument that is valid on a day."""
        versions = sorted(
            (one for one in self.instruments if one.id == id), key=lambda one: one.valid_from or date.min
        )
        valid = [one for one in versions if (one.valid_from or date.min).isoformat() <= day]
        return valid[-1] if valid else None


def read_entries(
    sheet: Sheet, kind: str, found: Found, layout: Layout, market: Market, problems: Problems
) -> Entries:
    """Yields the rows of a sheet as texts of the contract; every cell that cannot be read is a problem."""
    reader = _RowReader(sheet, kind, found, layout, market, problems)
    rows = [reader.read(row, line) for row, line in zip(sheet.rows, sheet.lines, strict=True)]
    header = [name for name in TABLES[kind].names if any(name in row for row in rows)]
    columns = [[row.get(name, "") for row in rows] for name in header]
    at = dict(found.at)
    for name in ("low", "high", "average"):
        at.setdefault(name, at.get("price", 0))
    placing = Placing("cell", {name: letters(at.get(name, 0)) for name in header}) if sheet.in_cells else None
    table = table_of(kind, sheet.file, header, columns, sheet.lines, placing)
    return Entries(table, frozenset(reader.refused))


class _RowReader:
    """Reads the rows of one sheet and notes what it cannot read."""

    def __init__(
        self, sheet: Sheet, kind: str, found: Found, layout: Layout, market: Market, problems: Problems
    ) -> None:
        self.sheet, self.kind, self.found, self.layout = sheet, kind, found, layout
        self.market, self.problems = market, problems
        self.refused: set[int] = set()
        self.kinds = {column.name: column.kind for column in TABLES[kind].columns}
        self.grouped = sheet.separator != ";"

    def read(self, row: Sequence[str], line: int) -> dict[str, str]:
        """Yields one row by column; refused cells are left empty."""
        made: dict[str, str] = {}
        for name, index in self.found.at.items():
            if name in self.kinds and not (self.kind == "prices" and name in NUMBERS):
                made[name] = self._tried(name, line, row[index], self._reader(name))
        if self.kind == "prices":
            made |= self._numbers(row, line, made)
        return made

    def _reader(self, name: str) -> Callable[[str], str]:
        order, kind = self.layout.dates, self.kinds[name]
        if self.kind == "prices" and name == "instrument":
            return self.market.named
        if kind == "date":
            return lambda text: read_date(text, order)
        if kind == "partial":
            return lambda text: read_partial(text, order)
        if kind == "moment":
            return lambda text: read_moment(text, order)
        if kind in _NUMBER_KINDS:
            return lambda text: read_number(text, self.grouped)
        return (lambda text: text) if kind in ("text", "list", "address") else plain

    def _numbers(self, row: Sequence[str], line: int, made: Mapping[str, str]) -> dict[str, str]:
        """Yields low, high and average of a price row, in the instrument's unit."""
        numbers: dict[str, str] = {}
        for name in NUMBERS:
            if name not in self.found.at:
                continue
            text = row[self.found.at[name]]
            pair = None
            if name == "price":
                pair = self._tried_range(name, line, text)
                numbers |= {"low": "", "high": "", "average": ""} | (pair or {})
            if pair is None:
                value = self._tried(name, line, text, lambda text: read_number(text, self.grouped))
                numbers["average" if name == "price" else name] = value
        if not any(numbers.values()):
            return numbers
        return self._converted(numbers, row, line, made)

    def _tried_range(self, name: str, line: int, text: str) -> dict[str, str] | None:
        try:
            pair = read_range(text, self.grouped)
        except ValueError as fault:
            self._refuse(line, name, text, str(fault))
            return {}
        return None if pair is None else {"low": pair[0], "high": pair[1]}

    def _converted(
        self, numbers: Mapping[str, str], row: Sequence[str], line: int, made: Mapping[str, str]
    ) -> dict[str, str]:
        instrument = self.market.version(made.get("instrument", ""), made.get("date", ""))
        if instrument is None:
            return dict(numbers)
        known = self.market.vocabulary.price_units
        result = dict(numbers)
        for name, number in numbers.items():
            column = name if name in self.found.at else "price"
            unit = self._unit(column, row, line)
            if unit is not None and number:
                read = partial(converted, stated=unit, instrument=instrument, known=known)
                result[name] = self._tried(column, line, number, read)
        return result

    def _unit(self, column: str, row: Sequence[str], line: int) -> PriceUnit | None:
        """Yields the unit of a column's numbers: the row's, the heading's or the layout's; None: the own."""
        cell = row[self.found.at["unit"]] if "unit" in self.found.at else ""
        money = row[self.found.at["currency"]] if "currency" in self.found.at else ""
        text = cell or self.found.units.get(column, "") or self.layout.unit
        if not text:
            return None
        whole = f"{money}/{text}" if money and "/" not in text else text
        field = "unit" if cell else column
        known = self.market.vocabulary.price_units
        try:
            return price_unit(whole, self.layout.units, self.layout.currencies, known)
        except ValueError as fault:
            self._refuse(line, field, whole, str(fault))
            return None

    def _tried(self, name: str, line: int, text: str, read: Callable[[str], str]) -> str:
        if not text:
            return ""
        try:
            return read(text)
        except ValueError as fault:
            self._refuse(line, name, text, str(fault))
            return ""

    def _refuse(self, line: int, name: str, text: str, message: str) -> None:
        self.refused.add(line)
        at = self.sheet.at(line, self.found.at.get(name, 0))
        self.problems.add(Problem("value", message, self.sheet.file, line, name, text, at=at))
