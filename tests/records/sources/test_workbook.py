"""Workbooks of every kind give the tables that CSV files would, and faults with their cells."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlwt
from builders import SHANGHAI
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P
from openpyxl import Workbook
from shipped import Cell, Rows, issue_of, shipped

from reporter.errors import RecordsError
from reporter.records.location import Location, Source, in_folder
from reporter.records.raw import RawRecords, RawTable
from reporter.records.sources import workbook_cells, workbook_checks
from reporter.records.sources.workbook import read_workbook
from reporter.records.sources.workbook_cells import column_number, letters
from reporter.records.validation import load_records
from tests.conftest import ROOT, reporter

ERROR = "#DIV/0!"
INSTRUMENTS: Rows = [["id", "name", "unit", "currency"], ["latp", "LATP", "kg", "CNY"]]
PRICES: Rows = [["instrument", "date", "average"], ["latp", date(2025, 12, 5), 0.1]]


def write_xlsx(file: Path, sheets: Mapping[str, Rows]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(file)
    return file


def write_xls(file: Path, sheets: Mapping[str, Rows]) -> Path:
    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for number, row in enumerate(rows):
            for index, cell in enumerate(row):
                if cell == ERROR:
                    sheet.row(number).set_cell_error(index, 0x07)
                elif cell is not None:
                    sheet.write(number, index, cell, *([day] if isinstance(cell, date) else []))
    book.save(str(file))
    return file


def write_ods(file: Path, sheets: Mapping[str, Rows]) -> Path:
    book = OpenDocumentSpreadsheet()
    for name, rows in sheets.items():
        sheet = Table(name=name)
        book.spreadsheet.addElement(sheet)
        for row in rows:
            line = TableRow()
            sheet.addElement(line)
            for cell in row:
                line.addElement(ods_cell(cell))
    book.save(str(file))
    return file


def ods_cell(cell: Cell) -> TableCell:
    """Yields a cell as LibreOffice writes it, its error as a text with a mark of its own."""
    if cell is None:
        return TableCell()
    if isinstance(cell, date):
        made = TableCell(valuetype="date", datevalue=cell.isoformat())
    elif isinstance(cell, str):
        made = TableCell(valuetype="string")
    else:
        made = TableCell(valuetype="float", value=repr(cell))
    if cell == ERROR:
        made.setAttrNS(
            "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0", "value-type", "error"
        )
    made.addElement(P(text=str(cell)))
    return made


Writer = Callable[[Path, Mapping[str, Rows]], Path]
every_kind = pytest.mark.parametrize(
    ("kind", "write"),
    [("xlsx", write_xlsx), ("xls", write_xls), ("ods", write_ods)],
    ids=["xlsx", "xls", "ods"],
)


def read(file: Path, *names: str, table: str | None = None) -> RawRecords:
    return read_workbook(Location(file.as_posix(), table), names or ("instruments", "prices"))


def texts(raw: RawTable, name: str) -> list[str]:
    column = raw.columns[name]
    return [column.values[code] for code in column.codes]


def refused(source: Source) -> str:
    with pytest.raises(RecordsError) as caught:
        load_records(source, SHANGHAI)
    return str(caught.value)


def only_fault(file: Path) -> str:
    [problem] = read(file).problems.of("error")
    return str(problem)


@every_kind
def test_the_same_records_give_the_same_figures(kind: str, write: Writer, tmp_path: Path) -> None:
    """The shipped records in a workbook make the byte-identical figures.json, whatever wrote it."""
    made, snapshot = issue_of(write(tmp_path / f"book.{kind}", shipped()))
    expected, _ = issue_of(None)
    assert made == expected
    place = snapshot.place("prices/latp/2025-12-05/r0")
    assert re.fullmatch(rf".*/book\.{kind}!prices!A\d+", str(place))
    assert str(snapshot.place("instruments/latp/v1")).endswith(f"book.{kind}!instruments!A3")


def test_explain_names_the_cells(tmp_path: Path) -> None:
    """The command prints the sheet and the cell behind a figure."""
    write_xlsx(tmp_path / "book.xlsx", shipped())
    settings = (ROOT / "schedule.yaml").read_text("utf-8").replace("records: data/", "records: book.xlsx")
    (tmp_path / "schedule.yaml").write_text(settings, "utf-8")
    figure = ("solid-state-weekly", "2025-W48", "lithium-carbonate-battery.wow")
    done = reporter("explain", *figure, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "book.xlsx!prices!A24  prices/lithium-carbonate-battery/2025-11-27/r0" in done.stdout


@every_kind
def test_values_become_the_texts_of_a_csv(kind: str, write: Writer, tmp_path: Path) -> None:
    """Numbers by their shortest representation, days by ISO; the texts NaN and 1.50 stay what they are."""
    cells: list[Cell] = [0.1, 93300.0, 1e-05, 1e15, date(2025, 12, 5), "NaN", "1.50", " a "]
    rows: Rows = [["x", "y"], *([cell, "."] for cell in cells)]
    raw = read(write(tmp_path / f"b.{kind}", {"prices": rows})).tables["prices"]
    assert texts(raw, "x") == [
        "0.1",
        "93300",
        "0.00001",
        "1000000000000000",
        "2025-12-05",
        "NaN",
        "1.50",
        "a",
    ]


def test_times_truth_and_the_dates_of_1904(tmp_path: Path) -> None:
    """A moment keeps its time; a workbook that counts its days from 1904 gives the same ones."""
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)
    book.active.title = "prices"
    for row in (["x"], [datetime(2025, 12, 6, 21, 47)], [date(2025, 12, 5)], [True], [time(11, 0)]):
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    raw = read(tmp_path / "b.xlsx").tables["prices"]
    assert texts(raw, "x") == ["2025-12-06T21:47:00", "2025-12-05", "true", "11:00:00"]


@every_kind
def test_cells_have_their_true_letters(kind: str, write: Writer, tmp_path: Path) -> None:
    """Empty rows and columns before the header count; blank rows between rows too."""
    blank: list[Cell] = [None] * 29
    rows: Rows = [
        blank,
        blank,
        [*blank[:2], "instrument", *blank[3:27], "date", "average"],
        blank,
        [*blank[:2], "latp", *blank[3:27], date(2025, 12, 5), "1,5"],
        [*blank[:2], "latp", *blank[3:27], "soon", 2],
    ]
    file = write(tmp_path / f"b.{kind}", {"instruments": INSTRUMENTS, "prices": rows})
    assert refused(in_folder(file)).splitlines() == [
        f"{file}!prices!AC5: error [value] average '1,5': has a decimal comma; write a point, such as 0.5",
        f"{file}!prices!AB6: error [value] date 'soon': is not a date such as 2025-12-06",
    ]


def test_letters_and_numbers_of_columns_agree() -> None:
    for column in (0, 25, 26, 701, 702, 16_383):
        assert column_number(letters(column)) == column
    assert letters(16_383) == "XFD"


@every_kind
def test_a_cell_with_an_error_is_a_fault(kind: str, write: Writer, tmp_path: Path) -> None:
    """An error is never read as an empty cell; only its row is lost, faults of others are told too."""
    rows: Rows = [
        ["instrument", "date", "average", "note"],
        ["latp", date(2025, 12, 5), 1, ERROR],
        ["latp", "x", 2, ""],
    ]
    file = write(tmp_path / f"b.{kind}", {"instruments": INSTRUMENTS, "prices": rows})
    first, second = refused(in_folder(file)).splitlines()
    assert first.startswith(f"{file}!prices!D2: error [cell_error] note")
    assert second.startswith(f"{file}!prices!B3: error [value] date 'x'")


def test_the_kept_result_of_a_formula_counts(tmp_path: Path) -> None:
    """A formula gives the value that the program kept; an error that it kept is a fault."""
    file = write_xlsx(tmp_path / "b.xlsx", {"prices": [["x", "y"], [1, 1], [2, 2], [3, 3]]})
    rewrite(
        file,
        "xl/worksheets/sheet1.xml",
        lambda xml: re.sub(
            b'<c r="A3"[^>]*><v>2</v>',
            b'<c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v>',
            re.sub(b'<c r="A2"[^>]*><v>1</v>', b'<c r="A2"><f>6*7</f><v>42</v>', xml),
        ),
    )
    raw = read(file)
    assert texts(raw.tables["prices"], "x") == ["42", "3"]
    assert [str(fault) for fault in raw.problems.of("error")] == [
        f"{file}!prices!A3: error [cell_error] x '#DIV/0!': the cell holds an error; mend its formula or empty it"
    ]


def rewrite(file: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    """Changes one part of a ZIP archive."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts[part])
    assert changed != parts[part]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {part: changed}).items():
            archive.writestr(name, data)


