"""In which language a page is shown."""

from __future__ import annotations

from collections.abc import Sequence


def choose_language(wanted: str | None, accepted: str, offered: Sequence[str]) -> str:
    """Yields the language asked for (`?lang=`), else the one the browser likes best, else the first."""
    if wanted in offered:
        return str(wanted)
    for code in _by_liking(accepted):
        for one in (code, code.partition("-")[0]):
            if found := next((offer for offer in offered if offer.lower() == one), None):
                return found
    return offered[0]


def _by_liking(accepted: str) -> list[str]:
    """Yields the codes of an Accept-Language header, best first; what cannot be read is left out."""
    liked = []
    for entry in accepted[:500].lower().split(","):
        code, _, quality = entry.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if weight > 0:
            liked.append((weight, code.strip()))
    return [code for _, code in sorted(liked, key=lambda one: -one[0])]
