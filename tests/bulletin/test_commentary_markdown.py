"""Markdown → what is printed under each section."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.bulletin.charts import draw_charts
from reporter.bulletin.commentary import Commentary, read_markdown
from reporter.bulletin.html import render_html
from reporter.bulletin.issue import Issue
from reporter.bulletin.pdf import render_pdf
from reporter.language import language
from reporter.market.commentary_types import Piece
from tests.bulletin import sample
from tests.bulletin.test_html import Page

EN = language("en")
SECTIONS = {"prices": ("Prices and changes",), "price_charts": ("Price charts",), "policy": ()}


def read(text: str) -> Commentary:
    return read_markdown(text, SECTIONS)


@pytest.mark.parametrize(
    ("heading", "section"),
    [
        ("prices", "prices"),
        ("PRICES AND  CHANGES", "prices"),
        ("*Price* charts", "price_charts"),
        ("price-charts", "price_charts"),
        ("price_charts ##", "price_charts"),
    ],
)
def test_a_heading_names_a_section_by_id_or_title(heading: str, section: str) -> None:
    read_ = read(f"Before.\n\n## {heading}\n\nBelow.")
    assert read_.faults == ()
    assert read_.html == {"": "<p>Before.</p>", section: "<p>Below.</p>"}


def test_a_section_named_twice_has_both_texts() -> None:
    assert read("## prices\n\nOne.\n\n## policy\n\nTwo.\n\n## prices\n\nThree.").html == {
        "prices": "<p>One.</p>\n<p>Three.</p>",
        "policy": "<p>Two.</p>",
    }


@pytest.mark.parametrize(
    ("text", "line", "heading", "words"),
    [
        (
            "\n\n## Pricess\n\nx",
            3,
            "Pricess",
            "is no section; the sections are: prices, price_charts, policy",
        ),
        ("# Week 49", 1, "Week 49", "write `## ` and a section"),
    ],
)
def test_another_heading_is_a_fault_with_its_line(text: str, line: int, heading: str, words: str) -> None:
    (fault,) = read(text).faults
    assert (fault.line, fault.heading) == (line, heading)
    assert words in fault.message


def test_the_allowed_markdown_is_set() -> None:
    text = '### Sub\n\nA *b* **c** [d](https://e.example/f?g=1 "title") <mailto:h@i.example>\n\n- j\n\n3. k\n\n> l'
    assert read(text).html[""].replace("\n", "") == (
        '<h3>Sub</h3><p>A <em>b</em> <strong>c</strong> <a href="https://e.example/f?g=1">d</a>'
        ' <a href="mailto:h@i.example">mailto:h@i.example</a></p>'
        '<ul><li>j</li></ul><ol start="3"><li>k</li></ol><blockquote><p>l</p></blockquote>'
    )


EVIL = [
    "<script>alert(1)</script>",
    "<link rel=attachment href=file:///etc/passwd>",
    "a <img src=x onerror=alert(1)> b",
    "![i](https://e.example/i.png)",
    "[x](javascript:alert(1))",
    "[x](file:///etc/passwd)",
    "[x](ftp://e.example/)",
    "[x](data:text/html,y)",
    "[x](../up)",
    "[x](//e.example/y)",
    "[x](#prices)",
    "<javascript:alert(1)>",
    "[x](JaVaScRiPt&colon;alert(1))",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>*{display:none}</style>",
    "<!-- -->",
    "{{ issue }} {% raw %}",
    "    <b>code</b>",
    "```html\n<iframe src=x>\n```",
    "a\n---\nb",
    "| a |\n|---|\n| <u>1</u> |",
    "> # high\n> ## two",
    "- ## in a list",
    "#### deep",
    '[x](https://e.example/"onclick=alert(1))',
]


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    return [(tag, attrs) for tag, attrs, _ in Page(html).elements]


def harmless(html: str) -> None:
    for tag, attrs in elements(html):
        assert tag in {"p", "em", "strong", "ul", "ol", "li", "a", "blockquote", "h3", "br", "hr"}
        assert set(attrs) <= ({"href"} if tag == "a" else {"start"} if tag == "ol" else set())
        assert tag != "a" or re.match("(https?|mailto):", attrs["href"] or "")


@pytest.mark.parametrize("text", EVIL)
def test_what_is_not_allowed_is_printed_as_text_or_not_at_all(text: str) -> None:
    harmless("".join(read(text).html.values()))


@given(st.text(alphabet=st.sampled_from("ab 12#*_>-|`<>[]()!&;:/\"'\\\n\t\0"), max_size=60))
def test_any_text_is_read_and_harmless(text: str) -> None:
    read_ = read(text)
    harmless("".join(read_.html.values()))
    assert all(1 <= piece.line <= text.count("\n") + 1 for piece in read_.pieces)


def test_pieces_know_their_lines_and_quotes_and_hold_no_address() -> None:
    text = "One **2**\nthree\n\n> four\n> - five\n\n## prices\n\n1. six [7](https://e.example/8) <https://e.example/9>"
    assert read(text).pieces == (
        Piece(1, "One 2\nthree"),
        Piece(4, "four", quoted=True),
        Piece(5, "five", quoted=True),
        Piece(9, "six 7 "),
    )


# ── on the page ──


def commented(**html: str) -> Issue:
    return replace(sample.w49(), commentary={"en": {id.rstrip("_"): words for id, words in html.items()}})


@lru_cache
def pages(medium: str) -> str:
    issue = replace(
        commented(), commentary={"en": {"": "<h3>S</h3><p>First of all.</p>", "corrections": "<p>None.</p>"}}
    )
    return render_html(issue, EN, draw_charts(issue, EN), medium=medium)


@pytest.mark.parametrize("medium", ["print", "screen"])
def test_a_comment_stands_before_the_sections_and_at_the_head_of_one(medium: str) -> None:
    text = pages(medium)
    first, prices = text.index("First of all."), text.index('id="prices"')
    assert text.index('id="analyst-commentary">Commentary<') < first < prices
    assert '<a href="#analyst-commentary">Commentary</a>' in text
    assert re.search(r'id="corrections">Corrections</h2>\s*<div class="commentary"><p>None.</p></div>', text)


@pytest.mark.parametrize("medium", ["print", "screen"])
def test_headings_skip_no_level_with_commentary(medium: str) -> None:
    levels = [int(tag[1]) for tag, _ in elements(pages(medium)) if re.fullmatch("h[1-6]", tag)]
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_a_section_with_nothing_but_commentary_is_not_quiet() -> None:
    """It still says that there is nothing else."""
    text = pages("screen")
    assert "section corrections quiet" not in text
    assert "No corrections since the previous issue." in text


def test_the_words_of_another_language_are_not_printed() -> None:
    issue = replace(sample.one_price(), commentary={"zh": {"": "<p>Elsewhere.</p>"}})
    assert "Elsewhere" not in render_html(issue, EN, (), medium="screen")


def test_markup_of_the_commentary_reaches_neither_page_nor_pdf() -> None:
    """The PDF attaches no file that the analyst's text names, and links to none."""
    import io

    import pikepdf

    html = read_markdown("\n\n".join(EVIL[:12]), SECTIONS).html
    issue = replace(sample.one_price(), commentary={"en": html})
    screen = render_html(issue, EN, (), medium="screen")
    assert "<script" not in screen
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', screen))
    printed = render_html(issue, EN, (), medium="print")
    data = render_pdf(printed, identifier=b"0" * 32, created=issue.as_of, embedded=[])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert not pdf.attachments
        uris = [str(link.A.URI) for page in pdf.pages for link in page.get("/Annots", []) if "/URI" in link.A]
    assert uris == ["https://e.example/i.png"]
    assert b"root:" not in data
