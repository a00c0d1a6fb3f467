"""The index of an edition's issues, made from their folders: `index.json`, and `index.html` for people."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporter.bulletin.figures import Json, canonical_json
from reporter.calendar import Week
from reporter.errors import VerificationError
from reporter.press.index_page import index_page
from reporter.press.storage import alone_in, save_file, sweep
from reporter.press.versions import WITHDRAWN, Published, read_version, version_folders
from reporter.records.model import Text

SCHEMA = Path(__file__).with_name("index.schema.json")
INDEX, PAGE = "index.json", "index.html"


def save_index(output: Path, edition: str, title: Text, language: str, week: str | None = None) -> None:
    """Brings the edition's index and its page in that language up to date with the folders.

    `week` is the one that has changed; None makes the whole index again. Raises MachineError.
    """
    folder = output / edition
    with alone_in(folder):
        for name in (INDEX, PAGE):
            sweep(folder / name)
        content = indexed(output, edition, title, _read(folder / INDEX), week)
        save_file(folder / INDEX, content)
        save_file(folder / PAGE, index_page(json.loads(content), language).encode())


def indexed(output: Path, edition: str, title: Text, index: bytes | None, week: str | None = None) -> bytes:
    """Yields the bytes of `index.json` once the entry of `week` has been made again from its folders.

    Every entry is made again where `week` is None, or `index` is missing, broken, another edition's, or
    not of the weeks and versions that stand on disk. A damaged version is left out.
    """
    folder = output / edition
    entries = None if week is None else _entries(index, edition)
    if entries is not None and week is not None:
        entries.pop(week, None)
        if fresh := _entry(folder / week):
            entries[week] = fresh
    if entries is None or not _complete(entries, folder):
        entries = {path.name: entry for path in _weeks(folder) if (entry := _entry(path))}
    document = {
        "schema": "reporter/index/1",
        "edition": edition,
        "title": dict(title),
        "issues": [entries[name] for name in sorted(entries, reverse=True)],
    }
    _validator()(document)
    return canonical_json(document)


def _entry(folder: Path) -> Json | None:
    """Yields the entry of one week, its latest version first; None where no version stands."""
    versions: list[Published] = []
    for path in version_folders(folder):
        with suppress(VerificationError, KeyError):
            versions.append(read_version(path))
    if not versions:
        return None
    standing = [one.version for one in versions if WITHDRAWN not in one.manifest]
    return {
        "week": folder.name,
        "period": versions[-1].figures["period"],
        "latest": max(standing, default=None),
        "versions": [_version(one, versions) for one in reversed(versions)],
        "terms": _terms(versions[-1].figures),
    }


def _version(one: Published, versions: Iterable[Published]) -> Json:
    told = one.manifest.get("supersedes") or {}
    behind = (other for other in versions if _supersedes(other) == one.version)
    later = next(behind, None)
    return {
        "version": one.version,
        "as_of": one.manifest["as_of"],
        "folder": f"{one.folder.parent.name}/{one.folder.name}",
        "files": {code: _files(one.manifest, code) for code in one.manifest["languages"]},
        "manifest": one.hash,
        "supersedes": told.get("version"),
        "superseded_by": later and later.version,
        "reason": told.get("reason"),
        "withdrawn": one.manifest.get(WITHDRAWN),
    }


def _supersedes(one: Published) -> int | None:
    version: int | None = (one.manifest.get("supersedes") or {}).get("version")
    return version


def _files(manifest: Json, language: str) -> Json:
    name = f"{manifest['edition']}-{manifest['week']}.{language}"
    return {kind: f"{name}.{kind}" for kind in ("pdf", "html") if f"{name}.{kind}" in manifest["files"]}


def _terms(figures: Json) -> list[str]:
    """Yields what readers may look for: instruments, companies, projects and headlines, each once."""
    found: set[str | None] = set()
    for price in figures["prices"]:
        found |= {price["instrument"], *price.get("names", {}).values()}
    for project in figures["pipeline"]["projects"]:
        found |= {project["name"], *project["company"]}
    for event in figures["events"]:
        found |= {event["headline"], event["company"]}
    return sorted(filter(None, found))


# ── the index that is there, and the folders ──


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _entries(index: bytes | None, edition: str) -> dict[str, Json] | None:
    """Yields the entries of an index by week; None where it is none of this edition."""
    import fastjsonschema

    try:
        document: Any = json.loads(index or b"")
        _validator()(document)
    except (ValueError, fastjsonschema.JsonSchemaException):
        return None
    return {entry["week"]: entry for entry in document["issues"]} if document["edition"] == edition else None


def _complete(entries: Json, folder: Path) -> bool:
    """Tells whether every version on disk is in its entry, and nothing else is."""
    known = {version["folder"] for entry in entries.values() for version in entry["versions"]}
    return known == {
        f"{path.parent.name}/{path.name}" for week in _weeks(folder) for path in version_folders(week)
    }


def _weeks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        with suppress(ValueError):
            Week.parse(path.name)
            yield path


@lru_cache(maxsize=1)
def _validator() -> Callable[[Any], object]:
    import fastjsonschema  # compiled only where an index is made

    validator: Callable[[Any], object] = fastjsonschema.compile(json.loads(SCHEMA.read_text("utf-8")))
    return validator
