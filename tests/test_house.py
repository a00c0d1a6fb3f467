"""Rules of the house that no other tool holds."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from reporter.language import CATALOGUES, available_languages
from tests.conftest import ROOT

SOURCES = [
    *(ROOT / "reporter").rglob("*.py"),
    *(ROOT / "templates").rglob("*.html"),
]
CALLED = re.compile(r"""(?:\bsay|\bt|\blanguage|\bwords|\bself)\(\s*["']([a-z_]+(?:\.[A-Za-z0-9_]+)+)["']""")


PLACE = re.compile(r"\{(\w+)\}")
every_catalogue = pytest.mark.parametrize("code", available_languages())


def catalogue(code: str) -> dict[str, str | tuple[str, ...]]:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        return {
            (message.id if isinstance(message.id, str) else message.id[0]): message.string
            for message in read_po(file, locale=code)
            if message.id
        }


def texts(words: str | tuple[str, ...]) -> tuple[str, ...]:
    """The one text of an entry, or that of each plural."""
    return (words,) if isinstance(words, str) else tuple(words)


def shared(words: dict[str, str | tuple[str, ...]]) -> list[str]:
    """The keys that every catalogue must have; what is missing of units is printed by its code,
    and each language counts by powers of ten of its own."""
    return [key for key in words if not key.startswith(("currency.", "unit.", "commentary.times."))]


@every_catalogue
def test_every_word_that_is_asked_for_is_in_the_catalogue(code: str) -> None:
    known = catalogue(code)
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
                r"[A-Za-z0-9_./]+" if part.startswith("{") else re.escape(part)
                for part in re.split(r"(\{[^}]*\})", literal)
                if part
            )
            keys.add(pattern + (r"[A-Za-z0-9_.]+" if glued else ""))
    return re.compile("|".join(keys))


@every_catalogue
def test_no_word_of_the_catalogue_is_forgotten(code: str) -> None:
    pattern = asked()
    assert not [key for key in catalogue(code) if not pattern.fullmatch(key)]


@every_catalogue
def test_no_text_of_the_catalogue_is_empty(code: str) -> None:
    assert not [key for key, words in catalogue(code).items() if not all(texts(words)) or not words]


@every_catalogue
def test_a_catalogue_has_the_words_of_english_in_its_order(code: str) -> None:
    assert shared(catalogue(code)) == shared(catalogue("en"))


@every_catalogue
def test_an_entry_has_the_same_places_in_every_language(code: str) -> None:
    """A place that is left out would lose a fact; one that is added would never be filled."""
    english, other = catalogue("en"), catalogue(code)
    for key in set(shared(english)) - {"commentary.dates"}:  # each language orders its dates its own way
        wanted = {place for text in texts(english[key]) for place in PLACE.findall(text)}
        for text in texts(other[key]):
            assert set(PLACE.findall(text)) == wanted, key


@every_catalogue
def test_an_entry_has_a_text_for_each_plural_of_its_language(code: str) -> None:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        plurals = read_po(file, locale=code).num_plurals
    for key, words in catalogue(code).items():
        assert isinstance(words, str) or len(words) == plurals, key


def test_chinese_is_punctuated_in_full_width() -> None:
    """An ASCII comma, stop, colon or bracket inside Chinese is a slip of the keyboard."""
    found = {
        key: text
        for key, words in catalogue("zh").items()
        for text in texts(words)
        if key != "commentary.dates"  # patterns, not words
        if re.search(r"[,.;:!?()\"']", PLACE.sub("", text))
    }
    assert not found


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
