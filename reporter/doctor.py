"""What this machine lacks, each with the command that mends it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reporter.bulletin.fonts import EAST_ASIAN_FACES, FONTS, LATIN_FACES
from reporter.errors import MachineError, ReporterError, SettingsError
from reporter.records.location import SQLITE, TABLES, TEXTS, Location, Source

PATIENCE = 6  # seconds that a server may take
LEAST_PYTHON = (3, 11)
LEAST_FREE = 500 * 10**6  # bytes; an issue takes a few, a large history's memory-mapped fonts more
BUILT = datetime(2025, 1, 1, tzinfo=UTC)
PACKAGES = {
    "Pango": "libpango-1.0-0",
    "PangoFT2": "libpangoft2-1.0-0",
    "HarfBuzz": "libharfbuzz0b",
    "Fontconfig": "libfontconfig1",
    "GObject": "libglib2.0-0",
    "HarfBuzz subsetter": "libharfbuzz-subset0",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was found, and what to type where it is not good."""

    check: str
    good: bool
    found: str
    mend: str = ""


def examine(config: Path | None = None) -> list[Finding]:
    """Yields the findings of every check; nothing is changed."""
    return [_python(), *_libraries(), _fonts(), _zones(), _clock(), *_settings(config)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(
        "Python", sys.version_info >= LEAST_PYTHON, version, "apt-get install python3.11 python3.11-venv"
    )


def _libraries() -> Iterator[Finding]:
    from reporter.bulletin.shaping import missing_libraries

    missing = missing_libraries()
    for library, package in PACKAGES.items():
        good = library not in missing
        yield Finding(library, good, "found" if good else "not found", f"apt-get install {package}")


def _fonts() -> Finding:
    faces = (*LATIN_FACES, *EAST_ASIAN_FACES)
    missing = [face.file for face in faces if not (FONTS / face.file).is_file()]
    found = "all bundled" if not missing else f"missing: {', '.join(missing)}"
    return Finding("fonts", not missing, found, "pip install --force-reinstall reporter")


def _zones() -> Finding:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo("Asia/Shanghai")
    except (KeyError, OSError):
        return Finding("time zones", False, "not found", "pip install tzdata")
    return Finding("time zones", True, "found")


def _clock() -> Finding:
    now = datetime.now(UTC)
    return Finding("clock", now > BUILT, now.isoformat(timespec="seconds"), "timedatectl set-ntp true")


def _settings(config: Path | None) -> Iterator[Finding]:
    from reporter.settings import find_config, load_settings

    try:
        settings = load_settings(config or find_config(Path.cwd()))
    except SettingsError as error:
        mend = "reporter init DIR" if config is None else f"mend {config}"
        yield Finding("settings", False, str(error).replace("\n", "; "), mend)
        return
    except ReporterError as error:
        yield Finding("settings", False, str(error), "reporter init DIR")
        return
    yield Finding("settings", True, str(settings.file))
    for location, names in _wanted(settings.source):
        yield _records(location, names)
    yield _database(settings.database, settings.output)
    yield from _output(settings.output)


def _wanted(source: Source) -> list[tuple[Location, list[str]]]:
    """Yields every place of the records with the names that are looked for there."""
    every = [name for name in (*TEXTS, *TABLES) if name not in source.tables]
    named = [(location, [name]) for name, location in source.tables.items()]
    return [*([(source.every, every)] if source.every else []), *named]


def _records(location: Location, names: Sequence[str]) -> Finding:
    """Yields whether a place of the records can be read; none is waited for longer than PATIENCE."""
    if location.kind == "web":
        return _web(location, names)
    if location.kind == "database":
        return _tables(location, names)
    path = Path(location.address)
    return Finding("records", path.exists(), str(path), f"put them in {path}, or set `records:`")


def _web(location: Location, names: Sequence[str]) -> Finding:
    from reporter.records.sources.web import found_at
    from reporter.records.sources.web_request import FetchFault, Limits

    limits = Limits(connect=PATIENCE / 2, read=PATIENCE, whole=PATIENCE, tries=1)
    try:
        found = found_at(location, names, limits=limits)
    except FetchFault as fault:
        mend = "mend the network or the server, or set another address in `records:`"
        return Finding("records", False, f"{location.shown}: {fault.message}", mend)
    mend = f"put {names[0]} there, or mend the address in `records:`"
    return Finding("records", bool(found), f"{location.shown}: {_listed(found)}", mend)


def _tables(location: Location, names: Sequence[str]) -> Finding:
    from reporter.database import DatabaseFault
    from reporter.records.sources.database import stored_tables

    try:
        stored = stored_tables(location.address, PATIENCE)
    except DatabaseFault as fault:
        mend = "mend the database, or set another address in `records:`"
        return Finding("records", False, f"{location.shown}: {fault.message}", mend)
    except MachineError as error:
        return Finding("records", False, f"{location.shown}: {error}", "pip install 'reporter[postgresql]'")
    if location.query or "." in (location.table or ""):
        return Finding("records", True, f"{location.shown}: it opens")
    found = [name for name in ([location.table] if location.table else names) if name in stored]
    mend = f"make the table {location.table or names[0]} there, or name another in `records:`"
    return Finding("records", bool(found), f"{location.shown}: {_listed(found)}", mend)


def _listed(names: Sequence[str]) -> str:
    return f"found {', '.join(names)}" if names else "no table is there"


def _database(address: str, output: Path) -> Finding:
    """Yields whether the setting `database:` can be used: a SQLite file that is not there can be made."""
    from reporter.database import DatabaseFault
    from reporter.records.sources.database import stored_tables

    shown = Location(address).shown
    path = Path(address.removeprefix(SQLITE))
    if address.startswith(SQLITE) and path.resolve().is_relative_to(output.resolve()):
        mend = f"set `database:` to a file outside {output}, which may be deleted"
        return Finding("database", False, f"{shown}: among the issues", mend)
    if address.startswith(SQLITE) and not path.exists():
        good = path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)
        found = "will be made" if good else "cannot be made: its folder is not there, or not to be written to"
        return Finding("database", good, f"{shown}: {found}", f"mkdir -p {path.parent}")
    try:
        stored_tables(address, PATIENCE)
    except DatabaseFault as fault:
        mend = "mend the database, or set another `database:`"
        return Finding("database", False, f"{shown}: {fault.message}", mend)
    except MachineError as error:
        return Finding("database", False, f"{shown}: {error}", "pip install 'reporter[postgresql]'")
    return Finding("database", True, f"{shown}: it opens")


def _output(output: Path) -> Iterator[Finding]:
    nearest = next(folder for folder in (output, *output.parents) if folder.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    yield Finding("output folder", writable, str(output), f"mkdir -p {output} && chmod u+rwx {output}")
    free = shutil.disk_usage(nearest).free
    yield Finding(
        "disk", free > LEAST_FREE, f"{free / 1e9:.1f} GB free", "make room, or set `output:` to another disk"
    )
