"""A week's commentary on its way into the bulletin."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reporter.bulletin.bundle import sha256
from reporter.errors import HeldError, RecordsError, VerificationError
from reporter.press.desk import Desk, open_desk
from reporter.press.publish import publish
from reporter.press.verify import rebuild, verify
from reporter.settings import load_settings
from tests.builders import folder
from tests.conftest import reporter

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SETTINGS = "timezone: Asia/Shanghai\nrecords: records\neditions: {weekly: {title: Weekly}}\n"
PRICES = ["latp,2025-11-28,,,408.51", "latp,2025-12-05,,,411.01"]
TRUE = "Latp edged up to 411.01 yuan/kg (+0.61%).\n\n## Prices\n\nFrom 408.51 yuan/kg.\n"


def desk_of(tmp_path: Path, text: str | None = TRUE) -> Desk:
    (tmp_path / "schedule.yaml").write_text(SETTINGS)
    folder(tmp_path, prices=PRICES)
    if text is not None:
        write(tmp_path, text)
    return open_desk(load_settings(tmp_path / "schedule.yaml"))


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "records" / "commentary" / "weekly" / "2025-W49.en.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_a_true_commentary_is_printed_and_its_hash_recorded(tmp_path: Path) -> None:
    _, made = publish(desk_of(tmp_path), NOW)
    assert "From 408.51 yuan/kg." in next(made.glob("*.html")).read_text("utf-8")
    assert json.loads((made / "manifest.json").read_text())["commentary"] == {"en": sha256(TRUE.encode())}


def test_without_one_the_manifest_names_none(tmp_path: Path) -> None:
    _, made = publish(desk_of(tmp_path, None), NOW)
    assert "commentary" not in json.loads((made / "manifest.json").read_text())


FALSE = "Calm.\n\nLatp was stable at 411.01 yuan/mt,\n+0.62%.\n"


def test_a_contradiction_holds_the_issue_and_every_one_is_told(tmp_path: Path) -> None:
    desk = desk_of(tmp_path, FALSE)
    with pytest.raises(HeldError) as caught:
        publish(desk, NOW)
    file = desk.commentary / "weekly" / "2025-W49.en.md"
    assert [(p.file, p.line, p.field, p.value) for p in caught.value.problems] == [
        (file.as_posix(), 3, "commentary", "stable"),
        (file.as_posix(), 3, "commentary", "411.01 yuan/mt"),
        (file.as_posix(), 4, "commentary", "+0.62%"),
    ]
    assert "the nearest is +0.61% (latp.wow)" in caught.value.problems[2].message
    assert not list((tmp_path / "output").rglob("*.json"))


def test_a_draft_is_made_and_says_what_is_wrong(tmp_path: Path) -> None:
    desk_of(tmp_path, FALSE)
    words = ("--week", "2025-W49")
    done = reporter("run", "--draft", *words, cwd=tmp_path)
    assert done.returncode == 0
    assert ":4: warning [commentary_number] commentary '+0.62%'" in done.stderr
    assert reporter("run", *words, cwd=tmp_path).returncode == 3
    checked = reporter("check", *words, cwd=tmp_path)
    assert checked.returncode == 3
    assert ":4: error [commentary_number] commentary '+0.62%'" in checked.stderr
    assert "3 faults in 1 file" in checked.stderr


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [("Calm.\n\n## Pricess\n", "commentary_heading", 3), ("Calm.\nAt 삼성.", "no_glyph", 2)],
)
def test_what_cannot_be_printed_stops_a_draft_too(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(RecordsError) as caught:
        publish(desk_of(tmp_path, text), NOW, draft=True)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, problem.field) == (code, line, "commentary")


def test_a_changed_commentary_is_named_as_the_cause(tmp_path: Path) -> None:
    desk = desk_of(tmp_path)
    _, made = publish(desk, NOW)
    assert rebuild(desk.settings, made)
    write(tmp_path, TRUE.replace("edged up", "rose"))
    assert verify(made)
    with pytest.raises(VerificationError, match="cause: the commentary has changed"):
        rebuild(desk.settings, made)
