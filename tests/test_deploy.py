"""The unit of systemd, the container file and the operator's page agree with the program."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from reporter.bulletin.pdf import INSTALL
from reporter.post_settings import (
    BreakerSettings,
    DeliverSettings,
    DkimSettings,
    OauthSettings,
    WebSettings,
)
from reporter.press.heartbeat import STALE
from reporter.press.scheduler import EVERY
from reporter.publishing_settings import (
    ALWAYS,
    OF_A_PRICE,
    RULES,
    HeartbeatSettings,
    NotifySettings,
    ScheduleSettings,
    SmtpSettings,
)
from reporter.settings import EditionSettings, Settings, load_settings
from reporter.starter import begin
from tests.conftest import ROOT, needs

UNIT = (ROOT / "deploy" / "reporter.service").read_text("utf-8")
CONTAINER = (ROOT / "Containerfile").read_text("utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")


def seconds(name: str) -> int:
    """A span of the unit, in seconds."""
    found = re.search(rf"^{name}=(\d+)(s|min)$", UNIT, re.MULTILINE)
    assert found is not None, name
    return int(found[1]) * {"s": 1, "min": 60}[found[2]]


@pytest.mark.parametrize("name", ["reporter.service", "reporter-web.service"])
def test_15_systemd_takes_the_unit(tmp_path: Path, name: str) -> None:
    """Its program is replaced by one that is here, for systemd asks whether it is."""
    needs("systemd-analyze", "systemd")
    unit, text = tmp_path / name, (ROOT / "deploy" / name).read_text("utf-8")
    unit.write_text(
        text.replace("/opt/reporter/bin/reporter", sys.executable).replace("User=reporter", "User=root")
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if name in line]
    assert (done.returncode, told) == (0, [])


def test_15_the_watchdog_is_more_patient_than_any_step_and_bites() -> None:
    assert "Type=notify" in UNIT
    assert seconds("WatchdogSec") > max(2 * EVERY, STALE.total_seconds())
    assert "Restart=on-failure" in UNIT


def test_16_stopping_leaves_time_to_finish_and_to_break_off() -> None:
    grace = Settings.model_fields["grace_seconds"].default
    assert seconds("TimeoutStopSec") > 2 * grace
    assert "KillMode=mixed" in UNIT  # its makers of pages go on until it has finished


def test_the_container_has_every_system_library() -> None:
    for package in INSTALL.removeprefix("apt-get install ").split():
        assert re.search(rf"\b{re.escape(package)}(\s|$)", CONTAINER), package


def test_the_container_copies_what_the_package_is_built_of() -> None:
    copied = {
        word for line in CONTAINER.splitlines() if line.startswith("COPY ") for word in line.split()[1:-1]
    }
    for name in ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "reporter", "templates"):
        assert name in copied
        assert (ROOT / name).exists()


def test_the_container_runs_as_nobody_special_and_asks_for_its_health() -> None:
    assert CONTAINER.index("USER reporter") < CONTAINER.index('CMD ["reporter", "schedule"]')
    assert "reporter status" in CONTAINER[CONTAINER.index("HEALTHCHECK") :]
    assert "://" not in CONTAINER
    assert {line.split()[1] for line in CONTAINER.splitlines() if line.startswith("FROM ")} == {
        "debian:12-slim"
    }


def section(heading: str) -> str:
    """A part of the page on settings, up to the next heading."""
    part = SETTINGS[SETTINGS.index(f"## {heading}") :]
    return part[: part.find("\n## ", 1)] if "\n## " in part[1:] else part


def test_10_the_table_of_the_gate_names_every_rule_with_what_it_does() -> None:
    rows = {
        code: (action, omit)
        for codes, action, omit in re.findall(
            r"^\| (`[^|]+`) \| (\w+)[^|]*\| ([^|]*) \|", section("The gate"), re.MULTILINE
        )
        for code in re.findall(r"`(\w+)`", codes)
    }
    assert {code: action for code, (action, _) in rows.items()} == {
        **RULES,
        **dict.fromkeys(ALWAYS, "always"),
    }
    assert {code for code, (_, omit) in rows.items() if omit == "yes"} == set(OF_A_PRICE)


@pytest.mark.parametrize(
    ("model", "heading"),
    [
        (ScheduleSettings, "Schedule"),
        (NotifySettings, "Notices"),
        (SmtpSettings, "The mail server"),
        (DkimSettings, "The mail server"),
        (OauthSettings, "The mail server"),
        (BreakerSettings, "The mail server"),
        (DeliverSettings, "Delivery"),
        (WebSettings, "The pages for readers"),
        (HeartbeatSettings, "The scheduler"),
    ],
)
def test_every_setting_of_press_and_post_is_explained(model: type[BaseModel], heading: str) -> None:
    told = set(re.findall(r"`(\w+)`", section(heading)))
    assert set(model.model_fields) <= told


@pytest.mark.parametrize("model", [Settings, EditionSettings])
def test_every_setting_of_the_file_has_a_row(model: type[BaseModel]) -> None:
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \|", SETTINGS[: SETTINGS.index("## Where the records")], re.MULTILINE
    )
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(model.model_fields) - {"file", "lines"} <= told


def test_the_shipped_settings_and_the_starter_are_valid(tmp_path: Path) -> None:
    assert load_settings(ROOT / "schedule.yaml").editions
    begin(tmp_path / "new")
    file = tmp_path / "new" / "schedule.yaml"
    assert load_settings(file).editions
    file.write_text(file.read_text("utf-8").replace("# schedule:", "schedule:"))
    assert load_settings(file).editions["weekly"].schedule is not None
