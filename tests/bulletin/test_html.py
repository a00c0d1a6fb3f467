"""The page: what stands in it, that it is whole and safe, and small pieces of it word for word."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from reporter.bulletin.charts import draw_charts
from reporter.bulletin.html import render_html
from reporter.bulletin.issue import Issue, Section
from reporter.language import language
from tests.bulletin import sample

EN = language("en")
GOLDEN = Path(__file__).parent.parent / "golden"
ISSUES = ("w49", "one_price", "crude", "large")
MEDIA = ("print", "screen")
VOID = {"meta", "img", "br", "col", "link", "input", "hr"}


class Page(HTMLParser):
    """The elements of a page in order, with the text inside each; refuses what is not well nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.elements[index][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (attrs, " ".join("".join(text).split())) for name, attrs, text in self.elements if name == tag
        ]


def render(issue: Issue, medium: str) -> str:
    return render_html(issue, EN, draw_charts(issue, EN), medium=medium)


@lru_cache
def html(name: str, medium: str) -> str:
    return render(getattr(sample, name)(), medium)


@lru_cache
def page(name: str, medium: str) -> Page:
    return Page(html(name, medium))


every_page = pytest.mark.parametrize(
    ("name", "medium"), [(name, medium) for name in ISSUES for medium in MEDIA]
)


# ── structure ──


