"""The commentary files of a week."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from reporter.records.commentary import LARGEST, read_commentary


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    file = tmp_path / "commentary" / "weekly" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def test_a_week_without_commentary_is_fine(tmp_path: Path) -> None:
    write(tmp_path, "2025-W48.en.md", b"Another week.")
    assert read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en", "zh"]) == ({}, ())


def test_a_text_comes_with_its_place_and_hash(tmp_path: Path) -> None:
    """A byte order mark belongs to the file, not to the text."""
    data = b"\xef\xbb\xbfCalm \xe2\x80\x93 mostly."
    file = write(tmp_path, "2025-W49.en.md", data)
    found, problems = read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en"])
    assert problems == ()
    assert (found["en"].file, found["en"].text) == (file.as_posix(), "Calm – mostly.")
    assert found["en"].sha256 == hashlib.sha256(data).hexdigest()


def test_a_language_without_one_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "2025-W49.en.md", b"Calm.")
    found, (problem,) = read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en", "zh"])
    assert list(found) == ["en"]
    assert (problem.code, problem.severity) == ("commentary_missing", "warning")
    assert problem.file.endswith("commentary/weekly/2025-W49.zh.md")


@pytest.mark.parametrize("name", ["2025-W49.md", "2025-W49.fr.md", "2025-W49.EN.md"])
def test_a_misnamed_file_is_told_not_passed_over(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, b"Calm.")
    found, (problem,) = read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en"])
    assert found == {}
    assert (problem.code, problem.severity) == ("commentary_unread", "warning")
    assert "2025-W49.en.md" in problem.message


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"Calm.\n\xff", "not_utf8", 2),
        (b"\xff\xfeC\0", "not_utf8", 1),
        (b"a\n\nb\0", "nul_byte", 3),
        (b"a" * (LARGEST + 1), "commentary_large", None),
    ],
)
def test_what_is_no_text_is_an_error_at_its_place(
    tmp_path: Path, data: bytes, code: str, line: int | None
) -> None:
    file = write(tmp_path, "2025-W49.en.md", data)
    found, (problem,) = read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en"])
    assert found == {}
    assert (problem.code, problem.file, problem.line) == (code, file.as_posix(), line)
    assert problem.severity == "error"


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "commentary" / "weekly" / "2025-W49.en.md").mkdir(parents=True)
    _, (problem,) = read_commentary(tmp_path / "commentary", "weekly", "2025-W49", ["en"])
    assert problem.code == "unreadable"
