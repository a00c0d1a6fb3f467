"""Options of the whole run, and issues that several tests look at."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from tests.postgres import new_database, programs, server
from tests.warm import WARM

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skips-fail", action="store_true", help="a skipped test fails the run")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A test that was skipped proved nothing: where nothing may be missing, that is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--skips-fail") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def reporter(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own, as a user would."""
    return WARM.run(words, cwd)


WATCHED = """
import sys
def watch(event, arguments):
    outward = event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
    if outward or event == "open" and str(arguments[0]) == "/etc/passwd":
        print("NOTICED", event, arguments[0], file=sys.stderr)
sys.addaudithook(watch)
"""


def watched(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command as `reporter` does; it and the processes it starts say NOTICED of a connection, and of
    /etc/passwd being opened."""
    with tempfile.TemporaryDirectory() as folder:
        # Python imports this module at the start of every process
        (Path(folder) / "sitecustomize.py").write_text(WATCHED)
        return subprocess.run(
            [sys.executable, "-m", "reporter", *words],
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"} | environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a copy of the shipped records and settings."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copy(ROOT / "schedule.yaml", tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def acceptance_issue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the draft of 2025-W49, made once by the command from the shipped records."""
    output = tmp_path_factory.mktemp("output")
    words = ["run", "--week", "2025-W49", "--as-of", "2025-12-06T21:47+08:00", "--draft"]
    done = reporter(*words, "--output", str(output), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return output / "solid-state-weekly" / "2025-W49" / "draft"


def needs(program: str, package: str) -> None:
    """Skips a test where a program is missing, with the command that brings it."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing: apt-get install {package}")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser without a window, with a home of its own."""
    needs("chromium", "chromium")
    needs("chromedriver", "chromium-driver")
    home = tmp_path_factory.mktemp("browser")
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for word in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{word}")
    options.add_argument(f"--user-data-dir={home / 'profile'}")
    environment = {**os.environ, "HOME": str(home), "SE_OFFLINE": "true"}
    driver = Chrome(options, ChromeService(shutil.which("chromedriver"), env=environment))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of this run's own, with a password; its database is `postgres`."""
    folder = programs()
    if folder is None:
        pytest.skip("postgresql is missing: apt-get install postgresql")
    with server(folder) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind that the project's own may be."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/reporter.db"
    return new_database(str(request.getfixturevalue("postgres")))


class Racer:
    """A process of its own that runs some code, and waits wherever that reads a line."""

    def __init__(self, code: str, *words: str) -> None:
        code = f"import sys\n{code}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def heard(self) -> str:
        """Yields its next line, waiting for it; empty where it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Gives it a line, for which it waits."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def end(self) -> list[str]:
        """Lets it end, and yields what else it says."""
        said, _ = self.process.communicate()
        return said.split("\n")[:-1]


@pytest.fixture
def race() -> Iterator[Callable[..., Racer]]:
    """Starts processes, and ends those that a test leaves behind."""
    racers: list[Racer] = []

    def start(code: str, *words: str) -> Racer:
        racers.append(Racer(code, *words))
        return racers[-1]

    yield start
    for racer in racers:
        racer.process.kill()
        racer.process.communicate()


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, which judges a page's accessibility; of its package nothing else is used."""
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        pytest.skip("axe-core is missing: pip install --no-deps axe-playwright-python")
    return (Path(package.origin).parent / "axe.min.js").read_text("utf-8")


def pdf_text(pdf: Path) -> str:
    """Yields the text of a PDF in the order in which Poppler reads it."""
    needs("pdftotext", "poppler-utils")
    found = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True)
    return found.stdout


def shown_in(browser: Chrome, look: str, width: int) -> None:
    """Makes the browser show pages `light` or `dark`, `width` pixels wide."""
    features = [{"name": "prefers-color-scheme", "value": look}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def violations(browser: Chrome, axe: str) -> list[str]:
    """Yields what axe-core holds against the page shown, folds opened, each with its first place."""
    browser.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.execute_script(axe)
    found = browser.execute_async_script(
        "const done = arguments[0];"
        "const told = one => one.id + ': ' + one.nodes.map(node => node.html + node.failureSummary)[0];"
        "axe.run().then(result => done(result.violations.map(told)), error => done([String(error)]))"
    )
    assert isinstance(found, list)
    return found
