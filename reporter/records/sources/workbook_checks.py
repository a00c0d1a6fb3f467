"""What is looked at in a workbook before its cells are read: its kind, its size, cells that hold an error.

The library that reads the cells takes an error for an empty cell, and a small file may ask it for more
memory than there is.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import TypeVar
from xml.etree import ElementTree
from xml.parsers import expat

from reporter.records.sources.workbook_cells import (
    BookFault,
    Cells,
    Errors,
    OdsContent,
    XlsxSheet,
    plain_sheet,
)
from reporter.records.sources.workbook_xls import COMPOUND, read_errors

MOST_BYTES = 500_000_000  # of all parts, unpacked
_MOST_RATIO = 200  # sheets of records rarely shrink to less than a fiftieth
_SMALL = 20_000_000  # bytes that any workbook may unpack to
_PIECE = 1 << 20
_ENCRYPTED = "is encrypted; save it without a password"

_T = TypeVar("_T")
ErrorsOf = Callable[[str], Errors]


def checked(ending: str, data: bytes) -> ErrorsOf:
    """Yields what tells the errors of a sheet by its name.

    Raises BookFault if the data are no workbook of the kind that the file's `ending` says, encrypted,
    damaged or too large; of an XLSX workbook each sheet is looked at when it is asked for.
    """
    if data.startswith(COMPOUND):
        return _old(ending, data)
    archive = _archive(data)
    members = set(archive.namelist())
    kind = "ods" if "content.xml" in members else "xlsx" if "xl/workbook.xml" in members else ""
    if not kind:
        also = " but XLSB; save it as XLSX" if "xl/workbook.bin" in members else ""
        raise BookFault("workbook", f"is not an XLSX or ODS workbook{also}")
    if ending == ".xls" or (ending == ".ods") != (kind == "ods"):
        raise BookFault("workbook", f"is an {kind.upper()} workbook; give its name the ending .{kind}")
    if kind == "ods":
        found = _guarded(lambda: _ods_errors(archive))
        return lambda name: found.get(name, {})
    parts = _guarded(lambda: dict(_sheet_parts(archive)))
    return lambda name: _guarded(lambda: _xlsx_errors(archive, name, parts.get(name)))


def _archive(data: bytes) -> zipfile.ZipFile:
    """Yields the ZIP archive that a newer workbook is, if it does not unpack to more than is sane."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        what = "is not a workbook, or is damaged" if data else "is empty"
        raise BookFault("workbook", what) from None
    size = sum(part.file_size for part in archive.infolist())
    if size > MOST_BYTES or size > max(_SMALL, len(data) * _MOST_RATIO):
        message = f"would unpack to {size / 1e6:,.0f} MB; give large tables as CSV or Parquet"
        raise BookFault("too_large", message)
    if not _guarded(lambda: all(_is_as_said(data, part) for part in archive.infolist())):
        raise BookFault("workbook", "is damaged: a part of it is longer than its directory says")
    return archive


def _is_as_said(data: bytes, part: zipfile.ZipInfo) -> bool:
    """Tells whether a part unpacks to no more than the directory says; the library would take all of it."""
    if part.compress_type != zipfile.ZIP_DEFLATED:
        return part.compress_type == zipfile.ZIP_STORED and part.file_size == part.compress_size
    names = sum(struct.unpack_from("<HH", data, part.header_offset + 26))
    start = part.header_offset + 30 + names
    left, unpacker, size = data[start : start + part.compress_size], zlib.decompressobj(-zlib.MAX_WBITS), 0
    while size <= part.file_size and not unpacker.eof:
        piece = unpacker.decompress(left, _PIECE)
        left, size = unpacker.unconsumed_tail, size + len(piece)
        if not piece and not left:
            break
    return size <= part.file_size


def _old(ending: str, data: bytes) -> ErrorsOf:
    """Yields the errors of an XLS workbook; encrypted newer ones are wrapped in the same kind of file."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise BookFault("encrypted", _ENCRYPTED)
    if ending != ".xls":
        raise BookFault("workbook", "is an old XLS workbook; give its name the ending .xls")
    try:
        found = read_errors(data)
    except PermissionError:
        raise BookFault("encrypted", _ENCRYPTED) from None
    except (ValueError, IndexError, struct.error):
        raise BookFault("workbook", "is damaged: it cannot be read as XLS") from None
    return lambda name: found.get(name, {})


def _guarded(read: Callable[[], _T]) -> _T:
    """Yields what is read of the archive; what its parts may be broken by becomes a BookFault."""
    try:
        return read()
    except (NotImplementedError, RuntimeError):  # what zipfile says of a member with a password
        raise BookFault("encrypted", _ENCRYPTED) from None
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, ElementTree.ParseError) as fault:
        raise BookFault("workbook", f"is damaged: {fault}") from None
    except (KeyError, ValueError, TypeError, EOFError, OSError, struct.error):
        raise BookFault("workbook", "is damaged: a part of it is missing or broken") from None


def _ods_errors(archive: zipfile.ZipFile) -> dict[str, dict[tuple[int, int], str]]:
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise BookFault("encrypted", _ENCRYPTED)
    cells = Cells()
    with archive.open("content.xml") as file:
        OdsContent(cells).read(file)
    return cells.errors


def _xlsx_errors(archive: zipfile.ZipFile, name: str, part: str | None) -> Errors:
    if part is None:
        return {}
    cells = Cells()
    cells.begin(name)
    with archive.open(part) as file:
        plain = plain_sheet(file)
    if not plain:
        with archive.open(part) as file:
            XlsxSheet(cells).read(file)
    return cells.errors[name]


def _sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yields the name of every sheet of an XLSX workbook and the part that holds it."""
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if entry.tag.rpartition("}")[2] == "sheet":
            id = next((value for key, value in entry.attrib.items() if key.endswith("}id")), None)
            if target := targets.get(id):
                yield entry.get("name", ""), str(PurePosixPath("/xl") / target)[1:]
