"""Rules between the cells of a row, between rows and between tables (prices: `price_rules`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reporter.errors import Problem
from reporter.records.columns import REFUSED, Judged, whole
from reporter.records.problems import Problems


def check_revisions(table: Judged, problems: Problems) -> None:
    """Refuses a revision above 0 that does not say when it was published: it would rewrite the past."""
    late = table["revision"].where(lambda revision: revision > 0) & table["published_at"].empty
    table.report(
        problems, late, "undated_revision", "revision", "needs published_at, or it would rewrite the past"
    )


def sort_rows(table: Judged, problems: Problems) -> Judged:
    """Yields the rows by key and revision, each once.

    The same key and revision twice is an error that names both lines, a warning if the rows are
    identical. Rows without a whole key have problems of their own already.
    """
    keys = [table[name].ranks() for name in table.rules.key]
    revisions = table["revision"].ranks()
    order = np.lexsort((table.lines, revisions, *reversed(keys)))
    table = table.take(order)
    same = np.ones(len(order), dtype=bool)
    for name in (*table.rules.key, "revision"):
        codes = table[name].codes
        same[1:] &= (codes[1:] == codes[:-1]) & (codes[1:] >= 0)
    for cells in table.cells.values():  # a refused cell may be anything: no comparison
        same &= cells.codes != REFUSED
    same[:1] = False
    if not same.any():
        return table
    differing = np.full(len(order), -1)  # the first column in which a row differs from the one before it
    for index, cells in reversed(list(enumerate(table.cells.values()))):
        differing[1:][cells.codes[1:] != cells.codes[:-1]] = index
    identical, different = same & (differing < 0), same & (differing >= 0)
    columns = list(table.cells)
    first, names = table.rules.key[0], ", ".join(table.rules.key)

    def differs(row: int) -> str:
        place = f"the same {names} and revision stand on line {table.lines[row - 1]}"
        return f"{place} with another {columns[differing[row]]}; a correction takes a higher revision"

    def repeats(row: int) -> str:
        return f"repeats line {table.lines[row - 1]}; it is read once"

    table.report(problems, different, "duplicate_key", first, differs)
    table.report(problems, identical, "duplicate_row", first, repeats, "warning")
    return table.take(~identical)


def check_range(table: Judged, low: str, high: str, problems: Problems) -> None:
    """Refuses half a range and a low above its high."""
    check_whole_range(table, low, high, whole([table[low], table[high]]), problems)


def check_whole_range(
    table: Judged, low: str, high: str, numbers: Sequence[NDArray[Any]], problems: Problems
) -> None:
    """Refuses the same where the two columns are at hand as whole numbers."""
    lows, highs = table[low], table[high]
    table.report(problems, highs.given & lows.empty, "half_range", low, f"is missing beside {high}")
    table.report(problems, lows.given & highs.empty, "half_range", high, f"is missing beside {low}")
    wrong = lows.given & highs.given & (numbers[0] > numbers[1])
    table.report(problems, wrong, "low_above_high", low, f"is above {high}, {{{high}}}")


def check_capacity(table: Judged, projects: Judged | None, problems: Problems) -> None:
    """Refuses a capacity without a unit; an event may inherit its project's."""
    bare = table["capacity"].given & table["capacity_unit"].empty
    if projects is not None and "project" in table.cells:
        stated = {projects["id"].at(row) for row in np.flatnonzero(projects["capacity_unit"].given)}
        bare &= ~table["project"].where(lambda project: project in stated)
    table.report(problems, bare, "capacity_unit", "capacity_unit", "is required beside a capacity")


def check_events(events: Judged, projects: Judged | None, check_projects: bool, problems: Problems) -> None:
    """Refuses money without a currency and references that lead nowhere or in a circle.

    Projects are not looked up where projects.csv could not be read (`check_projects`).
    """
    bare = events["money"].given & events["money_currency"].empty
    events.report(problems, bare, "money_currency", "money_currency", "is required beside an amount of money")
    known = set(projects["id"].values) if projects is not None else set()
    lost = events["project"].where(lambda project: project not in known)
    if check_projects:
        events.report(problems, lost, "unknown_project", "project", "is not an id of projects.csv")
    ids = set(events["id"].values)
    lost = events["same_as"].where(lambda event: event not in ids)
    events.report(problems, lost, "unknown_event", "same_as", "is not an id of events.csv")
    itself = np.array(
        [a is not None and a == b for a, b in zip(_all(events, "same_as"), _all(events, "id"), strict=True)],
        dtype=bool,
    )
    events.report(problems, itself, "same_as_itself", "same_as", "names its own row")
    _check_circles(events, problems)


def _all(table: Judged, column: str) -> list[Any]:
    values = [*table[column].values, None, None]
    return [values[code] for code in table[column].codes]


def _check_circles(events: Judged, problems: Problems) -> None:
    """Refuses events that name each other in a circle at any moment.

    Rows are taken moment by moment as they become known, as a snapshot would see them.
    """
    ids, targets, revisions = _all(events, "id"), _all(events, "same_as"), _all(events, "revision")
    moments = [
        published or (datetime.combine(told, time(), UTC) if told else datetime.min.replace(tzinfo=UTC))
        for published, told in zip(_all(events, "published_at"), _all(events, "reported_on"), strict=True)
    ]
    rows = [row for row, name in enumerate(ids) if name is not None and revisions[row] is not None]
    rows.sort(key=lambda row: (moments[row], revisions[row]))
    current: dict[str, int] = {}  # the row of each event's highest revision so far
    circle = np.zeros(len(ids), dtype=bool)
    for _, group in groupby(rows, key=lambda row: moments[row]):
        changed = []
        for row in group:
            if ids[row] not in current or revisions[row] >= revisions[current[ids[row]]]:
                current[ids[row]] = row
                changed.append(ids[row])
        for name in changed:
            if members := _circle(name, current, targets):
                circle[max(current[member] for member in members)] = True  # once, where it closes
    events.report(problems, circle, "same_as_circle", "same_as", "leads back to this event in a circle")


def _circle(start: str, current: Mapping[str, int], targets: Sequence[str | None]) -> set[str]:
    """Yields the events on a way of two steps or more that leads from one back to it, else none."""
    seen: set[str] = set()
    step: str | None = start
    while step is not None and step in current and step not in seen:
        seen.add(step)
        step = targets[current[step]]
    return seen if step == start and len(seen) > 1 else set()


def check_forecasts(table: Judged, problems: Problems) -> None:
    """Refuses a forecast without a figure, half a range, and a base year that is not before its target."""
    check_range(table, "low", "high", problems)
    bare = table["value"].empty & table["low"].empty & table["high"].empty
    table.report(problems, bare, "no_number", "value", "is required, or low and high")
    late = np.array(
        [
            base is not None and target is not None and base >= target
            for base, target in zip(_all(table, "base_year"), _all(table, "target_year"), strict=True)
        ],
        dtype=bool,
    )
    table.report(problems, late, "base_year", "base_year", "must lie before target_year")


def check_companies(table: Judged, problems: Problems) -> None:
    """Warns of a name or alias that two companies share: reports under it could join either."""
    owner: dict[str, str] = {}
    for row in range(len(table.lines)):
        company = str(table["id"].at(row))
        names = [table["name"].at(row) or "", *str(table["aliases"].at(row) or "").split(";")]
        for name in filter(None, (name.casefold() for name in names)):
            if owner.setdefault(name, company) != company:
                message, line = f"{name} is a name of {owner[name]} too", int(table.lines[row])
                problems.add(Problem("shared_alias", message, table.file, line, "aliases", None, "warning"))
