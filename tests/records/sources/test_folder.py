"""Raw rows keep their texts and the physical line they begin on, whatever the file looks like."""

import re
from pathlib import Path

from builders import folder
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.records.location import TABLES, TEXTS, Location
from reporter.records.raw import RawRecords, RawTable
from reporter.records.sources import folder as sources
from reporter.records.sources.folder import read_folder as read_location


def read_folder(path: Path) -> RawRecords:
    return read_location(Location(path.as_posix()), (*TEXTS, *TABLES))


def table(tmp_path: Path, data: bytes) -> RawTable:
    return read_folder(folder(tmp_path, instruments="[]", prices=data)).tables["prices"]


def texts(raw: RawTable, name: str) -> list[str]:
    column = raw.columns[name]
    return [column.values[code] for code in column.codes]


def test_lines_are_those_of_an_editor(tmp_path: Path) -> None:
    """Blank lines and line breaks inside quotes are counted; a row is named by its first line."""
    data = b'a,b\n1,"x\ny"\n\n2,z\n"3","p\n\nq"\n4,r\n'
    raw = table(tmp_path, data)
    assert texts(raw, "a") == ["1", "2", "3", "4"]
    assert raw.lines.tolist() == [2, 5, 6, 9]


def test_bom_crlf_and_blanks_change_nothing(tmp_path: Path) -> None:
    """A byte order mark, Windows line ends and blanks around a cell are not part of the texts."""
    raw = table(tmp_path, b"\xef\xbb\xbfa, b \r\n 1 ,x y\r\n2,\xc2\xa0z\r\n")
    assert (texts(raw, "a"), texts(raw, "b")) == (["1", "2"], ["x y", "z"])
    assert raw.lines.tolist() == [2, 3]


def test_old_mac_line_ends_are_line_ends(tmp_path: Path) -> None:
    """A lone carriage return ends a line, in a quote too."""
    assert table(tmp_path, b'a,b\r1,"x\ry"\r2,z\r').lines.tolist() == [2, 4]


def test_line_ends_inside_a_cell_are_one_kind(tmp_path: Path) -> None:
    """CR LF and CR within quotes read as LF: the same text, whatever system wrote the file."""
    raw = table(tmp_path, b'a,b\r\n1,"x\r\ny"\r\n2,"x\ry"\r\n3,"x\ny"\r\n')
    assert raw.columns["b"].values == ("x\ny",)
    assert raw.lines.tolist() == [2, 4, 6]


def test_rows_of_empty_cells_are_no_rows(tmp_path: Path) -> None:
    """A spreadsheet's last rows of commas are passed over, without a problem."""
    raw = table(tmp_path, b"a,b\n1,x\n,\n , \n2,y\n,\n")
    assert (texts(raw, "a"), raw.lines.tolist()) == (["1", "2"], [2, 5])


def test_equal_texts_are_kept_once(tmp_path: Path) -> None:
    """A column holds each distinct text once, however many rows have it."""
    raw = table(tmp_path, b"a\n" + b"same\n" * 3000)
    assert raw.columns["a"].values == ("same",)
    assert len(raw.columns["a"].codes) == 3000
    assert raw.lines[-1] == 3001


def test_lines_hold_across_chunks(tmp_path: Path) -> None:
    """The line numbers go on where the reader takes its next chunk of rows."""
    rows = [f'{n},"x\ny"' if n % 7 == 0 else f"{n},x" for n in range(3 * sources._CHUNK)]
    raw = table(tmp_path, "\n".join(["a,b", *rows]).encode())
    text = ["", *"\n".join(["a,b", *rows]).split("\n")]
    assert all(text[line].startswith(f"{n},") for n, line in enumerate(raw.lines.tolist()))


def test_a_ragged_row_costs_only_itself(tmp_path: Path) -> None:
    """Rows with a cell too many or too few are problems with their lines; the others are read."""
    raw = read_folder(folder(tmp_path, prices=b"a,b\n1,x\n2\n3,z,9\n4,y\n"))
    assert texts(raw.tables["prices"], "a") == ["1", "4"]
    assert [(fault.code, fault.line) for fault in raw.problems.of("error")] == [
        ("ragged_row", 3),
        ("ragged_row", 4),
    ]


def test_files_are_named_as_the_folder_was_given(tmp_path: Path, monkeypatch) -> None:
    """`data` gives `data/prices.csv`, wherever that is."""
    folder(tmp_path, "data", prices="latp,2025-12-05,,,145")
    monkeypatch.chdir(tmp_path)
    assert read_folder(Path("data")).tables["prices"].file == "data/prices.csv"


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    """A folder that is not there, or a file in its place, is said; nothing is raised."""
    (tmp_path / "file").write_text("x")
    for name, message in (("gone", "does not exist"), ("file", "is not a folder")):
        [problem] = read_folder(tmp_path / name).problems.of("error")
        assert problem.message == f"the records' folder {message}"


def test_a_table_that_is_a_folder_is_a_problem(tmp_path: Path) -> None:
    """What the system cannot read is a problem with the system's reason."""
    (tmp_path / "prices.csv").mkdir()
    raw = read_folder(tmp_path)
    assert raw.broken == {"prices"}
    assert [fault.code for fault in raw.problems.of("error")] == ["unreadable"]


cell = st.text(st.sampled_from("ab,\"\n\r é'"), max_size=4)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(st.tuples(cell, cell).filter(lambda row: any(part.strip() for part in row)), max_size=6))
def test_what_was_quoted_comes_back(rows: list[tuple[str, str]], tmp_path_factory) -> None:
    """Any cells, quoted as CSV quotes them, come back but for outer blanks and the kind of line ends."""
    quoted = "".join(",".join('"' + part.replace('"', '""') + '"' for part in row) + "\n" for row in rows)
    raw = table(tmp_path_factory.mktemp("csv"), ("a,b\n" + quoted).encode())
    read = [[re.sub("\r\n|\r", "\n", part).strip() for part in row] for row in rows]
    assert texts(raw, "a") == [first for first, _ in read]
    assert texts(raw, "b") == [second for _, second in read]
