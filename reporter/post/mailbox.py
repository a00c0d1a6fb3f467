"""The mails of a mailbox: an mbox file, a Maildir, or one mail or an mbox from a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from reporter.errors import UsageError

_BEGINS = b"From "


def mails_in(place: Path) -> Iterator[bytes]:
    """Yields the mails of a file or a Maildir; UsageError where there is none. Nothing in it is changed."""
    if place.is_dir():
        folders = [place / name for name in ("new", "cur")]
        if not any(folder.is_dir() for folder in folders):
            raise UsageError(f"{place}: is a folder, but no Maildir; it has neither new/ nor cur/")
        for folder in folders:
            for path in sorted(folder.glob("*")):
                yield path.read_bytes()
        return
    try:
        with place.open("rb") as file:
            yield from mails_from(file)
    except OSError as error:
        raise UsageError(f"{place}: cannot be read: {error.strerror}") from None


def mails_from(stream: BinaryIO) -> Iterator[bytes]:
    """Yields the mails of an open mbox, or the one mail that it is where it does not begin as one."""
    lines: list[bytes] = []
    first, empty = True, True
    for line in stream:
        if line.startswith(_BEGINS) and empty:
            if lines and not first:
                yield b"".join(lines)
            lines = []
        else:
            lines.append(line)
        first, empty = False, not line.strip()
    if any(line.strip() for line in lines):
        yield b"".join(lines)
