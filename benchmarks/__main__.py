"""`make bench`: each command beside a yardstick, in turns, median of several; figures go to README.md.

The yardsticks: for `reporter --help` a Python that does nothing; for `reporter check` of a long history
pandas reading the same file; for the whole `reporter run` the bare `weasyprint` command on its page.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.make_history import make

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TURNS = 5


def seconds(words: Sequence[str], cwd: Path) -> float:
    """Yields the wall time of one cold process."""
    begin = time.perf_counter()
    subprocess.run(words, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def beside(name: str, ours: Sequence[str], yardstick: Sequence[str], cwd: Path, turns: int = TURNS) -> None:
    """Prints the medians of two commands run in turns, and their ratio."""
    pairs = [(seconds(ours, cwd), seconds(yardstick, cwd)) for _ in range(turns)]
    mine, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"| {name} | {mine:.2f} | {other:.2f} | {mine / other:.2f} |", flush=True)


def main() -> None:
    """Runs all benchmarks."""
    reporter = str(BIN / "reporter")
    print("| what | seconds | yardstick | ratio |\n|---|---|---|---|")
    nothing = [sys.executable, "-c", ""]
    beside("`reporter --help`, beside a bare Python", [reporter, "--help"], nothing, ROOT, 11)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _history(folder, reporter)
        _page(folder, reporter)


def _history(folder: Path, reporter: str) -> None:
    make(folder / "data", 200, 20, date(2025, 12, 5))
    (folder / "schedule.yaml").write_text("editions: {weekly: {title: Weekly}}\n")
    read = f"import pandas; pandas.read_csv({str(folder / 'data' / 'prices.csv')!r})"
    name = "`reporter check`, 200 instruments × 20 years, beside pandas reading the file"
    beside(name, [reporter, "check"], [sys.executable, "-c", read], folder, 3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\npeak memory of these: {peak:,.0f} MB\n")


def _page(folder: Path, reporter: str) -> None:
    """The page for print is caught by a template of one's own, so that both set the very same page."""
    words = [reporter, "run", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", "--draft"]
    words += ["--output", str(folder / "output")]
    html = folder / "print.html"
    code = (
        "import sys; from pathlib import Path; import reporter.bulletin.pdf as pdf\n"
        f"pdf.render_pdf = lambda html, **_: Path({str(html)!r}).write_text(html) and b''\n"
        f"from reporter.cli import main; main({words[1:]!r})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    fonts = (ROOT / "reporter" / "fonts").as_uri()
    html.write_text(html.read_text("utf-8").replace("asset:", f"{fonts}/"), "utf-8")
    print("| what | seconds | yardstick | ratio |\n|---|---|---|---|")
    bare = [str(BIN / "weasyprint"), str(html), str(folder / "bare.pdf")]
    beside("`reporter run`, cold, beside the bare `weasyprint` on its page", words, bare, ROOT)
    shutil.rmtree(folder / "output")


if __name__ == "__main__":
    main()
