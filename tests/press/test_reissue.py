"""A week published once more: what it says, that it is made again byte for byte, and when there is no reason to."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from reporter.errors import NothingToDo, UsageError, VerificationError
from reporter.press.desk import open_desk
from reporter.press.publish import publish
from reporter.press.reissue import checked_reason
from reporter.press.verify import rebuild, verify
from reporter.press.versions import manifest_hash
from reporter.settings import Settings, load_settings
from tests.builders import folder
from tests.conftest import pdf_text

SETTINGS = """timezone: Asia/Shanghai
records: records
editions: {weekly: {title: {en: Weekly, zh: 周报}, languages: [en, zh]}}
"""
PRICES = ["latp,2025-11-28,185,198,", "latp,2025-12-05,185,198,"]
REVISED = "latp,2025-12-05,187,198,,,1,2025-12-09,restated"
REASON = "The <low> was misread & mended"


def moment(day: int) -> datetime:
    return datetime.fromisoformat(f"2025-12-{day:02d}T12:00+08:00")


def desk_folder(tmp_path: Path, *more: str) -> Settings:
    (tmp_path / "schedule.yaml").write_text(SETTINGS, "utf-8")
    folder(tmp_path, prices=[*PRICES, *more], events="e1,2025-12-02,other,Plant grows")
    return load_settings(tmp_path / "schedule.yaml")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """Settings, and the week's folder with v1, v2 (a price) and v3 (the commentary alone)."""
    place = tmp_path_factory.mktemp("chain")
    settings = desk_folder(place, REVISED)
    _, first = publish(open_desk(settings), moment(8), "2025-W49")
    publish(open_desk(settings), moment(10), "2025-W49", reissue=REASON)
    comment = place / "records" / "commentary" / "weekly"
    comment.mkdir(parents=True)
    (comment / "2025-W49.en.md").write_text("The market was calm.\n", "utf-8")
    publish(open_desk(settings), moment(11), "2025-W49", reissue="A comment came late")
    return settings, first.parent


@pytest.mark.parametrize(
    ("code", "title", "line"),
    [
        (
            "en",
            "Version 2 replaces version 1 of 8 December 2025",
            "latp: 187.00–198.00 yuan/kg instead of 185.00–198.00 yuan/kg; week on week +0.52% instead of 0.00%.",
        ),
        ("zh", "第2版，取代2025年12月8日的第1版", "latp：187.00–198.00元/公斤，原为185.00–198.00元/公斤"),
    ],
)
def test_page_one_says_what_is_replaced_why_and_what_has_changed(
    chain: tuple[Settings, Path], code: str, title: str, line: str
) -> None:
    pages = chain[1] / "v2"
    html = (pages / f"weekly-2025-W49.{code}.html").read_text("utf-8")
    pdf = "".join(pdf_text(pages / f"weekly-2025-W49.{code}.pdf").split())
    for text in (title, line):
        assert text in html
        assert "".join(text.split()) in pdf
    assert "The &lt;low&gt; was misread &amp; mended" in html
    assert "<low>" not in html
    assert "The<low>wasmisread&mended" in pdf
    head = html[html.index("<title>") : html.index("</title>")]
    assert ("Version 2" if code == "en" else "第2版") in head


def test_figures_and_manifest_name_the_version_before(chain: tuple[Settings, Path]) -> None:
    week = chain[1]
    first, second = (json.loads((week / name / "manifest.json").read_bytes()) for name in ("v1", "v2"))
    assert "supersedes" not in first
    assert second["supersedes"] == {"version": 1, "manifest": manifest_hash(first), "reason": REASON}
    assert json.loads((week / "v1" / "figures.json").read_bytes())["reissue"] is None
    told = json.loads((week / "v2" / "figures.json").read_bytes())["reissue"]
    assert (told["supersedes"], told["reason"]) == (1, REASON)
    assert [(one["kind"], one["thing"]) for one in told["changes"]] == [("price", "latp")]


def test_a_version_of_new_words_says_that_no_figure_has_changed(chain: tuple[Settings, Path]) -> None:
    html = (chain[1] / "v3" / "weekly-2025-W49.en.html").read_text("utf-8")
    assert "Version 3 replaces version 2 of 10 December 2025" in html
    assert "No figure has changed; texts or layout have." in html
    assert "What has changed" not in html


def test_a_later_version_is_made_again_byte_for_byte_from_the_one_before(
    chain: tuple[Settings, Path],
) -> None:
    """The commentary came after it: of v3 everything is made again, without it v2 is, too."""
    settings, week = chain
    assert all(line.endswith("made the same again") for line in rebuild(settings, week / "v3"))
    assert len(verify(week / "v2")) == 10


def test_a_version_before_that_was_changed_is_named(chain: tuple[Settings, Path], tmp_path: Path) -> None:
    import shutil

    settings, week = chain
    shutil.copytree(week, tmp_path / "2025-W49")
    manifest = tmp_path / "2025-W49" / "v2" / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(REASON, "Other"), "utf-8")
    for look in (verify, lambda folder: rebuild(settings, folder)):
        with pytest.raises(VerificationError, match="is not the version that v3 replaces"):
            look(tmp_path / "2025-W49" / "v3")


def test_nothing_is_published_again_where_nothing_has_changed(chain: tuple[Settings, Path]) -> None:
    """Neither a later moment nor another reason is news."""
    settings, week = chain
    with pytest.raises(NothingToDo, match="nothing has changed since"):
        publish(open_desk(settings), moment(12), "2025-W49", reissue="Again")
    assert sorted(path.name for path in week.iterdir()) == ["v1", "v2", "v3"]


def test_a_week_without_a_version_cannot_be_replaced(tmp_path: Path) -> None:
    settings = desk_folder(tmp_path)
    with pytest.raises(NothingToDo, match="no version is published that could be replaced"):
        publish(open_desk(settings), moment(8), "2025-W49", reissue=REASON)
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "give the reason"),
        (" \n", "give the reason"),
        ("x" * 301, "at most 300"),
        ("a\x07b", "control characters"),
        ("\u0e01", "no font of the bulletin has \u0e01"),
    ],
    ids=["none", "blank", "long", "bell", "letter"],
)
def test_a_reason_that_cannot_be_printed_is_refused(text: str | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        checked_reason(text)


def test_a_reason_stands_in_one_line() -> None:
    assert checked_reason(" a\n b ") == "a b"
