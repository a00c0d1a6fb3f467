"""Gives out the PDF of a mail's link: that one file, as it was published, while the link holds."""

from __future__ import annotations

from reporter.errors import UsageError, VerificationError
from reporter.post.issues import pdf_name, read_file, read_issue
from reporter.post.web.reception import Reception
from reporter.post.web.values import Asked, File, Page, message


def download(desk: Reception, asked: Asked) -> Page | File:
    """Yields the PDF that a link was made for; a page where it is withdrawn, gone or damaged."""
    edition, week, version, language = asked.parts
    try:
        issue = read_issue(desk.settings.output, edition, week, int(version))
        if issue.withdrawn:
            return message("withdrawn", 410)
        if language not in issue.languages:
            return message("missing", 404)
        name = pdf_name(issue, language)
        return File(read_file(issue, name), "application/pdf", name)
    except UsageError:
        return message("missing", 404)
    except VerificationError as error:
        desk.journal.warn("download failed", edition=edition, week=week, why=str(error))
        return message("trouble", 503)