@every_page
def test_headings_never_skip_a_level_and_begin_with_the_title(name: str, medium: str) -> None:
    """One h1, the edition's title; every other heading at most one level below the one before."""
    levels = [int(tag[1]) for tag, _, _ in page(name, medium).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


@every_page
def test_ids_are_unique_and_every_inner_link_finds_one(name: str, medium: str) -> None:
    """No id stands twice, and each link and reference inside the page leads somewhere."""
    elements = page(name, medium).elements
    ids = Counter(attrs["id"] for _, attrs, _ in elements if attrs.get("id"))
    assert set(ids.values()) <= {1}
    targets = {
        value[1:]
        for _, attrs, _ in elements
        for key in ("href", "xlink:href")
        if (value := attrs.get(key) or "")[:1] == "#"
    }
    assert targets <= set(ids)


@every_page
def test_every_table_has_a_caption_column_heads_and_row_heads(name: str, medium: str) -> None:
    """Each row of a body begins with a th that says what it heads; each table names itself."""
    parts = re.findall(r"<table.*?</table>", html(name, medium), re.DOTALL)
    assert parts
    for table in parts:
        assert "<caption>" in table
        assert '<th scope="col"' in table
        for row in re.findall(r"<tr.*?</tr>", table.split("</thead>")[1], re.DOTALL):
            assert re.search(r'<th scope="(row|colgroup)"', row)


@every_page
def test_every_picture_says_what_it_shows(name: str, medium: str) -> None:
    """Images have an alternative text, inline pictures a role and a label."""
    pictures = page(name, medium).all("img") + page(name, medium).all("svg")
    for attrs, _ in pictures:
        assert attrs.get("alt") or (attrs.get("role") == "img" and attrs.get("aria-label"))


@every_page
def test_the_language_the_title_and_the_main_part_are_named(name: str, medium: str) -> None:
    """The root has a language, the head a title and an author, the body one main."""
    whole = page(name, medium)
    assert whole.all("html")[0][0]["lang"] == "en"
    assert "2025-W49" in whole.all("title")[0][1]
    assert len(whole.all("main")) == 1
    assert any(attrs.get("name") == "author" and attrs.get("content") for attrs, _ in whole.all("meta"))


def test_sections_stand_in_the_issues_order_under_their_own_or_the_catalogues_titles() -> None:
    """The plan's order; a title of the edition's own wins; an unknown id is printed in words."""
    own = Section("prices", "prices", {"en": "Oil this week"}, (), False)
    odd = Section("odd_corner", "news", None, (), True)
    issue = replace(sample.crude(), sections=(odd, own))
    titles = [
        text
        for attrs, text in Page(render(issue, "screen")).all("h2")
        if attrs.get("class") == "section-title"
    ]
    assert titles == ["Odd corner", "Oil this week"]


def test_an_empty_section_says_so_in_one_line() -> None:
    """Nothing of a section without records but its title and one sentence."""
    text = re.sub(r"<[^>]+>", " ", html("one_price", "print"))
    for line in (
        "No corrections since the previous issue.",
        "No projects are followed.",
        "No forecasts are on file.",
    ):
        assert text.count(line) == 1


# ── figures ──


def test_a_first_assessment_prints_no_percentage_and_quotes_the_source() -> None:
    """Lithium sulfide: 2,050, no change, the source's own words attributed, October's estimate apart."""
    row = re.search(r"<tr>\s*<th scope=\"row\">Lithium sulfide.*?</tr>", html("w49", "print"), re.DOTALL)
    assert row is not None
    words = re.sub(r"<[^>]+>", " ", row[0])
    assert "2,050" in words
    assert "SMM: “stable with a slight downward trend”" in words
    assert "%" not in words
    assert words.count("n/a") == 4  # week on week, its percentage, four-week average, year to date
    assert "first assessment" in words
    assert "Estimates, counted nowhere: Lithium sulfide about 2,000 yuan/kg on 31 Oct 2025 (SMM)." in html(
        "w49", "print"
    )


def test_what_was_not_assessed_is_n_a_with_its_last_value_and_age() -> None:
    """Battery-grade carbonate: n.a., last 93,300 on 27 November, one week old; no change, no zero."""
    row = re.search(
        r"<tr>\s*<th scope=\"row\">Lithium carbonate, battery.*?</tr>", html("w49", "print"), re.DOTALL
    )
    assert row is not None
    words = re.sub(r"<[^>]+>", " ", row[0])
    assert "n.a." in words
    assert "last 93,300 on 27 Nov, 1 week old" in words
    assert "0.00%" not in words


def test_a_change_carries_its_arrow_its_sign_and_its_percentage() -> None:
    """Brent fell by 0.66 or 0.91%; the rise since the first value of the series prints that date once."""
    row = re.search(r"<tr>\s*<th scope=\"row\">Brent.*?</tr>", html("crude", "print"), re.DOTALL)
    assert row is not None
    assert "▼\u00a0−0.66" in row[0]
    assert "−0.91%" in row[0]
    assert html("crude", "print").count("Since the series began on 6 Mar 2025.") == 1


def test_marks_and_bases_that_the_rules_demand_are_explained_under_the_table() -> None:
    """Rolled over, corrected, bridged and undefined bases each leave a mark, and each mark its meaning."""
    text = html("large", "print")
    for words in (
        "rolled over from the week before by the assessor",
        "rests on a corrected record",
        "vs 27 Nov, 2 wk",
        "The base is too small for a percentage.",
        "Against 30 Nov 2024.",
        "Month to date: mean of December 2025 so far against that of the month before.",
    ):
        assert words in text


def test_the_weeks_moves_show_stages_slips_capacities_and_what_is_overdue() -> None:
    """Each kind of change prints old and new."""
    text = html("large", "print")
    for words in (
        "Q1 2026 → Q3 2026, 183 days later",
        "December 2026 → June 2026, 184 days earlier",
        "100 MWh → 200 MWh",
        "expected June 2025, 160 days overdue",
    ):
        assert words in text


def test_a_story_names_company_facts_claims_and_both_sources() -> None:
    """The Wuhai story is told once, with its event date, SMM's claim attributed, and two hosts."""
    text = html("w49", "print")
    assert text.count("Wuhai semi-solid storage station connected to grid on November 30") >= 1
    for words in (
        "happened 30 November",
        "SMM: 200 MW / 800 MWh; the source calls it",
        ">en.sasac.gov.cn</a>, ",
        ">news.metal.com</a>",
    ):
        assert words in text


# ── safety ──


def test_words_of_records_are_text_wherever_they_stand() -> None:
    """Markup in a headline, a name, a detail and a quotation is printed, never obeyed."""
    evil = "<script>alert(1)</script><img src=http://evil.example/x>"
    base = sample.w49()
    head = replace(base.stories[0].head, headline=evil, company=evil, detail=evil, claimed_by=evil)
    told = replace(base.stories[0], head=head, rows=(head,))
    spec = replace(base.instruments["latp"], name={"en": evil}, source=evil, formula=evil)
    issue = replace(
        base,
        title={"en": evil},
        stories=(told, *base.stories[1:]),
        instruments={**base.instruments, "latp": spec},
        statement={"en": evil},
        contact={"en": evil},
    )
    for medium in MEDIA:
        text = render(issue, medium)
        assert "<script" not in text
        assert "<img src=http" not in text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "../up", "ftp://h/x"]
)
def test_only_addresses_of_the_web_become_links(url: str) -> None:
    """Another scheme is printed as words."""
    base = sample.w49()
    head = replace(base.stories[0].head, source_url=url)
    issue = replace(base, stories=(replace(base.stories[0], head=head, rows=(head,)), *base.stories[1:]))
    links = [attrs["href"] or "" for attrs, _ in Page(render(issue, "screen")).all("a")]
    assert all(link.startswith(("#", "http://", "https://")) for link in links)


