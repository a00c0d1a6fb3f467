"""Ways to spoil the shipped records in their folder: each is refused at its place, or changes nothing.

Other kinds of sources are spoiled in `sources/test_spoiled_*.py`.
"""

from __future__ import annotations

import csv
import io
import random
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reporter.bulletin.figures import canonical_json, figures
from reporter.errors import ProblemsError
from reporter.press.desk import choose_period, open_desk
from reporter.records.snapshot import take_snapshot
from reporter.settings import load_settings
from tests.conftest import ROOT

AS_OF = datetime(2025, 12, 6, 21, 47, tzinfo=ZoneInfo("Asia/Shanghai"))
TABLES = ("prices", "projects", "events", "forecasts", "statistics", "policies", "companies")
Mutation = Callable[[bytes, random.Random], bytes]


# ── what spoils a table; every one of these must be refused ──


def _cells(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def _bytes(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _filled(rows: list[list[str]], chance: random.Random, *names: str) -> tuple[int, int]:
    """A cell that holds something, in one of these columns."""
    columns = [rows[0].index(name) for name in names if name in rows[0]]
    places = [(n, c) for n in range(1, len(rows)) for c in columns if rows[n][c]]
    return chance.choice(places)


NUMBERS = ("average", "low", "high", "capacity", "value", "share_pct")
DATES = ("date", "reported_on", "issued_on", "period")
REQUIRED = ("instrument", "id", "name", "headline", "title", "metric", "issuer")


def _number(text: str) -> Mutation:
    def spoil(data: bytes, chance: random.Random) -> bytes:
        rows = _cells(data)
        row, column = _filled(rows, chance, *NUMBERS)
        rows[row][column] = text
        return _bytes(rows)

    return spoil


def _date(text: str) -> Mutation:
    def spoil(data: bytes, chance: random.Random) -> bytes:
        rows = _cells(data)
        row, column = _filled(rows, chance, *DATES)
        rows[row][column] = text
        return _bytes(rows)

    return spoil


def _dropped_column(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    column = chance.choice([n for n, name in enumerate(rows[0]) if name in (*REQUIRED, *DATES[:2])])
    return _bytes([row[:column] + row[column + 1 :] for row in rows])


def _doubled_column(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    name = chance.choice(rows[0])
    return _bytes([[*row, name if n == 0 else ""] for n, row in enumerate(rows)])


def _emptied_key(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    row, column = _filled(rows, chance, *REQUIRED)
    rows[row][column] = ""
    return _bytes(rows)


def _short_row(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    row = chance.randrange(1, len(rows))
    rows[row] = rows[row][: chance.randrange(1, len(rows[row]) - 1)]
    return _bytes(rows)


def _open_quote(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    row = chance.randrange(1, len(lines) - 1)
    lines[row] = b'"' + lines[row].replace(b'"', b"")
    return b"\n".join(lines)


def _broken_letter(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + chance.choice((b"\xff", b"\xe9 ", b"\x00")) + data[place:]


def _other_encoding(data: bytes, chance: random.Random) -> bytes:
    return data.decode("utf-8").encode(chance.choice(("utf-16", "utf-16-le", "utf-32")))


def _other_separator(data: bytes, chance: random.Random) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=chance.choice((";", "\t", "|")), lineterminator="\n").writerows(_cells(data))
    return text.getvalue().encode()


def _twice(data: bytes, chance: random.Random) -> bytes:
    """A row stands twice, with another value the second time."""
    rows = _cells(data)
    row, column = _filled(rows, chance, *NUMBERS, "headline", "title", "name")
    again = list(rows[row])
    again[column] = "7" if again[column] != "7" else "8"
    return _bytes([*rows, again])


def _nothing(data: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"", b"\n\n", b"\xef\xbb\xbf"))


def _endless_header(data: bytes, chance: random.Random) -> bytes:
    return b",".join(b"c%d" % n for n in range(100_000)) + b"\n" + data


def _unkeyed_revision(data: bytes, chance: random.Random) -> bytes:
    """A revision above 0 that does not say when it became known would rewrite the past."""
    rows = _cells(data)
    names = ["revision", "published_at"]
    kept = [n for n, name in enumerate(rows[0]) if name not in names]
    chosen = chance.randrange(1, len(rows))
    return _bytes(
        [
            [*(row[n] for n in kept), *(names if i == 0 else ["1" if i == chosen else "0", ""])]
            for i, row in enumerate(rows)
        ]
    )


REFUSED: dict[str, Mutation] = {
    "no such number": _number("about 5"),
    "NaN": _number("NaN"),
    "infinite": _number("inf"),
    "1e309": _number("1e309"),
    "a formula": _number("=1+1"),
    "thousands": _number("1,000,000"),
    "a unit in the number": _number("93 300 yuan"),
    "decimal comma": _number("12,5"),
    "an error of a sheet": _number("#REF!"),
    "a day that is none": _date("2025-02-30"),
    "month and day swapped": _date("2025-31-12"),
    "an American date": _date("12/31/2025"),
    "a serial number": _date("46022"),
    "a column dropped": _dropped_column,
    "a column twice": _doubled_column,
    "an empty key": _emptied_key,
    "a short row": _short_row,
    "an open quote": _open_quote,
    "a broken letter": _broken_letter,
    "another encoding": _other_encoding,
    "another separator": _other_separator,
    "a row twice": _twice,
    "an empty file": _nothing,
    "a hundred thousand columns": _endless_header,
    "a revision of unknown date": _unkeyed_revision,
}


# ── what changes the file and not what it says ──


def _shuffled_columns(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    return _bytes([[row[n] for n in order] for row in rows])


def _padded(data: bytes, chance: random.Random) -> bytes:
    return _bytes([[f" {cell} " if chance.random() < 0.3 else cell for cell in row] for row in _cells(data)])


def _quoted(data: bytes, chance: random.Random) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(_cells(data))
    return text.getvalue().encode()


def _blank_rows(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    return _bytes([*rows, [""] * len(rows[0]), []])


def _more_zeros(data: bytes, chance: random.Random) -> bytes:
    rows = _cells(data)
    row, column = _filled(rows, chance, *NUMBERS)
    rows[row][column] += "0" if "." in rows[row][column] else ".00"
    return _bytes(rows)


HARMLESS: dict[str, Mutation] = {
    "a byte order mark": lambda data, _: b"\xef\xbb\xbf" + data,
    "line ends of another system": lambda data, _: data.replace(b"\n", b"\r\n"),
    "columns in another order": _shuffled_columns,
    "blanks around cells": _padded,
    "everything quoted": _quoted,
    "blank rows at the end": _blank_rows,
    "needless zeros": _more_zeros,
}


def _figures(folder: Path) -> bytes:
    desk = open_desk(load_settings(folder / "schedule.yaml"))
    snapshot = take_snapshot(desk.records, AS_OF)
    from reporter.bulletin.build import build_issue

    return canonical_json(
        figures(build_issue(snapshot, desk.plan, choose_period(desk, snapshot, "2025-W49")))
    )


@lru_cache(maxsize=1)
def _right() -> bytes:
    return _figures(ROOT)


@pytest.fixture
def records(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "schedule.yaml", tmp_path)
    return tmp_path


NEEDS_NUMBERS = {
    "no such number", "NaN", "infinite", "1e309", "a formula", "thousands", "a unit in the number",
    "decimal comma", "an error of a sheet", "needless zeros",
}  # fmt: skip
NEEDS_DATES = {"a day that is none", "month and day swapped", "an American date", "a serial number"}


def _applies(name: str, table: str) -> bool:
    """Companies have no numbers and no dates; the share of a statistic is no date."""
    return (
        not (table == "companies" and (name in NEEDS_NUMBERS or name in NEEDS_DATES))
        and not (table in ("projects", "policies") and name in NEEDS_DATES)
        and not (table == "policies" and name in NEEDS_NUMBERS)
    )


def _cases(mutations: Mapping[str, Mutation]) -> list[tuple[str, str]]:
    return [(name, table) for name in mutations for table in TABLES if _applies(name, table)]


@pytest.mark.parametrize(("name", "table"), _cases(REFUSED))
def test_what_is_spoiled_is_refused_at_its_place(records: Path, name: str, table: str) -> None:
    """A random place each; every fault names the file, and a line unless the whole file is meant."""
    file = records / "data" / f"{table}.csv"
    whole = file.read_bytes()
    file.write_bytes(REFUSED[name](whole, random.Random(f"{name}{table}")))
    with pytest.raises(ProblemsError) as refused:
        _figures(records)
    errors = [one for one in refused.value.problems if one.severity == "error"]
    assert errors
    assert all(one.file.endswith((".csv", ".yaml", "data")) for one in errors)
    assert any(one.file.endswith(file.name) and one.line for one in errors)


@pytest.mark.parametrize(("name", "table"), _cases(HARMLESS))
def test_what_only_looks_different_gives_the_same_figures(records: Path, name: str, table: str) -> None:
    file = records / "data" / f"{table}.csv"
    file.write_bytes(HARMLESS[name](file.read_bytes(), random.Random(f"{name}{table}")))
    assert _figures(records) == _right()


YAML = {
    "aliases of aliases": "a: &a [x, x]\n"
    + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20)),
    "a tab": "- {id: x,\n\tname: X}\n",
    "never closed": "- {id: x, name: X",
    "no list": "id: x\n",
    "deep": "[" * 5000,
    "two documents": "- {id: x, name: X, unit: kg, currency: CNY}\n---\n- {}\n",
    "an object of a program": "- !!python/object/apply:os.system ['true']\n",
    "Mt": "- {id: lithium-sulfide, name: X, unit: Mt, currency: CNY}\n",
    "a number for a name": "- {id: 5, name: [1, 2], unit: kg, currency: CNY}\n",
    "not UTF-8": "\udcff",
}


@pytest.mark.parametrize("name", YAML)
@pytest.mark.parametrize("file", ["instruments.yaml", "calendars.yaml", "vocabulary.yaml"])
def test_a_spoiled_yaml_is_refused_at_its_place(records: Path, name: str, file: str) -> None:
    (records / "data" / file).write_bytes(YAML[name].encode("utf-8", "surrogateescape"))
    with pytest.raises(ProblemsError) as refused:
        _figures(records)
    assert any(one.file.endswith(file) and one.line for one in refused.value.problems)
