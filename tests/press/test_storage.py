"""Issue folders appear whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from reporter.errors import BusyError, MachineError
from reporter.press.storage import publishing, save_folder, save_new_file, version_folder


def test_a_draft_and_a_version_have_their_folders(tmp_path: Path) -> None:
    assert version_folder(tmp_path, "weekly", "2025-W49", None) == tmp_path / "weekly/2025-W49/draft"
    assert version_folder(tmp_path, "weekly", "2025-W49", 2) == tmp_path / "weekly/2025-W49/v2"


def test_saving_replaces_the_whole_folder(tmp_path: Path) -> None:
    """Nothing of an earlier draft stays, and nothing is left beside it."""
    folder = tmp_path / "draft"
    save_folder(folder, {"a": b"1", "b": b"2"})
    save_folder(folder, {"b": b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"b": b"3"}
    assert [path.name for path in tmp_path.iterdir()] == ["draft"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """A name that no file system takes stands for any failure in the middle of writing."""
    folder = tmp_path / "draft"
    save_folder(folder, {"a": b"1"})
    with pytest.raises(MachineError, match="cannot write"):
        save_folder(folder, {"a": b"2", "x" * 300: b"3"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"1"}
    assert [path.name for path in tmp_path.iterdir()] == ["draft"]


def test_output_that_is_a_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("in the way")
    with pytest.raises(MachineError, match=r"cannot write .*output"):
        save_folder(tmp_path / "output" / "weekly" / "draft", {"a": b"1"})


def test_a_week_is_published_by_one_process_at_a_time(tmp_path: Path) -> None:
    """The other process is told so; after the first ends the week is free."""
    attempt = (
        "import sys; from pathlib import Path\n"
        "from reporter.errors import BusyError\nfrom reporter.press.storage import publishing\n"
        "try:\n    with publishing(Path(sys.argv[1]), 'weekly', '2025-W49'): print('mine')\n"
        "except BusyError: print('busy')\n"
    )
    command = [sys.executable, "-c", attempt, str(tmp_path)]
    with publishing(tmp_path, "weekly", "2025-W49"):
        other = subprocess.run(command, capture_output=True, text=True, check=True)
        assert other.stdout == "busy\n"
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "mine\n"


def test_nothing_is_left_of_a_week_in_which_nothing_was_saved(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with publishing(output, "weekly", "2025-W49"):
        assert (output / "weekly" / "2025-W49" / ".lock").exists()
    assert not output.exists()
    with publishing(output, "weekly", "2025-W49"):
        save_folder(output / "weekly" / "2025-W49" / "draft", {"a": b"1"})
    assert [path.name for path in (output / "weekly" / "2025-W49").iterdir()] == ["draft"]


def test_one_process_holds_a_week_only_once(tmp_path: Path) -> None:
    with publishing(tmp_path, "weekly", "2025-W49"), pytest.raises(BusyError):  # noqa: SIM117
        with publishing(tmp_path, "weekly", "2025-W49"):
            pass


def test_files_can_be_read_by_others(tmp_path: Path) -> None:
    save_folder(tmp_path / "draft", {"a": b"1"})
    assert (tmp_path / "draft").stat().st_mode & 0o777 == 0o755


def test_a_new_file_is_whole_and_never_replaces_one(tmp_path: Path) -> None:
    """Nothing is left beside it, and it is as readable as any other file."""
    file = tmp_path / "a" / "b.md"
    assert save_new_file(file, b"1")
    assert not save_new_file(file, b"2")
    assert file.read_bytes() == b"1"
    assert [path.name for path in file.parent.iterdir()] == ["b.md"]
    (tmp_path / "made").touch()
    assert file.stat().st_mode == (tmp_path / "made").stat().st_mode


def test_a_new_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(MachineError, match=r"cannot write .*b\.md"):
        save_new_file(tmp_path / "a" / "b.md", b"1")
    with pytest.raises(MachineError, match="cannot write"):
        save_new_file(tmp_path / ("x" * 300), b"1")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_process_left_beside_a_folder_goes_with_the_next_save(tmp_path: Path) -> None:
    (tmp_path / ".v1-abc").mkdir()
    (tmp_path / ".v1-abc" / "half.pdf").write_bytes(b"half")
    (tmp_path / ".v10-abc").mkdir()
    save_folder(tmp_path / "v1", {"a": b"1"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".v10-abc", "v1"]
