"""`make bench`: each command beside a yardstick, in turns, median of several; figures go to README.md.

The yardsticks: for `reporter --help` a Python that does nothing; for `reporter check` of a long history
pandas reading the same file; for the whole `reporter run` the bare `weasyprint` command, and Chromium, on
its page.
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
    """The whole run beside what else sets the page that it finished, and beside a run in two languages."""
    words = [reporter, "run", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", "--draft"]
    words += ["--output", str(folder / "output")]
    english, both = [*words, "--language", "en"], [*words, "--language", "en", "--language", "zh"]
    seconds(both, ROOT)  # leaves the page for a screen; fills the caches of fonts
    screen = next((folder / "output").rglob("*.en.html"))
    printed = _print_page(folder)
    bare = str(BIN / "weasyprint")
    chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    commands = {
        "`reporter run`, cold, one language": english,
        "`reporter run`, cold, two languages": both,
        "bare `weasyprint`, the page for print": [bare, str(printed), str(folder / "print.pdf")],
        "bare `weasyprint`, the finished HTML": [bare, str(screen), str(folder / "screen.pdf")],
        "Chromium, the finished HTML": [*chromium, f"--print-to-pdf={folder / 'c.pdf'}", screen.as_uri()],
    }
    turns = [[seconds(command, ROOT) for command in commands.values()] for _ in range(TURNS)]
    medians = dict(zip(commands, map(statistics.median, zip(*turns, strict=True)), strict=True))
    print("| what | seconds |\n|---|---|")
    for name, median in medians.items():
        print(f"| {name} | {median:.2f} |")
    one, two, yardstick, finished, _ = medians.values()
    print("\n| ratio | of the page for print | of the finished HTML |\n|---|---|---|")
    print(f"| one language / bare `weasyprint` | {one / yardstick:.2f} | {one / finished:.2f} |")
    further = two - one
    print(f"| a second language / bare `weasyprint` | {further / yardstick:.2f} | {further / finished:.2f} |")
    shutil.rmtree(folder / "output")


def _print_page(folder: Path) -> Path:
    """Yields the page for print, caught before it is set, with its fonts where the command finds them."""
    page, fonts = folder / "print.html", (ROOT / "reporter" / "fonts").as_uri() + "/"
    code = (
        "from pathlib import Path; import reporter.bulletin.pdf as pdf\n"
        "from reporter.press.publish import choose_period, open_desk, make_issue\n"
        "from reporter.records.snapshot import take_snapshot\n"
        "from reporter.settings import load_settings\n"
        "from datetime import datetime\n"
        "def keep(html, **_):\n"
        f"    faces = pdf.font_faces(html).replace('asset:', {fonts!r})\n"
        f"    Path({str(page)!r}).write_text(html.replace('<style>', '<style>' + faces, 1))\n"
        "    raise SystemExit\n"
        "pdf.render_pdf = keep\n"
        "desk = open_desk(load_settings(Path('schedule.yaml')))\n"
        "snapshot = take_snapshot(desk.records, datetime.fromisoformat('2025-12-06T21:47+08:00'))\n"
        "make_issue(desk, snapshot, choose_period(desk, snapshot, '2025-W49'), languages=('en',))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return page


if __name__ == "__main__":
    main()
