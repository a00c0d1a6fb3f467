"""How the pages look: their templates filled in, their style sheet and fonts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporter.language import language
from reporter.post.web.reception import Reception
from reporter.post.web.values import Asked, Page
from reporter.templating import template_border, template_environment

FONTS = Path(__file__).parents[2] / "fonts" / "web"
STYLE = "style.css"
_MEDIA = {".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class Asset:
    """A file that pages load."""

    content: bytes
    media: str


@lru_cache(maxsize=4)
def assets(own: Path | None) -> Mapping[str, Asset]:
    """Yields style sheet and the fonts by name; nothing else is given out. `own`: the desk's templates."""
    with template_border(own):
        style = template_environment(own).get_template("web/style.css").render()
    files = {STYLE: style.encode()} | {path.name: path.read_bytes() for path in sorted(FONTS.glob("*.woff2"))}
    return {name: Asset(content, _MEDIA[Path(name).suffix]) for name, content in files.items()}


def render(desk: Reception, asked: Asked, page: Page) -> bytes:
    """Yields a page as HTML; RenderError for a fault of a template."""
    own = desk.settings.templates
    values: dict[str, Any] = {
        "say": asked.say,
        "desk": desk,
        "root": desk.prefix,
        "style": f"{desk.prefix}/look/{STYLE}?v={_version(own)}",
        "languages": [(code, language(code).own_name) for code in desk.page_languages],
        "language_name": lambda code: language(code).own_name,
        "form_token": lambda place: desk.form_token(place, asked.now),
        "contact": desk.settings.web.contact,
        "stale": False,
    }
    with template_border(own):
        template = template_environment(own).get_template(f"web/{page.name}.html")
        return template.render(**values | dict(page.values)).encode()


@lru_cache(maxsize=4)
def _version(own: Path | None) -> str:
    return hashlib.sha256(assets(own)[STYLE].content).hexdigest()[:12]
