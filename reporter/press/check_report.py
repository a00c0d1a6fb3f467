"""What a check found, as a table for a terminal and as a page for a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reporter.language import Language
from reporter.press.check import Checked
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
    own = checked.desk.settings.templates
    with template_border(own):
        template = template_environment(own).get_template("check/page.html")
        return template.render(say=say, checked=checked)
