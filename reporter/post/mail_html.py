"""Page 1 as the HTML of a mail: the template filled in, its style written into each element."""

from __future__ import annotations

from pathlib import Path

import css_inline

from reporter.post.mail_words import MailWords
from reporter.templating import template_border, template_environment

_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def mail_html(words: MailWords, own: Path | None) -> str:
    """Yields the HTML part; a desk's `own` templates go first. Nothing in it is loaded from anywhere.

    Raises SettingsError or RenderError for a fault in a template.
    """
    with template_border(own):
        page = (
            template_environment(own)
            .get_template("mail/issue.html")
            .render(words=words, front=words.front, say=words.say, links=words.links)
        )
    return _INLINER.inline(page)
