"""The commands as a user types them: each in a process of its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import folder
from tests.conftest import ROOT, reporter

HEAVY = (
    "starlette",
    "uvicorn",
    "pandas",
    "numpy",
    "matplotlib",
    "weasyprint",
    "pikepdf",
    "jinja2",
    "apscheduler",
    "pydantic",
    "rich",
    "yaml",
    "babel",
    "watchfiles",
    "pyarrow",
    "python_calamine",
    "sqlalchemy",
    "alembic",
    "email_validator",
    "itsdangerous",
)


def append(file: Path, line: str) -> None:
    file.write_text(file.read_text("utf-8") + line + "\n", "utf-8")


def test_help_imports_nothing_heavy() -> None:
    """What `--help` loads decides how long it takes."""
    code = (
        "import sys\nfrom reporter.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "command", ["run", "check", "import", "explain", "draft-commentary", "verify", "doctor", "init"]
)
def test_every_command_explains_itself(command: str, tmp_path: Path) -> None:
    done = reporter(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert "--json" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "line"),
    [
        (["run"], 2, "schedule.yaml: error [no_settings] there is none in"),
        (["walk"], 2, "walk"),
        (["run", "--weak", "x"], 2, "--weak"),
        (["verify", "nowhere"], 2, "nowhere: there is no such file or folder"),
        (["verify", "."], 2, "there is no manifest"),
    ],
)
def test_wrong_usage_is_status_2_and_one_line(
    tmp_path: Path, words: list[str], status: int, line: str
) -> None:
    done = reporter(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, "")
    assert line in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--week", "2025-W60"], "--week there is no week 60 in 2025"),
        (["--week", "49"], "--week '49' is not an ISO week such as 2025-W49"),
        (["--as-of", "noon"], "--as-of 'noon' is not a moment such as"),
        (["--language", "xx"], "--language 'xx': there is no catalogue; there are: "),
        (["weakly"], "there is no edition 'weakly'; there are: solid-state-weekly"),
    ],
)
def test_wrong_words_write_nothing(desk: Path, words: list[str], line: str) -> None:
    done = reporter("run", "--draft", *words, cwd=desk)
    assert done.returncode == 2
    assert line in done.stderr
    assert not (desk / "output").exists()


def test_refused_records_are_status_3_with_every_fault_and_nothing_written(desk: Path) -> None:
    """Three faults in three files come in one run, each with its place."""
    data = desk / "data"
    append(data / "prices.csv", "gold,2025-12-05,,,1,assessed,0,,,,")
    append(data / "events.csv", "e,2025-12-5,other,x" + "," * 20)
    append(data / "instruments.yaml", "- {id: x, name: X, unit: Mt, currency: CNY}")
    done = reporter("run", "--draft", cwd=desk)
    assert done.returncode == 3
    lines = done.stderr.splitlines()
    assert lines[-1] == "3 faults in 3 files; nothing was written"
    assert sum(": error [" in line for line in lines) == 3
    assert any(line.startswith("data/prices.csv:55: error [") for line in lines)
    assert "Traceback" not in done.stderr
    assert not (desk / "output").exists()


def test_a_week_without_records_is_status_5(desk: Path) -> None:
    done = reporter("run", "--draft", "--week", "2024-W10", cwd=desk)
    assert (done.returncode, done.stdout) == (5, "")
    assert "no price and no event" in done.stderr


def test_run_prints_its_result_for_programs(desk: Path) -> None:
    done = reporter("run", "--draft", "--json", "--week", "2025-W48", cwd=desk)
    result = json.loads(done.stdout)
    assert (done.returncode, result["week"], result["version"]) == (0, "2025-W48", None)
    assert all(Path(file).is_file() for file in result["files"])


def test_check_writes_nothing_and_lists_what_looks_odd(desk: Path) -> None:
    before = sorted(path.name for path in desk.iterdir())
    done = reporter("check", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", cwd=desk)
    assert done.returncode == 0
    assert "data/prices.csv:24: warning [stale] prices/lithium-carbonate-battery/2025-11-27/r0" in done.stdout
    assert "no fault" in done.stderr
    assert sorted(path.name for path in desk.iterdir()) == before


def test_check_lists_what_stays_english(desk: Path) -> None:
    """One line a language and table, with how many there are and the first one's place."""
    (desk / "data" / "translations.csv").write_text("language,text,translation\n")
    done = reporter("check", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", cwd=desk)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "[untranslated]" in line]
    assert [line.split("/")[1].split(".")[0] for line in lines] == [
        "projects", "events", "forecasts", "statistics", "routes", "policies",
    ]  # fmt: skip
    assert re.fullmatch(
        r"data/projects\.csv:\d+: warning \[untranslated\] name '.*': stays English on zh pages"
        r" \(the first of \d+ texts here\); add its translation to translations\.csv",
        lines[0],
    )


def test_check_tells_of_an_odd_row_once(desk: Path) -> None:
    """An average off the mid is found in the table and again in the week that prints it."""
    append(desk / "data" / "prices.csv", "lithium-carbonate-battery,2026-01-09,100,200,190,assessed,0,,,,")
    shutil.rmtree(desk / "data" / "commentary")  # it tells other figures
    done = reporter("check", "--week", "2026-W02", cwd=desk)
    assert done.returncode == 0
    assert done.stdout.count("average_off_mid") == 1
    assert "data/prices.csv:55" in done.stdout


def test_explain_shows_formula_values_and_file_lines() -> None:
    done = reporter("explain", "solid-state-weekly", "2025-W48", "lithium-carbonate-battery.wow", cwd=ROOT)
    assert done.returncode == 0
    for expected in (
        "(value − base) / base × 100",
        "93300",
        "91300",
        "2.190580503834",
        "data/prices.csv:24  prices/lithium-carbonate-battery/2025-11-27/r0",
        "data/prices.csv:22  prices/lithium-carbonate-battery/2025-11-20/r0",
    ):
        assert expected in done.stdout


def test_explain_names_near_figures_for_an_unknown_one() -> None:
    done = reporter("explain", "solid-state-weekly", "2025-W48", "lithium-carbonate-batery.wow", cwd=ROOT)
    assert done.returncode == 2
    assert "lithium-carbonate-battery.wow" in done.stderr


def test_init_makes_a_desk_that_checks_and_never_overwrites(tmp_path: Path) -> None:
    done = reporter("init", "desk", cwd=tmp_path)
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "desk").iterdir()} == {"schedule.yaml", "data"}
    assert reporter("check", cwd=tmp_path / "desk").returncode == 0
    assert reporter("run", "--draft", cwd=tmp_path / "desk").returncode == 5
    append(tmp_path / "desk" / "data" / "prices.csv", "example,2025-12-05,,,10")
    assert reporter("run", "--draft", cwd=tmp_path / "desk").returncode == 3  # a short row
    again = reporter("init", "desk", cwd=tmp_path)
    assert (again.returncode, "nothing was written" in again.stderr) == (2, True)


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("<p>{{ no_such_name }}</p>", ":1: error [template] 'no_such_name' is undefined"),
        ("<p>\n{% if %}</p>", ":2: error [template] Expected an expression, got 'end of statement block'"),
    ],
)
def test_a_fault_in_a_desks_own_template_is_named_with_its_line(
    desk: Path, template: str, fault: str
) -> None:
    own = desk / "own" / "bulletin"
    own.mkdir(parents=True)
    (own / "cover.html").write_text(template)
    settings = desk / "schedule.yaml"
    settings.write_text("templates: own\n" + settings.read_text())
    done = reporter("run", "--draft", cwd=desk)
    assert done.returncode == 2
    assert f"{own / 'cover.html'}{fault}" in done.stderr
    assert not (desk / "output").exists()


