"""How fast mails go out: so many a second, so many an hour."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_HOUR = 3600.0


@dataclass
class Rates:
    """Hands out the moments at which mails may go, to several threads, in seconds of a monotonic clock.

    `sent` are the moments of the last hour's mails, oldest first, those of earlier runs too.
    """

    per_second: float | None = None
    per_hour: int | None = None
    sent: Iterable[float] = ()
    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next: float = float("-inf")
    _hour: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        if self.per_hour is not None:
            self._hour.extend(list(self.sent)[-self.per_hour :])

    def take(self) -> float:
        """Yields how many seconds to wait before the next mail, whose place is taken by that."""
        with self._lock:
            now = self.clock()
            at = max(now, self._next)
            if self.per_hour is not None:
                if len(self._hour) >= self.per_hour:
                    at = max(at, self._hour.popleft() + _HOUR)
                self._hour.append(at)
            if self.per_second is not None:
                self._next = at + 1 / self.per_second
            return at - now
