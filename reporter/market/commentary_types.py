"""What the check of a commentary reads and finds: its pieces, the issue's figures and verdicts, findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

UP, DOWN, STABLE = "up", "down", "stable"
Found = tuple[int, str, str, str]
"""A finding within one piece: where, its code, the word, and what is so instead."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph, heading or list item as plain text, its first line, and whether it is a block quote."""

    line: int
    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that the issue prints. `name` says which, `shown` how it is printed.

    `unit` is a code: `CNY/kg`, `GWh`, `CNY`, `%`; nothing for a count or an index. `change_of` is the
    instrument of a change over more than a week, or in another currency.
    """

    value: Decimal
    unit: str
    name: str
    shown: str
    change_of: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an instrument did this week; `shown` is its change in words, None where there is none."""

    instrument: str
    names: tuple[str, ...]
    assessed: bool
    abs: Decimal | None = None
    pct: Decimal | None = None
    shown: str | None = None


@dataclass(frozen=True)
class Sayable:
    """What a commentary may state: figures, dates (`2026-Q1`), verdicts; and names, not looked into.

    `told` are sentences of records that the issue prints. In one that is repeated word for word, it is the
    source that says what moved.
    """

    figures: Sequence[Figure] = ()
    dates: frozenset[str] = frozenset()
    verdicts: Sequence[Verdict] = ()
    names: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()
    stable_below: Decimal = Decimal("0.5")


@dataclass(frozen=True)
class Words:
    """A language's words of movement: `up`, `down`, `stable`; those of `none` look like one and are none."""

    moves: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the figures do not bear out: its line, the word, and what is so instead."""

    code: str
    line: int
    word: str
    message: str
