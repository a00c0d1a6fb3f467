"""The cells of an old XLS workbook that hold an error, found in its records.

An XLS file is a compound file: sectors of 512 bytes or more, chained by a table of what sector follows.
One chain, the stream `Workbook`, holds records of a type, a length and their data.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping

from reporter.records.sources.workbook_cells import Cells, Errors

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_BEGIN, _SHEET, _ENCRYPTED, _FORMULA, _ERROR, _NUMBERS = 0x0809, 0x0085, 0x002F, 0x0006, 0x0205, 0x00BD
_CELLS = (_FORMULA, _ERROR, _NUMBERS, 0x0203, 0x0204, 0x00D6, 0x00FD, 0x027E)
_CODES = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
_LAST = 0xFFFFFFFA  # sector numbers from here on are marks


def read_errors(data: bytes) -> Mapping[str, Errors]:
    """Yields the errors of each sheet by its name.

    Raises PermissionError where the workbook is encrypted, ValueError, IndexError or struct.error where it is
    broken, BookFault where its cells are too many.
    """
    names: dict[int, str] = {}
    cells = Cells()
    for kind, at, body in _records(_workbook_stream(data)):
        if kind == _ENCRYPTED:
            raise PermissionError
        if kind == _SHEET:
            names[struct.unpack_from("<I", body)[0]] = _sheet_name(body)
        elif kind == _BEGIN and at in names:
            cells.begin(names[at])
        elif kind in _CELLS and cells.errors:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind == _NUMBERS else column
            cells.filled(row, last)
            if (code := _error(kind, body)) is not None:
                cells.error(row, column, _CODES.get(code, ""))
    return cells.errors


def _error(kind: int, body: bytes) -> int | None:
    """Yields the error's code of a cell or of a formula's last result; None if it holds none."""
    if kind == _ERROR:
        return body[6] if body[7] == 1 else None
    return body[8] if kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff" else None


def _sheet_name(body: bytes) -> str:
    length, wide = body[6], body[7] & 1
    return body[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yields the type, the place and the data of every record."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, at, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _workbook_stream(data: bytes) -> bytes:
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    first_entry, _, small_below, first_small = struct.unpack_from("<IIII", data, 48)
    if shift not in (9, 12) or small_shift != 6:
        raise ValueError("sectors of an unknown size")
    size = 1 << shift
    follows = _follows(data, size)
    entries = _chain(data, first_entry, follows, size, 1)
    for at in range(0, len(entries), 128):
        entry = entries[at : at + 128]
        name = entry[: max(struct.unpack_from("<H", entry, 64)[0] - 2, 0)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<II", entry, 116)
        if name == "Root Entry":
            root = start
        elif name in ("Workbook", "Book"):
            if length >= small_below:
                return _chain(data, start, follows, size, 1)[:length]
            small = _chain(data, root, follows, size, 1)
            table = _whole_numbers(_chain(data, first_small, follows, size, 1))
            return _chain(small, start, table, 64, 0)[:length]
    raise ValueError("no workbook in it")


def _follows(data: bytes, size: int) -> tuple[int, ...]:
    """Yields which sector follows each, from the sectors that the header and its continuation list."""
    sectors = list(struct.unpack_from("<109I", data, 76))
    extra = struct.unpack_from("<I", data, 68)[0]
    for _ in range(len(data) // size):
        if extra >= _LAST:
            break
        part = _whole_numbers(data[(extra + 1) * size : (extra + 2) * size])
        sectors += part[:-1]
        extra = part[-1]
    listed = (data[(one + 1) * size : (one + 2) * size] for one in sectors if one < _LAST)
    return _whole_numbers(b"".join(listed))


def _chain(data: bytes, start: int, follows: tuple[int, ...], size: int, offset: int) -> bytes:
    """Yields the sectors from `start` on, one after the other; a circle is a fault."""
    parts: list[bytes] = []
    while start < _LAST:
        if len(parts) > len(follows):
            raise ValueError("sectors in a circle")
        parts.append(data[(start + offset) * size : (start + offset + 1) * size])
        start = follows[start]
    return b"".join(parts)


def _whole_numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
