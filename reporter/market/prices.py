"""The weekly figures of one instrument, put together (docs/figures.md, Prices).

The rules themselves: `period_values` (what a period is worth), `specifications` (across a change of
terms), `changes` (against an earlier value), `windows` (averages, months, 52 weeks), `wording` and
`corrections`. The values they yield stand in `price_types` and are all to be had from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from reporter.calendar import Period, PublicationCalendar
from reporter.market.changes import (
    Base,
    change,
    four_week_base,
    periods_between,
    weekly_base,
    year_to_date_base,
    yearly_base,
)
from reporter.market.corrections import corrections
from reporter.market.numbers import difference
from reporter.market.period_values import NOT_PUBLISHED, Series, series_of
from reporter.market.price_types import (
    Average,
    Change,
    Correction,
    Estimate,
    Last,
    MonthChange,
    PeriodValue,
    PriceFigure,
    Range,
)
from reporter.market.windows import (
    YEAR,
    four_week_average,
    month_on_month,
    month_to_date,
    range_52w,
    values_within,
)
from reporter.market.wording import Thresholds, price_wording, range_move
from reporter.records.model import History, Unit

__all__ = [
    "Average",
    "Change",
    "Correction",
    "Estimate",
    "Last",
    "MonthChange",
    "PeriodValue",
    "PriceFigure",
    "Range",
    "corrections",
    "price_figure",
]


def price_figure(
    history: History,
    period: Period,
    *,
    calendar: PublicationCalendar | None,
    thresholds: Thresholds,
    units: Mapping[str, Unit],
    judged_on: date,
) -> PriceFigure:
    """Yields every weekly figure of one instrument for `period`; records dated after it are not seen.

    Numbers are in the currency and unit of the version valid at the period's value, or at its end.
    `units` are those that prices are stated per. `judged_on`, the earlier of as-of and the period's
    end, decides which months are closed and how old the last assessment is.
    """
    series = series_of(history, period, units)
    now, spec = series.now, series.spec
    weekly = _weekly_base(series, calendar, history.first_assessed)
    wow, four_week, yoy, ytd = _changes(series, weekly, history.first_assessed)
    move, width = _range_move(now, weekly)
    direction, direction_record = _direction(series)
    return PriceFigure(
        instrument=history.id,
        spec_version=spec.spec_version,
        currency=spec.currency,
        unit=spec.unit,
        value=now.value if now else None,
        low=now.low if now else None,
        high=now.high if now else None,
        date=now.date if now else None,
        status=now.status if now else _status_without_value(series),
        revision=now.revision if now else None,
        corrected=bool(now and now.revision) or any(one.corrected for one in (wow, four_week, yoy, ytd)),
        last=None if now else _last(series, history),
        estimates=_estimates(series),
        wow=wow,
        four_week=four_week,
        yoy=yoy,
        ytd=ytd,
        average_4w=four_week_average(series),
        mom=month_on_month(series, judged_on),
        month_to_date=month_to_date(series, judged_on),
        range_52w=range_52w(series),
        wording=price_wording(wow, move, thresholds),
        range_move=move,
        range_width=width,
        direction=direction,
        direction_record=direction_record,
        series=values_within(series, YEAR),
        stale_days=_stale_days(series, judged_on),
        records=tuple(dict.fromkeys((*(now.records if now else ()), *wow.records))),
    )


def _weekly_base(series: Series, calendar: PublicationCalendar | None, first_assessed: date | None) -> Base:
    if series.now is None:
        return Base(None, "not_assessed")
    return weekly_base(series, series.now, calendar, first_assessed)


def _changes(
    series: Series, weekly: Base, first_assessed: date | None
) -> tuple[Change, Change, Change, Change]:
    """Yields week on week, four-week, year on year and year to date."""
    now, spec = series.now, series.spec
    if now is None:
        none = Change(reason="not_assessed")
        return none, none, none, none
    return (
        change(now, weekly, spec),
        change(now, four_week_base(series), spec),
        change(now, yearly_base(series), spec),
        change(now, year_to_date_base(series, now, first_assessed), spec),
    )


def _range_move(now: PeriodValue | None, weekly: Base) -> tuple[str | None, Decimal | None]:
    """Yields rule 5's code and by how much the range widened, against the week-on-week base.

    None and None for a rolled-over value too: that nobody looked is not "unchanged".
    """
    base = weekly.value
    if now is None or base is None or not base.comparable or weekly.reason == "rolled_over":
        return None, None
    if base.low is None or base.high is None or now.low is None or now.high is None:
        return None, None
    width = difference(difference(now.high, now.low), difference(base.high, base.low))
    return range_move(base.low, base.high, now.low, now.high), width


def _status_without_value(series: Series) -> str:
    latest = series.rows[-1] if series.rows else None
    if latest and latest.date in series.period and latest.status in NOT_PUBLISHED:
        return latest.status
    return "not_assessed"


def _last(series: Series, history: History) -> Last | None:
    """Yields the value before the period in the figure's terms, else in those it was assessed in."""
    if not series.earlier:
        return None
    last, spec = series.earlier[-1], series.spec
    if not last.comparable:
        spec = next(one for one in history.specs if one.spec_version == last.spec_version)
    return Last(
        value=last.value,
        date=last.date,
        periods_old=periods_between(last.end, series.period.end),
        record=last.records[0],
        unit=spec.unit,
        currency=spec.currency,
        spec_version=spec.spec_version,
    )


def _estimates(series: Series) -> tuple[Estimate, ...]:
    start = series.period.end - YEAR
    return tuple(
        Estimate(one.value, one.date, one.records[0])
        for one in series.estimated
        if one.comparable and one.date > start
    )


def _direction(series: Series) -> tuple[str | None, str | None]:
    """Yields the source's own words on the period's move, and the record that states them."""
    for row in reversed(series.rows):
        if row.date not in series.period:
            break
        if row.direction:
            return row.direction, row.key
    return None, None


def _stale_days(series: Series, judged_on: date) -> int | None:
    """Yields the days since the last assessment where they exceed the instrument's `freshness_days`."""
    if series.spec.freshness_days is None or not series.assessed:
        return None
    age = (judged_on - series.assessed[-1].date).days
    return age if age > series.spec.freshness_days else None
