"""A week's commentary: read, put into the issue, and held against it; or begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from reporter.bulletin.fonts import missing_letters
from reporter.bulletin.issue import Issue
from reporter.bulletin.prose import Prose
from reporter.errors import Problem, RecordsError
from reporter.language import language
from reporter.press.storage import save_new_file
from reporter.records.commentary import CommentaryFile, commentary_path, read_commentary

if TYPE_CHECKING:
    from reporter.bulletin.commentary import Commentary

FIELD = "commentary"


@dataclass(frozen=True)
class Commented:
    """An issue with its commentary.

    `hashes` are the SHA-256 of the files by language; `faults` keep it from being printed at all,
    `contradictions` from being published; `warnings` from nothing.
    """

    issue: Issue
    hashes: Mapping[str, str]
    faults: tuple[Problem, ...] = ()
    contradictions: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def printable(self) -> Commented:
        """Yields itself; RecordsError with everything where the commentary cannot be printed."""
        if self.faults:
            raise RecordsError([*self.faults, *self.contradictions, *self.warnings])
        return self

    def publishable(self) -> Commented:
        """Yields itself; RecordsError where the figures contradict it or it cannot be printed."""
        if self.contradictions:
            raise RecordsError([*self.faults, *self.contradictions, *self.warnings])
        return self.printable()


def with_commentary(
    issue: Issue, commentaries: Path, languages: Sequence[str], stable_below: Decimal
) -> Commented:
    """Yields the issue with the commentary of its week in these languages, checked; nothing is raised.

    `commentaries` is their folder, `stable_below` the absolute percentage below which a price may be
    called stable.
    """
    files, problems = read_commentary(commentaries, issue.edition, issue.week, languages)
    faults = [problem for problem in problems if problem.severity == "error"]
    html: dict[str, Mapping[str, str]] = {}
    against: list[Problem] = []
    for code, file in files.items():
        # Markdown is imported only where there is any
        from reporter.bulletin.commentary import read_markdown
        from reporter.bulletin.commentary_check import check_commentary

        say = language(code)
        read = read_markdown(file.text, Prose(issue, say).section_names())
        faults += _faults(read, file)
        html[code] = read.html
        against += [
            Problem(found.code, found.message, file.file, found.line, FIELD, found.word)
            for found in check_commentary(read.pieces, issue, say, stable_below)
        ]
    return Commented(
        replace(issue, commentary=html),
        {code: file.sha256 for code, file in files.items()},
        tuple(faults),
        tuple(against),
        tuple(problem for problem in problems if problem.severity == "warning"),
    )


def save_drafts(issue: Issue, commentaries: Path, texts: Mapping[str, str]) -> tuple[list[Path], list[Path]]:
    """Saves a week's commentary by language, beside the records; yields what was written, and what was there.

    A file that is there is never changed. Raises MachineError.
    """
    written: list[Path] = []
    kept: list[Path] = []
    for code, text in texts.items():
        path = commentary_path(commentaries, issue.edition, issue.week, code)
        (written if save_new_file(path, text.encode()) else kept).append(path)
    return written, kept


def _faults(read: Commentary, file: CommentaryFile) -> Iterator[Problem]:
    for fault in read.faults:
        yield Problem("commentary_heading", fault.message, file.file, fault.line, FIELD, fault.heading)
    for piece in read.pieces:
        for n, line in enumerate(piece.text.split("\n")):
            if letters := missing_letters(line):
                message = f"no font of the bulletin has {' '.join(letters)}; write it in other letters"
                yield Problem("no_glyph", message, file.file, piece.line + n, FIELD, line)
