"""The pages of an issue in one language: the screen's HTML and the printed PDF."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reporter.bulletin.issue import Issue
from reporter.bulletin.limits import cuts
from reporter.bulletin.plan import Layout
from reporter.language import language

if TYPE_CHECKING:
    from reporter.bulletin.charts import Chart

Step = Callable[[str], None]
EMBEDDED = ("figures.json", "prices.csv")


@dataclass(frozen=True)
class Order:
    """What a page maker needs: an issue, a language, a layout, and the data files to carry in the PDF.

    `templates` go before the shipped ones. It travels between processes.
    """

    issue: Issue
    language: str
    layout: Layout
    data: Mapping[str, bytes]
    templates: Path | None = None

    @property
    def name(self) -> str:
        """`<edition>-<week>.<language>`, without a file's ending."""
        return f"{self.issue.edition}-{self.issue.week}.{self.language}"


def embedded_files(issue: Issue, layout: Layout) -> tuple[str, ...]:
    """Yields the names of the data files that a PDF of the issue carries: of shortened tables all rows."""
    long = (cut.file for cut in cuts(issue, layout.most_rows).values())
    return tuple(dict.fromkeys((*EMBEDDED, *long)))


Maker = Callable[[Sequence[Order], Step], dict[str, bytes]]


def preload() -> None:
    """Imports the libraries that pages need; MachineError where one is missing."""
    import reporter.bulletin.charts
    import reporter.bulletin.html
    import reporter.bulletin.pdf_check  # noqa: F401
    from reporter.bulletin.pdf import load

    load()


def make_here(orders: Sequence[Order], step: Step) -> dict[str, bytes]:
    """Yields the pages of all orders by file name, made one after the other in this process."""
    files: dict[str, bytes] = {}
    for order in orders:
        files |= make_pages(order, step)
    return files


def make_pages(order: Order, step: Step) -> dict[str, bytes]:
    """Yields the two pages of one language by file name.

    Raises RenderError or MachineError where a page cannot be made, UnfitError where the PDF fails its check.
    """
    step(f"charts ({order.language})")
    charts = _charts(order)
    step(f"{order.name}.html")
    screen, printed = _html(order, charts, "screen"), _html(order, charts, "print")
    step(f"{order.name}.pdf")
    return {f"{order.name}.html": screen.encode(), f"{order.name}.pdf": _pdf(order, printed)}


def screen_page(order: Order) -> str:
    """Yields the page for browsers alone; RenderError where it cannot be made."""
    return _html(order, _charts(order), "screen")


# the heavy libraries are imported only where pages are made


def _charts(order: Order) -> Sequence[Chart]:
    from reporter.bulletin.charts import draw_charts

    return draw_charts(order.issue, language(order.language))


def _html(order: Order, charts: Sequence[Chart], medium: str) -> str:
    from reporter.bulletin.html import render_html

    return render_html(
        order.issue,
        language(order.language),
        charts,
        medium=medium,
        templates=order.templates,
        layout=order.layout,
        data=order.data,
    )


def _pdf(order: Order, page: str) -> bytes:
    """Yields the PDF of a page for print, checked."""
    from reporter.bulletin.pdf import Embedded, render_pdf
    from reporter.bulletin.pdf_check import refuse_unfit

    words, attached = language(order.language), embedded_files(order.issue, order.layout)
    pdf = render_pdf(
        page,
        identifier=hashlib.sha256(order.data["figures.json"] + order.language.encode()).digest(),
        created=order.issue.as_of,
        embedded=[
            Embedded(file, order.data[file], words(f"embedded.{file if file in EMBEDDED else 'table'}"))
            for file in attached
        ],
    )
    refuse_unfit(f"{order.name}.pdf", pdf, page, language=order.language, attachments=attached)
    return pdf
