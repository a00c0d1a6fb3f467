"""What the commands share: their options, and how they read settings and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reporter.errors import UsageError

if TYPE_CHECKING:
    from reporter.bulletin.issue import Issue
    from reporter.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="The settings.", show_default="the nearest schedule.yaml upward"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Edition = Annotated[
    str | None, typer.Argument(metavar="[EDITION]", help="An edition's id.", show_default="the first")
]
EditionName = Annotated[str, typer.Argument(help="An edition's id.")]
WeekName = Annotated[str, typer.Argument(help="Such as 2025-W48.")]
WeekOption = Annotated[
    str | None,
    typer.Option(
        "--week", metavar="WEEK", help="Such as 2025-W49.", show_default="the latest with a known record"
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help="Only what was known by then counts; such as 2025-12-06T21:47+08:00.",
        show_default="now",
    ),
]
AsOfIssue = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="MOMENT", help="Known by when.", show_default="the published issue's, or now"
    ),
]
Records = Annotated[
    str | None,
    typer.Option("--records", metavar="DIR-or-URL", help="The records.", show_default="from the settings"),
]

OutputOption = Annotated[
    Path | None, typer.Option("--output", metavar="DIR", help="Where.", show_default="from the settings")
]
Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="Why; readers see it.", show_default="none"),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language", metavar="CODE", help="Such as en; several times.", show_default="the edition's"
    ),
]


# ── printing ──


def say(line: str) -> None:
    """Prints a line for people, on the standard error."""
    print(line, file=sys.stderr)


def print_json(value: Any) -> None:
    """Prints a result for programs, on the standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def summary_of(issue: Issue) -> dict[str, Any]:
    """Yields an issue in a few words, for programs."""
    return {
        "edition": issue.edition,
        "week": issue.week,
        "version": issue.version,
        "as_of": issue.as_of.isoformat(),
        "prices": len(issue.prices),
        "stories": len(issue.stories),
        "warnings": [asdict(warning) for warning in issue.warnings],
    }


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Shows the current step and its seconds on a terminal; says nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        yield lambda words: progress.update(task, description=words)


# ── from words to values ──


def settings_of(config: Path | None) -> Settings:
    """Yields the settings of a file, or of the nearest one upward."""
    from reporter.settings import find_config, load_settings

    return load_settings(config if config is not None else find_config(Path.cwd()))


def languages_of(codes: list[str] | None) -> tuple[str, ...]:
    """Yields the languages of `--language`, each once; UsageError where one has no catalogue."""
    from reporter.language import available_languages

    for code in codes or ():
        if code not in available_languages():
            raise UsageError(
                f"--language {code!r}: there is no catalogue; there are: {', '.join(available_languages())}"
            )
    return tuple(dict.fromkeys(codes or ()))


def count(n: int, word: str) -> str:
    """Yields `1 row`, `2,000 rows`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
