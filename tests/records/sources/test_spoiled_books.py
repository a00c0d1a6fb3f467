"""Spoiled workbooks: right figures or a refusal, and nothing of it unpacks to more than it says."""

from __future__ import annotations

import random
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.records.sources.spoiling import MARKET, at, figures_of, refusal, write_folder
from tests.records.sources.test_workbook import write_ods, write_xls, write_xlsx

Change = Callable[[bytes], bytes]
SHEET, CONTENT = "xl/worksheets/sheet2.xml", "content.xml"
WRITERS = {"xlsx": write_xlsx, "ods": write_ods, "xls": write_xls}


def cell(place: str, attributes: str, inside: str) -> Change:
    """Yields what puts another cell at a place of the XLSX sheet of prices."""
    made = f'<c r="{place}" {attributes}>{inside}</c>'.encode()
    return lambda data: re.sub(rb'<c r="%s"[^>]*>.*?</c>' % place.encode(), lambda _: made, data)


def ods_cell(attributes: str, shown: str = "110") -> Change:
    """Yields what puts another cell where the ODS sheet shows a number or day."""
    made = f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>".encode()
    found = rb"<table:table-cell[^>]*><text:p>%s</text:p></table:table-cell>" % shown.encode()
    return lambda data: re.sub(found, lambda _: made, data)


def swap(old: str, new: str, count: int = -1) -> Change:
    return lambda data: data.replace(old.encode(), new.encode("utf-8", "surrogateescape"), count)


def entities(data: bytes) -> bytes:
    """Ten thousand million letters, a tenth of them in each of ten entities."""
    named = [b'<!ENTITY a "aaaaaaaaaa">']
    named += [b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)]
    head, mark, rest = data.rpartition(b"?>")
    return head + mark + b"<!DOCTYPE x [" + b"".join(named) + b"]>" + rest.replace(b"busy", b"&j;")


def outside(data: bytes) -> bytes:
    return b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + data.replace(b"busy", b"&e;")


