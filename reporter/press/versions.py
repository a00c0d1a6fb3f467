"""The published versions of a week, as they stand on disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from reporter.bulletin.bundle import MANIFEST, sha256
from reporter.bulletin.figures import Json, canonical_json
from reporter.bulletin.issue import Issue
from reporter.bulletin.reissue import reissued
from reporter.errors import VerificationError
from reporter.press.storage import week_folder

FIGURES = "figures.json"
WITHDRAWN = "withdrawn"  # the one key that a manifest may gain


@dataclass(frozen=True)
class Published:
    """One published version: its folder, manifest and `figures.json`."""

    folder: Path
    manifest: Json
    figures: Json

    @property
    def hash(self) -> str:
        """The SHA-256 of the manifest as it was published: a later withdrawal does not change it."""
        return manifest_hash(self.manifest)

    @property
    def version(self) -> int:
        """Its number."""
        return int(self.manifest["version"])


@dataclass(frozen=True)
class Replaced:
    """The version that a re-issue replaces, and why."""

    before: Published
    reason: str

    def reissued(self, issue: Issue) -> Issue:
        """Yields `issue` as the version after it."""
        return reissued(issue, self.before.figures, self.before.hash, self.reason)


def manifest_hash(manifest: Json) -> str:
    """Yields the SHA-256 of a manifest without the mark of a withdrawal."""
    return sha256(canonical_json({key: value for key, value in manifest.items() if key != WITHDRAWN}))


def version_folders(week: Path) -> list[Path]:
    """Yields the folders `v1`, `v2`, … of a week's folder that hold a manifest, in order."""
    found = [path for path in week.glob("v[0-9]*") if path.name[1:].isdecimal() and path.name[1] != "0"]
    return sorted(
        (path for path in found if (path / MANIFEST).is_file()), key=lambda path: int(path.name[1:])
    )


def latest_version(output: Path, edition: str, week: str) -> Published | None:
    """Yields the highest published version of a week, or None; VerificationError where it is damaged."""
    folders = version_folders(week_folder(output, edition, week))
    return read_version(folders[-1]) if folders else None


def read_version(folder: Path) -> Published:
    """Yields the version in a folder; VerificationError where manifest or figures are damaged."""
    manifest = read_manifest(folder)
    path = folder / FIGURES
    if not path.is_file():
        raise VerificationError(f"{path}: is missing")
    content = path.read_bytes()
    if sha256(content) != manifest["files"].get(FIGURES):
        raise VerificationError(f"{path}: differs from the manifest")
    return Published(folder, manifest, json.loads(content))


def read_manifest(folder: Path) -> Json:
    """Yields the manifest of an issue's folder; VerificationError where it is not one of this program."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        if manifest["schema"] == "reporter/manifest/1" and isinstance(manifest["files"], dict):
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise VerificationError(f"{path}: is not a manifest of this program")