def test_a_letter_that_no_font_has_is_a_fault_of_its_record(desk: Path) -> None:
    """It would be an empty box on paper; another machine's fonts do not help this one's readers."""
    events = desk / "data" / "events.csv"
    events.write_text(events.read_text("utf-8").replace("Canmax sending", "삼성 sending"), "utf-8")
    for command in (["run", "--draft"], ["check"]):
        done = reporter(*command, "--week", "2025-W49", cwd=desk)
        assert done.returncode == 3
        line = "data/events.csv:43: error [no_glyph] headline '삼성 sending lithium sulfide samples': no font"
        assert line in done.stderr
    assert not (desk / "output").exists()


def test_refused_records_are_told_to_programs_too(desk: Path) -> None:
    append(desk / "data" / "prices.csv", "gold,2025-12-05,,,1,assessed,0,,,,")
    done = reporter("check", "--json", cwd=desk)
    (problem,) = json.loads(done.stdout)["problems"]
    assert (done.returncode, problem["file"], problem["line"]) == (3, "data/prices.csv", 55)


def test_many_faults_of_a_kind_are_counted(desk: Path) -> None:
    """Twenty are shown, the rest in one line; the total counts all."""
    for day in range(10, 31):
        append(desk / "data" / "prices.csv", f"gold,2025-12-{day},,,1,assessed,0,,,,")
    done = reporter("check", cwd=desk)
    lines = done.stderr.splitlines()
    assert len([line for line in lines if "'gold'" in line]) == 20
    assert lines[-1] == "21 faults in 1 file; nothing was written"


def test_doctor_finds_this_machine_well(desk: Path) -> None:
    done = reporter("doctor", "--json", cwd=desk)
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert findings["Pango"]["good"]
    assert findings["fonts"]["good"]
    assert findings["settings"]["good"]


def test_doctor_says_what_is_lacking_and_how_to_mend_it(tmp_path: Path) -> None:
    done = reporter("doctor", cwd=tmp_path)
    assert done.returncode == 3
    assert "LACKING  settings" in done.stdout
    assert "mend: reporter init DIR" in done.stdout


