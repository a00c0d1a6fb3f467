"""Files as providers send them: headings, names, units and ranges become the contract's columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from reporter.errors import RecordsError, SettingsError, UsageError
from reporter.importing.columns import match_columns
from reporter.importing.entries import Entries, Market, read_entries
from reporter.importing.layout import load_layout
from reporter.importing.sheet import letters, read_sheet
from reporter.records.model import Instrument
from reporter.records.problems import Problems
from reporter.records.vocabulary import default_vocabulary

MARKET = (
    Instrument("latp", {"en": "Oxide electrolyte", "zh": "氧化物电解质"}, "kg", "CNY"),
    Instrument("sulfide", {"en": "Sulfide", "zh": "硫化物"}, "mt", "CNY"),
)


def entries(
    tmp_path: Path, content: str, imports: str = "", name: str = "in.csv", kind: str = "prices"
) -> tuple[Entries, Problems]:
    """What a file's rows say, read with an imports.yaml beside it."""
    if content:
        (tmp_path / name).write_text(content, "utf-8")
    if imports:
        (tmp_path / "imports.yaml").write_text(imports, "utf-8")
    problems = Problems()
    layout = load_layout(tmp_path, kind, name)
    sheet = read_sheet(tmp_path / name, layout.sheet)
    found = match_columns(sheet, kind, layout, problems)
    market = Market(MARKET, default_vocabulary(), layout.instruments)
    return read_entries(sheet, kind, found, layout, market, problems), problems


def rows(found: Entries) -> list[dict[str, str]]:
    return [
        {
            name: column.values[column.codes[row]]
            for name, column in found.table.columns.items()
            if column.values[column.codes[row]]
        }
        for row in range(len(found.table.lines))
    ]


LATP = {"instrument": "latp", "date": "2025-12-06", "low": "185", "high": "195"}


@pytest.mark.parametrize(
    "content",
    [
        "instrument,date,low,high\nlatp,2025-12-06,185,195\n",
        "High,LOW,Date,Instrument\n195,185,6 Dec 2025,LATP\n",
        "日期,品种,最低价,最高价\n2025年12月6日,氧化物电解质,185,195\n",
        "Product;Price date;Lowest_Price;highest-price\noxide electrolyte;2025/12/6;185.0;195.00\n",
        "date\tinstrument\tprice\n20251206\tlatp\t185–195\n",
        "日期,品种,价格区间（元/公斤）\n2025-12-06,latp,１８５-１９５\n",
        "日期,品种,最低价(元/吨),最高价(元/吨)\n2025-12-06,latp,\"185,000\",\"195,000\"\n",
        "date,instrument,low,high,unit\n2025-12-06,latp,185000,195000,yuan/mt\n",
        "date,instrument,low,high,unit,currency\n2025-12-06,latp,18.5,19.5,吨,万元\n",
    ],
)  # fmt: skip
def test_one_row_in_many_layouts(tmp_path: Path, content: str) -> None:
    found, problems = entries(tmp_path, content)
    assert rows(found) == [LATP]
    assert not problems.of("error")
    assert not problems.of("warning")


def test_a_saved_mapping_names_columns_instruments_unit_and_order_of_dates(tmp_path: Path) -> None:
    imports = (
        "prices:\n"
        "  - {files: other-*.csv, unit: CNY/mt}\n"
        "  - files: in*.csv\n"
        "    columns: {Tag: date, Ware: instrument, von: low, bis: high}\n"
        "    instruments: {OE-1: latp}\n"
        "    units: {斤: 0.5 kg}\n"
        "    unit: 元/斤\n"
        "    dates: day_first\n"
    )
    found, problems = entries(tmp_path, "Tag,Ware,von,bis\n06/12/2025,OE-1,92.5,97.5\n", imports)
    assert rows(found) == [LATP]
    assert not problems.of("error")


def test_a_single_price_is_the_average(tmp_path: Path) -> None:
    found, _ = entries(tmp_path, "date,instrument,price\n2025-12-06,latp,190\n")
    assert rows(found) == [{"instrument": "latp", "date": "2025-12-06", "average": "190"}]


