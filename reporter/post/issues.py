"""A published version as the post reads it: its folder, its files as the manifest has them, and its links."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from reporter.errors import UsageError, VerificationError
from reporter.post.model import IssueFolder, Recipient

MANIFEST, MANIFEST_SCHEMA, FRONT_SCHEMA = "manifest.json", "reporter/manifest/1", "reporter/front/1"
Json = dict[str, Any]


class Signs(Protocol):
    """What makes tokens."""

    def sign(self, purpose: str, *parts: str, now: datetime | None = None) -> str:
        """Yields a token of letters that an address needs not escape."""
        ...


@dataclass(frozen=True, slots=True)
class Links:
    """Where one recipient's mail leads to. `unsubscribe_mail` is a `mailto:`, or empty where none is read."""

    unsubscribe: str
    unsubscribe_mail: str
    preferences: str
    download: str


def read_issue(output: Path, edition: str, week: str, version: int | None = None) -> IssueFolder:
    """Yields a published version of a week; without `version` the latest that is not withdrawn.

    Raises UsageError where there is no such one, VerificationError where its manifest is damaged.
    """
    folder = output / edition / week
    if version is not None:
        return _read(_folder_of(folder, version))
    standing = [one for one in map(_read, _versions(folder)) if not one.withdrawn]
    if not standing:
        raise UsageError(f"{folder}: no version of it is published; `reporter run` makes one")
    return standing[-1]


def language_for(issue: IssueFolder, wanted: str) -> str:
    """Yields the language that a recipient gets: the one wanted, else the issue's first."""
    return wanted if wanted in issue.languages else issue.languages[0]


def pdf_name(issue: IssueFolder, language: str) -> str:
    """Yields the file name of the issue's PDF."""
    return f"{issue.edition}-{issue.week}.{language}.pdf"


def read_front(issue: IssueFolder, language: str) -> Json:
    """Yields the words of page 1; VerificationError where the file is damaged or an older program made it."""
    name = f"{issue.edition}-{issue.week}.{language}.json"
    content = read_file(issue, name)
    front: Json = json.loads(content)
    if front.get("schema") != FRONT_SCHEMA:
        raise VerificationError(f"{issue.folder / name}: is not a page 1 that this program reads")
    return front


def read_file(issue: IssueFolder, name: str) -> bytes:
    """Yields the bytes of one of the issue's files; VerificationError where they are not the manifest's."""
    path = issue.folder / name
    known = _manifest(issue.folder)["files"]
    if name not in known:
        raise VerificationError(
            f"{path}: the manifest does not name it, so it cannot be mailed; an issue made by an earlier"
            " version of reporter needs `reporter run --reissue` first"
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise VerificationError(f"{path}: {error.strerror}") from None
    if hashlib.sha256(content).hexdigest() != known[name]:
        raise VerificationError(f"{path}: differs from the manifest; it is not mailed")
    return content


def links_for(
    signer: Signs,
    public_url: str,
    issue: IssueFolder,
    recipient: Recipient,
    mailbox: str = "",
    now: datetime | None = None,
) -> Links:
    """Yields a recipient's links for one issue.

    `mailbox` is the address whose mails `reporter bounces` reads; without one there is no unsubscribing by
    mail. `now` is when the download's time begins.
    """
    root = public_url.rstrip("/")
    language = language_for(issue, recipient.language)
    unsubscribe = signer.sign("unsubscribe", issue.edition, recipient.public)
    download = signer.sign("download", issue.edition, issue.week, str(issue.version), language, now=now)
    return Links(
        f"{root}/unsubscribe/{unsubscribe}",
        f"mailto:{mailbox}?subject=unsubscribe%20{unsubscribe}" if mailbox else "",
        f"{root}/preferences/{signer.sign('preferences', recipient.public)}",
        f"{root}/issues/{download}.pdf",
    )


def _folder_of(week: Path, version: int) -> Path:
    folder = week / f"v{version}"
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: there is no such version")
    return folder


def _versions(week: Path) -> list[Path]:
    """Yields the folders `v1`, `v2`, … that hold a manifest, in order."""
    found = [path for path in week.glob("v[1-9]*") if path.name[1:].isdecimal()]
    return sorted(
        (path for path in found if (path / MANIFEST).is_file()), key=lambda path: int(path.name[1:])
    )


def _read(folder: Path) -> IssueFolder:
    manifest = _manifest(folder)
    try:
        told = manifest.get("supersedes")
        return IssueFolder(
            folder,
            str(manifest["edition"]),
            str(manifest["week"]),
            int(manifest["version"]),
            tuple(manifest["languages"]),
            None if told is None else int(told["version"]),
            "withdrawn" in manifest,
        )
    except (KeyError, TypeError, ValueError):
        raise VerificationError(f"{folder / MANIFEST}: is not a manifest of a published issue") from None


def _manifest(folder: Path) -> Json:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
        if manifest["schema"] == MANIFEST_SCHEMA and isinstance(manifest["files"], dict):
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise VerificationError(f"{path}: is not a manifest of this program")
