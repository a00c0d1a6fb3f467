"""A correction from file to page: three imports, three bulletins, the first of which stays what it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.conftest import reporter

CHAIN = (("185", "195", "2025-12-09T09:00+08:00"), ("185", "198", "2025-12-10T09:00+08:00"), ("187", "198", "2025-12-11T09:00+08:00"))  # fmt: skip
WEEK = "2025-W50"


def made(desk: Path, as_of: str, output: str) -> tuple[Path, dict[str, Any]]:
    words = ("run", "--week", WEEK, "--as-of", as_of, "--draft", "--output", output, "--language", "en")
    done = reporter(*words, cwd=desk)
    assert done.returncode == 0, done.stderr
    issue = next((desk / output).glob(f"*/{WEEK}/draft"))
    return issue, json.loads((issue / "figures.json").read_text("utf-8"))


def test_a_chain_of_corrections_is_imported_printed_and_changes_no_past(desk: Path) -> None:
    """185–195 → 185–198 → 187–198, each told from the day on which it was imported."""
    found = []
    for number, (low, high, published) in enumerate(CHAIN):
        (desk / "offer.csv").write_text(f"品种,日期,价格区间\nlatp,2025年12月8日,{low}–{high}\n", "utf-8")
        words = ("--published-at", published, *(("--reason", "The source corrected it.") if number else ()))
        done = reporter("import", "prices", "offer.csv", *words, cwd=desk)
        assert done.returncode == 0, done.stderr
        found.append(made(desk, published.replace("09:00", "12:00"), f"issue{number}"))
    prices = [next(p for p in figures["prices"] if p["instrument"] == "latp") for _, figures in found]
    assert [(p["low"], p["high"], p["revision"]) for p in prices] == [
        ("185", "195", 0), ("185", "198", 1), ("187", "198", 2),
    ]  # fmt: skip
    assert [len(figures["corrections"]) for _, figures in found] == [0, 1, 2]
    last = found[-1][1]["corrections"][-1]
    assert (last["first"], last["previous"], last["new"]) == ("190", "191.5", "192.5")
    assert (last["revision"], last["reason"]) == (2, "The source corrected it.")
    page = next(found[-1][0].glob("*.en.html")).read_text("utf-8")
    assert "The source corrected it." in page
    done = reporter("verify", str(found[0][0]), "--rebuild", cwd=desk)
    assert done.returncode == 0, done.stderr
    files = [path for path in found[0][0].iterdir() if path.name != "manifest.json"]
    assert done.stdout.count("is made the same again") == len(files)
