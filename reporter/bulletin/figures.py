"""Issue → `figures.json`: every printed number, exact, for programs.

Decimals become strings, exact, without exponent or trailing zeros; absent is null. The JSON Schema beside
this file is validated before anything is saved.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporter.bulletin.issue import Issue
from reporter.calendar import PartialDate
from reporter.errors import RenderError
from reporter.market.outlook import Outlook
from reporter.market.pipeline import Pipeline, ProjectState, Story
from reporter.market.prices import Average, Change, Correction, MonthChange, PriceFigure, Range
from reporter.records.model import Capacity, Forecast

SCHEMA = Path(__file__).with_name("figures.schema.json")
Json = dict[str, Any]


def decimal_text(value: Decimal) -> str:
    """Yields the canonical text of a decimal: no exponent, no trailing zeros, no negative zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _plain(value: object) -> object:
    """Yields what JSON can hold of a figure's field."""
    match value:
        case Decimal():
            return decimal_text(value)
        case PartialDate():
            return value.text
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _object(**fields: object) -> Json:
    return {name: _plain(value) for name, value in fields.items()}


def figures(issue: Issue) -> Json:
    """Yields the `reporter/figures/1` document of an issue; RenderError where it breaks its schema."""
    document = _object(
        schema="reporter/figures/1",
        edition=issue.edition,
        week=issue.week,
        version=issue.version,
        period=_object(start=issue.period.start, end=issue.period.end),
        as_of=issue.as_of.isoformat(),
        prices=tuple(map(_price, issue.prices)),
        corrections=tuple(map(_correction, issue.corrections)),
        pipeline=_pipeline(issue.pipeline),
        events=tuple(_story(story, issue) for story in issue.stories),
        **_outlook(issue.outlook),
        routes=tuple(
            _object(
                route=route.route,
                conductivity_low=route.conductivity_low,
                conductivity_high=route.conductivity_high,
                unit=route.unit,
                stage_in_china=route.stage_in_china,
                source=route.source,
                record=route.key,
            )
            for route in issue.routes
        ),
        policies=tuple(
            _object(
                id=policy.id,
                date=policy.date,
                jurisdiction=policy.jurisdiction,
                title=policy.title,
                effect=policy.effect,
                source=policy.source,
                record=policy.key,
            )
            for policy in issue.policies
        ),
        highlights=tuple(_object(kind=entry.kind, refs=entry.refs) for entry in issue.highlights),
        warnings=tuple(_object(code=w.code, record=w.record, text=w.text) for w in issue.warnings),
    )
    _validate(document)
    return document


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Yields the bytes of a JSON file: UTF-8, indented, in the document's order, one newline at the end."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


@lru_cache(maxsize=1)
def _validator() -> Callable[[Json], object]:
    import fastjsonschema  # compiled only where an issue is made

    validator: Callable[[Json], object] = fastjsonschema.compile(json.loads(SCHEMA.read_text("utf-8")))
    return validator


def _validate(document: Json) -> None:
    import fastjsonschema

    try:
        _validator()(document)
    except fastjsonschema.JsonSchemaException as error:
        raise RenderError(f"figures.json breaks its schema: {error}") from error


# ── prices ──


def _price(figure: PriceFigure) -> Json:
    return _object(
        instrument=figure.instrument,
        spec_version=figure.spec_version,
        currency=figure.currency,
        unit=figure.unit,
        value=figure.value,
        low=figure.low,
        high=figure.high,
        date=figure.date,
        status=figure.status,
        revision=figure.revision,
        corrected=figure.corrected,
        last=figure.last
        and _object(
            value=figure.last.value,
            date=figure.last.date,
            periods_old=figure.last.periods_old,
            record=figure.last.record,
        ),
        estimates=tuple(_object(value=e.value, date=e.date, record=e.record) for e in figure.estimates),
        changes={
            "wow": _change(figure.wow),
            "four_week": _change(figure.four_week),
            "yoy": _change(figure.yoy),
            "ytd": _change(figure.ytd),
        },
        average_4w=_average(figure.average_4w),
        mom=_month(figure.mom),
        month_to_date=figure.month_to_date and _month(figure.month_to_date),
        range_52w=_range(figure.range_52w),
        wording=figure.wording,
        range_move=figure.range_move,
        range_width=figure.range_width,
        direction=figure.direction,
        stale_days=figure.stale_days,
        records=figure.records,
    )


def _change(change: Change) -> Json:
    return _object(
        abs=change.abs,
        pct=change.pct,
        base=change.base,
        base_date=change.base_date,
        reason=change.reason,
        periods=change.periods,
        corrected=change.corrected,
        records=change.records,
    )


def _average(average: Average) -> Json:
    return _object(value=average.value, n=average.n, reason=average.reason, records=average.records)


def _month(change: MonthChange) -> Json:
    return _object(
        month=change.month,
        value=change.value,
        n=change.n,
        base=change.base,
        base_n=change.base_n,
        abs=change.abs,
        pct=change.pct,
        reason=change.reason,
        records=change.records,
    )


