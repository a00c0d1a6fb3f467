"""The value of a period: one number per instrument and seven days (docs/figures.md rules 1, 2, 4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from reporter.calendar import Period
from reporter.market.numbers import mean
from reporter.market.price_types import PeriodValue
from reporter.market.specifications import Versions
from reporter.records.model import Assessment, History, Instrument, Unit

NOT_PUBLISHED = ("holiday", "suspended")


@dataclass(frozen=True, slots=True)
class Series:
    """One instrument up to the end of a period, everything in the terms of one version, `spec`.

    `now` is the period's own value, `earlier` those of the periods before it, oldest first.
    `assessed` and `estimated` are the single records with a number, each as if it were a value.
    `rows` are all current records; `silent` the last days of periods that a record calls holiday or
    suspended.
    """

    period: Period
    spec: Instrument
    now: PeriodValue | None
    earlier: tuple[PeriodValue, ...]
    assessed: tuple[PeriodValue, ...]
    estimated: tuple[PeriodValue, ...]
    rows: tuple[Assessment, ...]
    silent: frozenset[date]

    @property
    def values(self) -> tuple[PeriodValue, ...]:
        """All period values, comparable or not, oldest first."""
        return self.earlier if self.now is None else (*self.earlier, self.now)


def series_of(history: History, period: Period, units: Mapping[str, Unit]) -> Series:
    """Yields the records of `history` up to the end of `period` as period values.

    They are stated in the version valid at the period's value, or at its end where it has none.
    """
    versions = Versions(history.specs, units)
    rows = tuple(row for row in history.assessments if row.date <= period.end)
    values = _period_values(rows, versions, period.end.weekday())
    has_value = bool(values) and values[-1].end == period.end
    day = values[-1].date if has_value else period.end

    def restated(those: Iterable[PeriodValue]) -> tuple[PeriodValue, ...]:
        return tuple(versions.restated(value, day) for value in those)

    def records(status: str) -> Iterable[PeriodValue]:
        return _records_as_values(rows, status, versions, period.end.weekday())

    return Series(
        period=period,
        spec=versions.valid_on(day),
        now=values[-1] if has_value else None,
        earlier=restated(values[:-1] if has_value else values),
        assessed=restated(records("assessed")),
        estimated=restated(records("estimated")),
        rows=rows,
        silent=frozenset(
            Period.containing(row.date, period.end.weekday()).end
            for row in rows
            if row.status in NOT_PUBLISHED
        ),
    )


def _period_values(rows: Sequence[Assessment], versions: Versions, week_ends: int) -> list[PeriodValue]:
    """Yields each period's value in the terms of its own date."""
    values: list[PeriodValue] = []
    for end, group in groupby(rows, key=lambda row: Period.containing(row.date, week_ends).end):
        value = _value_of(end, list(group), versions, values[-1] if values else None)
        if value is not None:
            values.append(value)
    return values


def _value_of(
    end: date, rows: Sequence[Assessment], versions: Versions, before: PeriodValue | None
) -> PeriodValue | None:
    assessed = [
        value
        for value in (_as_value(end, row, versions) for row in rows if row.status == "assessed")
        if value is not None
    ]
    if assessed:
        by_mean = versions.valid_on(assessed[-1].date).weekly_rule == "mean"
        return _mean_of(assessed, versions) if by_mean else assessed[-1]
    rolled = [row for row in rows if row.status == "rolled_over"]
    carried = before
    for row in rolled:
        carried = _rolled_over(end, row, versions, carried)
    return carried if rolled else None


def _as_value(end: date, row: Assessment, versions: Versions) -> PeriodValue | None:
    """Yields one record as a value, None where it states no number."""
    mid = row.mid
    if mid is None:
        return None
    return PeriodValue(
        end=end,
        value=mid,
        low=row.low,
        high=row.high,
        date=row.date,
        status=row.status,
        revision=row.revision,
        spec_version=versions.valid_on(row.date).spec_version,
        comparable=True,
        records=(row.key,),
    )


def _records_as_values(
    rows: Sequence[Assessment], status: str, versions: Versions, week_ends: int
) -> Iterable[PeriodValue]:
    for row in rows:
        if row.status == status:
            value = _as_value(Period.containing(row.date, week_ends).end, row, versions)
            if value is not None:
                yield value


def _mean_of(assessed: Sequence[PeriodValue], versions: Versions) -> PeriodValue:
    """Yields the mean of a period's assessed records; those of another specification are left out.

    The mean as it is kept is the period's value everywhere, so that value − base = change holds in print.
    """
    last = assessed[-1]
    used = [one for one in (versions.restated(value, last.date) for value in assessed) if one.comparable]
    return replace(
        last,
        value=mean([value.value for value in used]),
        low=_mean_or_blank([value.low for value in used]),
        high=_mean_or_blank([value.high for value in used]),
        revision=max(value.revision for value in used),
        records=tuple(key for value in reversed(used) for key in value.records),
    )


def _mean_or_blank(numbers: Sequence[Decimal | None]) -> Decimal | None:
    stated = [number for number in numbers if number is not None]
    return mean(stated) if len(stated) == len(numbers) else None


def _rolled_over(
    end: date, row: Assessment, versions: Versions, before: PeriodValue | None
) -> PeriodValue | None:
    """Yields the row's own number, else the value before it; None where there is none to carry."""
    stated = _as_value(end, row, versions)
    if stated is not None or before is None:
        return stated
    carried = versions.restated(before, row.date)
    if not carried.comparable:
        return None
    # A value carried twice names the row and where the number was stated, not the rows between.
    origin = before.records[1:] if before.status == "rolled_over" else ()
    return replace(
        carried,
        end=end,
        date=row.date,
        status=row.status,
        revision=max(row.revision, before.revision),
        spec_version=versions.valid_on(row.date).spec_version,
        records=(row.key, *(origin or before.records)),
    )
