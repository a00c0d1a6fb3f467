"""What a check found, as a table for a terminal and as a page for a browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reporter.errors import Problem, RecordsError
from reporter.language import Language
from reporter.press.check import Checked, counts_of, groups_of
from reporter.records.model import Text
from reporter.settings import Settings
from reporter.templating import template_border, template_environment

if TYPE_CHECKING:
    from rich.console import Console

_STYLES = {"hold": "bold red", "warning": "yellow", "info": "cyan", "overridden": "dim"}


def print_table(checked: Checked, console: Console) -> None:
    """Prints a table for each code: severity, place, and what was found."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    for code, findings in checked.groups():
        title = Text(f"{code} ({len(findings)})", style="bold")
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, expand=True)
        for name, ratio in (("severity", 2), ("place", 4), ("finding", 9)):
            table.add_column(name, overflow="fold", ratio=ratio)
        for found in findings:
            style = _STYLES.get(found.severity, "")
            table.add_row(Text(found.severity, style=style), Text(found.place), Text(found.told))
        console.print(table)


def check_page(checked: Checked, say: Language) -> str:
    """Yields a page of its own with a table for each code; every text of the records is escaped.

    Raises SettingsError where a desk's own template is at fault.
    """
    issue = checked.issue
    return _page(
        checked.desk.settings,
        say,
        checked.desk.plan.title,
        checked.findings,
        refused=False,
        week=issue.week if issue else "",
        as_of=issue.as_of if issue else None,
        nothing=checked.nothing,
    )


def refusal_page(settings: Settings, edition: str, refused: RecordsError, say: Language) -> str:
    """Yields the page of a check that ended with refused records: every fault and its place, as printed.

    Raises SettingsError where a desk's own template is at fault.
    """
    return _page(
        settings,
        say,
        settings.editions[edition].title,
        refused.problems,
        refused=True,
        week="",
        as_of=None,
        nothing="",
    )


def _page(
    settings: Settings, say: Language, title: Text, findings: Sequence[Problem], **words: object
) -> str:
    with template_border(settings.templates):
        template = template_environment(settings.templates).get_template("check/page.html")
        found = {"findings": findings, "groups": list(groups_of(findings)), "counts": counts_of(findings)}
        return template.render(say=say, title=say.text(title), **found, **words)
