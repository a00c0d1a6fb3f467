"""A commentary's words of movement (rose, fell, stable) held against what each instrument did."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from reporter.market.commentary_numbers import Numbers
from reporter.market.commentary_types import STABLE, UP, Figure, Found, Sayable, Verdict, Words
from reporter.market.patterns import blanked_out, whole

_SENTENCE = re.compile(r".+?(?:[.!?;](?=\s|$)|[。！？；]|$)", re.DOTALL)
_STOPS = ".。"
_BEGINS = r"(?:\A|(?<=[.!?;]\s)|(?<=[。！？；]))"  # a sentence
_ENDS = r"(?=\s*(?:\Z|[.;:,!?()。；：，、！？（）]))"  # a clause


class Moves:
    """The check of one issue's words of movement, its patterns made once."""

    def __init__(self, sayable: Sayable, words: Words, numbers: Numbers) -> None:
        self.sayable, self.numbers = sayable, numbers
        self._kinds = {word.casefold(): kind for kind, listed in words.moves.items() for word in listed}
        self._word = re.compile(
            f"({whole(words.none).pattern})|({whole(self._kinds).pattern})", re.IGNORECASE
        )
        self._instruments: dict[str, list[Verdict]] = {}
        for verdict in sayable.verdicts:
            for name in verdict.names:
                self._instruments.setdefault(name.casefold(), []).append(verdict)
        self._name = whole({*sayable.names, *self._instruments})
        self._told = _repeated(text for text in sayable.told if self._word.search(text))

    def moves(self, text: str) -> Iterator[Found]:
        """Yields the words of movement that say of an instrument what it did not do."""
        for sentence in _SENTENCE.finditer(text):
            longer = [
                figure
                for written in self.numbers.notation.numbers(self.numbers.blank_names(sentence[0]))
                if written.value is not None
                for figure in self.numbers.matching(written)
                if figure.change_of
            ]
            for match, named in self._said(sentence[0]):
                for bearers in named:
                    faults = [self._fault(match[0], verdict, longer) for verdict in bearers]
                    if faults and all(faults):  # a name of several is right where it is of one
                        yield sentence.start() + match.start(), "commentary_word", match[0], faults[0]

    def blank_told(self, text: str) -> str:
        """Yields the text without the sentences that repeat a record's word for word."""
        return blanked_out(text, self._told)

    def _said(self, sentence: str) -> Iterator[tuple[re.Match[str], list[list[Verdict]]]]:
        """Yields each word of movement with the instruments that it is said of.

        These are the instruments named since the word before; else those that word was said of; else the
        first ones named after it.
        """
        names = [
            (match.start(), self._instruments.get(match[0].casefold(), []))
            for match in self._name.finditer(sentence)
        ]
        rest = blanked_out(sentence, self._name)
        words = [match for match in self._word.finditer(rest) if (match[2] or "").casefold() in self._kinds]
        last, group = -1, list[list[Verdict]]()
        for n, word in enumerate(words):
            between = [found for at, found in names if last <= at < word.start() and found]
            end = words[n + 1].start() if n + 1 < len(words) else len(sentence)
            after = [found for at, found in names if word.end() <= at < end and found]
            group, last = between or group or after, word.end()
            yield word, group

    def _fault(self, word: str, verdict: Verdict, longer: Sequence[Figure]) -> str:
        """Yields what is wrong with a word said of an instrument, or nothing."""
        kind = self._kinds[word.casefold()]
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


def _repeated(texts: Iterable[str]) -> re.Pattern[str]:
    """Yields a pattern of a sentence that begins with one of the texts, however its lines are broken."""
    kept = sorted(filter(None, (text.rstrip(_STOPS) for text in texts)), key=len, reverse=True)
    wrapped = (re.sub(r"(?:\\?\s)+", r"\\s+", re.escape(text)) for text in kept)
    return re.compile(f"{_BEGINS}(?:{'|'.join(wrapped)}){_ENDS}" if kept else r"(?!)")
