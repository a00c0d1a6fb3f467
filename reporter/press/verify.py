"""Does an issue folder still hold what its manifest says, and do the records still make it?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from reporter.bulletin.bundle import MANIFEST, sha256
from reporter.bulletin.figures import Json
from reporter.bulletin.pages import Step
from reporter.calendar import Week
from reporter.errors import UsageError, VerificationError
from reporter.press.desk import Made, make_issue, open_desk, silent
from reporter.press.gate import DECIDED
from reporter.press.versions import WITHDRAWN, Replaced, manifest_hash, read_manifest, read_version
from reporter.records.snapshot import take_snapshot
from reporter.settings import Settings


def verify(path: Path) -> list[str]:
    """Yields one line for every file of the issue folder (or PDF's folder) that was checked.

    Raises UsageError where there is no manifest, VerificationError naming every file that is changed,
    missing or not the issue's.
    """
    folder, only = (path, None) if path.is_dir() else (path.parent, path.name)
    manifest = _manifest(folder)
    known = manifest["files"]
    names = sorted(known) if only is None else [only]
    faults = [*_differences(folder, names, known), *_broken_chain(folder, manifest)]
    if only is None:
        present = {entry.name for entry in folder.iterdir()}
        faults += [
            f"{folder / name}: is not one of the issue's files"
            for name in sorted(present - {*known, MANIFEST})
        ]
    if faults:
        raise VerificationError("\n".join(faults))
    return [f"{folder / name}: as the manifest says" for name in names] + _withdrawal(folder, manifest)


def _manifest(folder: Path) -> Json:
    path = folder / MANIFEST
    if not path.is_file():
        raise UsageError(f"{path}: there is no manifest; give an issue's folder or a PDF inside one")
    return read_manifest(folder)


def _withdrawal(folder: Path, manifest: Json) -> list[str]:
    mark = manifest.get(WITHDRAWN)
    return [f"{folder / MANIFEST}: withdrawn at {mark['at']}: {mark['reason']}"] if mark else []


def _broken_chain(folder: Path, manifest: Json) -> Iterator[str]:
    """Yields a line where the version that this one replaces stands beside it, and is not that version."""
    told = manifest.get("supersedes")
    if told is None:
        return
    before = folder.parent / f"v{told['version']}"
    if (before / MANIFEST).is_file() and manifest_hash(read_manifest(before)) != told["manifest"]:
        yield f"{before / MANIFEST}: is not the version that {folder.name} replaces"


def _differences(folder: Path, names: Iterable[str], known: dict[str, str]) -> Iterator[str]:
    for name in names:
        path = folder / name
        if name not in known:
            yield f"{path}: the manifest does not name it"
        elif not path.is_file():
            yield f"{path}: is missing"
        elif sha256(path.read_bytes()) != known[name]:
            yield f"{path}: differs from the manifest"


def rebuild(settings: Settings, folder: Path, records: str | None = None, step: Step = silent) -> list[str]:
    """Makes the issue of `folder` again, as of its own moment, and compares it byte for byte.

    `records` is where the issue was made from, if not from the settings' records.

    Yields lines that say what agrees. Where other versions of Pango or HarfBuzz shape the text, only the
    data files are compared, and a line says so. Raises VerificationError naming every file that differs and
    what may have caused it.
    """
    old = _manifest(folder)
    made = _again(settings, folder, old, records, step)
    new = json.loads(made.files[MANIFEST])
    same_shaping = old["shaping"] == new["shaping"]
    compared = [name for name in old["files"] if same_shaping or name.endswith((".json", ".csv"))]
    differing = [name for name in compared if new["files"].get(name) != old["files"][name]]
    if differing:
        lines = [f"{folder / name}: is made differently now" for name in differing]
        raise VerificationError("\n".join([*lines, *_causes(old, new)]))
    lines = [f"{folder / name}: is made the same again" for name in compared]
    if not same_shaping:
        lines.append(f"pages are not compared: shaped by {old['shaping']} then, {new['shaping']} now")
    return lines


def _again(settings: Settings, folder: Path, old: Json, records: str | None, step: Step) -> Made:
    moment, edition, week = datetime.fromisoformat(old["as_of"]), old["edition"], old["week"]
    desk = open_desk(settings, edition, records=records, step=step, moment=moment, week=week)
    return make_issue(
        desk,
        take_snapshot(desk.records, moment),
        Week.parse(week).period(desk.plan.week_ends),
        version=old["version"],
        replaced=_replaced(folder, old),
        languages=tuple(old["languages"]),
        decided={name: old[name] for name in DECIDED if name in old},
        step=step,
    )


def _replaced(folder: Path, old: Json) -> Replaced | None:
    """Yields the version that `old` replaces, which stands beside it; VerificationError without it."""
    told = old.get("supersedes")
    if told is None:
        return None
    before = read_version(folder.parent / f"v{told['version']}")
    if before.hash != told["manifest"]:
        raise VerificationError(f"{before.folder / MANIFEST}: is not the version that {folder.name} replaces")
    return Replaced(before, told["reason"])


def _causes(old: Json, new: Json) -> Iterator[str]:
    """Yields which of the things behind an issue are not what they were."""
    for table in sorted({*old["records"], *new["records"]}):
        if old["records"].get(table) != new["records"].get(table):
            yield f"cause: the records of {table} known at {old['as_of']} have changed"
    for name in ("settings", "templates"):
        if old[name] != new[name]:
            yield f"cause: the {name} have changed"
    if old.get("commentary") != new.get("commentary"):
        yield "cause: the commentary has changed"
    for package, version in old["packages"].items():
        if new["packages"].get(package) != version:
            yield f"cause: {package} was {version}, is {new['packages'].get(package)}"
