"""Revisions that became known since the previous issue (docs/figures.md rule 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from reporter.market.price_types import Correction
from reporter.records.model import Assessment, History


def corrections(histories: Sequence[History], since: datetime, until: datetime) -> tuple[Correction, ...]:
    """Yields every revision above 0 that became known after `since` and by `until`.

    In the order of `histories`, then by date and revision. Numbers are in the terms of their own date.
    """
    return tuple(
        _correction(chain[0], previous, new)
        for history in histories
        for chain in sorted(history.chains, key=lambda chain: chain[0].date)
        for previous, new in pairwise((None, *chain))
        if new is not None and new.revision > 0 and new.known_at is not None and since < new.known_at <= until
    )


def _correction(first: Assessment, previous: Assessment | None, new: Assessment) -> Correction:
    return Correction(
        instrument=new.instrument,
        date=new.date,
        first=first.mid,
        first_low=first.low,
        first_high=first.high,
        previous=previous.mid if previous else None,
        previous_low=previous.low if previous else None,
        previous_high=previous.high if previous else None,
        new=new.mid,
        new_low=new.low,
        new_high=new.high,
        revision=new.revision,
        reason=new.reason,
        record=new.key,
    )
