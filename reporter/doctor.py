"""What this machine lacks, each with the command that mends it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reporter.bulletin.fonts import EAST_ASIAN_FACES, FONTS, LATIN_FACES
from reporter.errors import ReporterError, SettingsError

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
    for location in settings.source.locations:
        path = Path(location.address)
        if location.kind in ("folder", "workbook"):
            yield Finding("records", path.exists(), str(path), f"put them in {path}, or set `records:`")
    yield from _database(settings.database, settings.output)
    yield from _output(settings.output)


def _database(address: str, output: Path) -> Iterator[Finding]:
    """Yields a finding where the project's own database is a file: `output/` may be deleted, it may not."""
    if address.startswith("sqlite:///"):
        file = Path(address.removeprefix("sqlite:///")).resolve()
        good = not file.is_relative_to(output.resolve())
        mend = f"set `database:` to a file outside {output}, which may be deleted"
        yield Finding("database", good, str(file), mend)


def _output(output: Path) -> Iterator[Finding]:
    nearest = next(folder for folder in (output, *output.parents) if folder.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    yield Finding("output folder", writable, str(output), f"mkdir -p {output} && chmod u+rwx {output}")
    free = shutil.disk_usage(nearest).free
    yield Finding(
        "disk", free > LEAST_FREE, f"{free / 1e9:.1f} GB free", "make room, or set `output:` to another disk"
    )
