"""The one Jinja2 environment, for page and mail."""

from __future__ import annotations

from pathlib import Path

from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined


def shipped_templates() -> Path:
    """Yields the folder of the shipped templates: in the wheel, else beside the package in a checkout."""
    inside = Path(__file__).parent / "templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "templates"


def template_environment(own: Path | None = None) -> Environment:
    """Yields the environment: a desk's `own` templates first, then the shipped ones; always autoescaping.

    A name that a template uses and nobody gave is an error, not an empty place.
    """
    folders = [own] if own is not None else []
    loader: BaseLoader = ChoiceLoader(
        [FileSystemLoader(folder) for folder in [*folders, shipped_templates()]]
    )
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
