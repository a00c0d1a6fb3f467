"""What two `figures.json` documents of one edition and week say differently: one change a thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
Scalar: TypeAlias = str | int | bool | None
Rows: TypeAlias = dict[str, Json]

# Names of records behind a figure, shown as records; and ages, which grow with the as-of alone.
_SILENT = frozenset({"record", "records", "members", "stale_days"})
_SILENT_MOVE = frozenset({"project", "events", "days"})
_MOVES = ("new", "stage_moves", "slips", "capacity_changes", "cancellations", "overdue")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, named by its path in the thing's row; absent is None."""

    field: str
    before: Scalar
    after: Scalar


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the later document says differently: everything about it is one change.

    `kind` is price, correction, event, project, by_stage, total, forecast, statistic, route or policy;
    `code` changed, added or removed; `thing` the id of it. Of what is added or removed every field is
    listed. `records` are the keys of the records that only one of the two rests on, else those of both.
    """

    kind: str
    code: str
    thing: str
    fields: tuple[Difference, ...]
    records: tuple[str, ...]

    def field(self, name: str) -> Difference | None:
        """Yields what differs in one field, or None where nothing does."""
        return next((one for one in self.fields if one.field == name), None)

    def differs(self, *paths: str) -> bool:
        """Tells whether a field at or below one of these paths differs."""
        return any(
            one.field == path or one.field.startswith(f"{path}.") for one in self.fields for path in paths
        )


def what_changed(before: Json, after: Json) -> tuple[Change, ...]:
    """Yields the changes from one `figures.json` to another, prices first; none where both say the same.

    Version, as-of, ages that grow with it, warnings and the choice of highlights are no figures.
    """
    found = [change for kind, rows in _TABLES.items() for change in _changes(kind, rows(before), rows(after))]
    moved = {one.thing for one in found if one.kind == "price" and one.differs("value", "low", "high")}
    prices = [row for document in (before, after) for row in document["prices"]]
    # the line of a corrected price tells its correction, too
    told = {f"{row['instrument']}/{row['date']}" for row in prices if row["instrument"] in moved}
    return tuple(change for change in found if change.kind != "correction" or change.thing not in told)


def things(document: Json) -> dict[str, dict[str, dict[str, Scalar]]]:
    """Yields by kind and thing every field of a document by its path, as changes name them."""
    return {
        kind: {thing: dict(_leaves(row)) for thing, row in rows(document).items()}
        for kind, rows in _TABLES.items()
    }


def _changes(kind: str, before: Rows, after: Rows) -> Iterator[Change]:
    """Yields the changes of one table in its later order; what is removed last."""
    for thing in (*after, *(name for name in before if name not in after)):
        old, new = dict(_leaves(before.get(thing, {}))), dict(_leaves(after.get(thing, {})))
        fields = tuple(
            Difference(name, old.get(name), new.get(name))
            for name in (*new, *(name for name in old if name not in new))
            if old.get(name) != new.get(name)
        )
        code = "added" if thing not in before else "removed" if thing not in after else "changed"
        if fields or code != "changed":
            records = _records(before.get(thing, {})), _records(after.get(thing, {}))
            own = sorted(records[0] ^ records[1]) or sorted(records[0])
            yield Change(kind, code, thing, fields, tuple(own))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """Yields every value below a row with its path, such as `changes.wow.pct` or `sources.0`."""
    if isinstance(value, Mapping):
        parts: Iterable[tuple[Any, Any]] = ((k, part) for k, part in value.items() if k not in _SILENT)
    elif isinstance(value, (list, tuple)):
        parts = enumerate(value)
    else:
        yield path, value
        return
    for name, part in parts:
        yield from _leaves(part, f"{path}.{name}" if path else str(name))


def _records(value: Any) -> frozenset[str]:
    """Yields the keys of all records named below a row."""
    if isinstance(value, Mapping):
        own = frozenset(filter(None, [value.get("record"), *(value.get("records") or ())]))
        return own.union(*map(_records, value.values()))
    if isinstance(value, (list, tuple)):
        return frozenset().union(*map(_records, value))
    return frozenset()


# ── the tables, each thing under its id ──


def _rows(rows: Iterable[Json], *names: str) -> Rows:
    """Yields rows by the fields that name them; a name that comes again is numbered."""
    keyed: Rows = {}
    for row in rows:
        name = key = "/".join(str(row[field]) for field in names)
        again = 1
        while key in keyed:
            again += 1
            key = f"{name}#{again}"
        keyed[key] = row
    return keyed


def _projects(document: Json) -> Rows:
    """Yields each project with all that the week says of it: its state, and its moves of every kind."""
    pipeline = document["pipeline"]
    rows: dict[str, dict[str, Any]] = {row["project"]: dict(row) for row in pipeline.get("projects", ())}
    for move in _MOVES:
        for row in pipeline.get(move, ()):
            moves = rows.setdefault(row["project"], {}).setdefault(move, [])
            moves.append({name: value for name, value in row.items() if name not in _SILENT_MOVE})
    return dict(rows)


def _by_stage(document: Json) -> Rows:
    return {"": document["pipeline"]["by_stage"]}


_TABLES: dict[str, Callable[[Json], Rows]] = {
    "price": lambda document: _rows(document["prices"], "instrument"),
    "correction": lambda document: _rows(document["corrections"], "instrument", "date"),
    "event": lambda document: _rows(document["events"], "id"),
    "project": _projects,
    "by_stage": _by_stage,
    "total": lambda document: _rows(document["pipeline"]["totals"], "segment", "kind", "stage", "unit"),
    "forecast": lambda document: _rows(document["forecasts"], "id"),
    "statistic": lambda document: _rows(document.get("statistics", ()), "id"),
    "route": lambda document: _rows(document.get("routes", ()), "route"),
    "policy": lambda document: _rows(document.get("policies", ()), "id"),
}
