"""Price records and the figure of a week in one line each, for the tests of prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from reporter.calendar import PublicationCalendar, Week
from reporter.market.prices import Change, PriceFigure, price_figure
from reporter.market.wording import Thresholds
from reporter.records.model import Assessment, History, Instrument, Unit

UNITS = {
    "kg": Unit("mass", Decimal(1)),
    "mt": Unit("mass", Decimal(1000)),
    "lb": Unit("mass", Decimal("0.45359237")),
    "kWh": Unit("energy", Decimal(1000)),
}
PLAIN = Instrument(id="x", name={"": "X"}, unit="mt", currency="CNY")
TICK = replace(PLAIN, tick=Decimal(50))
MEAN = replace(PLAIN, weekly_rule="mean")
NO_FIGURE = (None, None, None, None, None)


def row(day: str, price: str | None = None, status: str = "assessed", **more: object) -> Assessment:
    """A record from `"2050"` (an average), `"185-195"` (a range) or None (no number)."""
    numbers: dict[str, object] = {}
    if price and "-" in price[1:]:  # a leading one is a sign
        low, high = price.rsplit("-", 1)
        numbers = {"low": Decimal(low), "high": Decimal(high)}
    elif price:
        numbers = {"average": Decimal(price)}
    return Assessment("x", date.fromisoformat(day), status=status, **{**numbers, **more})  # type: ignore[arg-type]


def figure(
    week: str,
    *rows: Assessment,
    spec: Instrument = PLAIN,
    specs: tuple[Instrument, ...] = (),
    calendar: PublicationCalendar | None = None,
    first: str | None = None,
    as_of: str | None = None,
    week_ends: int = 6,
) -> PriceFigure:
    """The figure of a week; `first` is the first assessed date where it lies before the rows."""
    period = Week.parse(week).period(week_ends)
    assessed = [one.date for one in rows if one.status == "assessed"]
    started = date.fromisoformat(first) if first else min(assessed, default=None)
    return price_figure(
        History(specs or (spec,), rows, started),
        period,
        calendar=calendar,
        thresholds=Thresholds(),
        units=UNITS,
        judged_on=min(date.fromisoformat(as_of), period.end) if as_of else period.end,
    )


def no_figure(change: Change) -> bool:
    return (change.abs, change.pct, change.base, change.base_date, change.periods) == NO_FIGURE


def rounded(number: Decimal | None, places: str = "0.01") -> Decimal:
    assert number is not None
    return number.quantize(Decimal(places))


def weekly(first: str, *prices: str | None) -> tuple[Assessment, ...]:
    """One record a week from `first` on, none where the price is None."""
    start = date.fromisoformat(first)
    return tuple(
        row(str(start + timedelta(days=7 * n)), price) for n, price in enumerate(prices) if price is not None
    )
