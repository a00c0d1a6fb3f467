"""The commands for subscribers as an operator types them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import reporter

SETTINGS = """
editions:
  weekly: {title: Weekly, languages: [en, zh]}
  monthly: {title: Monthly}
"""


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "schedule.yaml").write_text(SETTINGS)
    return tmp_path


def people(office: Path, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
    done = reporter("subscribers", *words, cwd=office)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_a_list_is_shown_written_removed_from_and_erased(office: Path) -> None:
    (office / "list.csv").write_text(
        "email,name,edition\nann@example.org,Ann,weekly\nbob@example.org,Bob,weekly\n"
    )
    order = ("import", "list.csv", "--consent", "fair 2025")
    assert people(office, *order, "--dry-run").stdout.startswith("+ ann@example.org  weekly\n")
    assert json.loads(people(office, "list", "--json").stdout) == []
    assert "took over 2 rows" in people(office, *order).stderr
    assert "nothing new" in people(office, *order).stderr
    people(office, "remove", "ann@example.org", "--reason", "by telephone")
    people(office, "erase", "bob@example.org", "--yes")
    assert people(office, *order).stdout.splitlines() == [
        "! ann@example.org  not taken: unsubscribed  (list.csv:2)",
        "! bob@example.org  not taken: suppressed  (list.csv:3)",
        "0 new, 0 changed, 0 unchanged, 2 not taken",
    ]
    held = json.loads(people(office, "export", "ann@example.org").stdout)
    steps = [(step["step"], step["source"]) for step in held["subscriber"]["editions"]["weekly"]["history"]]
    assert steps == [("added", "fair 2025"), ("unsubscribed", "by telephone")]
    held = json.loads(people(office, "export", "bob@example.org").stdout)
    assert (held["subscriber"], held["suppressed"]["reason"]) == (None, "erased")


def test_somebody_is_added_and_listed(office: Path) -> None:
    done = people(
        office, "add", "Ann@bücher.example", "--name", "Ann", "--edition", "weekly", "--consent", "letter"
    )
    assert done.stdout == "Ann@xn--bcher-kva.example  Ann  en  pdf  weekly active\n"
    assert people(office, "list", "--edition", "monthly").stdout == ""
    assert people(office, "list", "--edition", "weekly", "--state", "active").stdout == done.stdout
    rows = people(office, "export").stdout.splitlines()
    assert rows[0] == "email,name,edition,state,since,language,format,consent,wording"
    assert rows[1].startswith("Ann@xn--bcher-kva.example,Ann,weekly,active,")


def test_a_list_with_faults_is_refused_whole_each_fault_with_its_line(office: Path) -> None:
    (office / "list.csv").write_text(
        "email,edition\nann@example.org,weekly\nbob,weekly\ncarl@example.org,weakly\n"
    )
    done = people(office, "import", "list.csv", "--consent", "x", status=3)
    assert "list.csv:3: error [address] email 'bob'" in done.stderr
    assert "list.csv:4: error [unknown_edition] edition 'weakly'" in done.stderr
    assert "2 faults in 1 file; nothing was written" in done.stderr
    assert json.loads(people(office, "list", "--json").stdout) == []


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (("add", "ann", "--edition", "weekly", "--consent", "x"), 3, "[address]"),
        (
            ("add", "ann@example.org\r\nBcc: b@c.org", "--edition", "weekly", "--consent", "x"),
            3,
            "[control_letter]",
        ),
        (("add", "ann@example.org", "--edition", "weekly", "--consent", ""), 3, "[no_consent]"),
        (("add", "ann@example.org", "--consent", "x"), 2, "--edition is needed; there are: weekly, monthly"),
        (("add", "ann@example.org", "--edition", "weakly", "--consent", "x"), 2, "weakly"),
        (("add", "ann@example.org", "--edition", "monthly", "--language", "fr", "--consent", "x"), 2, "fr"),
        (("remove", "ann@example.org"), 5, "not subscribed"),
        (("import", "nowhere.csv", "--consent", "x"), 2, "nowhere.csv: there is no such file"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_told_in_one_line(
    office: Path, words: tuple[str, ...], status: int, line: str
) -> None:
    assert line in people(office, *words, status=status).stderr