@every_page
def test_the_page_loads_nothing_from_anywhere(name: str, medium: str) -> None:
    """Every source is inside the file, but the printed page's fonts, which the printer has."""
    text = html(name, medium)
    loaded = re.findall(r'(?:src|xlink:href)="([^"]*)"', text) + re.findall(r'url\("?([^)"]*)"?\)', text)
    allowed = ("data:", "#") if medium == "screen" else ("data:", "#", "asset:")
    assert all(source.startswith(allowed) for source in loaded)
    assert not page(name, medium).all("script")
    assert not page(name, medium).all("link")


@pytest.mark.parametrize("name", ISSUES)
def test_the_screen_page_is_under_a_megabyte_and_knows_night(name: str) -> None:
    """One self-contained file with its fonts, charts and their data, and colours for the dark."""
    text = html(name, "screen")
    assert len(text.encode()) < 1_000_000
    assert "prefers-color-scheme: dark" in text
    assert text.count("<details>") == sum(
        c.id != "chart-cover" for c in draw_charts(getattr(sample, name)(), EN)
    )


def test_a_desks_own_template_goes_before_the_shipped_one(tmp_path: Path) -> None:
    """A section template of the desk's own replaces that section only."""
    (tmp_path / "bulletin" / "sections").mkdir(parents=True)
    (tmp_path / "bulletin" / "sections" / "method.html").write_text("<p>Our own method</p>", encoding="utf-8")
    text = render_html(sample.one_price(), EN, (), medium="print", templates=tmp_path)
    assert "Our own method" in text
    assert "Lithium sulfide" in text


# ── small pieces, word for word ──


def piece(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found is not None
    lines = (line.strip() for line in found[0].splitlines())
    return re.sub(r"base64,[^\"]+", "base64,…", "\n".join(filter(None, lines))) + "\n"


PIECES = {
    "price-rows": ("crude", "print", r"<tbody class=\"small\">.*?</tbody>"),
    "price-notes": ("w49", "print", r"<div class=\"notes\">.*?</div>"),
    "move": ("w49", "print", r"<ul class=\"moves\">.*?</li>"),
    "story": ("w49", "print", r"<article class=\"story\">.*?</article>"),
    "glance": ("w49", "screen", r"<ul class=\"glance\">.*?</ul>"),
    "quiet-section": ("w49", "screen", r"<section class=\"section corrections quiet\">.*?</section>"),
    "chart-data": ("w49", "screen", r"<details>.*?</details>"),
}


@pytest.mark.parametrize("golden", PIECES)
def test_a_piece_of_the_page_is_as_approved(golden: str) -> None:
    """Word for word what `tests/golden/` holds; `UPDATE_GOLDEN=1 pytest` approves anew."""
    name, medium, pattern = PIECES[golden]
    made, path = piece(pattern, html(name, medium)), GOLDEN / f"{golden}.html"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    assert made == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ISSUES)
def test_a_chinese_page_joins_its_words_as_chinese_does(name: str) -> None:
    """No English comma, stop or colon after a Chinese letter, and no space after a full-width mark."""
    told = Page(render_html(getattr(sample, name)(), language("zh"), (), medium="screen"))
    english = re.compile(r"[\u4e00-\u9fff][,.;:](?!\d)|[。：；，、] (?=[\u4e00-\u9fff])")
    texts = [words for tag in ("p", "td", "caption") for _, words in told.all(tag)]
    assert any("周环比" in words for words in texts)
    assert not [words for words in texts if english.search(words)]
