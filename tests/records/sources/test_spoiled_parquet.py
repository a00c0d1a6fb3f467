"""Spoiled Parquet files: right figures or a refusal that names the file."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.records.sources.spoiling import (
    MARKET,
    PRICES,
    at,
    figures_of,
    refusal,
    write_folder,
    write_parquet,
)


def texts(*parts: bytes) -> pa.Array:
    """Yields what calls itself texts, whatever the bytes."""
    return pa.Array.from_buffers(pa.string(), len(parts), pa.array(parts).buffers())


def spoiled(folder: Path, column: str, values: pa.Array) -> Path:
    place = write_parquet(folder, MARKET)
    columns = dict(zip(PRICES[0], map(list, zip(*PRICES[1:], strict=True)), strict=True))
    pq.write_table(pa.table({**columns, column: values}), place / "prices.parquet")
    return place


RIGHT = [50.0, 110.0, 100.0, 55.0]
DAY = 86_400_000
REFUSED: dict[str, tuple[str, pa.Array]] = {
    "lists": ("average", pa.array([[1], [2], [3], [4]])),
    "objects": ("average", pa.array([{"a": 1}] * 4)),
    "maps": ("note", pa.array([[("a", 1)]] * 4, pa.map_(pa.string(), pa.int32()))),
    "sixty digits": ("average", pa.array([Decimal("1" * 60)] * 4, pa.decimal256(76, 2))),
    "not a number": ("average", pa.array([50.0, float("nan"), 100.0, 55.0])),
    "infinity": ("average", pa.array([50.0, float("inf"), 100.0, 55.0])),
    "a large float": ("average", pa.array([50.0, 1e300, 100.0, 55.0])),
    "truths": ("average", pa.array([True] * 4)),
    "bytes": ("note", pa.array([b"a", b"\xff", b"c", b"d"])),
    "no UTF-8": ("note", texts(b"a", b"\xff\xfe", b"c", b"d")),
    "half a letter": ("note", texts(b"a", b"\xed\xa0\x80", b"c", b"d")),
    "NUL": ("note", pa.array(["a", "b\0", "c", "d"])),
    "a day that no calendar has": ("date", pa.array([2**31 - 1, 1, 2, 3], pa.int32()).view(pa.date32())),
    "a later one": ("date", pa.array([2**40 * DAY // 1000, DAY, DAY, DAY]).view(pa.date64())),
    "a moment that is no day": ("date", pa.array([1, 2, 3, 4], pa.timestamp("us"))),
    "a moment far away": ("date", pa.array([2**62, 2, 3, 4], pa.timestamp("us"))),
    "a zone of no place": ("date", pa.array([1, 2, 3, 4], pa.timestamp("us", "Mars/Base"))),
    "spans of time": ("average", pa.array([1, 2, 3, 4], pa.duration("s"))),
    "spans without end": ("average", pa.array([2**62, 2, 3, 4], pa.duration("s"))),
    "times": ("average", pa.array([1, 2, 3, 4], pa.time32("s"))),
    "a number for an id": ("instrument", pa.array([1, 2, 3, 4])),
    "a number for a day": ("date", pa.array([20251204] * 4)),
    "nothing": ("instrument", pa.nulls(4)),
    "ids of a million letters": ("instrument", pa.array(["q" * 10**6] * 4)),
}
HARMLESS: dict[str, tuple[str, pa.Array]] = {
    "wide decimals": ("average", pa.array(list(map(Decimal, RIGHT)), pa.decimal256(76, 2))),
    "small floats": ("average", pa.array(RIGHT, pa.float32())),
    "whole numbers, once each": ("average", pa.array(list(map(int, RIGHT))).dictionary_encode()),
    "large texts": ("note", pa.array(["a"] * 4, pa.large_string())),
    "bytes of a fixed length": ("note", pa.array([b"ab"] * 4, pa.binary(2))),
    "a million letters": ("note", pa.array(["x" * 10**6] * 4)),
    "no notes": ("note", pa.nulls(4)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_column_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    column, values = REFUSED[name]
    faults = refusal(at(spoiled(tmp_path, column, values)))
    assert faults is not None
    assert all(fault.file == f"{tmp_path}/prices.parquet" for fault in faults)
    assert any(fault.field == column or (fault.code, fault.line) == ("no_number", 2) for fault in faults)


@pytest.mark.parametrize("name", HARMLESS)
def test_another_type_of_the_same_changes_no_figure(name: str, tmp_path: Path) -> None:
    made = figures_of(at(spoiled(tmp_path, *HARMLESS[name])))
    assert made == figures_of(at(write_folder(tmp_path / "right")))


@pytest.mark.parametrize("seed", range(24))
def test_broken_bytes_end_in_figures_or_a_refusal(seed: int, tmp_path: Path) -> None:
    """A page's bytes have no checksum: they may be another number, but never a traceback."""
    file = write_parquet(tmp_path) / "prices.parquet"
    data, chance = bytearray(file.read_bytes()), random.Random(seed)
    for _ in range(chance.choice((1, 3, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = seed % 3 == 0
    file.write_bytes(data[: chance.randrange(len(data))] if cut else data)
    faults = refusal(at(tmp_path))
    assert faults is None or all(fault.file.startswith(str(tmp_path)) for fault in faults)
    assert faults is not None or not cut


@pytest.mark.parametrize("start", [86, 113, 241, 269, 292])
def test_bytes_that_once_ended_in_a_traceback_are_refused(start: int, tmp_path: Path) -> None:
    """No UTF-8 in a page, and a column with fewer rows than its file."""
    file = write_parquet(tmp_path) / "prices.parquet"
    data, chance = bytearray(file.read_bytes()), random.Random(start)
    for _ in range(chance.choice((1, 1, 3, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    file.write_bytes(data)
    assert refusal(at(tmp_path)) is not None


def test_a_long_text_in_every_row_is_kept_once(tmp_path: Path) -> None:
    """Seven kilobytes that would be twenty gigabytes."""
    rows = 200_000
    long = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array(["y" * 100_000]))
    write_parquet(tmp_path)
    columns = {"instrument": pa.array(["quartz"] * rows), "date": pa.array(["2025-12-04"] * rows)}
    table = pa.table({**columns, "average": pa.array(["1"] * rows), "note": long})
    pq.write_table(table, tmp_path / "prices.parquet", store_schema=False)
    assert (tmp_path / "prices.parquet").stat().st_size < 10_000
    assert figures_of(at(tmp_path))
