"""Stops an issue whose mails fail: better a hand looks than a thousand refusals."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from reporter.post_settings import BreakerSettings


@dataclass
class Breaker:
    """Counts the last mails of a run; broken for good when, of the last `of`, the share failed."""

    settings: BreakerSettings
    _last: deque[bool] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _broken: bool = False

    def note(self, failed: bool) -> bool:
        """Counts a mail; tells whether the breaker is broken."""
        with self._lock:
            self._last.append(failed)
            if len(self._last) > self.settings.of:
                self._last.popleft()
            full = len(self._last) == self.settings.of
            self._broken = self._broken or (
                full and sum(self._last) >= self.settings.share * self.settings.of
            )
            return self._broken
