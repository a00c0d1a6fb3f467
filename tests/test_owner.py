"""Who holds an issue, and whether that process still lives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from reporter.owner import is_dead, this_process
from tests.conftest import Racer

NAME = "from reporter.owner import this_process\nprint(this_process(), flush=True)\nsys.stdin.readline()"


def test_a_process_that_lives_is_not_dead(race: Callable[..., Racer]) -> None:
    assert not is_dead(race(NAME).heard())
    assert not is_dead(this_process())


def test_two_processes_have_two_names(race: Callable[..., Racer]) -> None:
    assert len({race(NAME).heard(), race(NAME).heard(), this_process()}) == 3


def test_a_killed_process_is_dead_even_before_it_is_collected(race: Callable[..., Racer]) -> None:
    racer = race(NAME)
    owner = racer.heard()
    racer.process.kill()
    os.waitid(os.P_PID, racer.process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is still listed
    assert is_dead(owner)
    racer.end()
    assert is_dead(owner)


def test_a_number_that_was_given_to_another_process_means_the_first_is_dead() -> None:
    machine, pid, start = this_process().rsplit(":", 2)
    assert is_dead(f"{machine}:{pid}:{int(start) - 1}")


def test_a_name_with_brackets_and_spaces_is_read_past() -> None:
    """The system tells a process's name, in brackets, before its start."""
    code = (
        "import pathlib; pathlib.Path('/proc/self/comm').write_text('a) Z (b')\n"
        "from reporter.owner import is_dead, this_process; print(is_dead(this_process()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "owner", ["elsewhere:1:1", "", "desk", "a:b:c", "{machine}:0:abcdef01", "{machine}:1", "[::1]:1:1"]
)
def test_of_any_other_owner_nothing_is_certain(owner: str) -> None:
    assert not is_dead(owner.format(machine=this_process().rsplit(":", 2)[0]))
