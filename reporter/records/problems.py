"""Problems gathered from many rows without drowning the reader: the first of a kind, then a count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reporter.errors import Problem

SHOWN = 20


class Problems:
    """Every fault of an input, at most `SHOWN` of one file, code and field, then "… and N more"."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._shown: dict[tuple[str, str, str], list[Problem]] = {}
        self._more: dict[tuple[str, str, str], int] = {}
        self.extend(problems)

    def add(self, problem: Problem) -> None:
        """Notes one problem."""
        kind = (problem.file, problem.code, problem.field)
        shown = self._shown.setdefault(kind, [])
        if len(shown) < SHOWN:
            shown.append(problem)
        else:
            self.add_more(kind, 1)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Notes several problems."""
        for problem in problems:
            self.add(problem)

    def add_more(self, kind: tuple[str, str, str], count: int) -> None:
        """Counts further problems of a (file, code, field) that is shown already."""
        if count > 0:
            self._more[kind] = self._more.get(kind, 0) + count

    def of(self, severity: str) -> tuple[Problem, ...]:
        """Yields those of one severity, by file and line, each count after the last of its kind."""
        placed = []
        for kind, shown in self._shown.items():
            if shown[0].severity != severity:
                continue
            placed += [(problem.file, problem.line or 0, 0, problem) for problem in shown]
            if more := self._more.get(kind):
                last = max(shown, key=lambda problem: problem.line or 0)
                words = f"… and {more:,} more of these"
                summary = replace(last, message=words, line=None, value=None, count=more)
                placed.append((last.file, last.line or 0, 1, summary))
        return tuple(problem for *_, problem in sorted(placed, key=lambda entry: entry[:3]))
