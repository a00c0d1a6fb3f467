"""The analyst's Markdown → the HTML of each section, sanitised, and its plain text for the check.

Paragraphs, emphasis, lists, links to the web or a mail address, block quotes and `###` headings; nothing else
of Markdown and no HTML: it is printed as the text it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reporter.market.commentary_types import Piece

OWN = ""  # the key of what stands before the first heading
SCHEMES = frozenset({"http", "https", "mailto"})
_OFF = ("code", "fence", "backticks", "image", "html_block", "html_inline", "lheading")
_TAGS = {"p", "em", "strong", "ul", "ol", "li", "a", "blockquote", "h3", "br", "hr"}
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}


@dataclass(frozen=True, slots=True)
class HeadingFault:
    """A heading that names no section of the issue."""

    line: int
    heading: str
    message: str


@dataclass(frozen=True, slots=True)
class Commentary:
    """A week's comment in one language: HTML by section id, that before the first heading under `""`."""

    html: Mapping[str, str]
    pieces: tuple[Piece, ...]
    faults: tuple[HeadingFault, ...]


def read_markdown(text: str, sections: Mapping[str, Sequence[str]]) -> Commentary:
    """Yields the commentary of a Markdown text.

    `sections` are the names by which a `##` heading may call each section, by its id; small and capital
    letters, hyphens and underscores are alike.
    """
    named = heading_names(sections)
    parts: dict[str, list[Token]] = {}
    faults: list[HeadingFault] = []
    here = parts.setdefault(OWN, [])
    tokens = iter(_markdown().parse(text.replace("\0", "")))
    for token in tokens:
        if token.type != "heading_open" or token.level or token.tag not in ("h1", "h2"):
            here.append(token)
            continue
        heading = next(tokens)
        next(tokens)
        section = named(_plain(heading)) if token.tag == "h2" else None
        if section is None:
            faults.append(_fault(token, _plain(heading), sections))
        here = parts.setdefault(section, []) if section else []
    html = {id: _html(part) for id, part in parts.items()}
    pieces = sorted((piece for part in parts.values() for piece in _pieces(part)), key=lambda p: p.line)
    return Commentary({id: made for id, made in html.items() if made}, tuple(pieces), tuple(faults))


def heading_names(sections: Mapping[str, Sequence[str]]) -> Callable[[str], str | None]:
    """Yields what finds the section that a heading names; an id goes before another section's title."""
    titles: dict[str, set[str]] = {}
    for id, names in sections.items():
        for name in names:
            titles.setdefault(_folded(name), set()).add(id)
    known = {name: next(iter(ids)) for name, ids in titles.items() if name and len(ids) == 1}
    known |= {_folded(id): id for id in sections}
    return lambda heading: known.get(_folded(heading))


def _fault(token: Token, heading: str, sections: Iterable[str]) -> HeadingFault:
    known = f"the sections are: {', '.join(sections)}"
    message = f"is a heading of level 1; write `## ` and a section; {known}"
    return HeadingFault(_line(token), heading, message if token.tag == "h1" else f"is no section; {known}")


def _folded(name: str) -> str:
    return " ".join(name.replace("_", "-").casefold().split())


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(list(_OFF))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1


# ── to HTML ──


def _html(tokens: Sequence[Token]) -> str:
    """Yields the HTML of a part: sub headings as h3, headings inside quotes and lists as strong words."""
    changed = [_levelled(token) for token in tokens]
    for token in changed:
        if token.children:
            token.children = _safe_links(token.children)
    raw = _markdown().renderer.render(changed, _markdown().options, {})
    return nh3.clean(
        raw, tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=None
    ).strip()


def _levelled(token: Token) -> Token:
    if token.type in ("heading_open", "heading_close"):
        token.tag = "p" if token.level else "h3"
    return token


def _safe_links(children: Iterable[Token]) -> list[Token]:
    """Yields the tokens without links that lead elsewhere than to the web or a mail address."""
    kept: list[Token] = []
    dropped = False
    for token in children:
        if token.type == "link_open":
            scheme = str(token.attrs.get("href", "")).partition(":")[0].casefold()
            dropped = scheme not in SCHEMES
        if not (dropped and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


# ── to plain text ──


def _pieces(tokens: Iterable[Token]) -> Iterator[Piece]:
    depth = 0
    for token in tokens:
        depth += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if token.type == "inline":
            yield Piece(_line(token), _plain(token), depth > 0)


def _plain(token: Token) -> str:
    """Yields the words of a paragraph, a line break where the file has one; no address of a link."""
    words = []
    address = False
    for child in token.children or ():
        if child.type == "link_open":
            address = child.markup == "autolink"
        elif child.type == "link_close":
            address = False
        elif child.type in ("softbreak", "hardbreak"):
            words.append("\n")
        elif not address:
            words.append(child.content)
    return "".join(words)
