"""The analyst's commentary files: `commentary/<edition>/<week>.<language>.md` in the records' folder."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from reporter.errors import Problem
from reporter.records.problems import Problems
from reporter.records.sources.folder import utf8_bytes

LARGEST = 200_000  # bytes; a comment, not a book


@dataclass(frozen=True)
class CommentaryFile:
    """One language's text, where it stands, and the SHA-256 of the file's bytes."""

    file: str
    text: str
    sha256: str


def commentary_path(commentaries: Path, edition: str, week: str, language: str) -> Path:
    """Yields where the commentary of a week in a language stands."""
    return commentaries / edition / f"{week}.{language}.md"


def read_commentary(
    commentaries: Path, edition: str, week: str, languages: Collection[str]
) -> tuple[Mapping[str, CommentaryFile], tuple[Problem, ...]]:
    """Yields the week's commentary by language, as far as it is there, and every problem.

    UTF-8, a BOM is accepted. A file that cannot be read, is no UTF-8 or is larger than 200 kB is an error;
    a language that lacks one while another has one, or a file of no language of the edition, a warning.
    """
    problems, folder = Problems(), commentary_path(commentaries, edition, week, "").parent
    found: dict[str, CommentaryFile] = {}
    present = {path.name: path for path in sorted(folder.glob(f"{week}.*md"))} if folder.is_dir() else {}
    expected = {commentary_path(commentaries, edition, week, code).name: code for code in languages}
    for name, path in present.items():
        if name not in expected:
            message = f"is not read; the edition's commentary is named {', '.join(expected)}"
            problems.add(Problem("commentary_unread", message, path.as_posix(), severity="warning"))
        elif (data := _bytes(path, problems)) is not None:
            text = data.decode("utf-8-sig")
            found[expected[name]] = CommentaryFile(path.as_posix(), text, hashlib.sha256(data).hexdigest())
    if any(name in present for name in expected):
        for name in expected.keys() - present.keys():
            message = "there is none in this language; its pages are printed without commentary"
            place = (folder / name).as_posix()
            problems.add(Problem("commentary_missing", message, place, severity="warning"))
    return found, (*problems.of("error"), *problems.of("warning"))


def _bytes(path: Path, problems: Problems) -> bytes | None:
    shown = path.as_posix()
    if path.is_file() and (size := path.stat().st_size) > LARGEST:
        message = f"has {size:,} bytes; a commentary may have {LARGEST:,}"
        problems.add(Problem("commentary_large", message, shown))
        return None
    return utf8_bytes(path, shown, problems)
