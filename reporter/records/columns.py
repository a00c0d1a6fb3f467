"""Columns of judged values: every distinct text of a column is judged once, for all its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, repeat
from operator import itemgetter, methodcaller
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.problems import SHOWN, Problems
from reporter.records.raw import Placing, RawColumn, RawTable
from reporter.records.tables import UNCHANGED, Column, Reader, Table

EMPTY, REFUSED = -1, -2
_FLOAT_DIGITS = 15

Mask = NDArray[np.bool_]
Message = str | Callable[[int], str]


@dataclass(frozen=True)
class Cells:
    """The values of one column: row `i` holds `values[codes[i]]`, or is EMPTY or REFUSED.

    Equal codes are equal values, because values are canonical and distinct.
    """

    codes: NDArray[np.int32]
    values: Sequence[Any]

    @property
    def given(self) -> Mask:
        """The rows with a value that was taken."""
        return np.greater_equal(self.codes, 0)

    @property
    def empty(self) -> Mask:
        """The rows without a value."""
        return np.equal(self.codes, EMPTY)

    def at(self, row: int | np.integer[Any]) -> Any:
        """Yields the value of one row, None where it is empty or refused."""
        code = self.codes[row]
        return self.values[code] if code >= 0 else None

    def equals(self, value: object) -> Mask:
        """The rows that hold `value`."""
        code = self.values.index(value) if value in self.values else REFUSED - 1
        return np.equal(self.codes, code)

    def where(self, test: Callable[[Any], bool]) -> Mask:
        """The rows whose value passes the test, asked once a distinct value."""
        passed = np.array([bool(test(value)) for value in self.values] + [False, False], dtype=bool)
        return passed[self.codes]  # EMPTY and REFUSED count from the end: the two False

    def ranks(self) -> NDArray[np.int64]:
        """Numbers that sort the rows as their values sort; empty rows come first."""
        order = sorted(range(len(self.values)), key=lambda code: self.values[code])
        rank = np.empty(len(order) + 2, dtype=np.int64)
        rank[order] = np.arange(len(order))
        rank[len(order) :] = -1
        return rank[self.codes]

    def take(self, rows: NDArray[np.intp] | Mask) -> Cells:
        """Yields the same column with other rows."""
        return Cells(self.codes[rows], self.values)


@dataclass(frozen=True)
class Judged:
    """A table whose cells were each judged on their own, in the order of its file.

    `whole` tells that no required column is missing.
    """

    rules: Table
    file: str
    lines: NDArray[np.int64]
    cells: Mapping[str, Cells]
    whole: bool = True
    placing: Placing = field(default_factory=Placing)

    def __getitem__(self, column: str) -> Cells:
        return self.cells[column]

    def take(self, rows: NDArray[np.intp] | Mask) -> Judged:
        """Yields the same table with other rows."""
        cells = {name: column.take(rows) for name, column in self.cells.items()}
        return replace(self, lines=self.lines[rows], cells=cells)

    def report(
        self, problems: Problems, rows: Mask, code: str, field: str, message: Message, severity: str = "error"
    ) -> None:
        """Notes the rows of a mask as problems of one column, the first ones in full.

        In a plain message `{low}` stands for the row's value of that column.
        """
        found = np.flatnonzero(rows)
        if not len(found):
            return
        for row in found[:SHOWN]:
            value = self.cells[field].at(row) if field in self.cells else None
            text = self._filled(message, row) if isinstance(message, str) else message(int(row))
            shown = None if value is None else str(value)
            problems.add(Problem(code, text, self.file, int(self.lines[row]), field, shown, severity))
        problems.add_more((self.file, code, field), len(found) - SHOWN)

    def _filled(self, message: str, row: int | np.integer[Any]) -> str:
        return message.format_map({name: column.at(row) for name, column in self.cells.items()})


def judge(raw: RawTable, rules: Table, readers: Mapping[str, Reader], problems: Problems) -> Judged:
    """Yields the table's columns in the contract's order, each cell judged on its own.

    Missing optional columns are empty; unknown ones are a warning; required ones that are missing or
    have empty cells, and refused cells, are errors.
    """
    header = None if raw.placing.kind == "key" else 1  # a table of a database has no line that names columns
    for name in raw.columns:
        if name not in rules.names:
            note = "is not a column of this table; it is not read"
            problems.add(Problem("unknown_column", note, raw.file, header, name, severity="warning"))
    cells, complete = {}, True
    for column in rules.columns:
        if column.name in raw.columns:
            cells[column.name] = _judge_column(raw, column, readers[column.kind], problems)
        else:
            codes = np.full(len(raw.lines), EMPTY, dtype=np.int32)
            cells[column.name] = _with_default(codes, [], column)
            if column.required:
                complete = False
                found = ", ".join(raw.columns)
                note = f"the column is missing; the header has {found[:120]}"
                problems.add(Problem("missing_column", note, raw.file, header, column.name))
    return Judged(rules, raw.file, raw.lines, cells, complete, raw.placing)


def _judge_column(raw: RawTable, column: Column, reader: Reader, problems: Problems) -> Cells:
    texts = raw.columns[column.name]
    translated, values, refused = _translate(texts.values, column, reader)
    codes = translated[texts.codes] if len(translated) else texts.codes
    if refused:
        _report_refused(raw.file, raw.lines, column.name, texts, codes == REFUSED, refused, problems)
    if column.required:
        lines = raw.lines[codes == EMPTY]
        for line in lines[:SHOWN]:
            problems.add(Problem("required", "is required", raw.file, int(line), column.name))
        problems.add_more((raw.file, "required", column.name), len(lines) - SHOWN)
    return _with_default(codes, values, column)


def _translate(
    texts: Sequence[str], column: Column, reader: Reader
) -> tuple[NDArray[np.int32], list[Any], dict[int, ValueError]]:
    """Yields the code of each distinct text, the distinct values, and why the first texts were refused.

    Texts come in order of appearance, so the first rows to be shown hold the first refused texts.
    """
    values: list[Any] = list(texts)
    refused: dict[int, ValueError] = {}
    plain = UNCHANGED.get(column.kind)
    matches = map(plain.fullmatch, texts) if plain else repeat(None)
    codes_refused = []
    for code, text in [(code, text) for code, text, match in zip(count(), texts, matches) if match is None]:
        try:
            values[code] = reader(text) if text else None
        except ValueError as fault:
            values[code] = None
            codes_refused.append(code)
            if len(refused) < SHOWN:
                refused[code] = fault
    numbers: defaultdict[Any, int] = defaultdict(count().__next__, {None: EMPTY})
    translated = np.fromiter(map(numbers.__getitem__, values), np.int32, len(values))
    translated[codes_refused] = REFUSED
    return translated, list(numbers)[1:], refused


def _report_refused(
    file: str,
    lines: NDArray[np.int64],
    name: str,
    texts: RawColumn,
    rows: Mask,
    refused: Mapping[int, ValueError],
    problems: Problems,
) -> None:
    found = np.flatnonzero(rows)
    for row in found[:SHOWN]:
        code = int(texts.codes[row])
        problems.add(Problem("value", str(refused[code]), file, int(lines[row]), name, texts.values[code]))
    problems.add_more((file, "value", name), len(found) - SHOWN)


def _with_default(codes: NDArray[np.int32], values: list[object], column: Column) -> Cells:
    if column.default is None or not (codes == EMPTY).any():
        return Cells(codes, values)
    if column.default not in values:
        values = [*values, column.default]
    return Cells(np.where(codes == EMPTY, np.int32(values.index(column.default)), codes), values)


def as_series(cells: Cells, kind: str) -> pd.Series[Any]:
    """Yields the column for a data frame: days and moments as datetime64 (UTC), whole numbers as int64,
    everything else as categories (decimals by their exact text)."""
    if kind == "moment":
        stamps = np.array(
            [*(stamp.replace(tzinfo=None) for stamp in cells.values), None], dtype="datetime64[us]"
        )
        return pd.Series(stamps[cells.codes]).dt.tz_localize("UTC")  # EMPTY is -1, the last
    if kind == "date":
        return pd.Series(np.array([*cells.values, None], dtype="datetime64[s]")[cells.codes])
    if kind == "whole":
        return pd.Series(np.array([*cells.values, 0], dtype=np.int64)[cells.codes])
    categories = pd.CategoricalDtype(pd.Index(list(cells.values), dtype=object))
    return pd.Series(pd.Categorical.from_codes(cells.codes, dtype=categories, validate=False))


def whole(columns: Sequence[Cells]) -> list[NDArray[Any]]:
    """Yields decimal columns as exact whole numbers of one common scale; 0 where there is none.

    Up to fifteen digits a binary fraction times the scale lies nearest to the one right whole number;
    longer ones are read by Python's own integers: slower, as exact.
    """
    texts = [text for cells in columns for text in cells.values]
    split = methodcaller("partition", ".")
    places = max(map(len, map(itemgetter(2), map(split, texts))), default=0)
    digits = max(map(len, map(itemgetter(0), map(split, texts))), default=0) + places
    return [_whole_column(cells, places, digits) for cells in columns]


def _whole_column(cells: Cells, places: int, digits: int) -> NDArray[Any]:
    if digits <= _FLOAT_DIGITS:
        floats = np.array([*map(float, cells.values), 0.0, 0.0])
        return np.rint(floats * 10.0**places).astype(np.int64)[cells.codes]
    parts = (text.partition(".") for text in cells.values)
    numbers = [int(before + after.ljust(places, "0")) for before, _, after in parts]
    return np.array([*numbers, 0, 0], dtype=object)[cells.codes]  # EMPTY and REFUSED: the two at the end