@pytest.mark.parametrize(("file", "good"), [("reporter.db", True), ("output/reporter.db", False)])
def test_doctor_warns_of_a_database_among_the_issues(desk: Path, file: str, good: bool) -> None:
    with (desk / "schedule.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"\ndatabase: sqlite:///{file}\n")
    done = reporter("doctor", "--json", cwd=desk)
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert findings["database"]["good"] == good


def test_explain_leads_from_a_price_abroad_to_its_rates(tmp_path: Path) -> None:
    """The formula, both rates and the lines of fx.csv that they stand on."""
    folder(
        tmp_path,
        "data",
        instruments="- {id: x, name: X, unit: kg, currency: CNY, tax_basis: incl_vat, vat_rate: 0.13}\n",
        prices=["x,2025-11-27,,,2260", "x,2025-12-04,,,2260"],
        fx=["USDCNY,2025-11-27,8,BANK", "USDCNY,2025-12-04,7.10,BANK"],
    )
    settings = "editions: {weekly: {title: W, foreign: {currency: USD, source: BANK}}}\n"
    (tmp_path / "schedule.yaml").write_text(settings, "utf-8")
    done = reporter("explain", "weekly", "2025-W49", "x.foreign", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in (
        "price / (1 + VAT rate) / rate",
        "281.6901408451",
        "31.6901408451",
        "data/fx.csv:3  fx/USDCNY/2025-12-04/BANK/r0",
        "data/fx.csv:2  fx/USDCNY/2025-11-27/BANK/r0",
        "data/prices.csv:3  prices/x/2025-12-04/r0",
    ):
        assert words in done.stdout


def test_a_commentary_is_begun_in_each_language_and_never_overwritten(desk: Path) -> None:
    """What is begun passes the check; a file that is there stays, and only the others are written."""
    words = ("draft-commentary", "solid-state-weekly", "2026-W02")
    folder = desk / "data" / "commentary" / "solid-state-weekly"
    (folder / "2026-W02.zh.md").unlink()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    begun = reporter(*words, cwd=desk)
    assert (begun.returncode, begun.stdout) == (
        0,
        "data/commentary/solid-state-weekly/2026-W02.zh.md\n",
    )
    assert "2026-W02.en.md: is there already and stays as it is" in begun.stderr
    assert {name: (folder / name).read_bytes() for name in before} == before
    checked = reporter("check", "--week", "2026-W02", cwd=desk)
    assert checked.returncode == 0, checked.stderr
    again = reporter(*words, cwd=desk)
    assert (again.returncode, again.stdout) == (5, "")
    assert "is begun already; nothing was written" in again.stderr


def test_a_commentary_can_be_begun_on_paper_only(desk: Path) -> None:
    words = ["draft-commentary", "solid-state-weekly", "2025-W48", "--stdout", "--language", "en"]
    at = ["--as-of", "2025-12-01T09:00+08:00"]
    told = reporter(*words, *at, cwd=desk)
    assert told.returncode == 0
    assert told.stdout.startswith("This week: 2 prices assessed, ")
    assert "battery grade edged up 2,000 (+2.19%) on the week to 93,300 yuan/mt." in told.stdout
    assert json.loads(reporter(*words, *at, "--json", cwd=desk).stdout) == {"en": told.stdout}
    assert not list((desk / "data" / "commentary").rglob("2025-W48*"))
    unknown = reporter(*words, "--as-of", "2025-01-01", cwd=desk)
    assert (unknown.returncode, unknown.stdout) == (5, "")


def test_a_version_is_replaced_and_withdrawn_by_command(tmp_path: Path) -> None:
    """Without a reason, without a version or without news nothing is written."""
    folder(tmp_path, "data", prices=["a,2025-12-05,,,3", "a,2025-12-05,,,4,assessed,1,2025-12-09"])
    (tmp_path / "schedule.yaml").write_text("editions: {weekly: {title: W}}\n", "utf-8")
    issue = ("run", "--week", "2025-W49", "--as-of")
    again = (*issue, "2025-12-10", "--reissue", "--reason", "A slip")
    assert reporter(*again, cwd=tmp_path).returncode == 5
    assert reporter(*issue, "2025-12-08", cwd=tmp_path).returncode == 0
    for wrong in (again[:-2], (*again, "--draft"), (*issue, "2025-12-10", "--reason", "A slip")):
        assert reporter(*wrong, cwd=tmp_path).returncode == 2
    done = reporter(*again, "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["version"]) == (0, 2), done.stderr
    assert reporter(*again, cwd=tmp_path).returncode == 5
    withdraw = ("withdraw", "weekly", "2025-W49", "--version", "1")
    assert reporter(*withdraw, cwd=tmp_path).returncode == 2
    for reason in ("Wrong", "Another"):
        done = reporter(*withdraw, "--reason", reason, "--json", cwd=tmp_path)
        assert json.loads(done.stdout)["withdrawn"]["reason"] == "Wrong"
    index = json.loads((tmp_path / "output" / "weekly" / "index.json").read_bytes())
    versions = index["issues"][0]["versions"]
    assert [(one["version"], bool(one["withdrawn"])) for one in versions] == [(2, False), (1, True)]
