"""A file beside the issue that says how far its delivery was, so that a restored database is noticed.

It never says more than the database did when it was written; so a database that says less went back in time.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from reporter.post.model import IssueFolder


@dataclass(frozen=True)
class Witness:
    """How often a delivery was begun, and how many of its mails had an end."""

    runs: int
    ended: int


def witness_file(issue: IssueFolder) -> Path:
    """Yields the witness's path: beside the version's folder, which is never changed."""
    return issue.folder.parent / f"delivered-v{issue.version}.json"


def read_witness(issue: IssueFolder) -> Witness | None:
    """Yields what the file says; None where there is none, or nothing that can be read."""
    try:
        found = json.loads(witness_file(issue).read_bytes())
        return Witness(int(found["runs"]), int(found["ended"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_witness(issue: IssueFolder, witness: Witness, *, durably: bool) -> bool:
    """Writes the file, whole or not at all; tells whether it could. A delivery does without it."""
    path = witness_file(issue)
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        with beside.open("w", encoding="utf-8") as file:
            json.dump(asdict(witness), file)
            if durably:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        return False
    return True
