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

from reporter.bulletin.issue import Issue, Reissue
from reporter.calendar import PartialDate
from reporter.errors import RenderError
from reporter.market.foreign import ForeignFigure
from reporter.market.pipeline import ProjectState, StageMove, Story
from reporter.market.prices import PriceFigure
from reporter.records.model import Capacity

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


def _of(thing: object, names: str, **more: object) -> Json:
    """Yields the fields of `thing` under their own names, and `more`."""
    fields = {name: getattr(thing, name) for name in names.split()} | more
    return {name: _plain(value) for name, value in fields.items()}


def figures(issue: Issue) -> Json:
    """Yields the `reporter/figures/1` document of an issue; RenderError where it breaks its schema."""
    document: Json = {
        "schema": "reporter/figures/1",
        **_of(issue, "edition week version"),
        "period": _of(issue.period, "start end"),
        "as_of": issue.as_of.isoformat(),
        "reissue": issue.reissue and _reissue(issue.reissue),
        "prices": [_named_price(issue, figure) for figure in issue.prices],
        "corrections": [_of(correction, _CORRECTION) for correction in issue.corrections],
        "pipeline": _pipeline(issue),
        "events": [_story(story, issue) for story in issue.stories],
        "forecasts": [_of(f, _FORECAST, record=f.key) for g in issue.outlook.groups for f in g.forecasts],
        "statistics": [_of(row, _STATISTIC, record=row.key) for row in issue.outlook.statistics],
        "conflicts": [_of(conflict, _CONFLICT) for conflict in issue.outlook.conflicts],
        "routes": [_of(row, _ROUTE, record=row.key) for row in issue.routes],
        "policies": [_of(row, _POLICY, record=row.key) for row in issue.policies],
        "highlights": [_of(highlight, "kind refs") for highlight in issue.highlights],
        "omitted": [_of(one, "instrument rule") for one in issue.omitted],
        "warnings": [_of(warning, "code record text") for warning in issue.warnings if warning.counts],
    }
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


# ── the fields of each thing, in the document's order ──

_PRICE = "instrument spec_version currency unit value low high date status revision corrected"
_CHANGE = "abs pct base base_date reason periods corrected records"
_MONTH = "month value n base base_n abs pct reason records"
_RANGE = "low high n position since_launch extreme records"
_CORRECTION = (
    "instrument date first first_low first_high previous previous_low previous_high new new_low new_high"
    " revision reason record"
)
_TOTAL = "segment kind stage value unit projects left_out members"
_EVENT = "event_date stage route segment expected region money money_currency"
_FORECAST = (
    "id issuer metric scope segment value low high unit target_year base_year kind qualifier issued_on source"
)
_STATISTIC = "id metric scope period value unit yoy_pct share_pct share_of source note"
_CONFLICT = "metric scope period unit values sources records"
_ROUTE = "route conductivity_low conductivity_high unit stage_in_china source"
_POLICY = "id date jurisdiction title effect source"


def _reissue(reissue: Reissue) -> Json:
    return {
        **_of(reissue, "supersedes", as_of=reissue.as_of.isoformat()),
        "reason": reissue.reason,
        "changes": [
            _of(change, "kind code thing")
            | {"fields": [_of(one, "field before after") for one in change.fields]}
            | _of(change, "records")
            for change in reissue.changes
        ],
    }


# ── prices ──


def _named_price(issue: Issue, figure: PriceFigure) -> Json:
    row = _price(figure, issue.foreign.get(figure.instrument))
    return row | {"names": dict(issue.instruments[figure.instrument].name)}


def _price(figure: PriceFigure, foreign: ForeignFigure | None) -> Json:
    return {
        **_of(figure, _PRICE),
        "last": figure.last and _of(figure.last, "value date periods_old record unit currency spec_version"),
        "estimates": [_of(estimate, "value date record") for estimate in figure.estimates],
        "changes": {name: _of(getattr(figure, name), _CHANGE) for name in ("wow", "four_week", "yoy", "ytd")},
        "average_4w": _of(figure.average_4w, "value n reason records"),
        "mom": _of(figure.mom, _MONTH),
        "month_to_date": figure.month_to_date and _of(figure.month_to_date, _MONTH),
        "range_52w": _of(figure.range_52w, _RANGE),
        **_of(figure, "wording range_move range_width direction stale_days records"),
        "foreign": foreign and _foreign(foreign),
    }


def _foreign(figure: ForeignFigure) -> Json:
    now, base = figure.rate, figure.base_rate
    return {
        **_of(figure, "currency value reason corrected"),
        "vat": _of(figure.vat, "basis rate assumed"),
        **_of(figure, "pair", rate=now and now.rate, rate_date=now and now.date, source=now and now.source),
        "wow": _of(figure.wow, _CHANGE, base_rate=base and base.rate, base_rate_date=base and base.date),
        **_of(figure, "records"),
    }


# ── projects and news ──


def _pipeline(issue: Issue) -> Json:
    pipeline = issue.pipeline
    return {
        "new": [_of(new, "project stage events") for new in pipeline.new],
        "stage_moves": [_move(move) for move in pipeline.stage_moves],
        "slips": [
            {"project": s.project, "from": s.from_date.text, "to": s.to_date.text} | _of(s, "days events")
            for s in pipeline.slips
        ],
        "capacity_changes": [
            {"project": c.project, "from": decimal_text(c.from_value), "to": decimal_text(c.to_value)}
            | _of(c, "unit from_unit events")
            for c in pipeline.capacity_changes
        ],
        "cancellations": [_move(move) for move in pipeline.cancellations],
        "overdue": [_of(overdue, "project expected days") for overdue in pipeline.overdue],
        "by_stage": dict(pipeline.by_stage),
        "totals": [_of(total, _TOTAL) for total in pipeline.totals],
        "projects": [_project(state, issue.company_names) for state in pipeline.projects],
    }


def _move(move: StageMove) -> Json:
    return {"project": move.project, "from": move.from_stage, "to": move.to_stage} | _of(move, "events")


def _project(state: ProjectState, names: Mapping[str, str]) -> Json:
    project = state.project
    return {
        "project": project.id,
        **_of(project, "name", company=[names.get(name, name) for name in project.companies]),
        **_of(project, "segment route state country"),
        **_of(state, "stage expected changed records"),
        **_capacity(state.capacity),
    }


def _story(story: Story, issue: Issue) -> Json:
    event = story.head
    told = [row for row in story.rows if row.claimed_by or row.detail]
    return {
        **_of(event, "id reported_on", late=story.late),
        **_of(event, "type headline"),
        "company": issue.company_names.get(event.company or "", event.company),
        "project": event.project,
        **_of(event, _EVENT),
        "claims": [_of(row, "claimed_by detail", record=row.key) for row in told],
        "sources": list(dict.fromkeys(row.source_url for row in story.rows if row.source_url)),
        "events": [row.id for row in story.rows],
        "records": [row.key for row in story.rows],
        **_capacity(story.capacity),
    }


def _capacity(capacity: Capacity | None) -> Json:
    stated = capacity if capacity is not None and capacity.value is not None else None
    return {
        "capacity": stated and _plain(stated.value),
        "capacity_unit": stated and stated.unit,
        "capacity_kind": stated and stated.kind,
        "capacity_qualifier": stated and stated.qualifier,
    }
