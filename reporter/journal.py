"""The log: one line a step, for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import IO, Any

from reporter.clock import Clock, SystemClock

LOGGER = "reporter"
_ORDER = ("edition", "week", "version", "seconds")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would end a line, or steer a terminal, wherever it comes from."""


class Journal:
    """Writes what happens: `tell("published", edition=…, week=…, version=1, seconds=7.2)`."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._logger = logging.getLogger(LOGGER)

    def tell(self, step: str, *, level: int = logging.INFO, **fields: Any) -> None:
        """Writes one line; a field that is None is left out."""
        known = {name: fields.pop(name) for name in _ORDER if fields.get(name) is not None}
        more = {name: value for name, value in fields.items() if value is not None}
        self._logger.log(level, step, extra={"at": self._clock.now(), "fields": known | more})

    def warn(self, step: str, **fields: Any) -> None:
        """Writes one line that somebody should look at."""
        self.tell(step, level=logging.WARNING, **fields)

    @contextmanager
    def timed(self) -> Iterator[Callable[[], float]]:
        """Yields what tells the seconds since the body began."""
        began = monotonic()
        yield lambda: round(monotonic() - began, 1)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = dict(getattr(record, "fields", {}))
        moment = getattr(record, "at", None)
        at = moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else self.formatTime(record)
        return self.line(at, record.levelname.lower(), record.getMessage(), fields)

    def line(self, at: str, level: str, step: str, fields: dict[str, Any]) -> str:
        """Yields the line of one step."""
        raise NotImplementedError


class _ForPrograms(_Lines):
    def line(self, at: str, level: str, step: str, fields: dict[str, Any]) -> str:
        line = {"at": at, "level": level, "step": step, **fields}
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _UNPRINTABLE.sub(lambda one: f"\\u{ord(one[0]):04x}", text)


class _ForPeople(_Lines):
    def line(self, at: str, level: str, step: str, fields: dict[str, Any]) -> str:
        version = fields.pop("version", None)
        name = (fields.pop("edition", None), fields.pop("week", None), version and f"v{version}")
        seconds = fields.pop("seconds", None)
        words = [at.replace("T", " ").removesuffix("Z"), *(part for part in name if part)]
        words.append(step.upper() if level != "info" else step)
        words += [f"({seconds} s)"] if seconds is not None else []
        words += [str(value) for value in fields.values()]
        return _UNPRINTABLE.sub(" ", "  ".join(words))


def write_log(stream: IO[str] | None = None, *, people: bool | None = None) -> logging.Handler:
    """Sends the log to a stream (default: the standard error); in words on a terminal, else as JSON.

    What fails in APScheduler is written the same way, and what uvicorn warns of; that a round takes its time
    is no fault.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    for_people = stream.isatty() if people is None else people
    handler.setFormatter(_ForPeople() if for_people else _ForPrograms())
    for name, level in (
        (LOGGER, logging.INFO),
        ("apscheduler", logging.ERROR),
        ("uvicorn", logging.WARNING),
    ):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
    return handler
