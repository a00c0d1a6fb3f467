"""Withdrawing a published version: marked in its manifest and in the index, never deleted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from reporter.bulletin.bundle import MANIFEST
from reporter.bulletin.figures import canonical_json
from reporter.errors import UsageError
from reporter.press.storage import publishing, save_file, sweep, version_folder, week_folder
from reporter.press.versions import WITHDRAWN, read_manifest, version_folders


def withdraw(output: Path, edition: str, week: str, version: int | None, at: datetime, reason: str) -> Path:
    """Marks a version (default: the latest) as withdrawn; yields its folder.

    Raises UsageError where there is no such version, BusyError while the week is being published.
    """
    if not version_folders(week_folder(output, edition, week)):  # before a lock makes folders
        raise UsageError(f"{edition} {week}: no version is published in {output}")
    with publishing(output, edition, week):
        folders = version_folders(week_folder(output, edition, week))
        folder = folders[-1] if version is None else version_folder(output, edition, week, version)
        if folder not in folders:
            there = ", ".join(path.name for path in folders)
            raise UsageError(f"--version {version}: {edition} {week} has {there}")
        withdrawn(folder, at, reason)
    return folder


def withdrawn(folder: Path, at: datetime, reason: str) -> bool:
    """Adds the mark to the manifest of a version and tells whether it did: the first mark stands.

    Every other byte of the folder stays. Raises VerificationError where there is no manifest, MachineError.
    """
    sweep(folder / MANIFEST)
    manifest = read_manifest(folder)
    if WITHDRAWN in manifest:
        return False
    mark = {"at": at.isoformat(), "reason": reason}
    save_file(folder / MANIFEST, canonical_json({**manifest, WITHDRAWN: mark}))
    return True
