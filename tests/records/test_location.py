"""An address tells its kind, and is printed without what should stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.records.location import Location, Source, near


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("data/", "data/"),
        ("odd?name#1/", "odd?name#1/"),
        ("https://host/records/", "https://host/records/"),
        ("https://host/p.csv?key=s3cret&token=s3cret#s3cret", "https://host/p.csv?***"),
        ("https://me:s3cret@host/p.csv", "https://***@host/p.csv"),
        ("https://me:s3@cret@host:8080/@b", "https://***@host:8080/@b"),
        ("https://me:s3/cret@host/", "https://***@host/"),
        ("https://host/gh/repo@main/", "https://host/gh/repo@main/"),
        ("https://host:8080/gh/repo@main/", "https://host:8080/gh/repo@main/"),
        ("http://[::1]:80/repo@main/", "http://[::1]:80/repo@main/"),
        ("https://s3cret@host/", "https://***@host/"),
        ("postgresql://reader:s3@cret@host/db?sslpassword=s3cret", "postgresql://reader:***@host/db?***"),
        ("postgresql://reader:123@host:5432/db", "postgresql://reader:***@host:5432/db"),
        ("postgresql://host:5432/db", "postgresql://host:5432/db"),
        ("postgresql://reader@host/db", "postgresql://reader@host/db"),
        ("sqlite:///records.db", "sqlite:///records.db"),
    ],
)
def test_no_password_and_no_key_is_shown(address: str, shown: str) -> None:
    assert Location(address).shown == shown


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("data", "folder"),
        ("Book.XLSX", "workbook"),
        ("HTTPS://host/", "web"),
        ("http://[::1/", "web"),
        ("sqlite:///x.db", "database"),
    ],
)
def test_the_kind_is_seen_from_the_address(address: str, kind: str) -> None:
    assert Location(address).kind == kind


def test_a_sqlite_file_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As paths of folders are: relative where it lies in the working folder."""
    monkeypatch.chdir(tmp_path)
    inside, outside = Location(f"sqlite:///{tmp_path}/a.db"), Location("sqlite:////elsewhere/b.db")
    assert near(Source(inside, {"fx": outside})) == Source(Location("sqlite:///a.db"), {"fx": outside})
