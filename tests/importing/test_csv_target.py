"""Rows at the end of a CSV file: the old bytes stay, whatever the file looks like."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.errors import BusyError
from reporter.importing.csv_target import CsvTarget, appended
from reporter.records.problems import Problems
from reporter.records.raw import RawTable
from reporter.records.sources.folder import read_csv

ROW = {"instrument": "latp", "date": "2025-12-06", "note": 'a "b", c\nd'}


def table(data: bytes) -> RawTable:
    problems = Problems()
    read = read_csv("prices", "prices.csv", data, problems)
    assert read is not None
    assert not problems.of("error")
    return read


def texts(raw: RawTable, name: str) -> list[str]:
    return [raw.columns[name].values[code] for code in raw.columns[name].codes]


@pytest.mark.parametrize(
    "old",
    [
        b"instrument,date,note\nx,2025-01-01,\"q\"\n",
        b"instrument,date,note\nx,2025-01-01,q",
        b"\xef\xbb\xbfinstrument,date,note\r\nx,2025-01-01,\"a\r\nb\"\r\n",
        b"\ninstrument, date ,note\n\nx,2025-01-01,q\n\n",
    ],
)  # fmt: skip
def test_the_old_bytes_stay_and_the_row_is_read_back(old: bytes) -> None:
    new = appended(old, "prices", [ROW])
    assert new.startswith(old)
    assert texts(table(new), "note")[-1] == ROW["note"]
    assert len(table(new).lines) == 2


def test_a_column_that_is_missing_is_put_at_the_end_and_is_empty_before() -> None:
    old = b'instrument,note,date\r\n"x","a\r\n""b""",2025-01-01\r\n\r\n,,\r\ny,,2025-01-02'
    new = appended(old, "prices", [ROW | {"revision": "1", "reason": "why"}])
    assert texts(table(new), "reason") == ["", "", "why"]
    assert texts(table(new), "revision") == ["", "", "1"]
    assert new.startswith(b'instrument,note,date,reason,revision\r\n"x","a\r\n""b""",2025-01-01,,\r\n\r\n')


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n,\"'; ")))
def test_any_text_is_read_back(note: str) -> None:
    new = appended(b"instrument,date,note\n", "prices", [ROW | {"note": note}])
    assert texts(table(new), "note") == [note.strip()]


def test_a_table_that_is_not_there_begins_with_every_column() -> None:
    assert texts(table(appended(None, "prices", [ROW])), "instrument") == ["latp"]


def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.csv"
    real.write_bytes(b"instrument,date,note\n")
    real.chmod(0o640)
    (tmp_path / "prices.csv").symlink_to(real)
    with CsvTarget(tmp_path, "prices").held() as write:
        write([ROW])
    assert (tmp_path / "prices.csv").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere.csv", "prices.csv"]


def test_one_process_at_a_time(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reporter.importing.csv_target import CsvTarget\n"
        "with CsvTarget(Path(sys.argv[1]), 'prices').held(): pass"
    )
    with CsvTarget(tmp_path, "prices").held():
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert BusyError.__name__ in done.stderr
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == 0
