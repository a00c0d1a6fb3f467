"""The settings file while the scheduler runs: read again when it changes, the last good one kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from reporter.errors import ReporterError
from reporter.settings import Settings, load_settings


@dataclass
class SettingsWatch:
    """The settings of a file, as they were when they were last valid.

    `fault` says what is wrong with the file as it is now, or is None; `digest` is of what is in force.
    """

    file: Path
    settings: Settings = field(init=False)
    digest: str = field(init=False)
    fault: str | None = field(init=False, default=None)
    _seen: str = field(init=False)

    def __post_init__(self) -> None:
        """Reads the file; raises SettingsError where it is not valid: there is no last good one yet."""
        self._seen = _digest(self.file)
        self.settings, self.digest = load_settings(self.file), self._seen

    def look(self) -> bool:
        """Reads the file again if it has changed; tells whether something is new: settings, or a fault."""
        now = _digest(self.file)
        if now == self._seen:
            return False
        self._seen = now
        try:
            self.settings = load_settings(self.file)
        except ReporterError as error:
            told, self.fault = self.fault, str(error)
            return told != self.fault
        self.fault, self.digest = None, now
        return True


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    except OSError as error:
        return f"unreadable: {error.strerror}"
