"""What the operator sees at a glance: issues, what comes next, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from reporter.calendar import PublicationCalendar
from reporter.press.due import Due, Missed, due_of
from reporter.press.heartbeat import STOPPED, last_beat
from reporter.press.ledger import Ledger
from reporter.press.ledger_tables import Entry
from reporter.press.plans import timetable
from reporter.press.slots import Slot, Timetable, slots
from reporter.settings import Settings

Calendars = dict[str, PublicationCalendar]
AHEAD = timedelta(days=120)
DELIVERIES_SHOWN = 3


def timetables(settings: Settings, calendars: Calendars) -> list[Timetable]:
    """Yields the timetable of every edition with a schedule."""
    known = settings.editions.items()
    return [timetable(settings, id, calendars) for id, edition in known if edition.schedule]


def coming(table: Timetable, now: datetime, count: int) -> list[Slot]:
    """Yields the next slots of an edition, skipped ones among them."""
    found: list[Slot] = []
    until = now + AHEAD
    while len(found) < count and until < now + 50 * AHEAD:
        found = list(slots(table, now, until))[:count]
        until += AHEAD
    return found


def due_now(
    settings: Settings, ledger: Ledger, calendars: Calendars, now: datetime
) -> Iterator[Due | Missed]:
    """Yields what should have been published by now and is not, oldest first of each edition."""
    for table in timetables(settings, calendars):
        if schedule := settings.editions[table.edition].schedule:
            yield from due_of(table, schedule, ledger, now)


@dataclass(frozen=True)
class Status:
    """`faults` say in a line each what is not as it should be; `report` is everything, for programs."""

    faults: tuple[str, ...]
    report: dict[str, Any]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def status(
    settings: Settings,
    ledger: Ledger | None,
    calendars: Calendars,
    now: datetime,
    deliveries: Sequence[Mapping[str, Any]] = (),
) -> Status:
    """Yields the state of press and post; `ledger` is None where none was begun.

    `deliveries` are the post's: edition, week, version, mails by state, and what is wrong with each.
    """
    heartbeat, faults = _heartbeat(settings, now)
    editions = []
    for id, edition in settings.editions.items():
        entries = ledger.entries(id) if ledger else []
        table = timetable(settings, id, calendars)
        upcoming = [slot_json(one) for one in coming(table, now, 1)] if edition.schedule else []
        editions.append(
            {
                "edition": id,
                "next": upcoming[0] if upcoming else None,
                "latest": next((_entry(one) for one in reversed(entries) if one.state == "published"), None),
                "open": [_entry(one) for one in entries if one.state in ("held", "failed", "claimed", "due")],
                "published": sum(one.state == "published" for one in entries),
                "skipped": sum(one.state == "skipped" for one in entries),
            }
        )
    for one in due_now(settings, ledger, calendars, now) if ledger else ():
        if isinstance(one, Due) and (one.late or (one.entry and one.entry.state in ("held", "failed"))):
            state = one.entry.state if one.entry and one.entry.state != "due" else "overdue"
            reason = f": {one.entry.reason}" if one.entry and one.entry.reason else ""
            faults.append(f"{one.slot.edition} {one.slot.week} is {state}{reason}")
    faults += [f"mails of {_named(one)}: {one['fault']}" for one in deliveries if one["fault"]]
    report = {
        "healthy": not faults,
        "faults": faults,
        "scheduler": heartbeat,
        "editions": editions,
        "deliveries": list(deliveries),
    }
    return Status(tuple(faults), report)


def _named(delivery: Mapping[str, Any]) -> str:
    return f"{delivery['edition']} {delivery['week']} v{delivery['version']}"


def _heartbeat(settings: Settings, now: datetime) -> tuple[dict[str, Any] | None, list[str]]:
    beat = last_beat(settings.heartbeat.file)
    if beat is None:
        scheduled = any(edition.schedule for edition in settings.editions.values())
        return None, ["the scheduler has never run: `reporter schedule`"] if scheduled else []
    shown = {"at": beat.at.isoformat(), "pid": beat.pid, "doing": beat.doing, "stale": beat.stale(now)}
    if beat.doing == STOPPED:
        return shown, [f"the scheduler was stopped at {beat.at.isoformat()}; start it: `reporter schedule`"]
    fault = f"the scheduler gave no sign of life for {now - beat.at}; start it: `reporter schedule`"
    return shown, [fault] if beat.stale(now) else []


def slot_json(slot: Slot) -> dict[str, Any]:
    """Yields a slot for programs."""
    return {
        "edition": slot.edition,
        "week": str(slot.week),
        "at": slot.at.isoformat(),
        "utc": slot.at.astimezone(UTC).isoformat(),
        "skipped": slot.skipped,
        "why": slot.shift,
        "unknown_year": slot.unknown_year,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "week": entry.week,
        "version": entry.version,
        "state": entry.state,
        "slot": _iso(entry.slot),
        "as_of": _iso(entry.as_of),
        "finished_at": _iso(entry.finished_at),
        "reason": entry.reason,
        "withdrawn": entry.withdrawn_reason,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def lines(found: Status) -> list[str]:
    """Yields the state for people."""
    told = [] if found.healthy else ["what is wrong"] + [f"  {fault}" for fault in found.faults]
    beat = found.report["scheduler"]
    if beat:
        state = "gives no sign of life" if beat["stale"] else "runs"
        state, doing = (STOPPED, "") if beat["doing"] == STOPPED else (state, f" {beat['doing']}".rstrip())
        told.append(f"scheduler  {state}: last {beat['at']}, process {beat['pid']}{doing}")
    for one in found.report["editions"]:
        told.append(one["edition"])
        upcoming, latest = one["next"], one["latest"]
        if upcoming:
            why = f" ({upcoming['why']})" if upcoming["why"] else ""
            told.append(f"  next       {upcoming['week']} at {upcoming['at']}{why}")
        if latest:
            when = f"{latest['finished_at']}, as of {latest['as_of']}"
            withdrawn = f"; withdrawn: {latest['withdrawn']}" if latest["withdrawn"] else ""
            told.append(f"  latest     {latest['week']} v{latest['version']}, published {when}{withdrawn}")
        told += [
            f"  {entry['state']:<9}  {entry['week']} v{entry['version']}  {_short(entry['reason'])}".rstrip()
            for entry in one["open"]
        ]
        told.append(f"  in all     {one['published']} published, {one['skipped']} skipped")
    for one in found.report["deliveries"][-DELIVERIES_SHOWN:]:
        states = ", ".join(f"{number} {state}" for state, number in one["states"].items() if number)
        told.append(f"mails of {_named(one)}: {states or 'none'}")
    return told


def _short(reason: str | None, letters: int = 300) -> str:
    """Yields a reason as a glance takes it in; `--json` has it whole."""
    words = " ".join((reason or "").split())
    return words if len(words) <= letters else f"{words[:letters]}…"
