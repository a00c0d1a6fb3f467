"""The values of the post: who receives, which issue is mailed, what is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

Format = Literal["pdf", "link"]
DeliveryState = Literal["queued", "claimed", "dot", "sent", "deferred", "failed", "unknown", "suppressed"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """An active subscriber of an edition: whom one mail goes to.

    `id` is the subscriber's row, `public` the random name that links carry instead of it. `email` is as it is
    written on the envelope (its domain in ASCII). `format`: the PDF attached, or a link to it.
    """

    id: int
    public: str
    email: str
    name: str
    language: str
    format: Format


@dataclass(frozen=True, slots=True)
class IssueFolder:
    """A published version as the post sees it: its folder, and what its manifest says."""

    folder: Path
    edition: str
    week: str
    version: int
    languages: tuple[str, ...]
    supersedes: int | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """One mail to one recipient, as the outbox keeps it: identical at every attempt."""

    recipient: Recipient
    message_id: str
    date: datetime
    return_path: str
