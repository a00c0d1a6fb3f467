"""What the analyst should look at before the issue goes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reporter.bulletin.issue import Warning
from reporter.calendar import Period
from reporter.market.foreign import REACH, ForeignFigure
from reporter.market.outlook import Outlook
from reporter.market.pipeline import Pipeline
from reporter.market.price_oddities import price_oddities
from reporter.market.prices import PriceFigure
from reporter.records.model import History, Unit


def price_warnings(
    histories: Sequence[History], prices: Sequence[PriceFigure], period: Period, units: Mapping[str, Unit]
) -> Iterator[Warning]:
    """Yields the odd price records of the period, then the prices that are older than they may be.

    `histories` and `prices` are parallel; `units` are those that prices are stated per.
    """
    for history, figure in zip(histories, prices, strict=True):
        for odd in price_oddities(history, figure, period, units):
            yield Warning(odd.code, odd.record, odd.text)
    for figure in prices:
        if figure.stale_days is not None and (figure.last or figure.records):
            record = figure.last.record if figure.last else figure.records[0]
            yield Warning("stale", record, f"{figure.stale_days} days old")


def foreign_warnings(
    prices: Sequence[PriceFigure], foreign: Mapping[str, ForeignFigure]
) -> Iterator[Warning]:
    """Yields the prices, and the bases of their changes, that lack a rate of exchange."""
    for figure in prices:
        abroad = foreign.get(figure.instrument)
        if abroad is None or "no_rate" not in (abroad.reason, abroad.wow.reason):
            continue
        of_base = abroad.reason is None
        day = figure.wow.base_date if of_base else figure.date
        record = (figure.wow.records if of_base else figure.records)[0]
        yield Warning("no_rate", record, f"no rate {abroad.pair} on {day} or in the {REACH.days} days before")


def pipeline_warnings(pipeline: Pipeline) -> Iterator[Warning]:
    """Yields the odd steps, contradictions and late reports among the events."""
    for odd in pipeline.warnings:
        yield Warning(odd.code, odd.record, odd.text)


def outlook_warnings(outlook: Outlook) -> Iterator[Warning]:
    """Yields the growth rates that their ends contradict, then the sources that contradict each other."""
    for check in outlook.cagr_checks:
        if not check.agrees:
            text = f"stated {check.stated}%, its ends imply {check.implied}%"
            yield Warning("cagr_disagrees", check.records[0], text)
    for conflict in outlook.conflicts:
        text = f"{conflict.metric}, {conflict.scope}, {conflict.period}"
        yield Warning("conflict", conflict.records[0], text)
