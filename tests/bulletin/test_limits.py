"""A table too long for paper prints its most important rows and carries all of them in a file."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pikepdf
import pytest

from reporter.bulletin.bundle import issue_files
from reporter.bulletin.html import render_html
from reporter.bulletin.issue import Issue
from reporter.bulletin.limits import PRINTED, cuts, price_directions, shortened
from reporter.bulletin.plan import Layout
from reporter.language import language
from tests.bulletin import sample

EN = language("en")


def _long() -> Issue:
    """60 prices, 70 projects of which the last moved, 60 policies, 300 stories."""
    issue = sample.large()
    price, state, policy = issue.prices[0], issue.pipeline.projects[0], issue.policies[0]
    names = [f"instrument-{n}" for n in range(60)]
    return replace(
        issue,
        prices=tuple(replace(price, instrument=name) for name in names),
        instruments={name: replace(issue.instruments[price.instrument], id=name) for name in names},
        headline_prices=(names[59],),
        highlights=(),
        corrections=(),
        pipeline=replace(
            issue.pipeline,
            projects=tuple(
                replace(state, project=replace(state.project, id=f"p{n}", name=f"Line {n}"), changed=n == 69)
                for n in range(70)
            ),
            stage_moves=(),
            new=(),
            slips=(),
            capacity_changes=(),
            overdue=(),
        ),
        policies=tuple(replace(policy, id=f"r{n}", title=f"Rule {n}") for n in range(60)),
    )


def test_a_table_is_shortened_only_above_the_limit() -> None:
    issue = _long()
    assert cuts(issue, 1000) == {}
    assert {name: cut.total for name, cut in cuts(issue, 60).items()} == {"events": 300, "projects": 70}
    assert set(cuts(issue, 59)) == {"prices", "projects", "events", "policies"}
    assert shortened(issue, 1000) == issue


def test_headline_prices_and_changed_projects_stay_in_print() -> None:
    short = shortened(_long(), 59)
    assert len(short.prices) == len(short.pipeline.projects) == len(short.policies) == PRINTED
    assert short.prices[-1].instrument == "instrument-59"
    assert short.pipeline.projects[-1].project.id == "p69"
    assert [state.project.id for state in short.pipeline.projects[:3]] == ["p0", "p1", "p2"]


def test_the_largest_moves_stay_in_print() -> None:
    issue = _long()
    moved = replace(issue.prices[55], wow=replace(issue.prices[55].wow, pct=sample.D(-99)))
    short = shortened(replace(issue, prices=(*issue.prices[:55], moved, *issue.prices[56:])), 59)
    assert moved in short.prices


def test_directions_count_every_price_once() -> None:
    counted = price_directions(_long().prices)
    assert sum(counted.values()) == 60


@pytest.mark.parametrize("medium", ["print", "screen"])
def test_the_page_says_what_is_left_out_and_where_it_is(medium: str) -> None:
    data = {"policies.csv": b"id\nr1\n"}
    page = render_html(_long(), EN, (), medium=medium, layout=Layout(most_rows=59), data=data)
    assert "Printed here: 50 of 60. All of them are in the attached file" in page
    assert page.count('<th scope="row">Rule ') == PRINTED
    assert ('<a download="policies.csv" href="data:text/csv;base64,aWQKcjEK">' in page) is (
        medium == "screen"
    )


def test_the_pdf_carries_all_rows_of_a_shortened_table() -> None:
    files = issue_files(_long(), ["en"], Layout(most_rows=59))
    pdf = next(content for name, content in files.items() if name.endswith(".pdf"))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        attached = {name: file.get_file().read_bytes() for name, file in document.attachments.items()}
    assert set(attached) == {"figures.json", "prices.csv", "projects.csv", "events.csv", "policies.csv"}
    assert all(files[name] == content for name, content in attached.items())
    assert len(list(csv.reader(io.StringIO(attached["policies.csv"].decode())))) == 61
