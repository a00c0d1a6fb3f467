"""Publication calendars, from calendars.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from reporter.calendar import PublicationCalendar
from reporter.errors import Problem
from reporter.records.cells import iso_date
from reporter.records.problems import Problems
from reporter.yamltext import YamlFault, line_at, load_yaml

_EXPECTED = "must be days and ranges such as [2026-01-01, 2026-02-15..2026-02-23]"
_YEARS = "must be years whose holidays are all named, such as [2026, 2027]"
_LONGEST = 366


def read_calendars(text: str, file: str, problems: Problems) -> Mapping[str, PublicationCalendar] | None:
    """Yields the calendars by name; None, and every fault in `problems`, if there is any.

    A day under `holidays` has no publication; one under `workdays` has, even at a weekend. `years` are
    those whose holidays are known although none is named.
    """
    try:
        content, lines = load_yaml(text, file)
    except YamlFault as fault:
        problems.extend(fault.problems)
        return None
    found: list[Problem] = []

    def note(message: str, *path: str | int) -> None:
        field = ".".join(map(str, path))
        found.append(Problem("calendar", message, file, line_at(lines, path), field))

    if not isinstance(content, dict):
        note("must name calendars, such as CN: {holidays: […], workdays: […]}")
        content = {}
    calendars = {}
    for name, parts in content.items():
        days = {"holidays": set[date](), "workdays": set[date]()}
        years: set[int] = set()
        if not name.strip():
            note("must have a name", name)
            continue
        if not isinstance(parts, dict) or not set(parts) <= {*days, "years"}:
            note("must have holidays, workdays and years, nothing else", name)
            continue
        for kind, entries in parts.items():
            if not isinstance(entries, list):
                note(_EXPECTED if kind in days else _YEARS, name, kind)
                continue
            if kind == "years":
                years |= {int(str(entry)) for entry in entries if _is_year(entry)}
                for index, entry in enumerate(entries):
                    if not _is_year(entry):
                        note(_YEARS, name, kind, index)
                continue
            for index, entry in enumerate(entries):
                try:
                    days[kind].update(_days(entry))
                except ValueError as fault:
                    note(f"{entry} {fault}", name, kind, index)
        calendars[name] = PublicationCalendar(
            name, frozenset(days["holidays"]), frozenset(days["workdays"]), frozenset(years)
        )
    problems.extend(found)
    return None if found else calendars


def _is_year(entry: object) -> bool:
    return re.fullmatch(r"[12][0-9]{3}", str(entry)) is not None


def _days(entry: object) -> Iterator[date]:
    """Yields the days of `2026-01-01` or `2026-02-15..2026-02-23`, both ends included."""
    first, dots, last = str(entry).partition("..")
    start = iso_date(first.strip())
    end = iso_date(last.strip()) if dots else start
    if end < start:
        raise ValueError("ends before it begins")
    if (end - start).days >= _LONGEST:
        raise ValueError("is longer than a year")
    return (start + timedelta(days=n) for n in range((end - start).days + 1))
