"""The analyst's words held against the numbers: every number a figure of the issue, every move as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal

from reporter.market.written import ANY_YEAR, Notation, Written, blanked, either

_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)  # more digits than a written number or a record may have
_QUOTED = re.compile('“[^”]*”|「[^」]*」|"[^"]*"')
_ADDRESS = re.compile(r"(?:https?://|mailto:|www\.)\S+")
_SENTENCE = re.compile(r".+?(?:[.!?;](?=\s|$)|[。！？；]|$)", re.DOTALL)
UP, DOWN, STABLE = "up", "down", "stable"


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
    """What a commentary may state: figures, dates (`2026-Q1`), verdicts; and names, not looked into."""

    figures: Sequence[Figure] = ()
    dates: frozenset[str] = frozenset()
    verdicts: Sequence[Verdict] = ()
    names: frozenset[str] = frozenset()
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


def contradictions(
    pieces: Iterable[Piece], sayable: Sayable, notation: Notation, words: Words
) -> Iterator[Finding]:
    """Yields every number, date and word of movement that the issue does not bear out, in order.

    What stands in a block quote, in “…”, "…" or 「…」, in an address or in a name is not looked at.
    """
    check = _Check(sayable, notation, words)
    for piece in pieces:
        if not piece.quoted:
            found = [*check.numbers(piece.text), *check.dates(piece.text), *check.moves(piece.text)]
            for at, code, word, message in sorted(found):
                yield Finding(code, piece.line + piece.text.count("\n", 0, at), word, message)


_Found = tuple[int, str, str, str]  # where in the piece, code, word, message


class _Check:
    """One issue's check, its patterns made once."""

    def __init__(self, sayable: Sayable, notation: Notation, words: Words) -> None:
        self.sayable, self.notation = sayable, notation
        self._moves = {word: kind for kind, listed in words.moves.items() for word in listed}
        self._word = re.compile(rf"({_whole(words.none)})|({_whole(self._moves)})", re.IGNORECASE)
        self._instruments: dict[str, list[Verdict]] = {}
        for verdict in sayable.verdicts:
            for name in verdict.names:
                self._instruments.setdefault(name.casefold(), []).append(verdict)
        names = {*sayable.names, *self._instruments}
        self._name = re.compile(_whole(names), re.IGNORECASE)
        self._numbered = re.compile(_whole(name for name in names if re.search("[0-9]", name)), re.IGNORECASE)

    # ── numbers and dates ──

    def numbers(self, text: str) -> Iterator[_Found]:
        """Yields the numbers that are no figure of the issue."""
        for written in self.notation.numbers(_without(self._own_words(text), self._numbered)):
            if written.value is None:
                message = "is no number that can be read; write it as the bulletin prints numbers"
                yield written.start, "commentary_number", written.text, message
            elif not self._matching(written) and not self._is_year(written):
                yield written.start, "commentary_number", written.text, self._nearest(written)

    def dates(self, text: str) -> Iterator[_Found]:
        """Yields the dates that the issue does not print."""
        for written in self.notation.dates_in(_without(self._own_words(text), self._numbered)):
            if not self._is_printed(written.date):
                yield written.start, "commentary_date", written.text, "is no date that the issue prints"

    def _own_words(self, text: str) -> str:
        return _without(_without(text, _QUOTED), _ADDRESS)

    def _matching(self, written: Written) -> list[Figure]:
        return [
            figure
            for figure in self.sayable.figures
            if _same_unit(written.unit, figure.unit) and _same_value(written, figure.value)
        ]

    def _is_year(self, written: Written) -> bool:
        year = str(written.value)
        return (
            not (written.unit or written.sign or written.decimals)
            and len(year) == 4
            and (self._is_printed(year))
        )

    def _is_printed(self, date: str) -> bool:
        """Tells whether the issue prints a date of which `date` is the whole or the first part."""
        known = self.sayable.dates
        if not date.startswith(ANY_YEAR):
            return date in known or any(other.startswith(f"{date}-") for other in known)
        rest = date.removeprefix(ANY_YEAR)
        return any(other[4:] == rest or other[4:].startswith(f"{rest}-") for other in known)

    def _nearest(self, written: Written) -> str:
        """Yields what to write instead: the same number in another unit, else the nearest in this one."""
        figures = self.sayable.figures
        same = [figure for figure in figures if written.unit and _same_value(written, figure.value)]
        alike = [figure for figure in figures if _same_unit(written.unit, figure.unit)]
        if not figures:
            return "is no figure of this issue; it prints none"
        value = _EXACT.scaleb(written.value or Decimal(), written.power)
        value = -value if written.sign == "-" else value
        near = min(
            same or alike or figures,
            key=lambda figure: min(
                abs(_EXACT.subtract(figure.value, value)),
                abs(_EXACT.add(figure.value, value)) if not written.sign else Decimal("Infinity"),
            ),
        )
        return f"is no figure of this issue; the nearest is {near.shown} ({near.name})"

    # ── words of movement ──

    def moves(self, text: str) -> Iterator[_Found]:
        """Yields the words of movement that say of an instrument what it did not do."""
        text = self._own_words(text)
        for sentence in _SENTENCE.finditer(text):
            longer = [
                figure
                for written in self.notation.numbers(_without(sentence[0], self._numbered))
                if written.value is not None
                for figure in self._matching(written)
                if figure.change_of
            ]
            for match, named in self._said(sentence[0]):
                for bearers in named:
                    faults = [self._fault(match[0], verdict, longer) for verdict in bearers]
                    if faults and all(faults):  # a name of several is right where it is of one
                        yield sentence.start() + match.start(), "commentary_word", match[0], faults[0]

    def _said(self, sentence: str) -> Iterator[tuple[re.Match[str], list[list[Verdict]]]]:
        """Yields each word of movement with the instruments that it is said of.

        These are the instruments named since the word before; else those that word was said of; else the
        first ones named after it.
        """
        names = [
            (match.start(), self._instruments.get(match[0].casefold(), []))
            for match in self._name.finditer(sentence)
        ]
        rest = _without(sentence, self._name)
        words = [match for match in self._word.finditer(rest) if match[2]]
        last, group = -1, list[list[Verdict]]()
        for n, word in enumerate(words):
            between = [found for at, found in names if last <= at < word.start() and found]
            end = words[n + 1].start() if n + 1 < len(words) else len(sentence)
            after = [found for at, found in names if word.end() <= at < end and found]
            group, last = between or group or after, word.end()
            yield word, group

    def _fault(self, word: str, verdict: Verdict, longer: Sequence[Figure]) -> str:
        """Yields what is wrong with a word said of an instrument, or nothing."""
        kind = next(kind for known, kind in self._moves.items() if known.casefold() == word.casefold())
        if not verdict.assessed:
            return f"{verdict.instrument} was not assessed this week"
        if kind != STABLE and any(
            figure.change_of == verdict.instrument and (figure.value > 0) == (kind == UP) for figure in longer
        ):
            return ""
        if verdict.abs is None:
            return f"{verdict.instrument} has no week-on-week change this week"
        if kind == STABLE:
            still = (
                abs(verdict.pct) < self.sayable.stable_below if verdict.pct is not None else not verdict.abs
            )
            limit = f"; below {self.sayable.stable_below}% counts as stable"
            return "" if still else f"{verdict.instrument} is {verdict.shown} week on week{limit}"
        if verdict.abs > 0 if kind == UP else verdict.abs < 0:
            return ""
        return f"{verdict.instrument} is {verdict.shown} week on week"


def _same_unit(written: str, unit: str) -> bool:
    """Tells whether a number of unit `written` can be a figure of `unit`.

    A price may stand without its unit or in its currency alone; a percentage or a capacity may not.
    """
    priced = "/" in unit and unit.partition("/")[0].isupper() and len(unit.partition("/")[0]) == 3
    return written == unit or (priced and written in ("", unit.partition("/")[0]))


def _same_value(written: Written, value: Decimal) -> bool:
    """Tells whether `value`, rounded as written, is that number; a sign counts where written."""
    if written.value is None:
        return False
    step = Decimal(1).scaleb(-written.decimals)
    rounded = _EXACT.quantize(_EXACT.scaleb(value, -written.power), step)
    if abs(rounded) != written.value:
        return False
    return not written.sign or rounded == 0 or (written.sign == "-") == (rounded < 0)


def _without(text: str, pattern: re.Pattern[str]) -> str:
    for match in pattern.finditer(text):
        text = blanked(text, match.start(), match.end())
    return text


def _whole(words: Iterable[str]) -> str:
    """Yields a pattern of any of the words that stands by itself, not within a longer one."""
    return f"(?<![A-Za-zÀ-ɏ0-9])(?:{either(words)})"
