"""Parquet files give the tables that CSV files would, and faults with their file and row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import SHANGHAI, folder
from shipped import Rows, issue_of, shipped

from reporter.errors import RecordsError
from reporter.records.location import Location, in_folder
from reporter.records.raw import RawRecords, RawTable
from reporter.records.sources.folder import read_folder
from reporter.records.validation import load_records

LATP = {"instrument": ["latp"], "date": [date(2025, 12, 5)], "average": [145.0]}


def write(file: Path, columns: Mapping[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), file)
    return file


def write_all(place: Path, tables: Mapping[str, Rows]) -> Path:
    for name, (header, *rows) in tables.items():
        columns = {}
        for title, values in zip(header, zip(*rows, strict=True), strict=True):
            mixed = len({type(value) for value in values} - {type(None)}) > 1
            columns[str(title)] = (
                [None if one is None else text(one) for one in values] if mixed else list(values)
            )
        write(place / f"{name}.parquet", columns)
    return place


def text(value: object) -> str:
    return str(value).removesuffix(".0")


def read(place: Path, *names: str) -> RawRecords:
    return read_folder(Location(place.as_posix()), names or ("instruments", "prices"))


def texts(raw: RawTable, name: str) -> list[str]:
    column = raw.columns[name]
    return [column.values[code] for code in column.codes]


def only_fault(place: Path) -> str:
    [problem] = read(place, "prices").problems.of("error")
    return str(problem).replace(str(place), "r")


def test_the_same_records_give_the_same_figures(tmp_path: Path) -> None:
    """The shipped records as Parquet make the byte-identical figures.json; a figure names file and row."""
    made, snapshot = issue_of(write_all(tmp_path, shipped()))
    expected, from_csv = issue_of(None)
    assert made == expected
    key = "prices/latp/2025-12-05/r0"
    place, line = snapshot.place(key), from_csv.place(key)
    assert line is not None
    assert str(place) == f"{tmp_path}/prices.parquet:{line.line - 1}"  # there is no header


VALUES: dict[str, tuple[pa.Array, list[str]]] = {
    "floats": (pa.array([0.1, 93300.0, 1e-5, float("nan"), None]), ["0.1", "93300", "0.00001", "", ""]),
    "floats of 32 bits": (pa.array([0.1, 2050.5, None], pa.float32()), ["0.1", "2050.5", ""]),
    "decimals": (pa.array([Decimal("1.50"), Decimal("1E+3")], pa.decimal128(9, 2)), ["1.50", "1000.00"]),
    "whole numbers": (pa.array([3, None]), ["3", ""]),
    "truth": (pa.array([True, False]), ["true", "false"]),
    "days": (pa.array([date(2025, 12, 5)]), ["2025-12-05"]),
    "moments": (
        pa.array([datetime(2025, 12, 5), datetime(2025, 12, 5, 21, 47)], pa.timestamp("ns")),
        ["2025-12-05", "2025-12-05T21:47:00"],
    ),
    "moments of a zone": (
        pa.array([datetime(2025, 12, 5, tzinfo=UTC)], pa.timestamp("ms", "Asia/Shanghai")),
        ["2025-12-05T08:00:00+08:00"],
    ),
    "texts, once each": (pa.array(["a", "b", None, "a"]).dictionary_encode(), ["a", "b", "", "a"]),
    "texts that look like no number": (pa.array(["NaN", "inf", " x\r\ny "]), ["NaN", "inf", "x\ny"]),
    "nothing": (pa.nulls(2), ["", ""]),
}


@pytest.mark.parametrize(("values", "expected"), VALUES.values(), ids=list(VALUES))
def test_values_become_the_texts_of_a_csv(values: pa.Array, expected: list[str], tmp_path: Path) -> None:
    write(tmp_path / "prices.parquet", {"x": values, "row": pa.array(range(len(values)))})
    raw = read(tmp_path).tables["prices"]
    assert texts(raw, "x") == expected
    assert raw.lines.tolist() == list(range(1, len(values) + 1))


def test_files_of_a_folder_are_one_table(tmp_path: Path) -> None:
    """Partitions join as columns, a column that a file lacks is empty there; each row names its own file."""
    write(tmp_path / "prices" / "year=2024" / "a.parquet", {"average": ["1", "2"]})
    write(tmp_path / "prices" / "year=2025" / "b.parquet", {"average": ["3", "4"], "note": ["n", None]})
    write(tmp_path / "prices" / "_old" / "c.parquet", {"average": ["9"]})
    raw = read(tmp_path).tables["prices"]
    assert texts(raw, "average") == ["1", "2", "3", "4"]
    assert texts(raw, "note") == ["", "", "n", ""]
    assert texts(raw, "year") == ["2024", "2024", "2025", "2025"]
    places = [raw.placing.at(line, "", "") for line in raw.lines.tolist()]
    assert places == [
        f"year={year}/{name}.parquet:{row}" for year, name in ((2024, "a"), (2025, "b")) for row in (1, 2)
    ]


def test_faults_name_file_and_row(tmp_path: Path) -> None:
    """A value, a missing column and an unknown instrument: in one file by row, in several by file and row."""
    place = folder(tmp_path, instruments="- {id: latp, name: L, unit: kg, currency: CNY}\n")
    days = [date(2025, 12, 5), date(2025, 12, 6), date(2025, 12, 7)]
    prices = {"instrument": ["latp", "latp", "nobody"], "date": days, "average": ["1", "x", "3"]}

    def refused() -> list[str]:
        with pytest.raises(RecordsError) as caught:
            load_records(in_folder(place), SHANGHAI)
        return [
            str(problem).split(": error")[0].replace(str(place), "r") for problem in caught.value.problems
        ]

    write(place / "prices.parquet", prices)
    assert refused() == ["r/prices.parquet:2", "r/prices.parquet:3"]
    write(place / "prices.parquet", {"instrument": ["latp"]})
    assert refused() == ["r/prices.parquet"]
    (place / "prices.parquet").unlink()
    write(place / "prices" / "1.parquet", LATP)
    write(
        place / "prices" / "2.parquet",
        {"instrument": ["latp", "nobody"], "date": days[1:], "average": ["y", "1"]},
    )
    assert refused() == ["r/prices!2.parquet:1", "r/prices!2.parquet:2"]


def test_a_table_that_is_there_twice_is_a_fault(tmp_path: Path) -> None:
    """Nobody can tell which one is meant."""
    (tmp_path / "prices.csv").write_text("instrument,date,average\n")
    write(tmp_path / "prices.parquet", LATP)
    assert only_fault(tmp_path) == (
        "r/prices: error [two_files] is there as prices.csv and as prices.parquet; keep one of them"
    )
    (tmp_path / "prices.csv").unlink()
    write(tmp_path / "prices" / "a.parquet", LATP)
    assert "is there as prices.parquet and as prices;" in only_fault(tmp_path)


def test_instruments_and_calendars_may_be_parquet_a_vocabulary_not(tmp_path: Path) -> None:
    write(
        tmp_path / "instruments.parquet",
        {"id": ["latp"], "name_en": ["LATP"], "decimals": [0], "tick": [0.5]},
    )
    write(tmp_path / "vocabulary.parquet", {"x": [1]})
    raw = read(tmp_path, "instruments", "vocabulary")
    assert (
        raw.texts["instruments"].text
        == '- {"id": "latp", "decimals": 0, "tick": 0.5, "name": {"en": "LATP"}}\n'
    )
    assert [fault.code for fault in raw.problems.of("error")] == ["not_tabular"]


def test_what_is_no_parquet_is_one_clear_fault(tmp_path: Path) -> None:
    """Text, a file cut off, nested columns, a name twice: each told with its file, nothing raised."""
    file = write(tmp_path / "prices.parquet", LATP)
    data = file.read_bytes()
    for broken in (b"", b"instrument,date\n" * 9, data[: len(data) // 2]):
        file.write_bytes(broken)
        assert only_fault(tmp_path).startswith("r/prices.parquet: error [parquet] cannot be read as Parquet")
    write(file, {"x": [[1, 2]]})
    assert "error [parquet] x: cannot be read as texts, numbers or dates" in only_fault(tmp_path)
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["x", "x"]), file)
    assert (
        only_fault(tmp_path) == "r/prices.parquet: error [duplicate_column] x: the file has this column twice"
    )


def test_a_column_keeps_equal_texts_once(tmp_path: Path) -> None:
    """However a value was stored, in whichever file: one text, one number."""
    write(tmp_path / "prices" / "1.parquet", {"x": pa.array([1.0, None, float("nan")])})
    write(tmp_path / "prices" / "2.parquet", {"x": pa.array(["1", "", "2"])})
    column = read(tmp_path).tables["prices"].columns["x"]
    assert sorted(column.values) == ["", "1", "2"]


def test_a_long_table_is_read_by_its_distinct_values(tmp_path: Path) -> None:
    """Two hundred thousand rows of few values keep few texts and every row's place."""
    count = 200_000
    write(tmp_path / "prices.parquet", {"x": pa.array(np.arange(count) % 100 / 10)})
    raw = read(tmp_path).tables["prices"]
    assert len(raw.columns["x"].values) == 100
    assert (raw.lines[-1], texts(raw, "x")[-1]) == (count, "9.9")
