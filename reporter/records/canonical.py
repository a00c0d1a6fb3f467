"""SHA-256 of records in one canonical form, whatever kind of source they came from.

A table is hashed column by column in the contract's order, its rows sorted by key and revision,
columns without any value left out: decimals without needless zeros, days as ISO dates, moments in UTC.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reporter.calendar import PublicationCalendar
from reporter.records.tables import Table


def table_hash(frame: pd.DataFrame, rules: Table, rows: NDArray[np.bool_]) -> str:
    """Yields the hash of some rows of a table that is sorted by key and revision."""
    digest = hashlib.sha256(f"{rules.name} {int(rows.sum())}\n".encode())
    for name in rules.names:
        codes, texts = _texts(frame[name])
        chosen = codes[rows]
        if (chosen < 0).all():
            continue
        known = np.array([*map(_escaped, texts), ""], dtype=object)  # -1 is empty, the last
        digest.update(f"{name}\n".encode())
        digest.update("\n".join(known[chosen].tolist()).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _texts(column: pd.Series[Any]) -> tuple[NDArray[Any], list[str]]:
    """Yields the column as codes (-1: empty) and the canonical text of each code."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), [str(value) for value in column.cat.categories]
    codes, distinct = pd.factorize(column)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return codes, [stamp.isoformat() for stamp in distinct]
    if column.dtype.kind == "M":
        return codes, [stamp.date().isoformat() for stamp in pd.DatetimeIndex(distinct)]
    return codes, [str(value) for value in distinct]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def value_hash(value: object) -> str:
    """Yields the hash of instruments, calendars or a vocabulary as compact JSON.

    Fields that have their default are left out. Order counts where it means something: that of the
    instruments and of the vocabulary's codes is the order in which they are printed.
    """
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, PublicationCalendar):
        return {"holidays": _plain(value.holidays), "workdays": _plain(value.workdays)}
    if is_dataclass(value):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.default is MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(_plain(part) for part in value)
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    return value.isoformat() if isinstance(value, date) else value
