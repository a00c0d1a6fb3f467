"""What a mail server answers, and the faults of each phase of a delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """One answer of a server: its code, and its lines as one."""

    code: int
    text: str

    @property
    def permanent(self) -> bool:
        """Whether asking again is of no use."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


class WireFault(Exception):  # noqa: N818 - the caller tells what it means
    """A mail was not handed over, or nobody knows whether it was."""


class ServerFault(WireFault):
    """The server's own fault, at connect, TLS, EHLO, AUTH or MAIL: it says nothing about a recipient."""

    def __init__(self, phase: str, told: str, *, permanent: bool = False) -> None:
        self.phase, self.told, self.permanent = phase, told, permanent
        super().__init__(f"{phase}: {told}")


class Refused(WireFault):
    """The server refused this mail or its recipient, at RCPT, DATA or after the dot: it does not have it."""

    def __init__(self, phase: str, reply: Reply) -> None:
        self.phase, self.reply, self.permanent = phase, reply, reply.permanent
        super().__init__(f"{phase}: {reply}")


class Lost(WireFault):
    """The connection was lost before the dot went out: the server cannot have taken the mail."""

    def __init__(self, phase: str, told: str) -> None:
        self.phase, self.told = phase, told
        super().__init__(f"{phase}: {told}")


class Uncertain(WireFault):
    """The dot went out and no answer came: the server may have taken the mail or not."""