def test_sheets_are_found_by_name_and_others_passed_over(tmp_path: Path) -> None:
    """Case and outer blanks of a sheet's name do not count; what is no table's name is not looked at."""
    file = write_xlsx(tmp_path / "b.xlsx", {" Prices ": PRICES, "Notes": [["x", "x"]], "chart data": [[]]})
    raw = read(file)
    assert raw.tables["prices"].file == f"{file}!Prices"
    assert not raw.problems.of("error")


def test_a_single_table_may_stand_in_any_sheet(tmp_path: Path) -> None:
    """`table:` names the sheet; where there is none of that name, the others are listed."""
    file = write_xlsx(tmp_path / "b.xlsx", {"Q4 prices": PRICES, "more": PRICES})
    assert read(file, "prices", table="q4 Prices").tables["prices"].columns.keys() == set(PRICES[0])
    raw = read(file, "prices")
    [problem] = raw.problems.of("error")
    assert str(problem) == (
        f"{file}!prices: error [no_sheet] there is no such sheet; there are Q4 prices, more; say which with `table:`"
    )
    assert raw.broken == {"prices"}


HEADERS: dict[str, tuple[Rows, str]] = {
    "a column twice": (
        [["a", "b", "a"], [1, 2, 3]],
        "!C1: error [duplicate_column] a: the header names this column twice",
    ),
    "a filled column without a name": (
        [["a", None, "b"], [1, None, 3], [1, 2, 3]],
        "!B1: error [unnamed_column] the column has no name in the header; row 3 fills it",
    ),
    "an error as a name": ([["a", ERROR], [1, 2]], "!B1: error [cell_error] a column's name is an error"),
    "nothing at all": ([], "!A1: error [empty_file] the sheet is empty; its first row must name the columns"),
}


