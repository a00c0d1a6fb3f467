"""What time it is: the machine's clock, or one that stands still until it is moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Yields the moment, in UTC."""


class SystemClock:
    """The machine's clock, in whole seconds."""

    def now(self) -> datetime:
        """Yields the moment, in UTC."""
        return datetime.now(UTC).replace(microsecond=0)


@dataclass
class FixedClock:
    """A clock that is moved by hand."""

    moment: datetime

    def now(self) -> datetime:
        """Yields the moment that it was set to, in UTC."""
        return self.moment.astimezone(UTC)

    def advance(self, span: timedelta) -> None:
        """Moves the clock; back, if the span is negative."""
        self.moment += span

    def set(self, moment: datetime) -> None:
        """Sets the clock."""
        self.moment = moment