def _range(window: Range) -> Json:
    return _object(
        low=window.low,
        high=window.high,
        n=window.n,
        position=window.position,
        since_launch=window.since_launch,
        extreme=window.extreme,
        records=window.records,
    )


def _correction(correction: Correction) -> Json:
    return _object(
        instrument=correction.instrument,
        date=correction.date,
        first=correction.first,
        first_low=correction.first_low,
        first_high=correction.first_high,
        previous=correction.previous,
        previous_low=correction.previous_low,
        previous_high=correction.previous_high,
        new=correction.new,
        new_low=correction.new_low,
        new_high=correction.new_high,
        revision=correction.revision,
        reason=correction.reason,
        record=correction.record,
    )


# ── projects and news ──


def _pipeline(pipeline: Pipeline) -> Json:
    def moved(moves: tuple[Any, ...]) -> list[Json]:
        return [
            {"project": m.project, "from": m.from_stage, "to": m.to_stage, "events": list(m.events)}
            for m in moves
        ]

    return _object(
        new=tuple(_object(project=n.project, stage=n.stage, events=n.events) for n in pipeline.new),
        stage_moves=tuple(moved(pipeline.stage_moves)),
        slips=tuple(
            {"project": s.project, "from": s.from_date.text, "to": s.to_date.text, "days": s.days}
            | {"events": list(s.events)}
            for s in pipeline.slips
        ),
        capacity_changes=tuple(
            {"project": c.project, "from": decimal_text(c.from_value), "to": decimal_text(c.to_value)}
            | {"unit": c.unit, "from_unit": c.from_unit, "events": list(c.events)}
            for c in pipeline.capacity_changes
        ),
        cancellations=tuple(moved(pipeline.cancellations)),
        overdue=tuple(_object(project=o.project, expected=o.expected, days=o.days) for o in pipeline.overdue),
        by_stage=dict(pipeline.by_stage),
        totals=tuple(
            _object(
                segment=t.segment,
                kind=t.kind,
                stage=t.stage,
                value=t.value,
                unit=t.unit,
                projects=t.projects,
                left_out=t.left_out,
                members=t.members,
            )
            for t in pipeline.totals
        ),
        projects=tuple(map(_project, pipeline.projects)),
    )


def _capacity(capacity: Capacity | None) -> Json:
    if capacity is None or capacity.value is None:
        return _object(capacity=None, capacity_unit=None, capacity_kind=None, capacity_qualifier=None)
    return _object(
        capacity=capacity.value,
        capacity_unit=capacity.unit,
        capacity_kind=capacity.kind,
        capacity_qualifier=capacity.qualifier,
    )


def _project(state: ProjectState) -> Json:
    return _object(
        project=state.project.id,
        name=state.project.name,
        company=state.project.companies,
        segment=state.project.segment,
        route=state.project.route,
        state=state.project.state,
        country=state.project.country,
        stage=state.stage,
        expected=state.expected,
        changed=state.changed,
        records=state.records,
    ) | _capacity(state.capacity)


def _story(story: Story, issue: Issue) -> Json:
    event = story.head
    return _object(
        id=event.id,
        reported_on=event.reported_on,
        late=story.late,
        type=event.type,
        headline=event.headline,
        company=issue.company_names.get(event.company or "", event.company),
        project=event.project,
        event_date=event.event_date,
        stage=event.stage,
        route=event.route,
        segment=event.segment,
        expected=event.expected,
        region=event.region,
        money=event.money,
        money_currency=event.money_currency,
        claims=tuple(
            _object(claimed_by=row.claimed_by, detail=row.detail, record=row.key)
            for row in story.rows
            if row.claimed_by or row.detail
        ),
        sources=tuple(dict.fromkeys(row.source_url for row in story.rows if row.source_url)),
        events=tuple(row.id for row in story.rows),
        records=tuple(row.key for row in story.rows),
    ) | _capacity(story.capacity)


# ── outlook ──


def _outlook(outlook: Outlook) -> Json:
    return _object(
        forecasts=tuple(_forecast(item) for group in outlook.groups for item in group.forecasts),
        statistics=tuple(
            _object(
                id=s.id,
                metric=s.metric,
                scope=s.scope,
                period=s.period,
                value=s.value,
                unit=s.unit,
                yoy_pct=s.yoy_pct,
                share_pct=s.share_pct,
                share_of=s.share_of,
                source=s.source,
                note=s.note,
                record=s.key,
            )
            for s in outlook.statistics
        ),
        conflicts=tuple(
            _object(
                metric=c.metric,
                scope=c.scope,
                period=c.period,
                unit=c.unit,
                values=c.values,
                sources=c.sources,
                records=c.records,
            )
            for c in outlook.conflicts
        ),
    )


def _forecast(forecast: Forecast) -> Json:
    return _object(
        id=forecast.id,
        issuer=forecast.issuer,
        metric=forecast.metric,
        scope=forecast.scope,
        value=forecast.value,
        low=forecast.low,
        high=forecast.high,
        unit=forecast.unit,
        target_year=forecast.target_year,
        base_year=forecast.base_year,
        kind=forecast.kind,
        qualifier=forecast.qualifier,
        issued_on=forecast.issued_on,
        source=forecast.source,
        record=forecast.key,
    )
