"""The post reads published versions, and mails nothing that is not as it was published."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from reporter.errors import UsageError, VerificationError
from reporter.post.issues import language_for, links_for, read_file, read_front, read_issue
from reporter.post.model import Recipient
from tests.post.mails import DATE, PDF, published
from tests.post.people import signer

READER = Recipient(7, "p7", "ann@example.org", "Ann", "fr", "pdf")


def withdraw(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"withdrawn": {"at": "x", "reason": "y"}}))


def test_the_latest_version_that_is_not_withdrawn_is_taken(tmp_path: Path) -> None:
    first = published(tmp_path)
    second = published(tmp_path, reason="A slip")
    assert (first.version, second.version, second.supersedes) == (1, 2, 1)
    withdraw(second.folder)
    output = tmp_path / "output"
    assert read_issue(output, "solid-state-weekly", "2025-W49") == first
    assert read_issue(output, "solid-state-weekly", "2025-W49", 2).withdrawn
    withdraw(first.folder)
    with pytest.raises(UsageError, match="no version of it is published"):
        read_issue(output, "solid-state-weekly", "2025-W49")


def test_a_version_that_is_not_there_is_refused(tmp_path: Path) -> None:
    published(tmp_path)
    for week, version in (("2025-W49", 3), ("2025-W50", None)):
        with pytest.raises(UsageError):
            read_issue(tmp_path / "output", "solid-state-weekly", week, version)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"schema": "x"}', '{"schema": "reporter/manifest/1", "files": {}}']
)
def test_a_damaged_manifest_is_told_with_its_file(tmp_path: Path, content: str) -> None:
    issue = published(tmp_path)
    (issue.folder / "manifest.json").write_text(content)
    with pytest.raises(VerificationError, match=r"manifest\.json: is not a manifest"):
        read_issue(tmp_path / "output", issue.edition, issue.week, 1)


def test_a_file_is_read_only_as_it_was_published(tmp_path: Path) -> None:
    """A changed, a missing and an unnamed file are refused; so is an issue of a program without page 1's words."""
    issue = published(tmp_path)
    name = "solid-state-weekly-2025-W49.en.pdf"
    assert read_file(issue, name) == PDF
    (issue.folder / name).write_bytes(PDF + b" ")
    with pytest.raises(VerificationError, match="differs from the manifest"):
        read_file(issue, name)
    (issue.folder / name).unlink()
    with pytest.raises(VerificationError, match="No such file"):
        read_file(issue, name)
    with pytest.raises(VerificationError, match="run --reissue"):
        read_front(issue, "fr")


def test_a_reader_of_another_language_gets_the_issues_first(tmp_path: Path) -> None:
    issue = published(tmp_path)
    assert (language_for(issue, "zh"), language_for(issue, "fr")) == ("zh", "en")


def test_links_carry_tokens_that_the_signer_reads_back(tmp_path: Path) -> None:
    issue, ours = published(tmp_path), signer()
    links = links_for(ours, "https://desk.example.org/", issue, READER, "bounces@example.org", DATE)

    def token(link: str) -> str:
        assert link.startswith("https://desk.example.org/")
        return link.rpartition("/")[2].removesuffix(".pdf")

    assert ours.read("unsubscribe", token(links.unsubscribe), None, DATE) == ("solid-state-weekly", "p7")
    assert ours.read("preferences", token(links.preferences), None, DATE) == ("p7",)
    download = ours.read("download", token(links.download), timedelta(days=1), DATE)
    assert download == ("solid-state-weekly", "2025-W49", "1", "en")
    assert links.unsubscribe_mail.endswith("?subject=unsubscribe%20" + token(links.unsubscribe))
    assert links_for(ours, "https://x.example", issue, READER).unsubscribe_mail == ""