FORMULA = 'office:value-type="float" office:value="110" table:formula="of:=55*2"'
LAST_CELL = '<table:table-cell {} office:value-type="string"><text:p>x</text:p></table:table-cell>'
REFUSED: dict[str, tuple[str, Change, str]] = {
    "a formula never computed": (SHEET, cell("C3", "", "<f>55*2</f>"), "row 3|!prices![A-Z]3: .*no_number"),
    "an error": (SHEET, cell("C3", 't="e"', "<v>#DIV/0!</v>"), "!prices!C3: .*cell_error"),
    "a formula with an error": (SHEET, cell("C3", 't="e"', "<f>1/0</f><v>#DIV/0!</v>"), "C3: .*cell_error"),
    "infinity": (SHEET, cell("C3", "", "<v>1e309</v>"), "!prices!C3: .*'inf'"),
    "not a number": (SHEET, cell("C3", "", "<v>NaN</v>"), "!prices![A-Z]3: .*no_number"),
    "words as a number": (SHEET, cell("C3", "", "<v>abc</v>"), "!prices!C3: .*'abc'"),
    "a truth": (SHEET, cell("C3", 't="b"', "<v>1</v>"), "!prices!C3: .*'true'"),
    "a day far away": (SHEET, cell("B3", 't="d"', "<v>99999-99-99</v>"), "!prices!B3"),
    "a day without its format": (SHEET, cell("B3", "", "<v>45995</v>"), "!prices!B3"),
    "a text that is not there": (SHEET, cell("D3", 't="s"', "<v>99999999</v>"), "book.xlsx"),
    "a text before the first": (SHEET, cell("D3", 't="s"', "<v>-1</v>"), "book.xlsx"),
    "a cell without a place": (SHEET, swap('r="C3"', 'r="??"'), "book.xlsx"),
    "a cell of row 0": (SHEET, swap('r="C3"', 'r="C0"'), "book.xlsx"),
    "a million columns": (SHEET, swap("</row>", '<c r="BDWGN1"><v>1</v></c></row>', 1), "reaches to BDWGN1"),
    "a column without end": (
        SHEET, swap("</row>", f'<c r="{"A" * 13}1"><v>1</v></c></row>', 1), "too_large",
    ),
    "a row without end": (
        SHEET, swap("</sheetData>", '<row r="9999999999"><c r="A9999999999"><v>1</v></c></row></sheetData>'),
        "too_large",
    ),
    "a cell twice": (SHEET, swap("</row>", '<c r="A1"><v>1</v></c></row>', 1), "!prices!A1"),
    "entities of entities": (SHEET, entities, "book.xlsx"),
    "entities in the list of sheets": (
        "xl/workbook.xml", lambda data: entities(data.replace(b'"prices"', b'"busy"')), "book.xlsx",
    ),
    "a file of the machine": (SHEET, outside, "book.xlsx"),
    "half a letter": (SHEET, swap("busy", "&#xD800;"), "book.xlsx"),
    "no letter": (SHEET, swap("busy", "&#0;"), "book.xlsx"),
    "no UTF-8": (SHEET, swap("busy", "\udcff\udcfe"), "book.xlsx"),
    "another encoding": (SHEET, lambda data: data.decode().encode("utf-16"), "!prices"),
    "a key of a million letters": (SHEET, swap("quartz", "q" * 10**6), "!prices!A3: .*is not an id"),
    "sheets outside the book": (
        "xl/_rels/workbook.xml.rels", swap("/xl/worksheets/sheet2.xml", "/../../etc/passwd"), "book.xlsx",
    ),
    "no XML": (SHEET, lambda _: b"\x00" * 100, "book.xlsx"),
    "nothing": (SHEET, lambda _: b"", "book.xlsx"),
    "ods: no number": (CONTENT, ods_cell('office:value-type="float" office:value="x"'), "book.ods"),
    "ods: infinity": (CONTENT, ods_cell('office:value-type="float" office:value="1e309"'), "!prices!C3"),
    "ods: not a number": (CONTENT, ods_cell('office:value-type="float" office:value="NaN"'), "no_number"),
    "ods: a formula never computed": (
        CONTENT,
        lambda data: ods_cell("x")(data).replace(
            b"<table:table-cell x><text:p>110</text:p></table:table-cell>",
            b'<table:table-cell table:formula="of:=55*2"/>',
        ),
        "no_number",
    ),
    "ods: a truth that is none": (
        CONTENT, ods_cell('office:value-type="boolean" office:boolean-value="maybe"'), "!prices!C3",
    ),
    "ods: a day far away": (
        CONTENT, ods_cell('office:value-type="date" office:date-value="99999-01-01"', "2025-12-04"), "!prices!B3",
    ),
    "ods: an hour that is none": (
        CONTENT, ods_cell('office:value-type="date" office:date-value="2025-12-04T99:99"', "2025-12-04"), "B3",
    ),
    "ods: a million columns": (
        CONTENT,
        swap("</table:table-row>", LAST_CELL.format('table:number-columns-repeated="1000000"') + "</table:table-row>", 1),
        "reaches to",
    ),
    "ods: fewer columns than none": (
        CONTENT,
        swap("</table:table-row>", LAST_CELL.format('table:number-columns-repeated="-5"') + "</table:table-row>", 1),
        "book.ods",
    ),
    "ods: rows without end": (
        CONTENT,
        swap("</table:table>", '<table:table-row table:number-rows-repeated="999999999999">'
             + LAST_CELL.format("") + "</table:table-row></table:table>", 1),
        "reaches to",
    ),
    "ods: entities of entities": (CONTENT, entities, "book.ods"),
    "ods: a file of the machine": (CONTENT, lambda data: outside(data.partition(b"?>")[2]), "book.ods"),
}  # fmt: skip
HARMLESS: dict[str, tuple[str, Change]] = {
    "a formula with its value": (SHEET, cell("C3", "", "<f>55*2</f><v>110</v>")),
    "a link with its words": (SHEET, cell("D3", 't="str"', '<f>HYPERLINK("http://x.org","y")</f><v>y</v>')),
    "a link without words": (SHEET, cell("D3", "", '<f>HYPERLINK("http://x.org","y")</f>')),
    "a call of another program": (SHEET, cell("D3", 't="str"', "<f>cmd|'/C calc'!A0</f><v>0</v>")),
    "a size that is too large": (SHEET, swap('ref="A1:D5"', 'ref="A1:XFD1048576"')),
    "a size that is too small": (SHEET, swap('ref="A1:D5"', 'ref="A1:A1"')),
    "a million letters": (SHEET, swap("busy", "b" * 10**6)),
    "elements in elements": (SHEET, swap("</sheetData>", "<a>" * 10**5 + "</a>" * 10**5 + "</sheetData>")),
    "an archive in the archive": ("xl/media/more.zip", lambda _: b"PK\x03\x04" + b"\0" * 1000),
    "a part above the book": ("../../../outside", lambda _: b"x"),
    "ods: a formula with its value": (CONTENT, ods_cell(FORMULA)),
    "ods: a currency": (CONTENT, ods_cell('office:value-type="currency" office:value="110"')),
    "ods: empty rows without end": (
        CONTENT,
        swap("</table:table>", '<table:table-row table:number-rows-repeated="99999999">'
             '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'),
    ),
}  # fmt: skip


