"""Issue and charts → HTML, for the printer of the PDF (`print`) and for browsers (`screen`).

The templates lay out; the figures they place come from `price_table`, `project_tables`, `story_views` and
`outlook_tables`. Everything that comes from records is escaped; nothing is loaded from anywhere.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reporter.bulletin import outlook_tables, price_table, project_tables
from reporter.bulletin.cover import plan_cover
from reporter.bulletin.fonts import FONTS, families
from reporter.bulletin.issue import Issue
from reporter.bulletin.limits import PRINTED, Cut, cuts, price_directions, shortened
from reporter.bulletin.plan import Layout
from reporter.bulletin.prose import Prose
from reporter.bulletin.reissue_words import reissue_view
from reporter.bulletin.sparks import Spark
from reporter.bulletin.story_views import story_view, web_link
from reporter.language import Language
from reporter.templating import template_border, template_environment

if TYPE_CHECKING:
    from reporter.bulletin.charts import Chart

A4 = Layout()
WEB_FONTS = FONTS / "web"
NARROWEST = 520  # pixels, below which a wide chart is moved in its own box
SMALL = 10  # a table of fewer rows stays on one page
COMMENT = "analyst-commentary"  # where the issue's own comment stands on the page
CAPTION = 50  # points, about, that the words around a chart take
# The colours of charts by the style's name for them: a screen may be dark.
COLOURS = {
    "#16282b": "ink",
    "#5a6b6e": "muted",
    "#cfdfdf": "pale",
    "#dfe7e7": "grid",
    "#8a9a9c": "axis",
    "#c3d3d3": "track",
    "#0b6e6e": "series-1",
    "#d1590b": "series-2",
    "#3d6db5": "series-3",
    "#a07800": "series-4",
    "#8a4a86": "series-5",
    "#4d9ec4": "series-6",
    "#6b7a7d": "series-7",
    "#7a4a2b": "series-8",
    "#ffffff": "paper",
}


def render_html(
    issue: Issue,
    language: Language,
    charts: Sequence[Chart],
    *,
    medium: str,
    templates: Path | None = None,
    layout: Layout = A4,
    data: Mapping[str, bytes] = MappingProxyType({}),
) -> str:
    """Yields the page of `issue` in one language, self-contained.

    `medium` is `print` (for `pdf`, which brings the fonts) or `screen` (for browsers; fonts inside the
    file). `templates` go before the shipped ones. `data` are the issue's files, which a shortened table
    of a screen leads to.
    """
    prose, printed = Prose(issue, language), shortened(issue, layout.most_rows)
    environment = template_environment(templates)
    environment.globals.update(
        graphic=partial(_graphic, medium),
        picture=partial(_picture, medium),
        story=lambda event: story_view(issue, prose, issue.story(event)),
        link=web_link,
        own=prose.marked,
        bodies=_bodies,
        short_date=partial(project_tables.short_partial, language),
        download=partial(_download, medium, data),
    )
    views = _views(issue, printed, prose, charts, medium, layout)
    with template_border(templates):
        return environment.get_template(f"bulletin/{medium}.html").render(
            issue=printed,
            say=language,
            prose=prose,
            medium=medium,
            paper=layout.paper,
            families=families(language.code),
            comment_anchor=COMMENT,
            fonts=_web_fonts() if medium == "screen" else {},
            **views,
        )


def _views(
    issue: Issue, printed: Issue, prose: Prose, charts: Sequence[Chart], medium: str, layout: Layout
) -> Mapping[str, Any]:
    """Yields what the templates place; `printed` has the rows of `issue` that its tables print."""
    by_place: dict[str, list[Chart]] = {"cover": [], "price_charts": [], "outlook": []}
    for chart in charts:
        by_place.setdefault(chart.place, []).append(chart)
    moves = project_tables.moves(issue, prose)
    cut = cuts(issue, layout.most_rows)
    if len(moves) > layout.most_rows:
        cut["moves"] = Cut(len(moves), "projects.csv")
    told = reissue_view(issue, prose, layout.most_rows)
    return {
        "cover": plan_cover(issue, prose, moves, by_place["cover"], medium, layout.paper, told),
        "reissue": told,
        "charts": by_place,
        "outlook_columns": _balanced(by_place["outlook"]),
        "prices": price_table.price_table(printed, prose) if issue.prices else None,
        "longer": price_table.longer_table(printed, prose),
        "moves": moves[:PRINTED] if "moves" in cut else moves,
        "all_moves": len(moves),
        "projects": project_tables.project_rows(printed, prose),
        "totals": project_tables.total_rows(issue, prose),
        "forecasts": outlook_tables.forecasts_by_issuer(printed, prose),
        "statistics": outlook_tables.statistic_rows(printed, prose),
        "routes": outlook_tables.route_rows(issue, prose),
        "comments": _comments(issue, prose.say),
        "contents": _contents(issue, prose),
        "oddities": tuple(outlook_tables.oddities(issue, prose)),
        "cuts": cut,
        "directions": price_directions(issue.prices),
        "most_printed": PRINTED,
    }


def _download(medium: str, data: Mapping[str, bytes], file: str) -> Markup | str:
    """Yields the name of a data file; on a screen a link that saves it."""
    if medium == "print" or file not in data:
        return file
    content = b64encode(data[file]).decode("ascii")
    return Markup('<a download="{0}" href="data:text/csv;base64,{1}">{0}</a>').format(file, content)


def _comments(issue: Issue, say: Language) -> Mapping[str, Markup]:
    """Yields the analyst's words of this language by section id; `commentary` has sanitised them."""
    return {id: Markup(html) for id, html in issue.commentary.get(say.code, {}).items()}


