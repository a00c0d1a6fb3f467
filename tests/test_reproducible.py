"""The same records, as-of and templates make the same bytes, whatever the machine around them is like."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import watched

NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig/>'


@pytest.fixture
def bare_home(tmp_path: Path) -> Path:
    """A home folder with nothing in it but a font configuration that knows no font."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "fonts.conf").write_text(NO_FONTS)
    return home


def test_another_machine_makes_the_same_files(acceptance_issue: Path, desk: Path, bare_home: Path) -> None:
    """Another folder, second, zone, locale, hash seed and file mask; no system font, no settings, no connection."""
    around = {
        "TZ": "America/St_Johns",
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONHASHSEED": "4711",
        "HOME": str(bare_home),
        "FONTCONFIG_FILE": str(bare_home / "fonts.conf"),
        "XDG_CACHE_HOME": str(bare_home / "cache"),
        "MPLCONFIGDIR": str(bare_home / "matplotlib"),
    }
    mask = os.umask(0o077)
    try:
        done = watched(
            "run", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", "--draft", cwd=desk, **around
        )
    finally:
        os.umask(mask)
    assert done.returncode == 0, done.stderr
    assert "NOTICED" not in done.stderr
    made = desk / "output" / "solid-state-weekly" / "2025-W49" / "draft"
    assert {path.name for path in made.iterdir()} == {path.name for path in acceptance_issue.iterdir()}
    differing = [
        path.name
        for path in made.iterdir()
        if path.read_bytes() != (acceptance_issue / path.name).read_bytes()
    ]
    assert differing == []