def test_a_workbook_is_read_by_its_types_and_faults_name_the_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Week"
    for row in (
        ["Prices of the week"],
        ["日期", "品种", "最低价", "最高价", "x"],
        [date(2025, 12, 6), "latp", 185.0, 195, None],
        [],
        [date(2025, 12, 7), "latp", "about 5", 0.1, None],
    ):
        sheet.append(row)
    book.create_sheet("Other")
    book.save(tmp_path / "in.xlsx")
    found, problems = entries(tmp_path, "", name="in.xlsx")
    assert rows(found)[0] == LATP
    assert rows(found)[1]["high"] == "0.1"
    (fault,) = problems.of("error")
    assert str(fault).startswith(f"{tmp_path}/in.xlsx!Week!C5: error [value] low 'about 5': is not a number")
    (warning,) = problems.of("warning")
    assert "in.xlsx!Week!E2: warning [unknown_column] x: is not read" in str(warning)
    with pytest.raises(UsageError, match="there is no sheet 'None such'; there are: Week, Other"):
        read_sheet(tmp_path / "in.xlsx", "None such")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("day,date,instrument\n1,2,latp\n", "in.csv:1: error [two_columns] date: is read as date, and so is day"),
        ("date,low,high\n1,2,3\n", "in.csv:1: error [missing_column] instrument: no heading is read as instrument"),
        ("date,instrument,low,high\n03/04/2025,latp,1,2\n", "in.csv:2: error [value] date '03/04/2025': may be two"),
        ("date,instrument,low(含税),high\n2025-12-06,latp,1,2\n", "low '1'"),
        ("date,instrument,low(CNY/lb)\n2025-12-06,latp,1\n", "no finite decimal per kg"),
        ("date,instrument,low(斤)\n2025-12-06,latp,1\n", "斤 is not a unit of prices"),
        ("date,instrument,low,unit\n2025-12-06,latp,1,USD/kg\n", "is in USD, latp in CNY"),
        ("date;instrument;low\n2025-12-06;latp;12,345\n", "may be thousands or a decimal comma"),
        ("date,instrument,low\n2025-12-06,oxid electrolyte,1\n", "is not an instrument's id or name"),
    ],
)  # fmt: skip
def test_what_may_mean_two_things_is_refused_at_its_place(tmp_path: Path, content: str, line: str) -> None:
    if "含税" in line or "low '1'" in line:
        line = "含税 is not a unit of prices"
    _, problems = entries(tmp_path, content)
    assert any(line in str(fault) for fault in problems.of("error")), problems.of("error")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfed\x00", "is UTF-16"),
        (b"a,b\n\xff,1\n", "not UTF-8"),
        (b"", "has no row with headings"),
        (b'date,low\n"1,2\n', "not CSV"),
        (b"date,low\n1,2,3\n", "the row has 3 cells, the header 2"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(RecordsError, match=message):
        read_sheet(tmp_path / "in.csv")


def test_a_broken_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(RecordsError, match="cannot be read as a workbook"):
        read_sheet(tmp_path / "in.xlsx")


@pytest.mark.parametrize(
    ("imports", "line"),
    [
        ("gold: []", "imports.yaml:1: error [imports] gold: is not a kind of import"),
        ("prices: {}", "imports.yaml:1: error [imports] prices: must be a list of layouts"),
        ("prices:\n  - x", "imports.yaml:2: error [imports] prices.0: must be a layout"),
        ("prices:\n  - {dates: maybe}", "prices.0.dates: must be day_first or month_first"),
        ("prices:\n  - {kolumns: {}}", "prices.0.kolumns: is not a part of a layout"),
        ("prices:\n  - {columns: [a]}", "prices.0.columns: must be words and what they stand for"),
        (
            "prices:\n  - {units: {斤: half a kg}}",
            "prices.0.units.斤: must be a code, or a number and a code",
        ),
        ("prices: [", "error [yaml] not YAML here"),
    ],
)
def test_a_mapping_that_is_wrong_is_refused_with_its_line(tmp_path: Path, imports: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        entries(tmp_path, "date,instrument\n", imports)
    assert line in str(caught.value)


def test_events_and_forecasts_and_projects_are_read_too(tmp_path: Path) -> None:
    found, _ = entries(tmp_path, "编号,日期,类型,标题\ne1,2025年12月6日,other,Told\n", kind="events")
    assert rows(found) == [{"id": "e1", "reported_on": "2025-12-06", "type": "other", "headline": "Told"}]
    found, _ = entries(tmp_path, 'id,issuer,value,year,issued\nf,X,"1,200",2030,Dec 2025\n', kind="forecasts")
    assert rows(found)[0] | {"value": "1200", "issued_on": "2025-12", "target_year": "2030"} == rows(found)[0]
    found, _ = entries(
        tmp_path, "id,项目名称,公司,产能,expected\np,Plant,Firm,1.2万,Q1 2026\n", kind="projects"
    )
    assert rows(found)[0]["capacity"] == "12000"
    assert rows(found)[0]["expected"] == "2026-Q1"


def test_columns_of_a_sheet_have_letters() -> None:
    assert [letters(n) for n in (0, 25, 26, 51, 701, 702)] == ["A", "Z", "AA", "AZ", "ZZ", "AAA"]
