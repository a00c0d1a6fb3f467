"""The columns of every CSV table, in the contract's order: what each may say and what is required."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from reporter.records import cells
from reporter.records.model import Vocabulary

PRICE_STATUSES = ("assessed", "not_assessed", "estimated", "rolled_over", "holiday", "suspended")
FORECAST_KINDS = ("level", "share", "cagr")
FORECAST_QUALIFIERS = ("about", "at_least", "up_to", "potentially")

Reader = Callable[[str], object]


@dataclass(frozen=True)
class Column:
    """One column: the kind of its values (a key of `readers`), and what an empty cell means."""

    name: str
    kind: str = "text"
    required: bool = False
    default: object = None


@dataclass(frozen=True)
class Table:
    """The rules of one table.

    `key` with the revision names a row; `known_from` is the column whose date (the last day, where
    it is partial) says from when a row without `published_at` is known, None: always.
    """

    name: str
    key: tuple[str, ...]
    known_from: str | None
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)


def _table(name: str, key: str, known_from: str | None, columns: str) -> Table:
    """Yields a table from lines of `name[*] [kind]`, comma-separated; * is required."""
    made = []
    for entry in columns.split(","):
        column, _, kind = entry.strip().partition(" ")
        default = "assessed" if kind == "price_status" else None
        made.append(Column(column.rstrip("*"), kind or "text", column.endswith("*"), default))
    made += [Column("published_at", "moment"), Column("revision", "whole", default=0)]
    return Table(name, tuple(key.split()), known_from, tuple(made))


_CAPACITY = "capacity amount, capacity_unit capacity_unit, capacity_kind kind, capacity_qualifier qualifier"
_IMPORTED = "reason, import_source"

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table(
            "prices",
            "instrument date",
            "date",
            "instrument* id, date* date, low decimal, high decimal, average decimal, status price_status,"
            "reason, direction, liquidity, note, source_url address, import_source",
        ),
        _table(
            "projects",
            "id",
            None,
            "id* id, name*, company* list, aliases list, segment segment, route route, state state, country,"
            f"location, {_CAPACITY}, stage stage, expected partial, expected_milestone, {_IMPORTED}",
        ),
        _table(
            "events",
            "id",
            "reported_on",
            "id* id, reported_on* date, type* event_type, headline*, company, project id, event_date partial,"
            f"stage stage, route route, segment segment, {_CAPACITY}, expected partial, region region,"
            "same_as id, money amount, money_currency currency, claimed_by, detail, source_url address,"
            + _IMPORTED,
        ),
        _table(
            "forecasts",
            "id",
            "issued_on",
            "id* id, issuer*, metric*, scope, segment segment, value decimal, low decimal, high decimal,"
            "unit* measure, target_year* year, base_year year, kind* forecast_kind,"
            "qualifier forecast_qualifier, issued_on* partial, source, source_url address," + _IMPORTED,
        ),
        _table("companies", "id", None, "id* id, name*, aliases list, country"),
        _table(
            "statistics",
            "id",
            "period",
            "id* id, metric*, scope*, period* partial, value* decimal, unit* measure, yoy_pct decimal,"
            "share_pct decimal, share_of, source, note",
        ),
        _table(
            "routes",
            "route",
            None,
            "route* route, conductivity_low scientific, conductivity_high scientific, unit measure,"
            "strengths, challenges, stage_in_china, source",
        ),
        _table(
            "policies",
            "id",
            "date",
            "id* id, date* partial, jurisdiction*, title*, effect, source, source_url address",
        ),
        _table("fx", "pair date source", "date", "pair* pair, date* date, rate* positive, source*"),
        _table("translations", "language text", None, "language* language, text*, translation*"),
        _table("overrides", "code record", None, "code* id, record*, reason*, by"),
    )
}


def readers(vocabulary: Vocabulary | None, zone: ZoneInfo) -> Mapping[str, Reader]:
    """Yields the reader of each kind of cell; without a vocabulary its codes are any text."""
    plain: dict[str, Reader] = {
        "text": cells.plain_text,
        "id": cells.identifier,
        "list": cells.name_list,
        "address": cells.address,
        "measure": cells.measure,
        "date": cells.iso_date,
        "partial": cells.partial_date,
        "moment": cells.moment(zone),
        "decimal": cells.decimal_text,
        "amount": cells.amount_text,
        "positive": cells.positive_text,
        "scientific": cells.scientific_text,
        "whole": cells.whole_number,
        "year": cells.year,
        "currency": cells.currency,
        "language": cells.language,
        "pair": cells.currency_pair,
        "price_status": cells.code_of("a status", PRICE_STATUSES),
        "forecast_kind": cells.code_of("a kind of forecast", FORECAST_KINDS),
        "forecast_qualifier": cells.code_of("a qualifier", FORECAST_QUALIFIERS),
    }
    return plain | _vocabulary_readers(vocabulary)


UNCHANGED: Mapping[str, re.Pattern[str]] = dict.fromkeys(("decimal", "scientific"), cells.PLAIN_DECIMAL)
"""By kind, the texts that their reader yields as they are: a column of only those needs no reading."""


def _vocabulary_readers(vocabulary: Vocabulary | None) -> dict[str, Reader]:
    lists = {
        "segment": ("a segment", "segments"),
        "route": ("a route", "routes"),
        "state": ("a state", "states"),
        "event_type": ("a type of event", "event_types"),
        "region": ("a region", "regions"),
        "kind": ("a kind of capacity", "capacity_kinds"),
        "qualifier": ("a qualifier", "capacity_qualifiers"),
    }
    if vocabulary is None:
        return dict.fromkeys([*lists, "stage", "capacity_unit"], cells.plain_text)
    words = vocabulary.spellings
    made: dict[str, Reader] = {
        kind: cells.code_of(what, getattr(vocabulary, field), words) for kind, (what, field) in lists.items()
    }
    made["stage"] = cells.stage(vocabulary.stages, words)
    made["capacity_unit"] = cells.capacity_unit(vocabulary.units, words)
    return made
