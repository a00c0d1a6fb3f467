"""Who holds an issue: the name of a process, by which others tell whether it still lives."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path

_RANDOM = secrets.token_hex(4)  # stands in where the system does not tell when a process began
_PROC = Path("/proc")


def this_process() -> str:
    """Yields `machine:pid:start`; `start` is in ticks since the machine's start, or random letters."""
    return f"{_machine()}:{os.getpid()}:{_start(os.getpid()) or _RANDOM}"


def is_dead(owner: str) -> bool:
    """Tells whether that process is certainly gone: it was on this machine and is no more.

    Of a process elsewhere nothing is certain, nor where the system does not tell.
    """
    machine, _, rest = owner.rpartition(":")[0].rpartition(":")
    pid, start = rest, owner.rpartition(":")[2]
    if machine != _machine() or not (pid.isdecimal() and start.isdecimal()) or _start(os.getpid()) is None:
        return False
    return _start(int(pid)) != start


def _machine() -> str:
    """Yields this machine's name, since its last start and within its container.

    Two machines, or two containers of one, may share a name, but then a number would mean another process.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
        space = (_PROC / "self/ns/pid").readlink().name.strip("pid:[]")
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}-{boot}-{space}"


def _start(pid: int) -> str | None:
    """Yields when a process began; None where it is gone, or has ended and waits only to be collected."""
    try:
        text = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name in brackets may hold spaces and brackets
    return None if fields[0] in "ZX" else fields[19]