def book(folder: Path, name: str, part: str, change: Change) -> Path:
    """Yields a workbook of the market with one part changed."""
    kind = "ods" if name.startswith("ods") else "xlsx"
    file = WRITERS[kind](folder / f"book.{kind}", MARKET)
    with zipfile.ZipFile(file) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    before = parts.get(part, b"")
    parts[part] = change(before)
    assert parts[part] != before, "nothing is spoiled"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, data in parts.items():
            archive.writestr(one, data)
    return file


@pytest.mark.parametrize("name", REFUSED)
def test_a_spoiled_workbook_is_refused_at_its_place(name: str, tmp_path: Path) -> None:
    part, change, place = REFUSED[name]
    faults = refusal(at(book(tmp_path, name, part, change)))
    assert faults is not None
    assert any(re.search(place, str(fault)) for fault in faults), faults


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_record_says_changes_no_figure(name: str, tmp_path: Path) -> None:
    made = figures_of(at(book(tmp_path, name, *HARMLESS[name])))
    assert made == figures_of(at(write_folder(tmp_path / "right")))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", WRITERS)
def test_broken_bytes_are_refused_or_change_nothing(
    kind: str, seed: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nor does the library that reads the cells say a word of its own."""
    data = bytearray(WRITERS[kind](tmp_path / f"book.{kind}", MARKET).read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 3, 20))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = seed % 3 == 0
    (tmp_path / f"book.{kind}").write_bytes(data[: chance.randrange(len(data))] if cut else data)
    faults = refusal(at(tmp_path / f"book.{kind}"))
    assert faults is not None or not cut or kind == "xls"  # whose last bytes may say nothing
    assert capfd.readouterr().err == ""


def test_a_part_longer_than_the_directory_says_is_refused(tmp_path: Path) -> None:
    """It would be unpacked as a whole, however long."""
    file = book(tmp_path, "lie", SHEET, swap("</sheetData>", " " * 10**7 + "</sheetData>"))
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as archive:
        size = struct.pack("<I", archive.getinfo(SHEET).file_size)
    assert data.count(size) == 2  # before the part and in the directory
    file.write_bytes(data.replace(size, struct.pack("<I", 900)))
    [fault] = refusal(at(file)) or []
    assert str(fault).endswith("is damaged: a part of it is longer than its directory says")
