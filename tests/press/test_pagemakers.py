"""Pages made by other processes are those made here; what fails there is told here."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from reporter.bulletin.pages import Order, make_here
from reporter.bulletin.plan import Layout
from reporter.errors import MachineError, ReporterError
from reporter.press.pagemakers import PageMaker, _make, page_makers
from tests.bulletin import sample


def _order(templates: Path | None = None) -> Order:
    data = {"figures.json": json.dumps({"a": 1}).encode(), "prices.csv": b"a\n"}
    return Order(sample.one_price(), "en", Layout(), data, templates)


def test_pages_of_another_process_have_the_same_bytes() -> None:
    steps: list[str] = []
    with page_makers(1) as make:
        files = make([_order()], steps.append)
    assert files == make_here([_order()], lambda _: None)
    assert steps == ["charts (en)", f"{_order().name}.html", f"{_order().name}.pdf"]


def test_more_orders_than_processes_are_all_made() -> None:
    with page_makers(1) as make:
        assert sorted(make([_order(), _order()], lambda _: None)) == [
            f"{_order().name}.html",
            f"{_order().name}.pdf",
        ]


def test_a_fault_there_is_the_same_error_here(tmp_path: Path) -> None:
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "base.html").write_text("{{ broken")
    with page_makers(1) as make, pytest.raises(ReporterError) as there:
        make([_order(tmp_path)], lambda _: None)
    with pytest.raises(ReporterError) as here:
        make_here([_order(tmp_path)], lambda _: None)
    assert type(there.value) is type(here.value)
    assert str(there.value) == str(here.value)


def test_what_others_were_making_when_one_failed_is_no_answer_to_the_next_order(tmp_path: Path) -> None:
    """Two languages at once, the second of which fails first; then the next issue."""
    (tmp_path / "bulletin").mkdir()
    (tmp_path / "bulletin" / "base.html").write_text("{{ broken")
    makers = [PageMaker(), PageMaker()]
    with pytest.raises(ReporterError):
        _make(makers, [_order(), _order(tmp_path)], lambda _: None)
    later = replace(_order(), issue=replace(_order().issue, week="2025-W50"))
    files = _make(makers, [later], lambda _: None)
    for maker in makers:
        maker.stop()
    assert sorted(files) == [f"{later.name}.html", f"{later.name}.pdf"]


def test_a_process_that_is_killed_is_told_of() -> None:
    maker = PageMaker()
    assert maker._process.pid is not None
    os.kill(maker._process.pid, signal.SIGKILL)
    maker.send(_order())
    with pytest.raises(MachineError, match="ended with status -9"):
        maker.answer()
    maker.stop()
