"""The whole error tree.

ReporterError                    everything a command may end with on purpose; has an exit status
├── UsageError            (2)    a word of the command line is wrong
├── SettingsError         (2)    schedule.yaml or the environment; carries Problems
├── RecordsError          (3)    records refused; carries Problems
├── SubscriberError       (3)    an address, a name or a subscription refused; carries Problems
├── VerificationError     (3)    an issue folder differs from its manifest
├── MachineError          (3)    a library, font or folder that the machine lacks
├── UnfitError            (3)    a finished PDF failed its check; carries Problems
├── HeldError             (3)    the gate holds an issue back; carries a Problem for each rule that does
├── MailError             (3)    a text or an address that a mail cannot carry
├── DeliveryError         (4)    an issue is not delivered to everybody yet; it may be gone on with
├── RenderError           (1)    the page could not be made: a fault in a template or in this program
├── NothingToDo           (5)    nothing is known of the week, or it, or its commentary, is there already
├── BusyError             (6)    another process is publishing that issue, or writing to those records
├── LostClaim             (6)    another process took over an issue that this one was making
└── BadToken              (2)    a signed link is forged, for something else, or expired
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault or warning of an input, with its place and what to do.

    `line` counts from 1 as an editor does; `field` is a column or a dotted settings path.
    """

    code: str
    message: str
    file: str = ""
    line: int | None = None
    field: str = ""
    value: str | None = None
    severity: str = "error"  # or hold, warning, info; overridden
    count: int = 1  # how many faults this line stands for
    at: str = ""  # a cell or a key, in a source without lines
    reason: str | None = None  # why it is overridden

    @property
    def place(self) -> str:
        """The file and, where one is known, the line, cell or key."""
        return self.file + (f"!{self.at}" if self.at else f":{self.line}" if self.line is not None else "")

    @property
    def told(self) -> str:
        """All but place, severity and code, in one line, whatever a record holds."""
        shown = "" if self.value is None else f" {_short(self.value)}"
        field = f"{self.field}{shown}: " if self.field else (f"{shown.strip()}: " if shown else "")
        reason = "" if self.reason is None else f" (overridden: {self.reason})"
        return _one_line(f"{field}{self.message}{reason}")

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return _one_line(f"{place}{self.severity} [{self.code}] {self.told}")


def _one_line(text: str) -> str:
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _short(value: str, limit: int = 60) -> str:
    quoted = repr(value)
    return quoted if len(quoted) <= limit else quoted[: limit - 2] + "…'"


class ReporterError(Exception):
    """Base of every error that is meant for the user; `exit_status` is the command's."""

    exit_status = 1


class ProblemsError(ReporterError):
    """An input with faults, all reported together."""

    def __init__(self, problems: Sequence[Problem], summary: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__(summary or "\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problems, str(self)), self.__dict__  # it crosses between processes


class UsageError(ReporterError):
    """A word of the command line is wrong."""

    exit_status = 2


class SettingsError(ProblemsError):
    """`schedule.yaml` or the environment is wrong; carries every Problem."""

    exit_status = 2


class RecordsError(ProblemsError):
    """Records are refused; carries every Problem."""

    exit_status = 3


class SubscriberError(ProblemsError):
    """An address, a name or a subscription is refused; carries every Problem."""

    exit_status = 3


class VerificationError(ReporterError):
    """An issue folder differs from its manifest."""

    exit_status = 3


class MachineError(ReporterError):
    """The machine lacks a library, a font or room; the message says how to mend it."""

    exit_status = 3


class UnfitError(ProblemsError):
    """A finished PDF is not fit to print; carries every Problem."""

    exit_status = 3


class HeldError(ProblemsError):
    """The gate holds an issue back; carries a Problem for each rule that does."""

    exit_status = 3


class MailError(ReporterError):
    """A text or an address that a mail cannot carry, such as a subject of two lines."""

    exit_status = 3


class DeliveryError(ReporterError):
    """An issue is not delivered to everybody yet; the message says why, and what to do."""

    exit_status = 4


class RenderError(ReporterError):
    """The page could not be made."""


class NothingToDo(ReporterError):  # noqa: N818 - an outcome, not a fault
    """There is nothing to publish for that week."""

    exit_status = 5


class BusyError(ReporterError):
    """Another process is publishing that issue, or writing to those records."""

    exit_status = 6


class LostClaim(ReporterError):  # noqa: N818 - an outcome, not a fault
    """Another process took over an issue that this one was making."""

    exit_status = 6


class BadToken(ReporterError):  # noqa: N818 - what it is, in a word
    """A token that is forged, of another purpose, expired or none at all: it never says which."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__("this link does not hold")
