"""A plan as lines for people and as JSON for programs."""

from __future__ import annotations

from typing import Any

from reporter.importing.difference import NEW, REVISED, UNCHANGED, Change
from reporter.importing.run import Plan

_MOST = 200  # rows of a kind that are listed


def counts(plan: Plan) -> dict[str, int]:
    """Yields how many rows are new, unchanged, revised and refused."""
    found = {kind: len(plan.difference.of(kind)) for kind in (NEW, UNCHANGED, REVISED)}
    return {**found, "refused": len(plan.difference.refused)}


def lines(plan: Plan) -> list[str]:
    """Yields the difference: the counts, then a line for each new and revised row."""
    told = ", ".join(f"{number:,} {kind}" for kind, number in counts(plan).items())
    made = [f"{plan.sheet.file} → {plan.target}: {told}"]
    for kind in (NEW, REVISED):
        changes = plan.difference.of(kind)
        made += [_line(change, plan) for change in changes[:_MOST]]
        if len(changes) > _MOST:
            made.append(f"  {kind:<8}  … and {len(changes) - _MOST:,} more")
    return made


def _line(change: Change, plan: Plan) -> str:
    if change.kind == NEW:
        words = ", ".join(f"{name} {_short(new)}" for name, _, new in change.fields)
    else:
        words = ", ".join(f"{name} {_short(old)} → {_short(new)}" for name, old, new in change.fields)
        words += f"; revision {change.row['revision']}, {_short(change.row['reason'])}"
    return f"  {change.kind:<8}  {' '.join(change.key)}: {words}  ({plan.sheet.place(change.line)})"


def _short(text: str, limit: int = 60) -> str:
    one = " ".join(text.split()) or "empty"
    return one if len(one) <= limit else one[: limit - 1] + "…"


def as_json(plan: Plan, written: bool) -> dict[str, Any]:
    """Yields the difference, its warnings aside, and whether it was written."""
    return {
        "kind": plan.order.kind,
        "file": plan.sheet.file,
        "records": plan.target,
        "counts": counts(plan),
        "written": written,
        "changes": [
            {
                "change": change.kind,
                "key": list(change.key),
                "line": change.line,
                "revision": int(change.row["revision"]),
                "fields": {name: {"old": old, "new": new} for name, old, new in change.fields},
            }
            for change in plan.difference.changes
            if change.kind != UNCHANGED
        ],
    }
