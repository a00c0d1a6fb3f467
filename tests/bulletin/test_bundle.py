"""The files of an issue and their manifest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

from reporter.bulletin.bundle import issue_files
from tests.bulletin.test_build import issue_of


def test_the_manifest_names_every_file_with_its_hash_and_no_path_or_clock(acceptance_issue: Path) -> None:
    manifest = json.loads((acceptance_issue / "manifest.json").read_text("utf-8"))
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((acceptance_issue / name).read_bytes()).hexdigest() == digest
    assert set(manifest["files"]) == {path.name for path in acceptance_issue.iterdir()} - {"manifest.json"}
    assert manifest["as_of"] == "2025-12-06T21:47:00+08:00"
    assert manifest["shaping"]["pango"]
    assert str(acceptance_issue) not in json.dumps(manifest)


def test_text_that_a_spreadsheet_would_run_is_defused_and_numbers_stay_numbers(tmp_path: Path) -> None:
    """A headline that begins like a formula gets an apostrophe; a negative change stays as it is."""
    issue = issue_of(
        tmp_path,
        prices=["a,2025-11-28,,,3", "a,2025-12-05,,,1"],
        projects="p,@Plant,+Firm",
        events=["e1,2025-12-02,other,=cmd()", "e2,2025-12-02,other,-60 C reached,p"],
    )
    files = issue_files(issue, [])
    events = list(csv.DictReader(io.StringIO(files["events.csv"].decode())))
    assert {row["headline"] for row in events} == {"'=cmd()", "'-60 C reached"}
    projects = list(csv.DictReader(io.StringIO(files["projects.csv"].decode())))
    assert (projects[0]["name"], projects[0]["company"]) == ("'@Plant", "'+Firm")
    prices = list(csv.DictReader(io.StringIO(files["prices.csv"].decode())))
    assert prices[0]["wow_abs"] == "-2"
