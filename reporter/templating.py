"""The one Jinja2 environment, for page and mail."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)

from reporter.errors import Problem, RenderError, ReporterError, SettingsError


def shipped_templates() -> Path:
    """Yields the folder of the shipped templates: in the wheel, else beside the package in a checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def template_environment(own: Path | None = None) -> Environment:
    """Yields the environment: a desk's `own` templates first, then the shipped ones; always autoescaping.

    A name that a template uses and nobody gave is an error, not an empty place. The environment without `own`
    is made once; a desk's each time, as a file may have come that goes before a shipped one.
    """
    return _shipped() if own is None else _environment([own, shipped_templates()])


@cache
def _shipped() -> Environment:
    return _environment([shipped_templates()])


def _environment(folders: Sequence[Path]) -> Environment:
    loader: BaseLoader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@contextmanager
def template_border(own: Path | None) -> Iterator[None]:
    """Turns a fault of a template into one line with its file and line.

    SettingsError where the file is one of the desk's `own`, RenderError where it is a shipped one.
    """
    try:
        yield
    except TemplateError as error:
        raise _translated(error, own) from error


def _translated(error: TemplateError, own: Path | None) -> ReporterError:
    if isinstance(error, TemplateSyntaxError):
        file, line = error.filename or error.name or "", error.lineno
    else:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ".html" in frame.filename]
        file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (str(error), 0)
    problem = Problem("template", error.message or type(error).__name__, file, line)
    if own is not None and Path(file).is_relative_to(own):
        return SettingsError([problem])
    return RenderError(str(problem))
