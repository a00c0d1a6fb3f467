"""The settings file while the scheduler runs: the last good one counts; publishing requirement 9."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.errors import SettingsError
from reporter.press.settings_watch import SettingsWatch

GOOD = "editions: {weekly: {title: Weekly}}\n"
OTHER = "editions: {weekly: {title: Monday}}\n"
BAD = "editions: {weekly: {titel: Weekly}}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "schedule.yaml").write_text(GOOD)
    return tmp_path / "schedule.yaml"


def title(watch: SettingsWatch) -> object:
    return watch.settings.editions["weekly"].title


def test_9_settings_that_are_not_valid_at_the_start_are_refused(file: Path) -> None:
    file.write_text(BAD)
    with pytest.raises(SettingsError, match="did you mean title"):
        SettingsWatch(file)


def test_9_a_file_that_is_as_it_was_is_no_news(file: Path) -> None:
    watch = SettingsWatch(file)
    file.write_text(GOOD)
    assert not watch.look()
    assert watch.fault is None


def test_9_a_valid_change_is_taken_up(file: Path) -> None:
    watch = SettingsWatch(file)
    before = watch.digest, title(watch)
    file.write_text(OTHER)
    assert watch.look()
    assert title(watch) != before[1]
    assert watch.digest != before[0]
    assert not watch.look()


def test_9_an_invalid_change_is_told_once_and_the_last_good_settings_stay(file: Path) -> None:
    watch = SettingsWatch(file)
    before = watch.digest, title(watch)
    file.write_text(BAD)
    assert watch.look()
    assert watch.fault is not None
    assert "schedule.yaml:1: " in watch.fault
    assert (watch.digest, title(watch)) == before
    assert not watch.look()


def test_9_the_same_fault_in_another_file_is_no_news(file: Path) -> None:
    watch = SettingsWatch(file)
    file.write_text(BAD)
    watch.look()
    file.write_text(BAD + "# tried again\n")
    assert not watch.look()
    assert watch.fault is not None


def test_9_what_is_mended_is_taken_up_and_the_fault_is_gone(file: Path) -> None:
    watch = SettingsWatch(file)
    file.write_text(BAD)
    watch.look()
    file.write_text(OTHER)
    assert watch.look()
    assert watch.fault is None
    assert watch.settings == SettingsWatch(file).settings


def test_9_back_to_what_was_in_force_the_fault_is_gone(file: Path) -> None:
    watch = SettingsWatch(file)
    file.write_text(BAD)
    watch.look()
    file.write_text(GOOD)
    assert watch.look()
    assert watch.fault is None


@pytest.mark.parametrize(
    "spoil", [Path.unlink, lambda file: file.write_bytes(b"\xff\xfe"), lambda file: file.write_text("")]
)
def test_9_a_file_that_is_away_empty_or_no_text_changes_nothing(file: Path, spoil: object) -> None:
    watch = SettingsWatch(file)
    before = title(watch)
    spoil(file)  # type: ignore[operator]
    assert watch.look()
    assert watch.fault is not None
    assert title(watch) == before
    file.write_text(GOOD)
    assert watch.look()
    assert watch.fault is None
