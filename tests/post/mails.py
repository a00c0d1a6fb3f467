"""Published issues on disk and their mails, for tests of the post."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from reporter.bulletin.bundle import MANIFEST, issue_files, manifest
from reporter.bulletin.issue import Issue
from reporter.bulletin.pages import Order, Step
from reporter.bulletin.reissue import reissued
from reporter.post.issues import Links, read_issue
from reporter.post.message import Letter, compose
from reporter.post.model import Envelope, IssueFolder, Recipient
from reporter.press.versions import read_version
from reporter.settings import Settings, load_settings
from tests.bulletin import sample

PDF = b"%PDF-1.7\n" + random.Random(49).randbytes(300_000) + b"\n%%EOF\n"
DATE = datetime(2025, 12, 8, 1, 30, tzinfo=UTC)
LINKS = Links(
    "https://desk.example.org/unsubscribe/solid-state-weekly~p1.AbCd_-ef",
    "mailto:bounces@example.org?subject=unsubscribe%20solid-state-weekly~p1.AbCd_-ef",
    "https://desk.example.org/preferences/p1.AbCd",
    "https://desk.example.org/issues/solid-state-weekly~2025-W49~1~en~69.AbCd.pdf",
)


def published(
    home: Path,
    issue: Issue | None = None,
    languages: Sequence[str] = ("en", "zh"),
    reason: str = "",
    pdf: bytes = PDF,
) -> IssueFolder:
    """Publishes an issue in `home`/output with a PDF of random bytes; with a `reason` as the next version."""

    def pages(orders: Sequence[Order], step: Step) -> dict[str, bytes]:
        return {f"{one.name}.pdf": pdf for one in orders} | {f"{one.name}.html": b"<p>" for one in orders}

    made = replace(issue or sample.w49(), version=1)
    week = home / "output" / made.edition / made.week
    number = len(list(week.glob("v*"))) + 1
    if reason:
        before = read_version(week / f"v{number - 1}")
        made = reissued(made, before.figures, before.hash, reason)
    files = issue_files(made, languages, make=pages)
    files[MANIFEST] = manifest(made, files, {}, {"languages": list(languages)})
    folder = week / f"v{number}"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return read_issue(home / "output", made.edition, made.week)


def settings(home: Path, smtp: Mapping[str, Any] | None = None, **deliver: Any) -> Settings:
    """Settings with a mail server and an edition that delivers so."""
    server = {"host": "localhost", "security": "none", "sender": "desk@example.org"}
    document = {
        "public_url": "https://desk.example.org",
        "smtp": server | {"bounces": "bounces@example.org"} | dict(smtp or {}),
        "editions": {
            "solid-state-weekly": {"title": {"en": "Solid-State Battery Weekly"}, "deliver": deliver}
        },
    }
    file = home / "schedule.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    (home / "data").mkdir(exist_ok=True, parents=True)
    return load_settings(file)


def letter(
    home: Path, language: str = "en", format: Any = "pdf", proof: bool = False, **deliver: Any
) -> Letter:
    """The mail of a freshly published issue."""
    return compose(published(home), language, format, settings(home, **deliver), proof=proof)


def envelope(email: str = "reader@example.com", message_id: str = "<20251208.1@example.org>") -> Envelope:
    """One mail to one reader."""
    reader = Recipient(1, "p1", email, "Ada Reader", "en", "pdf")
    return Envelope(reader, message_id, DATE, "bounces+t1.AbCd@example.org")