def _contents(issue: Issue, prose: Prose) -> list[tuple[str, str]]:
    """Yields the place and the title of everything in the list of contents."""
    listed = [(section.id.replace("_", "-"), prose.section_title(section.id)) for section in issue.sections]
    comment = (COMMENT, prose.say("section.comment"))
    return [comment, *listed] if "" in issue.commentary.get(prose.say.code, {}) else listed


def _balanced(charts: Sequence[Chart]) -> tuple[list[Chart], list[Chart]]:
    """Yields the charts in two columns of about the same height."""
    left: list[Chart] = []
    right: list[Chart] = []
    for chart in charts:
        shorter = min(left, right, key=lambda column: sum(one.height + CAPTION for one in column))
        shorter.append(chart)
    return left, right


def _bodies(rows: Sequence[Any]) -> list[Sequence[Any]]:
    """Yields the rows of a long table in three bodies, so that no page begins or ends with a lonely row."""
    return [rows] if len(rows) < SMALL else [rows[:3], rows[3:-3], rows[-3:]]


# ── pictures ──


def _graphic(medium: str, spark: Spark) -> Markup:
    """Yields a tiny picture with its words."""
    if medium == "print":
        return _image(spark.svg, spark.text, spark.width, spark.height)
    return _inline(spark.svg, spark.text, "")


def _picture(medium: str, chart: Chart) -> Markup:
    """Yields a chart with its alternative text; on a screen in the colours of its light or darkness."""
    if medium == "print":
        return _image(chart.svg, chart.alt, chart.width, chart.height)
    least, most = min(chart.width * 1.1, NARROWEST), chart.width * 1.7
    size = f' style="min-width: {least:.0f}px; max-width: {most:.0f}px"'
    return _inline(chart.svg, chart.alt, chart.id, size)


def _image(svg: str, alt: str, width: int, height: int) -> Markup:
    data = b64encode(svg.encode()).decode("ascii")
    return Markup(
        '<img src="data:image/svg+xml;base64,{}" alt="{}" style="width: {}pt; height: {}pt">'
    ).format(data, alt, width, height)


_COLOUR = re.compile("|".join(COLOURS))
_IDS = re.compile(r'(id="|href="#|url\(#)')


def _inline(svg: str, alt: str, id: str, size: str = "") -> Markup:
    """Yields the picture as part of the page: its ids made the page's own, its colours the style's."""
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = _IDS.sub(lambda match: f"{match[1]}{id}-", svg)
    svg = re.sub(r'(stroke|fill)="(#[0-9a-f]{6})"', r'style="\1: \2"', svg)
    svg = _COLOUR.sub(lambda match: f"var(--{COLOURS[match[0]]})", svg)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r"font-family: [^;\"]*;?", "", svg)  # the page's
    named = f'<svg role="img" aria-label="{escape(alt)}"{size} '
    return Markup(svg.replace("<svg ", named, 1))  # drawn by `charts` and `sparks`, not from records


@lru_cache
def _web_fonts() -> Mapping[str, str]:
    """Yields the web fonts by file name, ready for a style sheet."""
    return {
        path.stem: b64encode(path.read_bytes()).decode("ascii") for path in sorted(WEB_FONTS.glob("*.woff2"))
    }
