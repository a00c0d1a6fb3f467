"""May a week be published once more? Only after a version that stands, and only where something is new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from reporter.bulletin.bundle import data_files
from reporter.bulletin.figures import Json
from reporter.bulletin.fonts import missing_letters
from reporter.bulletin.issue import Issue, Section
from reporter.bulletin.pages import Order, screen_page
from reporter.bulletin.plan import Layout
from reporter.bulletin.reissue import SECTION, reissue_of, with_reissue
from reporter.errors import NothingToDo, UsageError
from reporter.market.pipeline import Overdue
from reporter.market.prices import PriceFigure
from reporter.press.versions import Published, Replaced, latest_version

LONGEST_REASON = 300


def checked_reason(text: str | None) -> str:
    """Yields the reason of a re-issue or a withdrawal as it is printed; UsageError where it cannot be."""
    reason = " ".join((text or "").split())
    if not reason:
        raise UsageError("give the reason: --reason TEXT; readers see it")
    if len(reason) > LONGEST_REASON:
        raise UsageError(f"--reason has {len(reason)} letters; at most {LONGEST_REASON} are printed")
    if not reason.isprintable():
        raise UsageError("--reason has control characters; write it in letters")
    if missing := missing_letters(reason):
        raise UsageError(
            f"--reason: no font of the bulletin has {' '.join(missing)}; write it in other letters"
        )
    return reason


def replaced_version(output: Path, issue: Issue, reason: str) -> Replaced:
    """Yields the latest published version of the issue's week, to be replaced; NothingToDo without one."""
    before = latest_version(output, issue.edition, issue.week)
    if before is None:
        raise NothingToDo(
            f"{issue.edition} {issue.week}: no version is published that could be replaced;"
            " run it without --reissue"
        )
    return Replaced(before, checked_reason(reason))


def says_the_same(
    issue: Issue, before: Published, made_with: Json, layout: Layout, templates: Path | None
) -> bool:
    """Tells whether figures and pages would be those of the version before, but for as-of and version.

    `issue` is the later version with its commentary, `made_with` its provenance. The pages of screens are
    compared; what decides the printed ones besides are settings and templates.
    """
    if issue.reissue is None or issue.reissue.changes:
        return False
    if any(made_with[name] != before.manifest[name] for name in ("languages", "settings", "templates")):
        return False
    then = _as_before(issue, before)
    data = data_files(then, layout)
    orders = [Order(then, code, layout, data, templates) for code in made_with["languages"]]
    return all(_same_page(order, before) for order in orders)


def _as_before(issue: Issue, before: Published) -> Issue:
    """Yields `issue` with the version, the moment, its ages and the words on it of the version before."""
    told = reissue_of(before.figures, before.manifest.get("supersedes", {}).get("manifest", ""))
    sections: tuple[Section, ...] = tuple(one for one in issue.sections if one != SECTION)
    moment = type(issue.as_of).fromisoformat(before.figures["as_of"])
    plain = replace(
        issue,
        version=before.version,
        as_of=moment,
        reissue=None,
        sections=sections,
        prices=tuple(_aged_prices(issue, before.figures)),
        pipeline=replace(issue.pipeline, overdue=tuple(_aged_overdue(issue, before.figures))),
    )
    return plain if told is None else with_reissue(plain, told)


def _aged_prices(issue: Issue, before: Json) -> Iterator[PriceFigure]:
    """Yields the prices as old as they were then; they are those of the version before."""
    ages = {row["instrument"]: row.get("stale_days") for row in before["prices"]}
    return (replace(figure, stale_days=ages[figure.instrument]) for figure in issue.prices)


def _aged_overdue(issue: Issue, before: Json) -> Iterator[Overdue]:
    ages = {row["project"]: row["days"] for row in before["pipeline"].get("overdue", ())}
    return (replace(overdue, days=ages[overdue.project]) for overdue in issue.pipeline.overdue)


def _same_page(order: Order, before: Published) -> bool:
    path = before.folder / f"{order.name}.html"
    return path.is_file() and path.read_bytes() == screen_page(order).encode()
