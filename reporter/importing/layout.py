"""How a provider's files are laid out: the shipped headings and units, and a desk's own in imports.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib.resources import files
from pathlib import Path
from typing import Any

from reporter.errors import Problem, SettingsError
from reporter.importing.values import DAY_FIRST, MONTH_FIRST
from reporter.yamltext import Lines, YamlFault, line_at, load_yaml

FILE = "imports.yaml"
KINDS = ("prices", "events", "projects", "forecasts")
_MAPPINGS = ("columns", "instruments", "units", "currencies")
_WORDS = ("files", "sheet", "unit", "dates")

_AMOUNT = re.compile(r"(?:[0-9]+(?:\.[0-9]+)? )?[A-Za-z][A-Za-z0-9_/]*")

Names = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Layout:
    """How one kind of file is read.

    `aliases` list the shipped headings of each column; `columns` and `instruments` are a desk's own, by the
    words in the file; `unit` is that of all prices where the file does not say; `dates` decides 03/04/2025.
    """

    aliases: Names = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    currencies: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    dates: str = ""
    sheet: str | None = None


def load_layout(folder: Path, kind: str, name: str) -> Layout:
    """Yields the layout of a file: the first entry of imports.yaml in `folder` that fits its kind and name.

    Raises SettingsError with every fault of imports.yaml.
    """
    shipped, _ = load_yaml((files("reporter") / "defaults" / "import_columns.yaml").read_text("utf-8"), "")
    assert isinstance(shipped, dict)
    aliases = {column: tuple(names) for column, names in shipped["columns"][kind].items()}
    entry = _entry(folder / FILE, kind, name)
    return Layout(
        aliases,
        entry.get("columns", {}),
        entry.get("instruments", {}),
        shipped["units"] | entry.get("units", {}),
        shipped["currencies"] | entry.get("currencies", {}),
        entry.get("unit", ""),
        entry.get("dates", ""),
        entry.get("sheet"),
    )


def _entry(file: Path, kind: str, name: str) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        content, lines = load_yaml(file.read_bytes().decode("utf-8-sig"), file.name)
    except YamlFault as fault:
        raise SettingsError(fault.problems) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError([Problem("unreadable", f"cannot be read: {fault}", file.name)]) from None
    if problems := _problems(content, lines, file.name):
        raise SettingsError(problems)
    entries = content.get(kind, []) if isinstance(content, dict) else []
    return next((entry for entry in entries if fnmatch(name, entry.get("files", "*"))), {})


def _problems(content: object, lines: Lines, file: str) -> list[Problem]:
    """Yields what is wrong with imports.yaml, each with its line."""
    problems: list[Problem] = []

    def fault(message: str, *path: str | int) -> None:
        place = line_at(lines, path)
        problems.append(Problem("imports", message, file, place, ".".join(map(str, path))))

    if content is not None and not isinstance(content, dict):
        fault(f"must be lists of layouts by kind: {', '.join(KINDS)}")
        return problems
    for kind, entries in (content or {}).items():
        if kind not in KINDS:
            fault(f"is not a kind of import; they are: {', '.join(KINDS)}", kind)
        elif not isinstance(entries, list):
            fault("must be a list of layouts: `- files: …`", kind)
        else:
            for index, entry in enumerate(entries):
                _check_entry(entry, (kind, index), fault)
    return problems


def _check_entry(entry: object, path: tuple[str, int], fault: Callable[..., None]) -> None:
    if not isinstance(entry, dict):
        fault("must be a layout such as {files: prices-*.xlsx, columns: {Lowest: low}}", *path)
        return
    for name, value in entry.items():
        if name in _MAPPINGS:
            pairs = value.items() if isinstance(value, dict) else ()
            if not isinstance(value, dict) or not all(isinstance(word, str) for _, word in pairs):
                fault("must be words and what they stand for, such as {Lowest: low}", *path, name)
            elif name in ("units", "currencies"):
                for word, code in pairs:
                    if not _AMOUNT.fullmatch(code):
                        fault("must be a code, or a number and a code, such as 0.5 kg", *path, name, word)
        elif name not in _WORDS:
            fault(f"is not a part of a layout; they are: {', '.join((*_WORDS, *_MAPPINGS))}", *path, name)
        elif not isinstance(value, str):
            fault("must be a text", *path, name)
        elif name == "dates" and value not in (DAY_FIRST, MONTH_FIRST):
            fault(f"must be {DAY_FIRST} or {MONTH_FIRST}", *path, name)
