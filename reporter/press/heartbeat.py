"""The scheduler's sign of life: a file, an address, and the service manager that started it."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from reporter.press.storage import save_file

STALE = timedelta(minutes=5)
"""How old a sign of life may be: longer than any one step of an issue takes."""


STOPPED = "stopped"
"""What a scheduler does that was told to end."""


@dataclass(frozen=True)
class Beat:
    """When the scheduler was last known to live, its process, and what it did."""

    at: datetime
    pid: int
    doing: str

    def stale(self, now: datetime) -> bool:
        """Tells whether the scheduler must be taken for dead."""
        return now - self.at > STALE


def beat(file: Path, now: datetime, doing: str = "") -> None:
    """Writes the file; MachineError where it cannot be written."""
    content = {"at": now.isoformat(), "pid": os.getpid(), "doing": doing}
    save_file(file, (json.dumps(content) + "\n").encode())


def last_beat(file: Path) -> Beat | None:
    """Yields what the file says; None where it is not there or says nothing."""
    try:
        content = json.loads(file.read_text("utf-8"))
        at = datetime.fromisoformat(content["at"])
        return Beat(at, int(content["pid"]), str(content["doing"])) if at.tzinfo else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def notify_manager(words: str) -> None:
    """Tells systemd `READY=1`, `WATCHDOG=1` or `STOPPING=1`, where it asked to be told (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(words.encode())
