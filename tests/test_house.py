"""Rules of the house that no other tool holds."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reporter.language import CATALOGUES
from tests.conftest import ROOT

SOURCES = [
    *(ROOT / "reporter").rglob("*.py"),
    *(ROOT / "templates").rglob("*.html"),
]
CALLED = re.compile(r"""(?:\bsay|\bt|\blanguage|\bwords|\bself)\(\s*["']([a-z_]+(?:\.[A-Za-z0-9_]+)+)["']""")


def catalogue(code: str) -> dict[str, object]:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return {
            (message.id if isinstance(message.id, str) else message.id[0]): message.string
            for message in read_po(file, locale=code)
            if message.id
        }


def test_every_word_that_is_asked_for_is_in_the_catalogue() -> None:
    known = catalogue("en")
    missing = {
        f"{path.relative_to(ROOT)}: {key}"
        for path in SOURCES
        for key in CALLED.findall(path.read_text("utf-8"))
        if key not in known
    }
    assert not missing


def asked() -> re.Pattern[str]:
    """Every key that the sources ask for; where a key is put together with a code, any code fits."""
    keys = set()
    for path in SOURCES:
        for literal, glued in re.findall(
            r"""["']([a-z_{}.:A-Z0-9()]+\.[^"'\s]*)["'](\s*~)?""", path.read_text("utf-8")
        ):
            pattern = "".join(
                r"[A-Za-z0-9_.]+" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{[^}]*\})", literal)
                if part
            )
            keys.add(pattern + (r"[A-Za-z0-9_.]+" if glued else ""))
    return re.compile("|".join(keys))


def test_no_word_of_the_catalogue_is_forgotten() -> None:
    pattern = asked()
    assert not [key for key in catalogue("en") if not pattern.fullmatch(key)]


def test_no_text_of_the_catalogue_is_empty() -> None:
    assert not [key for key, words in catalogue("en").items() if not words]


@pytest.mark.parametrize("path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_template_switches_escaping_off_for_records(path: Path) -> None:
    """`safe` is for what the program itself made: charts, styles."""
    for found in re.findall(r"\{\{([^}]*)\|\s*safe", path.read_text("utf-8")):
        assert found.strip().split(".")[-1] in ("svg", "css", "style", "fonts"), found


def test_nothing_about_batteries_is_in_code() -> None:
    """A desk of another market changes data, settings and templates only."""
    words = re.compile(
        r"sulfide|lithium|batter|electrolyte|cathode|anode\b|solid.state|\bLATP\b", re.IGNORECASE
    )
    found = {}
    for path in (ROOT / "reporter").rglob("*.py"):
        code = re.sub(r'""".*?"""|#[^\n]*', "", path.read_text("utf-8"), flags=re.DOTALL)
        if hits := words.findall(code):
            found[str(path.relative_to(ROOT))] = hits
    assert not found


def test_constraints_name_no_address() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in text
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+-]+", line) for line in text.splitlines() if line)


def test_the_wheel_carries_templates_fonts_defaults_and_catalogues(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    wheel = next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"]))
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("templates", "reporter/templates"), ("reporter", "reporter")):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{inside}/{path.relative_to(ROOT / folder).as_posix()}" in names
