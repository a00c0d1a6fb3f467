"""Addresses are shown without their passwords."""

from pathlib import Path

import pytest

from reporter.records.location import Location, Source, near


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://me:secret@host/db", "postgresql://me:***@host/db"),
        ("postgresql://me:se/c@r:et@host:5432/db", "postgresql://me:***@host:5432/db"),
        ("postgresql://:secret@host/db", "postgresql://:***@host/db"),
        (
            "postgresql:///db?host=/tmp&password=secret&user=me",
            "postgresql:///db?host=/tmp&password=***&user=me",
        ),
        ("postgresql://me:secret@host/db?sslpassword=secret", "postgresql://me:***@host/db?sslpassword=***"),
        ("https://me:secret@host/a/b", "https://me:***@host/a/b"),
        ("https://host:8080/a@b", "https://host:8080/a@b"),
        ("postgresql://me@host:5432/db", "postgresql://me@host:5432/db"),
        ("sqlite:///C:/a@b.db", "sqlite:///C:/a@b.db"),
    ],
)
def test_no_password_is_shown(address: str, shown: str) -> None:
    """Whatever stands in it, and in the options too; everything else stays."""
    assert Location(address).shown == shown


def test_a_sqlite_file_is_named_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As paths of folders are: relative where it lies in the working folder."""
    monkeypatch.chdir(tmp_path)
    inside, outside = Location(f"sqlite:///{tmp_path}/a.db"), Location("sqlite:////elsewhere/b.db")
    assert near(Source(inside, {"fx": outside})) == Source(Location("sqlite:///a.db"), {"fx": outside})