@pytest.mark.parametrize(("rows", "message"), HEADERS.values(), ids=list(HEADERS))
def test_a_faulty_header_is_a_fault_at_its_cell(rows: Rows, message: str, tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "b.xlsx", {"prices": rows})
    assert only_fault(file) == f"{file}!prices{message}"


def test_an_empty_column_without_a_name_is_none(tmp_path: Path) -> None:
    """A column that only separates others on the screen is passed over, its neighbours keep their letters."""
    raw = read(write_xlsx(tmp_path / "b.xlsx", {"prices": [["a", None, "b"], [1, None, 3]]})).tables["prices"]
    assert raw.placing.letters == {"a": "A", "b": "C"}


def test_a_missing_column_points_at_the_header(tmp_path: Path) -> None:
    """The header's own row is named, wherever it stands."""
    rows: Rows = [[None, None], [None, "instrument"], [None, "latp"]]
    file = write_xlsx(tmp_path / "b.xlsx", {"instruments": INSTRUMENTS, "prices": rows})
    assert f"{file}!prices!B2: error [missing_column] date" in refused(in_folder(file))


def test_what_is_no_workbook_is_one_clear_fault(tmp_path: Path) -> None:
    """Missing, empty, cut off, of another kind than its name says: one line each, and nothing raised."""
    good = write_xlsx(tmp_path / "good.xlsx", {"prices": PRICES}).read_bytes()
    old = write_xls(tmp_path / "old.xls", {"prices": PRICES}).read_bytes()
    said = {
        "empty.xlsx": (b"", "is empty"),
        "text.xlsx": (b"instrument,date\n", "is not a workbook, or is damaged"),
        "cut.xlsx": (good[: len(good) // 2], "is not a workbook, or is damaged"),
        "cut.xls": (old[:1000], "is damaged: it cannot be read as XLS"),
        "new.xls": (good, "is an XLSX workbook; give its name the ending .xlsx"),
        "new.ods": (good, "is an XLSX workbook; give its name the ending .xlsx"),
        "old.xlsx": (old, "is an old XLS workbook; give its name the ending .xls"),
    }
    for name, (data, message) in said.items():
        (tmp_path / name).write_bytes(data)
        assert only_fault(tmp_path / name) == f"{tmp_path / name}: error [workbook] {message}"
    assert only_fault(tmp_path / "gone.xlsx").endswith("error [no_records] the workbook does not exist")
    (tmp_path / "folder.xlsx").mkdir()
    assert "error [unreadable] cannot be read" in only_fault(tmp_path / "folder.xlsx")


def test_a_damaged_part_is_one_clear_fault(tmp_path: Path) -> None:
    """XML that breaks off, in the sheet or in the list of sheets, is told without a traceback."""
    for part in ("xl/worksheets/sheet1.xml", "xl/workbook.xml"):
        file = write_xlsx(tmp_path / "b.xlsx", {"prices": PRICES})
        rewrite(file, part, lambda xml: xml[: len(xml) // 2])
        assert "error [workbook] is damaged" in only_fault(file)


def test_an_encrypted_workbook_is_told(tmp_path: Path) -> None:
    """A password is named as the reason, in the newer kinds."""
    (tmp_path / "b.xlsx").write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    )
    ods = write_ods(tmp_path / "b.ods", {"prices": PRICES})
    rewrite(ods, "META-INF/manifest.xml", lambda xml: xml + b"<!-- manifest:encryption-data -->")
    for name in ("b.xlsx", "b.ods"):
        assert only_fault(tmp_path / name).endswith(
            "error [encrypted] is encrypted; save it without a password"
        )


def test_a_zip_bomb_is_refused_unread(tmp_path: Path) -> None:
    """A part that unpacks to far more than it takes is refused by what the archive says of it."""
    file = write_xlsx(tmp_path / "b.xlsx", {"prices": PRICES})
    rewrite(file, "xl/workbook.xml", lambda xml: xml + b" " * (workbook_checks._SMALL + 1))
    assert re.search(r"error \[too_large\] would unpack to 20 MB", only_fault(file))


@every_kind
def test_a_cell_far_out_is_refused(kind: str, write: Writer, tmp_path: Path) -> None:
    """Two cells can span more than memory holds: the rectangle is measured before anything is read."""
    rows: list[list[Cell]] = [["a"], *([] for _ in range(math.ceil(workbook_cells.MOST_CELLS / 200)))]
    rows[-1] = [None] * 200 + [1]
    assert "error [too_large] the sheet prices reaches to GS25001" in only_fault(
        write(tmp_path / f"b.{kind}", {"prices": rows})
    )


def test_a_cell_repeated_without_end_is_refused(tmp_path: Path) -> None:
    """ODS says once what it repeats a million times."""
    file = write_ods(tmp_path / "b.ods", {"prices": PRICES})
    rewrite(
        file,
        "content.xml",
        lambda xml: xml.replace(
            b"<table:table-row>", b'<table:table-row table:number-rows-repeated="9000000">', 1
        ),
    )
    assert "error [too_large]" in only_fault(file)


def test_two_sheets_of_one_name_are_refused(tmp_path: Path) -> None:
    file = write_ods(tmp_path / "b.ods", {"prices": PRICES, "Prices ": PRICES})
    assert (
        only_fault(file)
        == f"{file}!prices: error [duplicate_sheet] there are 2 sheets of this name; keep one"
    )


def test_a_vocabulary_cannot_be_a_sheet(tmp_path: Path) -> None:
    """It is not passed over in silence: the default words would count instead."""
    file = write_xlsx(tmp_path / "b.xlsx", {"vocabulary": [["a"]]})
    [problem] = read(file, "vocabulary", "prices").problems.of("error")
    assert "a vocabulary cannot be a sheet" in problem.message


def test_faults_of_instruments_and_calendars_name_their_cells(tmp_path: Path) -> None:
    """What comes as YAML elsewhere is pointed at by its sheet's cell."""
    instruments: Rows = [
        ["id", "name_en", "name_zh", "unit", "currency", "decimals", "continues", "formula"],
        [None] * 8,
        ["latp", "LATP", "磷酸", "kg", "CNY", 2.5, True, "a: [\u2028b"],
        ["x", "X", None, "stone", "CNY", 2, "maybe", None],
    ]
    calendars: Rows = [["calendar", "holidays", "workdays"], ["CN", "2026-01-01; 2026-02-30", None]]
    file = write_xlsx(
        tmp_path / "b.xlsx", {"instruments": instruments, "calendars": calendars, "prices": PRICES}
    )
    told = [line.split(": error")[0].rpartition("/")[2] for line in refused(in_folder(file)).splitlines()]
    assert told == [
        "b.xlsx!calendars!B2",
        "b.xlsx!instruments!F3",
        "b.xlsx!instruments!H3",
        "b.xlsx!instruments!D4",
        "b.xlsx!instruments!G4",
    ]


def test_a_table_may_come_from_a_workbook_and_the_rest_from_a_folder(tmp_path: Path) -> None:
    """Prices in a workbook beside the shipped files of everything else: faults still name the cell."""
    file = write_xlsx(tmp_path / "b.xlsx", {"prices": [*PRICES, ["nobody", date(2025, 12, 5), 1]]})
    source = Source(Location(str(ROOT / "data")), {"prices": Location(str(file))})
    assert f"{file}!prices!A3: error" in refused(source)


def test_a_damaged_workbook_never_ends_in_a_traceback(tmp_path: Path) -> None:
    """Bytes changed all over a good workbook give records or a problem, never an exception."""
    for write, ending in ((write_xlsx, "xlsx"), (write_ods, "ods"), (write_xls, "xls")):
        file = write(tmp_path / f"b.{ending}", {"prices": PRICES})
        data = file.read_bytes()
        for at in range(0, len(data), max(len(data) // 60, 1)):
            file.write_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
            raw = read(file, "prices")
            assert raw.tables or raw.problems.of("error")


def test_a_stream_is_read_whole_in_old_workbooks_of_any_size(tmp_path: Path) -> None:
    """Small old workbooks keep their records in small sectors, large ones in a chain of large ones."""
    for count in (3, 3000):
        rows: Rows = [["a"], *([f"text {n}"] for n in range(count)), [ERROR]]
        fault = only_fault(write_xls(tmp_path / "b.xls", {"prices": rows}))
        assert f"!prices!A{count + 2}: error [cell_error] a '#DIV/0!'" in fault
