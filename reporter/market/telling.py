"""Which issue tells which event: the rule that nothing is lost between two issues or told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from reporter.calendar import Period
from reporter.records.model import Event

Cutoff = Callable[[Period], datetime]
"""The moment whose knowledge a period's issue prints, with its time zone."""

LATEST_DAYS = 28
"""A report that becomes known more than this many days after its date is news no longer."""


@dataclass(frozen=True, slots=True)
class Told:
    """The events that an issue may look at, in the order given.

    `earlier` were told by earlier issues, `now` by this one. `dropped` became known too late to be
    told at all; the state of their projects they do tell. What a later issue tells is in none of them.
    """

    earlier: tuple[Event, ...]
    now: tuple[Event, ...]
    dropped: tuple[Event, ...]


def told_by(events: Sequence[Event], period: Period, cutoff: Cutoff) -> Told:
    """Yields the events by whether `period`'s issue tells them (docs/figures-projects.md, "News")."""
    cutoff = cache(cutoff)
    earlier, now, dropped = [], [], []
    for event in events:
        told = told_in(event, period.end.weekday(), cutoff)
        if told is None:
            # Known only after this cut-off: an old issue run again must not see it.
            if first_known(event) <= cutoff(period):
                dropped.append(event)
        elif told < period:
            earlier.append(event)
        elif told == period:
            now.append(event)
    return Told(tuple(earlier), tuple(now), tuple(dropped))


def told_in(event: Event, week_ends: int, cutoff: Cutoff) -> Period | None:
    """Yields the period whose issue tells `event`; None where it became known too late for any.

    `week_ends` is the weekday of a period's last day (0 = Monday).
    """
    reported = event.first_reported_on or event.reported_on  # a corrected date moves no story
    period = Period.containing(reported, week_ends)
    known = first_known(event)
    deadline = cutoff(period)
    if known <= deadline:
        return period
    if (known.astimezone(deadline.tzinfo).date() - reported).days > LATEST_DAYS:
        return None
    while cutoff(period) < known:
        period = period.back(-1)
    return period


def first_known(event: Event) -> datetime:
    """Yields the moment from which the event was known, whatever was corrected in it since."""
    return event.first_known_at or event.known_at


def in_order(event: Event) -> tuple[date, int]:
    """Yields what events are ordered by: the reported date, then the place in the file."""
    return event.reported_on, event.order


def by_project(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Yields the events that name a project by its id, each in the order given."""
    reports: dict[str, list[Event]] = {}
    for event in events:
        if event.project is not None:
            reports.setdefault(event.project, []).append(event)
    return reports
