"""An import from file to records, over each kind of records that can be written to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from import_desk import Desk, open_engine
from sqlalchemy import text

from reporter.cli import main

HEAD = "instrument,date,low,high\n"


def imported(place: Desk, *words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Runs the command in the desk's folder and yields its status and what it printed."""
    before = Path.cwd()
    os.chdir(place.place)
    try:
        with pytest.raises(SystemExit) as end:
            main(["import", *words])
    finally:
        os.chdir(before)
    told = capsys.readouterr()
    return int(end.value.code or 0), told.out, told.err


def numbers(place: Desk, instrument: str = "latp") -> list[tuple[str, ...]]:
    """Date, low, high, revision and reason of an instrument's rows."""
    return [(row[1], row[2], row[3], row[6], row[8]) for row in place.rows() if row[0] == instrument]


def test_new_unchanged_and_revised_rows_are_shown_and_appended(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.file(HEAD + "latp,2025-12-01,185,198\nsulfide,2025-12-02,1000,2000\n")
    words = ("prices", file, "--reason", "a typing error", "--published-at", "2025-12-03T09:00+08:00")
    status, out, err = imported(place, *words, capsys=capsys)
    assert status == 0, err
    assert out.splitlines()[0].endswith(": 1 new, 0 unchanged, 1 revised, 0 refused")
    assert "latp 2025-12-01: high 195 → 198; revision 1, a typing error  (in.csv:2)" in out
    assert err.startswith("appended 2 rows to ")
    assert numbers(place) == [
        ("2025-12-01", "185", "195", "0", ""),
        ("2025-12-01", "185", "198", "1", "a typing error"),
    ]
    assert numbers(place, "sulfide") == [("2025-12-02", "1000", "2000", "0", "")]


def test_a_second_import_of_the_same_file_changes_nothing(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.file(HEAD + "latp,2025-12-01,185.0,198\nsulfide,2025-12-02,1000.10,2000\n")
    assert imported(place, "prices", file, "--reason", "why", capsys=capsys)[0] == 0
    before = place.rows()
    status, out, err = imported(place, "prices", file, capsys=capsys)
    assert (status, place.rows()) == (0, before)
    assert "0 new, 2 unchanged, 0 revised, 0 refused" in out
    assert "nothing to write" in err


def test_a_dry_run_writes_nothing(place: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = place.rows()
    file = place.file(HEAD + "sulfide,2025-12-02,1000,2000\n")
    status, out, _ = imported(place, "prices", file, "--dry-run", "--json", capsys=capsys)
    found = json.loads(out)
    assert (status, found["written"], found["counts"]["new"]) == (0, False, 1)
    assert found["changes"][0]["key"] == ["sulfide", "2025-12-02"]
    assert place.rows() == before


def test_one_refused_row_keeps_all_out_and_every_fault_has_its_place(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Faults of a cell, of a row, of a name and of what is known already, in one run."""
    before = place.rows()
    file = place.file(
        HEAD
        + "sulfide,2025-12-02,1000,2000\n"
        + "sulfide,2025-12-03,3000,2000\n"
        + "sulfide,2025-12-04,about 5,6\n"
        + "gold,2025-12-05,5,6\n"
        + "latp,2025-12-01,1,2\n"
    )
    status, out, err = imported(place, "prices", file, capsys=capsys)
    assert (status, place.rows()) == (3, before)
    assert "1 new, 0 unchanged, 0 revised, 4 refused" in out
    assert "in.csv:3: error [low_above_high] low '3000': is above high, 2000" in err
    assert "in.csv:4: error [value] low 'about 5': is not a number" in err
    assert "in.csv:5: error [value] instrument 'gold': is not an instrument's id or name" in err
    assert "in.csv:6: error [no_reason] instrument 'latp': revises what is known" in err
    assert err.splitlines()[-1] == "4 faults in 1 file; nothing was written"


def test_three_imports_make_three_revisions(place: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The columns that a file does not have keep what the record says."""
    for number, (low, high) in enumerate([(185, 195), (185, 198), (187, 198)]):
        file = place.file(HEAD + f"latp,2025-12-02,{low},{high}\n")
        when = f"2025-12-0{number + 3}T09:00+08:00"
        words = ("--published-at", when, *(("--reason", f"because {number}") if number else ()))
        assert imported(place, "prices", file, *words, capsys=capsys)[0] == 0
    assert numbers(place)[1:] == [
        ("2025-12-02", "185", "195", "0", ""),
        ("2025-12-02", "185", "198", "1", "because 1"),
        ("2025-12-02", "187", "198", "2", "because 2"),
    ]


def test_a_revision_that_would_be_known_before_the_last_is_refused(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.file(HEAD + "latp,2025-12-01,1,2\n")
    words = ("prices", file, "--reason", "x", "--published-at", "2025-11-30")
    status, _, err = imported(place, *words, capsys=capsys)
    assert status == 3
    assert "must be known later than revision 0, which is known from 2025-12-01T00:00:00+08:00" in err


def test_a_file_may_hold_a_whole_chain_and_is_known_again(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that say when they were published are taken in that order, whatever their order in the file."""
    file = place.file(
        "instrument,date,low,high,published_at,reason\n"
        "latp,2025-12-02,187,198,2025-12-05,second\n"
        "latp,2025-12-02,185,195,2025-12-03,\n"
        "latp,2025-12-02,185,198,2025-12-04,first\n"
    )
    assert imported(place, "prices", file, capsys=capsys)[0] == 0
    assert [row[1:4] for row in numbers(place)[1:]] == [
        ("185", "195", "0"), ("185", "198", "1"), ("187", "198", "2"),
    ]  # fmt: skip
    status, out, _ = imported(place, "prices", file, capsys=capsys)
    assert status == 0
    assert "0 new, 3 unchanged, 0 revised, 0 refused" in out


def test_a_key_that_stands_twice_with_other_numbers_is_refused(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    file = place.file(HEAD + "latp,2025-12-02,1,2\nlatp,2025-12-02,1,2\nlatp,2025-12-02,1,3\n")
    status, _, err = imported(place, "prices", file, "--reason", "x", capsys=capsys)
    assert status == 3
    assert "in.csv:4: error [twice] instrument 'latp': stands on line 2 with another high" in err


def test_where_a_row_came_from_is_kept(place: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    file = place.file(HEAD + "sulfide,2025-12-02,1000,2000\n")
    assert imported(place, "prices", file, capsys=capsys)[0] == 0
    if place.address is None:
        found = place.csv.read_text("utf-8").splitlines()[-1]
    else:
        engine = open_engine(place.address)
        with engine.connect() as connection:
            found = connection.execute(
                text("SELECT import_source FROM prices WHERE instrument = 'sulfide'")
            ).scalar_one()
        engine.dispose()
    assert "in.csv:2, 20" in found


@pytest.mark.parametrize("place", ["postgresql", "sqlite"], indirect=True)
def test_a_database_that_cannot_keep_a_number_keeps_none(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """numeric(6, 1) would round 1000.25 without a word; a float keeps what is written."""
    before = place.rows()
    assert place.address is not None
    if "postgresql" in place.address:
        engine = open_engine(place.address)
        with engine.begin() as connection:
            connection.execute(text("ALTER TABLE prices ALTER COLUMN high TYPE numeric(6, 1)"))
        engine.dispose()
        before = place.rows()
    file = place.file(HEAD + "sulfide,2025-12-02,1,2\nsulfide,2025-12-03,1,2.25\n")
    status, _, err = imported(place, "prices", file, capsys=capsys)
    if "postgresql" in place.address:
        assert (status, place.rows()) == (3, before)
        assert "high '2.25': the column keeps 2.3 instead" in err
    else:
        assert status == 0
        assert numbers(place, "sulfide")[1][2] == "2.25"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_column_that_a_table_lacks_is_named_with_the_order_that_adds_it(
    place: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = open_engine(str(place.address))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE prices DROP COLUMN import_source"))
    engine.dispose()
    status, _, err = imported(place, "prices", place.file(HEAD + "sulfide,2025-12-02,1,2\n"), capsys=capsys)
    assert status == 3
    assert "ALTER TABLE prices ADD COLUMN import_source text" in err


@pytest.mark.parametrize("place", ["folder"], indirect=True)
@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["gold", "in.csv"], 2, "'gold' is not imported; the kinds are: prices, events, projects, forecasts"),
        (["subscribers", "in.csv"], 2, "`reporter subscribers import` takes lists of readers"),
        (["prices", "none.csv"], 2, "none.csv: there is no such file"),
        (["prices", "in.csv", "--sheet", "x"], 2, "--sheet is for workbooks"),
        (["prices", "in.csv", "--published-at", "noon"], 2, "--published-at 'noon' is not a moment"),
        (["prices", "schedule.yaml"], 3, "schedule.yaml:1: error ["),
        (["prices", "in.csv", "--records", "http://127.0.0.1:1/"], 2, "prices come from a web"),
        (["events", "in.csv"], 3, "no heading is read as id; there are: instrument, date"),
    ],
)
def test_what_cannot_be_imported_is_told_in_a_line(
    place: Desk, words: list[str], status: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place.file(HEAD + "sulfide,2025-12-02,1,2\n")
    found, _, err = imported(place, *words, capsys=capsys)
    assert found == status, err
    assert line in err
    assert "Traceback" not in err
