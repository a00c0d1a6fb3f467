"""The index of an edition's issues, and versions withdrawn."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from reporter.bulletin.bundle import data_files, manifest
from reporter.bulletin.plan import Layout
from reporter.bulletin.reissue import reissued
from reporter.errors import UsageError, VerificationError
from reporter.press.index import _validator, indexed, save_index
from reporter.press.index_page import index_page
from reporter.press.verify import verify
from reporter.press.versions import read_version
from reporter.press.withdraw import withdraw, withdrawn
from tests.bulletin.test_build import issue_of

TITLE = {"en": "Weekly <1>", "zh": "周报"}
AT = datetime.fromisoformat("2026-01-05T09:00:00+08:00")
NAMES = "- {id: a, name: {en: Alpha, zh: 甲}, unit: kg, currency: CNY}\n"


def published(tmp_path: Path, week: str, price: str, replaces: int | None = None) -> Path:
    """A version without pages in the output folder, whole enough for the index."""
    home = tmp_path / "work" / f"{week}-{replaces}"
    home.mkdir(parents=True)
    issue = issue_of(home, week=week, instruments=NAMES, prices=price)
    if replaces is None:
        version = 1
        from dataclasses import replace

        issue = replace(issue, version=1)
    else:
        before = read_version(tmp_path / "output" / "weekly" / week / f"v{replaces}")
        issue = reissued(issue, before.figures, before.hash, "A slip")
        version = replaces + 1
    folder = tmp_path / "output" / "weekly" / week / f"v{version}"
    folder.mkdir(parents=True)
    files = data_files(issue, Layout()) | {f"weekly-{week}.en.pdf": b"pdf", f"weekly-{week}.en.html": b"html"}
    files["manifest.json"] = manifest(issue, files, {}, {"languages": ["en"]})
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """Two weeks, the later one with two versions, and what is no issue beside them."""
    published(tmp_path, "2025-W48", "a,2025-11-28,,,140")
    published(tmp_path, "2025-W49", "a,2025-12-05,,,145")
    published(tmp_path, "2025-W49", "a,2025-12-05,,,146", replaces=1)
    (tmp_path / "output" / "weekly" / "notes").mkdir()
    return tmp_path / "output"


def index(output: Path) -> bytes:
    return indexed(output, "weekly", TITLE, None)


def test_the_newest_week_stands_first_with_its_versions_and_terms(output: Path) -> None:
    document = json.loads(index(output))
    _validator()(document)
    assert [issue["week"] for issue in document["issues"]] == ["2025-W49", "2025-W48"]
    newest = document["issues"][0]
    assert (newest["latest"], newest["period"]) == (2, {"start": "2025-12-01", "end": "2025-12-07"})
    second, first = newest["versions"]
    assert (second["version"], second["supersedes"], second["superseded_by"]) == (2, 1, None)
    assert (first["version"], first["supersedes"], first["superseded_by"]) == (1, None, 2)
    assert (second["reason"], first["reason"]) == ("A slip", None)
    assert second["folder"] == "2025-W49/v2"
    assert second["files"] == {"en": {"pdf": "weekly-2025-W49.en.pdf", "html": "weekly-2025-W49.en.html"}}
    assert newest["terms"] == ["Alpha", "a", "甲"]


def test_an_entry_added_or_replaced_gives_the_bytes_of_an_index_made_anew(
    output: Path, tmp_path: Path
) -> None:
    old = index(output)
    published(tmp_path, "2025-W47", "a,2025-11-21,,,150")
    added = indexed(output, "weekly", TITLE, old, "2025-W47")
    assert added == index(output) != old
    published(tmp_path, "2025-W48", "a,2025-11-28,,,141", replaces=1)
    assert indexed(output, "weekly", TITLE, added, "2025-W48") == index(output) != added


@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: None,
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b'"edition": "weekly"', b'"edition": "other"'),
        lambda content: content.replace(b"2025-W48/v1", b"2025-W47/v1"),
        lambda content: b"[]",
    ],
    ids=["missing", "cut off", "foreign", "of other weeks", "no index"],
)
def test_an_index_that_is_none_of_these_folders_is_made_anew(output: Path, spoil: object) -> None:
    whole = index(output)
    assert indexed(output, "weekly", TITLE, spoil(whole), "2025-W49") == whole  # type: ignore[operator]


def test_a_damaged_version_is_left_out(output: Path) -> None:
    (output / "weekly" / "2025-W48" / "v1" / "figures.json").write_text("{}")
    assert [issue["week"] for issue in json.loads(index(output))["issues"]] == ["2025-W49"]


def test_a_withdrawal_changes_the_manifest_alone_and_only_once(output: Path) -> None:
    """The version after it still finds the version that it replaces."""
    week = output / "weekly" / "2025-W49"
    before = {path: path.read_bytes() for path in week.rglob("*") if path.is_file()}
    hash = read_version(week / "v1").hash
    assert withdraw(output, "weekly", "2025-W49", 1, AT, "Wrong") == week / "v1"
    assert not withdrawn(week / "v1", AT, "Another reason")
    changed = {path.name for path, content in before.items() if path.read_bytes() != content}
    assert changed == {"manifest.json"}
    told = verify(week / "v1")[-1]
    assert told.endswith("manifest.json: withdrawn at 2026-01-05T09:00:00+08:00: Wrong")
    assert read_version(week / "v1").hash == hash
    assert verify(week / "v2")
    entry = json.loads(index(output))["issues"][0]
    assert entry["versions"][1]["withdrawn"] == {"at": "2026-01-05T09:00:00+08:00", "reason": "Wrong"}
    assert entry["latest"] == 2


def test_what_a_killed_withdrawal_left_goes_with_the_next(output: Path) -> None:
    folder = output / "weekly" / "2025-W48" / "v1"
    (folder / ".manifest.json-abc").write_bytes(b"half")
    with pytest.raises(VerificationError, match="is not one of the issue's files"):
        verify(folder)
    withdraw(output, "weekly", "2025-W48", 1, AT, "Wrong")
    assert verify(folder)


def test_what_a_killed_process_left_beside_the_index_goes_with_the_next_issue(output: Path) -> None:
    (output / "weekly" / ".index.json-abc").write_bytes(b"half")
    save_index(output, "weekly", TITLE, "en")
    assert list((output / "weekly").glob(".*")) == []


def test_a_week_whose_versions_are_all_withdrawn_has_no_latest(output: Path) -> None:
    withdraw(output, "weekly", "2025-W48", None, AT, "Wrong")
    assert json.loads(index(output))["issues"][1]["latest"] is None


@pytest.mark.parametrize(
    ("week", "version", "message"),
    [("2025-W40", None, "no version is published"), ("2025-W49", 3, "has v1, v2")],
)
def test_only_a_published_version_can_be_withdrawn(
    output: Path, week: str, version: int | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        withdraw(output, "weekly", week, version, AT, "Wrong")
    assert not (output / "weekly" / "2025-W40").exists()


def test_the_page_lists_every_version_with_links_that_lead_there(output: Path) -> None:
    import re

    save_index(output, "weekly", TITLE, "en")
    page = (output / "weekly" / "index.html").read_text("utf-8")
    links = re.findall(r'href="([^"]+)"', page)
    assert len(links) == 6
    assert all((output / "weekly" / link).is_file() for link in links)
    assert "Weekly &lt;1&gt;" in page
    assert "replaced by version 2" in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_page_speaks_the_editions_language(output: Path) -> None:
    assert "周报：往期目录" in index_page(json.loads(index(output)), "zh")


def test_an_output_folder_that_was_moved_gives_the_same_index(output: Path, tmp_path: Path) -> None:
    shutil.copytree(output, tmp_path / "moved")
    assert index(tmp_path / "moved") == index(output)
