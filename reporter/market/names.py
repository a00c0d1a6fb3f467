"""Which names mean one company: those that companies.csv joins, and those that are written nearly alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from reporter.records.model import Company

_LEGAL = frozenset(
    (
        *("ab", "ag", "bv", "co", "company", "corp", "corporation", "gmbh", "group", "holding", "holdings"),
        *("inc", "incorporated", "kk", "limited", "llc", "ltd", "nv", "oy", "plc", "pte", "pty", "sa", "spa"),
    )
)
_LEGAL_CHINESE = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团|公司)+$")


class Firms:
    """Companies by every name of theirs, whatever its case; a name that none of them has is its own firm."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self._by_name: dict[str, Company] = {}
        for company in companies:
            for name in (company.name, *company.aliases):
                self._by_name.setdefault(name.casefold(), company)

    def of(self, name: str) -> Company | None:
        """Yields the company that a name belongs to; None where companies.csv does not have it."""
        return self._by_name.get(name.casefold())

    def id(self, name: str) -> str:
        """Yields what two names of one firm have in common."""
        company = self.of(name)
        return f"id:{company.id}" if company else f"name:{name.casefold()}"


def folded(name: str) -> str:
    """Yields a name without case, accents, punctuation, spaces and legal form: `Gu-Neng Ltd.` is `guneng`."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = re.findall(r"\w+", plain)
    while len(words) > 1 and words[-1] in _LEGAL:
        words.pop()
    joined = "".join(words)
    return _LEGAL_CHINESE.sub("", joined) or joined


def alike(one: str, other: str, percent: int) -> bool:
    """Tells whether two texts are alike by at least so many percent; equal ones are by 100."""
    if 200 * min(len(one), len(other)) < percent * (len(one) + len(other)):
        return False  # too unequal in length to be: most pairs, at no cost
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return 100 * matcher.quick_ratio() >= percent and 100 * matcher.ratio() >= percent  # first an upper bound


def same_words(one: str, other: str, percent: int) -> bool:
    """Tells the same of two sentences, whatever the order, case and repetition of their words."""
    first, second = (" ".join(sorted(set(re.findall(r"\w+", text.casefold())))) for text in (one, other))
    return alike(first, second, percent)
