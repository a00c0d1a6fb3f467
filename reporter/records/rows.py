"""Records made from rows of the tables: only for the rows that something asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.calendar import PartialDate
from reporter.records.model import Assessment, Capacity, Event, Project
from reporter.records.tables import TABLES

T = TypeVar("T")
Positions = NDArray[np.intp]

_DECIMALS = ("decimal", "amount", "positive", "scientific")
_CONVERT: Mapping[str, Callable[[Any], object]] = {
    **dict.fromkeys(_DECIMALS, Decimal),
    "partial": PartialDate.parse,
    "list": lambda text: tuple(text.split(";")),
}
_PRICE_FIELDS = tuple(field.name for field in fields(Assessment))
_CAPACITY_FIELDS = ("capacity", "capacity_unit", "capacity_kind", "capacity_qualifier")


def values(frame: pd.DataFrame, name: str, kind: str, rows: Positions) -> list[Any]:
    """Yields one column's values of some rows: Decimal, date, datetime in UTC, PartialDate, tuple of
    names, int or str by the column's kind; None where it is empty."""
    column = frame[name].iloc[rows]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        stamps = column.dt.tz_localize(None).to_numpy().astype("datetime64[us]").tolist()
        return [None if stamp is None else stamp.replace(tzinfo=UTC) for stamp in stamps]
    if kind == "date":
        return list(column.to_numpy().astype("datetime64[D]").tolist())
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.tolist())
    convert = _CONVERT.get(kind)
    codes, categories = column.cat.codes.tolist(), column.cat.categories
    known: dict[int, object] = {-1: None}
    for code in set(codes) - {-1}:
        known[code] = convert(categories[code]) if convert else categories[code]
    return [known[code] for code in codes]


def dicts(frame: pd.DataFrame, table: str, rows: Positions) -> list[dict[str, Any]]:
    """Yields one mapping a row: its columns and `known_at`, without the empty ones."""
    kinds = {column.name: column.kind for column in TABLES[table].columns} | {"known_at": "moment"}
    columns = [values(frame, name, kind, rows) for name, kind in kinds.items()]
    return [
        {name: value for name, value in zip(kinds, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def assessments(frame: pd.DataFrame, rows: Positions) -> list[Assessment]:
    """Yields the price records of some rows."""
    kinds = {column.name: column.kind for column in TABLES["prices"].columns} | {"known_at": "moment"}
    return list(map(Assessment, *(values(frame, name, kinds[name], rows) for name in _PRICE_FIELDS)))


def plain(model: type[T], rows: Sequence[Mapping[str, Any]]) -> tuple[T, ...]:
    """Yields values of a model whose fields are named as the columns."""
    names = {field.name for field in fields(model)}  # type: ignore[arg-type]
    return tuple(model(**{name: row[name] for name in row if name in names}) for row in rows)


def projects(rows: Sequence[Mapping[str, Any]], firsts: Sequence[Any]) -> tuple[Project, ...]:
    """Yields projects with their companies and capacity gathered.

    `firsts` are the `published_at` of their first revisions.
    """
    names = {field.name for field in fields(Project)} - {"capacity", "companies", "published_at"}
    return tuple(
        Project(
            companies=row["company"],
            capacity=Capacity(
                **{name.removeprefix("capacity_"): row[name] for name in _CAPACITY_FIELDS[1:] if name in row},
                value=row.get("capacity"),
            ),
            published_at=first,
            **{name: row[name] for name in row if name in names},
        )
        for row, first in zip(rows, firsts, strict=True)
    )


def events(rows: Sequence[Mapping[str, Any]], firsts: Sequence[Mapping[str, Any]]) -> tuple[Event, ...]:
    """Yields events; `firsts` are the fields that each has from its first revision.

    They are `order` (its place in the file), `first_known_at` and `first_reported_on`.
    """
    names = {field.name for field in fields(Event)}
    return tuple(
        Event(**{name: row[name] for name in row if name in names}, **first)
        for row, first in zip(rows, firsts, strict=True)
    )
