"""Does an issue still hold what its manifest says?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reporter.errors import UsageError, VerificationError
from reporter.press.verify import rebuild, verify
from reporter.settings import load_settings
from tests.conftest import ROOT


@pytest.fixture
def issue(acceptance_issue: Path, tmp_path: Path) -> Path:
    return shutil.copytree(acceptance_issue, tmp_path / "issue")


def test_an_untouched_issue_holds(issue: Path) -> None:
    assert len(verify(issue)) == len(list(issue.iterdir())) - 1


def test_one_flipped_byte_is_named(issue: Path) -> None:
    pdf = next(issue.glob("*.pdf"))
    content = bytearray(pdf.read_bytes())
    content[len(content) // 2] ^= 1
    pdf.write_bytes(content)
    for path in (issue, pdf):
        with pytest.raises(VerificationError, match=rf"{pdf.name}: differs from the manifest"):
            verify(path)
    assert verify(next(issue.glob("*.html")))


def test_missing_and_foreign_files_are_named_together(issue: Path) -> None:
    (issue / "prices.csv").unlink()
    (issue / "extra.txt").write_text("x")
    with pytest.raises(VerificationError) as caught:
        verify(issue)
    assert str(caught.value).splitlines() == [
        f"{issue / 'prices.csv'}: is missing",
        f"{issue / 'extra.txt'}: is not one of the issue's files",
    ]


def test_a_folder_without_a_manifest_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no manifest"):
        verify(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "other"}', "\x00"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(VerificationError, match="is not a manifest"):
        verify(tmp_path)


def test_an_issue_is_made_again_byte_for_byte(acceptance_issue: Path) -> None:
    """In another process, folder and second than the first time."""
    lines = rebuild(load_settings(ROOT / "schedule.yaml"), acceptance_issue)
    made = [line for line in lines if line.endswith("is made the same again")]
    assert len(made) == len(list(acceptance_issue.iterdir())) - 1


def test_changed_records_are_named_as_the_cause(desk: Path, acceptance_issue: Path) -> None:
    prices = desk / "data" / "prices.csv"
    prices.write_text(prices.read_text("utf-8").replace(",,,2050,", ",,,2060,"), "utf-8")
    with pytest.raises(VerificationError) as caught:
        rebuild(load_settings(desk / "schedule.yaml"), acceptance_issue)
    text = str(caught.value)
    assert "figures.json: is made differently now" in text
    assert "cause: the records of prices known at 2025-12-06T21:47:00+08:00 have changed" in text
    assert "projects.csv" not in text
