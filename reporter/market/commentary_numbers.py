"""The numbers and dates of a commentary held against those that the issue prints."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context, Decimal

from reporter.market.commentary_types import Figure, Found, Sayable
from reporter.market.patterns import blanked_out, whole
from reporter.market.written import ANY_YEAR, Notation, Written

PIECES = "units"
_EXACT = Context(prec=200, rounding=ROUND_HALF_UP)  # more digits than a written number or a record may have


class Numbers:
    """The check of one issue's numbers and dates, its patterns made once."""

    def __init__(self, sayable: Sayable, notation: Notation) -> None:
        self.sayable, self.notation = sayable, notation
        named = {name for verdict in sayable.verdicts for name in verdict.names}
        self._numbered = whole(name for name in {*sayable.names, *named} if re.search("[0-9]", name))

    def numbers(self, text: str) -> Iterator[Found]:
        """Yields the numbers that are no figure of the issue."""
        for written in self.notation.numbers(self.blank_names(text)):
            if written.value is None:
                message = "is no number that can be read; write it as the bulletin prints numbers"
                yield written.start, "commentary_number", written.text, message
            elif not self.matching(written) and not self._is_year(written):
                yield written.start, "commentary_number", written.text, self._nearest(written)

    def dates(self, text: str) -> Iterator[Found]:
        """Yields the dates that the issue does not print."""
        for written in self.notation.dates_in(self.blank_names(text)):
            if not self._is_printed(written.date):
                yield written.start, "commentary_date", written.text, "is no date that the issue prints"

    def matching(self, written: Written) -> list[Figure]:
        """Yields the figures that a written number can be."""
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
            and self._is_printed(year)
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
        sized = [figure for figure in figures if figure.unit or not written.decimals]  # no count has decimals
        same = [figure for figure in sized if written.unit and _same_value(written, figure.value)]
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

    def blank_names(self, text: str) -> str:
        """Yields the text without the names that have a digit."""
        return blanked_out(text, self._numbered)


def _same_unit(written: str, unit: str) -> bool:
    """Tells whether a number of unit `written` can be a figure of `unit`.

    A price may stand without its unit or in its currency alone; a percentage or a capacity may not. A number
    of pieces is a mere number: the word behind it is a measure word, too.
    """
    priced = "/" in unit and unit.partition("/")[0].isupper() and len(unit.partition("/")[0]) == 3
    if PIECES in (written, unit):
        return {written, unit} <= {PIECES, ""}
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
