"""A folder for another market: settings, an instruments file and empty tables, to be filled in."""

from __future__ import annotations

from pathlib import Path

from reporter.errors import MachineError, UsageError
from reporter.records.tables import TABLES

SHIPPED = Path(__file__).parent / "defaults" / "starter"


def begin(folder: Path) -> list[Path]:
    """Writes the starting files into a new or empty folder and yields their paths.

    Raises UsageError where the folder holds anything already: nothing of a desk's is overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; nothing was written")
    files = {
        folder / "schedule.yaml": (SHIPPED / "schedule.yaml").read_text("utf-8"),
        folder / "data" / "instruments.yaml": (SHIPPED / "instruments.yaml").read_text("utf-8"),
    }
    for name, table in TABLES.items():
        files[folder / "data" / f"{name}.csv"] = ",".join(table.names) + "\n"
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    except OSError as error:
        raise MachineError(f"cannot write {folder}: {error.strerror or error}") from error
    return list(files)
