"""Tables too long for paper: which of their rows are printed, and which file holds them all.

A page of a table takes a fixed time to set, and nobody reads the hundredth.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from reporter.bulletin.issue import Issue
from reporter.market.prices import PriceFigure

PRINTED = 50  # rows, of a table that is shortened

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cut:
    """A shortened table: how many rows it has, and the file with all of them."""

    total: int
    file: str


def cuts(issue: Issue, most: int) -> dict[str, Cut]:
    """Yields the tables of an issue with more than `most` rows, by name."""
    longest = max((len(section.stories) for section in issue.sections), default=0)
    sizes = {
        "prices": len(issue.prices),
        "projects": len(issue.pipeline.projects),
        "events": len(issue.stories) if longest > most else 0,
        "corrections": len(issue.corrections),
        "forecasts": sum(len(group.forecasts) for group in issue.outlook.groups),
        "statistics": len(issue.outlook.statistics),
        "policies": len(issue.policies),
    }
    return {table: Cut(size, f"{table}.csv") for table, size in sizes.items() if size > most}


def shortened(issue: Issue, most: int) -> Issue:
    """Yields the issue with the rows that are printed of every table of more than `most`.

    Of prices the headline ones and the largest moves, of projects those that changed, of stories the
    most important of each section, of the others the latest.
    """
    short: dict[str, Any] = {}
    for table in cuts(issue, most):
        short |= _SHORT[table](issue)
    outlook = replace(issue.outlook, **{name: short.pop(name) for name in _OUTLOOK if name in short})
    return replace(issue, outlook=outlook, **short)


def price_directions(prices: Sequence[PriceFigure]) -> dict[str, int]:
    """Yields how many prices went up, went down, did not move, and have no change to tell."""
    changes = [figure.wow.abs for figure in prices]
    return {
        "up": sum(change is not None and change > 0 for change in changes),
        "down": sum(change is not None and change < 0 for change in changes),
        "still": sum(change is not None and not change for change in changes),
        "untold": sum(change is None for change in changes),
    }


def _first(rows: Sequence[T], order: Callable[[T], Any]) -> tuple[T, ...]:
    """Yields the first rows by `order`, in the order in which they stand."""
    chosen = sorted(range(len(rows)), key=lambda n: (order(rows[n]), n))[:PRINTED]
    return tuple(rows[n] for n in sorted(chosen))


def _latest(rows: Sequence[T], day: Callable[[T], Any]) -> tuple[T, ...]:
    return _first(rows, lambda row: -day(row).toordinal())


def _prices(issue: Issue) -> dict[str, Any]:
    def order(figure: PriceFigure) -> tuple[bool, Any]:
        return figure.instrument not in issue.headline_prices, -abs(figure.wow.pct or Decimal(0))

    return {"prices": _first(issue.prices, order)}


def _projects(issue: Issue) -> dict[str, Any]:
    states = _first(issue.pipeline.projects, lambda state: not state.changed)
    return {"pipeline": replace(issue.pipeline, projects=states)}


def _events(issue: Issue) -> dict[str, Any]:
    return {"sections": tuple(replace(one, stories=one.stories[:PRINTED]) for one in issue.sections)}


def _forecasts(issue: Issue) -> dict[str, Any]:
    every = [forecast for group in issue.outlook.groups for forecast in group.forecasts]
    kept: set[Hashable] = {row.key for row in _latest(every, lambda row: row.issued_on.end)}
    return {"groups": tuple(_with_only(issue, kept))}


def _with_only(issue: Issue, kept: set[Hashable]) -> Iterator[Any]:
    for group in issue.outlook.groups:
        forecasts = tuple(row for row in group.forecasts if row.key in kept)
        if forecasts:
            yield replace(group, forecasts=forecasts)


_OUTLOOK = ("groups", "statistics")
_SHORT: dict[str, Callable[[Issue], dict[str, Any]]] = {
    "prices": _prices,
    "projects": _projects,
    "events": _events,
    "corrections": lambda issue: {"corrections": _latest(issue.corrections, lambda row: row.date)},
    "forecasts": _forecasts,
    "statistics": lambda issue: {"statistics": _latest(issue.outlook.statistics, lambda row: row.period.end)},
    "policies": lambda issue: {"policies": _latest(issue.policies, lambda row: row.date.end)},
}
