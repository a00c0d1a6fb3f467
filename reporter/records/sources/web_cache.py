"""What was read from the web before, so that a server need not send again what has not changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """By what a server recognises a version: its ETag, its Last-Modified, and which address gave it."""

    origin: str
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True)
class Kept:
    """The bytes of an address as they were read last, and when that was (UTC)."""

    stamp: Stamp
    media: str
    data: bytes
    read: datetime = field(default_factory=lambda: datetime.now(UTC))


def cache_folder() -> Path | None:
    """Yields `$XDG_CACHE_HOME/reporter/http`, else the one in `~/.cache`; None where there is no home."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (named if named.is_absolute() else Path.home() / ".cache") / "reporter" / "http"
    except RuntimeError:
        return None


def kept(folder: Path | None, address: str) -> Kept | None:
    """Yields what was kept of an address; None where there is nothing, or nothing whole."""
    if folder is None:
        return None
    file = folder / digest(address)
    try:
        head, _, data = file.read_bytes().partition(b"\n")
        said = json.loads(head)
        read = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if said.pop("sha256") != hashlib.sha256(data).hexdigest():
            return None
        return Kept(Stamp(**said["stamp"]), str(said["media"]), data, read)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def keep(folder: Path | None, address: str, new: Kept) -> None:
    """Keeps what was read, whole or not at all; a folder that cannot be written is no fault."""
    if folder is None:
        return
    said = {
        "stamp": asdict(new.stamp),
        "media": new.media,
        "sha256": hashlib.sha256(new.data).hexdigest(),
    }
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)  # readable by its owner alone
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(json.dumps(said).encode() + b"\n")
                file.write(new.data)
            Path(name).replace(folder / digest(address))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def still_current(folder: Path | None, address: str) -> None:
    """Notes that the server has just said that nothing has changed."""
    if folder is not None:
        with contextlib.suppress(OSError):
            os.utime(folder / digest(address))


def digest(address: str) -> str:
    """Yields the SHA-256 of an address: it may hold a key, which no file should name."""
    return hashlib.sha256(address.encode()).hexdigest()
