"""Capacities compared and added: only like with like, and never what is not a plain figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from reporter.market.numbers import plain
from reporter.market.states import ProjectState
from reporter.records.model import NOT_STATED, Unit, Vocabulary

NOT_ADDED = frozenset({"level", "up_to"})
"""Qualifiers of a figure that only tells a size or a bound: it belongs in no sum."""


@dataclass(frozen=True, slots=True)
class CapacityTotal:
    """A sum within one segment, kind, dimension and stage; None where every project was left out.

    `projects` were added, `left_out` are `level` and `up_to` figures and cancelled projects;
    `members` are the ids of both.
    """

    segment: str
    kind: str
    stage: str
    value: Decimal | None
    unit: str
    projects: int
    left_out: int
    members: tuple[str, ...] = field(default=(), compare=False)


def unit_of(code: str | None, units: Mapping[str, Unit]) -> Unit:
    """Yields the unit of `code`; one that the vocabulary lacks is a dimension of its own."""
    return units.get(code or "", Unit(code or "", Decimal(1)))


def base_amount(value: Decimal, unit: str | None, units: Mapping[str, Unit]) -> Fraction:
    """Yields `value` in the base unit of its dimension, exactly."""
    return Fraction(value) * Fraction(unit_of(unit, units).factor)


def in_unit(amount: Fraction, unit: str, units: Mapping[str, Unit]) -> Decimal:
    """Yields an amount in the base unit of its dimension as a number of `unit`."""
    return plain(amount / Fraction(unit_of(unit, units).factor))


def capacity_totals(states: Iterable[ProjectState], vocabulary: Vocabulary) -> tuple[CapacityTotal, ...]:
    """Yields the totals of every segment, kind, dimension and stage in which a capacity is stated.

    A total is in the largest unit of what was added (of what was left out, if nothing was), exact. In
    the vocabulary's order of segments and stages, then of kinds and units.
    """
    groups: dict[tuple[str, str, str, str], list[ProjectState]] = {}
    for state in states:
        if state.capacity.value is not None:
            dimension = unit_of(state.capacity.unit, vocabulary.units).dimension
            stage = state.stage or NOT_STATED
            key = (state.project.segment, state.capacity.kind, dimension, stage)
            groups.setdefault(key, []).append(state)
    totals = [
        _total(segment, kind, stage, members, vocabulary)
        for (segment, kind, _, stage), members in groups.items()
    ]
    return tuple(sorted(totals, key=lambda total: _place(total, vocabulary)))


def _total(
    segment: str, kind: str, stage: str, members: list[ProjectState], vocabulary: Vocabulary
) -> CapacityTotal:
    units = vocabulary.units
    capacities = [state.capacity for state in members]
    added = [one for one in capacities if one.qualifier not in NOT_ADDED and stage not in vocabulary.dead]
    unit = max((one.unit or "" for one in added or capacities), key=lambda code: unit_of(code, units).factor)
    amounts = [base_amount(one.value, one.unit, units) for one in added if one.value is not None]
    value = in_unit(sum(amounts, Fraction(0)), unit, units) if added else None
    left_out = len(capacities) - len(added)
    ids = tuple(state.project.id for state in members)
    return CapacityTotal(segment, kind, stage, value, unit, len(added), left_out, ids)


def _place(total: CapacityTotal, vocabulary: Vocabulary) -> tuple[tuple[int, str], ...]:
    """Yields what totals are ordered by; a word that the vocabulary lacks comes last, by the alphabet."""
    words = (
        (total.segment, vocabulary.segments),
        (total.stage, vocabulary.stages),
        (total.kind, vocabulary.capacity_kinds),
        (total.unit, vocabulary.units),
    )
    return tuple((list(known).index(word) if word in known else len(known), word) for word, known in words)
