"""What is due: the slots that have come, less what the ledger knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Entry
from reporter.press.slots import Slot, Timetable, slots
from reporter.publishing_settings import ScheduleSettings

OVER = ("published", "skipped")


@dataclass(frozen=True)
class CatchUp:
    """What becomes of issues that nobody could publish in time.

    `policy`: of the missed ones `latest` publishes the newest, `all` each, `none` no one; none is
    published that is older than `max_age`. An issue is late when `late_after` its deadline is over.
    """

    policy: str = "latest"
    max_age: timedelta = timedelta(days=10)
    late_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Due:
    """An issue to publish now; `entry` is what the ledger holds of it."""

    slot: Slot
    entry: Entry | None
    late: bool


@dataclass(frozen=True)
class Missed:
    """A slot that is published no more, and why; `planned` if that was wanted, as on a holiday."""

    slot: Slot
    reason: str
    planned: bool = False


def due_of(
    table: Timetable, schedule: ScheduleSettings, ledger: Ledger, now: datetime
) -> Iterator[Due | Missed]:
    """Yields what is to be done about an edition's slots that have come since it began, oldest first."""
    began = ledger.began(table.edition)
    if began is None:
        return
    entries = {one.week: one for one in ledger.entries(table.edition) if one.version == 1}
    terms = CatchUp(schedule.catch_up, schedule.max_age, schedule.late_after)
    yield from what_is_due(slots(table, began, now), entries, terms, now)


def what_is_due(
    come: Iterable[Slot], entries: Mapping[str, Entry], terms: CatchUp, now: datetime
) -> Iterator[Due | Missed]:
    """Yields what is to be done about the slots of one edition that have come, oldest first.

    `entries` are its first versions by week. An issue that was begun, held or failed is not missed: it
    stays due until it is too old.
    """
    come = list(come)
    for slot in come:
        if _state(entries, slot) in OVER:
            continue
        entry = entries.get(str(slot.week))
        late = now > slot.deadline + terms.late_after
        if slot.skipped:
            yield Missed(slot, slot.shift, planned=True)
        elif now - slot.at > terms.max_age:
            held = f"; it was {entry.state}: {entry.reason}" if entry and entry.reason else ""
            yield Missed(slot, f"older than max_age ({_days(terms.max_age)}){held}")
        elif entry is None and _passed_over(slot, come, terms, late):
            yield Missed(slot, f"missed, and catch_up is {terms.policy}")
        else:
            yield Due(slot, entry, late)


def _passed_over(slot: Slot, come: Iterable[Slot], terms: CatchUp, late: bool) -> bool:
    """Tells whether a later slot has come, too; of two that holidays put at one time both are in time."""
    if terms.policy == "all":
        return False
    newer = any(one.at > slot.at and not one.skipped for one in come)
    return newer or (terms.policy == "none" and late)


def _state(entries: Mapping[str, Entry], slot: Slot) -> str:
    entry = entries.get(str(slot.week))
    return entry.state if entry else "due"


def _days(span: timedelta) -> str:
    days = span / timedelta(days=1)
    return f"{days:g} day{'' if days == 1 else 's'}"
