"""Tables of instruments and calendars as the texts that a folder would hold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from reporter.records.raw import RawTable, RawText

_NUMBERS = ("vat_rate", "tick", "decimals", "spec_version", "factor", "freshness_days")


def as_yaml(name: str, table: RawTable) -> RawText:
    """Yields `instruments` or `calendars` as JSON, the entry of row r on line r."""
    entries = dict(zip(table.lines.tolist(), _rows(table), strict=True))
    opened, closed = ("[", "]") if name == "instruments" else ("{", "}")
    lines = [""] * max(entries, default=1)
    last = max(entries, default=0)
    for line, cells in entries.items():
        made = _instrument(cells) if name == "instruments" else _calendar(cells)
        lines[line - 1] = made + ("," if line != last else "")
    lines[0] = opened + lines[0]
    return RawText(table.file, "\n".join(lines) + closed + "\n")


def _rows(table: RawTable) -> Iterator[Mapping[str, str]]:
    for row in range(len(table.lines)):
        cells = {name: column.values[column.codes[row]] for name, column in table.columns.items()}
        yield {name: text for name, text in cells.items() if text}


def _instrument(cells: Mapping[str, str]) -> str:
    names = {name[5:]: text for name, text in cells.items() if name.startswith("name_")}
    parts = [f'"name": {json.dumps(names, ensure_ascii=False)}'] if names else []
    for name, text in cells.items():
        if not name.startswith("name_"):
            bare = name in _NUMBERS or name == "continues"
            parts.append(f"{json.dumps(name)}: {text if bare else json.dumps(text, ensure_ascii=False)}")
    return "{" + ", ".join(parts) + "}"


def _calendar(cells: Mapping[str, str]) -> str:
    days = {name: cells.get(name, "").split(";") for name in ("holidays", "workdays")}
    kept = {name: [day.strip() for day in texts if day.strip()] for name, texts in days.items()}
    return f"{json.dumps(cells.get('calendar', ''))}: {json.dumps(kept)}"
