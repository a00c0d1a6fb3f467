"""Projects, events and a vocabulary in one line each, for the tests of news and pipeline."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from reporter.calendar import PartialDate, Period, PublicationRule
from reporter.records.model import Capacity, Event, Ladder, Project, Unit, Vocabulary

SHANGHAI = ZoneInfo("Asia/Shanghai")
W49 = Period(date(2025, 12, 1), date(2025, 12, 7))
MONDAY_AT_NINE = PublicationRule(SHANGHAI, weekday=0, at=time(9)).cutoff  # W49: 8 December, 09:00


def at(text: str) -> datetime:
    """`2025-12-08 09:00` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def event(name: str, day: str = "2025-12-04", *, known: str | None = None, **fields: object) -> Event:
    """An event reported on `day`, known from that day's beginning unless `known` says otherwise."""
    fields = {"type": "other", "headline": name, **_parsed(fields)}
    return Event(id=name, reported_on=date.fromisoformat(day), known_at=at(known or day), **fields)


def project(name: str = "plant", *, capacity: Capacity | str | None = None, **fields: object) -> Project:
    """A project of one company; capacity as `100 MWh`."""
    if isinstance(capacity, str):
        capacity = size(capacity)
    fields = {"segment": "cell", **_parsed(fields)}
    return Project(id=name, name=name, companies=("Firm",), capacity=capacity or Capacity(), **fields)


def size(text: str, kind: str = "not_stated", qualifier: str = "exact") -> Capacity:
    """The capacity of `100 MWh`."""
    value, unit = text.split()
    return Capacity(Decimal(value), unit, kind, qualifier)


def _parsed(fields: dict[str, object]) -> dict[str, object]:
    for name in ("expected", "event_date"):
        if isinstance(fields.get(name), str):
            fields[name] = PartialDate.parse(str(fields[name]))
    stated = fields.get("capacity")
    if isinstance(stated, str):
        value, unit = stated.split()
        fields |= {"capacity": Decimal(value), "capacity_unit": unit}
    return fields


def in_file_order(*events: Event) -> list[Event]:
    """The events with their places in the file."""
    return [replace(one, order=place) for place, one in enumerate(events)]


def weeks(first: date, last: date, week_ends: int = 6) -> list[Period]:
    """The consecutive periods from that of `first` to that of `last`."""
    periods = [Period.containing(first, week_ends)]
    while last not in periods[-1] and periods[-1].end < last:
        periods.append(periods[-1].back(-1))
    return periods


def day_after(start: str, days: int) -> str:
    return str(date.fromisoformat(start) + timedelta(days=days))


def words(*codes: str) -> dict[str, dict[str, str]]:
    return {code: {"en": code} for code in codes}


BUILD = ("announced", "signed", "eia", "approved", "design", "construction", "equipment", "commissioning")
PLANT = (*BUILD, "pilot", "sampling", "mass_production")
STORAGE = (*BUILD, "grid_connected", "commercial_operation")
OFF = ("paused", "shelved", "cancelled")

VOCABULARY = Vocabulary(
    segments=words("cell", "pack_ess", "electrolyte", "precursor"),
    routes={},
    states={},
    stages=words(*PLANT, "grid_connected", "commercial_operation", *OFF),
    ladders=(Ladder(PLANT), Ladder(STORAGE, ("pack_ess",))),
    off_ladder=frozenset(OFF),
    dead=frozenset({"cancelled"}),
    running=frozenset({"mass_production", "grid_connected", "commercial_operation"}),
    event_types={},
    regions={},
    capacity_kinds=words("annual_output", "ess_power", "ess_energy", "not_stated"),
    capacity_qualifiers=words("exact", "approx", "level", "up_to", "at_least"),
    units={
        "MWh": Unit("energy", Decimal(1)),
        "GWh": Unit("energy", Decimal(1000)),
        "GWh/yr": Unit("energy a year", Decimal(1000)),
        "mt/yr": Unit("mass a year", Decimal(1)),
        "kt/yr": Unit("mass a year", Decimal(1000)),
    },
    price_units={},
)
